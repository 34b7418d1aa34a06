"""From three opinions to one order of classes, and what the order rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

from embkit_built.scorers import Candidates, Floats, Places
from embkit_built.taxonomies import Taxonomy

__all__ = ["FEATURES", "Mix", "Ranking", "Tree", "best_mix"]

# What the confidence in an answer is told from.
FEATURES = ("score", "margin", "agreement", "likeness", "share")
_SHARPNESS = 12.0


@dataclass(frozen=True, kw_only=True)
class Mix:
    """How much each opinion counts, and what the answer none has from the outset."""

    embedding: float = 0.5
    words: float = 0.5
    decisions: float = 1.0
    none: float = 0.3


_MIXES = tuple(
    Mix(embedding=e, words=round(1 - e, 2), decisions=d)
    for e, d in product((0.5, 0.6, 0.4, 0.7, 0.3, 0.85, 0.15), (1.0, 0.5, 2.0, 0.25, 4.0))
)
_NONES = (0.3, 0.0, 0.1, 0.2, 0.4, 0.5, 0.7)


class Tree:
    """A taxonomy as arrays; none is a class of its own, after all others.

    depth: of each class, 0 at the top. lines: shape (classes, levels), from the top down to the
    class itself, -1 beyond.
    """

    def __init__(self, taxonomy: Taxonomy) -> None:
        lines = [
            [taxonomy.place(code) for code in taxonomy.line_of(found.code)]
            for found in taxonomy.classes
        ]
        lines.append([len(taxonomy)])
        self.levels = max(map(len, lines))
        self.depth = np.array([len(line) - 1 for line in lines])
        self.lines = np.array([line + [-1] * (self.levels - len(line)) for line in lines])

    def above(self, classes: Places, steps: int) -> Places:
        """The class so many steps above each, -1 beyond the top."""
        depth = self.depth[classes] - steps
        found: Places = self.lines[classes, np.maximum(depth, 0)]
        return np.where(depth >= 0, found, -1)

    def under(self, classes: Places, tops: Places) -> NDArray[np.bool_]:
        """Whether each class is one of the classes tops, or stands below it; -1 is under none."""
        lines = self.lines[classes, self.depth[tops]]
        found: NDArray[np.bool_] = (lines == tops) & (classes >= 0) & (tops >= 0)
        return found


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """Candidates in order. totals: shape (n, m), minus infinity where there is no class."""

    candidates: Candidates
    tree: Tree
    mix: Mix
    none_decided: bool

    @cached_property
    def totals(self) -> Floats:
        found, mix = self.candidates, self.mix
        parts = np.array([mix.embedding, mix.words, mix.decisions], dtype=np.float32)
        # Where there is no vector the letters speak for both.
        blind = np.array([0, mix.embedding + mix.words, mix.decisions], dtype=np.float32)
        totals: Floats = np.where(
            found.known[:, None], found.scores @ parts, found.scores @ blind
        ).astype(np.float32)
        none = found.classes == len(self.tree.depth) - 1
        totals[none] += np.float32(mix.none)
        out = (found.classes < 0) | (none & (not self.none_decided))
        totals[out] = -np.inf
        return totals

    @cached_property
    def order(self) -> Places:
        """Places among the candidates, best first; equals in order of the taxonomy."""
        return np.argsort(-self.totals, axis=1, kind="stable")

    @cached_property
    def best(self) -> Places:
        """The class that each text most likely is, shape (n,)."""
        return np.take_along_axis(self.candidates.classes, self.order[:, :1], axis=1)[:, 0]

    @cached_property
    def firsts(self) -> Places:
        """The class that each opinion alone puts first, shape (n, 3), -1 where it has none."""
        scores = self.candidates.scores
        places = np.take_along_axis(self.candidates.classes, scores.argmax(axis=1), axis=1)
        return np.where(scores.max(axis=1) > 0, places, -1)

    def top(self, k: int) -> tuple[Places, Floats]:
        """The k best classes and their totals, shape (n, k); -1 where there are fewer."""
        order = self.order[:, :k]
        totals = np.take_along_axis(self.totals, order, axis=1)
        classes = np.take_along_axis(self.candidates.classes, order, axis=1)
        classes = np.where(np.isfinite(totals), classes, -1)
        missing = k - classes.shape[1]
        if missing > 0:
            classes = np.pad(classes, ((0, 0), (0, missing)), constant_values=-1)
            totals = np.pad(totals, ((0, 0), (0, missing)), constant_values=-np.inf)
        return classes, totals

    def features(self, steps: int) -> NDArray[np.float64]:
        """What speaks for the class so many steps above the best one, shape (n, 5).

        Source of each column: `FEATURES`. margin: to the best class elsewhere. agreement: share of
        the opinions whose own first class lies there. likeness: of the nearest decided text.
        share: of the totals, sharpened, that lies there.
        """
        found = self.candidates
        target = self.tree.above(self.best, steps)
        inside = self.tree.under(found.classes, target[:, None])
        best = self.totals.max(axis=1)
        elsewhere = np.where(inside, -np.inf, self.totals).max(axis=1)
        margin = best - np.maximum(elsewhere, 0)
        has = self.firsts >= 0
        agree = (self.tree.under(self.firsts, target[:, None]) & has).sum(axis=1)
        weight = np.exp(_SHARPNESS * (self.totals - best[:, None]))
        share = np.where(inside, weight, 0).sum(axis=1) / weight.sum(axis=1)
        columns = (best, margin, agree / np.maximum(has.sum(axis=1), 1), found.likeness, share)
        return np.column_stack(columns).astype(np.float64)


def best_mix(candidates: Candidates, tree: Tree, gold: Places) -> Mix:
    """The mix by which most texts get the class that was decided, and it stands high for others.

    gold: shape (n,), positions as in the candidates. Of equal mixes the plainest is taken.
    """
    none_decided = bool((gold == len(tree.depth) - 1).any())

    def quality(mix: Mix) -> float:
        ranking = Ranking(candidates=candidates, tree=tree, mix=mix, none_decided=none_decided)
        here = candidates.classes == gold[:, None]
        total = np.where(here, ranking.totals, -np.inf).max(axis=1)
        # What another class equals is no first place.
        place = (ranking.totals >= total[:, None]).sum(axis=1)
        reciprocal = np.where(np.isfinite(total), 1 / place, 0)
        return float(np.round(reciprocal.mean(), 6))

    def first(mixes: Sequence[Mix]) -> Mix:
        return max(mixes, key=quality)  # max keeps the first of equals

    chosen = first(_MIXES)
    return first([replace(chosen, none=none) for none in _NONES]) if none_decided else chosen
