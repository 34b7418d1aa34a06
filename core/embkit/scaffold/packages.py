"""The files of a new plugin, out of the templates beside this module."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from string import Template

from embkit.scaffold.naming import NewPlugin

__all__ = ["package_files"]

_TEMPLATE = ".tmpl"


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
    needs = [_this_embkit()]
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


def _this_embkit() -> str:
    """This version or a later one that keeps its promises: `embkit>=0.1,<0.2`."""
    major, minor = importlib.metadata.version("embkit").split(".")[:2]
    return f"embkit>={major}.{minor},<{major}.{int(minor) + 1}"
