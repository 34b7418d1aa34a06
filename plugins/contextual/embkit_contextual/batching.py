"""Runs of pieces put together into batches of about one length, within a budget."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Run", "batches", "padded"]

# What is sorted at once. More of it saves more padding, and takes more memory.
_BUDGETS = 64


class Run(NamedTuple):
    """Pieces that are read at once, special ones included; owner: the number of their text.

    start, stop: which of the pieces of the text these are, without the special ones.
    """

    owner: int
    pieces: NDArray[np.int32]
    start: int
    stop: int


def batches(runs: Iterable[Run], budget: int, *, one_length: bool = False) -> Iterator[list[Run]]:
    """Batches of at most so many pieces, padding included, out of a bounded part of the runs.

    The longest come first. A run that is longer than the budget is a batch of its own. one_length:
    a batch is of runs of one length, without padding.
    """
    waiting: list[Run] = []
    size = 0
    for run in runs:
        waiting.append(run)
        size += len(run.pieces)
        if size >= _BUDGETS * budget:
            yield from _cut(waiting, budget, one_length)
            waiting, size = [], 0
    yield from _cut(waiting, budget, one_length)


def _cut(runs: Sequence[Run], budget: int, one_length: bool) -> Iterator[list[Run]]:
    ordered = sorted(runs, key=lambda run: -len(run.pieces))
    start = 0
    while start < len(ordered):
        longest = len(ordered[start].pieces)
        count = max(budget // max(longest, 1), 1)
        if one_length:
            count = sum(len(run.pieces) == longest for run in ordered[start : start + count])
        yield ordered[start : start + count]
        start += count


def padded(runs: Sequence[Run], padding: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The pieces of runs side by side and which of them are read, shape (runs, longest).

    Always filled up on the right: where a tokenizer fills up changes nothing.
    """
    lengths = np.array([len(run.pieces) for run in runs])
    read = np.arange(lengths.max()) < lengths[:, None]
    pieces = np.full(read.shape, padding, dtype=np.int64)
    pieces[read] = np.concatenate([run.pieces for run in runs])
    return pieces, read
