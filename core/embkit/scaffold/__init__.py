"""The packages that `embkit new` writes: a whole plugin that passes its own tests as written."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from string import Template

from embkit.errors import InvalidRequest, NotFound
from embkit.languages.names import find_name, own_name
from embkit.records import Language
from embkit.registry import Registry

__all__ = ["KINDS", "NewPlugin", "new_plugin", "package_files"]

KINDS = ("language", "domain", "provider", "evaluator")
_PLAIN = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
# What names of one kind must be distinct from, and how a kind names what it offers.
_OFFERS = {
    "language": [("embkit_benchmarks", "")],
    "domain": [("embkit_benchmarks", "")],
    "provider": [("embkit_providers", "")],
    "evaluator": [("embkit_evaluators", ""), ("embkit_benchmarks", "-words")],
}
_TEMPLATE = ".tmpl"


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


def package_files(plugin: NewPlugin) -> dict[str, str]:
    """Path within the package, with slashes, and content of each file."""
    values = _values(plugin)
    places = {
        "test.yml": ".github/workflows/test.yml",
        "module.py": f"{plugin.module}/__init__.py",
        "test.py": f"tests/test_{plugin.module}.py",
    }
    written = {}
    for name, text in _templates(plugin.kind):
        plain = name.removesuffix(_TEMPLATE)
        inside = f"{plugin.module}/{plain}" if plain.endswith((".py", ".tsv")) else plain
        content = Template(text).substitute(values) if name.endswith(_TEMPLATE) else text
        written[places.get(plain, inside)] = content
    return dict(sorted(written.items()))


def _templates(kind: str) -> Iterator[tuple[str, str]]:
    """Name and text of the files that every package has and of those of this kind.

    Templates end in `.tmpl`, so that no tool takes them for code; the rest is copied.
    """
    for folder in ("all", kind):
        for file in files(__package__).joinpath("templates", folder).iterdir():
            if file.name != "record.py.tmpl":
                yield file.name, file.read_text(encoding="utf-8")


def _values(plugin: NewPlugin) -> Mapping[str, str]:
    """What stands in the templates for each name."""
    tag, english, title = plugin.language.name, plugin.english, plugin.name.replace("-", " ")
    title = title[0].upper() + title[1:]
    summaries = {
        "language": f"{english} for embkit: a benchmark of word groups and topics.",
        "domain": f"{title} for embkit: a benchmark of terms, their definitions and their groups.",
        "provider": f"{title} for embkit: a provider of vectors.",
        "evaluator": f"{title} for embkit: an evaluator.",
    }
    has_data = plugin.kind != "provider"
    needs = [_requirement("embkit")]
    if plugin.kind in ("provider", "evaluator"):
        needs.append("numpy>=2,<3")
    values = {
        "name": plugin.name,
        "module": plugin.module,
        "title": title,
        "english": english,
        "tag": tag,
        "trial": plugin.trial,
        "summary": summaries[plugin.kind],
        "keyword": english if plugin.kind == "language" else plugin.name,
        "licence": "Apache-2.0 AND CC0-1.0" if has_data else "Apache-2.0",
        "dependencies": ", ".join(f'"{need}"' for need in needs),
        "languages": "" if plugin.any_language else f'"{tag}",',
    }
    return {**values, **_language_values(plugin, values)} if plugin.kind == "language" else values


def _language_values(plugin: NewPlugin, values: Mapping[str, str]) -> Mapping[str, str]:
    """The parts of a language's package that depend on whether it says how the language is read."""
    language, own = plugin.language, plugin.language.normalize(plugin.own_name)
    names = ["Benchmark", "Groups", "InvalidData", "Labelled", "Task", "hookimpl"]
    fold = language.fold.__name__
    record = checks = text_imports = ""
    if not plugin.offered:
        names.insert(4, "Language")
        template = files(__package__).joinpath("templates/language/record.py.tmpl")
        record = Template(template.read_text(encoding="utf-8")).substitute(
            values, fold=fold, script=language.script
        )
        about = f"language {language.name}"
        lines = [f"{about}: normalises, tokenises, folds", f"{about}: spaces separate"]
        checks = "".join(f'\n        "{line}",' for line in lines)
        text_imports = f"from embkit.text import clean, {fold}, words\n"
    return {
        "imports": ", ".join(names),
        "text_imports": text_imports,
        "record": record,
        "reads": "" if plugin.offered else "how its text is read, and ",
        "language_checks": checks,
        "autonym": json.dumps(own, ensure_ascii=False),
        "autonym_words": json.dumps(language.tokenize(own), ensure_ascii=False),
    }


def _requirement(distribution: str) -> str:
    """This version or a later one that keeps its promises: `embkit>=0.1,<0.2`."""
    major, minor = importlib.metadata.version(distribution).split(".")[:2]
    return f"{distribution}>={major}.{minor},<{major}.{int(minor) + 1}"
