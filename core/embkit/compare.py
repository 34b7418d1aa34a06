"""Results beside each other: which providers can be told apart, on each task and over all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from embkit.comparable import (
    Item,
    Measured,
    Notes,
    alike,
    chosen_protocol,
    measured,
)
from embkit.contests import LEVEL, best_first, contests, sampled_cells
from embkit.errors import InvalidRequest, NotFound, suggestion
from embkit.pairing import Difference, Sampled, difference
from embkit.ranking import letters, mean_ranks
from embkit.results import Results, Store
from embkit.statistics import SHARE, holm, span

if TYPE_CHECKING:
    from embkit.details import Look
    from embkit.registry import Registry

__all__ = [
    "LEVEL",
    "Compared",
    "Comparison",
    "Pair",
    "Ranking",
    "Standing",
    "chosen_specs",
    "collect",
    "compare",
]


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two providers on one task: first less second, its 95 % interval, p, and p after Holm.

    better: the one with the higher score, "" where the two cannot be told apart, or where scores
    describe vectors and judge none. turns: whether the sign of the difference is another one with
    another seed.
    """

    first: str
    second: str
    difference: float
    interval: tuple[float, float] | None
    p: float
    corrected: float
    better: str
    turns: bool

    @property
    def apart(self) -> bool:
        """Whether the two can be told apart at 5 %."""
        return self.corrected < LEVEL


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One task, and those of the providers that were measured on it alike.

    about: the task as a result has it. seeds: those that all have. scores: the mean over them.
    intervals: of that mean, over items alone. deviations: of the scores over the seeds, apart from
    all intervals; empty with one seed. units: how many there were to draw. letters: providers that
    share one are tied. tied: the best and those that cannot be told from it, the best first. Where
    scores describe vectors and judge none there are neither letters nor a best.
    """

    about: Mapping[str, Any]
    metric: str
    units: int
    seeds: Sequence[int]
    scores: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]
    deviations: Mapping[str, float]
    pairs: Sequence[Pair]
    letters: Mapping[str, str]
    tied: Sequence[str]

    @property
    def id(self) -> str:
        """`benchmark/task`."""
        return str(self.about["id"])


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A provider over many tasks.

    mean_rank: 1 where it is best on every task. same_tasks: its interval with other items of the
    same tasks. other_tasks: with other tasks of the kind as well, None for one task alone. borda:
    for each task as many points as providers are below it, half a point for an equal; its intervals
    follow from those of the rank. better, worse: how often it was told apart from another provider.
    """

    spec: str
    mean_rank: float
    same_tasks: tuple[float, float]
    other_tasks: tuple[float, float] | None
    borda: float
    borda_same_tasks: tuple[float, float]
    borda_other_tasks: tuple[float, float] | None
    better: int
    worse: int


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """The standings over the tasks that all providers have, the lowest mean rank first.

    about: "" for all tasks, else the value of what the comparison was divided by.
    """

    about: str
    tasks: int
    standings: Sequence[Standing]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What comparing providers tells.

    by: what the rankings beside the first are divided by, or "". notes: what was not compared, and
    why, in sentences, each with the tasks it is about.
    """

    specs: Sequence[str]
    protocol: str
    by: str
    tasks: Sequence[Compared]
    rankings: Sequence[Ranking]
    notes: Mapping[str, Sequence[str]]

    @property
    def tests(self) -> int:
        """The size of the family that Holm's correction is for: all pairs of all tasks."""
        return sum(len(task.pairs) for task in self.tasks)


def _differences(sampled: Sampled) -> list[Difference]:
    """Of each pair, in the order of `combinations`."""
    return [difference(sampled, i, j) for i, j in combinations(range(len(sampled.scores)), 2)]


def _describes(registry: Registry, task: Mapping[str, Any]) -> bool:
    return registry.evaluator(task["evaluator"]).descriptive


