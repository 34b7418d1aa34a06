"""Each reader agrees with its peer on any small file: to the last bit, where nothing is added up.

EMBKIT_FUZZ=20000 draws 2,000 files for each; 50 otherwise.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np
import pytest
from embkit import InvalidData, Request
from embkit.languages import default_language
from embkit_fasttext import open_vectors
from embkit_fasttext.rows import BROKEN
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from .samples import keyed, quantised, static_model, write_bin, write_words

REQUEST = Request(language=default_language("mr"))
usual = settings(
    derandomize=True, deadline=None, max_examples=int(os.environ.get("EMBKIT_FUZZ", 500)) // 10
)

# What text files and tools have stumbled over: joiners, marks, white space of all kinds but the two
# that separate, letters beyond 16 bits, and what Python takes for line ends.
LETTERS = "abzİıĞçşéकखािी्ंॲ中字한あяΩא\u200c\u200d\u093c\u0301\ufffd🚀👩🏽¹½.-'_,0179"
BLANKS = "\u00a0\u2009\u2028\u2029\u3000\u0085\x0b\x0c\x1c\x1e"
letters = st.sampled_from(LETTERS) | st.characters(exclude_categories=["Cs", "Cc", "Zs"])
blank = st.text(st.sampled_from(BLANKS) | letters, min_size=1, max_size=6)
spaced = st.lists(st.text("aİख🚀", min_size=1, max_size=2), min_size=2, max_size=3).map(" ".join)
# Not what stands first in a file: there U+FEFF is no letter.
word = blank.filter(lambda text: text[0] != "\ufeff")
raw = (word | spaced).map(str.encode)
broken = st.sampled_from([b"\xff", b"\xfe", b"\xe0\xa4", b"\xed\xa0\x80", b"a\xc3"])

FORMS = ["%r", "%.4f", "%.6f", "%.9f", "%.5g", "%.8e", "%E", "%+.3f", "%.17g", "%.0f", "%#.0f"]
number = st.builds(
    # "0.5" is also spelt ".5" and "00.5".
    lambda value, form, zero: (form % value).replace("0.", zero + ".", 1),
    st.floats(-1e6, 1e6, width=32) | st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.sampled_from(FORMS),
    st.sampled_from(["0", "0", "00", ""]),
).filter(lambda text: text.strip("+-") != ".")
finite = st.floats(allow_nan=False, allow_infinity=False, width=32)
middling = st.floats(-4, 4, width=16)


def rows_of(count: int, dim: int, numbers=finite):
    return nps.arrays(np.float32, (count, dim), elements=numbers)


def some(words):
    return st.lists(words, min_size=1, max_size=8)


distinct = st.lists(word, min_size=1, max_size=8, unique=True)


@st.composite
def tables(draw, words, numbers=finite):
    """Words out of a list of them, and a row for each."""
    listed = draw(words)
    return listed, draw(rows_of(len(listed), draw(st.integers(1, 6)), numbers))


@pytest.fixture(scope="module")
def folder():
    """In memory where that can be: a store is synced to the disk, which takes most of its time."""
    shared = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=shared) as name:
        yield Path(name)


@pytest.fixture(autouse=True)
def own_cache(folder, monkeypatch):
    monkeypatch.setenv("EMBKIT_CACHE", str(folder / "cache"))


def read(path: Path):
    """The words and rows that embkit reads, and what it noted."""
    store = open_vectors(path, REQUEST).store
    return list(store.words), store.take(np.arange(len(store))), dict(store.notes)


def same(path: Path, words, vectors) -> None:
    own_words, own_vectors, _ = read(path)
    assert own_words == list(words)
    assert np.array_equal(own_vectors, np.asarray(vectors))


def kept(words: list[bytes], rows: np.ndarray):
    """What is left of a file: the first of words that read alike; what there is to note."""
    texts = [word.decode(errors="replace") for word in words]
    first = sorted({text: i for i, text in reversed(list(enumerate(texts)))}.values())
    notes = {
        "repeated words, the first of each kept": len(words) - len(first),
        BROKEN: sum(text.encode() != word for text, word in zip(texts, words, strict=True)),
        "rows of zeros, which count as no vector": int((~rows[first].any(axis=1)).sum()),
    }
    noted = {note: count for note, count in notes.items() if count}
    return [texts[i] for i in first], rows[first], noted


OPENED = ["words.vec", "words.w2v", "words.bin", "words.npy", "words.npz", "words.parquet"]
OPENED += ["words.feather"]
formats = pytest.mark.parametrize("name", OPENED)


def numbers(name: str):
    """Rows of printable bytes are told from text by nobody."""
    return middling if name == "words.w2v" else finite


def write(folder: Path, name: str, words, rows) -> Path:
    path = folder / name
    write_words(path.suffix[1:], path, words, rows)
    return path


def gensim():
    return pytest.importorskip("gensim.models", reason="needs gensim to compare with").KeyedVectors


@usual
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # gensim leaves it open
@given(st.data())
def test_text_is_read_as_gensim_reads_it(folder, data):
    header, end = data.draw(st.booleans()), data.draw(st.sampled_from(["\n", " \n", "\r\n"]))
    words, dim = data.draw(distinct), data.draw(st.integers(1, 6))
    assume(header or dim > 1)  # "12 300" would be a header
    rows = [data.draw(st.lists(number, min_size=dim, max_size=dim)) for _ in words]
    lines = [" ".join([word, *row]) for word, row in zip(words, rows, strict=True)]
    first = [f"{len(words)} {dim}"] if header else []
    path = folder / "words.vec"
    path.write_bytes("".join(line + end for line in [*first, *lines]).encode())
    peer = gensim().load_word2vec_format(str(path), no_header=not header)
    same(path, peer.index_to_key, peer.vectors)


@usual
@given(tables(distinct, middling), st.booleans())
def test_binary_rows_are_read_as_gensim_reads_them(folder, table, own):
    words, rows = table
    path = folder / "words.w2v"
    if own:
        gensim()
        keyed(words, rows).save_word2vec_format(str(path), binary=True)
    else:  # with an end of line behind each row, as word2vec's program writes it
        write_words("w2v", path, [word.encode() for word in words], rows)
    peer = gensim().load_word2vec_format(str(path), binary=True)
    same(path, peer.index_to_key, peer.vectors)


@usual
@given(tables(distinct), st.booleans())
def test_keyed_vectors_are_read_as_gensim_reads_them(folder, table, apart):
    path = folder / "words.kv"
    gensim()
    keyed(*table).save(str(path), sep_limit=0 if apart else 10**9)
    peer = gensim().load(str(path))
    same(path, peer.index_to_key, peer.vectors)


ngrams = st.fixed_dictionaries(
    {"bucket": st.integers(1, 30), "minn": st.integers(1, 4), "maxn": st.integers(0, 5)}
)
solid = st.text("abİıकख\u200c\u093cि🚀<>", min_size=1, max_size=7)


@usual
@given(st.data())
def test_models_are_read_as_fasttext_reads_them(folder, data):
    fasttext = pytest.importorskip("fasttext", reason="needs the fasttext package to compare with")
    words = data.draw(st.lists(solid, min_size=1, max_size=8, unique=True))
    dim, options = data.draw(st.integers(1, 6)), data.draw(ngrams)
    quantise = data.draw(st.booleans())
    rows = len(words) + options["bucket"]
    if quantise:
        held = data.draw(st.sets(st.integers(0, options["bucket"] - 1), min_size=1))
        options["kept"] = [(bucket, row) for row, bucket in enumerate(sorted(held))]
        matrix = quantised(len(words) + len(held), dim, seed=rows)
        path = write_bin(folder / "model.ftz", words, dim=dim, matrix=matrix, **options)
    else:
        numbers = data.draw(rows_of(rows, dim, middling)).tolist()
        path = write_bin(folder / "model.bin", words, dim=dim, rows=numbers, **options)
    peer = fasttext.load_model(str(path))
    embedder = open_vectors(path, REQUEST)
    assert list(embedder.store.words) == peer.get_words() == words
    asked = [*words, *data.draw(st.lists(solid, max_size=8)), "</s>", ""]
    expected = np.array([peer.get_word_vector(word) for word in asked])
    assert embedder.word_vectors(asked) == pytest.approx(expected, abs=1e-6)


@usual
@given(st.data())
def test_arrays_are_read_as_numpy_reads_them(folder, data):
    dtype = data.draw(st.sampled_from(["<f2", "<f4", "<f8", ">f2", ">f4", ">f8"]))
    words, rows = data.draw(tables(some(word), middling))
    rows = np.array(rows, dtype, order=data.draw(st.sampled_from("CF")))
    path = folder / "words.npy"
    if data.draw(st.booleans()):
        path = folder / "words.npz"
        np.savez(path, words=np.array(words), vectors=rows)
        with np.load(path) as peer:
            listed, loaded = peer["words"].tolist(), peer["vectors"]
    else:
        write_words("npy", path, [word.encode() for word in words], rows)
        listed, loaded = words, np.load(path)
    own_words, own_rows, notes = read(path)
    expected_words, expected_rows, noted = kept([word.encode() for word in listed], loaded)
    assert (own_words, notes) == (expected_words, noted)
    assert np.array_equal(own_rows, expected_rows.astype(np.float32))


@usual
@given(st.data())
def test_static_models_embed_as_model2vec_does(folder, data):
    pytest.importorskip("model2vec", reason="needs model2vec to compare with")
    from embkit_fasttext.static_model import open_static_model

    words = data.draw(st.lists(st.text("abकखि🚀", min_size=1, max_size=3), min_size=1, unique=True))
    rows = data.draw(rows_of(len(words), data.draw(st.integers(1, 6)), middling))
    texts = data.draw(st.lists(st.lists(st.sampled_from(words) | solid).map(" ".join), min_size=1))
    peer = static_model(words, rows)
    peer.save_pretrained(folder / "static")
    own = open_static_model(folder / "static").embed(texts)
    assert np.nan_to_num(own) == pytest.approx(peer.encode(texts), abs=1e-6)


@formats
@usual
@given(st.data())
def test_words_rows_and_remarks_are_those_of_the_file(folder, name, data):
    repeated = st.sampled_from(data.draw(some(raw | broken)))
    words, rows = data.draw(tables(some(repeated | raw), numbers(name) | st.just(0.0)))
    if name == "words.w2v":
        words = [word.replace(b" ", b"_") for word in words]
    own_words, own_rows, notes = read(write(folder, name, words, rows))
    expected_words, expected_rows, expected_notes = kept(words, rows)
    assert own_words == expected_words
    assert np.array_equal(own_rows, expected_rows)
    assert notes == expected_notes


@formats
@usual
@given(st.data())
def test_a_number_that_is_not_finite_is_refused_with_its_word_or_row(folder, name, data):
    listed = some(st.text("abc", min_size=1).map(str.encode))
    words, rows = data.draw(tables(listed, numbers(name)))
    row = data.draw(st.integers(0, len(words) - 1))
    rows[row, data.draw(st.integers(0, rows.shape[1] - 1))] = data.draw(
        st.sampled_from([np.nan, np.inf, -np.inf])
    )
    path = write(folder, name, words, rows)
    with pytest.raises(InvalidData, match="finite") as caught:
        open_vectors(path, REQUEST)
    place = f"line {row + 2}" if name == "words.vec" else f"'{words[row].decode()}'"
    assert str(caught.value).startswith(str(path)) and place in str(caught.value)
