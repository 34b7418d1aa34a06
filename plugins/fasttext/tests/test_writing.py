"""What is written is read back the same, here and by the packages that read the format."""

from __future__ import annotations

import gc
import gzip
import json
import random
from pathlib import Path

import numpy as np
import pytest
from embkit import InvalidRequest, Request
from embkit.languages import default_language, turkish
from embkit.text import words as words_of
from embkit.words import WordEmbedder
from embkit.wordstore import open_store
from embkit_fasttext import open_vectors
from embkit_fasttext.static_model import open_static_model
from embkit_fasttext.static_writing import WORD
from embkit_fasttext.writing import check_words, target_of, words_beside

WORDS = ["घर", "नदी", "शिक्षण\u200cसंस्था", "naïve", "3,141.5", "🚀", "中", "don't", "x#y", "०१२"]
MARATHI = default_language("mr")
# The smallest and the largest float32, one that is no round number in decimal, and a whole number.
ODD = [1e-45, -3.4028235e38, 0.1, 16777216.0]
TEXTS = (".vec", ".txt", ".vec.gz", ".vec.bz2", ".vec.zst", ".glove", ".glove.gz")
SINGLE = (*TEXTS, ".w2v", ".npy", ".parquet")


def rows_of(count, dim=4, seed=0):
    rows = np.random.default_rng(seed).normal(0, 0.3, (count, dim)).astype(np.float32)
    rows[0] = ODD[:dim]
    return rows


def store_of(words=WORDS, rows=None, dtype="float32", counts=None):
    """A store of these words in the test's own cache."""
    rows = rows_of(len(words)) if rows is None else np.asarray(rows, dtype=np.float32)

    def build(folder, notes):
        if counts is not None:
            np.save(folder / "counts.npy", np.array(counts, dtype=np.int64))
        return [(words, rows)], rows.shape[1], {}

    return open_store(f"{words}{rows.tolist()}{counts}", build, name="test", dtype=dtype)


def write(store, path, language=MARATHI):
    """Write a store as the name of the path says; what was left behind."""
    return target_of(path, store.dtype).write(store, language, path, lambda count: None)


def read(path):
    store = open_vectors(path, Request(language=MARATHI)).store
    return list(store.words), store.take(np.arange(len(store)))


@pytest.mark.parametrize("ending", SINGLE)
def test_what_is_written_is_read_back_to_the_last_bit(tmp_path, monkeypatch, ending):
    import embkit_fasttext.writing as writing

    for size in ("_NUMBERS", "_GROUP"):
        monkeypatch.setattr(writing, size, 12)  # three rows a block
    path = tmp_path / f"words{ending}"
    assert write(store_of(), path) == []
    words, rows = read(path)
    assert words == WORDS
    assert rows.tobytes() == rows_of(len(WORDS)).tobytes()


@pytest.mark.parametrize("ending", [".npy", ".parquet"])
def test_float16_is_kept_where_the_format_has_it(tmp_path, ending):
    rows = np.array([[0.5, 65504], [2**-24, -1.0009765625]])
    path = tmp_path / f"words{ending}"
    write(store_of(["a", "b"], rows, "float16"), path)
    assert read(path)[1].tolist() == rows.tolist()
    assert path.stat().st_size < 3000


def test_text_is_what_a_person_would_write(tmp_path):
    store = store_of(["घर", "b"], [[0.5, -1], [1e-7, 3]])
    for ending, head in ((".vec", "2 2\n"), (".glove", "")):
        write(store, tmp_path / f"words{ending}")
        text = (tmp_path / f"words{ending}").read_text(encoding="utf-8")
        assert text == f"{head}घर 0.5 -1\nb 1e-7 3\n"


def test_a_packed_file_holds_the_same_text_and_no_time(tmp_path):
    store = store_of()
    for name in ("a.vec", "a.vec.gz", "b.vec.gz"):
        write(store, tmp_path / name)
    packed = (tmp_path / "a.vec.gz").read_bytes()
    assert gzip.decompress(packed) == (tmp_path / "a.vec").read_bytes()
    assert packed == (tmp_path / "b.vec.gz").read_bytes()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # it closes no file
@pytest.mark.parametrize("ending", [".vec", ".vec.gz", ".vec.bz2", ".glove", ".w2v"])
def test_gensim_reads_the_same(tmp_path, ending):
    gensim = pytest.importorskip("gensim.models", reason="needs gensim to read the file")
    path = tmp_path / f"words{ending}"
    write(store_of(), path)
    options = {"binary": ending == ".w2v", "no_header": ending == ".glove"}
    keyed = gensim.KeyedVectors.load_word2vec_format(str(path), **options)
    gc.collect()
    assert keyed.index_to_key == WORDS
    assert keyed.vectors.tobytes() == rows_of(len(WORDS)).tobytes()


