"""`embkit list`, `info` and `plugins`: what there is."""

from __future__ import annotations

import json
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from embkit.cli import completion
from embkit.cli.choose import shown_language, size, warn_left_out
from embkit.errors import NotFound, suggestion
from embkit.languages.names import short_tag

if TYPE_CHECKING:
    from embkit.records import Option, Protocol
    from embkit.registry import Registry

__all__ = ["info_command", "list_command", "offers", "plugins_command"]

KINDS = (
    "providers", "languages", "benchmarks", "tasks", "evaluators", "protocols", "reporters",
    "plugins",
)  # fmt: skip
Row = tuple[str, str, str]


def _rows(plugins: Registry, kind: str, language: str) -> list[Row]:
    """Name, detail and summary of each record of a kind."""

    def fits(tags: Iterable[str]) -> bool:
        known = {short_tag(tag) for tag in tags}
        return not language or not known or language in known

    if kind == "providers":
        return [
            (p.name, ", ".join(p.languages) or "any language", p.summary)
            for p in plugins.providers
            if fits(p.languages)
        ]
    if kind == "languages" and language:
        only = plugins.language(language)
        return [(only.name, only.script, only.summary)]
    if kind == "languages":
        return [(lang.name, lang.script, lang.summary) for lang in plugins.languages] + [
            ("…", "", "every other BCP 47 tag, by Unicode's rules")
        ]
    if kind == "benchmarks":
        return [
            (b.name, b.language, f"{b.summary} ({_count(len(b.tasks), 'task')})")
            for b in plugins.benchmarks
            if fits([b.language])
        ]
    if kind == "tasks":
        return [
            (
                f"{b.name}/{t.name}",
                t.evaluator,
                t.summary + (f" (download: {size(t.needs)})" if t.needs else ""),
            )
            for b, t in plugins.tasks(language=language)
        ]
    if kind == "evaluators":
        return [(e.name, f"{e.family}, {e.metric}", e.summary) for e in plugins.evaluators]
    if kind == "protocols":
        return [(p.name, ", ".join(p.variants), p.summary) for p in plugins.protocols]
    if kind == "reporters":
        return [(r.name, "", r.summary) for r in plugins.reporters]
    built_in = [p for p in plugins.plugins if p.distribution == "embkit"]
    own = {hook: records for plugin in built_in for hook, records in plugin.offers.items()}
    rows = [("embkit", built_in[0].version, offers(own))]
    for plugin in plugins.plugins:
        if plugin not in built_in:
            what = f"left out: {plugin.error}" if plugin.error else offers(plugin.offers)
            rows.append((plugin.distribution, plugin.version, what))
    return rows


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def offers(by_hook: Mapping[str, Sequence[Any]]) -> str:
    """How many records of each kind a plugin offers, in words."""
    counts = {hook.removeprefix("embkit_"): len(records) for hook, records in by_hook.items()}
    named = [_count(number, kind[:-1]) for kind, number in counts.items() if number]
    return ", ".join(named) or "nothing"


def _folded(rows: Sequence[Row]) -> list[Row]:
    """Families of benchmarks, one a language, as one row each."""
    families: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        base, _, tail = row[0].rpartition("-")
        families[base if base and tail == row[1] else row[0]].append(row)
    short: list[Row] = []
    for base, members in families.items():
        if len(members) < 5:
            short += members
        else:
            short.append(
                (
                    f"{base}-LANGUAGE",
                    f"{len(members)} languages",
                    f"as {members[0][0]}: {members[0][2]}",
                )
            )
    return short


def _print(rows: Sequence[Row]) -> None:
    """Columns as wide as they must be; the last one runs on."""
    if not rows:
        click.echo("  nothing")
    widths = [max(len(row[i]) for row in rows) for i in range(2)] if rows else [0, 0]
    for name, detail, summary in rows:
        line = f"  {name:<{widths[0]}}  {detail:<{widths[1]}}  {summary}" if widths[1] else (
            f"  {name:<{widths[0]}}  {summary}"
        )  # fmt: skip
        click.echo(line.rstrip())


@click.command("list")
@click.argument("kind", required=False, type=click.Choice(KINDS))
@click.option("--lang", metavar="LANGUAGE", help="Only what is for this language.",
              shell_complete=completion.languages)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_command(kind: str | None, lang: str | None, as_json: bool) -> None:
    """List providers, languages, benchmarks, tasks, evaluators, protocols, reporters or plugins."""
    from embkit.registry import registry

    plugins = registry()
    warn_left_out(plugins)
    language = shown_language(plugins, lang)
    # Without a language there are thousands of tasks: the benchmarks stand for them.
    kinds = (kind,) if kind else tuple(k for k in KINDS if k != "tasks" or language)
    found = {name: _rows(plugins, name, language) for name in kinds}
    if as_json:
        keys = ("name", "detail", "summary")
        content = {
            name: [dict(zip(keys, row, strict=True)) for row in rows]
            for name, rows in found.items()
        }
        click.echo(json.dumps(content, ensure_ascii=False, indent=1))
        return
    for name, rows in found.items():
        if not kind:
            click.echo(click.style(name, bold=True))
        _print(_folded(rows) if name == "benchmarks" and not language else rows)


