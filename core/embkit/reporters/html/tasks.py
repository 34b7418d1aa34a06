"""A part of the page for each task: its providers, parts of its items, the hardest, the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embkit.reporters.cells import cell, drawn, row_head
from embkit.reporters.html.items import hard_items, maps_of, parts_of
from embkit.reporters.html.markup import heads, named, shown, table
from embkit.reporters.html.plots import Axis, whisker
from embkit.reporters.html.scores import axis_of, row_attributes
from embkit.results import Result, Results

if TYPE_CHECKING:
    from embkit.contests import Contest

__all__ = ["task_parts"]

_WIDTH = 220


def _ordered(results: Results, row: str) -> list[Result]:
    """The results of a row, the best first, what has no score last."""
    return sorted(
        results.of(row), key=lambda r: (not r.ok, -(r.score if r.score is not None else -9.0))
    )


def _providers(results: Results, row: str, contest: Contest | None) -> str:
    axis: Axis = axis_of(results, row, _WIDTH)
    groups = (
        dict(zip(contest.specs, contest.letters, strict=True)) if contest and contest.tied else {}
    )
    lines = []
    for result in _ordered(results, row):
        found = cell(results, row, result.spec)
        head = f'<th scope="row">{named(result.spec)}</th>'
        if not result.ok or result.score is None:
            lines.append(
                f'<tr>{head}<td></td><td colspan="5">{shown(result.status)}: '
                f"{shown(result.reason)}</td></tr>"
            )
            continue
        floor = result.floor[1] if result.floor else None
        tied = ' class="tied"' if contest and result.spec in contest.tied else ""
        speed = result.cost.get("texts_per_second")
        lines.append(
            f'<tr{tied}>{head}<td class="g">{groups.get(result.spec, "")}</td>'
            f'<td class="p">{whisker(axis, result.score, result.interval, floor)}</td>'
            f'<td class="n s">{found.score}</td>'
            f'<td class="n iv">{found.interval} {found.marks}</td>'
            f'<td class="n">{found.coverage or "100 %"}</td>'
            f'<td class="n">{f"{speed:,.0f}" if speed else ""}</td></tr>'
        )
    metric, _ = row_head(results, row)
    head = heads(
        ("provider", ""), ("group", ""), ("interval", "p"), (metric, "n"), ("95 %", "n"),
        ("coverage", "n"), ("texts/s", "n"),
    )  # fmt: skip
    return table(head, lines, label="Providers on this task", kind="task")


def _drawn(results: Results, row: str) -> str:
    """What a protocol drew several times, the learning curve among it."""
    found = drawn(results, [row])
    if not found:
        return ""
    specs = list(dict.fromkeys(spec for texts in found.values() for _, spec in texts))
    lines = [
        f'<tr><th scope="row">{named(spec)}</th>'
        + "".join(
            f'<td class="n">{shown(texts.get((row, spec), ""))}</td>' for texts in found.values()
        )
        + "</tr>"
        for spec in specs
    ]
    head = heads(("provider", ""), *((name, "n") for name in found))
    return "<h3>Drawn several times</h3>" + table(
        head, lines, label="Means with their deviation over the draws"
    )


def _known(result: Result) -> str:
    task = result.task
    dropped = "; ".join(f"{count:,} × {reason}" for reason, count in task["dropped"].items())
    facts = {
        "language": task["language"], "domain": task["domain"],
        "evaluator": f"{task['evaluator']} {result.evaluator_version}".strip(),
        "licence": task["licence"] or "none stated", "source": task["source"],
        "left out when reading": dropped, "faults and limits": task["notes"],
        "data": str(task["digest"])[:16],
    }  # fmt: skip
    lines = "".join(
        f"<div><dt>{shown(name)}</dt><dd>{shown(value, 2000)}</dd></div>"
        for name, value in facts.items()
        if value
    )
    return f"<h3>The data</h3><dl>{lines}</dl>"


def _task(results: Results, row: str, number: int) -> str:
    details = results.details
    contest = details.contests.get(row) if details else None
    first = results.of(row)[0]
    language = str(first.task["language"])
    metric, items = row_head(results, row)
    best = _ordered(results, row)[0]
    leaders = results.leaders.get(row, ())
    said = ""
    if best.ok and best.score is not None:
        tied = f" and {len(leaders) - 1} tied" if len(leaders) > 1 else ""
        said = f"{named(best.spec)} <b>{best.score:.3f}</b>{tied}"
    body = [_providers(results, row, contest), _drawn(results, row)]
    if any("@" in name and name.endswith("%") for name in first.scores):
        body.append(
            f'<figure class="chart" data-chart="curve" data-of="{number}"><figcaption>'
            f"Learning curve: {shown(metric)} against the share of train texts; bands are the "
            "deviation over the draws."
            '</figcaption><div class="plot"></div></figure>'
        )
    if details and contest:
        body += [parts_of(contest), hard_items(contest, details, row)]
        if row in details.maps:
            body.append(maps_of(details.maps[row], number, language))
        elif row in details.untold and not contest.hard:
            body.append(f'<p class="dim">{shown(details.untold[row])}.</p>')
    body.append(_known(first))
    return (
        f'<details class="one" id="task-{number}" {row_attributes(results, row, number)}>'
        f'<summary><span class="id">{shown(row)}</span> '
        f'<span class="dim">{shown(metric)}, {shown(items)} items</span> '
        f'<span class="win">{said}</span></summary>{"".join(body)}</details>'
    )


def task_parts(results: Results) -> str:
    """All tasks, one below the other, each closed until it is asked for."""
    return "".join(_task(results, row, number) for number, row in enumerate(results.rows))