def test_fasttext_starts_from_the_same_vectors(tmp_path):
    fasttext = pytest.importorskip("fasttext", reason="needs fasttext to read the file")
    rows = rows_of(len(WORDS) + 1)[1:]
    write(store_of(rows=rows), tmp_path / "words.vec")
    (tmp_path / "corpus.txt").write_text("__label__a घर\n__label__b नदी\n", encoding="utf-8")
    model = fasttext.train_supervised(
        str(tmp_path / "corpus.txt"), pretrainedVectors=str(tmp_path / "words.vec"), dim=4, lr=0,
        epoch=1, thread=1, verbose=0,
    )  # fmt: skip
    for word, row in zip(WORDS, rows, strict=True):
        assert model.get_input_vector(model.get_word_id(word)).tolist() == row.tolist()


def test_numpy_reads_the_same(tmp_path):
    path = tmp_path / "words.npy"
    write(store_of(), path)
    assert np.load(path).tobytes() == rows_of(len(WORDS)).tobytes()
    assert words_beside(path).read_text(encoding="utf-8").splitlines() == WORDS


def test_pyarrow_reads_the_same_with_counts(tmp_path):
    import pyarrow.parquet

    path = tmp_path / "words.parquet"
    write(store_of(counts=range(10, 0, -1)), path)
    table = pyarrow.parquet.read_table(path)
    assert table.column_names == ["word", "vector", "count"]
    assert table["word"].to_pylist() == WORDS
    assert table["vector"].to_pylist() == rows_of(len(WORDS)).tolist()
    assert table["count"].to_pylist() == list(range(10, 0, -1))
    pandas = pytest.importorskip("pandas", reason="needs pandas to read the file")
    frame = pandas.read_parquet(path)
    assert np.stack(frame["vector"]).tolist() == rows_of(len(WORDS)).tolist()
    read_again = open_vectors(path, Request(language=MARATHI)).store
    assert read_again.counts.tolist() == list(range(10, 0, -1))


SENTENCES = [
    "घर नदी",
    "घर, घर! (नदी) अज्ञात",
    "DON'T naïve 3,141.5",
    "शिक्षण\u200cसंस्था 中🚀x",
    "०१२ x#y",
    "nothing known",
    "",
]


@pytest.mark.parametrize("dtype", ["float32", "float16", "int8"])
def test_model2vec_gives_a_text_the_vector_that_embkit_gives_it(tmp_path, dtype):
    model2vec = pytest.importorskip("model2vec", reason="needs model2vec to read the folder")
    store = store_of(rows=np.random.default_rng(1).normal(0, 0.3, (10, 8)), dtype=dtype)
    write(store, tmp_path / "static")
    vectors = WordEmbedder(store, MARATHI, source="test").embed(SENTENCES)
    theirs = model2vec.StaticModel.from_pretrained(tmp_path / "static").encode(SENTENCES)
    unknown = np.isnan(vectors).any(axis=1)
    assert unknown.tolist() == [False] * 5 + [True] * 2
    # model2vec adds float16 up in float16.
    near = 1e-3 if dtype == "float16" else 1e-6
    np.testing.assert_allclose(theirs, np.where(unknown[:, None], 0, vectors), atol=near)
    ours = open_static_model(tmp_path / "static").embed(SENTENCES)
    np.testing.assert_allclose(ours, vectors, atol=1e-6)


def test_a_text_may_be_long_in_model2vec(tmp_path):
    model2vec = pytest.importorskip("model2vec", reason="needs model2vec to read the folder")
    write(store_of(["a", "b"], [[1, 0], [0, 1]]), tmp_path / "static")
    model = model2vec.StaticModel.from_pretrained(tmp_path / "static")
    assert model.encode(["a " * 3000 + "b " * 1000]).tolist() == [[0.75, 0.25]]


def test_the_folder_is_as_sentence_transformers_expects_it(tmp_path):
    from safetensors.numpy import load_file

    write(store_of(["a", "b"], [[1, 0], [0, 1]]), tmp_path / "static")
    (module,) = json.loads((tmp_path / "static/modules.json").read_text(encoding="utf-8"))
    assert module["type"] == "sentence_transformers.models.StaticEmbedding"
    assert module["path"] == "."
    tensors = load_file(tmp_path / "static/model.safetensors")
    assert {name: rows.tolist() for name, rows in tensors.items()} == {
        "embeddings": [[1, 0], [0, 1], [0, 0]]
    }


def test_sentence_transformers_is_not_offered_numbers_it_would_misread(tmp_path):
    left = write(store_of(["a", "b"], [[1, 0], [0, 1]], "int8"), tmp_path / "static")
    assert left == ["sentence-transformers, which reads no int8; model2vec and embkit do"]
    assert not (tmp_path / "static/modules.json").exists()


def test_capital_letters_are_folded_as_the_language_folds_them(tmp_path):
    rows = [[1, 0], [0, 1], [1, 1]]
    for language, expected in ((turkish(), rows[0]), (default_language("en"), rows[1])):
        write(store_of(["ısı", "isi", "ev"], rows), tmp_path / "static", language)
        assert open_static_model(tmp_path / "static").embed(["ISI"]).tolist() == [expected]


