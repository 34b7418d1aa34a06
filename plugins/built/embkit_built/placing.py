"""Which class of a tree does a text belong to? A dataset shape and its evaluator."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from embkit.datasets import Dataset
from embkit.errors import InvalidData
from embkit.records import Evaluator, deferred

__all__ = ["TAXONOMY", "Placed"]

_HERE = "embkit_built.placing_scores"


@dataclass(frozen=True, kw_only=True)
class Placed(Dataset):
    """Texts and the class of a tree that each belongs to.

    gold: the position of each text's class. classes: names, a parent before its children. parents:
    the position of each class's parent, -1 at the top. class_texts: what a class is found by, ""
    for one that is no answer and only holds others together. levels: by name for each class the
    class of that level it belongs to, itself or one above it, -1 where there is none.
    """

    texts: Sequence[str]
    gold: Sequence[int]
    classes: Sequence[str]
    parents: Sequence[int]
    class_texts: Sequence[str]
    levels: Mapping[str, Sequence[int]] = field(default_factory=dict, hash=False)
    scored = ("texts", "gold")

    def check(self) -> None:
        levels = {name: tuple(places) for name, places in self.levels.items()}
        object.__setattr__(self, "levels", MappingProxyType(levels))
        count = len(self.classes)
        for name, column in {
            "parents": self.parents, "class_texts": self.class_texts, **levels,
        }.items():  # fmt: skip
            if len(column) != count:
                raise InvalidData(f"{name} has {len(column)} entries for {count} classes")
        if len(set(self.classes)) != count:
            raise InvalidData("a class stands more than once")
        for place, parent in enumerate(self.parents):
            if not -1 <= parent < place:
                raise InvalidData(f"the parent of '{self.classes[place]}' does not stand before it")
            for name, places in levels.items():
                if places[place] not in {-1, *self.path(place)}:
                    raise InvalidData(
                        f"level '{name}' of '{self.classes[place]}' is no class above it"
                    )
        for number, place in enumerate(self.gold, start=1):
            if not 0 <= place < count or not self.class_texts[place]:
                raise InvalidData(f"text {number} belongs to class {place}, which is no answer")

    def path(self, place: int) -> Sequence[int]:
        """A class and those above it, itself first."""
        found = []
        while place >= 0:
            found.append(place)
            place = self.parents[place]
        return found

    @property
    def answers(self) -> Sequence[int]:
        """Positions of the classes that may be the answer."""
        return [place for place, text in enumerate(self.class_texts) if text]

    @property
    def needed(self) -> Sequence[str]:
        return [self.class_texts[place] for place in self.answers]

    @property
    def needed_queries(self) -> Sequence[str]:
        return self.texts

    @property
    def item_texts(self) -> Sequence[Sequence[str]]:
        return [(self.class_texts[place],) for place in self.gold]

    @property
    def item_queries(self) -> Sequence[Sequence[str]]:
        return [(text,) for text in self.texts]


TAXONOMY = Evaluator(
    name="taxonomy",
    summary="the class of a tree that a text belongs to, by cosine, and how far off a miss is",
    family="extrinsic",
    accepts=Placed,
    metric="hit@1",
    predict=deferred(f"{_HERE}:predict"),
    measure=deferred(f"{_HERE}:measure"),
    measure_samples=deferred(f"{_HERE}:measure_samples"),
    floors={
        "majority": deferred(f"{_HERE}:majority"),
        "char TF-IDF": deferred(f"{_HERE}:spelling"),
        "BM25": deferred(f"{_HERE}:word_match"),
    },
    ranges={"lca_distance": (0.0, math.inf)},
)
