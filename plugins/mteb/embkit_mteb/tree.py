"""MTEB's tree of results, one JSON file for each model, revision and task: read and written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embkit.cache import atomic_write
from embkit.errors import InvalidData, InvalidRequest
from embkit.results import Result

from embkit_mteb.encoding import model_meta, model_name
from embkit_mteb.protocol import MTEB, VERSION
from embkit_mteb.tasks import Place, locate

__all__ = ["Figure", "read_tree", "write_tree"]

_DIGITS = 6  # MTEB keeps no more
# Files of the tree that hold no scores.
_OTHERS = ("model_meta.json",)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What MTEB keeps of one model on one subset and split of a task.

    model: organisation/name. languages: as MTEB has them, mar-Deva. scores: the numbers, by MTEB's
    names; lists, such as the scores of each experiment, are left out. main: the one MTEB ranks by.
    """

    model: str
    revision: str
    task: str
    subset: str
    split: str
    languages: tuple[str, ...]
    main: float
    scores: Mapping[str, float]
    dataset_revision: str
    mteb_version: str


def _model(path: Path) -> tuple[str, str]:
    """Model and revision out of the folders a file lies in: org__name/revision[/experiments/X]."""
    folders = path.parent
    if folders.parent.name == "experiments":
        folders = folders.parent.parent
    return folders.parent.name.replace("__", "/", 1), folders.name


def _figures(path: Path) -> Iterable[Figure]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        model, revision = _model(path)
        for split, entries in content["scores"].items():
            for entry in entries:
                numbers = {
                    name: float(value)
                    for name, value in entry.items()
                    if isinstance(value, int | float) and not isinstance(value, bool)
                }
                yield Figure(
                    model=model,
                    revision=revision,
                    task=content["task_name"],
                    subset=entry["hf_subset"],
                    split=split,
                    languages=tuple(entry["languages"]),
                    main=numbers.pop("main_score"),
                    scores=numbers,
                    dataset_revision=content["dataset_revision"],
                    mteb_version=content.get("mteb_version") or "",
                )
    except (OSError, ValueError) as error:
        raise InvalidData(f"cannot be read as results of MTEB: {error}", path=path) from None
    except KeyError as error:
        raise InvalidData(f"is no result of MTEB, it lacks {error}", path=path) from None
    except (TypeError, AttributeError):
        raise InvalidData("is JSON, but no result of MTEB", path=path) from None


def read_tree(folder: Path) -> list[Figure]:
    """All figures below a folder, in order of their paths; MTEB itself is not needed.

    folder: what mteb.ResultCache was given, its `results`, or a folder in there.
    Raises InvalidData for a file that is no result, and when there is none.
    """
    paths = [path for path in sorted(folder.rglob("*.json")) if path.name not in _OTHERS]
    figures = [figure for path in paths for figure in _figures(path)]
    if not figures:
        raise InvalidData("holds no results of MTEB", path=folder)
    return figures


def _entry(result: Result, place: Place) -> dict[str, Any]:
    """The scores of one result as an entry of MTEB's."""
    wanted = place.task.metadata.main_score
    if wanted not in result.scores:
        raise InvalidRequest(
            f"MTEB ranks 'mteb/{place.name}' by {wanted}, which the protocol does not give"
        )
    scores = {name: round(value, _DIGITS) for name, value in result.scores.items()}
    return {
        **scores,
        "main_score": scores[wanted],
        "hf_subset": place.subset,
        "languages": list(place.languages),
        "mteb_version": VERSION,
    }


def _kept(path: Path, revision: str) -> dict[str, Any]:
    """The scores that a file holds of the same revision of the data, by split."""
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return dict(content["scores"]) if content["dataset_revision"] == revision else {}
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidData(f"cannot be read as results of MTEB: {error}", path=path) from None


def _write(path: Path, content: Any) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=2, default=str)
    atomic_write(path, (text + "\n").encode())


def write_tree(results: Iterable[Result], folder: Path) -> list[Path]:
    """Write results on tasks of MTEB as `mteb.ResultCache(folder)` reads them; returns the paths.

    Only what was measured under protocol `mteb` on all items is written; the rest is left out. A
    subset or split that a file holds already stays, unless it is measured anew.
    Raises InvalidRequest when nothing can be written, NotFound when MTEB is not installed: the
    revision of the data, the languages and the main score are known to it alone.
    """
    written = []
    for result in results:
        limited = "limit" in result.protocol["options"]
        ours = result.task_id.startswith("mteb/") and result.protocol["id"] == MTEB.name
        if not (result.ok and ours) or limited:
            continue
        place = locate(result.task_id.removeprefix("mteb/"))
        about = place.task.metadata
        name, revision = model_name(result.spec), result.provider["fingerprint"]
        home = folder / "results" / name.replace("/", "__") / revision
        path = home / f"{about.name}.json"
        scores = _kept(path, about.revision)
        others = [e for e in scores.get(place.split, ()) if e["hf_subset"] != place.subset]
        scores[place.split] = [*others, _entry(result, place)]
        _write(
            home / "model_meta.json", model_meta(name, revision, result.provider["dim"]).to_dict()
        )
        _write(
            path,
            {
                "dataset_revision": about.revision,
                "task_name": about.name,
                "mteb_version": VERSION,
                "scores": scores,
                "evaluation_time": round(result.cost.get("embed_seconds", 0.0), _DIGITS),
                "kg_co2_emissions": None,
            },
        )
        written.append(path)
    if not written:
        raise InvalidRequest(
            "there is nothing to write: no finished result of a task mteb/… under --protocol mteb "
            "without --limit"
        )
    return list(dict.fromkeys(written))
