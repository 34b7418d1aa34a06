"""The items of a task that most providers get wrong, and what each answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from embkit.evaluators.similarity import ranks as ranks_of
from embkit.pairing import Sampled

if TYPE_CHECKING:
    from embkit.predictions import Predictions

__all__ = ["Hard", "hardest"]

_MOST = 10


@dataclass(frozen=True, kw_only=True)
class Hard:
    """An item that providers get wrong: its number from 0, what is right, and what each answered.

    gold: in words, "" where the predictions do not tell. value: the mean over providers of what the
    item adds to the score. answers: in the order of the contest's specs.
    """

    item: int
    gold: str
    value: float
    answers: Sequence[str]


def _values(sampled: Sampled, cells: Sequence[Predictions]) -> NDArray[np.float64] | None:
    """What each item adds to each provider's score, shape (n, k), or how near its rank comes.

    None for a score that has no part by item.
    """
    if sampled.values is not None:
        return sampled.values
    columns = []
    for cell in cells:
        gold, predicted = cell.columns.get("gold"), cell.columns.get("predicted")
        kinds = [None if column is None else column.dtype.kind for column in (gold, predicted)]
        if gold is None or predicted is None or kinds != ["f", "f"] or predicted.ndim > 1:
            return None
        known = np.isfinite(predicted)
        filled = np.where(known, predicted, predicted[known].mean() if known.any() else 0.0)
        columns.append(1 - np.abs(ranks_of(gold) - ranks_of(filled)) / len(cell))
    return np.stack(columns, axis=1)


def hardest(
    sampled: Sampled, order: Sequence[int], cells: Sequence[Predictions], metric: str
) -> tuple[list[Hard], int]:
    """The items with the lowest mean value over providers, and how many share the lowest."""
    values = _values(sampled, cells)
    if values is None:
        return [], 0
    means = np.round(values.mean(axis=1), 12)
    chosen = np.argsort(means, kind="stable")[:_MOST]
    chosen = chosen[means[chosen] < means.max()]
    columns = [_answers(cells[i], chosen, values[:, i], metric) for i in order]
    gold = _told(cells[0], "gold", chosen) or [""] * len(chosen)
    hard = [
        Hard(
            item=int(item),
            gold=gold[place],
            value=float(means[item]),
            answers=[column[place] for column in columns],
        )
        for place, item in enumerate(chosen)
    ]
    return hard, int((means == means.min()).sum())


def _answers(
    cell: Predictions, chosen: NDArray[np.int64], values: NDArray[np.float64], metric: str
) -> list[str]:
    """What one provider predicted for some items, or what its score of each is."""
    return _told(cell, "predicted", chosen) or [f"{metric} {values[i]:.2f}" for i in chosen]


def _told(cell: Predictions, column: str, chosen: NDArray[np.int64]) -> list[str]:
    """A column in words, empty where there is none with one value an item."""
    if column not in cell.columns or cell[column].ndim > 1:
        return []
    values = cell.take(chosen).to_arrow()[column].to_pylist()
    return [
        "none" if value is None or value != value
        else f"{value:.2f}" if isinstance(value, float) else str(value)
        for value in values
    ]  # fmt: skip
