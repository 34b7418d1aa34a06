"""Everything the installed plugins offer, found by name."""

from __future__ import annotations

import contextlib
import fnmatch
import importlib.metadata
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from types import ModuleType
from typing import Any, TypeVar

import pluggy

from embkit import hookspecs
from embkit.errors import NotFound, PluginError, suggestion
from embkit.languages import default_language
from embkit.languages.names import NamedLanguage, find_name, known_names, short_tag
from embkit.records import (
    Benchmark,
    Evaluator,
    Language,
    Protocol,
    Provider,
    Reporter,
    Task,
)

__all__ = ["DEFAULT", "Plugin", "Registry", "registry"]

# The protocol that is no record: what every evaluator does by itself.
DEFAULT = "default"
# The language of a benchmark whose tasks are found in many languages; BCP 47 has it for "multiple".
_MANY = "mul"
# In the order in which a list is pleasant to read.
BUILT_IN = (
    "embkit.languages",
    "embkit.providers",
    "embkit.evaluators",
    "embkit.protocols",
    "embkit.benchmarks",
    "embkit.reporters",
)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_RECORDS: Mapping[str, type] = {
    "embkit_providers": Provider,
    "embkit_languages": Language,
    "embkit_benchmarks": Benchmark,
    "embkit_evaluators": Evaluator,
    "embkit_protocols": Protocol,
    "embkit_reporters": Reporter,
}


@dataclass(frozen=True, kw_only=True)
class Plugin:
    """One installed plugin: where it comes from and what it offers, or why it was left out.

    name: of its entry point; distribution, version: of the package that carries it; module: what
    the entry point names; offers: the records of each hook; error: one line when it was left out
    whole, else "".
    """

    name: str
    distribution: str
    version: str
    module: str
    offers: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    error: str = ""


Record = TypeVar("Record")


def _check_record(hook: str, record: Any) -> None:
    """Raise PluginError when a record is not one, or has no usable name."""
    kind = _RECORDS.get(hook)
    if kind is None:  # a command: click checks it
        if not hasattr(record, "name") or not callable(record):
            raise PluginError(f"{hook} yielded {record!r}, expected a click command")
        return
    if not isinstance(record, kind):
        raise PluginError(f"{hook} yielded {type(record).__name__}, expected {kind.__name__}")
    if not _NAME.fullmatch(record.name):  # type: ignore[attr-defined]
        raise PluginError(
            f"{hook} offers the name {record.name!r}; "  # type: ignore[attr-defined]
            "a name is letters, digits, '.', '_' and '-'"
        )
    if kind is Protocol and record.name == DEFAULT:  # type: ignore[attr-defined]
        raise PluginError(f"{hook} offers the name '{DEFAULT}', which is that of no protocol")


def _ask(manager: pluggy.PluginManager, plugin: object) -> dict[str, tuple[Any, ...]]:
    """What one registered plugin offers, hook by hook."""
    offers: dict[str, tuple[Any, ...]] = {}
    for hook in hookspecs.HOOKS:
        caller = getattr(manager.hook, hook)
        for implementation in caller.get_hookimpls():
            if implementation.plugin is plugin:
                records = tuple(implementation.function())
                for record in records:
                    _check_record(hook, record)
                offers[hook] = records
    return offers


def _one_line(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())


