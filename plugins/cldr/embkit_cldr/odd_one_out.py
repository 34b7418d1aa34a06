"""Which word does not belong? A dataset shape and an evaluator that this plugin brings along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from embkit.datasets import Dataset
from embkit.errors import InvalidData
from embkit.records import Evaluator, deferred

__all__ = ["ODD_ONE_OUT", "OddOneOut"]

_HERE = "embkit_cldr.odd_scores"


@dataclass(frozen=True, kw_only=True)
class OddOneOut(Dataset):
    """Sets of words of which one does not belong.

    sets: the words of each; odd: the position of the one that does not belong; kinds: what the
    others have in common, which is also what intervals are drawn by: sets of one kind share words.
    """

    sets: Sequence[Sequence[str]]
    odd: Sequence[int]
    kinds: Sequence[str]
    scored = ("sets", "odd", "kinds")

    def check(self) -> None:
        object.__setattr__(self, "sets", tuple(tuple(words) for words in self.sets))
        for number, (words, odd) in enumerate(zip(self.sets, self.odd, strict=True), start=1):
            if len(words) < 3 or len(set(words)) != len(words) or not 0 <= odd < len(words):
                raise InvalidData(f"set {number}: expected three different words or more: {words}")

    @property
    def needed(self) -> Sequence[str]:
        return tuple(word for words in self.sets for word in words)

    @property
    def item_texts(self) -> Sequence[Sequence[str]]:
        return self.sets


ODD_ONE_OUT = Evaluator(
    name="odd-one-out",
    summary="the word that is least like the others, by mean cosine",
    family="intrinsic",
    accepts=OddOneOut,
    metric="accuracy",
    predict=deferred(f"{_HERE}:predict"),
    measure=deferred(f"{_HERE}:measure"),
    floors={
        "chance": deferred(f"{_HERE}:chance"),
        "n-gram overlap": deferred(f"{_HERE}:shared_ngrams"),
    },
)
