"""fastText's `.bin` models: header, dictionary and where the input matrix lies.

Layout (fastText 0.9.2, little-endian): magic, version; twelve int32 of arguments and a double; the
dictionary's sizes (int32 size, words, labels; int64 tokens, pruned), its entries (bytes up to NUL,
int64 count, int8 type); one byte "quantised"; int64 rows and columns; float32 rows; the output
matrix. Every size is held against the length of the file before anything is made of it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from embkit.errors import InvalidData
from numpy.typing import NDArray

from embkit_fasttext.subwords import Composer

__all__ = ["MAGIC", "Model", "read_model", "word_blocks"]

MAGIC = 793712314
_HEAD = struct.Struct("<ii12id")
_SIZES = struct.Struct("<iiiqq")
_SHAPE = struct.Struct("<?qq")
_SUPERVISED = 3
_AGAIN = "it was cut short or altered; fetch or copy it again"


@dataclass(frozen=True, kw_only=True)
class Model:
    """What a model's header and dictionary say.

    path: the unpacked file; words: in order of their rows; matrix: offset of the input matrix.
    """

    path: Path
    words: Sequence[str]
    dim: int
    minn: int
    maxn: int
    bucket: int
    matrix: int
    notes: Mapping[str, int]

    def layout(self) -> dict[str, Any]:
        """The numbers that reading rows later needs."""
        return {
            "dim": self.dim, "minn": self.minn, "maxn": self.maxn, "bucket": self.bucket,
            "words": len(self.words), "matrix": self.matrix,
        }  # fmt: skip


def read_model(path: Path, shown: Path) -> Model:
    """Read all of a model but its matrices.

    shown: the path in messages, where `path` is an unpacked copy. Raises InvalidData for anything
    that cannot be: another version, a quantised or supervised model, sizes that do not fit.
    """
    size = path.stat().st_size

    def damaged(what: str) -> InvalidData:
        return InvalidData(f"{what}; {_AGAIN}", path=shown)

    if size < _HEAD.size + _SIZES.size:
        raise damaged(f"is {size} bytes long, too short for a fastText model")
    with open(path, "rb") as file:
        magic, version, *arguments = _HEAD.unpack(file.read(_HEAD.size))
        dim, _, _, _, _, _, _, kind, bucket, minn, maxn, _, _ = arguments
        if magic != MAGIC or version not in (11, 12):
            raise InvalidData(
                f"is no fastText model of version 11 or 12 (magic {magic}, version {version})",
                path=shown,
            )
        if kind == _SUPERVISED:
            raise InvalidData(
                "is a supervised model (a classifier); word vectors come from skipgram or cbow",
                path=shown,
            )
        if not (0 < dim <= 100_000 and bucket >= 0 and 0 <= minn <= 100 and 0 <= maxn <= 100):
            raise damaged(f"has arguments that cannot be: dim {dim}, bucket {bucket}, "
                          f"n-grams {minn} to {maxn}")  # fmt: skip
        entries, words, labels, _, pruned = _SIZES.unpack(file.read(_SIZES.size))
        # An entry is at least an empty word's NUL, a count and a type.
        if not (0 <= words <= entries == words + labels and 10 * entries <= size):
            raise damaged(f"claims {entries} entries: {words} words and {labels} labels")
        if pruned > 0:
            raise InvalidData(
                "is a pruned, quantised model (.ftz), which is not read yet; use the .bin",
                path=shown,
            )
        # The dictionary ends where the matrix begins, so it is no longer than what the rows leave.
        rest = size - file.tell() - 4 * dim * words
        if rest < 0:
            raise damaged(f"is {size} bytes long, too short for {words} rows of {dim} numbers")
        listed, notes = _dictionary(file.read(min(rest, size)), entries, words, damaged)
        place = _HEAD.size + _SIZES.size + notes.pop("length")
        file.seek(place)
        shape = file.read(_SHAPE.size)
        if len(shape) < _SHAPE.size:
            raise damaged("ends before its matrix")
        quantised, rows, columns = _SHAPE.unpack(shape)
    if quantised:
        raise InvalidData(
            "is a quantised model (.ftz), which is not read yet; use the .bin", path=shown
        )
    buckets = rows - words
    if columns != dim or buckets not in (bucket, 0):
        raise damaged(f"has a matrix of {rows} × {columns}, expected {words + bucket} × {dim}")
    matrix = place + _SHAPE.size
    # Behind the input matrix stand a byte, two int64 and the output matrix.
    output = matrix + 4 * rows * columns
    if output + _SHAPE.size > size:
        raise damaged(f"is {size} bytes long, its matrix alone ends at {output}")
    with open(path, "rb") as file:
        file.seek(output)
        _, out_rows, out_columns = _SHAPE.unpack(file.read(_SHAPE.size))
    if size != output + _SHAPE.size + 4 * out_rows * out_columns:
        expected = output + _SHAPE.size + 4 * out_rows * out_columns
        raise damaged(f"is {size} bytes long, expected {expected}")
    if buckets == 0:
        maxn = 0
    return Model(
        path=path, words=listed, dim=dim, minn=minn, maxn=maxn, bucket=max(buckets, 0),
        matrix=matrix, notes=notes,
    )  # fmt: skip


def _dictionary(
    data: bytes, entries: int, words: int, damaged: Any
) -> tuple[list[str], dict[str, int]]:
    """The words of the dictionary; notes hold its length in bytes under "length"."""
    listed: list[str] = []
    broken = 0
    place = 0
    for number in range(entries):
        end = data.find(0, place, place + 100_000)
        if end < 0 or end + 10 > len(data):
            raise damaged(f"ends inside entry {number + 1} of {entries} of its dictionary")
        if data[end + 9] != (number >= words):
            raise damaged(f"has a wrong type at entry {number + 1} of its dictionary")
        if number < words:
            try:
                listed.append(data[place:end].decode())
            except UnicodeDecodeError:
                broken += 1
                listed.append(data[place:end].decode(errors="replace"))
        place = end + 10
    notes = {"length": place}
    if broken:
        notes["words with broken UTF-8, read with U+FFFD in its place"] = broken
    return listed, notes


def word_blocks(model: Model) -> Iterator[tuple[Sequence[str], NDArray[np.float32]]]:
    """Words and their full vectors: the mean of a word's own row and its n-grams' rows.

    Raises InvalidData for a row that is not finite.
    """
    composer = Composer(model.path, model.layout())
    for start in range(0, len(model.words), 65_536):
        words = model.words[start : start + 65_536]
        own = np.arange(start, start + len(words))
        if model.maxn > 0 and model.bucket > 0:
            rows = composer.compose(words, own)
            # fastText gives the end of a sentence its own row alone.
            for i, word in enumerate(words):
                if word == "</s>":
                    rows[i] = composer.rows(own[i : i + 1])[0]
        else:
            rows = composer.rows(own)
        finite = np.isfinite(rows).all(axis=1)
        if not finite.all():
            word = words[int(np.argmin(finite))]
            raise InvalidData(
                f"the vector of {word!r} is not finite; the model was trained with too few threads "
                "(fastText issue 1061) or is damaged: train or fetch it again",
                path=model.path,
            )
        yield words, rows
