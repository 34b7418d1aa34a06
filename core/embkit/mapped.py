"""Maps of a task's texts for a report, with the nearest of some of them, by every provider."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from embkit.embedding import embed_texts, load
from embkit.errors import EmbkitError, InvalidRequest
from embkit.maps import Placed, labelled_texts, place
from embkit.records import Setting

if TYPE_CHECKING:
    from embkit.datasets import Dataset
    from embkit.details import Look
    from embkit.registry import Registry
    from embkit.results import Result

__all__ = ["Mapped", "Nearest", "mapped"]

_ASKED, _NEAREST = 6, 5


@dataclass(frozen=True, kw_only=True)
class Nearest:
    """A text and those nearest to it among the texts of a map, with their cosines."""

    text: str
    found: Sequence[tuple[str, float]]


@dataclass(frozen=True, kw_only=True)
class Mapped:
    """The map of one provider: texts in the order of the places, and some with their nearest.

    count: how many texts there were to choose from.
    """

    placed: Placed
    texts: Sequence[str]
    count: int
    nearest: Sequence[Nearest]


def mapped(
    registry: Registry, results: Sequence[Result], dataset: Dataset, look: Look
) -> tuple[list[Mapped], str]:
    """The maps of a row, one a provider, and why there is none where that is so, else "".

    Providers are loaded anew; their vectors must be those that were measured.
    """
    first = results[0]
    language = registry.language(first.task["language"])
    setting = Setting(language=language, task=first.task_id, seed=first.protocol["seed"])
    try:
        texts, labels, count = labelled_texts(dataset, look.points, setting.generator("map"))
    except InvalidRequest:
        return [], ""  # its texts have no labels: there is nothing to be said
    maps, failed = [], []
    for result in results:
        if not result.ok:
            continue
        look.say(f"map of {result.task_id} by {result.spec}: {len(texts):,} texts")
        try:
            loaded = load(registry, result.spec, language, offline=look.offline)
            if loaded.embedder.fingerprint != result.provider["fingerprint"]:
                raise InvalidRequest("its vectors are others than those that were measured")
            rows = embed_texts(loaded, texts)
            seed = setting.seed_for(look.maps)
            placed = place(result.spec, rows, labels, method=look.maps, seed=seed)
        except EmbkitError as error:
            failed.append(f"No map of {result.spec}: {error}")
            continue
        known = np.flatnonzero(np.isfinite(rows).all(axis=1) & rows.any(axis=1))
        shown = [texts[i] for i in known.tolist()]
        nearest = _nearest(rows[known], shown)
        maps.append(Mapped(placed=placed, texts=shown, count=count, nearest=nearest))
    return maps, "; ".join(failed)


def _nearest(rows: NDArray[np.float32], texts: Sequence[str]) -> list[Nearest]:
    """Of texts at even distances those with the highest cosines, of equals the first."""
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    found = []
    for asked in range(0, len(texts), -(-len(texts) // _ASKED)):
        cosines = unit @ unit[asked]
        cosines[asked] = -np.inf
        best = np.argsort(-cosines, kind="stable")[:_NEAREST].tolist()
        near = [(texts[i], float(cosines[i])) for i in best]
        found.append(Nearest(text=texts[asked], found=near))
    return found
