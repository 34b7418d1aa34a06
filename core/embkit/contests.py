"""What the predictions of a row tell together: who is tied, parts of the items, the hardest items.

For thousands of results that takes a minute, and depends on nothing but them: the cache keeps it.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from embkit.cache import atomic_write, cache_dir
from embkit.comparable import Item, predictions_of, score_of
from embkit.errors import EmbkitError, InvalidData, StorageError
from embkit.hard_items import Hard, hardest
from embkit.pairing import Sampled, difference, sample_together
from embkit.parts import Part, parts_of
from embkit.ranking import letters, ranked
from embkit.records import Setting
from embkit.results import Result, Results, Store, result_key
from embkit.statistics import DRAWS, holm

if TYPE_CHECKING:
    from embkit.predictions import Predictions
    from embkit.registry import Registry

__all__ = ["LEVEL", "Contest", "best_first", "contests", "sampled_cells"]

LEVEL = 0.05
# Raise it when anything that is kept changes.
_VERSION = 1


@dataclass(frozen=True, kw_only=True, eq=False)
class Contest:
    """One row of results, looked into.

    specs: the best first. letters: of each, two share one when they are tied; empty, as tied is,
    where scores describe vectors and judge none. tied: the best, and those that cannot be told
    from it (paired tests, Holm over all pairs of the row, 5 %). ranks: in 1,000 samples of items
    drawn alike, shape (draws, k). parts: of each breakdown its labels. rest: how many labels more
    it has. hard: the hardest items, the hardest first; empty where the score has no part by item.
    equally: how many items are as hard as the hardest.
    """

    specs: Sequence[str]
    scores: Sequence[float]
    letters: Sequence[str]
    tied: Sequence[str]
    units: int
    ranks: NDArray[np.float64]
    parts: Mapping[str, Sequence[Part]]
    rest: Mapping[str, int]
    hard: Sequence[Hard]
    equally: int


def sampled_cells(
    registry: Registry,
    result: Result,
    cells: Sequence[Sequence[Predictions]],
    *,
    draws: int = DRAWS,
) -> Sampled:
    """The cells of a task, one a provider, with samples drawn for this task."""
    setting = Setting(language=registry.language(result.task["language"]), task=result.task_id)
    many = registry.evaluator(result.task["evaluator"], result.protocol["id"]).measure_samples
    return sample_together(
        score_of(registry, result),
        cells,
        setting.generator("compare"),
        measure_samples=(lambda rows, weights: many(rows, weights)[result.metric])
        if many
        else None,
        draws=draws,
    )


def best_first(
    scores: Sequence[float], corrected: Sequence[float]
) -> tuple[list[int], set[tuple[int, int]]]:
    """Positions with the highest score first, and the pairs of places in this order told apart.

    corrected: p of each pair of positions, in the order of `combinations`.
    """
    order = sorted(range(len(scores)), key=lambda i: -scores[i])
    pairs = combinations((order.index(i) for i in range(len(scores))), 2)
    apart = {(min(pair), max(pair)) for pair, p in zip(pairs, corrected, strict=True) if p < LEVEL}
    return order, apart


def contests(registry: Registry, store: Store, items: Sequence[Item]) -> dict[str, Contest]:
    """What there is to tell of each row with scores.

    Rows whose predictions are gone, or of another evaluator than is installed, are left out.
    """
    paths = {id(result): path for path, result in items}
    results = Results([result for _, result in items])
    found = {}
    for row in results.rows:
        group = [(paths[id(result)], result) for result in results.of(row) if result.ok]
        if not group:
            continue
        kept, key = _place(group), _key(registry, group)
        contest = _read(kept, key)
        if contest is None:
            try:
                contest = _contest(registry, store, group)
            except InvalidData:
                continue
            with suppress(StorageError):  # where no cache can be had, it is found each time
                atomic_write(kept, _written(contest, key))
        found[row] = contest
    return found


def _place(group: Sequence[Item]) -> Path:
    """The file that a row is kept in: one, which the next state of the row takes over."""
    result = group[0][1]
    folders = sorted({str(path.parent.resolve()) for path, _ in group})
    name = result_key(
        "contest", folders, dict(result.protocol), result.task["digest"], result.evaluator_version
    )
    return cache_dir() / "contests" / f"{name[:32]}.npz"


def _key(registry: Registry, group: Sequence[Item]) -> str:
    """Of the files of a row, and of the evaluator that measures them now."""
    files = [
        (result.spec, str(path.resolve()), stat.st_mtime_ns, stat.st_size)
        for path, result in group
        for file in (path, path.with_suffix(".parquet"))
        if file.exists() and (stat := file.stat())
    ]
    evaluator, protocol = group[0][1].task["evaluator"], group[0][1].protocol["id"]
    try:
        version = registry.evaluator(evaluator, protocol).version
    except EmbkitError:
        version = ""
    return result_key("contest", _VERSION, files, evaluator, version, protocol)


def _contest(registry: Registry, store: Store, group: Sequence[Item]) -> Contest:
    """Raises InvalidData for predictions that are gone or of another evaluator."""
    first = group[0][1]
    cells = [predictions_of(registry, store, item) for item in group]
    descriptive = registry.evaluator(first.task["evaluator"]).descriptive
    count = len(cells)
    # One provider is first in every sample.
    draws = DRAWS if count > 1 else 1
    sampled = sampled_cells(registry, first, [[cell] for cell in cells], draws=draws)
    p_values = holm([difference(sampled, i, j).p for i, j in combinations(range(count), 2)])
    order, apart = best_first(sampled.scores.tolist(), p_values)
    parts, rest = parts_of(registry, store, [group[i] for i in order], [cells[i] for i in order])
    hard, equally = hardest(sampled, order, cells, first.metric) if not descriptive else ([], 0)
    specs = [group[i][1].spec for i in order]
    return Contest(
        specs=specs,
        scores=[float(sampled.scores[i]) for i in order],
        letters=[] if descriptive else letters(count, apart),
        tied=[]
        if descriptive
        else [spec for place, spec in enumerate(specs) if (0, place) not in apart],
        units=sampled.units,
        ranks=ranked(sampled.samples[:, order]),
        parts=parts,
        rest=rest,
        hard=hard,
        equally=equally,
    )


def _written(contest: Contest, key: str) -> bytes:
    about: dict[str, Any] = {
        name: value for name, value in vars(contest).items() if name != "ranks"
    }
    about["parts"] = {name: list(map(asdict, parts)) for name, parts in contest.parts.items()}
    about |= {"hard": list(map(asdict, contest.hard)), "key": key}
    stream = io.BytesIO()
    # Ranks are whole or half.
    ranks = np.round(contest.ranks * 2).astype(np.uint16)
    np.savez_compressed(stream, ranks=ranks, about=np.array(json.dumps(about)))
    return stream.getvalue()


def _read(path: Path, key: str) -> Contest | None:
    """What was kept under a key, None where nothing was, or it is another state or damaged."""
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as kept:
            about, ranks = json.loads(str(kept["about"])), kept["ranks"] / 2
        if about.pop("key") != key:
            return None
        about["parts"] = {
            name: [Part(**part) for part in parts] for name, parts in about["parts"].items()
        }
        about["hard"] = [Hard(**item) for item in about["hard"]]
        return Contest(ranks=ranks, **about)
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
        return None
