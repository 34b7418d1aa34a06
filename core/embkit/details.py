"""What a detailed report shows beyond scores: contests, ranks, the texts of items, maps."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from embkit.cache import atomic_write, cache_dir
from embkit.contests import Contest
from embkit.errors import EmbkitError, StorageError
from embkit.evaluate import is_here, load_dataset
from embkit.places import Standings, all_standings
from embkit.registry import DEFAULT
from embkit.results import Result, Results, result_key

if TYPE_CHECKING:
    from embkit.datasets import Dataset
    from embkit.mapped import Mapped
    from embkit.records import Task
    from embkit.registry import Registry

__all__ = ["Details", "ItemTexts", "Look", "details"]


@dataclass(frozen=True, kw_only=True)
class Look:
    """What is looked at beside results.

    texts: whether texts of data sets may be shown. maps: how texts are placed on maps, "tsne" or
    "pca", or "" for none; their providers are loaded again. points: at most so many texts a map.
    say: is told what is being done.
    """

    texts: bool = True
    maps: str = ""
    points: int = 400
    offline: bool = False
    say: Callable[[str], None] = field(default=lambda line: None)


@dataclass(frozen=True, kw_only=True)
class ItemTexts:
    """The texts of some items by their numbers, and the BCP 47 tag of the language they are in."""

    language: str
    items: Mapping[int, Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class Details:
    """What a detailed report shows beyond scores.

    contests: of each row with predictions. standings: over all rows under ("", ""), and under a
    field of tasks and its value over those. texts: for the hard items of a row their texts. maps:
    of a row, one a provider. untold: for a row why it has no texts or no map, in a sentence.
    """

    contests: Mapping[str, Contest]
    standings: Mapping[tuple[str, str], Standings]
    texts: Mapping[str, ItemTexts]
    maps: Mapping[str, Sequence[Mapped]]
    untold: Mapping[str, str]


def details(
    registry: Registry, results: Results, contests: Mapping[str, Contest], look: Look
) -> Details:
    """Look closer at results whose predictions have been compared."""
    texts: dict[str, ItemTexts] = {}
    maps: dict[str, Sequence[Mapped]] = {}
    untold: dict[str, str] = {}
    for row, contest in contests.items():
        first = results.of(row)[0]
        items = [hard.item for hard in contest.hard]
        if not look.texts or (not items and not look.maps):
            continue
        kept = _kept(first, items)
        known = _read(kept)
        if known is not None and not look.maps:
            texts[row] = known
            continue
        try:
            task, dataset = _dataset(registry, first)
        except EmbkitError as error:
            untold[row] = f"Texts cannot be shown: {error}"
            continue
        if task is None or dataset is None:
            untold[row] = "Texts cannot be shown: the data are not here, or others than were scored"
            continue
        texts[row] = _item_texts(task, dataset, items, str(first.task["language"]))
        with suppress(StorageError):
            atomic_write(kept, json.dumps(vars(texts[row])).encode())
        if look.maps:
            from embkit.mapped import mapped  # scikit-learn waits until a map is asked for

            maps[row], untold[row] = mapped(registry, results.of(row), dataset, look)
    return Details(
        contests=contests,
        standings=all_standings(results, contests),
        texts=texts,
        maps={row: found for row, found in maps.items() if found},
        untold={row: why for row, why in untold.items() if why},
    )


def _kept(result: Result, items: Sequence[int]) -> Path:
    """Where texts of items are kept: the digest of their data set covers every text."""
    key = result_key("item texts", result.task_id, result.task["digest"], items)
    return cache_dir() / "contests" / f"{key[:32]}.json"


def _read(path: Path) -> ItemTexts | None:
    """What was kept, None where nothing was or it is damaged."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        items = {int(item): tuple(texts) for item, texts in kept["items"].items()}
        return ItemTexts(language=kept["language"], items=items)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _dataset(registry: Registry, result: Result) -> tuple[Task | None, Dataset | None]:
    """The task of a result, and what was scored; None where it is not here or something else now.

    Nothing is fetched. Raises EmbkitError for a task that is not offered or whose files are bad.
    """
    offered = {f"{b.name}/{task.name}": task for b, task in registry.tasks(result.task_id)}
    task = offered.get(result.task_id)
    protocol = result.protocol["id"]
    if protocol != DEFAULT:
        variant = registry.protocol(protocol).variants.get(result.task["evaluator"])
        if variant is None or variant.prepare is not None:
            return task, None
    if task is None or not is_here(task):
        return task, None
    limit = int(result.protocol["options"].get("limit", 0))
    dataset = load_dataset(task, limit=limit, offline=True)
    return task, dataset if dataset.digest == result.task["digest"] else None


def _item_texts(task: Task, dataset: Dataset, items: Sequence[int], language: str) -> ItemTexts:
    """The texts of items: of each its query, or else what it cannot do without."""
    told = dataset.item_queries or dataset.item_texts
    return ItemTexts(
        language=task.query_language or language if dataset.item_queries else language,
        items={item: tuple(told[item]) if told else () for item in items},
    )
