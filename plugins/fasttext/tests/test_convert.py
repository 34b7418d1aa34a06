"""`embkit convert`: vectors in another format, and an honest account of what they lost."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
from embkit import Request
from embkit.cli import cli
from embkit.errors import EmbkitError, InvalidData, InvalidRequest
from embkit.languages import default_language
from embkit_fasttext import open_vectors
from embkit_fasttext.static_model import open_static_model

VEC = "4 3\nघर 1 2 3\nनदी 4 5 6\nगाव 7 8 10\nNew 2 1 1\n"


@pytest.fixture
def vec(tmp_path):
    path = tmp_path / "mr.vec"
    path.write_text(VEC, encoding="utf-8")
    return path


@pytest.fixture
def convert(capsys):
    """A function that runs the command and returns what it printed."""

    def run(*words):
        cli.main(["convert", *map(str, words)], standalone_mode=False)
        return capsys.readouterr().out

    return run


def read(path):
    store = open_vectors(path, Request(language=default_language("mr"))).store
    return {word: store.take(np.array([row]))[0].tolist() for row, word in enumerate(store.words)}


def test_a_change_of_format_alone_changes_no_bit(convert, vec, tmp_path):
    for name in ("mr.w2v", "mr.glove.gz", "mr.npy", "mr.parquet", "back.vec.zst"):
        out = convert(vec, tmp_path / name)
        assert "the same, to the last bit" in out
        assert read(tmp_path / name) == read(vec)


def test_a_chain_through_every_format_ends_where_it_began(convert, vec, tmp_path):
    place = vec
    for name in ("a.w2v", "b.glove.bz2", "c.npy", "d.parquet", "e.txt.gz", "f.vec"):
        convert(place, tmp_path / name)
        place = tmp_path / name
    assert place.read_text(encoding="utf-8") == VEC


def test_the_report_says_what_was_read_and_written(convert, vec, tmp_path):
    lines = convert(vec, tmp_path / "mr.npy").splitlines()
    assert lines == [
        "mr.vec  4 words × 3  float32  0.1 kB  text",
        "mr.npy  4 words × 3  float32  0.2 kB  numpy array",
        "",
        "vectors          the same, to the last bit",
    ]


def test_only_the_first_words_are_kept(convert, vec, tmp_path):
    out = convert(vec, tmp_path / "small.vec", "--keep-top", "3")
    assert list(read(tmp_path / "small.vec")) == ["घर", "नदी", "गाव"]
    # Each was near to the others and still is; of the 2 nearest of all, "New" was one of some.
    assert "neighbours kept  100.0 % of each word's 2 nearest, among the words still there" in out
    assert "differ by 0 on average, 0 at most" in out
    assert "3 random words" in out


def test_words_of_a_list_are_kept_and_missing_ones_named(convert, vec, tmp_path):
    listed = tmp_path / "words.txt"
    listed.write_text("गाव\n\nghar\nघर\nगाव\nx\n", encoding="utf-8")
    out = convert(vec, tmp_path / "small.vec", "--keep-words", listed)
    assert read(tmp_path / "small.vec") == {"घर": [1, 2, 3], "गाव": [7, 8, 10]}
    assert "not there        2 words to keep, the first 'ghar'" in out


def test_fewer_dimensions_and_smaller_numbers_are_what_compress_makes(convert, vec, tmp_path):
    from embkit.compress import compress
    from embkit.word_options import Compression
    from embkit_fasttext.opening import open_words

    out = convert(vec, tmp_path / "small.npy", "--dim", "2", "--dtype", "float16")
    assert "small.npy  4 words × 2  float16" in out
    array = np.load(tmp_path / "small.npy")
    assert array.dtype == np.float16
    opened = open_words(vec)
    how = Compression(dim=2, dtype="float16")
    store = compress(opened.store, opened.source, None, how, name="").store
    assert array.tolist() == store.take(np.arange(4)).tolist()


def test_the_report_as_json_has_every_figure(convert, vec, tmp_path):
    found = json.loads(convert(vec, tmp_path / "mr.npy", "--keep-top", "3", "--json"))
    assert found["source"] == {
        "path": str(vec), "format": "text", "words": 4, "dim": 3, "dtype": "float32",
        "bytes": len(VEC.encode()),
    }  # fmt: skip
    words = (tmp_path / "mr.words.txt").stat().st_size
    assert found["target"] == {
        "path": str(tmp_path / "mr.npy"), "format": "numpy array", "words": 3, "dim": 3,
        "dtype": "float32", "bytes": (tmp_path / "mr.npy").stat().st_size + words,
    }  # fmt: skip
    assert found["fidelity"]["neighbors_kept_there"] == 1.0
    assert found["same"] is False
    assert found["missing"] == found["left_behind"] == []


def test_a_static_model_is_written_for_its_language(convert, vec, tmp_path):
    with pytest.raises(InvalidRequest, match="say in which language: --lang tr"):
        convert(vec, tmp_path / "static")
    assert not (tmp_path / "static").exists()
    convert(vec, tmp_path / "static", "--lang", "en")
    assert open_static_model(tmp_path / "static").embed(["घर, नदी!"]).tolist() == [[2.5, 3.5, 4.5]]


def test_the_ngrams_and_counts_of_a_model_are_left_behind_and_it_is_said(
    convert, bin_file, tmp_path
):
    path = bin_file(["घर", "नदी", "गाव"])
    out = convert(path, tmp_path / "mr.vec")
    assert "mr.vec     3 words × 3" in out
    assert "left behind      n-grams: a word that is not listed has no vector any more" in out
    assert read(tmp_path / "mr.vec") == read(path)
    counted = "how often each word was seen, which the poolings sif and idf weigh by"
    assert counted in out
    assert counted not in convert(path, tmp_path / "mr.parquet")


def test_what_is_there_is_replaced_only_when_asked(convert, vec, tmp_path):
    out = tmp_path / "mr.npy"
    convert(vec, out)
    with pytest.raises(InvalidRequest, match=r"mr\.npy' is there already; --force replaces it"):
        convert(vec, out, "--keep-top", "2")
    assert len(read(out)) == 4
    convert(vec, out, "--keep-top", "2", "--force")
    assert len(read(out)) == 2


def test_a_folder_of_something_else_is_never_replaced(convert, vec, tmp_path):
    thesis = tmp_path / "thesis"
    thesis.mkdir()
    (thesis / "chapter.txt").write_text("years of work")
    (tmp_path / "file").write_text("also work")
    for out, kind in ((thesis, "folder of something else"), (tmp_path / "file", "file")):
        with pytest.raises(InvalidRequest, match=f"is a {kind}; name another place"):
            convert(vec, out, "--lang", "mr", "--force")
    assert (thesis / "chapter.txt").read_text() == "years of work"


def test_a_list_of_words_beside_an_array_is_never_replaced_unasked(convert, vec, tmp_path):
    (tmp_path / "mr.words.txt").write_text("mine")
    with pytest.raises(InvalidRequest, match=r"mr\.words\.txt' is there already; --force"):
        convert(vec, tmp_path / "mr.npy")
    assert (tmp_path / "mr.words.txt").read_text() == "mine"


def test_a_static_model_is_no_source(convert, vec, tmp_path):
    convert(vec, tmp_path / "static", "--lang", "en")
    with pytest.raises(InvalidRequest, match="whose rows are of tokens and not of words"):
        convert(tmp_path / "static", tmp_path / "tokens.vec")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--dtype", "int8"), "has no int8 numbers"),
        (("--dim", "5"), "dim=5 is more than the 3 dimensions"),
        (("--sha256", "0" * 64), "has sha256 .* expected 0000"),
    ],
)
def test_what_cannot_be_done_is_refused_and_nothing_written(convert, vec, tmp_path, words, message):
    with pytest.raises(EmbkitError, match=message):
        convert(vec, tmp_path / "out.vec", *words)
    assert not (tmp_path / "out.vec").exists()


def test_a_damaged_source_is_named(convert, vec, tmp_path):
    vec.write_text("4 3\na 1 2 3\nb 1 2\n")
    with pytest.raises(InvalidData, match=r"mr\.vec"):
        convert(vec, tmp_path / "out.vec")
    assert not (tmp_path / "out.vec").exists()


def test_quiet_prints_nothing_and_a_digest_holds_the_source(convert, vec, tmp_path):
    digest = hashlib.sha256(VEC.encode()).hexdigest()
    words = ("-q", "--keep-top", "3", "--sha256", digest)
    assert convert(vec, tmp_path / "out.vec", *words) == ""
    assert list(read(tmp_path / "out.vec").items()) == list(read(vec).items())[:3]


def test_of_a_single_word_there_is_nothing_to_compare(convert, vec, tmp_path):
    assert convert(vec, tmp_path / "out.vec", "--keep-top", "1").splitlines() == [
        "mr.vec   4 words × 3  float32  0.1 kB  text",
        "out.vec  1 words × 3  float32  0.0 kB  word2vec's text format",
    ]


def test_small_changes_are_told_from_none():
    from embkit_fasttext.convert import _small

    assert [_small(change) for change in (0.0, 0.0000071234, 0.0554, 1.0)] == [
        "0", "0.0000071", "0.055", "1",
    ]  # fmt: skip


def test_not_quite_all_neighbours_are_not_rounded_up_to_all():
    from embkit_fasttext.convert import _percent

    assert [_percent(share) for share in (1.0, 0.9999, 0.57, 0.0)] == [
        "100.0 %", "99.9 %", "57.0 %", "0.0 %",
    ]  # fmt: skip
