"""What an audit found, for people and for programs."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby
from statistics import median
from typing import Any

import click
from rich.cells import cell_len, set_cell_size

from embkit.audit.kinds import KINDS
from embkit.audit.sound import Example, Finding
from embkit.audit.splits import Split
from embkit.audit.texts import scripts
from embkit.reporters.cells import printable
from embkit.reporters.table import terminal_width

__all__ = ["as_json", "as_lines"]

_MOST_SHARES = 6
_WIDEST = 120
_LEAST_TEXT = 24


def as_json(splits: Sequence[Split], found: Sequence[Finding], examples: int) -> dict[str, Any]:
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
    return max(40, min(_WIDEST, terminal_width(100)))


def as_lines(splits: Sequence[Split], found: Sequence[Finding], examples: int) -> Iterator[str]:
    """What was read, then each kind of finding, where it is, rows of it and what is to be done."""
    width = _width()
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
        noun = "label" if len(split.labels) == 1 else "labels"
        shares = _shares(split.labels.most_common(), split.labels.total())
        yield f"{len(split.labels)} {noun}", shares
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
    if share < 0.0005:
        return "<0.1\u00a0%"
    return f"{100 * share:.{0 if share >= 0.095 else 1}f}\u00a0%"


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
            yield click.style(f"      {_cut(note, width - 6)}", dim=True)
    else:
        yield f"{place}{_cut(text, beside)}  {click.style(note, dim=True)}"


def _cut(text: str, cells: int) -> str:
    """A text no wider than so many cells of a terminal."""
    return text if cell_len(text) <= cells else set_cell_size(text, cells - 1).rstrip() + "…"
