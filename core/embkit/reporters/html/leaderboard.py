"""The leaderboard: a row a provider, with its mean rank, who is tied with the best, and cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from embkit.reporters.cells import bytes_told, percent
from embkit.reporters.costs import Cost, costs
from embkit.reporters.html.markup import named, shown, table
from embkit.reporters.html.plots import Axis, whisker
from embkit.results import Results

if TYPE_CHECKING:
    from embkit.places import Place, Standings

__all__ = ["RANK_WIDTH", "leaderboard", "ordered_specs", "ranked_rows", "standings", "verdict"]

RANK_WIDTH = 140
_HEAD = (
    ("", "provider", ""),
    ("n", "mean rank", "1 is the best on every task; the line is its 95 % interval"),
    ("n", "best or tied", "tasks on which no other is told to be better"),
    ("n", "above floor", "tasks on which its interval lies above the highest floor"),
    ("n", "coverage", "mean share of items whose texts all have a vector"),
    ("n", "texts/s", ""),
    ("n", "model", "bytes of the numbers that must be at hand"),
    ("n", "memory", "peak while embedding"),
    ("n", "dim", "numbers in a vector"),
    ("", "licence", ""),
)  # fmt: skip


def standings(results: Results) -> Standings | None:
    """Places over all rows, None where providers have no rows in common."""
    details = results.details
    return details.standings.get(("", "")) if details else None


def ranked_rows(results: Results) -> list[str]:
    """The rows of the default protocol on which providers were compared."""
    return [
        row
        for row in results.rows
        if row in results.leaders and results.of(row)[0].protocol["id"] == "default"
    ]


def ordered_specs(results: Results) -> list[str]:
    """Providers, the lowest mean rank first, then those without one in their own order."""
    found = standings(results)
    first = [place.spec for place in found.places] if found else []
    return [*first, *(spec for spec in results.specs if spec not in first)]


def _judged(results: Results, spec: str) -> list[bool]:
    """Of each task by the default protocol, or else any, that has a floor: whether it is above."""
    own = [found for row in results.rows if (found := results.find(row, spec)) and found.ok]
    default = [result for result in own if result.protocol["id"] == "default"] or own
    return [result.above_floor for result in default if result.floors]


def verdict(results: Results) -> str:
    """Who is best, who is tied with it, and whether that is any good; "" where nobody is compared.

    The page's script says the same of the tasks that are chosen.
    """
    found = standings(results)
    if found is None:
        return ""
    best, *others = found.places
    tied = [place.spec for place in others if place.tied]
    rows = f"{len(found.rows)} tasks" if len(found.rows) > 1 else "one task"
    lines = [
        f"<strong>{shown(best.spec)}</strong> has the best mean rank, {best.mean_rank:.2f} of "
        f"{len(found.places)}, over {rows}."
    ]
    if not tied:
        lines.append("It is told apart from every other.")
    elif len(tied) == 1:
        lines.append(f"<strong>{shown(tied[0])}</strong> cannot be told from it.")
    else:
        names = ", ".join(map(shown, tied[:4])) + (
            f" and {len(tied) - 4} more" if len(tied) > 4 else ""
        )
        lines.append(f"{len(tied)} others cannot be told from it: {names}.")
    if judged := _judged(results, best.spec):
        lines.append(f"It lies above its floor on {sum(judged)} of {len(judged)} tasks.")
    return " ".join(lines)


def _head(ranked: bool) -> str:
    """The head; ranked: whether the rows are in order of the mean rank."""
    cells = []
    for kind, name, told in _HEAD:
        said = f' title="{told}"' if told else ""
        order = ' aria-sort="ascending"' if ranked and name == "mean rank" else ""
        cells.append(
            f'<th scope="col" class="{kind}"{said}{order}><button type=button>{name}</button></th>'
        )
    return "".join(cells)


def _rank_cell(place: Place | None, axis: Axis) -> str:
    if place is None:
        return '<td class="n r" data-v="999"></td>'
    low, high = place.interval
    return (
        f'<td class="n r" data-v="{place.mean_rank:.4f}">'
        f"{whisker(axis, place.mean_rank, place.interval)} "
        f'<b>{place.mean_rank:.2f}</b> <span class="iv">{low:.1f}–{high:.1f}</span></td>'
    )


def _share_cell(count: int, of: int, kind: str) -> str:
    if not of:
        return f'<td class="n {kind}" data-v="-1"></td>'
    width = 100 * count // of
    bar = f'<svg class="b" width="48" height="8" aria-hidden="true"><rect width="{width}%"/></svg>'
    return f'<td class="n {kind}" data-v="{count / of:.4f}">{bar} {count} of {of}</td>'


def _cost_cells(cost: Cost | None) -> list[str]:
    if cost is None:
        return ['<td class="n" data-v="-1"></td>'] * 4
    speed, size = cost.texts_per_second, cost.model_bytes
    model = "" if size is None else bytes_told(size) if size else "none"
    told = (
        (speed or -1, f"{speed:,.0f}" if speed else ""),
        (-1 if size is None else size, model),
        (cost.peak_bytes, bytes_told(cost.peak_bytes)),
        (cost.dim, str(cost.dim)),
    )
    return [f'<td class="n" data-v="{value}">{text}</td>' for value, text in told]


def _row(
    results: Results, spec: str, number: int, place: Place | None, axis: Axis, cost: Cost | None
) -> str:
    rows = ranked_rows(results)
    own = [found for row in results.rows if (found := results.find(row, spec)) and found.ok]
    default = [r for r in own if r.protocol["id"] == "default"] or own
    compared = [row for row in rows if (found := results.find(row, spec)) and found.ok]
    best = sum(spec in results.leaders[row] for row in compared)
    judged = _judged(results, spec)
    coverage = sum(r.coverage or 0.0 for r in default) / len(default) if default else None
    licence = str(next(r for r in results if r.spec == spec).provider.get("licence", ""))
    cells = [
        f'<th scope="row" data-v="{shown(spec)}">{named(spec)}</th>',
        _rank_cell(place, axis),
        _share_cell(best, len(compared), "bt"),
        _share_cell(sum(judged), len(judged), "af"),
        f'<td class="n cv" data-v="{coverage}">{percent(coverage)}</td>'
        if coverage is not None
        else '<td class="n cv" data-v="-1"></td>',
        *_cost_cells(cost),
        f'<td class="lic" data-v="{shown(licence)}">{shown(licence, 80)}</td>',
    ]
    tied = " class=tied" if place and place.tied else ""
    return f'<tr data-spec="{number}"{tied}>{"".join(cells)}</tr>'


def leaderboard(results: Results, specs: Sequence[str]) -> str:
    """The table of providers, in the given order."""
    found = standings(results)
    places = {place.spec: place for place in found.places} if found else {}
    axis = Axis(low=1.0, high=float(max(len(places), 2)), width=RANK_WIDTH)
    told = costs(results)
    rows = [
        _row(results, spec, number, places.get(spec), axis, told.get(spec))
        for number, spec in enumerate(specs)
    ]
    return table(
        _head(bool(places)), rows, label="Providers, the best first", kind="board sortable"
    )
