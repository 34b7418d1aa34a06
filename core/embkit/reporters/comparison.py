"""A comparison as tables for a terminal, as Markdown, as CSV and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from embkit.reporters.cells import printable
from embkit.reporters.markdown import escaped, table_of
from embkit.reporters.plain import csv_text, json_text

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

    from embkit.compare import Compared, Comparison, Pair, Ranking

__all__ = ["FORMATS", "SCHEMA"]

SCHEMA = "embkit.comparison/1"
TURNS = "↕"
_MOST_NAMED = 4
_RANKING_HEAD = ("mean", "these tasks", "such tasks", "Borda", "better", "worse")
_CSV_HEAD = (
    "task", "language", "domain", "evaluator", "metric", "items", "units", "seeds", "protocol",
    "first", "second", "first_score", "second_score", "difference", "low", "high", "p", "p_holm",
    "better",
)  # fmt: skip


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _title(comparison: Comparison) -> str:
    languages = sorted({str(task.about["language"]) for task in comparison.tasks})
    seeds = sorted({seed for task in comparison.tasks for seed in task.seeds})
    parts = [
        ", ".join(languages),
        _count(len(comparison.tasks), "task"),
        _count(len(comparison.specs), "provider"),
        "" if comparison.protocol == "default" else f"protocol {comparison.protocol}",
        f"seed{'s' if len(seeds) > 1 else ''} {', '.join(map(str, seeds))}",
        "95 % intervals",
    ]
    return " · ".join(filter(None, parts))


def _numbers(comparison: Comparison) -> dict[str, int]:
    """What providers are called where their names would not fit: their place in the list."""
    return {spec: i for i, spec in enumerate(comparison.specs, 1)}


def _named(comparison: Comparison, spec: str) -> str:
    """A provider with its number."""
    return f"{_numbers(comparison)[spec]} {printable(spec)}"


def _range(ends: tuple[float, float], digits: int) -> str:
    return f"{ends[0]:.{digits}f}–{ends[1]:.{digits}f}"


def _ranking_rows(comparison: Comparison, ranking: Ranking) -> list[tuple[str, ...]]:
    """For each provider, the best first: its spec, and what `_RANKING_HEAD` says."""
    return [
        (
            standing.spec,
            f"{standing.mean_rank:.2f}",
            _range(standing.same_tasks, 2),
            _range(standing.other_tasks, 2) if standing.other_tasks else "",
            f"{standing.borda:g}",
            str(standing.better),
            str(standing.worse),
        )
        for standing in ranking.standings
    ]


def _ranking_title(ranking: Ranking) -> str:
    if not ranking.about:
        return _count(ranking.tasks, "task")
    return f"{printable(ranking.about)} ({ranking.tasks})"


def _p(value: float) -> str:
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def _difference(pair: Pair) -> str:
    ends = f" [{pair.interval[0]:+.3f}, {pair.interval[1]:+.3f}]" if pair.interval else ""
    return f"{pair.difference:+.3f}{ends}{' ' + TURNS if pair.turns else ''}"


def _leads(task: Compared, spec: str) -> bool:
    """Whether a provider stands out: it is tied with the best, and somebody is not."""
    return spec in task.tied and len(task.tied) < len(task.scores)


def _score(task: Compared, spec: str, lettered: bool, deviations: bool) -> str:
    if spec not in task.scores:
        return ""
    deviation = f" ±{task.deviations[spec]:.3f}" if task.deviations and deviations else ""
    letter = f" {task.letters[spec]}" if lettered and task.letters else ""
    return f"{task.scores[spec]:.3f}{deviation}{letter}"


def _is_pair(comparison: Comparison) -> bool:
    """Whether there are two providers: then the difference is shown, and no letters are needed."""
    return len(comparison.specs) == 2


def _task_row(
    comparison: Comparison, task: Compared, specs: Sequence[str], deviations: bool
) -> list[tuple[str, bool]]:
    """The cells of some providers, of two also their difference and p; with what stands out."""
    pair = _is_pair(comparison)
    cells = [(_score(task, spec, not pair, deviations), _leads(task, spec)) for spec in specs]
    if pair:
        found = task.pairs[0]
        told = bool(found.better)
        cells += [(_difference(found), told), (_p(found.corrected), told)]
    return cells


def _heads(comparison: Comparison, specs: Sequence[str], named: bool) -> list[str]:
    numbers = _numbers(comparison)
    heads = [_named(comparison, spec) if named else str(numbers[spec]) for spec in specs]
    return [*heads, "1 - 2", "p"] if _is_pair(comparison) else heads


def _notes(comparison: Comparison, deviations: bool = True) -> list[str]:
    """How to read the tables, then what was not compared and why."""
    family = f"Holm over the {_count(comparison.tests, 'test')} shown"
    if _is_pair(comparison):
        lines = [
            f"1 - 2: paired difference and its 95 % interval by itself; p: two-sided, {family}; "
            "bold: told apart at 5 %"
        ]
    else:
        lines = [
            f"providers that share a letter on a task are tied: not told apart at 5 %, {family}; "
            "bold: tied with the best, where others are not"
        ]
    if comparison.rankings:
        lines += [
            "mean: of the ranks, 1 is best; these tasks: its interval with other items, units "
            "drawn anew in each task; such tasks: with other tasks as well, tasks drawn anew and "
            "units in each",
            "Borda: a point for each provider below on each task, half for an equal; better, "
            "worse: how often told apart from another",
        ]
    lines.append(
        "units: what is drawn: items, or what several items share, such as a pair of words"
    )
    spread = [value for task in comparison.tasks for value in task.deviations.values()]
    if spread:
        shown = (
            "±: standard deviation over them"
            if deviations
            else (
                f"their standard deviation is up to {max(spread):.3f}, a wider terminal shows each"
            )
        )
        lines.append(
            f"a score is the mean over its seeds; {shown}; it is no part of any interval or p"
        )
    if any(pair.turns for task in comparison.tasks for pair in task.pairs):
        turned = "" if _is_pair(comparison) else " (`--format csv` has a line for each pair)"
        lines.append(f"{TURNS} another seed turns the sign of the difference{turned}")
    return lines + [
        f"{why}: {', '.join(where[:_MOST_NAMED])}"
        + (f" and {len(where) - _MOST_NAMED} more" if len(where) > _MOST_NAMED else "")
        for why, where in comparison.notes.items()
    ]


def _ranking_table(comparison: Comparison, named: bool, columns: int) -> Table:
    """The ranks, with the first so many columns."""
    from embkit.reporters.table import empty_table

    table = empty_table()
    table.add_column("ranks")
    for head in _RANKING_HEAD[:columns]:
        table.add_column(head, justify="right")
    numbers = _numbers(comparison)
    for i, ranking in enumerate(comparison.rankings):
        if i:
            table.add_row()
        table.add_row(_styled(_ranking_title(ranking), "italic"))
        for spec, *values in _ranking_rows(comparison, ranking):
            name = _named(comparison, spec) if named else str(numbers[spec])
            table.add_row(_styled(f"  {name}"), *map(_styled, values[:columns]))
    return table


def _task_table(
    comparison: Comparison, specs: Sequence[str], named: bool, metric: bool, deviations: bool
) -> Table:
    from embkit.reporters.table import empty_table

    table = empty_table()
    table.add_column("task")
    if metric:
        table.add_column("metric")
    table.add_column("units", justify="right")
    for head in _heads(comparison, specs, named):
        table.add_column(_styled(head))
    last = ""
    for task in comparison.tasks:
        benchmark, _, name = task.id.partition("/")
        if benchmark != last:
            if last:
                table.add_row()
            table.add_row(_styled(printable(benchmark), "italic"))
            last = benchmark
        row = [f"  {printable(name)}", *([printable(task.metric)] if metric else []), task.units]
        cells = _task_row(comparison, task, specs, deviations)
        table.add_row(
            *(_styled(str(value)) for value in row),
            *(_styled(text, "bold" if bold else "") for text, bold in cells),
        )
    return table


def _styled(text: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(text, style=style)


def _fits(tables: Sequence[Table], width: int) -> bool:
    from rich.console import Console

    console = Console(width=10_000)
    return all(console.measure(table).maximum <= width for table in tables)


def _task_tables(comparison: Comparison, width: int) -> tuple[list[Table], bool]:
    """The first of ever narrower forms that fits, and whether it shows deviations.

    Names give way to numbers, the metric goes, the deviations go; then some providers a table.
    """
    specs = comparison.specs
    forms = ((True, True, True), (False, True, True), (False, False, True), (False, False, False))
    for form in forms:
        tables = [_task_table(comparison, specs, *form)]
        if _fits(tables, width):
            return tables, form[-1]
    for size in range(len(specs) - 1, 1, -1):
        parts = [specs[start : start + size] for start in range(0, len(specs), size)]
        tables = [_task_table(comparison, part, *forms[-1]) for part in parts]
        if _fits(tables, width):
            break
    return tables, False


def _render_table(comparison: Comparison) -> str:
    """The tables for a terminal; where names do not fit, providers have numbers and a legend."""
    from embkit.reporters.table import printed, terminal_width

    width = terminal_width(120 + 30 * len(comparison.specs))
    parts: list[RenderableType] = [_styled(printable(_title(comparison)), "bold")]
    named, *numbered = (
        _ranking_table(comparison, *form) for form in ((True, 6), (False, 6), (False, 3))
    )
    if comparison.rankings and _fits([named], width):
        parts.append(named)
    else:
        parts.append(_styled("\n".join(_named(comparison, spec) for spec in comparison.specs)))
        if comparison.rankings:
            parts.append(numbered[0] if _fits(numbered[:1], width) else numbered[1])
    tables, deviations = _task_tables(comparison, width)
    return printed([*parts, *tables], _notes(comparison, deviations), width)


def _render_markdown(comparison: Comparison) -> str:
    parts = [escaped(_title(comparison))]
    for ranking in comparison.rankings:
        head = [_ranking_title(ranking), *_RANKING_HEAD]
        rows = [
            [escaped(cell) for cell in (_named(comparison, spec), *values)]
            for spec, *values in _ranking_rows(comparison, ranking)
        ]
        parts.append(table_of([escaped(cell) for cell in head], rows))
    rows = []
    for task in comparison.tasks:
        shown = [
            f"**{escaped(text)}**" if bold else escaped(text)
            for text, bold in _task_row(comparison, task, comparison.specs, deviations=True)
        ]
        rows.append([escaped(task.id), escaped(task.metric), str(task.units), *shown])
    heads = [
        "task",
        "metric",
        "units",
        *map(escaped, _heads(comparison, comparison.specs, named=True)),
    ]
    parts.append(table_of(heads, rows, right=2))
    parts.append("\n".join(f"- {escaped(line)}" for line in _notes(comparison)))
    return "\n\n".join(parts) + "\n"


def _render_csv(comparison: Comparison) -> str:
    """A line for each pair of providers on each task."""
    rows: list[Sequence[object]] = []
    for task in comparison.tasks:
        about = task.about
        for pair in task.pairs:
            low, high = pair.interval or (None, None)
            rows.append(
                (
                    task.id, about["language"], about["domain"], about["evaluator"], task.metric,
                    about["items"], task.units, " ".join(map(str, task.seeds)),
                    comparison.protocol, pair.first, pair.second, task.scores[pair.first],
                    task.scores[pair.second], pair.difference, low, high, pair.p, pair.corrected,
                    pair.better,
                )
            )  # fmt: skip
    return csv_text(_CSV_HEAD, rows)


def _task_json(task: Compared) -> dict[str, Any]:
    about = ("id", "language", "domain", "evaluator", "items", "digest")
    return {
        **{name: task.about[name] for name in about},
        "metric": task.metric,
        "units": task.units,
        "seeds": list(task.seeds),
        "scores": {
            spec: {
                "score": score,
                "interval": task.intervals[spec],
                "deviation": task.deviations.get(spec),
                "letters": task.letters.get(spec, ""),
            }
            for spec, score in task.scores.items()
        },
        "tied": list(task.tied),
        "pairs": [
            {
                "first": pair.first, "second": pair.second, "difference": pair.difference,
                "interval": pair.interval, "p": pair.p, "p_holm": pair.corrected,
                "better": pair.better, "turns": pair.turns,
            }
            for pair in task.pairs
        ],
    }  # fmt: skip


def _render_json(comparison: Comparison) -> str:
    return json_text(
        {
            "schema": SCHEMA,
            "specs": list(comparison.specs),
            "protocol": comparison.protocol,
            "by": comparison.by,
            "tests": comparison.tests,
            "tasks": [_task_json(task) for task in comparison.tasks],
            "rankings": [
                {
                    "about": ranking.about,
                    "tasks": ranking.tasks,
                    "standings": [vars(standing) for standing in ranking.standings],
                }
                for ranking in comparison.rankings
            ],
            "notes": [
                {"why": why, "tasks": list(where)} for why, where in comparison.notes.items()
            ],
        }
    )


FORMATS: Mapping[str, Callable[[Comparison], str]] = {
    "table": _render_table,
    "md": _render_markdown,
    "csv": _render_csv,
    "json": _render_json,
}
