"""What `embkit merge` does: models looked at, merged, and written with what is known of them."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embkit.cache import atomic_folder, file_digest
from embkit.errors import InvalidData, InvalidRequest
from embkit.records import Language
from embkit.word_options import Compression

from embkit_static.merging import check_weights, merge_into, shares
from embkit_static.output import (
    check_target,
    licence_of,
    versions,
    write_record,
    write_vectors,
)
from embkit_static.weights import Weights, check_alike, read_weights

__all__ = ["Merge", "merge_models"]

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True)
class Merge:
    """What to merge and how; see the options of `embkit merge`.

    dim: None for what is usual for the method.
    """

    models: Sequence[str]
    method: str
    weights: Sequence[float] = ()
    base: Path | None = None
    probe: Path | None = None
    steps: int = 100
    lr: float = 0.02
    pull: float = 0.1
    seed: int = 0
    device: str = "cpu"
    dim: int | None = None
    form: str = "parquet"
    dtype: str = "float32"
    licence: str = ""


def merge_models(
    asked: Merge,
    out: Path,
    language: Language | None,
    *,
    force: bool = False,
    progress: Progress = lambda stage, done, total: None,
    tell: Callable[[str], None] = lambda sentence: None,
) -> str:
    """Merge models into a new folder; the command that measures it.

    tell: takes sentences for people. Raises InvalidRequest, before anything is written, for models
    that do not belong together, InvalidData for files that are not what they claim to be.
    """
    check_target(out, force)
    _check(asked)
    if asked.method in ("average", "concat"):
        return _merge_vectors(asked, out, language, progress, tell)
    return _merge_encoders(asked, out, language, progress, tell)


def _check(asked: Merge) -> None:
    least = 1 if asked.base else 2
    if len(asked.models) < least:
        raise InvalidRequest(f"{asked.method} needs two models at least, got {len(asked.models)}")
    based = ("task-vector", "self-positioning")
    if asked.base and asked.method not in based:
        raise InvalidRequest(f"{asked.method} knows no base; leave out --base")
    if asked.method == "task-vector" and not asked.base:
        raise InvalidRequest("task-vector needs what the models were trained from: --base DIR")
    if bool(asked.probe) != (asked.method == "self-positioning"):
        raise InvalidRequest("--probe FILE is what self-positioning learns on, and nothing else")
    if asked.weights and asked.method in ("average", "concat", "self-positioning"):
        raise InvalidRequest(f"{asked.method} takes no weights; leave out --weights")


def _merge_encoders(
    asked: Merge,
    out: Path,
    language: Language | None,
    progress: Progress,
    tell: Callable[[str], None],
) -> str:
    based = asked.method != "linear"
    named = [Path(model).expanduser() for model in asked.models]
    folders = [asked.base, *named] if asked.base else named
    models = [read_weights(folder) for folder in folders]
    check_alike(models)
    if len(_poolings(models)) > 1:
        tell(f"their texts are pooled in several ways; that of '{folders[0]}' is kept")
    about: dict[str, Any] = {}
    count = len(models) - based
    if asked.method == "self-positioning":
        weights = _search(asked, folders, about, progress, tell)
    else:
        weights = check_weights(asked.weights, count)
    counts = shares(weights, base=based)
    total = sum(map(len, models[0].parts.values()))
    done = 0

    def advance(tensors: int) -> None:
        nonlocal done
        done += tensors
        progress("merging", done, total)

    with atomic_folder(out) as working:
        merge_into(models, counts, working, advance)
        record = _record(asked, folders, [_weights_digest(model) for model in models], language) | {
            "weights": weights,
            "search": about,
        }
        write_record(working, record, _card(record, f"{total:,} tensors"))
    tell(f"{total:,} tensors of {len(models)} models in {out}")
    return _next(language, f"contextual:{out}")


def _search(
    asked: Merge,
    folders: Sequence[Path],
    about: dict[str, Any],
    progress: Progress,
    tell: Callable[[str], None],
) -> list[float]:
    from embkit_static.positions import Search, find_weights, read_probes

    assert asked.probe is not None
    probes = read_probes(asked.probe)
    search = Search(steps=asked.steps, lr=asked.lr, pull=asked.pull, seed=asked.seed)
    found = find_weights(folders, probes, search, device=asked.device, progress=progress)
    about |= {
        "probes": len(probes), "sha256": file_digest(asked.probe), "steps": search.steps,
        "lr": search.lr, "pull": search.pull, "temperature": search.temperature,
        "seed": search.seed, "loss_before": found.before, "loss_after": found.after,
    }  # fmt: skip
    listed = ", ".join(f"{weight:.3f}" for weight in found.weights)
    tell(
        f"weights {listed}; loss on {len(probes):,} probes {found.before:.4f} with equal weights, "
        f"{found.after:.4f} with these"
    )
    return found.weights


def _merge_vectors(
    asked: Merge,
    out: Path,
    language: Language | None,
    progress: Progress,
    tell: Callable[[str], None],
) -> str:
    from embkit.languages import default_language
    from embkit_fasttext.opening import open_words
    from embkit_fasttext.static_model import is_static_model

    from embkit_static.meta import average, concatenated, union

    if asked.form == "static-model" and language is None:
        raise InvalidRequest("a static model folds case; say in which language: --lang tr")
    paths = [Path(model).expanduser() for model in asked.models]
    for path in paths:
        if is_static_model(path):
            raise InvalidRequest(
                f"'{path}' is a static model, whose rows are of tokens and not of words"
            )
    opened = [open_words(path) for path in paths]
    stores = [each.store for each in opened]
    if len({store.lowercase for store in stores}) > 1:
        tell("some hold capital letters and some do not: Name and name stay two words")
    found = union(stores)
    if not found.words:
        raise InvalidData("no word of these files has a vector")
    if asked.method == "average":
        rows, dim, usual = average(stores, found.words), max(store.dim for store in stores), 0
    else:
        rows, dim = concatenated(stores, found.words), sum(store.dim for store in stores)
        usual = max(store.dim for store in stores)
    keep = usual if asked.dim is None else asked.dim
    how = Compression(dim=keep, center=keep > 0, dtype=asked.dtype)
    done = 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        progress("writing", done, len(found.words))

    progress("merging", 0, 0)
    with atomic_folder(out) as working:
        written = write_vectors(
            working, rows, dim, form=asked.form, how=how,
            language=language or default_language("und"), advance=advance,
        )  # fmt: skip
        digests = [file_digest(each.parts[0]) for each in opened]
        record = _record(asked, paths, digests, language) | {
            "vectors": written.name,
            "words": written.words,
            "shared": found.shared,
            "dim": written.dim,
        }
        shared = f"{found.shared:,} of them in every model"
        write_record(
            working,
            record,
            _card(record, f"{written.words:,} words of {written.dim} numbers, {shared}"),
        )
    for line in written.left:
        tell(f"left behind: {line}")
    tell(f"{written.words:,} words of {written.dim} numbers in {out}; {shared}")
    return _next(language, f"static:{out}")


def _poolings(models: Sequence[Weights]) -> set[bytes]:
    return {
        path.read_bytes() if (path := model.folder / "1_Pooling/config.json").is_file() else b""
        for model in models
    }


def _weights_digest(model: Weights) -> str:
    """sha256 of the weights: of the one file that most folders have, else of all their digests."""
    import hashlib

    files = sorted({place.file for part in model.parts.values() for place in part.values()})
    if len(files) == 1:
        return file_digest(files[0])
    return hashlib.sha256("".join(map(file_digest, files)).encode()).hexdigest()


def _record(
    asked: Merge, folders: Sequence[Path], digests: Sequence[str], language: Language | None
) -> dict[str, Any]:
    licences = [licence_of(folder) for folder in folders]
    return {
        "format": "embkit.merged/1",
        "method": asked.method,
        "models": [
            {"path": str(folder), "sha256": digest, "licence": licence}
            for folder, digest, licence in zip(folders, digests, licences, strict=True)
        ],
        "base": bool(asked.base),
        "command": _command(asked, language),
        "language": language.name if language else "",
        "licence": asked.licence or "; ".join(dict.fromkeys(filter(None, licences))),
        "versions": versions("embkit", "embkit-static", "numpy", "torch"),
    }


def _command(asked: Merge, language: Language | None) -> str:
    words = ["embkit", "merge", *asked.models, "--method", asked.method]
    if asked.weights:
        words += ["--weights", ",".join(f"{weight:g}" for weight in asked.weights)]
    given: Mapping[str, Any] = {
        "--base": asked.base, "--probe": asked.probe, "--dim": asked.dim,
        "--lang": language.name if language else None,
    }  # fmt: skip
    usual = Merge(models=asked.models, method=asked.method)
    for name in ("steps", "lr", "pull", "seed", "form", "dtype"):
        if getattr(asked, name) != getattr(usual, name):
            given = {**given, f"--{'format' if name == 'form' else name}": getattr(asked, name)}
    for option, value in given.items():
        if value is not None:
            words += [option, str(value)]
    return shlex.join([*words, "-o", "DIR"])


def _card(record: Mapping[str, Any], size: str) -> str:
    """A README for whoever finds the folder."""
    models, weights = record["models"], record.get("weights")
    counts = [""] * len(models)
    if weights is not None:
        counts = [f", weight {weight:g}" for weight in weights]
        if len(counts) < len(models):
            counts = [", the base", *counts]
    lines = ["---"]
    if record["language"]:
        lines.append(f"language: {record['language']}")
    if record["licence"] and ";" not in record["licence"]:
        lines.append(f"license: {record['licence']}")
    lines += ["tags: [embkit, merged]", "---", "", f"# Merged by {record['method']}", ""]
    lines += [f"{size}, made by embkit of:", ""]
    for model, count in zip(models, counts, strict=True):
        licence = model["licence"] or "not stated"
        lines.append(f"- `{model['path']}`{count}; licence {licence}; sha256 {model['sha256']}")
    if record.get("search"):
        search = record["search"]
        lines += [
            "",
            f"The weights were learnt on {search['probes']:,} probes (sha256 {search['sha256']}): "
            f"loss {search['loss_before']:.4f} with equal weights, {search['loss_after']:.4f} with "
            "these.",
        ]
    lines += [
        "", f"Licence: {record['licence'] or 'not stated'}.", "", "To make it again:", "",
        f"    {record['command']}", "",
    ]  # fmt: skip
    return "\n".join(lines)


def _next(language: Language | None, spec: str) -> str:
    name = language.name if language else "LANGUAGE"
    return f"embkit eval --lang {name} -p {shlex.quote(spec)}"
