"""Where providers stand over all rows of a report, and over those of one language or licence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from embkit.contests import Contest
from embkit.ranking import mean_rank_samples, mean_rank_spans, ranked
from embkit.registry import DEFAULT
from embkit.results import Results
from embkit.statistics import DRAWS

__all__ = ["FIELDS", "Place", "Standings", "all_standings"]

# What rows may be chosen by.
FIELDS = ("language", "domain", "evaluator", "licence")


@dataclass(frozen=True, kw_only=True)
class Place:
    """A provider's mean rank, 1 where it is best on every row, with its 95 % interval.

    interval: with other tasks like these, or with one task alone other items of it. tied: whether
    the interval of its distance to the best reaches zero.
    """

    spec: str
    mean_rank: float
    interval: tuple[float, float]
    tied: bool


@dataclass(frozen=True, kw_only=True)
class Standings:
    """Places over the rows that all these providers have, the best first.

    left_out: providers with less than half of the rows, with how many they have.
    """

    rows: Sequence[str]
    places: Sequence[Place]
    left_out: Mapping[str, int]


def all_standings(
    results: Results, contests: Mapping[str, Contest]
) -> dict[tuple[str, str], Standings]:
    """The standings over all rows under ("", ""), and those of each value of each field.

    Of the default protocol alone, and without evaluators that describe vectors.
    """
    rows = {
        row: results.of(row)[0].task
        for row, contest in contests.items()
        if contest.tied
        and len(contest.specs) > 1
        and len(contest.ranks)
        and results.of(row)[0].protocol["id"] == DEFAULT
    }  # fmt: skip
    groups = {("", ""): list(rows)}
    for field in FIELDS:
        for row, task in rows.items():
            groups.setdefault((field, str(task[field])), []).append(row)
    found: dict[tuple[str, str], Standings] = {}
    done: dict[tuple[str, ...], Standings | None] = {}
    for group, members in groups.items():
        if tuple(members) not in done:
            done[tuple(members)] = _standings({row: contests[row] for row in members})
        if (standings := done[tuple(members)]) is not None:
            found[group] = standings
    return found


def _standings(contests: Mapping[str, Contest]) -> Standings | None:
    """None where no row has all of two providers or more."""
    counts: dict[str, int] = {}
    for contest in contests.values():
        for spec in contest.specs:
            counts[spec] = counts.get(spec, 0) + 1
    specs = [spec for spec, count in counts.items() if 2 * count >= len(contests)]
    rows = [row for row, contest in contests.items() if set(specs) <= set(contest.specs)]
    if len(specs) < 2 or not rows:
        return None
    scores, drawn = [], []
    for row in rows:
        own = contests[row]
        columns = [own.specs.index(spec) for spec in specs]
        scores.append([own.scores[i] for i in columns])
        ranks = own.ranks[np.arange(DRAWS) % len(own.ranks)][:, columns]
        drawn.append(ranks if len(specs) == len(own.specs) else ranked(-ranks))
    observed = ranked(np.array(scores)).mean(axis=0)
    generator = np.random.default_rng(0)
    count = len(rows)
    chosen = generator.integers(count, size=(DRAWS, count))
    means = mean_rank_samples(np.stack(drawn), chosen, generator)
    spans = mean_rank_spans(means, observed)
    order = np.argsort(observed, kind="stable").tolist()
    distances = means - means[:, order[:1]]
    lowest = np.percentile(distances, 2.5, axis=0)
    places = [
        Place(
            spec=specs[i],
            mean_rank=float(observed[i]),
            interval=(float(spans[i, 0]), float(spans[i, 1])),
            tied=bool(lowest[i] <= 0),
        )
        for i in order
    ]
    left_out = {spec: n for spec, n in counts.items() if spec not in specs}
    return Standings(rows=rows, places=places, left_out=left_out)
