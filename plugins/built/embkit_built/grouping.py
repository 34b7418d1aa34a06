"""Sets of texts, each to be parted into the groups people made: a shape and its evaluator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from embkit.datasets import Dataset
from embkit.errors import InvalidData
from embkit.records import Evaluator, deferred

__all__ = ["SET_CLUSTERING", "GroupSets"]

_HERE = "embkit_built.grouping_scores"


@dataclass(frozen=True, kw_only=True)
class GroupSets(Dataset):
    """Sets of texts, in each of which a text belongs to one group. An item is a set."""

    sets: Sequence[Sequence[str]]
    labels: Sequence[Sequence[str]]
    scored = ("sets", "labels")

    def check(self) -> None:
        for name in ("sets", "labels"):
            object.__setattr__(self, name, tuple(tuple(row) for row in getattr(self, name)))
        for number, (texts, labels) in enumerate(zip(self.sets, self.labels, strict=True), start=1):
            if len(texts) != len(labels):
                raise InvalidData(f"set {number} has {len(labels)} labels for {len(texts)} texts")
            if len(set(labels)) < 2:
                raise InvalidData(f"set {number} is of one group: there is nothing to part")

    @property
    def needed(self) -> Sequence[str]:
        return [text for texts in self.sets for text in texts]

    @property
    def item_texts(self) -> Sequence[Sequence[str]]:
        return self.sets


SET_CLUSTERING = Evaluator(
    name="set-clustering",
    summary="seeded k-means on each of several sets against the groups people made",
    family="intrinsic",
    accepts=GroupSets,
    metric="v_measure",
    predict=deferred(f"{_HERE}:predict"),
    measure=deferred(f"{_HERE}:measure"),
    measure_samples=deferred(f"{_HERE}:measure_samples"),
    floors={
        "chance": deferred(f"{_HERE}:chance"),
        "n-gram clusters": deferred(f"{_HERE}:spelling"),
    },
)
