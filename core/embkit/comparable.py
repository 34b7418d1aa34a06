"""What may be compared: results of one task, measured alike; and a word on those that were not."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from embkit.errors import InvalidData, NotFound
from embkit.results import Result, Store

if TYPE_CHECKING:
    from embkit.predictions import Predictions
    from embkit.registry import Registry

__all__ = [
    "Item",
    "Kind",
    "Notes",
    "Readable",
    "label",
    "note_alone",
    "of_kind",
    "predictions_of",
    "readable",
    "score_of",
]

Item = tuple[Path, Result]
# Task, protocol less its seed, digest of the data, version of the evaluator: what must be the same.
Kind = tuple[str, str, str, str]
Members = Mapping[str, Mapping[int, Item]]
Readable = Mapping[str, Mapping[int, "tuple[Result, Predictions]"]]


def _kind(result: Result) -> Kind:
    protocol = {name: value for name, value in result.protocol.items() if name != "seed"}
    return (
        result.task_id,
        json.dumps(protocol, sort_keys=True),
        str(result.task["digest"]),
        str(result.task.get("evaluator_version", "")),
    )


def score_of(registry: Registry, result: Result) -> Callable[[Predictions], float]:
    """The main score of a result as a function of its predictions."""
    measure = registry.evaluator(result.task["evaluator"], result.protocol["id"]).measure
    return lambda predictions: measure(predictions)[result.metric]


def predictions_of(registry: Registry, store: Store, item: Item) -> Predictions:
    """The predictions of a result. Raises InvalidData when measuring them gives another score."""
    path, result = item
    predictions = store.predictions(path)
    try:
        score = score_of(registry, result)(predictions)
    except (KeyError, NotFound):
        score = float("nan")
    if not abs(score - (result.score or 0.0)) <= 1e-6:
        raise InvalidData(
            "another version of embkit or of its plugin measured it; evaluate it anew", path=path
        )
    return predictions


class Notes:
    """Sentences about tasks; what is said of several tasks is said once."""

    def __init__(self) -> None:
        self._tasks: dict[str, list[str]] = defaultdict(list)

    def add(self, sentence: str, task: str) -> None:
        if task not in self._tasks[sentence]:
            self._tasks[sentence].append(task)

    def lines(self) -> list[str]:
        return [
            f"{sentence}: {', '.join(tasks[:4])}"
            + (f" and {len(tasks) - 4} more" if len(tasks) > 4 else "")
            for sentence, tasks in self._tasks.items()
        ]


def of_kind(items: Sequence[Item], specs: Sequence[str], notes: Notes) -> dict[Kind, Members]:
    """What can be compared: for each kind, for each of the specs in order, a result a seed."""
    found: dict[Kind, dict[str, dict[int, Item]]] = {}
    for path, result in items:
        if result.spec not in specs:
            continue
        if not result.ok:
            notes.add(f"{result.spec} {result.status}", result.task_id)
            continue
        cell = found.setdefault(_kind(result), {spec: {} for spec in specs})[result.spec]
        first = cell.setdefault(int(result.protocol["seed"]), (path, result))
        if first[1].provider["fingerprint"] != result.provider["fingerprint"]:
            notes.add(
                f"of several results of {result.spec} that of {first[0].name}", result.task_id
            )
    return {
        kind: {spec: cell for spec, cell in members.items() if cell}
        for kind, members in found.items()
    }


def readable(registry: Registry, store: Store, members: Members, notes: Notes) -> Readable:
    """The members with their predictions; those that cannot be used are noted and left out."""
    found: dict[str, dict[int, tuple[Result, Predictions]]] = {}
    for spec, cell in members.items():
        for seed, item in cell.items():
            try:
                predictions = predictions_of(registry, store, item)
            except InvalidData as error:
                notes.add(f"not compared, {error}", item[1].task_id)
                continue
            found.setdefault(spec, {})[seed] = (item[1], predictions)
    return found


def note_alone(
    kind: Kind,
    members: Readable,
    others: Sequence[Kind],
    kinds: Mapping[Kind, Members],
    notes: Notes,
) -> None:
    """Say why a kind of results of a task has nobody to be compared with."""
    if len(members) > 1:
        notes.add(f"not compared, no seed is common to {' and '.join(members)}", kind[0])
        return
    for other in others:
        for part, what in (
            (1, "by another protocol"), (2, "on other rows of data"),
            (3, "by another version of the evaluator"),
        ):  # fmt: skip
            if other[part] != kind[part] and set(kinds[other]) - set(kinds[kind]):
                who = ", ".join(sorted({*kinds[kind], *kinds[other]}))
                notes.add(f"not compared, {who} were measured {what}", kind[0])
                return
    for spec in members:
        notes.add(f"not compared, only {spec} has it", kind[0])


def label(kind: Kind, kinds: Sequence[Kind]) -> str:
    """The id of a kind's task, and where there are several kinds of it what tells it from them."""
    told = {i: len({other[i] for other in kinds}) > 1 for i in (1, 2, 3)}
    about = []
    if told[1]:
        protocol = json.loads(kind[1])
        about += [protocol["id"], *(f"{k} {v}" for k, v in protocol["options"].items())]
    if told[2]:
        about.append(f"data {kind[2][:6]}")
    if told[3]:
        about.append(f"evaluator {kind[3]}")
    return f"{kind[0]} ({', '.join(about)})" if about else kind[0]
