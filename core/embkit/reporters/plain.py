"""Results for other programs: JSON, complete, and CSV, a line a result."""

from __future__ import annotations

import csv
import io
import json

from embkit.results import Results

__all__ = ["render_csv", "render_json"]

_COLUMNS = (
    "task", "language", "evaluator", "items", "provider", "dim", "status", "metric", "score",
    "low", "high", "floor", "floor_name", "coverage", "texts_per_second", "peak_bytes",
    "vector_bytes", "licence", "seed", "digest", "reason",
)  # fmt: skip


def render_json(results: Results) -> str:
    """The list of results, each as its schema has it."""
    content = [result.to_json() for result in results]
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _safe(value: object) -> object:
    """A text that a spreadsheet would run as a formula gets an apostrophe in front."""
    if isinstance(value, str) and value[:1] in tuple("=+-@\t\r"):
        return f"'{value}"
    return value


def render_csv(results: Results) -> str:
    """A line a result, with a header."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for result in results:
        name, score = result.floor or ("", "")
        low, high = result.interval or ("", "")
        task, cost = result.task, result.cost
        row = (
            result.task_id, task["language"], task["evaluator"], task["items"], result.spec,
            result.provider["dim"], result.status, result.metric, result.score, low, high, score,
            name, result.coverage, cost.get("texts_per_second"), cost.get("peak_bytes"),
            cost.get("vector_bytes"), task["licence"], result.protocol["seed"], task["digest"],
            result.reason,
        )  # fmt: skip
        writer.writerow([_safe("" if value is None else value) for value in row])
    return stream.getvalue()
