"""numpy arrays of vectors with a list of words: mapped, never unpickled, refused if they lie."""

from __future__ import annotations

import io
import json
import pickle
import struct
import zipfile

import numpy as np
import pytest
from embkit import InvalidData
from embkit_fasttext import open_vectors

WORDS = ["घर", "नदी", "New York"]
VECTORS = np.array([[0.5, -1.25], [1, 2], [3, 4]], dtype=np.float32)


@pytest.fixture
def array_file(tmp_path):
    """A function that writes an array and its list of words, and returns the array's path."""

    def write(array=VECTORS, words="घर\nनदी\nNew York\n", listed="vectors.txt"):
        path = tmp_path / "vectors.npy"
        np.save(path, array)
        data = words.encode() if isinstance(words, str) else words
        (tmp_path / listed).write_bytes(data)
        return path

    return write


def read(path, request):
    store = open_vectors(path, request).store
    return list(store.words), store.take(np.arange(len(store))).tolist()


@pytest.mark.parametrize(
    "array",
    [
        VECTORS,
        VECTORS.astype(np.float16),
        VECTORS.astype(np.float64),
        VECTORS.astype(">f4"),
        np.asfortranarray(VECTORS),
        np.asfortranarray(VECTORS.astype(">f8")),
    ],
    ids=["float32", "float16", "float64", "big-endian", "Fortran", "big-endian Fortran"],
)
def test_rows_are_those_of_the_array_whatever_its_type_and_order(array_file, request_mr, array):
    assert read(array_file(array), request_mr) == (WORDS, VECTORS.tolist())


@pytest.mark.parametrize(
    ("listed", "words"),
    [
        ("vectors.words.txt", "घर\nनदी\nNew York\n"),
        ("vectors.txt", "\ufeffघर\r\nनदी\r\nNew York\r\n"),
        ("vectors.words", "घर\nनदी\nNew York"),
        ("vectors.vocab", "घर\nनदी\nNew York\n"),
        ("vectors.json", json.dumps(WORDS)),
        ("vectors.json", json.dumps({"New York": 2, "घर": 0, "नदी": 1})),
        ("words.txt", "घर\nनदी\nNew York\n"),
        ("vocab.json", json.dumps(WORDS)),
    ],
)
def test_the_list_of_words_stands_beside_the_array(array_file, request_mr, listed, words):
    path = array_file(words=words, listed=listed)
    assert read(path, request_mr) == (WORDS, VECTORS.tolist())
    assert read(path.parent, request_mr) == (WORDS, VECTORS.tolist())


def test_another_list_of_words_is_read_anew(array_file, request_mr):
    read(array_file(), request_mr)
    assert read(array_file(words="a\nb\nc\n"), request_mr)[0] == ["a", "b", "c"]


def test_blocks_do_not_show_in_what_is_read(array_file, request_mr, monkeypatch):
    import embkit_fasttext.arrays as arrays

    monkeypatch.setattr(arrays, "_NUMBERS", 10)
    vectors = np.arange(1000, dtype=np.float32).reshape(500, 2)
    path = array_file(vectors, "".join(f"w{i}\n" for i in range(500)))
    assert read(path, request_mr)[1] == vectors.tolist()
    archive = path.with_name("archive.npz")
    np.savez_compressed(archive, v=vectors, w=[f"w{i}" for i in range(500)])
    assert read(archive, request_mr)[1] == vectors.tolist()


def test_what_is_no_utf8_and_a_list_without_an_end_are_counted(array_file, request_mr):
    store = open_vectors(array_file(words=b"a\nb\n\xe0\xa4"), request_mr).store
    assert list(store.words) == ["a", "b", "\ufffd"]
    assert store.notes == {
        "words with broken UTF-8, read with U+FFFD in its place": 1,
        "last line of the words without an end; if the list was cut, it is wrong": 1,
    }


@pytest.mark.parametrize(
    ("array", "words", "message"),
    [
        (VECTORS, "a\nb\n", "lists 2 words, 'vectors.npy' has 3 rows"),
        (VECTORS, "", "lists 1 words, 'vectors.npy' has 3 rows"),
        (VECTORS[0], "a\nb\n", r"holds float32 of shape \(2,\), expected rows of floats"),
        (VECTORS[:0], "", r"holds float32 of shape \(0, 2\)"),
        (VECTORS.astype(np.int8), "a\nb\nc\n", "holds int8 of shape"),
        (VECTORS.astype(complex), "a\nb\nc\n", "is no .npy file of numbers or words"),
        (np.array([["a", 1]], dtype=object), "a\n", "objects in it are never unpickled"),
        (np.zeros(2, dtype="f4,i4"), "a\nb\n", "is no .npy file of numbers or words"),
        (np.array([[1, 2], [np.nan, 1]]), "a\nb\n", r"row 2 \('b'\) holds nan in place 1 of 2"),
        (np.array([[1, 2], [1, 1e39]]), "a\nb\n", r"row 2 \('b'\) holds 1e\+39 in place 2 of 2"),
    ],
)
def test_an_array_that_does_not_fit_is_refused(array_file, request_mr, array, words, message):
    with pytest.raises(InvalidData, match=message) as caught:
        open_vectors(array_file(array, words), request_mr)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("[1, 2, 3]", "expected a list of words"),
        ('{"a": 0, "b": 2, "c": 3}', "rows from 0 on"),
        ('{"a": 0, "b": 0, "c": 1}', "rows from 0 on"),
        ("[" * 100_000, "is no JSON"),
        ('["a", "b"', "is no JSON"),
    ],
    ids=["numbers", "gap", "twice", "deep", "cut"],
)
def test_json_that_is_no_list_of_words_is_refused(array_file, request_mr, words, message):
    with pytest.raises(InvalidData, match=message):
        open_vectors(array_file(words=words, listed="vectors.json"), request_mr)


