"""fastText's hashed character n-grams, for all words of a batch at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Composer", "ngram_ids"]

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


class Composer:
    """Vectors from n-grams, read out of the input matrix of a model where it lies on disk.

    layout: of the model, from `Model.layout`. The matrix is mapped as bytes: it begins after a
    dictionary of any length, so its numbers need not stand where a float32 may.
    """

    def __init__(self, path: Path, layout: Mapping[str, Any]) -> None:
        self._layout = layout
        rows, dim = layout["words"] + layout["bucket"], layout["dim"]
        self._matrix = np.memmap(
            path, dtype=np.uint8, mode="r", offset=layout["matrix"], shape=(rows, 4 * dim)
        )

    def rows(self, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Rows of the input matrix, shape (len(numbers), dim)."""
        return np.ascontiguousarray(self._matrix[numbers]).view(np.float32)

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
        for part in _blocks(words):
            block = words[part]
            whose, where = ngram_ids(
                ["" if len(word) > _LONGEST else word for word in block],
                layout["minn"], layout["maxn"], layout["bucket"],
            )  # fmt: skip
            # fastText gives the end of a sentence no n-grams.
            whole = np.array([word == _END or len(word) > _LONGEST for word in block])
            cut = ~whole[whose]
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
            vectors[part] = sums @ self.rows(distinct) / counts[:, None]
        return vectors


def _blocks(words: Sequence[str]) -> Iterator[slice]:
    start = characters = 0
    for i, word in enumerate(words):
        if i - start == _WORDS or (characters + len(word) > _CHARACTERS and i > start):
            yield slice(start, i)
            start, characters = i, 0
        characters += len(word)
    if len(words):
        yield slice(start, len(words))
