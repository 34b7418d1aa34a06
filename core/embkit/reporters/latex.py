"""Tables for a paper, in LaTeX with booktabs; XeLaTeX or LuaLaTeX sets every script."""

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

__all__ = ["render"]

_SPELT = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
    "%": r"\%", "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", "\"": r"\textquotedbl{}",
    "†": r"\dag{}", "‡": r"\ddag{}", "±": r"\(\pm\)", "`": r"\textasciigrave{}",
}  # fmt: skip


def escaped(text: str) -> str:
    """Text that LaTeX sets as it is."""
    spelt = re.sub(r"[\\{}$&#%_~^<>|\"†‡±`]", lambda found: _SPELT[found[0]], printable(text))
    # Two hyphens would become a dash, a bracket at the start of a row an option of the row before.
    return re.sub(r"-(?=-)", "-{}", re.sub(r"^\[", "{[}", spelt))


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], columns: str) -> str:
    """A table between rules; cells are LaTeX already."""
    lines = [" & ".join(row) + r" \\" for row in rows]
    return "\n".join(
        [
            rf"\begin{{tabular}}{{{columns}}}", r"\toprule", " & ".join(head) + r" \\",
            r"\midrule", *lines, r"\bottomrule", r"\end{tabular}",
        ]
    )  # fmt: skip


def _score(results: Results, row: str, spec: str) -> str:
    found = cell(results, row, spec)
    score = rf"\textbf{{{found.score}}}" if found.leads else escaped(found.score)
    interval = rf"{{\scriptsize $ {found.interval} $}}" if found.interval else ""
    beside = (interval, escaped(found.marks), escaped(found.coverage))
    return " ".join(part for part in (score, *beside) if part)


def _scores(results: Results, rows: Sequence[str]) -> str:
    there = {result.spec for row in rows for result in results.of(row)}
    specs = [spec for spec in results.specs if spec in there]
    lines = []
    for row in rows:
        metric, items = row_head(results, row)
        about = (results.name(row), metric, items, floor(results, row))
        lines.append([*map(escaped, about), *(_score(results, row, spec) for spec in specs)])
    head = ["task", "metric", "items", "floor", *map(escaped, specs)]
    return _table(head, lines, "llrl" + "l" * len(specs))


def _drawn(results: Results, rows: Sequence[str]) -> list[str]:
    """A table of what was drawn several times, if anything was."""
    found = drawn(results, rows)
    cells = dict.fromkeys(place for texts in found.values() for place in texts)
    lines = [
        [escaped(results.name(row)), escaped(spec)]
        + [escaped(texts.get((row, spec), "")) for texts in found.values()]
        for row, spec in cells
    ]
    head = ["task", "provider", *map(escaped, found)]
    return [_table(head, lines, "ll" + "r" * len(found))] if lines else []


def render(results: Results) -> str:
    """A table for each protocol, one of costs, and what a reader must know as comments."""
    parts = [f"% {escaped(title(results))}\n% \\usepackage{{booktabs}}"]
    for heading, rows in results.sections.items():
        named = [rf"\paragraph{{{escaped(heading)}}}"] if heading else []
        parts += [*named, _scores(results, rows), *_drawn(results, rows)]
    if costs := cost_rows(results):
        lines = [list(map(escaped, row)) for row in costs]
        parts.append(_table(list(map(escaped, COST_HEAD)), lines, "l" + "r" * (len(COST_HEAD) - 1)))
    parts += ["\n".join(f"% {escaped(line)}" for line in notes(results))]
    return "\n\n".join(filter(None, parts)) + "\n"