def test_a_vocabulary_with_capital_letters_keeps_them(tmp_path):
    write(store_of(["Ev", "ev"], [[1, 0], [0, 1]]), tmp_path / "static", turkish())
    embedded = open_static_model(tmp_path / "static").embed(["Ev", "ev", "EV"])
    np.testing.assert_array_equal(embedded, [[1, 0], [0, 1], [np.nan, np.nan]])


def test_what_a_static_model_leaves_behind_is_said(tmp_path):
    words = ["a", "zero", "New York", "e\u0301", "x-y", "[UNK]"]
    rows = [[1, 0], [0, 0], [1, 1], [2, 0], [0, 2], [3, 3]]
    left = write(store_of(words, rows), tmp_path / "static", turkish())
    assert left == [
        "1 word without a vector",
        "3 words that the tokenizer gives for no text, such as 'New York'",
        "embkit's own rules for tr: the tokenizer spells and cuts by Unicode's",
    ]
    embedded = open_static_model(tmp_path / "static").embed(["zero", "é", "a"])
    np.testing.assert_array_equal(embedded, [[np.nan, np.nan], [2, 0], [1, 0]])


def test_the_tokenizer_cuts_words_as_embkit_does():
    tokenizers = pytest.importorskip("tokenizers", reason="needs tokenizers to cut texts")
    cut = tokenizers.pre_tokenizers.Split(tokenizers.Regex(WORD), "removed", invert=True)
    pieces = [
        *"aZ9_ .,:'’·-#\u200d\u200c\u0301\u0903", *"घरात्ि०", "中", "日", "ไทย", "עברית", "״",
        "🚀", "👩🏽", "🇮🇳", "🇹", "ⅷ", "½", "\u066b", "٣", "\u0f0b", "བོད", "\n", "\t", "\ufeff",
    ]  # fmt: skip
    draw = random.Random(0)
    for _ in range(3000):
        text = "".join(draw.choices(pieces, k=draw.randint(1, 12)))
        assert [word for word, _ in cut.pre_tokenize_str(text)] == words_of(text), ascii(text)


@pytest.mark.parametrize("ending", [*SINGLE, ""])
def test_a_file_appears_whole_or_not_at_all(tmp_path, ending):
    store = store_of()
    path = tmp_path / "out" / f"words{ending}"
    write(store, path)
    before = sorted(path.parent.iterdir())

    def stop(count):
        raise KeyboardInterrupt

    for target in (path, path.with_name(f"other{ending}")):
        with pytest.raises(KeyboardInterrupt):
            target_of(target, "float32").write(store, MARATHI, target, stop)
    assert sorted(path.parent.iterdir()) == before
    if ending:
        assert read(path)[0] == WORDS


@pytest.mark.parametrize("ending", [*TEXTS, ".w2v"])
@pytest.mark.parametrize("odd", ["New York", "a\tb", "", "a\r", "\ufeffa"])
def test_words_that_a_format_cannot_hold_are_refused_before_anything_is_written(
    tmp_path, ending, odd
):
    path = tmp_path / f"words{ending}"
    store = store_of(["a", odd, "c d"], [[1, 2, 3]] * 3)
    with pytest.raises(InvalidRequest, match=r"cannot hold 2 of the words.*the first is ") as error:
        check_words(target_of(path, "float32"), store, path)
    assert repr(odd) in str(error.value)


@pytest.mark.parametrize("ending", [".npy", ".parquet", ""])
def test_white_space_inside_a_word_is_kept_where_the_format_can(tmp_path, ending):
    words = ["New York", "a\tb", " c", "d "]
    store = store_of(words, rows_of(4))
    path = tmp_path / f"words{ending}"
    check_words(target_of(path, "float32"), store, path)
    write(store, path)
    if ending:
        assert read(path)[0] == words


@pytest.mark.parametrize(
    ("name", "dtype", "message"),
    [
        ("x.bin", "float32", r"'x.bin': .bin is the ending of fastText's models.*\.w2v here"),
        ("x.kv", "float32", "let gensim save it"),
        ("x.safetensors", "float32", "name the folder, without an ending"),
        ("x.doc", "float32", r"\.doc is the ending of no format that is written here; known are "
         r"\.vec, \.txt, \.glove, \.w2v, \.npy, \.parquet, and a folder"),
        ("x.npy.gz", "float32", "a numpy array is not packed; leave out .gz"),
        ("x.gz", "float32", "a static model is not packed; leave out .gz"),
        ("x.vec", "float16", "word2vec's text format has no float16 numbers; leave out --dtype, or "
         r"write \.npy or \.parquet or a folder"),
        ("x.parquet", "int8", "a table has no int8 numbers; leave out --dtype, or write a folder"),
    ],
)  # fmt: skip
def test_a_name_that_asks_for_nothing_that_is_written_is_refused(tmp_path, name, dtype, message):
    with pytest.raises(InvalidRequest, match=message):
        target_of(Path(name), dtype)


def test_rows_of_one_number_are_no_glove_file(tmp_path):
    with pytest.raises(InvalidRequest, match="a row of one number looks like a header"):
        write(store_of(["a", "b"], [[1], [2]]), tmp_path / "words.glove")
