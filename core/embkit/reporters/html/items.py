"""Of one task the parts of its items, the hardest of them, and a map with nearest texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from embkit.coverage import LETTERS
from embkit.reporters.html.markup import heads, quoted, shown, table

if TYPE_CHECKING:
    from embkit.contests import Contest
    from embkit.details import Details
    from embkit.mapped import Mapped

__all__ = ["hard_items", "maps_of", "parts_of"]

# Providers that stand beside each other where each has a column; the best ones.
_MOST_COLUMNS = 6
_TITLES = {LETTERS: "letters of the longest text"}


def parts_of(contest: Contest) -> str:
    """A table for each breakdown, of the best providers; nothing where there is none."""
    specs = contest.specs[:_MOST_COLUMNS]
    pieces = []
    for name, parts in contest.parts.items():
        title = _TITLES.get(name, name)
        lines = [
            f'<tr><th scope="row" dir="auto">{shown(part.label)}</th>'
            f'<td class="n">{part.items:,}</td>'
            + "".join(
                f'<td class="n">{"" if score is None else f"{score:.3f}"}</td>'
                for score in part.scores[: len(specs)]
            )
            + "</tr>"
            for part in parts
        ]
        if more := contest.rest[name]:
            lines.append(
                f'<tr><td class="dim" colspan="{len(specs) + 2}">… and {more} more</td></tr>'
            )
        head = heads((title, ""), ("items", "n"), *((spec, "n") for spec in specs))
        pieces.append(table(head, lines, label=f"By {title}"))
    if not pieces:
        return ""
    said = (
        '<p class="dim">Parts of a few items say little: their intervals are wide. '
        "<code>embkit report RESULTS --coverage</code> shows them."
        + _columns_told(contest)
        + "</p>"
    )
    return "<h3>Parts of the items</h3>" + said + "".join(pieces)


def _columns_told(contest: Contest) -> str:
    more = len(contest.specs) - _MOST_COLUMNS
    return (
        f" The {_MOST_COLUMNS} best providers have a column; {more} more do not."
        if more > 0
        else ""
    )


def hard_items(contest: Contest, details: Details, row: str) -> str:
    """The hardest items with what each of the best providers answered; nothing without any."""
    if not contest.hard:
        return ""
    known = details.texts.get(row)
    language, texts = (known.language, known.items) if known else ("", {})
    specs = contest.specs[:_MOST_COLUMNS]
    gold = any(hard.gold for hard in contest.hard)
    lines = []
    for hard in contest.hard:
        told = " · ".join(quoted(text, language) for text in texts.get(hard.item, ()))
        cells = [
            *([f'<td class="tx">{told}</td>'] if texts else []),
            *([f'<td dir="auto">{shown(hard.gold, 80)}</td>'] if gold else []),
            *(f'<td dir="auto">{shown(answer, 80)}</td>' for answer in hard.answers[: len(specs)]),
        ]
        lines.append(f'<tr><td class="n">{hard.item + 1}</td>{"".join(cells)}</tr>')
    head = heads(
        ("item", "n"), *([("text", "")] if texts else []), *([("right", "")] if gold else []),
        *((spec, "") for spec in specs),
    )  # fmt: skip
    lowest = contest.hard[0].value
    alike = (
        f"{contest.equally:,} items share the lowest value, {lowest:.2f}; the first stand here."
        if contest.equally > len(contest.hard)
        else "Those with the lowest mean value over all providers."
    )
    why = f" {shown(details.untold[row], 1000)}." if row in details.untold else ""
    said = f'<p class="dim">{alike}{_columns_told(contest)}{why}</p>'
    return (
        "<h3>The hardest items</h3>"
        + said
        + table(head, lines, label="The hardest items", kind="hard")
    )


def maps_of(maps: Sequence[Mapped], number: int, language: str) -> str:
    """The maps of one task, a panel a provider, and some texts with those nearest to them.

    number: of the row, by which the script finds the points.
    """
    one = maps[0]
    drawn = (
        f"{len(one.texts):,} of {one.count:,} texts"
        if one.count > len(one.texts)
        else f"{one.count:,} texts"
    )
    trust = ", ".join(f"{shown(m.placed.spec)} {m.placed.trust:.3f}" for m in maps)
    figure = (
        f'<figure class="chart" data-chart="map" data-of="{number}"><figcaption>Map of {drawn}, '
        f"coloured by label. Trustworthiness: {trust}. Distances between clusters mean nothing."
        '</figcaption><div class="plot"></div></figure>'
    )
    pieces = []
    for one in maps:
        lines = [
            f'<tr><td class="tx">{quoted(near.text, language)}</td><td class="tx">'
            + " · ".join(
                f'{quoted(text, language)} <span class="mk">{cosine:.2f}</span>'
                for text, cosine in near.found
            )
            + "</td></tr>"
            for near in one.nearest
        ]
        head = heads(("text", ""), (f"nearest by {one.placed.spec}, with their cosines", ""))
        pieces.append(table(head, lines, label=f"Nearest texts by {one.placed.spec}", kind="hard"))
    return "<h3>Map and nearest texts</h3>" + figure + "".join(pieces)
