"""Signed hashing of character n-grams: what the spelling of a text alone can tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["hashed_ngrams", "overlap"]

_BLOCK = 4096
# Each n-gram lands on this many places with a sign each, so that two n-grams that share one place
# still differ: a sparse random projection (Li, Hastie, Church 2006) whose matrix is never stored.
_PLACES = 4


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of splitmix64 (Steele et al. 2014): every bit in moves every bit out."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _windows(
    texts: Sequence[str], shortest: int, longest: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.uint64]]]:
    """For each length, the position of the text and the 64-bit hash of every n-gram of all texts.

    A text is taken between marks (`<`, `>`), so that beginnings and endings differ from middles.
    """
    marked = [f"\x02{text}\x03" for text in texts]
    codes = np.frombuffer("".join(marked).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    codes = codes.astype(np.uint64)
    owner = np.repeat(np.arange(len(texts)), [len(text) for text in marked])
    rolling = np.zeros(len(codes), dtype=np.uint64)
    for length in range(1, longest + 1):
        count = len(codes) - length + 1
        if count <= 0:
            return
        rolling = rolling[:count] * np.uint64(0x100000001B3) + codes[length - 1 :]
        if length >= shortest:
            inside = np.flatnonzero(owner[:count] == owner[length - 1 :])
            yield owner[inside], _mix(rolling[inside] + np.uint64(length << 40))


def hashed_ngrams(
    texts: Sequence[str], dim: int, *, shortest: int = 2, longest: int = 5
) -> NDArray[np.float32]:
    """Counts of hashed character n-grams with signs, shape (len(texts), dim).

    shortest, longest: lengths in code points. The sums are whole numbers, so a row is the same to
    the bit in any batch.
    """
    rows = np.zeros((len(texts), dim), dtype=np.float32)
    for start in range(0, len(texts), _BLOCK):
        block = texts[start : start + _BLOCK]
        sums = np.zeros(len(block) * dim)
        for owner, hashes in _windows(block, shortest, longest):
            for place in range(_PLACES):
                mixed = _mix(hashes + np.uint64(place + 1))
                columns = (mixed >> np.uint64(1)) % np.uint64(dim)
                sign = 1.0 - 2.0 * (mixed & np.uint64(1)).astype(np.float64)
                cells = owner * dim + columns.astype(np.int64)
                sums += np.bincount(cells, weights=sign, minlength=len(sums))
        rows[start : start + _BLOCK] = sums.reshape(len(block), dim)
    return rows


def overlap(first: Sequence[str], second: Sequence[str]) -> NDArray[np.float64]:
    """Dice coefficient of the sets of character 2- to 4-grams of each pair, 0 to 1, shape (n,)."""

    def grams(text: str) -> set[str]:
        marked = f"\x02{text}\x03"
        return {marked[i : i + n] for n in (2, 3, 4) for i in range(len(marked) - n + 1)}

    values = np.zeros(len(first))
    for row, (left, right) in enumerate(zip(first, second, strict=True)):
        a, b = grams(left), grams(right)
        values[row] = 2 * len(a & b) / (len(a) + len(b))
    return values
