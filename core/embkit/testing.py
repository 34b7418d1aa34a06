"""What a plugin's author runs in a test: the promises of every record, checked one by one.

from embkit.testing import check_plugin

def test_the_plugin_keeps_its_promises():
    assert "provider letters: embeds" in check_plugin("embkit_letters")

A plugin that is not installed is there in `with local_plugin(folder):`.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import FrozenInstanceError, fields, replace
from types import ModuleType
from typing import Any

import numpy as np

from embkit import hookspecs
from embkit.datasets import Dataset
from embkit.embedding import load
from embkit.errors import EmbkitError, PluginError
from embkit.evaluate import is_here, load_dataset
from embkit.local import local_plugin
from embkit.records import (
    Benchmark,
    ComposingEmbedder,
    Embedder,
    Evaluator,
    Language,
    Protocol,
    Provider,
    QueryEmbedder,
    RankingEmbedder,
    Reporter,
    Setting,
    Task,
    TokenEmbedder,
)
from embkit.registry import Registry, registry
from embkit.results import Results
from embkit.text import layer_digest
from embkit.vectors import Vectors

__all__ = [
    "check_embedder",
    "check_evaluator",
    "check_language",
    "check_plugin",
    "checks",
    "local_plugin",
]

_TEXTS = (
    "one two three", "one", "", " ", "İstanbul'da ısı", "मराठी भाषा", "中文", "🚀", "a\u0301\u200d",
    "\ud800", "x" * 5000, "one two three",
)  # fmt: skip
# Importing these takes seconds; a plugin is imported each time embkit starts.
_HEAVY = ("torch", "transformers", "sklearn", "scipy", "pandas", "gensim", "fasttext", "tensorflow")


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise PluginError(what)


def check_language(language: Language) -> list[str]:
    """Check one language; returns what was checked, raises PluginError for what does not hold."""
    name = f"language {language.name}"
    for text in _TEXTS:
        normal = language.normalize(text)
        _require(language.normalize(normal) == normal, f"{name}: normalize twice differs: {text!r}")
        words = language.tokenize(normal)
        _require(
            isinstance(words, list) and all(isinstance(w, str) and w.strip() for w in words),
            f"{name}: tokenize must return a list of words that are not blank, got {words!r}",
        )
        _require(
            isinstance(language.fold(normal), str), f"{name}: fold must return a text for {text!r}"
        )
    _require(len(layer_digest(language)) == 64, f"{name}: has no digest")
    checked = [f"{name}: normalises, tokenises, folds"]
    if language.lex:
        tokens = [token for text in _TEXTS for token in language.lex(language.normalize(text))]
        blank = [token for token in tokens if token.split() != [token]]
        _require(not blank, f"{name}: a token of lex has white space or nothing else: {blank[:1]}")
        checked.append(f"{name}: lexes")
    if language.space_separates:
        _check_spaces(language, name)
        checked.append(f"{name}: spaces separate")
    return checked


def _check_spaces(language: Language, name: str) -> None:
    """Hold a language to what it says of spaces, on every two texts side by side."""
    parts = [*_TEXTS, "'s ", "\u0301a", "\u200db", "Σ", "ΑΣ", "3", ".5"]
    for first in parts:
        for second in parts:
            texts = (first, second)
            normal = language.normalize(f"{first} {second}")
            whole = [normal, language.fold(normal), *language.tokenize(normal)]
            alone = [language.normalize(text) for text in texts]
            apart = [" ".join(alone), " ".join(map(language.fold, alone))]
            for text in alone:
                apart += language.tokenize(text)
            _require(
                whole == apart,
                f"{name}: says that spaces separate, but {normal!r} is not its parts: take "
                f"space_separates away or mend what looks across the space",
            )


def check_embedder(embedder: Embedder, name: str = "embedder") -> list[str]:
    """Check a loaded embedder; returns what was checked, raises PluginError otherwise.

    Checked: shape, type, the empty list, odd texts, that a row depends on its text alone (not on
    order or batch), and that the same call gives the same rows; words in context alike. Of ranks
    their shape, of a vocabulary without composed vectors that it is told apart and adds nothing.
    """
    calls = {"embeds": embedder.embed}
    if isinstance(embedder, QueryEmbedder):
        calls["embeds queries"] = embedder.embed_queries
    checked = []
    for what, call in calls.items():
        rows = call(list(_TEXTS))
        _require(
            isinstance(rows, np.ndarray) and rows.dtype == np.float32,
            f"{name}: expected a float32 array, got {getattr(rows, 'dtype', type(rows).__name__)}",
        )
        shape = (len(_TEXTS), embedder.dim)
        _require(rows.shape == shape, f"{name}: expected shape {shape}, got {rows.shape}")
        empty = call([])
        _require(
            empty.shape == (0, embedder.dim),
            f"{name}: no texts must give shape (0, {embedder.dim}), got {empty.shape}",
        )
        _require(
            np.array_equal(call(list(_TEXTS)), rows, equal_nan=True),
            f"{name}: differs when asked again",
        )
        backwards = call(list(reversed(_TEXTS)))[::-1]
        alone = np.concatenate([call([text]) for text in _TEXTS])
        for other, how in ((backwards, "order"), (alone, "batch")):
            _require(
                np.allclose(other, rows, rtol=1e-4, atol=1e-5, equal_nan=True),
                f"{name}: the row of a text depends on its {how}",
            )
        partly = np.isnan(rows).any(axis=1) & ~np.isnan(rows).all(axis=1)
        _require(not partly.any(), f"{name}: a row is partly NaN; no vector is a row of NaN")
        checked.append(f"{name}: {what}")
    if isinstance(embedder, TokenEmbedder):
        checked.append(_check_tokens(embedder, embedder.dim, name))
    if isinstance(embedder, RankingEmbedder):
        checked.append(_check_ranks(embedder, name))
    if isinstance(embedder, ComposingEmbedder) and embedder.vocabulary_alone is not None:
        checked.append(_check_alone(embedder, embedder.vocabulary_alone, name))
    _require(
        isinstance(embedder.fingerprint, str) and len(embedder.fingerprint) >= 8,
        f"{name}: fingerprint must be a digest over weights, options and text layer",
    )
    return [*checked, f"{name}: has a fingerprint"]


def _check_tokens(embedder: TokenEmbedder, dim: int, name: str) -> str:
    sentences = [_TEXTS[1:2], _TEXTS[4:7], (*_TEXTS[5:], *_TEXTS[:2])]
    arrays = embedder.embed_tokens(sentences)
    shapes = [(len(sentence), dim) for sentence in sentences]
    _require(
        [rows.shape for rows in arrays] == shapes and all(r.dtype == np.float32 for r in arrays),
        f"{name}: embed_tokens must give float32 arrays of shape {shapes} for these sentences",
    )
    for sentence, rows in zip(sentences, arrays, strict=True):
        (alone,) = embedder.embed_tokens([sentence])
        _require(
            np.allclose(alone, rows, rtol=1e-4, atol=1e-5, equal_nan=True),
            f"{name}: what a sentence gets depends on its batch",
        )
    return f"{name}: embeds words in context"


def _check_ranks(embedder: RankingEmbedder, name: str) -> str:
    ranks = embedder.ranks(list(_TEXTS))
    _require(
        isinstance(ranks, np.ndarray) and ranks.dtype == np.int64 and len(ranks) == len(_TEXTS),
        f"{name}: ranks must be an int64 array of shape ({len(_TEXTS)},) for {len(_TEXTS)} texts",
    )
    _require(bool((ranks >= 0).all()), f"{name}: a rank is below 0; 0 is for none")
    return f"{name}: ranks words"


def _check_alone(embedder: Embedder, alone: Embedder, name: str) -> str:
    _require(
        alone.fingerprint != embedder.fingerprint,
        f"{name}: vocabulary_alone has its fingerprint, and would get its stored vectors",
    )
    whole, rows = embedder.embed(list(_TEXTS)), alone.embed(list(_TEXTS))
    _require(
        rows.shape == whole.shape and not (np.isnan(whole) & ~np.isnan(rows)).any(),
        f"{name}: vocabulary_alone must give rows as long, and none where it gives none itself",
    )
    return f"{name}: has a vocabulary without composed vectors"


def _check_provider(plugins: Registry, provider: Provider, spec: str) -> list[str]:
    name = f"provider {provider.name}"
    tag = provider.languages[0] if provider.languages else "en"
    language = plugins.language(tag)
    first = load(plugins, spec, language, offline=True).embedder
    second = load(plugins, spec, language, offline=True).embedder
    _require(first.fingerprint == second.fingerprint, f"{name}: loading twice, two fingerprints")
    return check_embedder(first, name)


def _check_dataset(task_id: str, dataset: Any, evaluator: Evaluator) -> None:
    _require(isinstance(dataset, Dataset), f"task {task_id}: load must return a Dataset")
    _require(
        isinstance(dataset, evaluator.accepts),
        f"task {task_id}: evaluator '{evaluator.name}' takes {evaluator.accepts.__name__}, "
        f"got {type(dataset).__name__}",
    )
    texts = [*dataset.needed, *dataset.needed_queries]
    _require(all(isinstance(text, str) for text in texts), f"task {task_id}: a text is no str")


def _check_task(plugins: Registry, benchmark: Benchmark, task: Task) -> list[str]:
    task_id = f"{benchmark.name}/{task.name}"
    evaluator = plugins.evaluator(task.evaluator)
    for file in task.needs:
        _require(bool(file.urls), f"task {task_id}: file '{file.name}' has no address")
        _require(
            file.sha256 == "" or len(file.sha256) == 64,
            f"task {task_id}: the sha256 of '{file.name}' is not 64 hexadecimal digits",
        )
    if not is_here(task):
        return [f"task {task_id}: declares its files (not here, so not loaded)"]
    dataset, again = load_dataset(task, offline=True), load_dataset(task, offline=True)
    _check_dataset(task_id, dataset, evaluator)
    _require(dataset.digest == again.digest, f"task {task_id}: loading twice gives two datasets")
    few = dataset.head(5)
    _require(0 < few.items <= 5, f"task {task_id}: head(5) has {few.items} items")
    return [f"task {task_id}: loads {dataset.items} items"]


def check_evaluator(evaluator: Evaluator, dataset: Dataset, setting: Setting) -> list[str]:
    """Check an evaluator on a dataset of its shape; returns what was checked.

    Checked: one row an item, a measured main score, floors, the same scores each time and in any
    order of the vectors, and what becomes of an embedder that knows nothing.
    """
    name = f"evaluator {evaluator.name}"
    texts = list(dict.fromkeys((*dataset.needed, *dataset.needed_queries)))
    rows = np.random.default_rng(0).normal(size=(len(texts), 8)).astype(np.float32)

    def scores(vectors: Vectors) -> Mapping[str, float]:
        predictions = evaluator.predict(dataset, vectors, setting)
        _require(
            len(predictions) == dataset.items,
            f"{name}: {len(predictions)} rows for {dataset.items} items",
        )
        measured = evaluator.measure(predictions)
        _require(evaluator.metric in measured, f"{name}: measures no '{evaluator.metric}'")
        numbers = all(isinstance(value, float) and value == value for value in measured.values())
        _require(numbers, f"{name}: a score is no number: {dict(measured)}")
        return measured

    known = scores(Vectors(texts, rows))
    _require(scores(Vectors(texts, rows)) == known, f"{name}: scores differ when asked again")
    shuffled = scores(Vectors(texts[::-1], rows[::-1]))
    _require(shuffled == known, f"{name}: scores depend on the order of the vectors")
    nothing = evaluator.predict(dataset, Vectors(texts, np.full_like(rows, np.nan)), setting)
    _require(not nothing.known.any(), f"{name}: says that texts without vectors are known")
    for floor_name, floor in evaluator.floors.items():
        floored = floor(dataset, setting)
        _require(len(floored) == dataset.items, f"{name}: floor '{floor_name}' lacks rows")
        evaluator.measure(floored)
    return [f"{name}: predicts and measures", f"{name}: {len(evaluator.floors)} floors"]


def _check_offered_evaluator(plugins: Registry, evaluator: Evaluator) -> list[str]:
    """Check an evaluator on the first task here that uses it."""
    found = _task_here(plugins, evaluator)
    if found is None:
        return [f"evaluator {evaluator.name}: offered (no task here uses it, so not run)"]
    return check_evaluator(evaluator, *found)


def _task_here(plugins: Registry, evaluator: Evaluator) -> tuple[Dataset, Setting] | None:
    """Fifty items of the first task here that an evaluator scores, with a few to learn from."""
    for benchmark, task in plugins.tasks():
        if task.evaluator == evaluator.name and is_here(task):
            setting = Setting(language=plugins.language(benchmark.language), task="check/task")
            return _fewer(load_dataset(task, limit=50, offline=True), 24), setting
    return None


def _fewer(dataset: Dataset, count: int) -> Dataset:
    """The dataset with so many rows of train and of validation, drawn: what is learnt is no matter.

    A dataset whose columns of a split differ in length stays as it is.
    """
    kept: dict[str, Any] = {}
    for split in ("train_", "valid_"):
        names = [item.name for item in fields(dataset) if item.name.startswith(split)]
        columns = {name: getattr(dataset, name) for name in names}
        sizes = {len(column) for column in columns.values()}
        if len(sizes) == 1 and (size := sizes.pop()) > count:
            rows = np.sort(np.random.default_rng(0).choice(size, count, replace=False)).tolist()
            kept |= {name: [column[i] for i in rows] for name, column in columns.items()}
    return replace(dataset, **kept)


def _check_protocol(plugins: Registry, protocol: Protocol) -> list[str]:
    """Check each variant as the evaluator it makes, on the first task here that uses it."""
    checked = []
    options = {option.name: option.default for option in protocol.options}
    for name, variant in protocol.variants.items():
        about = f"protocol {protocol.name} of {name}"
        _require(bool(variant.summary), f"{about}: does not say how it differs")
        found = _task_here(plugins, plugins.evaluator(name))
        if found is None:
            checked.append(f"{about}: offered (no task here, so not run)")
            continue
        dataset, setting = found
        if variant.prepare:
            items = variant.prepare(dataset, ()).items
            words = [word for text in dataset.needed for word in text.split(" ")]
            inside = variant.prepare(dataset, list(dict.fromkeys(words))).items
            _require(inside == items, f"{about}: words decide about what is scored")
            dataset = variant.prepare(dataset, ()).head(50)
        check_evaluator(
            protocol.of(plugins.evaluator(name)), dataset, replace(setting, options=options)
        )
        checked.append(f"{about}: predicts and measures")
    return checked


def _check_frozen(record: Any) -> None:
    _require(bool(getattr(record, "summary", "x")), f"'{record.name}' has no summary")
    try:
        record.name = record.name
    except (FrozenInstanceError, AttributeError):
        return
    raise PluginError(f"'{record.name}' can be changed after it was made")


def _check_imports(module: str) -> list[str]:
    """A plugin's hooks must not import what takes seconds, nor print."""
    code = (
        "import sys, importlib\n"
        f"module = importlib.import_module({module!r})\n"
        f"[list(getattr(module, h)()) for h in {hookspecs.HOOKS!r} if hasattr(module, h)]\n"
        f"print(*[name for name in {_HEAVY!r} if name in sys.modules], end='')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    last = (done.stderr.strip().splitlines() or ["without a word"])[-1]
    _require(done.returncode == 0, f"{module}: hooks fail: {last}")
    _require(
        not done.stdout,
        f"{module}: importing it and asking its hooks imports or prints {done.stdout}",
    )
    return [f"{module}: hooks are cheap and silent"]


def _records(module: ModuleType) -> Iterator[tuple[str, Sequence[Any]]]:
    for hook in hookspecs.HOOKS:
        if hasattr(module, hook):
            yield hook, tuple(getattr(module, hook)())


def checks(module: str, *, specs: Sequence[str] = (), every_task: bool = False) -> Iterator[str]:
    """What `check_plugin` checks, each yielded when it was found to hold."""
    plugins = registry()
    broken = [plugin for plugin in plugins.left_out if plugin.module == module]
    _require(not broken, "; ".join(f"{plugin.name}: {plugin.error}" for plugin in broken))
    yield from _check_imports(module)
    for hook, records in _records(importlib.import_module(module)):
        for record in records:
            if hook != "embkit_commands":
                _check_frozen(record)
            plugins.origin(hook, record.name)
            try:
                yield from _check_record(plugins, hook, record, specs, every_task)
            except Exception as error:
                error.add_note(f"{hook.removeprefix('embkit_')[:-1]} {record.name}")
                raise


def _check_record(
    plugins: Registry, hook: str, record: Any, specs: Sequence[str], every_task: bool
) -> Iterator[str]:
    if isinstance(record, Language):
        yield from check_language(record)
    elif isinstance(record, Benchmark):
        for task in record.tasks if every_task else record.tasks[:3]:
            yield from _check_task(plugins, record, task)
    elif isinstance(record, Reporter):
        _require(
            isinstance(record.render(Results([])), str),
            f"reporter {record.name}: render must return a text",
        )
        yield f"reporter {record.name}: renders nothing without an error"
    elif isinstance(record, Provider):
        yield from _check_offered_provider(plugins, record, specs)
    elif isinstance(record, Evaluator):
        yield from _check_offered_evaluator(plugins, record)
    elif isinstance(record, Protocol):
        yield from _check_protocol(plugins, record)
    else:
        yield f"{hook.removeprefix('embkit_')[:-1]} {record.name}: offered"


def _check_offered_provider(
    plugins: Registry, provider: Provider, specs: Sequence[str]
) -> Iterator[str]:
    """Check a provider by each of the specs that name it, or by its name alone."""
    named = [spec for spec in specs if spec.split(":")[0].split("?")[0] == provider.name]
    if provider.argument and not named:
        yield f"provider {provider.name}: needs an argument, not loaded"
        return
    for spec in named or [provider.name]:
        try:
            yield from _check_provider(plugins, provider, spec)
        except EmbkitError as error:
            if not (provider.needs or provider.connects) or error.exit_code != 69:
                raise
            yield f"provider {provider.name}: its files are not here, not loaded"


def check_plugin(module: str, *, specs: Sequence[str] = (), every_task: bool = False) -> list[str]:
    """Check an installed plugin by its module's name; returns a line for each thing checked.

    specs: a spec for each provider that cannot be loaded by its name alone (it needs an argument);
    providers that need files that are not here are left out, and so do tasks. every_task: load all
    tasks, not the first three of each benchmark.
    Raises PluginError for the first promise that does not hold. Compare the returned list in a
    test: a check that quietly stops running is then noticed. `embkit check` prints the same.
    """
    return list(checks(module, specs=specs, every_task=every_task))
