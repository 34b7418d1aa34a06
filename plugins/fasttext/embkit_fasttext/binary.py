"""fastText's models, `.bin` and `.ftz`: header, dictionary and where the input matrix lies.

Layout (fastText 0.9.2, little-endian): magic, version; twelve int32 of arguments and a double; the
dictionary's sizes (int32 size, words, labels; int64 tokens, pruned), its entries (bytes up to NUL,
int64 count, int8 type; words first, then labels); for each n-gram that was kept when others were
pruned, its bucket and its row behind those of the words (two int32); one byte "quantised"; the
input matrix; one byte "quantised"; the output matrix. A matrix is int64 rows and columns and
float32 rows. If it is quantised: one byte "lengths apart", int64 rows and columns, int32 number of
codes, the codes, a quantiser (int32 columns, parts, width of a part and of the last, then 256
float32 a column); for lengths apart a code a row and a quantiser of one column.
Every size is held against the length of the file before anything is made of it.
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
from embkit.wordstore import Rows, WordStore, save_array
from numpy.typing import NDArray

from embkit_fasttext.matrices import CENTROIDS, open_matrix
from embkit_fasttext.packed import is_packed, unpacked
from embkit_fasttext.rows import BROKEN, decode
from embkit_fasttext.subwords import Composer

__all__ = ["Model", "build_model", "compose_model", "is_model", "read_model", "word_blocks"]

_MAGIC = 793712314
_HEAD = struct.Struct("<ii12id")
_SIZES = struct.Struct("<iiiqq")
_COUNT = struct.Struct("<q")
_FLAG = struct.Struct("<?")
_MATRIX = struct.Struct("<qq")
_CODES = struct.Struct("<?qqi")
_QUANTISER = struct.Struct("<4i")
_ENTRY = 10  # an entry without its word: NUL, count, type
_KINDS = {1: "cbow", 2: "skipgram", 3: "supervised"}
_LONGEST_WORD = 1 << 20
_BLOCK = 16_384
_UNPACKED = "model.bin"


@dataclass(frozen=True, kw_only=True)
class Model:
    """What a model's header and dictionary say.

    path: the unpacked file; shown: the path in messages; words: in order of their rows; counts: how
    often each stands in the corpus; maxn: 0 for a model without n-grams; pruned: where the list of
    kept n-grams begins and how many there are, None where all were kept; matrix: the layout of the
    input matrix, of a row for each word and then for each bucket or kept n-gram.
    """

    path: Path
    shown: Path
    words: Sequence[str]
    counts: NDArray[np.int64]
    dim: int
    minn: int
    maxn: int
    bucket: int
    pruned: tuple[int, int] | None
    matrix: Mapping[str, Any]
    notes: Mapping[str, int]

    def layout(self) -> dict[str, Any]:
        """The numbers that composing words later needs."""
        return {
            "dim": self.dim, "minn": self.minn, "maxn": self.maxn, "bucket": self.bucket,
            "words": len(self.words), "pruned": self.pruned, "matrix": self.matrix,
        }  # fmt: skip


def read_model(path: Path, shown: Path) -> Model:
    """Read all of a model but its matrices.

    shown: the path in messages, where `path` is an unpacked copy. Raises InvalidData for anything
    that cannot be: another version, sizes that do not fit.
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
        begin = self.skip(fields.size, "its header")
        return fields.unpack_from(self.data, begin)

    def skip(self, size: int, what: str) -> int:
        """Step over some bytes and return where they begin."""
        begin = self.place
        self.place += size
        if self.place > len(self.data):
            self.damaged(f"is {len(self.data)} bytes long, {what} alone ends at byte {self.place}")
        return begin

    def read(self) -> Model:
        magic, version, dim, _, _, _, _, _, _, kind, bucket, minn, maxn, _, _ = self.take(_HEAD)
        if magic != _MAGIC or version not in (11, 12):
            self.refuse(
                f"is no fastText model of version 11 or 12 (magic {magic}, version {version})"
            )
        if kind not in _KINDS or dim < 1 or bucket < 0 or minn < 0 or not 0 <= maxn <= 1000:
            self.damaged(
                f"has arguments that cannot be: kind {kind}, dim {dim}, {bucket} buckets, "
                f"n-grams {minn} to {maxn}"
            )
        size, count, labels, _, pruned = self.take(_SIZES)
        if not (
            count > 0
            and labels >= 0
            and count + labels == size
            and _ENTRY * size <= len(self.data) - self.place
        ):
            self.damaged(
                f"claims {size} entries, {count} words and {labels} labels "
                f"in {len(self.data)} bytes"
            )
        words, counts, broken = self.dictionary(count, labels)
        kept = self.pruned(pruned, bucket) if pruned >= 0 else None
        (quantised,) = self.take(_FLAG)
        if kept and not quantised:
            self.refuse("is pruned but not quantised, which no fastText reads; fetch it again")
        matrix = self.matrix(quantised, dim, count + (bucket if kept is None else pruned))
        (output_quantised,) = self.take(_FLAG)
        self.matrix(quantised and output_quantised, dim, None)
        if self.place != len(self.data):
            self.damaged(f"is {len(self.data)} bytes long, expected {self.place}")
        # What fastText's loader does: classifiers of version 11 had no n-grams of characters.
        cuts = bucket > 0 and pruned != 0 and not (version == 11 and _KINDS[kind] == "supervised")
        notes = {
            BROKEN: broken,
            "labels of its classes, which are no words": labels,
        }
        return Model(
            path=self.path, shown=self.shown, words=words, counts=counts, dim=dim, minn=minn,
            maxn=maxn if cuts else 0, bucket=bucket, pruned=kept, matrix=matrix,
            notes={note: number for note, number in notes.items() if number},
        )  # fmt: skip

    def dictionary(self, words: int, labels: int) -> tuple[list[str], NDArray[np.int64], int]:
        """The words, how often each stands in the corpus, and how many are no UTF-8."""
        data, place = self.data, self.place
        raw: list[bytes] = []
        counts = np.zeros(words, dtype=np.int64)
        for number in range(1, words + labels + 1):
            end = data.find(b"\0", place, place + _LONGEST_WORD)
            if end < 0 or end + _ENTRY > len(data) or data[end + 9] != (number > words):
                self.damaged(
                    f"has no {'word' if number <= words else 'label'} at entry {number} of "
                    f"{words + labels} of its dictionary"
                )
            if number <= words:
                (counts[number - 1],) = _COUNT.unpack_from(data, end + 1)
                raw.append(data[place:end])
            place = end + _ENTRY
        self.place = place
        listed, broken = decode(raw)
        if counts.min() < 0:
            self.damaged(f"claims that {listed[counts.argmin()]!r} stands {counts.min()} times")
        return listed, counts, broken

    def pruned(self, count: int, bucket: int) -> tuple[int, int]:
        """Step over the list of kept n-grams; where it begins and its length."""
        begin = self.skip(8 * count, "the list of its n-grams")
        pairs = np.frombuffer(self.data[begin : self.place], dtype="<i4").reshape(-1, 2)
        if count and not (pairs.min() >= 0 and (pairs.max(axis=0) < (bucket, count)).all()):
            self.damaged("lists n-grams that cannot be")
        return begin, count

    def matrix(self, quantised: bool, dim: int, expected: int | None) -> dict[str, Any]:
        """Step over a matrix and return how it lies; None: any number of rows."""
        apart, rows, columns, codes = self.take(_CODES) if quantised else (
            False, *self.take(_MATRIX), 0
        )  # fmt: skip
        if columns != dim or rows < 0 or rows != (rows if expected is None else expected):
            self.damaged(f"has a matrix of {rows} times {columns}, expected {expected} times {dim}")
        if not quantised:
            begin = self.skip(4 * rows * columns, "a matrix")
            return {"begin": begin, "rows": rows, "dim": dim}
        layout = {"codes": self.skip(max(codes, 0), "a matrix"), "rows": rows, "dim": dim}
        layout["width"], layout["centroids"] = self.quantiser(dim)
        parts = -(-dim // layout["width"])
        if codes != rows * parts:
            self.damaged(f"has {codes} codes, expected {parts} for each of {rows} rows")
        if apart:
            layout["lengths"] = self.skip(rows, "a matrix")
            _, layout["length_centroids"] = self.quantiser(1)
        return layout

    def quantiser(self, dim: int) -> tuple[int, int]:
        """Step over a quantiser; the width of a part, and where its centroids begin."""
        columns, parts, width, last = self.take(_QUANTISER)
        if (
            columns != dim
            or width < 1
            or parts != -(-dim // width)
            or last != dim - (parts - 1) * width
        ):
            self.damaged(
                f"has a quantiser of {columns} columns in {parts} parts of {width} and {last}, "
                f"expected {dim} columns"
            )
        # Of a row shorter than a part, fastText writes the width it was asked for.
        return min(width, dim), self.skip(4 * CENTROIDS * dim, "a quantiser")


def word_blocks(model: Model) -> Iterator[tuple[Sequence[str], NDArray[np.float32]]]:
    """Words and their full vectors: the mean of a word's own row and its n-grams' rows.

    Raises InvalidData for a row that is not finite.
    """
    matrix = open_matrix(model.path, model.matrix)
    composer = Composer(model.path, model.layout())
    for start in range(0, len(model.words), _BLOCK):
        words = model.words[start : start + _BLOCK]
        own = np.arange(start, start + len(words))
        rows = composer.means(words, own) if model.maxn else matrix.rows(own)
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
    save_array(folder / "counts.npy", model.counts)
    return word_blocks(model), model.dim, model.layout()


def compose_model(
    path: Path, store: WordStore
) -> Callable[[Sequence[str]], NDArray[np.float32]] | None:
    """Vectors of unknown words from a model's n-grams, None where it has none."""
    if not store.extra["maxn"]:
        return None
    beside = store.folder / _UNPACKED
    return Composer(beside if beside.exists() else path, store.extra).compose
