"""`embkit audit`: what is wrong with a task or a file, before anything is measured on it."""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import click
from rich.cells import cell_len, set_cell_size

from embkit.audit import KINDS, Example, Finding, Split, audit, scripts, splits_of
from embkit.cli.choose import warn_left_out
from embkit.cli.own import column_options
from embkit.errors import InvalidRequest
from embkit.reporters.cells import printable

if TYPE_CHECKING:
    from embkit.own_tables import Columns
    from embkit.records import Language
    from embkit.registry import Registry

__all__ = ["audit_command"]

_MOST_SHARES = 6
_WIDEST = 120
_LEAST_TEXT = 24


@click.command("audit")
@click.argument("targets", nargs=-1, required=True, metavar="TASK|FILE…")
@column_options
@click.option("--lang", metavar="LANGUAGE", help="How texts are cut into words: tag or name.")
@click.option(
    "--fail-on", "fail_on", multiple=True, metavar="KIND", type=click.Choice([*KINDS, "any"]),
    help="Exit 1 when there is such a finding; 'any' for all kinds. Repeat.",
)  # fmt: skip
@click.option(
    "--examples", type=click.IntRange(min=0), default=3, show_default=True,
    help="Rows to show of each finding.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--offline", is_flag=True, help="Never open a connection.")
def audit_command(
    targets: Sequence[str],
    text_columns: Sequence[str],
    label_column: str,
    score_column: str,
    lang: str | None,
    fail_on: Sequence[str],
    examples: int,
    as_json: bool,
    offline: bool,
) -> None:
    """Say what is wrong with tasks and files, and with several beside each other.

    TASK is an id or a glob, as rows are scored; FILE a .csv, .tsv or .jsonl with a header, or
    lines of text, as rows are written. A file called train, valid (dev) or test is that split.
    """
    from embkit.own_tables import Columns
    from embkit.registry import registry

    plugins = registry()
    warn_left_out(plugins)
    columns = Columns(texts=text_columns, label=label_column, score=score_column)
    splits, language = _read(plugins, targets, columns, lang, offline)
    found = audit(splits, language)
    if as_json:
        click.echo(json.dumps(_json(splits, found, examples), ensure_ascii=False, indent=1))
    else:
        for line in _lines(splits, found, examples, _width()):
            click.echo(line)
    failing = {finding.kind for finding in found if {finding.kind, "any"} & set(fail_on)}
    if failing:
        click.echo(f"embkit: found {', '.join(sorted(failing))}", err=True)
        raise SystemExit(1)


def _read(
    plugins: Registry, targets: Sequence[str], columns: Columns, lang: str | None, offline: bool
) -> tuple[list[Split], Language]:
    """The splits of all targets, and the language of the tasks among them or the one named."""
    from embkit.evaluate import load_dataset
    from embkit.languages import default_language
    from embkit.own_data import own_split
    from embkit.own_tables import read_own

    splits: list[Split] = []
    files = [Path(target) for target in targets if _is_file(target)]
    names = [path.name for path in files]
    for path in files:
        name = path.name if names.count(path.name) == 1 else str(path)
        splits.append(own_split(read_own(path, columns), name))
    tags = {plugins.language(lang).name} if lang else set()
    for target in targets:
        if _is_file(target):
            continue
        tasks = plugins.tasks(target)
        if not tasks:
            raise InvalidRequest(f"no task matches '{target}', and there is no such file")
        for benchmark, task in tasks:
            dataset = load_dataset(task, offline=offline, progress=True)
            splits += splits_of(dataset, f"{benchmark.name}/{task.name}")
            if not lang:
                tags.add(benchmark.language)
    if len(tags) > 1:
        raise InvalidRequest(f"tasks of {', '.join(sorted(tags))}: say with --lang whose words")
    return splits, plugins.language(tags.pop()) if tags else default_language("und")


def _is_file(target: str) -> bool:
    path = Path(target)
    return path.is_file() or path.suffix.lower() in (".csv", ".tsv", ".jsonl", ".txt", ".xlsx")


