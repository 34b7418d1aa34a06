"""fastText's hashed character n-grams, for all words of a batch at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from embkit.words import runs
from numpy.typing import NDArray

from embkit_fasttext.matrices import open_matrix, row_bytes

__all__ = ["Composer", "ngram_ids", "subword_bytes"]

_END = "</s>"
# What is worked on at once: so few words have few enough n-grams to hold all their rows in memory.
_WORDS, _CHARACTERS = 4096, 40_000
# No language has longer words; what a run of that many letters means, its n-grams cannot tell.
_LONGEST = 10_000
_OFFSET, _PRIME = np.uint32(2166136261), np.uint32(16777619)


def ngram_ids(
    words: Sequence[str], minn: int, maxn: int, bucket: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The word each n-gram belongs to, and the bucket it hashes to, both of shape (n-grams,).

    As `Dictionary::computeSubwords` of fastText: n-grams of code points of `<word>`, from minn to
    maxn long, without the marks alone; FNV-1a over UTF-8 bytes, each taken as a signed char. Sorted
    by word; within a word by length, then place.
    """
    encoded = [b"<" + word.encode("utf-8", "surrogatepass") + b">" for word in words]
    data = np.frombuffer(b"".join(encoded), dtype=np.uint8)
    signed = data.view(np.int8).astype(np.int32).view(np.uint32)
    begins = np.flatnonzero((data & 0xC0) != 0x80)  # of each code point
    widths = np.diff(begins, append=len(data))
    lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
    owner = np.repeat(np.arange(len(words)), lengths)[begins]
    count = len(begins)
    first = np.empty(count, dtype=bool)
    first[:1] = True
    first[1:] = owner[1:] != owner[:-1]
    last = np.append(first[1:], True)
    hashes = np.full(count, _OFFSET, dtype=np.uint32)
    alive = np.arange(count)  # code points at which an n-gram of the current length begins
    owners, buckets = [], []
    for length in range(1, maxn + 1):
        end = alive + length - 1
        inside = end < count
        alive, end = alive[inside], end[inside]
        inside = owner[end] == owner[alive]
        alive, end = alive[inside], end[inside]
        for byte in range(4):
            wide = widths[end] > byte
            chosen = alive[wide]
            hashes[chosen] = (hashes[chosen] ^ signed[begins[end[wide]] + byte]) * _PRIME
        if length >= minn:
            kept = alive if length > 1 else alive[~(first[alive] | last[alive])]
            owners.append(owner[kept])
            buckets.append(hashes[kept].astype(np.int64) % bucket)
    if not owners:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    whose, where = np.concatenate(owners), np.concatenate(buckets)
    order = np.argsort(whose, kind="stable")
    return whose[order], where[order]


def subword_bytes(layout: Mapping[str, Any]) -> int:
    """Bytes of the rows of a model's n-grams, 0 where words are all it has."""
    if not layout.get("maxn"):
        return 0
    matrix = layout["matrix"]
    return int((matrix["rows"] - layout["words"]) * row_bytes(matrix))


class Composer:
    """Vectors from n-grams, read out of the input matrix of a model where it lies on disk.

    layout: of the model, from `Model.layout`.
    """

    def __init__(self, path: Path, layout: Mapping[str, Any]) -> None:
        self._layout = layout
        self._matrix = open_matrix(path, layout["matrix"])
        self._kept = self._places = None
        if layout["pruned"] is not None:
            begin, count = layout["pruned"]
            pairs = np.fromfile(path, dtype="<i4", count=2 * count, offset=begin).reshape(-1, 2)
            # Of a bucket listed twice, fastText takes the last.
            self._kept, last = np.unique(pairs[::-1, 0], return_index=True)
            self._places = pairs[::-1, 1][last].astype(np.int64)

    def compose(self, words: Sequence[str]) -> NDArray[np.float32]:
        """The mean of each word's n-grams, shape (len(words), dim).

        Zeros where that is no vector: for a word without n-grams, the end of a sentence, a word of
        over 10,000 code points, and n-grams whose rows are not finite.
        """
        vectors = self.means(words, np.full(len(words), -1))
        vectors[~np.isfinite(vectors).all(axis=1)] = 0
        return vectors

    def means(self, words: Sequence[str], own: NDArray[np.int64]) -> NDArray[np.float32]:
        """The mean of the rows of each word: its own and its n-grams', shape (len(words), dim).

        own: the row of each word itself, -1 for none. Zeros for a word without rows.
        """
        from scipy.sparse import csr_array

        layout = self._layout
        vectors = np.zeros((len(words), layout["dim"]), dtype=np.float32)
        for part in runs(words, _WORDS, _CHARACTERS):
            block = words[part]
            whose, where = ngram_ids(
                ["" if len(word) > _LONGEST else word for word in block],
                layout["minn"], layout["maxn"], layout["bucket"],
            )  # fmt: skip
            # fastText gives the end of a sentence no n-grams.
            whole = np.array([word == _END or len(word) > _LONGEST for word in block])
            where, kept = self._behind(where)
            cut = kept & ~whole[whose]
            here = np.flatnonzero(own[part] >= 0)
            # A word's own row comes first, as in fastText.
            whose = np.concatenate([here, whose[cut]])
            where = np.concatenate([own[part][here], where[cut] + layout["words"]])
            order = np.argsort(whose, kind="stable")
            distinct, columns = np.unique(where[order], return_inverse=True)
            ends = np.searchsorted(whose[order], np.arange(len(block) + 1))
            ones = np.ones(len(columns), dtype=np.float32)
            sums = csr_array((ones, columns, ends), shape=(len(block), len(distinct)))
            counts = np.maximum(np.diff(ends), 1).astype(np.float32)
            vectors[part] = sums @ self._matrix.rows(distinct) / counts[:, None]
        return vectors

    def _behind(self, buckets: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """How far behind the words' rows that of each bucket lies, and whether it was kept."""
        if self._kept is None or self._places is None:
            return buckets, np.ones(len(buckets), dtype=bool)
        place = np.minimum(np.searchsorted(self._kept, buckets), len(self._kept) - 1)
        return self._places[place], self._kept[place] == buckets
