"""What stands in the cells and notes of a report, as plain words, for every tabular reporter."""

from __future__ import annotations

import fnmatch
import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from embkit.reporters.costs import costs
from embkit.results import Result, Results

__all__ = [
    "Cell",
    "cell",
    "cost_rows",
    "drawn",
    "floor",
    "model_size",
    "notes",
    "percent",
    "printable",
    "row_head",
    "title",
]

NOT_ABOVE = "†"
_MOST_NOTES = 3
_MOST_REASONS = 5
SEEN = "‡"
_BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def printable(text: str) -> str:
    """The text without anything a terminal or a reader's eye obeys: controls become `<U+202E>`."""
    return "".join(
        f"<U+{ord(letter):04X}>"
        if unicodedata.category(letter) in ("Cc", "Cs") or letter in _BIDI
        else letter
        for letter in text
    )


def percent(share: float) -> str:
    """A share in whole percent; 0 % is none at all and 100 % is all."""
    return f"{share if share in (0, 1) else min(max(share, 0.01), 0.99):.0%}".replace("%", " %")


@dataclass(frozen=True)
class Cell:
    """One cell of a table as text; leads: best, and tied with no other."""

    score: str
    interval: str = ""
    marks: str = ""
    coverage: str = ""
    leads: bool = False


def _seen(result: Result) -> bool:
    """Whether the provider says that it was trained on this task's data."""
    patterns = result.provider.get("trained_on", ())
    return any(fnmatch.fnmatchcase(result.task_id, pattern) for pattern in patterns)


def cell(results: Results, row: str, spec: str) -> Cell:
    """The cell of one row and provider."""
    result = results.find(row, spec)
    if result is None:
        return Cell("")
    if not result.ok or result.score is None:
        return Cell(result.status)
    low, high = result.interval or (result.score, result.score)
    return Cell(
        score=f"{result.score:.3f}",
        interval=f"[{low:.3f}, {high:.3f}]",
        marks=("" if result.above_floor else NOT_ABOVE) + (SEEN if _seen(result) else ""),
        coverage="" if result.coverage == 1 else percent(result.coverage or 0.0),
        leads=tuple(results.leaders.get(row, ())) == (spec,),
    )


def floor(results: Results, row: str) -> str:
    """The highest floor of a row, with its name."""
    for result in results.of(row):
        if result.ok and result.floor:
            name, score = result.floor
            return f"{score:.3f} {name}"
    return ""


def drawn(results: Results, rows: Sequence[str]) -> Mapping[str, Mapping[tuple[str, str], str]]:
    """What a protocol draws several times: by name of the score for each row and spec its mean
    with the deviation; of the main score, which is in its cell, under "±" the deviation alone."""
    found: dict[str, dict[tuple[str, str], str]] = {}
    for row in rows:
        for result in results.of(row):
            if result.protocol["id"] == "default":
                continue
            scores = result.scores
            for name in (name for name in scores if f"{name}_std" in scores):
                deviation = f"± {scores[f'{name}_std']:.3f}"
                main = name == result.metric
                text = deviation if main else f"{scores[name]:.3f} {deviation}"
                found.setdefault("±" if main else name, {})[row, result.spec] = text
    return found


def row_head(results: Results, row: str) -> tuple[str, str]:
    """Metric and number of items of a row."""
    ready = results.of(row)[0]  # those with scores come first
    return ready.metric, str(ready.task["items"] or "")


def title(results: Results) -> str:
    """What was run, in one line."""
    languages = sorted({result.task["language"] for result in results})
    seeds = sorted({result.protocol["seed"] for result in results})
    limits = sorted({r.protocol["options"].get("limit", 0) for r in results} - {0})
    tasks = len({result.task_id for result in results})
    protocols = len({(r.protocol["id"], *r.protocol["options"].items()) for r in results})
    parts = [
        ", ".join(languages),
        f"{tasks} tasks" if tasks != 1 else "1 task",
        *([f"{protocols} protocols"] if protocols > 1 else []),
        f"seed {', '.join(map(str, seeds))}",
        "95 % intervals by bootstrap",
    ]
    if limits:
        some = "" if all(r.protocol["options"].get("limit") for r in results) else " of some tasks"
        parts.append(f"at most {limits[0]} items{some or ' a task'}")
    return " · ".join(parts)


def bytes_told(count: float) -> str:
    for unit in ("B", "kB", "MB"):
        if count < 999.5:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"


def model_size(result: Result) -> str:
    """The bytes of a model in words, "" where the embedder does not tell them."""
    size = result.cost.get("model_bytes")
    return "" if size is None else bytes_told(size) if size else "none"


COST_HEAD = ("provider", "dim", "model", "load", "texts/s", "peak memory", "vectors")


