"""Results beside each other: which providers can be told apart, on each task and over all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from embkit.comparable import (
    Item,
    Kind,
    Notes,
    Readable,
    label,
    note_alone,
    of_kind,
    predictions_of,
    readable,
    score_of,
)
from embkit.errors import InvalidData, InvalidRequest, NotFound, suggestion
from embkit.pairing import Difference, Sampled, difference, sample_together
from embkit.ranking import letters, mean_ranks
from embkit.records import Setting
from embkit.results import Result, Results, Store
from embkit.statistics import holm, span

if TYPE_CHECKING:
    from embkit.predictions import Predictions
    from embkit.registry import Registry

__all__ = [
    "LEVEL",
    "Compared",
    "Comparison",
    "Pair",
    "Ranking",
    "Standing",
    "chosen",
    "collect",
    "compare",
    "leaders",
]

LEVEL = 0.05


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two providers on one task: first less second, its 95 % interval, p, and p after Holm.

    turns: whether the sign of the difference is another one with another seed.
    """

    first: str
    second: str
    difference: float
    interval: tuple[float, float] | None
    p: float
    corrected: float
    turns: bool

    @property
    def apart(self) -> bool:
        """Whether the two can be told apart at 5 %."""
        return self.corrected < LEVEL

    @property
    def better(self) -> str:
        """The one with the higher score, "" where they cannot be told apart."""
        return "" if not self.apart else self.first if self.difference > 0 else self.second


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One task, and those of the providers that were measured on it alike.

    label: the task's id, and what tells it from others of that task. about: the task as a result
    has it. seeds: those that all have. scores: the mean over them. intervals: of that mean, over
    items alone. deviations: of the scores over the seeds, apart from all intervals; empty with one
    seed. units: how many there were to draw. letters: providers that share one are tied. tied: the
    best and those that cannot be told from it, the best first.
    """

    label: str
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


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A provider over many tasks.

    mean_rank: 1 where it is best on every task. same_tasks: its interval with other items of the
    same tasks. other_tasks: with other tasks of the kind as well. borda: for each task as many
    points as providers are below it, half a point for an equal; its intervals follow from those of
    the rank. better, worse: on how many tasks, against each other provider, it was told apart.
    """

    spec: str
    mean_rank: float
    same_tasks: tuple[float, float]
    other_tasks: tuple[float, float]
    borda: float
    borda_same_tasks: tuple[float, float]
    borda_other_tasks: tuple[float, float]
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
    """What comparing providers tells. notes: what was not compared, and why, in sentences."""

    specs: Sequence[str]
    by: str
    tasks: Sequence[Compared]
    rankings: Sequence[Ranking]
    notes: Sequence[str]

    @property
    def tests(self) -> int:
        """The size of the family that Holm's correction is for: all pairs of all tasks."""
        return sum(len(task.pairs) for task in self.tasks)


def _sampled(registry: Registry, result: Result, cells: Sequence[Sequence[Predictions]]) -> Sampled:
    """The cells of a task, one a provider, with samples drawn for this task."""
    setting = Setting(language=registry.language(result.task["language"]), task=result.task_id)
    return sample_together(score_of(registry, result), cells, setting.generator("compare"))


def _differences(sampled: Sampled) -> list[Difference]:
    """Of each pair, in the order of `combinations`."""
    return [difference(sampled, i, j) for i, j in combinations(range(len(sampled.scores)), 2)]


def _best_first(
    scores: Sequence[float], corrected: Sequence[float]
) -> tuple[list[int], set[tuple[int, int]]]:
    """Positions with the highest score first, and the pairs of places in this order told apart.

    corrected: p of each pair of positions, in the order of `combinations`.
    """
    order = sorted(range(len(scores)), key=lambda i: -scores[i])
    pairs = combinations((order.index(i) for i in range(len(scores))), 2)
    apart = {(min(pair), max(pair)) for pair, p in zip(pairs, corrected, strict=True) if p < LEVEL}
    return order, apart


def leaders(registry: Registry, store: Store, items: Sequence[Item]) -> dict[str, list[str]]:
    """For each row the specs that cannot be told from the best: paired tests, Holm, 5 %.

    The family is all pairs of a row: which one is best is known from the same items, so the tests
    of the best alone would be too few to correct for. Rows with one result, or whose predictions
    are gone, are left out.
    """
    paths = {id(result): path for path, result in items}
    results = Results([result for _, result in items])
    found: dict[str, list[str]] = {}
    for row in results.rows:
        group = [result for result in results.of(row) if result.ok]
        if len(group) < 2:
            continue
        try:
            cells = [[predictions_of(registry, store, (paths[id(r)], r))] for r in group]
        except InvalidData:
            continue
        sampled = _sampled(registry, group[0], cells)
        p_values = holm([found.p for found in _differences(sampled)])
        order, apart = _best_first(sampled.scores.tolist(), p_values)
        found[row] = [group[i].spec for place, i in enumerate(order) if (0, place) not in apart]
    return found


def collect(registry: Registry, store: Store, items: Sequence[Item]) -> Results:
    """The results with what comparing them tells, as reporters take them."""
    return Results([result for _, result in items], leaders(registry, store, items))


