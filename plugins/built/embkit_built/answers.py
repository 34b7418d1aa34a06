"""What a text is answered: a class, how sure it is, whether that is enough, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from embkit_built.confidence import Confidence
from embkit_built.ranking import Ranking
from embkit_built.scorers import SCORERS
from embkit_built.taxonomies import NONE, Taxonomy

__all__ = ["Answer", "Answering", "Options"]

Status = Literal["decided", "auto", "none", "review"]


@dataclass(frozen=True, kw_only=True)
class Options:
    """accept_at: the share of accepted answers that should be right. top: classes a shortlist has.

    level: the deepest level of an answer, from 1 at the top; 0 for the deepest that is sure enough.
    """

    accept_at: float = 0.95
    top: int = 5
    level: int = 0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a text was given.

    code: of a class, or none. level: from 1 at the top, 0 for none. score: 0 to about 2, means
    nothing by itself. margin: to the next class. confidence: the probability that the code is
    right, None while nothing is known about it. shortlist: the likeliest codes, best first.
    """

    text: str
    code: str
    title: str
    level: int
    score: float
    margin: float
    confidence: float | None
    status: Status
    why: str
    shortlist: Sequence[str]


class Answering:
    """Turns a ranking into answers."""

    def __init__(
        self,
        ranking: Ranking,
        confidence: Confidence | None,
        bar: float,
        taxonomy: Taxonomy,
        decided: Sequence[str],
        options: Options,
    ) -> None:
        self._ranking, self._bar = ranking, bar
        self._taxonomy, self._decided, self._options = taxonomy, decided, options
        self._sure = confidence.of(ranking) if confidence else None
        steps = range(ranking.tree.levels)
        self._above = [ranking.tree.above(ranking.best, step).tolist() for step in steps]
        self._tops = {taxonomy.place(found.parent) for found in taxonomy.classes if found.parent}
        self._tops = {place for place in self._tops if not taxonomy.classes[place].parent}
        self._margins = [ranking.features(step)[:, 1] for step in steps]

    def all(self, texts: Sequence[str]) -> dict[str, Answer]:
        """The answers of texts, in the order of the ranking."""
        classes, _ = self._ranking.top(self._options.top)
        return {
            text: self._answer(row, text, classes[row].tolist()) for row, text in enumerate(texts)
        }

    def _answer(self, row: int, text: str, shortlist: Sequence[int]) -> Answer:
        ranking = self._ranking
        step, sure = self._step(row)
        place = self._above[step][row]
        code, title = self._named(place)
        best = float(ranking.totals[row].max())
        status: Status = "review" if not sure else "none" if code == NONE else "auto"
        return Answer(
            text=text,
            code=code,
            title=title,
            level=0 if code == NONE else int(ranking.tree.depth[place]) + 1,
            score=best,
            margin=float(self._margins[step][row]),
            confidence=None if self._sure is None else float(self._sure[row, step]),
            status=status,
            why=self._why(row, place),
            shortlist=[self._named(p)[0] for p in shortlist if p >= 0],
        )

    def _step(self, row: int) -> tuple[int, bool]:
        """How far above the best class the answer stands, and whether it is accepted."""
        best = int(self._ranking.best[row])
        depth = int(self._ranking.tree.depth[best])
        first = max(0, depth + 1 - self._options.level) if self._options.level else 0
        if self._sure is None:
            return first, False
        for step in range(first, depth + 1):
            # The top of a tree says too little to be accepted, unless it was asked for.
            if self._above[step][row] in self._tops and self._options.level != 1:
                break
            # One class above another is accepted for its own certainty alone.
            least = self._bar if step == 0 else self._options.accept_at
            if self._sure[row, step] >= least:
                return step, True
        return first, False

    def _named(self, place: int) -> tuple[str, str]:
        if place == len(self._taxonomy):
            return NONE, ""
        found = self._taxonomy.classes[place]
        return found.code, found.title

    def _why(self, row: int, place: int) -> str:
        """Which opinions put it first, and which decided text is most like it."""
        ranking = self._ranking
        firsts = ranking.firsts[row]
        inside = ranking.tree.under(firsts, np.full(len(firsts), place))
        said = [name for name, yes in zip(SCORERS, inside.tolist(), strict=True) if yes]
        parts = [f"first by {' and '.join(said)}" if said else "first by the sum alone"]
        nearest = int(ranking.candidates.nearest[row])
        if nearest >= 0 and "decisions" in said:
            parts.append(f"like '{self._decided[nearest]}'")
        if not ranking.candidates.known[row]:
            parts.append("no vector")
        return "; ".join(parts)