def test_a_header_that_claims_more_than_the_file_is_refused_at_once(array_file, request_mr):
    path = array_file()
    data = path.read_bytes()
    for shape in (b"(9999999999, 300), }", b"(3, 0), }", b"(3, 3), }", b"(2, 2), }", b"(3,), }"):
        path.write_bytes(data.replace(b"(3, 2), }".ljust(len(shape)), shape))
        with pytest.raises(InvalidData, match=r"vectors\.npy"):
            open_vectors(path, request_mr)


def test_every_truncation_of_an_array_is_refused(array_file, request_mr):
    path = array_file()
    data = path.read_bytes()
    for length in range(6, len(data)):
        path.write_bytes(data[:length])
        with pytest.raises(InvalidData, match=r"vectors\.npy"):
            open_vectors(path, request_mr)


def test_an_array_without_a_list_or_in_company_is_refused(tmp_path, request_mr):
    np.save(tmp_path / "b.npy", VECTORS)
    with pytest.raises(InvalidData, match=r"write them to 'b\.words\.txt', one a line"):
        open_vectors(tmp_path / "b.npy", request_mr)
    np.save(tmp_path / "a.npy", VECTORS)
    with pytest.raises(InvalidData, match=r"holds 2 \.npy files: 'a\.npy', 'b\.npy'; name one"):
        open_vectors(tmp_path, request_mr)


def archive(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize(
    ("vectors", "words"),
    [
        (VECTORS, np.array(WORDS)),
        (VECTORS.astype(">f8"), np.array(WORDS).astype(">U8")),
        (np.asfortranarray(VECTORS), np.array([word.encode() for word in WORDS])),
    ],
    ids=["strings", "big-endian", "bytes"],
)
def test_an_archive_of_two_arrays_is_read(tmp_path, request_mr, save, vectors, words):
    save(tmp_path / "both.npz", vectors=vectors, words=words)
    assert read(tmp_path / "both.npz", request_mr) == (WORDS, VECTORS.tolist())


def test_strings_that_are_no_text_are_read_and_counted(tmp_path, request_mr):
    words = np.array(["ab", "cd"])
    words.view(np.uint32)[:2] = 0x110000, 0xD800
    np.savez(tmp_path / "both.npz", v=VECTORS[:2], w=words)
    assert read(tmp_path / "both.npz", request_mr)[0] == ["\ufffd\ufffd", "cd"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (archive(v=VECTORS), "holds 0 arrays of words and 1 of numbers, expected one of each"),
        (archive(v=VECTORS, w=WORDS, x=VECTORS), "holds 1 arrays of words and 2 of numbers"),
        (archive(v=VECTORS, w=WORDS[:2]), "holds 2 words and 3 rows"),
        (archive(v=VECTORS[0], w=WORDS), r"holds float32 of shape \(2,\)"),
        (archive(v=VECTORS, w=np.array(WORDS, dtype=object)), "never unpickled"),
        (archive(v=np.full((3, 2), np.inf), w=WORDS), r"row 1 \('घर'\) holds inf"),
    ],
)
def test_an_archive_that_does_not_fit_is_refused(tmp_path, request_mr, data, message):
    (tmp_path / "both.npz").write_bytes(data)
    with pytest.raises(InvalidData, match=message):
        open_vectors(tmp_path / "both.npz", request_mr)


def test_every_truncation_and_every_altered_number_of_an_archive_is_refused(tmp_path, request_mr):
    path = tmp_path / "both.npz"
    data = archive(v=VECTORS, w=WORDS)
    for length in range(4, len(data), 7):
        path.write_bytes(data[:length])
        with pytest.raises(InvalidData, match=r"both\.npz"):
            open_vectors(path, request_mr)
    place = data.index(VECTORS.tobytes())
    for altered in range(place, place + VECTORS.nbytes):
        path.write_bytes(data[:altered] + bytes([data[altered] ^ 1]) + data[altered + 1 :])
        with pytest.raises(InvalidData, match="Bad CRC-32"):
            open_vectors(path, request_mr)


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (6, b"\xad\0", "zip file version 17.3"),
        (8, b"\0\x08", "codec can't decode"),  # the name is said to be UTF-8
    ],
)
def test_a_directory_of_an_archive_that_cannot_be_is_refused(
    tmp_path, request_mr, place, value, message
):
    path = tmp_path / "both.npz"
    data = archive(v=VECTORS, w=WORDS).replace(b"v.npy", b"\xff.npy")
    begin = data.index(b"PK\1\2") + place
    path.write_bytes(data[:begin] + value + data[begin + 2 :])
    with pytest.raises(InvalidData, match=rf"both\.npz: is a damaged archive \(.*{message}"):
        open_vectors(path, request_mr)


def test_an_archive_that_would_unpack_to_far_more_is_refused_at_once(tmp_path, request_mr):
    path = tmp_path / "both.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("v.npy", bytes(50 << 20))
    with pytest.raises(InvalidData, match=r"unpacks 'v\.npy' to 52428800 bytes"):
        open_vectors(path, request_mr)


def test_nothing_in_an_array_is_ever_run(tmp_path, request_mr):
    canary = tmp_path / "ran"

    class Attack:
        def __reduce__(self):
            return open, (str(canary), "w")

    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (1, 1), }\n"
    data = b"\x93NUMPY\x01\0" + struct.pack("<H", len(header)) + header + pickle.dumps(Attack())
    (tmp_path / "v.npy").write_bytes(data)
    (tmp_path / "v.txt").write_text("a\n")
    with pytest.raises(InvalidData, match="never unpickled"):
        open_vectors(tmp_path / "v.npy", request_mr)
    assert not canary.exists()