def chosen(items: Sequence[Item], typed: Sequence[str]) -> list[str]:
    """The providers to compare: those typed, as results name them, or else all there are.

    Raises NotFound for one without a result, InvalidRequest for fewer than two.
    """
    from embkit.spec import parse_spec

    there = list(dict.fromkeys(result.spec for _, result in items))
    specs = list(dict.fromkeys(str(parse_spec(text)) for text in typed)) or sorted(there)
    for spec in specs:
        if spec not in there:
            raise NotFound(
                f"no result is of provider '{spec}'{suggestion(spec, there)}; there are results of "
                + ", ".join(sorted(there))
            )
    if len(specs) < 2:
        raise InvalidRequest(f"a comparison needs two providers; there is only '{specs[0]}'")
    return specs


def compare(
    registry: Registry, store: Store, items: Sequence[Item], specs: Sequence[str], *, by: str = ""
) -> Comparison:
    """Compare the results of several providers on every task that at least two of them have.

    items: paths and results, as `Store.scan` gives them. specs: see `chosen`. by: "", or the field
    of a task by whose values there is a ranking each, such as "language".
    Results of one task are compared where rows of data, protocol and version of the evaluator are
    the same. Several seeds of a provider count as one score, their mean; only seeds that all have
    take part. Tests are corrected by Holm over all pairs of all tasks.
    """
    notes = Notes()
    kinds = of_kind(items, specs, notes)
    of_task: dict[str, list[Kind]] = defaultdict(list)
    for kind in kinds:
        of_task[kind[0]].append(kind)
    tasks: list[Compared] = []
    samples: list[Sampled] = []
    for kind, found in kinds.items():
        members = readable(registry, store, found, notes)
        seeds = sorted(set.intersection(*map(set, members.values())) if members else ())
        if len(members) < 2 or not seeds:
            note_alone(kind, members, of_task[kind[0]], kinds, notes)
            continue
        for spec, cell in members.items():
            for seed in sorted(set(cell) - set(seeds)):
                notes.add(f"seed {seed} of {spec} is not compared, since others lack it", kind[0])
        task, sampled = _compared(registry, label(kind, of_task[kind[0]]), members, seeds)
        tasks.append(task)
        samples.append(sampled)
    if not tasks:
        reasons = "; ".join(notes.lines())
        raise InvalidRequest(f"there is no task on which two providers can be compared: {reasons}")
    tasks = _corrected(tasks)
    complete = []
    for task, sampled in zip(tasks, samples, strict=True):
        lacking = [spec for spec in specs if spec not in task.scores]
        if lacking:
            notes.add(f"no part of the ranks, for want of {' and '.join(lacking)}", task.label)
        else:
            complete.append((task, sampled))
    return Comparison(
        specs=tuple(specs),
        by=by,
        tasks=tasks,
        rankings=_rankings(complete, by),
        notes=notes.lines(),
    )


def _compared(
    registry: Registry, name: str, members: Readable, seeds: Sequence[int]
) -> tuple[Compared, Sampled]:
    """One task; p is not corrected yet and nobody is tied."""
    specs = list(members)
    one = members[specs[0]][seeds[0]][0]
    cells = [[members[spec][seed][1] for seed in seeds] for spec in specs]
    sampled = _sampled(registry, one, cells)
    scores = {spec: [members[spec][seed][0].score or 0.0 for seed in seeds] for spec in specs}
    pairs = []
    for (first, second), found in zip(combinations(specs, 2), _differences(sampled), strict=True):
        by_seed = np.array(scores[first]) - np.array(scores[second])
        pairs.append(
            Pair(
                first=first, second=second, difference=found.value, interval=found.interval,
                p=found.p, corrected=found.p, turns=bool(by_seed.min() < 0 < by_seed.max()),
            )
        )  # fmt: skip
    task = Compared(
        label=name,
        about=one.task,
        metric=one.metric,
        units=sampled.units,
        seeds=tuple(seeds),
        scores=dict(zip(specs, sampled.scores.tolist(), strict=True)),
        intervals={
            spec: span(sampled.samples[:, i], float(sampled.scores[i]))
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


def _corrected(tasks: Sequence[Compared]) -> list[Compared]:
    """The tasks with p corrected over all of them, and what follows: who is tied with whom."""
    family = iter(holm([pair.p for task in tasks for pair in task.pairs]))
    done = []
    for task in tasks:
        pairs = tuple(replace(pair, corrected=next(family)) for pair in task.pairs)
        specs = list(task.scores)
        order, apart = _best_first(list(task.scores.values()), [pair.corrected for pair in pairs])
        named = letters(len(specs), apart)
        done.append(
            replace(
                task,
                pairs=pairs,
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
    # Tasks of several languages are drawn together: the seed is of the tasks, not of a language.
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
        standings.append(
            Standing(
                spec=spec,
                mean_rank=float(observed[i]),
                same_tasks=(float(same[i, 0]), float(same[i, 1])),
                other_tasks=(float(other[i, 0]), float(other[i, 1])),
                borda=points(float(observed[i])),
                borda_same_tasks=(points(float(same[i, 1])), points(float(same[i, 0]))),
                borda_other_tasks=(points(float(other[i, 1])), points(float(other[i, 0]))),
                better=duels.count(spec),
                worse=len(duels) - duels.count(spec),
            )
        )
    standings.sort(key=lambda standing: standing.mean_rank)
    return Ranking(about=about, tasks=count, standings=tuple(standings))
