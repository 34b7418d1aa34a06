"""fastText's `.bin` models: header, dictionary and where the input matrix lies.

Layout (fastText 0.9.2, little-endian): magic, version; twelve int32 of arguments and a double; the
dictionary's sizes (int32 size, words, labels; int64 tokens, pruned), its entries (bytes up to NUL,
int64 count, int8 type); one byte "quantised"; int64 rows and columns; float32 rows; the output
matrix. Every size is held against the length of the file before anything is made of it.
"""

from __future__ import annotations

import mmap
import shutil
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from embkit.errors import InvalidData
from embkit.wordstore import Rows, WordStore
from numpy.typing import NDArray

from embkit_fasttext.packed import is_packed, unpacked
from embkit_fasttext.subwords import Composer

__all__ = ["Model", "build_model", "compose_model", "is_model", "read_model", "word_blocks"]

_MAGIC = 793712314
_HEAD = struct.Struct("<ii12id")
_SIZES = struct.Struct("<iiiqq")
_MATRIX = struct.Struct("<?qq")
_KINDS = {1: "cbow", 2: "skipgram", 3: "supervised"}
_LONGEST_WORD = 1 << 20
_BLOCK = 16_384
_UNPACKED = "model.bin"


@dataclass(frozen=True, kw_only=True)
class Model:
    """What a model's header and dictionary say.

    path: the unpacked file; shown: the path in messages; words: in order of their rows; matrix:
    offset of the input matrix, of a row for each word and then for each bucket.
    """

    path: Path
    shown: Path
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
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return _Reader(data, path, shown).read()


class _Reader:
    """One pass over a mapped file; `place` is how far it has come."""

    def __init__(self, data: mmap.mmap, path: Path, shown: Path) -> None:
        self.data = data
        self.path = path
        self.shown = shown
        self.place = 0

    def refuse(self, what: str) -> NoReturn:
        raise InvalidData(what, path=self.shown)

    def damaged(self, what: str) -> NoReturn:
        self.refuse(f"{what}; it was cut short or altered: fetch or copy it again")

    def take(self, fields: struct.Struct) -> tuple[Any, ...]:
        if self.place + fields.size > len(self.data):
            self.damaged(f"ends after {len(self.data)} bytes, inside its header")
        values = fields.unpack_from(self.data, self.place)
        self.place += fields.size
        return values

    def read(self) -> Model:
        magic, version, dim, _, _, _, _, _, _, kind, bucket, minn, maxn, _, _ = self.take(_HEAD)
        if magic != _MAGIC or version not in (11, 12):
            self.refuse(
                f"is no fastText model of version 11 or 12 (magic {magic}, version {version})"
            )
        if _KINDS.get(kind) == "supervised":
            self.refuse("is a supervised model (a classifier); use one trained by skipgram or cbow")
        if kind not in _KINDS or dim < 1 or bucket < 0 or minn < 0 or not 0 <= maxn <= 1000:
            self.damaged(
                f"has arguments that cannot be: kind {kind}, dim {dim}, {bucket} buckets, "
                f"n-grams {minn} to {maxn}"
            )
        size, words, labels, _, pruned = self.take(_SIZES)
        if pruned > 0:
            self.refuse("is a pruned, quantised model (.ftz), which is not read yet; use the .bin")
        # An entry is at least an empty word's NUL, a count and a type.
        if not (0 < words == size and labels == 0 and 10 * size <= len(self.data) - self.place):
            self.damaged(
                f"claims {size} entries, {words} words and {labels} labels "
                f"in {len(self.data)} bytes"
            )
        listed, broken = self.dictionary(words)
        matrix = self.matrix(dim, words + bucket)
        self.matrix(dim, None)
        if self.place != len(self.data):
            self.damaged(f"is {len(self.data)} bytes long, expected {self.place}")
        cuts = bucket > 0 and maxn > 0
        return Model(
            path=self.path, shown=self.shown, words=listed, dim=dim, minn=minn,
            maxn=maxn if cuts else 0, bucket=bucket, matrix=matrix,
            notes={"words with broken UTF-8, read with U+FFFD in its place": broken}
            if broken else {},
        )  # fmt: skip

    def dictionary(self, entries: int) -> tuple[list[str], int]:
        """The words, and how many of them are no UTF-8."""
        data, place = self.data, self.place
        words: list[str] = []
        broken = 0
        for number in range(1, entries + 1):
            end = data.find(b"\0", place, place + _LONGEST_WORD)
            if end < 0 or end + 10 > len(data) or data[end + 9] != 0:
                self.damaged(f"has no word at entry {number} of {entries} of its dictionary")
            raw = data[place:end]
            try:
                words.append(raw.decode())
            except UnicodeDecodeError:
                broken += 1
                words.append(raw.decode(errors="replace"))
            place = end + 10
        self.place = place
        return words, broken

    def matrix(self, dim: int, expected: int | None) -> int:
        """Step over a matrix and return where its numbers begin; None: any number of rows."""
        quantised, rows, columns = self.take(_MATRIX)
        if quantised:
            self.refuse("is a quantised model (.ftz), which is not read yet; use the .bin")
        if columns != dim or rows < 0 or rows != (rows if expected is None else expected):
            self.damaged(f"has a matrix of {rows} times {columns}, expected {expected} times {dim}")
        begin = self.place
        self.place += 4 * rows * columns
        if self.place > len(self.data):
            self.damaged(f"is {len(self.data)} bytes long, a matrix alone ends at {self.place}")
        return begin


def word_blocks(model: Model) -> Iterator[tuple[Sequence[str], NDArray[np.float32]]]:
    """Words and their full vectors: the mean of a word's own row and its n-grams' rows.

    Raises InvalidData for a row that is not finite.
    """
    composer = Composer(model.path, model.layout())
    for start in range(0, len(model.words), _BLOCK):
        words = model.words[start : start + _BLOCK]
        own = np.arange(start, start + len(words))
        rows = composer.means(words, own) if model.maxn else composer.rows(own)
        finite = np.isfinite(rows).all(axis=1)
        if not finite.all():
            word = words[int(np.argmin(finite))]
            raise InvalidData(
                f"the vector of {word!r} is not finite; the model was trained with too few threads "
                "(fastText issue 1061) or is damaged: train or fetch it again",
                path=model.shown,
            )
        yield words, rows


def is_model(path: Path, head: bytes) -> bool:
    """Whether a file begins as a model does."""
    return head.startswith(_MAGIC.to_bytes(4, "little"))


def build_model(
    path: Path, folder: Path, notes: dict[str, int]
) -> tuple[Rows, int, Mapping[str, Any]]:
    """The rows of a model's words; a packed model is unpacked into the folder of the store."""
    plain = path
    if is_packed(path):
        plain = folder / _UNPACKED
        with unpacked(path) as packed, open(plain, "wb") as target:
            shutil.copyfileobj(packed, target, 1 << 22)
    model = read_model(plain, shown=path)
    notes.update(model.notes)
    return word_blocks(model), model.dim, model.layout()


def compose_model(
    path: Path, store: WordStore
) -> Callable[[Sequence[str]], NDArray[np.float32]] | None:
    """Vectors of unknown words from a model's n-grams, None where it has none."""
    if not store.extra["maxn"]:
        return None
    beside = store.folder / _UNPACKED
    return Composer(beside if beside.exists() else path, store.extra).compose
