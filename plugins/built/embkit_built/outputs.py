"""What `embkit align` writes: the register with its answers, what to look at, a report."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from embkit.errors import InvalidRequest

from embkit_built.alignment import Alignment
from embkit_built.answers import Answer
from embkit_built.decisions import Change
from embkit_built.formulas import as_text
from embkit_built.taxonomies import NONE, Taxonomy

__all__ = ["categories", "labelled", "mapped_rows", "report", "review_rows", "table_bytes"]

_REVIEW = (
    "text",
    "makers",
    "cleaned",
    "things",
    "rows",
    "line",
    "code",
    "title",
    "confidence",
    "why",
)


def table_bytes(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows as CSV; the byte order mark makes Excel read it as UTF-8."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def labelled(code: str, taxonomy: Taxonomy) -> str:
    """A code with its title as COBie writes it: "code : title"; none stays none."""
    return code if code in ("", NONE) else f"{code} : {taxonomy.get(code).title}"


def mapped_rows(done: Alignment, top: int) -> list[Sequence[str]]:
    """The header and rows of the register, untouched and in order, with the columns of answers.

    Raises InvalidRequest when the register has columns of these names already.
    """
    table = done.register.table
    alternatives = [f"align_alt{number}" for number in range(1, top + 1)]
    names = [
        "align_code", "align_title", "align_level", "align_score", "align_margin",
        "align_confidence", "align_status", "align_why", *alternatives,
        "align_taxonomy", "align_model", "align_run",
    ]  # fmt: skip
    taken = [name for name in names if name in table.header]
    if taken:
        raise InvalidRequest(
            f"{table.path} has a column '{taken[0]}' already; align the register as it was"
        )
    version = f"{done.taxonomy.name} {done.taxonomy.version}"
    rows: list[Sequence[str]] = [[*table.header, *names]]
    for (_, cells), key in zip(table.rows, done.keys, strict=True):
        answer = done.answers[key]
        short = [*answer.shortlist[:top], *[""] * (top - len(answer.shortlist))]
        rows.append(
            [
                *cells,
                answer.code,
                answer.title,
                str(answer.level or ""),
                f"{answer.score:.3f}",
                f"{answer.margin:.3f}",
                _share(answer.confidence),
                answer.status,
                answer.why,
                *short,
                version,
                done.model,
                done.run,
            ]
        )
    return rows


def _share(confidence: float | None) -> str:
    return "" if confidence is None else f"{confidence:.3f}"


def _uncertainty(answer: Answer) -> float:
    """1 at most; without a confidence what the margin leaves open."""
    if answer.confidence is None:
        return 1 - min(max(answer.margin, 0.0), 1.0)
    return 1 - answer.confidence


def review_rows(done: Alignment, taxonomy: str, top: int) -> list[Sequence[str]]:
    """The texts that a person must look at, first those that are much in doubt and stand for many.

    Each stands once, with the first of its rows, its shortlist, and a column for the decision.
    taxonomy: as it was typed, for `embkit align review`. What looks like a formula is marked as a
    text, for the file is made to be opened in a spreadsheet.
    """
    first: dict[str, int] = {}
    rows = Counter(done.keys)
    for number, key in enumerate(done.keys):
        first.setdefault(key, number)
    doubtful = [a for a in done.answers.values() if a.status == "review"]
    doubtful.sort(key=lambda a: (-_uncertainty(a) * done.things[a.text], a.text))
    choices = [str(number) for number in range(1, top + 1)]
    found: list[Sequence[str]] = [[*_REVIEW, *choices, "decision", "taxonomy"]]
    for answer in doubtful:
        number = first[answer.text]
        short = [labelled(code, done.taxonomy) for code in answer.shortlist[:top]]
        found.append(
            [
                done.register.texts[number],
                done.register.makers[number],
                answer.text,
                str(done.things[answer.text]),
                str(rows[answer.text]),
                str(done.register.table.rows[number][0]),
                answer.code,
                answer.title,
                _share(answer.confidence),
                answer.why,
                *[*short, *[""] * (top - len(short))],
                "",
                taxonomy,
            ]
        )
    return [list(map(as_text, cells)) for cells in found]


def categories(done: Alignment) -> dict[int, str]:
    """For each row of the register with an accepted class its number and "code : title"."""
    found = {}
    for (line, _), key in zip(done.register.table.rows, done.keys, strict=True):
        answer = done.answers[key]
        if answer.status in ("decided", "auto") and answer.code != NONE:
            found[line] = labelled(answer.code, done.taxonomy)
    return found


def report(done: Alignment, changes: Sequence[Change]) -> dict[str, Any]:
    """What was done, in numbers; the same for the same input."""
    rows = Counter(done.answers[key].status for key in done.keys)
    texts = Counter(answer.status for answer in done.answers.values())
    confidence = done.confidence
    return {
        "register": str(done.register.table.path),
        "text_columns": list(done.register.text_columns),
        "rows": len(done.keys),
        "texts": len(done.answers),
        "taxonomy": {
            "name": done.taxonomy.name,
            "version": done.taxonomy.version,
            "classes": len(done.taxonomy),
        },
        "model": done.model,
        "run": done.run,
        "status_rows": {name: rows[name] for name in ("decided", "auto", "none", "review")},
        "status_texts": {name: texts[name] for name in ("decided", "auto", "none", "review")},
        "decisions": done.usable_decisions,
        "mix": vars(done.mix),
        "calibration": None
        if confidence is None
        else {
            "decisions": confidence.decisions,
            "error": round(confidence.error, 4),
            "accepted_from": round(done.bar, 4),
        },
        "taxonomy_changes": [vars(change) for change in changes],
    }
