"""The run: every provider on every task, each cell on its own, nothing done twice."""

from __future__ import annotations

import functools
import json
import os
import platform
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embkit.cache import atomic_write, cache_dir
from embkit.coverage import Items, items_of
from embkit.datasets import Dataset
from embkit.embedding import Loaded, check_language, dataset_vectors, load
from embkit.errors import EmbkitError, PluginError, StorageError, Unreachable
from embkit.fetching import cached as cached_file
from embkit.fetching import fetch, is_offline
from embkit.records import (
    Benchmark,
    ComposingEmbedder,
    Evaluator,
    Language,
    RankingEmbedder,
    Setting,
    SizedEmbedder,
    Task,
    VocabularyEmbedder,
)
from embkit.registry import DEFAULT
from embkit.results import Result, Store, result_key
from embkit.spec import parse_spec, protocol_options
from embkit.statistics import intervals
from embkit.text import layer_digest

if TYPE_CHECKING:
    from embkit.predictions import Predictions
    from embkit.registry import Registry

__all__ = ["Run", "evaluate", "evaluate_all", "is_here", "load_dataset"]


@dataclass(frozen=True, kw_only=True)
class Run:
    """How a set of cells is to be evaluated.

    protocol: its name, with options as in the spec of a provider. limit: at most so many scored
    items a task, 0 for all. cached: whether vectors may come from and go to the cache. progress:
    whether downloads show a bar. options: of the protocol, each with its value.
    Raises NotFound or InvalidRequest for a protocol that is not there.
    """

    registry: Registry
    store: Store
    seed: int = 0
    protocol: str = DEFAULT
    limit: int = 0
    cached: bool = True
    offline: bool = False
    progress: bool = False
    on_start: Callable[[str, str], None] = field(default=lambda task, spec: None)
    protocol_name: str = field(init=False)
    options: Mapping[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        spec, options = parse_spec(self.protocol), {}
        if str(spec) != DEFAULT:
            options = protocol_options(spec, self.registry.protocol(spec.name))
        object.__setattr__(self, "protocol_name", spec.name)
        object.__setattr__(self, "options", options)


def is_here(task: Task) -> bool:
    """Whether a task can be loaded without a download."""
    return not task.connects and all(cached_file(file) is not None for file in task.needs)


def load_dataset(
    task: Task, *, limit: int = 0, offline: bool = False, progress: bool = False
) -> Dataset:
    """The dataset of a task, its files fetched first.

    Raises Unreachable offline for a task that fetches by a package of its own.
    """
    if task.connects and (offline or is_offline()):
        raise Unreachable(
            f"task '{task.name}' fetches its data by a package of its own, and this run is offline"
        )
    paths = [fetch(file, offline=offline, progress=progress) for file in task.needs]
    dataset = task.load(*paths)
    return dataset.head(limit) if limit else dataset


@functools.cache
def _environment() -> Mapping[str, Any]:
    from importlib.metadata import PackageNotFoundError, version

    def installed(name: str) -> str:
        try:
            return version(name)
        except PackageNotFoundError:
            return ""

    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpu": f"{platform.machine()}, {os.cpu_count()} cores",
        **{name: installed(name) for name in ("embkit", "numpy", "scipy", "scikit-learn")},
    }


@dataclass(frozen=True, kw_only=True)
class _Prepared:
    """A task with its dataset and everything that depends on the task and the protocol alone.

    evaluator: as the protocol has it. dataset: as the task loads it. items: how many are scored.
    """

    id: str
    benchmark: Benchmark
    task: Task
    evaluator: Evaluator
    dataset: Dataset
    items: int
    setting: Setting
    floors: Mapping[str, float]


def _described(prepared: _Prepared) -> dict[str, Any]:
    task, dataset = prepared.task, prepared.dataset
    return {
        "id": prepared.id,
        "evaluator": prepared.evaluator.name,
        "evaluator_version": prepared.evaluator.version,
        "family": prepared.evaluator.family,
        "language": prepared.benchmark.language,
        "domain": prepared.benchmark.domain,
        "items": prepared.items,
        "digest": dataset.digest,
        "licence": task.licence,
        "source": task.source,
        "notes": task.notes,
        "dropped": dict(dataset.dropped),
    }


