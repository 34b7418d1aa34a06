"""Tables for a terminal: scores with intervals, then cost, then what a reader must know."""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
from collections.abc import Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from embkit.reporters.cells import (
    COST_HEAD,
    Cell,
    cell,
    cost_rows,
    floor,
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


def _scores(results: Results) -> Table:
    table = empty_table()
    table.add_column("task")
    table.add_column("metric")
    table.add_column("items", justify="right")
    table.add_column("floor")
    for spec in results.specs:
        table.add_column(Text(printable(spec), overflow="fold"))
    last = ""
    for row in results.rows:
        benchmark, _, name = row.partition("/")
        if benchmark != last:
            if last:
                table.add_row()
            table.add_row(Text(printable(benchmark), style="italic"))
            last = benchmark
        metric, items = row_head(results, row)
        table.add_row(
            Text(f"  {printable(name)}"),
            printable(metric),
            items,
            printable(floor(results, row)),
            *(_cell(cell(results, row, spec)) for spec in results.specs),
        )
    return table


def _cost(results: Results) -> Table:
    table = empty_table()
    for i, name in enumerate(COST_HEAD):
        table.add_column(name, justify="right" if i else "left")
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
    """The results as text for a terminal."""
    parts: list[RenderableType] = [Text(printable(title(results)), style="bold"), _scores(results)]
    if cost_rows(results):
        parts.append(_cost(results))
    return printed(parts, notes(results), terminal_width(80 + 45 * len(results.specs)))
