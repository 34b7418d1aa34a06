"""What scores are of, as tables for a terminal, as Markdown, as CSV and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import regex

from embkit.coverage import FREQUENCY, LETTERS, Covered, Slice
from embkit.reporters.cells import percent, printable
from embkit.reporters.markdown import escaped, table_of
from embkit.reporters.plain import csv_text, json_text

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["FORMATS", "SCHEMA"]

SCHEMA = "embkit.coverage/1"
_MOST_LABELS = 30
_LONGEST_TEXT = 40
_TITLES = {
    FREQUENCY: "rank of the rarest word",
    LETTERS: "letters of the longest text",
}
_CSV_HEAD = (
    "task", "provider", "protocol", "seed", "metric", "slice", "label", "items", "known", "score",
    "low", "high",
)  # fmt: skip


def _title(one: Covered) -> str:
    result = one.result
    protocol = "" if result.protocol["id"] == "default" else f"protocol {result.protocol['id']}"
    seed = result.protocol["seed"]
    told = (result.task_id, result.spec, protocol, f"seed {seed}" if seed else "")
    return " · ".join(printable(part) for part in told if part)


def _cells(part: Slice) -> tuple[str, str, str]:
    """Items, share of known ones, score with its interval."""
    low, high = part.interval or (None, None)
    interval = "" if low is None else f" [{low:.3f}, {high:.3f}]"
    return (
        f"{part.items:,}",
        percent(part.known / part.items),
        f"{part.score:.3f}{interval}",
    )


def _sections(one: Covered) -> Iterator[tuple[str, Sequence[Slice], int]]:
    """Title and first slices of each breakdown, and how many more it has."""
    for name, parts in one.slices.items():
        if len(parts) > 1:
            rest = max(0, len(parts) - _MOST_LABELS)
            yield _TITLES.get(name, printable(name)), parts[:_MOST_LABELS], rest


def _shortened(text: str) -> str:
    letters = regex.findall(r"\X", text)
    return text if len(letters) <= _LONGEST_TEXT else "".join(letters[:_LONGEST_TEXT]) + "…"


def _missing(one: Covered, most: int) -> str:
    """The texts without a vector in a sentence, "" where there is none or none shall be named."""
    if not one.missing or not most:
        return ""
    named = [
        printable(_shortened(text)) + (f" ({count})" if count > 1 else "")
        for text, count in one.missing[:most]
    ]
    rest = len(one.missing) - len(named)
    more = f" and {rest:,} more" if rest else ""
    noun = "text" if len(one.missing) == 1 else "texts"
    return f"{len(one.missing):,} {noun} without a vector: {', '.join(named)}{more}"


def _notes(found: Sequence[Covered]) -> list[str]:
    """What a reader must know of the forms."""
    labels = {part.label for one in found for part in one.forms}
    lines = []
    if "known items" in labels:
        lines.append("known items: of each provider others, so these scores compare nobody")
    if "vocabulary alone" in labels:
        lines.append("vocabulary alone: words whose vectors are composed count as unknown")
    if any(not one.slices for one in found):
        lines.append("without a breakdown: measured before one was kept, or texts are no words")
    return lines


def _render_table(found: Sequence[Covered], most: int) -> str:
    from rich.text import Text

    from embkit.reporters.table import empty_table, printed, terminal_width

    parts: list[RenderableType] = []
    for one in found:
        table = empty_table()
        table.add_column("")
        table.add_column("items", justify="right")
        table.add_column("known", justify="right")
        table.add_column(Text(printable(one.result.metric)))
        for form in one.forms:
            table.add_row(form.label, *_cells(form))
        for title, slices, rest in _sections(one):
            table.add_row()
            table.add_row(Text(title, style="italic"))
            for part in slices:
                table.add_row(Text(f"  {printable(part.label)}"), *_cells(part))
            if rest:
                table.add_row(Text(f"  … and {rest} more in --format csv", style="dim"))
        parts += [Text(_title(one), style="bold"), table]
        if words := _missing(one, most):
            parts.append(Text(words))
    return printed(parts, _notes(found), terminal_width(100))


def _render_markdown(found: Sequence[Covered], most: int) -> str:
    parts = []
    for one in found:
        rows = [[escaped(form.label), *map(escaped, _cells(form))] for form in one.forms]
        for title, slices, rest in _sections(one):
            rows.append([f"*{escaped(title)}*", "", "", ""])
            rows += [[escaped(part.label), *map(escaped, _cells(part))] for part in slices]
            if rest:
                rows.append([f"… and {rest} more", "", "", ""])
        head = ["", "items", "known", escaped(one.result.metric)]
        parts += [f"**{escaped(_title(one))}**", table_of(head, rows)]
        if words := _missing(one, most):
            parts.append(escaped(words))
    if lines := _notes(found):
        parts.append("\n".join(f"- {escaped(line)}" for line in lines))
    return "\n\n".join(parts) + "\n"


def _parts(one: Covered) -> Iterator[tuple[str, Slice]]:
    """All slices with the names of their breakdowns; the forms have none."""
    yield from (("", form) for form in one.forms)
    for name, parts in one.slices.items():
        yield from ((name, part) for part in parts)


def _render_csv(found: Sequence[Covered], most: int) -> str:
    """A line a slice."""
    rows: list[Sequence[object]] = []
    for one in found:
        result = one.result
        about = (
            result.task_id, result.spec, result.protocol["id"], result.protocol["seed"],
            result.metric,
        )  # fmt: skip
        for name, part in _parts(one):
            low, high = part.interval or (None, None)
            rows.append((*about, name, part.label, part.items, part.known, part.score, low, high))
    return csv_text(_CSV_HEAD, rows)


def _render_json(found: Sequence[Covered], most: int) -> str:
    """All slices; of the texts without a vector as many as asked for, and how many there are."""
    return json_text(
        {
            "schema": SCHEMA,
            "results": [
                {
                    "task": one.result.task_id,
                    "provider": one.result.spec,
                    "protocol": dict(one.result.protocol),
                    "metric": one.result.metric,
                    "forms": [form._asdict() for form in one.forms],
                    "slices": {
                        name: [part._asdict() for part in parts]
                        for name, parts in one.slices.items()
                    },
                    "missing": {
                        "texts": len(one.missing),
                        "named": [
                            {"text": text, "items": count} for text, count in one.missing[:most]
                        ],
                    },
                }
                for one in found
            ],
        }
    )


FORMATS: Mapping[str, Callable[[Sequence[Covered], int], str]] = {
    "table": _render_table,
    "md": _render_markdown,
    "csv": _render_csv,
    "json": _render_json,
}
