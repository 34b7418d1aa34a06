"""The lines that `embkit align` prints for people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from embkit_built.answers import Options
from embkit_built.confidence import ENOUGH
from embkit_built.decisions import Change

__all__ = ["change_line", "score_lines", "summary_lines"]


def _many(count: int, what: str) -> str:
    """A number with its noun, in the plural where it is not one."""
    ending = "" if count == 1 else "es" if what.endswith("s") else "s"
    return f"{count:,} {what}{ending}"


def change_line(change: Change, path: Path | None) -> str:
    """A line about a code that decisions name and the taxonomy has changed."""
    title = f" ({change.title})" if change.title else ""
    about = f"{path}, line {change.line}: code '{change.code}'{title}"
    many = _many(change.decisions, "decision")
    if change.kind == "retitled":
        return f"embkit: {about} is now called '{change.now}'; kept: {many}"
    near = f"; its title is now that of '{change.suggestion}'" if change.suggestion else ""
    return f"embkit: {about} is not in the taxonomy any more{near}; for review again: {many}"


def summary_lines(
    numbers: dict[str, Any],
    options: Options,
    review: Path | None,
    decisions: Path | None,
) -> list[str]:
    """What was done: rows by status, how far confidences go, what to do next."""
    lines = [
        f"{_many(numbers['rows'], 'row')}, {_many(numbers['texts'], 'different text')} after "
        f"cleaning, {_many(numbers['taxonomy']['classes'], 'class')} of "
        f"{numbers['taxonomy']['name']}",
        "",
    ]
    meant = {
        "decided": "a person decided about the same text",
        "auto": "accepted",
        "none": "accepted that it is none of the classes",
        "review": "to look at",
    }
    for name, meaning in meant.items():
        count, texts = numbers["status_rows"][name], numbers["status_texts"][name]
        lines.append(f"{name:<8} {count:>7,} rows {texts:>7,} texts  {meaning}")
    lines.append("")
    calibration = numbers["calibration"]
    if calibration is None:
        lines.append(
            f"uncalibrated, nothing accepted: {_many(numbers['decisions'], 'decision')}, "
            f"{ENOUGH} are needed"
        )
    else:
        lines.append(
            f"accepted from a confidence of {calibration['accepted_from']:.2f}, so that "
            f"{options.accept_at * 100:g} % are right"
        )
        lines.append(
            f"told from {calibration['decisions']:,} decisions; calibration error "
            f"{calibration['error']:.3f} on those that were held out"
        )
    if review is not None and numbers["status_texts"]["review"]:
        lines.append(f"next: embkit align review {review} --decisions {decisions or 'FILE'}")
    return lines


def score_lines(found: dict[str, Any]) -> list[str]:
    """The scores of `embkit align eval`, a line each."""
    decided = f", {found['decided']:,} more were decided by a person" if found["decided"] else ""
    lines = [
        f"{_many(found['rows'], 'row')} scored{decided}",
        "",
        f"first answer right       {found['hit@1']:.3f}",
        f"among the first five     {found['hit@5']:.3f}",
        f"mean reciprocal rank     {found['mrr']:.3f}",
    ]
    for level in found["levels"]:
        name = f"right down to level {level['level']}"
        lines.append(f"{name:<24} {level['accuracy']:.3f}  of {level['rows']:,} rows")
    accepted, coverage = found["accepted"], found["coverage"]
    if accepted["rows"]:
        low, high = accepted["interval"]
        lines.append(
            f"accepted answers right   {accepted['right']:.3f}  [{low:.3f}, {high:.3f}] "
            f"of {accepted['rows']:,} rows"
        )
    if found["calibration_error"] is None:
        lines.append("no confidences: coverage and calibration need at least 40 decisions")
    else:
        low, high = coverage["interval"]
        name = f"coverage at {coverage['precision']:g}"
        lines.append(f"{name:<24} {coverage['share']:.3f}  [{low:.3f}, {high:.3f}]")
        lines.append(f"calibration error        {found['calibration_error']:.3f}")
    return lines
