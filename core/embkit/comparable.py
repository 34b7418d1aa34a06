"""What may be compared: results of one task, measured alike; and a word on all others."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from embkit.errors import InvalidData, InvalidRequest, NotFound, suggestion
from embkit.results import Result, Store

if TYPE_CHECKING:
    from embkit.predictions import Predictions
    from embkit.registry import Registry

__all__ = [
    "Item",
    "Measured",
    "Notes",
    "alike",
    "chosen_protocol",
    "measured",
    "predictions_of",
    "score_of",
]

Item = tuple[Path, Result]
# For each provider the results of one task, one a seed; and the same with their predictions.
Members = Mapping[str, Mapping[int, Item]]
Measured = Mapping[str, Mapping[int, "tuple[Result, Predictions]"]]


class Notes:
    """Sentences about tasks; what is said of several tasks is said once."""

    def __init__(self) -> None:
        self.tasks: dict[str, list[str]] = defaultdict(list)

    def add(self, sentence: str, task: str) -> None:
        """Say this of one more task."""
        if task not in self.tasks[sentence]:
            self.tasks[sentence].append(task)


def score_of(registry: Registry, result: Result) -> Callable[[Predictions], float]:
    """The main score of a result as a function of its predictions."""
    measure = registry.evaluator(result.task["evaluator"], result.protocol["id"]).measure
    return lambda predictions: measure(predictions)[result.metric]


def predictions_of(registry: Registry, store: Store, item: Item) -> Predictions:
    """The predictions of a result.

    Raises InvalidData when they are gone, or when measuring them does not give the score again:
    then the installed evaluator is not the one that measured them.
    """
    path, result = item
    predictions = store.predictions(path)
    try:
        again = score_of(registry, result)(predictions)
    except (KeyError, NotFound, InvalidRequest):
        again = float("nan")
    if not abs(again - (result.score or 0.0)) <= 1e-6:
        raise InvalidData("measured by an evaluator that is not installed now; evaluate it anew")
    return predictions


def chosen_protocol(items: Sequence[Item], typed: str) -> str:
    """The name of the one protocol whose results are compared: the default where it was used.

    Raises NotFound when no result is of the one that was typed, InvalidRequest when it is open.
    """
    there = sorted({str(result.protocol["id"]) for _, result in items})
    if typed and typed not in there:
        raise NotFound(
            f"no result is of protocol '{typed}', only of {', '.join(there)}"
            + suggestion(typed, there)
        )
    if not typed and "default" not in there and len(there) > 1:
        raise InvalidRequest(f"say which to compare with --protocol: {', '.join(there)}")
    return typed or ("default" if "default" in there else there[0])


def alike(items: Sequence[Item], protocol: str, notes: Notes) -> dict[str, Members]:
    """For each task the results that were measured alike, those of the most providers.

    Alike are results with the same rows of data, options of the protocol and version of the
    evaluator. Of several of one provider and seed the first counts.
    """
    kinds: dict[str, dict[tuple[str, ...], dict[str, dict[int, Item]]]] = {}
    unscored: dict[tuple[str, str], list[str]] = defaultdict(list)
    for path, result in items:
        if not result.ok:
            unscored[result.task_id, result.status].append(result.spec)
        elif result.protocol["id"] != protocol:
            notes.add(f"left out, measured by protocol {result.protocol['id']}", result.task_id)
        else:
            cell = (
                kinds.setdefault(result.task_id, {})
                .setdefault(_kind(result), {})
                .setdefault(result.spec, {})
            )
            kept, _ = cell.setdefault(int(result.protocol["seed"]), (path, result))
            if kept != path:
                notes.add(f"left out, a second result of {result.spec}", result.task_id)
    for (task, status), specs in unscored.items():
        notes.add(f"{status}, {' and '.join(dict.fromkeys(specs))}", task)
    chosen: dict[str, Members] = {}
    for task, found in kinds.items():
        # Of equally many providers the kind with more items, then the one that sorts last.
        best = max(found, key=lambda kind: (len(found[kind]), _items(found[kind]), kind))
        chosen[task] = found[best]
        for kind, members in found.items():
            if kind != best:
                what = next(
                    words
                    for words, one, other in zip(_DIFFER, kind, best, strict=True)
                    if one != other
                )
                notes.add(f"left out, {' and '.join(sorted(members))} measured {what}", task)
    return chosen


_DIFFER = (
    "with other options of the protocol", "on other rows of data",
    "by another version of the evaluator",
)  # fmt: skip


def _kind(result: Result) -> tuple[str, ...]:
    """What results must share beside task and protocol, in the order of `_DIFFER`."""
    options = json.dumps(dict(result.protocol["options"]), sort_keys=True)
    return options, str(result.task["digest"]), result.evaluator_version


def _items(members: Members) -> int:
    return max(int(r.task["items"]) for cell in members.values() for _, r in cell.values())


def measured(registry: Registry, store: Store, members: Members, notes: Notes) -> Measured:
    """The results of a task with their predictions; those that cannot be used are left out."""
    found: dict[str, dict[int, tuple[Result, Predictions]]] = {}
    unit = None
    for spec, cell in members.items():
        for seed, (path, result) in cell.items():
            try:
                predictions = predictions_of(registry, store, (path, result))
            except InvalidData as error:
                notes.add(f"left out, {spec}: {error}", result.task_id)
                continue
            unit = predictions.unit if unit is None else unit
            if not np.array_equal(predictions.unit, unit):
                notes.add(f"left out, {spec}: its predictions are of other items", result.task_id)
                continue
            found.setdefault(spec, {})[seed] = (result, predictions)
    return found
