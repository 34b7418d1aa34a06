"""How far smaller vectors still say what those they were made of said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from embkit.neighbors import nearest
from embkit.search import ROWS, Block, search, unit_rows, usable, without
from embkit.wordstore import WordStore
from numpy.typing import NDArray

__all__ = ["Fidelity", "fidelity"]

_WORDS, _NEIGHBORS, _OTHERS = 500, 10, 20


class Fidelity(NamedTuple):
    """words: how many were looked at; neighbors: of each.

    neighbors_kept: share of the nearest words that are nearest still, 0 to 1; neighbors_kept_there:
    the same where the nearest are looked for among the words that are still there. Of the cosines
    of pairs, near and far: mean_change and largest_change, and order_kept, the rank correlation of
    before and after (Spearman).
    """

    words: int
    neighbors: int
    neighbors_kept: float
    neighbors_kept_there: float
    mean_change: float
    largest_change: float
    order_kept: float


def fidelity(before: WordStore, after: WordStore, *, seed: int = 0) -> Fidelity | None:
    """Compare two stores on a sample of words; None where there are too few to compare.

    after: made of `before`, its words among those of the other.
    """
    from embkit.evaluators.similarity import spearman

    here = np.concatenate(
        [before.rows(after.words[i : i + ROWS]) for i in range(0, len(after), ROWS)]
    )
    both = np.flatnonzero(usable(after.norms) & usable(before.norms[here]))
    k = min(_NEIGHBORS, len(both) - 1)
    if k < 1:
        return None
    draw = np.random.default_rng(seed)
    rows = np.sort(draw.choice(both, min(_WORDS, len(both)), replace=False))
    itself = rows[:, None]
    queries = before.take(here[rows])
    new, _ = nearest(after, after.take(rows), k, exclude=itself)
    found = search(_part(before, here), queries, k + 1)
    old, _ = without(found, itself, k)
    kept_there = _shared(old, new)
    kept = kept_there
    if len(after) < len(before):
        kept = _shared(nearest(before, queries, k, exclude=here[itself])[0], here[new])
    first = np.repeat(rows, k + _OTHERS)
    others = draw.choice(both, (len(rows), _OTHERS))
    second = np.concatenate([old, others], axis=1).ravel()
    pairs = (second >= 0) & (second != first)
    first, second = first[pairs], second[pairs]
    was = _cosines(before, here[first], here[second])
    is_now = _cosines(after, first, second)
    change = np.abs(was - is_now)
    return Fidelity(
        words=len(rows), neighbors=k, neighbors_kept=kept, neighbors_kept_there=kept_there,
        mean_change=float(change.mean()), largest_change=float(change.max()),
        order_kept=spearman(was, is_now),
    )  # fmt: skip


def _part(store: WordStore, rows: NDArray[np.int64]) -> Iterator[Block]:
    """Some rows of a store in this order, in blocks."""
    for start in range(0, len(rows), ROWS):
        here = rows[start : start + ROWS]
        yield store.take(here), store.norms[here]


def _shared(old: NDArray[np.int64], new: NDArray[np.int64]) -> float:
    """The share of rows that stand on both sides, for each query taken alone."""
    both = (old[:, :, None] == new[:, None, :]).any(axis=2) & (old >= 0)
    return float(both.sum() / (old >= 0).sum())


def _cosines(
    store: WordStore, first: NDArray[np.int64], second: NDArray[np.int64]
) -> NDArray[np.float64]:
    cosines: NDArray[np.float64] = np.einsum(
        "ij,ij->i", unit_rows(store.take(first)), unit_rows(store.take(second))
    )
    return cosines