def _floors(
    evaluator: Evaluator, dataset: Dataset, setting: Setting, cached: bool
) -> dict[str, float]:
    """The main score of each floor; they depend on the dataset alone and are kept in the cache."""
    key = result_key(
        "floors", evaluator.name, evaluator.version, dataset.digest, setting.task, setting.seed,
        layer_digest(setting.language), dict(setting.options),
    )  # fmt: skip
    file = cache_dir() / "floors" / f"{key[:32]}.json"
    if cached and file.exists():
        try:
            kept = json.loads(file.read_text())
        except ValueError:
            kept = {}
        if set(kept) == set(evaluator.floors):
            return {name: float(kept[name]) for name in evaluator.floors}
    scores = {
        name: evaluator.measure(floor(dataset, setting))[evaluator.metric]
        for name, floor in evaluator.floors.items()
    }
    if cached:
        atomic_write(file, json.dumps(scores).encode())
    return scores


def _prepare(run: Run, benchmark: Benchmark, task: Task) -> _Prepared:
    evaluator = run.registry.evaluator(task.evaluator, run.protocol_name)
    dataset = load_dataset(task, limit=run.limit, offline=run.offline, progress=run.progress)
    if not isinstance(dataset, evaluator.accepts):
        raise PluginError(
            f"evaluator '{evaluator.name}' takes {evaluator.accepts.__name__}, the task loads "
            f"{type(dataset).__name__}"
        )
    task_id = f"{benchmark.name}/{task.name}"
    language = run.registry.language(benchmark.language)
    setting = Setting(language=language, task=task_id, seed=run.seed, options=run.options)
    scored = _scored(run, evaluator, dataset)
    run.on_start(task_id, "floors")
    return _Prepared(
        id=task_id,
        benchmark=benchmark,
        task=task,
        evaluator=evaluator,
        dataset=dataset,
        items=scored.items,
        setting=setting,
        floors=_floors(evaluator, scored, _floor_setting(run, evaluator, setting), run.cached),
    )


def _floor_setting(run: Run, evaluator: Evaluator, setting: Setting) -> Setting:
    """The setting that floors get: with those options alone on which they depend."""
    if run.protocol_name == DEFAULT:
        return setting
    wanted = run.registry.protocol(run.protocol_name).variants[evaluator.name].floor_options
    if wanted is None:
        return setting
    return replace(setting, options={name: setting.options[name] for name in wanted})


def _scored(run: Run, evaluator: Evaluator, dataset: Dataset, embedder: object = None) -> Dataset:
    """What is scored: the dataset, or what the protocol makes of it and an embedder's words."""
    if run.protocol_name == DEFAULT:
        return dataset
    prepare = run.registry.protocol(run.protocol_name).variants[evaluator.name].prepare
    if prepare is None:
        return dataset
    vocabulary = embedder.words if isinstance(embedder, VocabularyEmbedder) else ()
    changed: Dataset = prepare(dataset, vocabulary)
    return changed.head(run.limit) if run.limit else changed


def _provider(run: Run, spec: str, loaded: Loaded | None = None) -> dict[str, Any]:
    name = parse_spec(spec).name
    origin = run.registry.origin("embkit_providers", name)
    provider = run.registry.provider(name)
    return {
        "spec": spec,
        "name": name,
        "dim": loaded.embedder.dim if loaded else None,
        "fingerprint": loaded.embedder.fingerprint if loaded else "",
        "plugin": f"{origin.distribution} {origin.version}".strip(),
        "licence": provider.licence,
        "trained_on": list(provider.trained_on),
    }


def _score(
    run: Run, prepared: _Prepared, spec: str, loaded: Loaded, queries: Loaded | None
) -> tuple[Result, Predictions, Items]:
    evaluator, setting = prepared.evaluator, prepared.setting
    dataset = _scored(run, evaluator, prepared.dataset, loaded.embedder)
    if dataset.items != prepared.items:
        raise PluginError(
            f"protocol '{run.protocol_name}' makes {dataset.items} items of a dataset for one "
            f"embedder and {prepared.items} for another"
        )
    vectors, cost = dataset_vectors(loaded, dataset, queries=queries, cached=run.cached)
    predictions = evaluator.predict(dataset, vectors, setting)
    if len(predictions) != prepared.items:
        raise PluginError(
            f"evaluator '{evaluator.name}' predicted {len(predictions)} rows for "
            f"{prepared.items} items"
        )
    scores = dict(evaluator.measure(predictions))
    spans = intervals(
        evaluator.measure,
        predictions,
        setting.generator("interval"),
        measure_samples=evaluator.measure_samples,
        ranges=evaluator.ranges,
    )
    known = predictions.known
    if known.any():
        scores[f"{evaluator.metric}_known"] = (
            scores[evaluator.metric]
            if known.all()
            else evaluator.measure(predictions.take(known))[evaluator.metric]
        )
    alone = _alone(run, prepared, dataset, loaded, queries, predictions)
    if alone is not None:
        scores[f"{evaluator.metric}_vocabulary"] = evaluator.measure(alone)[evaluator.metric]
    asked = queries.embedder if queries and dataset.item_queries else loaded.embedder
    items = items_of(
        dataset,
        vectors,
        known,
        words=evaluator.family == "intrinsic" or bool(dataset.needed_sentences),
        ranks=asked.ranks if isinstance(asked, RankingEmbedder) else None,
    )
    result = Result(
        status="ok",
        task=_described(prepared),
        provider=_provider(run, spec, loaded),
        protocol=_protocol(run),
        metric=evaluator.metric,
        score=scores[evaluator.metric],
        interval=spans.get(evaluator.metric),
        scores=scores,
        intervals=spans,
        floors=prepared.floors,
        coverage=float(known.mean()),
        vocabulary_coverage=None if alone is None else float(alone.known.mean()),
        cost={**cost, **_combined(loaded, cost), **_size(loaded)},
        environment=_environment(),
    )
    return result, predictions, items


