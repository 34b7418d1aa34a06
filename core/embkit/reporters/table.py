"""Tables for a terminal: scores with intervals, then cost, then what a reader must know."""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from embkit.reporters.cells import (
    COST_HEAD,
    Cell,
    cell,
    cost_rows,
    drawn,
    floor,
    model_size,
    notes,
    printable,
    row_head,
    title,
)
from embkit.results import Results

__all__ = ["empty_table", "printed", "render", "terminal_width"]


# What fills a cell to its width at the end of a line: spaces, in a style or not.
_FILLING = re.compile(r"(?: |\x1b\[[0-9;]*m)+$")
_PLAIN = "\x1b[0m"


def empty_table() -> Table:
    """A table with a line below its head and none around it."""
    return Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)


def _cell(content: Cell) -> Text:
    text = Text(content.score, style="bold" if content.leads else "")
    if content.interval:
        text.append(f" {content.interval}", style="dim not bold")
    if content.marks:
        text.append(f" {content.marks}")
    if content.coverage:
        text.append(f" {content.coverage}", style="dim")
    return text


def _by_benchmark(results: Results, rows: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Each row with the name of its task, and that of its benchmark where another one begins."""
    last = ""
    for row in rows:
        benchmark, _, name = results.name(row).partition("/")
        yield row, printable(name), "" if benchmark == last else printable(benchmark)
        last = benchmark


def _wide(results: Results, rows: Sequence[str]) -> Table:
    """A row a task, a column a provider."""
    table = empty_table()
    table.add_column("task")
    table.add_column("metric")
    table.add_column("items", justify="right")
    table.add_column("floor")
    for spec in results.specs:
        table.add_column(Text(printable(spec), overflow="fold"))
    for row, name, benchmark in _by_benchmark(results, rows):
        if benchmark:
            if table.row_count:
                table.add_row()
            table.add_row(Text(benchmark, style="italic"))
        metric, items = row_head(results, row)
        table.add_row(
            Text(f"  {name}"),
            Text(printable(metric)),
            items,
            Text(printable(floor(results, row))),
            *(_cell(cell(results, row, spec)) for spec in results.specs),
        )
    return table


def _long(results: Results, rows: Sequence[str]) -> Table:
    """A row a task and below it one a provider: for many providers, or what was drawn."""
    beside = drawn(results, rows)
    sizes = any(model_size(result) for result in results)
    table = empty_table()
    table.add_column("task, provider", overflow="fold")
    table.add_column("score")
    for name in (*beside, *(["model"] if sizes else [])):
        table.add_column(Text(printable(name)), justify="right")
    for row, name, benchmark in _by_benchmark(results, rows):
        if table.row_count:
            table.add_row()
        if benchmark:
            table.add_row(Text(benchmark, style="italic"))
        metric, items = row_head(results, row)
        scored = f"{metric} of {items} items" if items else ""  # where nothing ran there is neither
        table.add_row(Text(f"  {name}"), Text(printable(scored)))
        if found := floor(results, row):
            score, _, which = found.partition(" ")
            table.add_row(Text(f"    floor: {printable(which)}", style="dim"), Text(score, "dim"))
        for spec in results.specs:
            result = results.find(row, spec)
            if result is None:
                continue
            table.add_row(
                Text(f"    {printable(spec)}"),
                _cell(cell(results, row, spec)),
                *(Text(texts.get((row, spec), "")) for texts in beside.values()),
                *([Text(model_size(result))] if sizes else []),
            )
    return table


def _scores(results: Results, rows: Sequence[str], width: int) -> Table:
    """The scores of some rows: a column a provider where they fit into the width."""
    wide = _wide(results, rows)
    unlimited = Console(width=10_000)
    needed = Measurement.get(unlimited, unlimited.options, wide).maximum
    return _long(results, rows) if needed > width or drawn(results, rows) else wide


def _cost(results: Results) -> Table:
    table = empty_table()
    for i, name in enumerate(COST_HEAD):
        table.add_column(name, justify="right" if i else "left", overflow="fold")
    for row in cost_rows(results):
        table.add_row(*(Text(value) for value in row))
    return table


def terminal_width(otherwise: int) -> int:
    """The terminal's columns, or what is needed when nobody's eyes set a limit."""
    if sys.stdout.isatty() or "COLUMNS" in os.environ:
        return shutil.get_terminal_size().columns
    return otherwise


def printed(parts: Sequence[RenderableType], notes: Iterable[str], width: int) -> str:
    """Parts with an empty line between them, then notes; with ANSI styles.

    Whoever prints it takes the styles out for a pipe.
    """
    stream = io.StringIO()
    console = Console(
        file=stream, width=width, force_terminal=True, color_system="standard",
        highlight=False, markup=False, emoji=False, legacy_windows=False,
    )  # fmt: skip
    lines = [Padding(Text(printable(line), style="dim"), 0) for line in notes]
    for i, part in enumerate((*parts, Group(*lines)) if lines else parts):
        if i:
            console.print()
        console.print(part)
    return "".join(
        _FILLING.sub(lambda end: _PLAIN if _PLAIN in end[0] else "", line) + "\n"
        for line in stream.getvalue().splitlines()
    )


def render(results: Results) -> str:
    """The results as text for a terminal, a table a protocol."""
    # Where nobody's eyes set a limit, three providers are as many as stand side by side.
    width = terminal_width(80 + 45 * min(len(results.specs), 3))
    parts: list[RenderableType] = [Text(printable(title(results)), style="bold")]
    for heading, rows in results.sections.items():
        table = _scores(results, rows, width)
        named = Text(printable(heading), style="bold")
        parts.append(Group(named, Text(), table) if heading else table)
    if cost_rows(results):
        parts.append(_cost(results))
    return printed(parts, notes(results), width)
