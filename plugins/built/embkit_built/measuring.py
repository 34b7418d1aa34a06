"""How good answers are where the right ones are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from embkit.errors import InvalidData, InvalidRequest

from embkit_built.confidence import calibration_error, wilson
from embkit_built.sheets import Table, read_sheet
from embkit_built.taxonomies import NONE, Taxonomy

__all__ = ["Scored", "measure", "read_scored"]


@dataclass(frozen=True, kw_only=True)
class Scored:
    """One row with its right code. answer: a class or one above the first of the shortlist."""

    gold: str
    answer: str
    shortlist: Sequence[str]
    confidence: float | None
    status: str


def read_scored(path: Path, gold: Path | None, column: str, taxonomy: Taxonomy) -> list[Scored]:
    """The rows of a mapped register beside their right codes.

    gold: a table with the same rows in the same order, None where the mapped register has the
    column itself. A row without a right code is left out; the codes must be classes or none.
    Raises InvalidRequest for columns that are not there, InvalidData for another number of rows,
    a confidence that is none and a right code that is no class.
    """
    mapped = read_sheet(path, wanted=("align_code",))
    code, sure = mapped.column("align_code"), mapped.column("align_confidence")
    status = mapped.column("align_status")
    others = [i for i, name in enumerate(mapped.header) if name.startswith("align_alt")]
    right = read_sheet(gold, wanted=(column,)) if gold else mapped
    place = right.column(column)
    if len(right.rows) != len(mapped.rows):
        raise InvalidData(
            f"has {len(right.rows):,} rows, {path} has {len(mapped.rows):,}; "
            "the right codes must stand in the same order",
            path=right.path,
        )
    found = []
    for (own, cells), (line, known) in zip(mapped.rows, right.rows, strict=True):
        answer = _gold(right, line, known[place].strip(), taxonomy)
        if answer:
            found.append(
                Scored(
                    gold=answer,
                    answer=cells[code],
                    shortlist=tuple(cells[i] for i in others if cells[i]),
                    confidence=_confidence(mapped, own, cells[sure]),
                    status=cells[status],
                )
            )
    if not found:
        raise InvalidRequest(f"column '{column}' of {right.path} holds no code")
    return found


def _confidence(table: Table, line: int, text: str) -> float | None:
    if not text.strip():
        return None
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found <= 1:
        raise table.error(line, f"expected a confidence from 0 to 1, got '{text}'")
    return found


def _gold(table: Table, line: int, text: str, taxonomy: Taxonomy) -> str:
    code = text.partition(" : ")[0].strip()
    if code.casefold() == NONE:
        return NONE
    if code and code not in taxonomy:
        raise table.error(line, f"'{code}' is no class of '{taxonomy.name}'")
    return code


def measure(rows: Sequence[Scored], taxonomy: Taxonomy, precision: float) -> dict[str, Any]:
    """Scores of answered rows; those that a person decided are counted and left out.

    hit@1, hit@5: the right code is the first, among the first five. mrr: mean of 1 / place, 0 where
    it is not in the shortlist. levels: of the rows whose right code reaches a level, the share
    whose first answer agrees down to it. accepted: of the answers that were given without a person,
    how many, the share right with its Wilson interval; an answer above the right class is right.
    coverage: of all rows, with its interval, those that could be accepted if the best so many of
    them are right at the precision. calibration_error: see `calibration_error`, None without
    confidences.
    Raises InvalidRequest when there is no row left.
    """
    open_rows = [row for row in rows if row.status != "decided"]
    if not open_rows:
        raise InvalidRequest("every row was decided by a person; there is nothing to score")
    n = len(open_rows)
    places = [_place(row) for row in open_rows]
    firsts = [row.shortlist[0] if row.shortlist else "" for row in open_rows]
    right = np.array([_agrees(row.answer, row.gold, taxonomy) for row in open_rows])
    accepted = np.array([row.status in ("auto", "none") for row in open_rows])
    sure = [row.confidence for row in open_rows if row.confidence is not None]
    known = np.array([row.confidence is not None for row in open_rows])
    return {
        "rows": n,
        "decided": len(rows) - n,
        "hit@1": _mean([place == 1 for place in places]),
        "hit@5": _mean([0 < place <= 5 for place in places]),
        "mrr": _mean([1 / place if place else 0 for place in places]),
        "levels": _levels(open_rows, firsts, taxonomy),
        "accepted": _share(int(right[accepted].sum()), int(accepted.sum())),
        "coverage": _coverage(np.array(sure), right[known], n, precision),
        "calibration_error": round(calibration_error(np.array(sure), right[known]), 4)
        if sure
        else None,
    }


def _place(row: Scored) -> int:
    """Where the right code stands, from 1, 0 for nowhere."""
    return row.shortlist.index(row.gold) + 1 if row.gold in row.shortlist else 0


def _agrees(answer: str, gold: str, taxonomy: Taxonomy) -> bool:
    """Whether an answer is the right class or stands above it."""
    if NONE in (answer, gold) or not answer:
        return answer == gold
    return answer in taxonomy.line_of(gold)


def _levels(
    rows: Sequence[Scored], firsts: Sequence[str], taxonomy: Taxonomy
) -> list[dict[str, Any]]:
    pairs = []
    for row, first in zip(rows, firsts, strict=True):
        if row.gold != NONE:
            line = () if first in ("", NONE) else taxonomy.line_of(first)
            pairs.append((taxonomy.line_of(row.gold), line))
    found: list[dict[str, Any]] = []
    for level in range(1, max((len(gold) for gold, _ in pairs), default=0) + 1):
        hits = [gold[:level] == line[:level] for gold, line in pairs if len(gold) >= level]
        found.append({"level": level, "rows": len(hits), "accuracy": _mean(hits)})
    return found


def _coverage(
    sure: np.ndarray[Any, Any], right: np.ndarray[Any, Any], rows: int, precision: float
) -> dict[str, Any]:
    """The most rows, surest first, of which this share is right; equals stay together."""
    order = np.argsort(-sure, kind="stable")
    hits = np.cumsum(right[order])
    counts = np.arange(1, len(order) + 1)
    last = np.append(np.diff(sure[order]) != 0, True) if len(order) else np.zeros(0, dtype=bool)
    enough = np.flatnonzero((hits >= precision * counts) & last)
    count = int(counts[enough[-1]]) if len(enough) else 0
    low, high = wilson(count, rows)
    share = round(count / rows, 4)
    return {"precision": precision, "share": share, "interval": [round(low, 4), round(high, 4)]}


def _share(right: int, count: int) -> dict[str, Any]:
    low, high = wilson(right, count)
    return {
        "rows": count,
        "right": round(right / count, 4) if count else None,
        "interval": [round(low, 4), round(high, 4)] if count else None,
    }


def _mean(values: Sequence[float]) -> float:
    return round(float(np.mean(values)), 4) if len(values) else 0.0