def _alone(
    run: Run,
    prepared: _Prepared,
    dataset: Dataset,
    loaded: Loaded,
    queries: Loaded | None,
    composed: Predictions,
) -> Predictions | None:
    """What an embedder that composes vectors predicts without them; None for one that does not.

    composed: what it predicts with them, which is the same where its vocabulary has all words.
    Other protocols than the default say themselves what an unknown word is.
    """
    evaluator = prepared.evaluator
    if run.protocol_name != DEFAULT or evaluator.family != "intrinsic":
        return None
    plain = _without_composed(loaded)
    if plain is None:
        return None
    texts = list(dict.fromkeys((*dataset.needed, *dataset.needed_queries)))
    ranking = plain.embedder
    if isinstance(ranking, RankingEmbedder) and not queries and (ranking.ranks(texts) > 0).all():
        return composed
    asked = queries and (_without_composed(queries) or queries)
    vectors, _ = dataset_vectors(plain, dataset, queries=asked, cached=run.cached)
    predictions: Predictions = evaluator.predict(dataset, vectors, prepared.setting)
    return predictions


def _without_composed(loaded: Loaded) -> Loaded | None:
    embedder = loaded.embedder
    alone = embedder.vocabulary_alone if isinstance(embedder, ComposingEmbedder) else None
    return None if alone is None else replace(loaded, embedder=alone)


def _combined(loaded: Loaded, cost: Mapping[str, float]) -> dict[str, float]:
    return {
        "load_seconds": loaded.cost["load_seconds"],
        "peak_bytes": max(loaded.cost["peak_bytes"], cost["peak_bytes"]),
    }


def _size(loaded: Loaded) -> dict[str, int]:
    embedder = loaded.embedder
    return {"model_bytes": embedder.model_bytes} if isinstance(embedder, SizedEmbedder) else {}


def _protocol(run: Run) -> dict[str, Any]:
    options = {"limit": run.limit} if run.limit else {}
    return {"id": run.protocol_name, "seed": run.seed, "options": {**run.options, **options}}


def _unscored(
    run: Run, benchmark: Benchmark, task: Task, spec: str, error: EmbkitError, status: str
) -> Result:
    task_id = f"{benchmark.name}/{task.name}"
    about: dict[str, Any] = {
        "id": task_id, "evaluator": task.evaluator, "language": benchmark.language,
        "domain": benchmark.domain, "items": None, "digest": "", "licence": task.licence,
        "source": task.source, "notes": task.notes, "dropped": {},
    }  # fmt: skip
    return Result(
        status=status,
        reason=str(error),
        task=about,
        provider=_provider(run, spec),
        protocol=_protocol(run),
        environment=_environment(),
    )


class _Embedders:
    """The embedders of one provider, loaded when first needed, one a language."""

    def __init__(self, spec: str) -> None:
        self._spec = spec
        self._loaded: dict[str, Loaded | EmbkitError] = {}

    def get(self, run: Run, language: Language) -> Loaded:
        """Load once; what failed once fails again with the same words, at once."""
        if language.name not in self._loaded:
            self._loaded[language.name] = _guarded(
                f"provider '{self._spec}'",
                lambda: load(
                    run.registry, self._spec, language, offline=run.offline, progress=run.progress
                ),
            )
        loaded = self._loaded[language.name]
        if isinstance(loaded, EmbkitError):
            raise loaded
        return loaded


