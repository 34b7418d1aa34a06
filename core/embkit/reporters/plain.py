"""Results for other programs: JSON, complete, and CSV, a line a result."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence

from embkit.reporters.cells import printable
from embkit.results import Results

__all__ = ["csv_text", "json_text", "render_csv", "render_json"]

_COLUMNS = (
    "task", "language", "evaluator", "items", "provider", "dim", "status", "metric", "score",
    "low", "high", "floor", "floor_name", "coverage", "texts_per_second", "peak_bytes",
    "vector_bytes", "model_bytes", "licence", "protocol", "seed", "digest", "reason",
)  # fmt: skip


# Controls that JSON lets through, bidi controls, and surrogates that no file can hold.
_OBEYED = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def json_text(content: object) -> str:
    """As JSON; what a terminal obeys is escaped."""
    text = json.dumps(content, ensure_ascii=False, indent=1)
    return _OBEYED.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n"


def render_json(results: Results) -> str:
    """The list of results, each as its schema has it."""
    return json_text([result.to_json() for result in results])


def _safe(value: object) -> object:
    """One line of harmless text; what a spreadsheet would run gets an apostrophe in front."""
    if not isinstance(value, str):
        return value
    text = printable(value)
    return f"'{text}" if text.startswith(tuple("=+-@")) else text


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A header and a line a row; None is empty."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_safe("" if value is None else value) for value in row])
    return stream.getvalue()


def render_csv(results: Results) -> str:
    """A line a result, with a header."""
    rows = []
    for result in results:
        name, score = result.floor or ("", "")
        low, high = result.interval or ("", "")
        task, cost = result.task, result.cost
        row = (
            result.task_id, task["language"], task["evaluator"], task["items"], result.spec,
            result.provider["dim"], result.status, result.metric, result.score, low, high, score,
            name, result.coverage, cost.get("texts_per_second"), cost.get("peak_bytes"),
            cost.get("vector_bytes"), cost.get("model_bytes"), task["licence"],
            result.protocol["id"], result.protocol["seed"], task["digest"], result.reason,
        )  # fmt: skip
        rows.append(row)
    return csv_text(_COLUMNS, rows)
