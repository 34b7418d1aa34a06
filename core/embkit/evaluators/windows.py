"""Features of a word in its sentence: its own vector and those of its neighbours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["OUTSIDE", "SYMBOL", "UNKNOWN", "Windows", "around"]

# In the place of a row: a word without a vector, what is no word, and nothing at all.
UNKNOWN, SYMBOL, OUTSIDE = _MARKS = (-1, -2, -3)


def around(rows: NDArray[np.int64], lengths: Sequence[int], radius: int) -> NDArray[np.int64]:
    """The rows of the words around each word, shape (words, 2 * radius + 1), itself in the middle.

    rows: of the words of all sentences, one after another; lengths: of the sentences. A place
    before the first or behind the last word of a sentence is OUTSIDE.
    """
    sentence = np.repeat(np.arange(len(lengths)), lengths)
    windows = np.full((len(rows), 2 * radius + 1), OUTSIDE, dtype=np.int64)
    for slot, offset in enumerate(range(-radius, radius + 1)):
        there = np.arange(len(rows)) + offset
        inside = (there >= 0) & (there < len(rows))
        inside[inside] = sentence[there[inside]] == sentence[inside]
        windows[inside, slot] = rows[there[inside]]
    return windows


class Windows:
    """What multiplies as the array of all windows does, but keeps each vector once.

    table: vectors, shape (m, dim). places: rows of the table, or UNKNOWN, SYMBOL or OUTSIDE, shape
    (n, slots). A row of the array holds the vector of each slot, zeros where there is none, and
    then for each of the three whether the slot is that: slots * (dim + 3) numbers.
    """

    def __init__(self, table: NDArray[np.float32], places: NDArray[np.int64]) -> None:
        from scipy.sparse import csr_array

        used, rows = np.unique(places, return_inverse=True)
        rows = rows.reshape(len(places), -1)
        self._table = np.where(used[:, None] >= 0, table[used], np.float32(0))
        self._rows = rows
        flags = np.concatenate([places == mark for mark in _MARKS], axis=1)
        self._flags = flags.astype(np.float32)
        one = np.ones(len(places), dtype=np.float32)
        each, size = np.arange(len(places)), (len(used), len(places))
        self._sums = [csr_array((one, (column, each)), shape=size) for column in rows.T]
        self.shape = len(places), places.shape[1] * (table.shape[1] + len(_MARKS))

    def __matmul__(self, weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """Shape (n, k) for weights of shape (features, k)."""
        parts, last = self._split(weights)
        product: NDArray[np.float32] = self._flags @ last
        for column, part in zip(self._rows.T, parts, strict=True):
            product += (self._table @ part)[column]
        return product

    def transposed(self, residuals: NDArray[np.float32]) -> NDArray[np.float32]:
        """Shape (features, k) for residuals of shape (n, k)."""
        blocks = [self._table.T @ (sums @ residuals) for sums in self._sums]
        return np.concatenate([*blocks, self._flags.T @ residuals])

    def _split(self, weights: NDArray) -> tuple[list[NDArray], NDArray]:
        dim = self._table.shape[1]
        ends = dim * np.arange(1, self._rows.shape[1] + 1)
        *parts, last = np.split(weights, ends)
        return parts, last