def collect(
    registry: Registry, store: Store, items: Sequence[Item], *, look: Look | None = None
) -> Results:
    """The results with what comparing them tells, as reporters take them.

    Leaders are those of `contests`, of rows with two results at least. look: what else is shown by
    a reporter that asks for details.
    """
    from embkit.details import Look, details

    found = contests(registry, store, items)
    results = Results(
        [result for _, result in items],
        {row: c.tied for row, c in found.items() if len(c.specs) > 1 and c.tied},
        lambda: details(registry, results, found, look or Look()),
    )
    return results


def chosen_specs(items: Sequence[Item], typed: Sequence[str]) -> list[str]:
    """The providers to compare: those typed, as results name them, or else all there are.

    Raises NotFound for one without a result, InvalidRequest for fewer than two.
    """
    from embkit.spec import parse_spec

    there = list(dict.fromkeys(result.spec for _, result in items))
    specs = list(dict.fromkeys(str(parse_spec(text)) for text in typed)) or sorted(there)
    for spec in specs:
        if spec not in there:
            raise NotFound(
                f"no result is of provider '{spec}', only of {', '.join(sorted(there))}"
                + suggestion(spec, there)
            )
    if len(specs) < 2:
        raise InvalidRequest(
            f"a comparison needs two providers, not only '{specs[0]}'; there are results of "
            + ", ".join(sorted(there))
        )
    return specs


def compare(
    registry: Registry,
    store: Store,
    items: Sequence[Item],
    specs: Sequence[str],
    *,
    protocol: str = "",
    by: str = "",
) -> Comparison:
    """Compare the results of several providers on every task that at least two of them have.

    items: paths and results, as `Store.scan` gives them. specs: see `chosen_specs`. protocol: its
    name, "" for the default. by: "", or a field of tasks, such as "language": then there is a
    ranking for each of its values.
    Several seeds of a provider count as one score, their mean; only seeds that all have take part.
    p values are corrected by Holm over all pairs of all tasks.
    Raises InvalidRequest when nothing can be compared, with the reasons.
    """
    notes = Notes()
    items = [item for item in items if item[1].spec in specs]
    protocol = chosen_protocol(items, protocol)
    tasks: list[Compared] = []
    samples: list[Sampled] = []
    for task_id, found in alike(items, protocol, notes).items():
        members = measured(registry, store, found, notes)
        members = {spec: members[spec] for spec in specs if spec in members}
        if len(members) < 2:
            notes.add(
                "not compared, for want of a second provider that was measured alike", task_id
            )
            continue
        seeds = sorted(set.intersection(*map(set, members.values())))
        if not seeds:
            notes.add(f"not compared, no seed is common to {' and '.join(members)}", task_id)
            continue
        for spec, cell in members.items():
            for seed in sorted(set(cell) - set(seeds)):
                notes.add(f"left out, seed {seed} of {spec}, which others lack", task_id)
        task, sampled = _compared(registry, members, seeds)
        tasks.append(task)
        samples.append(sampled)
    if not tasks:
        reasons = "; ".join(f"{why}: {', '.join(where)}" for why, where in notes.tasks.items())
        raise InvalidRequest(f"there is no task on which two providers can be compared; {reasons}")
    tasks = _corrected(registry, tasks)
    complete = []
    for task, sampled in zip(tasks, samples, strict=True):
        lacking = [spec for spec in specs if spec not in task.scores]
        if _describes(registry, task.about):
            notes.add("neither ranked nor marked, as it describes vectors and judges none", task.id)
        elif lacking:
            notes.add(f"no part of the ranks, for want of {' and '.join(lacking)}", task.id)
        else:
            complete.append((task, sampled))
    return Comparison(
        specs=tuple(specs),
        protocol=protocol,
        by=by,
        tasks=tasks,
        rankings=_rankings(complete, by),
        notes=dict(notes.tasks),
    )