class Registry:
    """The plugins of this environment, asked once.

    only: names of entry points or distributions to load, None for all (the built-in ones always
    come). Broken plugins are left out and listed; two plugins that claim one name raise PluginError
    naming both distributions.
    """

    def __init__(self, only: Iterable[str] | None = None) -> None:
        self._manager = pluggy.PluginManager("embkit")
        self._manager.add_hookspecs(hookspecs)
        wanted = None if only is None else set(only)
        plugins = [self._built_in(name) for name in BUILT_IN]
        found = importlib.metadata.entry_points(group="embkit")
        for point in sorted(found, key=lambda item: (item.name, item.value)):
            distribution = point.dist.name if point.dist else ""
            if wanted is None or wanted & {point.name, distribution}:
                plugins.append(self._load(point))
        self.plugins: tuple[Plugin, ...] = tuple(plugins)
        self._offers = {hook: self._collect(hook) for hook in hookspecs.HOOKS}

    def _built_in(self, name: str) -> Plugin:
        module = importlib.import_module(name)
        self._manager.register(module, name)
        return Plugin(
            name=name,
            distribution="embkit",
            version=importlib.metadata.version("embkit"),
            module=name,
            offers=_ask(self._manager, module),
        )

    def _load(self, point: importlib.metadata.EntryPoint) -> Plugin:
        """Load one entry point whole or not at all, whatever it does."""
        about: dict[str, Any] = {
            "name": point.name,
            "distribution": point.dist.name if point.dist else point.module,
            "version": point.dist.version if point.dist else "",
            "module": point.module,
        }
        plugin: ModuleType | None = None
        try:
            # A plugin that prints at import must not spoil `--json`.
            with contextlib.redirect_stdout(sys.stderr):
                plugin = point.load()
                self._manager.register(plugin, f"{about['distribution']}:{point.name}")
                self._manager.check_pending()
                return Plugin(**about, offers=_ask(self._manager, plugin))
        except (Exception, SystemExit) as error:
            if plugin is not None and self._manager.is_registered(plugin):
                self._manager.unregister(plugin)
            return Plugin(**about, error=_one_line(error))

    def _collect(self, hook: str) -> dict[str, tuple[Any, Plugin]]:
        """The records of one hook by name, each with its plugin."""
        offers: dict[str, tuple[Any, Plugin]] = {}
        for plugin in self.plugins:
            for record in plugin.offers.get(hook, ()):
                if record.name in offers:
                    kind = hook.removeprefix("embkit_")[:-1]
                    other = offers[record.name][1]
                    raise PluginError(
                        f"{kind} '{record.name}' is offered by both '{other.distribution}' "
                        f"({other.name}) and '{plugin.distribution}' ({plugin.name}); uninstall "
                        "one, or name the plugins to load in EMBKIT_PLUGINS"
                    )
                offers[record.name] = (record, plugin)
        return offers

    @property
    def left_out(self) -> tuple[Plugin, ...]:
        """The plugins that could not be loaded."""
        return tuple(plugin for plugin in self.plugins if plugin.error)

    def _all(self, hook: str) -> Iterator[Any]:
        return (record for record, _ in self._offers[hook].values())

    def _find(self, hook: str, name: str) -> Any:
        offers = self._offers[hook]
        if name not in offers:
            kind = hook.removeprefix("embkit_")[:-1]
            raise NotFound(
                f"no {kind} is called '{name}'{suggestion(name, offers)}{self._left_out_note()}"
            )
        return offers[name][0]

    def _left_out_note(self) -> str:
        names = ", ".join(plugin.distribution for plugin in self.left_out)
        return (
            f" (left out because they failed to load: {names}; see `embkit plugins`)"
            if names
            else ""
        )

    def origin(self, hook: str, name: str) -> Plugin:
        """The plugin that offers a record; hook as in `embkit_providers`."""
        self._find(hook, name)
        return self._offers[hook][name][1]

    @property
    def providers(self) -> tuple[Provider, ...]:
        """All providers, built-in ones first, then by plugin."""
        return tuple(self._all("embkit_providers"))

    @property
    def languages(self) -> tuple[Language, ...]:
        """The languages that plugins offer; `language` knows every other tag too."""
        return tuple(self._all("embkit_languages"))

    @property
    def benchmarks(self) -> tuple[Benchmark, ...]:
        """All benchmarks."""
        return tuple(self._all("embkit_benchmarks"))

    @property
    def evaluators(self) -> tuple[Evaluator, ...]:
        """All evaluators."""
        return tuple(self._all("embkit_evaluators"))

    @property
    def protocols(self) -> tuple[Protocol, ...]:
        """All protocols beside the default one."""
        return tuple(self._all("embkit_protocols"))

    @property
    def reporters(self) -> tuple[Reporter, ...]:
        """All reporters."""
        return tuple(self._all("embkit_reporters"))

    @property
    def commands(self) -> Mapping[str, Any]:
        """The commands that plugins add, by name."""
        return {command.name: command for command in self._all("embkit_commands")}

    def provider(self, name: str) -> Provider:
        """The provider of that name; raises NotFound with a suggestion."""
        return self._find("embkit_providers", name)  # type: ignore[no-any-return]

    def evaluator(self, name: str, protocol: str = DEFAULT) -> Evaluator:
        """The evaluator of that name, as a protocol has it; raises NotFound with a suggestion.

        Raises InvalidRequest when the protocol says nothing about it.
        """
        found: Evaluator = self._find("embkit_evaluators", name)
        return found if protocol == DEFAULT else self.protocol(protocol).of(found)

    def protocol(self, name: str) -> Protocol:
        """The protocol of that name, not the default; raises NotFound with a suggestion."""
        return self._find("embkit_protocols", name)  # type: ignore[no-any-return]

    def reporter(self, name: str) -> Reporter:
        """The reporter of that name; raises NotFound with a suggestion."""
        return self._find("embkit_reporters", name)  # type: ignore[no-any-return]

    def benchmark(self, name: str) -> Benchmark:
        """The benchmark of that name; raises NotFound with a suggestion."""
        return self._find("embkit_benchmarks", name)  # type: ignore[no-any-return]

    def providers_of(self, plugin: str) -> tuple[Provider, ...]:
        """All providers of a plugin, named by entry point or distribution; empty when none is."""
        return tuple(
            record
            for record, origin in self._offers["embkit_providers"].values()
            if plugin in (origin.name, origin.distribution)
        )

    def language(self, name: str) -> Language:
        """The language of a tag or name: mr, mar, mar-Deva, mr-IN, Marathi, मराठी.

        A tag that no plugin offers gets the default rules. A region is left off, a script that is
        the language's usual one too. Raises NotFound with a suggestion.
        """
        offered = {language.name: language for language in self.languages}
        found = NamedLanguage(name, "", "") if name in offered else find_name(name)
        if found is None:
            match = [lang for lang in offered.values() if lang.summary.split(":")[0] == name]
            if match:
                return match[0]
            raise NotFound(
                f"no language is called '{name}'{suggestion(name.lower(), known_names())}; give a "
                "tag (mr) or a name, English or its own; a tag that CLDR does not name is taken "
                f"with its script (xyz-Latn){self._left_out_note()}"
            )
        if found.tag in offered:
            return offered[found.tag]
        base, _, script = found.tag.partition("-")
        if base in offered and script:
            # The rules of a language hold in its other scripts too.
            return replace(offered[base], name=found.tag, script=script)
        return default_language(found.tag, found.script, found.english)

    def tasks(
        self, pattern: str = "*", *, language: str = "", domain: str = ""
    ) -> list[tuple[Benchmark, Task]]:
        """The tasks whose id (`benchmark/task`) matches a glob, of one language or domain if named.

        Raises NotFound when the pattern names a single task that does not exist.
        """
        chosen = [
            benchmark
            for benchmark in self.benchmarks
            if (
                not language
                or benchmark.language == _MANY
                or short_tag(benchmark.language) == short_tag(language)
            )
            and (not domain or benchmark.domain == domain)
        ]
        found = [
            (benchmark, task)
            for benchmark in chosen
            for task in benchmark.tasks
            if fnmatch.fnmatchcase(f"{benchmark.name}/{task.name}", pattern)
        ]
        if found or any(mark in pattern for mark in "*?["):
            return found
        name, _, rest = pattern.partition("/")
        benchmark = self.benchmark(name)
        if benchmark not in chosen:
            return []
        if not rest:
            return [(benchmark, task) for task in benchmark.tasks]
        task = benchmark.find(rest) if benchmark.find else None
        if task is None:
            ids = {f"{benchmark.name}/{task.name}" for task in benchmark.tasks}
            raise NotFound(f"no task is called '{pattern}'{suggestion(pattern, ids)}")
        if not task.language:
            return [(benchmark, task)]
        if language and short_tag(task.language) != short_tag(language):
            return []
        return [(replace(benchmark, language=task.language), task)]


@cache
def _restricted(only: str | None, path: tuple[str, ...]) -> Registry:
    return Registry(None if only is None else [name for name in only.split(",") if name])


def registry() -> Registry:
    """The registry of this process; EMBKIT_PLUGINS (names, comma separated) restricts it.

    One for each value of EMBKIT_PLUGINS and of `sys.path`: a restriction ends with the variable
    that makes it, and a plugin in a folder is there as long as the folder is on the path.
    """
    return _restricted(os.environ.get("EMBKIT_PLUGINS"), tuple(sys.path))