def cost_rows(results: Results) -> list[tuple[str, ...]]:
    """A row a provider: dim, bytes of the model, load time, texts a second over all tasks, memory,
    bytes a vector."""
    rows: list[tuple[str, ...]] = []
    for spec, cost in costs(results).items():
        done = [r for r in results if r.spec == spec and r.ok and r.cost]
        speed = cost.texts_per_second
        rows.append(
            (
                printable(spec),
                str(cost.dim),
                max(map(model_size, done), key=len),
                f"{cost.load_seconds:.2f} s",
                "" if speed is None else f"{speed:,.0f}",
                bytes_told(cost.peak_bytes),
                f"{bytes_told(4 * cost.dim)} a text",
            )
        )
    return rows


def _unscored(results: Results) -> list[str]:
    """A line for each reason, with the cells it stopped; the first few of many."""
    by_reason: dict[tuple[str, str], list[Result]] = defaultdict(list)
    for result in results:
        if not result.ok:
            by_reason[result.status, result.reason].append(result)
    lines = []
    for (status, reason), stopped in list(by_reason.items())[:_MOST_REASONS]:
        who = _named([result.spec for result in stopped], "providers")
        where = _named([result.task_id for result in stopped], "tasks")
        lines.append(f"{status}: {printable(who)} on {where}: {printable(reason)}")
    rest = len(by_reason) - len(lines)
    if rest:
        lines.append(f"… and {rest} more reasons: `embkit report --format csv` has a line a cell")
    return lines


def _named(names: Sequence[str], kind: str) -> str:
    distinct = list(dict.fromkeys(names))
    return distinct[0] if len(distinct) == 1 else f"{len(distinct)} {kind}"


def _dropped(done: Sequence[Result]) -> list[str]:
    """Each reason for which rows were left out, with how many and where."""
    by_reason: dict[str, dict[str, int]] = defaultdict(dict)
    for result in done:
        for reason, count in result.task["dropped"].items():
            by_reason[reason][result.task_id] = count
    return [
        f"{sum(tasks.values())} × {printable(reason)} "
        f"({', '.join(tasks) if len(tasks) < 3 else f'{len(tasks)} tasks'})"
        for reason, tasks in by_reason.items()
    ]


def _more_on_coverage(done: Sequence[Result]) -> list[str]:
    """Where to read on, when there is more to say of what scores are of."""
    more = []
    if any(result.coverage != 1 for result in done):
        more.append("which texts have no vector")
    alone = [r for r in done if r.vocabulary_coverage is not None]
    if any(r.vocabulary_coverage != r.coverage for r in alone):
        more.append("what a vocabulary scores without composed vectors")
    return [f"`embkit report RESULTS --coverage` shows {' and '.join(more)}"] if more else []


def _cut(done: Sequence[Result]) -> list[str]:
    """A line for each provider that did not read all of some texts."""
    lines = []
    for spec in dict.fromkeys(result.spec for result in done):
        cut = [r for r in done if r.spec == spec and r.cost.get("texts_cut")]
        if cut:
            texts, tokens = (
                sum(r.cost[f"{name}_cut"] for r in cut) for name in ("texts", "tokens")
            )
            where = _named([result.task_id for result in cut], "tasks")
            lines.append(
                f"{printable(spec)} did not read the end of {texts:,} texts of {printable(where)}, "
                f"{tokens:,} tokens in all"
            )
    return lines


def notes(results: Results) -> Sequence[str]:
    """Sentences below a table: what marks mean, what was dropped, licences that bind, failures."""
    done = [result for result in results if result.ok]
    lines = []
    if any(not result.above_floor for result in done):
        lines.append(f"{NOT_ABOVE} not above its floor: the interval reaches down to it")
    if any(_seen(result) for result in done):
        lines.append(f"{SEEN} the provider was trained on data of this task")
    if len({result.spec for result in done}) > 1:
        lines.append(
            "bold: best, and told apart from every other (paired tests, Holm-corrected, 5 %)"
            if any(len(specs) == 1 for specs in results.leaders.values())
            else "no provider leads alone on any task (paired tests, Holm-corrected, 5 %)"
        )
    share = "a percentage is the share of items whose texts all have a vector; "
    if any(result.coverage != 1 for result in done if result.protocol["id"] == "default"):
        lines.append(share + "the rest count as wrong")
    others = {r.protocol["id"] for r in done if r.coverage != 1} - {"default"}
    lines += [f"{share}`embkit info {name}` says what the rest count as" for name in sorted(others)]
    lines += _more_on_coverage(done)
    if any(drawn(results, rows) for rows in results.sections.values()):
        lines.append("± is the standard deviation over the draws or folds")
    dropped = _dropped(done)
    if dropped:
        lines.append(f"left out or mended when reading: {'; '.join(dropped)}")
    lines += _cut(done)
    told = {result.task_id: result.task["notes"] for result in done if result.task.get("notes")}
    if len(told) > _MOST_NOTES:
        lines.append(
            f"{len(told)} of these tasks have faults or limits that a reader must know: "
            "`embkit info TASK` tells each"
        )
    else:
        lines += [f"{task}: {printable(note)}" for task, note in told.items()]
    bound = sorted({r.task_id for r in done if "NC" in re.split("[- ]", r.task["licence"].upper())})
    if bound:
        lines.append(f"for non-commercial use only: {', '.join(bound)}")
    return lines + _unscored(results)