def _compared(
    registry: Registry, members: Measured, seeds: Sequence[int]
) -> tuple[Compared, Sampled]:
    """One task; p is not corrected yet and nobody is tied."""
    specs = list(members)
    one = members[specs[0]][seeds[0]][0]
    cells = [[members[spec][seed][1] for seed in seeds] for spec in specs]
    sampled = sampled_cells(registry, one, cells)
    scores = {spec: [members[spec][seed][0].score or 0.0 for seed in seeds] for spec in specs}
    pairs = []
    for (first, second), found in zip(combinations(specs, 2), _differences(sampled), strict=True):
        by_seed = np.array(scores[first]) - np.array(scores[second])
        pairs.append(
            Pair(
                first=first, second=second, difference=found.value, interval=found.interval,
                p=found.p, corrected=found.p, better="",
                turns=bool(by_seed.min() < 0 < by_seed.max()),
            )
        )  # fmt: skip
    ranges = registry.evaluator(one.task["evaluator"], one.protocol["id"]).ranges
    bounds = ranges.get(one.metric, SHARE)
    task = Compared(
        about=one.task,
        metric=one.metric,
        units=sampled.units,
        seeds=tuple(seeds),
        scores=dict(zip(specs, sampled.scores.tolist(), strict=True)),
        intervals={
            spec: span(sampled.samples[:, i], float(sampled.scores[i]), bounds)
            for i, spec in enumerate(specs)
        },
        deviations={
            spec: float(np.std(values, ddof=1)) for spec, values in scores.items() if len(seeds) > 1
        },
        pairs=tuple(pairs),
        letters={},
        tied=(),
    )
    return task, sampled


def _corrected(registry: Registry, tasks: Sequence[Compared]) -> list[Compared]:
    """The tasks with p corrected over all of them, and what follows: who is tied with whom."""
    family = iter(holm([pair.p for task in tasks for pair in task.pairs]))
    done = []
    for task in tasks:
        pairs = [replace(pair, corrected=next(family)) for pair in task.pairs]
        if _describes(registry, task.about):
            done.append(replace(task, pairs=tuple(pairs)))
            continue
        specs = list(task.scores)
        order, apart = best_first(list(task.scores.values()), [pair.corrected for pair in pairs])
        named = letters(len(specs), apart)
        done.append(
            replace(
                task,
                pairs=tuple(
                    replace(pair, better=pair.first if pair.difference > 0 else pair.second)
                    if pair.apart
                    else pair
                    for pair in pairs
                ),
                letters={specs[i]: named[place] for place, i in enumerate(order)},
                tied=tuple(specs[i] for place, i in enumerate(order) if (0, place) not in apart),
            )
        )
    return done


def _rankings(complete: Sequence[tuple[Compared, Sampled]], by: str) -> list[Ranking]:
    """A ranking over all tasks, and one for each value of `by` where there are several."""
    groups: dict[str, list[tuple[Compared, Sampled]]] = {"": list(complete)} if complete else {}
    values = sorted({str(task.about[by]) for task, _ in complete}) if by else []
    for value in values if len(values) > 1 else ():
        groups[value] = [item for item in complete if str(item[0].about[by]) == value]
    return [_ranking(about, members) for about, members in groups.items()]


def _ranking(about: str, members: Sequence[tuple[Compared, Sampled]]) -> Ranking:
    specs = list(members[0][0].scores)
    count = len(members)
    observed, same, other = mean_ranks(
        [sampled for _, sampled in members], np.random.default_rng(0)
    )

    def points(rank: float) -> float:
        return count * (len(specs) - rank)

    standings = []
    for i, spec in enumerate(specs):
        duels = [
            pair.better
            for task, _ in members
            for pair in task.pairs
            if spec in (pair.first, pair.second) and pair.apart
        ]
        (low, high), (lowest, highest) = same[i].tolist(), other[i].tolist()
        standings.append(
            Standing(
                spec=spec,
                mean_rank=float(observed[i]),
                same_tasks=(low, high),
                other_tasks=(lowest, highest) if count > 1 else None,
                borda=points(float(observed[i])),
                borda_same_tasks=(points(high), points(low)),
                borda_other_tasks=(points(highest), points(lowest)) if count > 1 else None,
                better=duels.count(spec),
                worse=len(duels) - duels.count(spec),
            )
        )
    standings.sort(key=lambda standing: standing.mean_rank)
    return Ranking(about=about, tasks=count, standings=tuple(standings))
