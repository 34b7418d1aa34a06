"""Word vectors as a numpy array: `.npy` and a list of words beside it, or both in one `.npz`."""

from __future__ import annotations

import contextlib
import json
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from embkit.errors import InvalidData
from numpy.typing import NDArray

from embkit_fasttext.npy import LONGEST_HEADER, NpyHeader, map_npy, read_npy_header
from embkit_fasttext.packed import largest_of
from embkit_fasttext.rows import BROKEN, as_float32, decode

__all__ = ["array_parts", "is_array", "is_npz", "read_array", "read_npz"]

_NUMBERS = 1 << 20  # in a block
# Beside `X.npy`, the first of X.words.txt, X.txt, …; else the first of words.txt, …
_ENDINGS = (".words.txt", ".txt", ".words", ".vocab", ".json")
_NAMES = ("words.txt", "vocab.txt", "words.json", "vocab.json")
Blocks = Iterator[tuple[Sequence[str], NDArray[np.float32]]]


def is_array(path: Path, head: bytes) -> bool:
    """Whether a file is a `.npy` file, or a folder holds one."""
    return head.startswith(b"\x93NUMPY") or (path.is_dir() and any(path.glob("*.npy")))


def array_parts(path: Path) -> tuple[Path, Path]:
    """The array and the list of its words, which are one a line, or in JSON.

    path: the array, or a folder with one. Raises InvalidData where there is not just one, or no
    list.
    """
    array = path
    if path.is_dir():
        array, *more = sorted(path.glob("*.npy"))
        if more:
            names = ", ".join(f"'{each.name}'" for each in [array, *more][:5])
            raise InvalidData(f"holds {1 + len(more)} .npy files: {names}; name one", path=path)
    beside = [array.with_suffix(ending) for ending in _ENDINGS]
    for listed in [*beside, *map(array.with_name, _NAMES)]:
        if listed.is_file():
            return array, listed
    raise InvalidData(
        f"has no list of its words beside it: write them to '{beside[0].name}', one a line, in the "
        "order of the rows",
        path=array,
    )


def read_array(path: Path, notes: dict[str, int]) -> tuple[int, Blocks]:
    """The length of a row, and blocks of words and rows, out of a mapped array.

    Raises InvalidData for an array that is not of two dimensions and floats, another number of
    words than of rows, and a number that is not finite.
    """
    array, listed = array_parts(path)
    vectors = map_npy(array)
    _check_vectors(vectors, array)
    words = _words(listed, notes)
    if len(words) != len(vectors):
        raise InvalidData(
            f"lists {len(words)} words, '{array.name}' has {len(vectors)} rows; they do not belong "
            "together",
            path=listed,
        )
    return vectors.shape[1], _blocks(words, vectors, array)


def _check_vectors(vectors: NDArray[Any] | NpyHeader, path: Path) -> None:
    if len(vectors.shape) != 2 or vectors.dtype.kind != "f" or 0 in vectors.shape:
        raise InvalidData(
            f"holds {vectors.dtype} of shape {vectors.shape}, expected rows of floats", path=path
        )


