"""Meta-embeddings: several tables of word vectors made into one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from embkit.wordstore import Rows, WordStore
from numpy.typing import NDArray

__all__ = ["Union", "average", "concatenated", "union"]

_BLOCK = 4096


class Union(NamedTuple):
    """The words of several tables, those first that stand first in any; shared: in how many of them
    there is a vector in every table."""

    words: Sequence[str]
    shared: int


def union(stores: Sequence[WordStore]) -> Union:
    """The words that have a vector in one table at least.

    In order of the best place that a word has in any table, so that frequent words stay in front;
    of words with one best place that of the earlier table comes first.
    """
    best: dict[str, int] = {}
    found: dict[str, int] = {}
    for store in stores:
        has = (store.norms > 0).tolist()
        for place, word in enumerate(store.words):
            if has[place]:
                best[word] = min(best.get(word, place), place)
                found[word] = found.get(word, 0) + 1
    shared = sum(count == len(stores) for count in found.values())
    return Union(sorted(best, key=best.__getitem__), shared)


def average(stores: Sequence[WordStore], words: Sequence[str]) -> Rows:
    """Words with the mean of their vectors, each scaled to length one, in blocks.

    Shorter vectors are filled up with zeros to the longest. A word that a table lacks has the mean
    of the others. Source: Coates and Bollegala 2018, "Frustratingly Easy Meta-Embedding".
    """
    dim = max(store.dim for store in stores)
    for block, found in _looked_up(stores, words):
        total = np.zeros((len(block), dim), dtype=np.float32)
        counts = np.zeros(len(block), dtype=np.float32)
        for rows, there in found:
            total[:, : rows.shape[1]] += rows
            counts += there
        yield block, total / counts[:, None]


def concatenated(stores: Sequence[WordStore], words: Sequence[str]) -> Rows:
    """Words with their vectors, each scaled to length one, side by side, in blocks.

    In the place of what a table lacks stands the mean of its vectors, which after centring is
    nothing.
    """
    means = [_mean(store) for store in stores]
    for block, found in _looked_up(stores, words):
        parts = [
            np.where(there[:, None], rows, mean)
            for (rows, there), mean in zip(found, means, strict=True)
        ]
        yield block, np.concatenate(parts, axis=1).astype(np.float32)


def _looked_up(
    stores: Sequence[WordStore], words: Sequence[str]
) -> Iterator[tuple[Sequence[str], list[tuple[NDArray[np.float32], NDArray[np.bool_]]]]]:
    """Blocks of words; of each table their vectors of length one, and which of them it has."""
    for start in range(0, len(words), _BLOCK):
        block = words[start : start + _BLOCK]
        yield block, [_unit_rows(store, store.rows(block)) for store in stores]


def _unit_rows(
    store: WordStore, places: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    there = places >= 0
    there[there] = store.norms[places[there]] > 0
    rows = np.zeros((len(places), store.dim), dtype=np.float32)
    rows[there] = store.take(places[there]) / store.norms[places[there]][:, None]
    return rows, there


def _mean(store: WordStore) -> NDArray[np.float32]:
    """The mean of a table's vectors of length one."""
    total = np.zeros(store.dim)
    for start in range(0, len(store), _BLOCK):
        places = np.arange(start, min(start + _BLOCK, len(store)))
        total += _unit_rows(store, places)[0].sum(axis=0, dtype=np.float64)
    mean = total / max(int(np.count_nonzero(store.norms)), 1)
    return mean.astype(np.float32)
