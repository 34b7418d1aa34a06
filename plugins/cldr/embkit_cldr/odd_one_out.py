"""Which word does not belong? A dataset shape and an evaluator that this plugin brings along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

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

    def check(self) -> None:
        object.__setattr__(self, "sets", tuple(tuple(words) for words in self.sets))
        if not len(self.sets) == len(self.odd) == len(self.kinds):
            raise InvalidData("sets, odd and kinds must be equally long")
        for number, (words, odd) in enumerate(zip(self.sets, self.odd, strict=True), start=1):
            if len(words) < 3 or len(set(words)) != len(words) or not 0 <= odd < len(words):
                raise InvalidData(f"set {number}: expected three different words or more: {words}")

    @property
    def items(self) -> int:
        return len(self.sets)

    @property
    def needed(self) -> Sequence[str]:
        return tuple(word for words in self.sets for word in words)

    def head(self, limit: int) -> OddOneOut:
        rows = range(self.items)
        if self.items > limit:
            rows = [i * self.items // limit for i in range(limit)]  # type: ignore[assignment]
        return replace(
            self,
            sets=[self.sets[i] for i in rows],
            odd=[self.odd[i] for i in rows],
            kinds=[self.kinds[i] for i in rows],
        )


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
