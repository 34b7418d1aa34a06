"""Scores of providers beside each other on parts of a task's items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from embkit.comparable import Item, score_of
from embkit.coverage import FREQUENCY, ordered
from embkit.results import Store

if TYPE_CHECKING:
    from embkit.predictions import Predictions
    from embkit.registry import Registry

__all__ = ["Part", "parts_of"]

_MOST_LABELS = 30


@dataclass(frozen=True, kw_only=True)
class Part:
    """Some items of a row, of one label of a breakdown: how many, and the score of each provider.

    scores: in the order of the contest's specs, None for one that has no such breakdown.
    """

    label: str
    items: int
    scores: Sequence[float | None]


def parts_of(
    registry: Registry, store: Store, group: Sequence[Item], cells: Sequence[Predictions]
) -> tuple[dict[str, list[Part]], dict[str, int]]:
    """The score of each provider on the items of each label, and how many labels more there are.

    Bands of frequency are left out: they are of each provider's own words.
    """
    measure = score_of(registry, group[0][1])
    slices = [items.slices if (items := store.items(path)) else {} for path, _ in group]
    parts: dict[str, list[Part]] = {}
    rest: dict[str, int] = {}
    for name in dict.fromkeys(name for own in slices for name in own if name != FREQUENCY):
        labels = next(np.array(own[name], dtype=object) for own in slices if name in own)
        distinct = [label for label in ordered(labels) if label]
        if len(distinct) < 2:
            continue
        rest[name] = max(0, len(distinct) - _MOST_LABELS)
        parts[name] = []
        for label in distinct[:_MOST_LABELS]:
            chosen = labels == label
            scores = [
                measure(cell.take(chosen)) if name in own else None
                for cell, own in zip(cells, slices, strict=True)
            ]
            parts[name].append(Part(label=label, items=int(chosen.sum()), scores=scores))
    return parts, rest