@click.command("plugins")
def plugins_command() -> None:
    """List the installed plugins, what they offer, and why one was left out."""
    from embkit.registry import registry

    _print(_rows(registry(), "plugins", ""))


def _option(option: Option) -> str:
    """What an option is for, and how its values are typed."""
    notes = []
    if option.default not in ("", None):
        typed = str(option.default)
        notes.append(f"default {typed.lower() if option.type is bool else typed}")
    if option.choices:
        notes.append(f"one of {', '.join(map(str, option.choices))}")
    return f"{option.help} ({', '.join(notes)})" if notes else option.help


def _described(record: Any) -> list[tuple[str, str]]:
    """Field and value of a record, as far as a person reads it."""
    lines: list[tuple[str, str]] = []
    for name, value in vars(record).items():
        if (
            callable(value)
            or name in ("tasks", "needs", "options", "find", "variants")
            or value in ("", (), [], None)
        ):
            continue
        if isinstance(value, type):
            value = value.__name__
        elif not isinstance(value, str):
            value = ", ".join(map(str, value)) if isinstance(value, Iterable) else str(value)
        lines.append((name, value))
    for option in getattr(record, "options", ()):
        lines.append((f"?{option.name}=", _option(option)))
    for file in (
        getattr(record, "needs", None) or () if not callable(getattr(record, "needs", None)) else ()
    ):
        digest = f"sha256 {file.sha256}" if file.sha256 else "digest learnt on the first download"
        lines.append(("file", f"{file.urls[0]} ({size([file])}, {digest})"))
    for task in getattr(record, "tasks", ()):
        lines.append(("task", f"{record.name}/{task.name}: {task.summary}"))
    return lines


def _differences(plugins: Registry, protocol: Protocol) -> list[tuple[str, str]]:
    """Evaluator by evaluator, how a protocol differs from what the evaluator does by itself."""
    lines = []
    evaluators = {evaluator.name: evaluator for evaluator in plugins.evaluators}
    for name, variant in protocol.variants.items():
        lines += [(name, line) for line in variant.summary.splitlines()]
        usual = evaluators.get(name)
        if usual is None:
            lines.append((name, "No installed plugin offers this evaluator"))
            continue
        if variant.metric not in ("", usual.metric):
            lines.append((name, f"Main score: {variant.metric}, not {usual.metric}"))
        if variant.floors is not None and list(variant.floors) != list(usual.floors):
            own, theirs = (", ".join(floors) or "none" for floors in (variant.floors, usual.floors))
            lines.append((name, f"Floors: {own}, not {theirs}"))
    return lines


def _find(plugins: Registry, name: str) -> list[tuple[str, Any]]:
    """Every record with this name, with its kind."""
    if "/" in name:
        return [(f"task {benchmark.name}/", task) for benchmark, task in plugins.tasks(name)]
    kinds: dict[str, Sequence[Any]] = {
        "provider": plugins.providers,
        "benchmark": plugins.benchmarks,
        "evaluator": plugins.evaluators,
        "protocol": plugins.protocols,
        "reporter": plugins.reporters,
    }
    found = [
        (kind, record) for kind, all_ in kinds.items() for record in all_ if record.name == name
    ]
    if found:
        return found
    names = {record.name for records in kinds.values() for record in records}
    try:
        return [("language", plugins.language(name))]
    except NotFound:
        raise NotFound(f"nothing is called '{name}'{suggestion(name, names)}") from None


def _wrapped(head: str, value: str) -> str:
    """A field and its value, in lines below each other; what has no space stays whole."""
    return textwrap.fill(
        value, 100, initial_indent=head, subsequent_indent=" " * len(head),
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


@click.command("info")
@click.argument("name", shell_complete=completion.names)
def info_command(name: str) -> None:
    """Show everything about a provider, benchmark, task, evaluator, protocol or language.

    Of a protocol it says, line by line, how it differs from the default.
    """
    from embkit.registry import registry

    plugins = registry()
    warn_left_out(plugins)
    for kind, record in _find(plugins, name):
        head = f"{kind}{record.name}" if kind.endswith("/") else f"{kind} {record.name}"
        click.echo(click.style(head, bold=True))
        lines = [line for line in _described(record) if line[0] != "name"]
        if kind == "protocol":
            lines += _differences(plugins, record)
        width = max((len(field) for field, _ in lines), default=0)
        for field, value in lines:
            click.echo(_wrapped(f"  {field:<{width}}  ", value))
        if kind == "provider" and record.needs and record.languages:
            from embkit.embedding import provider_files

            files = provider_files(plugins, record.name, plugins.language(record.languages[0]))
            for file in files:
                for url in file.urls:
                    click.echo(f"  {'file':<{width}}  {url} ({size([file])})")
