"""What a new plugin is called and written for."""

from __future__ import annotations

import importlib.util
import re
import unicodedata
from dataclasses import dataclass

from embkit.errors import InvalidRequest, NotFound
from embkit.languages.names import find_name, own_name
from embkit.records import Language
from embkit.registry import Registry

__all__ = ["KINDS", "NewPlugin", "new_plugin"]

KINDS = ("language", "domain", "provider", "evaluator")
_PLAIN = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
# What names of one kind must be distinct from, and how a kind names what it offers.
_OFFERS = {
    "language": [("embkit_benchmarks", "")],
    "domain": [("embkit_benchmarks", "")],
    "provider": [("embkit_providers", "")],
    "evaluator": [("embkit_evaluators", ""), ("embkit_benchmarks", "-words")],
}


@dataclass(frozen=True, kw_only=True)
class NewPlugin:
    """What a package is written for.

    name: of the plugin, its entry point and what it offers. language: of the data, or that the
    provider covers. english, own_name: of that language. offered: some installed plugin, or embkit
    itself, says how it is read, so this one does not.
    """

    kind: str
    name: str
    language: Language
    english: str
    own_name: str
    offered: bool
    any_language: bool

    @property
    def distribution(self) -> str:
        """The name it is installed by."""
        return f"embkit-{self.name}"

    @property
    def module(self) -> str:
        """The name it is imported by."""
        return self.distribution.replace("-", "_")

    @property
    def trial(self) -> str:
        """The options of `embkit eval` that show what was written."""
        if self.kind == "provider":
            # The smoke set comes with embkit; of other languages a benchmark must be installed.
            tasks = "--benchmark smoke-mr" if self.any_language else f"--lang {self.language.name}"
            return f"{tasks} --plugin {self.name} --plugin ngrams"
        return f"--benchmark {self.name}{'-words' if self.kind == 'evaluator' else ''}"


def _slug(text: str) -> str:
    """`Norwegian Bokmål` as a name to type: norwegian-bokmal."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "-".join(re.findall("[a-z0-9]+", plain.lower()))


def new_plugin(plugins: Registry, kind: str, typed: str, language: str | None = None) -> NewPlugin:
    """What to write for a kind and a name as they were typed.

    typed: of a language its tag or name in any spelling, or a name of the author's own beside
    `language`. Raises NotFound for a language that is not known, and InvalidRequest for a name that
    is no name or that an installed plugin has.
    """
    if kind == "evaluator" and language:
        raise InvalidRequest("an evaluator is for every language; leave --lang out")
    chosen = _language(plugins, kind, typed, language)
    named = find_name(chosen.name)
    english = named.english if named else chosen.name
    name = typed.strip().removeprefix("embkit-").lower()
    if kind == "language" and language is None:
        name = _slug(english)
    if not _PLAIN.fullmatch(name):
        near = _slug(typed)
        hint = f" as in '{near}'" if _PLAIN.fullmatch(near) else " as in 'railway-terms'"
        remedy = ", or name the plugin yourself and its language by --lang" * (kind == "language")
        raise InvalidRequest(
            f"'{typed}' cannot name a package: take small letters a to z, digits and single "
            f"dashes,{hint}{remedy}"
        )
    plugin = NewPlugin(
        kind=kind,
        name=name,
        language=chosen,
        english=english,
        own_name=own_name(chosen.name) or english,
        offered=any(offered.name == chosen.name.split("-")[0] for offered in plugins.languages),
        any_language=language is None,
    )
    _check_free(plugins, plugin)
    return plugin


def _language(plugins: Registry, kind: str, typed: str, language: str | None) -> Language:
    if language is not None:
        return plugins.language(language)
    if kind != "language":
        return plugins.language("en")
    try:
        return plugins.language(typed)
    except NotFound as error:
        raise NotFound(f"{error}; a plugin of another name takes its language by --lang") from None


def _check_free(plugins: Registry, plugin: NewPlugin) -> None:
    """Raise InvalidRequest for a name that would clash when the plugin is installed."""
    remedy = f"choose another name, as in 'embkit new {plugin.kind} my-{plugin.name}"
    remedy += f" --lang {plugin.language.name}'" if plugin.kind == "language" else "'"
    for hook, ending in _OFFERS[plugin.kind]:
        name = plugin.name + ending
        try:
            origin = plugins.origin(hook, name)
        except NotFound:
            continue
        what = hook.removeprefix("embkit_")[:-1]
        raise InvalidRequest(
            f"{what} '{name}' is offered by '{origin.distribution}' already; {remedy}"
        )
    if importlib.util.find_spec(plugin.module):
        raise InvalidRequest(f"a module '{plugin.module}' is installed already; {remedy}")
