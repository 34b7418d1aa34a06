"""word2vec's binary format: as its C program writes it and as gensim does; told from text."""

from __future__ import annotations

import gzip
import struct

import numpy as np
import pytest
from embkit import InvalidData
from embkit_fasttext import open_vectors
from embkit_fasttext.w2v import is_w2v

ROWS = [("घर", [0.5, -1.25]), ("नदी", [1e-3, 2]), ("</s>", [3, 4])]


def binary(rows, *, behind=b"\n", header=None):
    """A file of this format; behind: what stands behind each row."""
    dim = len(rows[0][1])
    data = f"{len(rows)} {dim}\n".encode() if header is None else header
    for word, numbers in rows:
        raw = word if isinstance(word, bytes) else word.encode()
        data += raw + b" " + struct.pack(f"<{dim}f", *numbers) + behind
    return data


@pytest.fixture
def w2v_file(tmp_path):
    def write(data):
        path = tmp_path / "words.bin"
        path.write_bytes(data)
        return path

    return write


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "packed"])
@pytest.mark.parametrize("behind", [b"\n", b""], ids=["of the C program", "of gensim"])
def test_rows_are_read_whether_a_line_end_stands_behind_them_or_not(
    w2v_file, request_mr, behind, pack
):
    store = open_vectors(w2v_file(pack(binary(ROWS, behind=behind))), request_mr).store
    assert list(store.words) == ["घर", "नदी", "</s>"]
    assert store.take(np.arange(3)).tolist() == [[0.5, -1.25], [np.float32(1e-3), 2], [3, 4]]


def test_a_word_cut_inside_a_letter_is_read_and_counted(w2v_file, request_mr):
    cut = ("क" * 34).encode()[:100]
    store = open_vectors(w2v_file(binary([(cut, [1, 2]), ("b", [3, 4])])), request_mr).store
    assert list(store.words) == ["क" * 33 + "\ufffd", "b"]
    assert store.notes == {"words with broken UTF-8, read with U+FFFD in its place": 1}


def test_the_first_of_repeated_words_wins(w2v_file, request_mr):
    store = open_vectors(w2v_file(binary([("a", [1, 1]), ("a", [2, 2])])), request_mr).store
    assert store.take(np.arange(1)).tolist() == [[1, 1]]
    assert store.notes == {"repeated words, the first of each kept": 1}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (binary(ROWS, header=b"1000000000000 2\n"), "claims 1000000000000 rows of 2 numbers"),
        (binary(ROWS, header=b"3 99999\n"), "claims 3 rows of 99999 numbers"),
        (binary(ROWS, header=b"4 2\n"), "ends inside row 4 of 4"),
        (binary(ROWS, header=b"2 2\n"), "goes on behind the 2 rows"),
        (binary(ROWS) + b"x", "goes on behind the 3 rows"),
        (binary([("a", [1, 2]), ("b", [3, np.nan])]), r"row 2 \('b'\) holds nan in place 2 of 2"),
        (binary([("a", [-np.inf, 2]), ("b", [3, 4])]), r"row 1 \('a'\) holds -inf in place 1 of 2"),
        (binary([("a\nb\x1b[2J", [np.inf, 2])] * 9), r"row 1 \('a\\nb\\x1b\[2J'\) holds inf"),
        (binary([("a", [1, 2]), (b"w" * 70_000, [1, 2])]), "row 2 of 2, at byte 14, has no word"),
    ],
    ids=[
        "rows",
        "length",
        "too few",
        "too many",
        "junk",
        "NaN",
        "infinite",
        "odd word",
        "endless word",
    ],
)
def test_a_file_that_lies_is_refused_in_one_line(w2v_file, request_mr, data, message):
    path = w2v_file(data)
    with pytest.raises(InvalidData, match=message) as caught:
        open_vectors(path, request_mr)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)


def test_every_truncation_is_refused(w2v_file, request_mr):
    data = binary(ROWS, behind=b"")
    for length in range(len(data)):
        with pytest.raises(InvalidData):
            open_vectors(w2v_file(data[:length]), request_mr)


def test_blocks_do_not_show_in_what_is_read(w2v_file, request_mr, monkeypatch):
    import embkit_fasttext.w2v as w2v

    rows = [(f"w{i}", [i + 0.5, -i - 0.25]) for i in range(500)]
    monkeypatch.setattr(w2v, "_BLOCK", 64)
    store = open_vectors(w2v_file(binary(rows)), request_mr).store
    assert store.take(np.arange(500)).tolist() == [numbers for _, numbers in rows]


def test_binary_rows_are_told_from_text_by_what_stands_behind_a_word(tmp_path):
    path = tmp_path / "file"
    draw = np.random.default_rng(0)
    for _ in range(300):
        dim = int(draw.integers(2, 40))
        numbers = draw.normal(0, draw.choice([0.01, 1, 50]), dim).tolist()
        assert is_w2v(path, binary([("w", numbers)] * 3))
        for form in ("%.4f", "%g", "%r", "%.17g"):
            row = " ".join(["New", "York", *(form % number for number in numbers)])
            assert not is_w2v(path, f"3 {dim}\n{row}\n{row}\n".encode())
    for text in (b"2 2\na 1 x1\nb 1 1\n", b"2 1\n\xff\xfe 1\nb 2\n", b"3 2\n", b"a 1 2\n", b""):
        assert not is_w2v(path, text)


@pytest.mark.parametrize("binary_form", [True, False], ids=["binary", "text"])
def test_vectors_agree_with_gensim(tmp_path, request_mr, binary_form):
    models = pytest.importorskip("gensim.models")
    draw = np.random.default_rng(0)
    vectors = models.KeyedVectors(20)
    words = [f"शब्द{i}" for i in range(300)]
    vectors.add_vectors(words, draw.normal(0, 0.1, (300, 20)).astype(np.float32))
    path = tmp_path / "words"
    vectors.save_word2vec_format(str(path), binary=binary_form)
    store = open_vectors(path, request_mr).store
    assert list(store.words) == words
    assert np.array_equal(store.take(np.arange(300)), vectors.vectors)
