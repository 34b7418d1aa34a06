"""Scores of every provider on every task: a table for each protocol, an interval in each cell."""

from __future__ import annotations

from collections.abc import Sequence

from embkit.reporters.cells import cell, row_head
from embkit.reporters.html.markup import named, shown, table
from embkit.reporters.html.plots import Axis, whisker
from embkit.results import Result, Results

__all__ = ["axis_of", "row_attributes", "scores"]

_WIDTH = 76


def axis_of(results: Results, row: str, width: int) -> Axis:
    """The axis on which all intervals of a row lie, and the highest floor."""
    ends = []
    for result in results.of(row):
        if result.ok and result.score is not None:
            ends += [result.score, *(result.interval or ())]
            ends += [result.floor[1]] if result.floor else []
    return Axis.over(ends, width)


def row_attributes(results: Results, row: str, number: int) -> str:
    """What a row is found by when tasks are chosen."""
    task = results.of(row)[0].task
    fields = {name: str(task.get(name, "")) for name in ("language", "domain", "evaluator")}
    fields["licence"] = str(task.get("licence", "")) or "none stated"
    return f'data-row="{number}" ' + " ".join(
        f'data-{name}="{shown(value)}"' for name, value in fields.items()
    )


def _cell(results: Results, row: str, spec: str, axis: Axis) -> str:
    found = cell(results, row, spec)
    result = results.find(row, spec)
    if result is None or not result.ok or result.score is None:
        return f'<td class="n" data-v="-9"><span class="dim">{shown(found.score)}</span></td>'
    leaders = results.leaders.get(row, ())
    kind = "lead" if found.leads else "tie" if spec in leaders else ""
    floor = result.floor[1] if result.floor else None
    beside = " ".join(part for part in (found.marks, found.coverage) if part)
    note = f'<span class="mk">{shown(beside)}</span> ' if beside else ""
    return (
        f'<td class="n {kind}" data-v="{result.score:.6g}" title="{shown(found.interval)}">'
        f'{note}<span class="v">{found.score}</span>'
        f"{whisker(axis, result.score, result.interval, floor)}</td>"
    )


def _floor(results: Results, row: str) -> str:
    ready: Result = results.of(row)[0]
    if not ready.floor:
        return '<td class="n" data-v="-9"></td>'
    name, score = ready.floor
    return (
        f'<td class="n fl" data-v="{score:.6g}"><span class="mk">{shown(name)}</span> {score:.3f}'
        "</td>"
    )


def _table(results: Results, heading: str, rows: Sequence[str], specs: Sequence[str]) -> str:
    numbers = {row: number for number, row in enumerate(results.rows)}
    lines = []
    for row in rows:
        axis = axis_of(results, row, _WIDTH)
        metric, items = row_head(results, row)
        benchmark, _, name = results.name(row).partition("/")
        lines.append(
            f"<tr {row_attributes(results, row, numbers[row])}>"
            f'<th scope="row" data-v="{shown(row)}"><a href="#task-{numbers[row]}">'
            f'<span class="mk">{shown(benchmark)}/</span><wbr>{shown(name)}</a></th>'
            f'<td data-v="{shown(metric)}">{shown(metric)}</td>'
            f'<td class="n" data-v="{items or -1}">{shown(items)}</td>{_floor(results, row)}'
            + "".join(_cell(results, row, spec, axis) for spec in specs)
            + "</tr>"
        )
    head = "".join(
        f'<th scope="col" class="{kind}"><button type=button>{named(name)}</button></th>'
        for name, kind in (
            ("task", ""), ("metric", ""), ("items", "n"), ("floor", "n"),
            *((spec, "n") for spec in specs),
        )
    )  # fmt: skip
    label = f"Scores, {heading}" if heading else "Scores of every task"
    return table(head, lines, label=label, kind="scores sortable")


def scores(results: Results, specs: Sequence[str]) -> str:
    """A table for each protocol, a column a provider."""
    parts = []
    for heading, rows in results.sections.items():
        there = {result.spec for row in rows for result in results.of(row)}
        own = [spec for spec in specs if spec in there]
        parts.append(_table(results, heading, rows, own))
    return "".join(parts)
