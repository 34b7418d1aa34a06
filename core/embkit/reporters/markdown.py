"""Tables in Markdown, for a README, an issue or a paper's appendix."""

from __future__ import annotations

import re
from collections.abc import Sequence

from embkit.reporters.cells import (
    COST_HEAD,
    cell,
    cost_rows,
    drawn,
    floor,
    notes,
    printable,
    row_head,
    title,
)
from embkit.results import Results

__all__ = ["escaped", "render", "table_of"]


def escaped(text: str) -> str:
    """Text that Markdown and the HTML it becomes leave alone."""
    text = printable(text).replace("&", "&amp;").replace("<", "&lt;")
    return re.sub(r"([\\`*_{}\[\]()#|~!])", r"\\\1", text)


def table_of(head: Sequence[str], rows: Sequence[Sequence[str]], right: int = 1) -> str:
    """A table; all columns from number `right` on are aligned to the right."""
    rule = ["---" if i < right else "---:" for i in range(len(head))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def _scores(results: Results, rows: Sequence[str]) -> str:
    lines = []
    for label in rows:
        metric, items = row_head(results, label)
        row = [escaped(results.name(label)), escaped(metric), items, escaped(floor(results, label))]
        for spec in results.specs:
            content = cell(results, label, spec)
            score = f"**{content.score}**" if content.leads else content.score
            rest = (escaped(content.interval), content.marks, content.coverage)
            row.append(" ".join(part for part in (score, *rest) if part))
        lines.append(row)
    head = ["task", "metric", "items", "floor", *(escaped(spec) for spec in results.specs)]
    return table_of(head, lines, right=2)


def _drawn(results: Results, rows: Sequence[str]) -> list[str]:
    """A table of what was drawn several times, if anything was."""
    found = drawn(results, rows)
    cells = dict.fromkeys(place for texts in found.values() for place in texts)
    lines = [
        [
            escaped(results.name(row)),
            escaped(spec),
            *(texts.get((row, spec), "") for texts in found.values()),
        ]
        for row, spec in cells
    ]
    return [table_of(["task", "provider", *map(escaped, found)], lines, right=2)] if lines else []


def render(results: Results) -> str:
    """The results as Markdown, tables for each protocol."""
    parts = [escaped(title(results))]
    for heading, rows in results.sections.items():
        parts += [f"**{escaped(heading)}**"] if heading else []
        parts += [_scores(results, rows), *_drawn(results, rows)]
    if cost_rows(results):
        costs = [[escaped(value) for value in row] for row in cost_rows(results)]
        parts.append(table_of(COST_HEAD, costs))
    if notes(results):
        parts.append("\n".join(f"- {escaped(line)}" for line in notes(results)))
    return "\n\n".join(parts) + "\n"