def _blocks(words: Sequence[str], vectors: NDArray[Any], path: Path) -> Blocks:
    size = max(1, _NUMBERS // vectors.shape[1])
    for start in range(0, len(words), size):
        here = slice(start, start + size)
        yield words[here], as_float32(vectors[here], words[here], start, path)


def _words(path: Path, notes: dict[str, int]) -> list[str]:
    data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    if path.suffix == ".json":
        raw = [word.encode("utf-8", "surrogatepass") for word in _words_of_json(data, path)]
    else:
        if not data.endswith(b"\n"):
            notes["last line of the words without an end; if the list was cut, it is wrong"] = 1
        raw = data.replace(b"\r\n", b"\n").removesuffix(b"\n").split(b"\n")
    words, broken = decode(raw)
    if broken:
        notes[BROKEN] = broken
    return words


def _words_of_json(data: bytes, path: Path) -> list[str]:
    """A list of words, or an object that gives the row of each."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InvalidData(f"is no JSON ({error})", path=path) from error
    if isinstance(found, dict) and all(type(row) is int for row in found.values()):
        words = sorted(found, key=found.__getitem__)
        if [found[word] for word in words] == list(range(len(words))):
            return words
    elif isinstance(found, list) and all(isinstance(word, str) for word in found):
        return found
    raise InvalidData(
        "expected a list of words, or an object of words and their rows from 0 on", path=path
    )


def is_npz(path: Path, head: bytes) -> bool:
    """Whether a file is an archive, if those of one packed file are told apart before."""
    return head.startswith(b"PK\x03\x04")


def read_npz(path: Path, notes: dict[str, int]) -> tuple[int, Blocks]:
    """The length of a row, and blocks of words and rows, out of an archive of two arrays.

    Raises InvalidData as `read_array` does, and where one array does not hold words and the other
    vectors.
    """
    found: dict[str, list[tuple[zipfile.ZipInfo, NpyHeader]]] = {"words": [], "vectors": []}
    with _damage(path), zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if member.file_size > largest_of(member.compress_size):
                raise InvalidData(
                    f"unpacks '{member.filename}' to {member.file_size} bytes from "
                    f"{member.compress_size}, which word vectors do not",
                    path=path,
                )
            with archive.open(member) as file:
                header = read_npy_header(file.read(LONGEST_HEADER), member.file_size, path)
            kind = "words" if header.dtype.kind in "SU" and len(header.shape) == 1 else "vectors"
            found[kind].append((member, header))
    if any(len(each) != 1 for each in found.values()):
        raise InvalidData(
            f"holds {len(found['words'])} arrays of words and {len(found['vectors'])} of numbers, "
            "expected one of each",
            path=path,
        )
    (vectors,), (words,) = found["vectors"], found["words"]
    _check_vectors(vectors[1], path)
    if words[1].shape[0] != vectors[1].shape[0]:
        raise InvalidData(
            f"holds {words[1].shape[0]} words and {vectors[1].shape[0]} rows", path=path
        )
    return vectors[1].shape[1], _npz_blocks(path, words, vectors, notes)


def _npz_blocks(
    path: Path,
    words: tuple[zipfile.ZipInfo, NpyHeader],
    vectors: tuple[zipfile.ZipInfo, NpyHeader],
    notes: dict[str, int],
) -> Blocks:
    count, dim = vectors[1].shape
    size = count if vectors[1].order == "F" else max(1, _NUMBERS // dim)
    broken = 0
    with (
        _damage(path),
        zipfile.ZipFile(path) as archive,
        archive.open(words[0]) as listed,
        archive.open(vectors[0]) as numbers,
    ):
        listed.read(words[1].begin)
        numbers.read(vectors[1].begin)
        for start in range(0, count, size):
            many = min(size, count - start)
            raw = _strings(_take(listed, words[1].dtype, many))
            block, wrong = decode(raw)
            rows = _take(numbers, vectors[1].dtype, many * dim)
            rows = rows.reshape((many, dim), order=vectors[1].order)
            yield block, as_float32(rows, block, start, path)
            broken += wrong
    if broken:
        notes[BROKEN] = broken


def _take(file: IO[bytes], dtype: np.dtype[Any], count: int) -> NDArray[Any]:
    return np.frombuffer(file.read(count * dtype.itemsize), dtype, count)


def _strings(words: NDArray[Any]) -> list[bytes]:
    """Strings as UTF-8, whatever is in them: numpy lets code points be that are none."""
    if words.dtype.kind == "S":
        listed: list[bytes] = words.tolist()
        return listed
    width = words.dtype.itemsize
    data = words.astype(words.dtype.newbyteorder("<")).tobytes()
    texts = (data[i : i + width].decode("utf-32-le", "replace") for i in range(0, len(data), width))
    return [text.rstrip("\0").encode() for text in texts]


@contextlib.contextmanager
def _damage(path: Path) -> Iterator[None]:
    """Say of an archive that cannot be read what is wrong with it."""
    try:
        yield
    except (
        zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError,
        ValueError,
    ) as error:  # fmt: skip
        raise InvalidData(
            f"is damaged, or packed in a way that is not read ({error}); fetch or copy it again",
            path=path,
        ) from error