def _json(splits: Sequence[Split], found: Sequence[Finding], examples: int) -> dict[str, Any]:
    return {
        "splits": [
            {
                "name": split.name,
                "role": split.role,
                "rows": len(split.rows),
                "labels": dict(split.labels) if split.labelled == "label" else {},
                "scripts": dict(scripts(split).most_common()),
            }
            for split in splits
        ],
        "findings": [
            {
                "kind": finding.kind,
                "split": finding.split,
                "count": finding.count,
                "what": finding.what,
                "examples": [example._asdict() for example in finding.examples[:examples]],
                "embkit": KINDS[finding.kind].embkit,
                "remedy": KINDS[finding.kind].remedy,
            }
            for finding in found
        ],
    }


def _width() -> int:
    """The terminal's, within what is easily read."""
    if sys.stdout.isatty() or "COLUMNS" in os.environ:
        return max(40, min(_WIDEST, shutil.get_terminal_size().columns))
    return 100


def _lines(
    splits: Sequence[Split], found: Sequence[Finding], examples: int, width: int
) -> Iterator[str]:
    """What was read, then each kind of finding, where it is, rows of it and what is to be done."""
    for split in splits:
        head = click.style(printable(split.name), bold=True)
        yield f"{head}  {len(split.rows):,} rows{_columns(split)}"
        for field, value in _facts(split):
            yield from _paragraph(f"  {field:<10}  ", value, width)
    for kind, group in groupby(found, key=lambda finding: finding.kind):
        yield ""
        yield f"{click.style(kind, bold=True, fg='yellow')}  {KINDS[kind].summary}"
        for finding in group:
            yield from _paragraph("  ", f"{finding.split}: {finding.what}", width)
            for example in finding.examples[:examples]:
                yield from _example(example, width)
        yield from _paragraph("  embkit  ", KINDS[kind].embkit, width)
        yield from _paragraph("  you     ", KINDS[kind].remedy, width)
    if not found:
        yield ""
        yield "nothing found"


def _columns(split: Split) -> str:
    return f", columns {', '.join(map(printable, split.header))}" if split.header else ""


def _facts(split: Split) -> Iterator[tuple[str, str]]:
    """What a split is made of, in a few numbers."""
    if split.labelled == "label":
        yield (
            f"{len(split.labels)} labels",
            _shares(split.labels.most_common(), split.labels.total()),
        )
    lengths = [len(text) for row in split.rows for text in row.texts]
    yield "characters", f"{median(lengths):,.0f} in the middle, {max(lengths):,} at most"
    yield "script", _shares(scripts(split).most_common(), len(split.rows))


def _shares(counts: Sequence[tuple[str, int]], total: int) -> str:
    shown = [f"{name} {_percent(count / total)}" for name, count in counts[:_MOST_SHARES]]
    more = len(counts) - _MOST_SHARES
    if more > 0:
        rest = sum(count for _, count in counts[_MOST_SHARES:])
        shown.append(f"{more} more {_percent(rest / total)}")
    return ", ".join(shown)


def _percent(share: float) -> str:
    # With a space that no line ends at.
    return f"{100 * share:.0f}\u00a0%" if share >= 0.095 else f"{100 * share:.1f}\u00a0%"


def _paragraph(head: str, text: str, width: int) -> list[str]:
    """A text in lines below each other, behind its head."""
    lines = textwrap.wrap(
        printable(text), width, initial_indent=head, subsequent_indent=" " * len(head),
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    return lines or [head.rstrip()]


def _example(example: Example, width: int) -> Iterator[str]:
    """Where a row stands, its text cut to what fits, and what else there is to say of it."""
    place = f"    {printable(example.split)}:{example.line}  "
    text = printable(" ".join(example.text.split()))
    note = printable(example.note)
    room = width - cell_len(place)
    beside = room - cell_len(note) - 2
    if not note or beside < min(_LEAST_TEXT, cell_len(text)):
        yield place + _cut(text, max(room, _LEAST_TEXT))
        if note:
            yield from (click.style(line, dim=True) for line in _paragraph("      ", note, width))
    else:
        yield f"{place}{_cut(text, beside)}  {click.style(note, dim=True)}"


def _cut(text: str, cells: int) -> str:
    """A text no wider than so many cells of a terminal."""
    return text if cell_len(text) <= cells else set_cell_size(text, cells - 1).rstrip() + "…"