def evaluate(
    run: Run, specs: Sequence[str], tasks: Iterable[tuple[Benchmark, Task]]
) -> Iterator[tuple[Path, Result]]:
    """Results one by one, with the path each lies at; a provider is loaded once for all its tasks.

    A cell that fails is a result with the reason and does not stop the others. A result that is in
    the store already is not measured again. What is no EmbkitError (a fault in a plugin) becomes a
    failed result too, unless it is an interrupt.
    """
    return evaluate_all([(run, list(tasks))], specs)


def evaluate_all(
    runs: Sequence[tuple[Run, Sequence[tuple[Benchmark, Task]]]], specs: Sequence[str]
) -> Iterator[tuple[Path, Result]]:
    """`evaluate` of several runs, such as those of several protocols, each with its tasks.

    A provider is loaded once for all of them: its results come first by run, then by task.
    """
    prepared: list[dict[str, _Prepared | EmbkitError]] = [{} for _ in runs]
    for spec in specs:
        embedders = _Embedders(spec)
        for ready, (run, tasks) in zip(prepared, runs, strict=True):
            for benchmark, task in tasks:
                yield _cell_or_reason(run, ready, benchmark, task, spec, embedders)


def _cell_or_reason(
    run: Run,
    prepared: dict[str, _Prepared | EmbkitError],
    benchmark: Benchmark,
    task: Task,
    spec: str,
    embedders: _Embedders,
) -> tuple[Path, Result]:
    """One cell, or a result that says why there is none. prepared: the tasks of the run so far."""
    task_id = f"{benchmark.name}/{task.name}"
    # Two specs may share the readable part of a name; the key tells them apart.
    protocol = () if run.protocol == DEFAULT else (run.protocol,)
    failure = result_key(task_id, spec, *protocol)
    failed = run.store.path(task_id, spec, "failed-" + failure[:9])
    try:
        if task_id not in prepared:
            prepared[task_id] = _guarded(
                f"task '{task_id}'", partial(_prepare, run, benchmark, task)
            )
        ready = prepared[task_id]
        if isinstance(ready, EmbkitError):
            raise ready
        outcome = _guarded(f"provider '{spec}'", partial(_cell, run, ready, spec, embedders))
        if isinstance(outcome, EmbkitError):
            raise outcome
        failed.unlink(missing_ok=True)
        path, result = outcome
        return path, result
    except StorageError:
        raise
    except EmbkitError as error:
        result = _unscored(run, benchmark, task, spec, error, _status(run, error))
        run.store.save(failed, result)
        return failed, result


def _status(run: Run, error: EmbkitError) -> str:
    """What cannot be had offline, or was never offered for this language, is skipped."""
    from embkit.errors import InvalidRequest

    offline = isinstance(error, Unreachable) and (run.offline or is_offline())
    return "skipped" if offline or isinstance(error, InvalidRequest) else "failed"


def _guarded(what: str, work: Callable[[], Any]) -> Any:
    """The value of `work`, or the EmbkitError it raised; a surprise becomes a PluginError."""
    try:
        return work()
    except StorageError:
        raise  # a disk that refuses will refuse the next cell too, and the record of this one
    except EmbkitError as error:
        return error
    except Exception as error:
        if os.environ.get("EMBKIT_DEBUG"):
            raise
        wrapped = PluginError(
            f"{what} failed with {type(error).__name__}: {error} (EMBKIT_DEBUG=1 shows where)"
        )
        wrapped.__cause__ = error
        return wrapped


def _cell(run: Run, ready: _Prepared, spec: str, embedders: _Embedders) -> tuple[Path, Result]:
    run.on_start(ready.id, spec)
    loaded = embedders.get(run, ready.setting.language)
    queries = None
    if ready.task.query_language:
        language = run.registry.language(ready.task.query_language)
        check_language(loaded.provider, language)
        queries = embedders.get(run, language)
    layers = [layer_digest(item.language) for item in (loaded, queries) if item]
    key = result_key(
        ready.id, ready.dataset.digest, ready.evaluator.name, ready.evaluator.version, spec,
        loaded.embedder.fingerprint, queries.embedder.fingerprint if queries else "", layers,
        _protocol(run),
    )  # fmt: skip
    path = run.store.path(ready.id, spec, key)
    done = run.store.find(path)
    if done is not None:
        return path, done
    result, predictions, items = _score(run, ready, spec, loaded, queries)
    run.store.save(path, result, predictions, items)
    return path, result
