"""What the page's script reads: rows, places, costs and the data of charts, as JSON in the page."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from embkit.reporters.costs import costs
from embkit.reporters.html.charts import CHARTS
from embkit.reporters.html.leaderboard import ranked_rows
from embkit.reporters.html.markup import cut
from embkit.results import Result, Results

if TYPE_CHECKING:
    from embkit.mapped import Mapped

__all__ = ["island"]

_FIELDS = ("language", "domain", "evaluator", "licence")
_SHARE = re.compile(r"(?P<score>.+)@(?P<share>[0-9.]+)%")


def island(results: Results, specs: Sequence[str]) -> str:
    """The data as JSON that no parser of HTML takes for anything else."""
    ranked = set(ranked_rows(results))
    content = {
        "specs": [cut(spec) for spec in specs],
        "costs": _costs(results, specs),
        "rows": [_row(results, row, specs, row in ranked) for row in results.rows],
        "standings": _standings(results, specs),
        "charts": CHARTS,
        "curves": {
            number: points
            for number, row in enumerate(results.rows)
            if (points := _curve(results.of(row)))
        },
        "maps": _maps(results),
    }
    text = json.dumps(content, separators=(",", ":"))  # ASCII: U+2028 comes escaped
    for letter in "<>&":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


def _costs(results: Results, specs: Sequence[str]) -> list[Any]:
    found = costs(results)
    return [
        {"speed": found[spec].texts_per_second, "bytes": found[spec].model_bytes}
        if spec in found
        else {}
        for spec in specs
    ]


def _row(results: Results, row: str, specs: Sequence[str], ranked: bool) -> dict[str, Any]:
    """A row: what it is chosen by, and of each provider score, interval, coverage, above floor."""
    first = results.of(row)[0]
    by_spec = {result.spec: result for result in results.of(row)}
    cells: list[Any] = []
    for spec in specs:
        result = by_spec.get(spec)
        if result is None or not result.ok or result.score is None:
            cells.append(0)
            continue
        ends = [round(end, 4) for end in result.interval] if result.interval else [None, None]
        above = int(result.above_floor) if result.floors else -1
        cells.append([round(result.score, 12), *ends, round(result.coverage or 0.0, 4), above])
    places = {spec: i for i, spec in enumerate(specs)}
    return {
        "id": cut(row),
        "metric": cut(first.metric),
        "default": first.protocol["id"] == "default",
        "ranked": ranked,
        "tied": [places[spec] for spec in results.leaders.get(row, ())],
        "cells": cells,
    }


def _standings(results: Results, specs: Sequence[str]) -> dict[str, Any]:
    """Under a field and its value, "" for all: rows, and spec, rank, interval, tied of each."""
    places = {spec: i for i, spec in enumerate(specs)}
    details = results.details
    return {
        f"{field}|{cut(value or ('none stated' if field else ''))}": {
            "rows": len(found.rows),
            "places": [
                [places[p.spec], *(round(x, 4) for x in (p.mean_rank, *p.interval)), int(p.tied)]
                for p in found.places
            ],
        }
        for (field, value), found in (details.standings.items() if details else ())
    }


def _curve(members: Sequence[Result]) -> list[dict[str, Any]]:
    """Scores by share of train texts with their deviation; the whole of train is the main score."""
    points = []
    for result in members:
        shares = {
            float(match["share"]): name
            for name in result.scores
            if (match := _SHARE.fullmatch(name)) and match["score"] == result.metric
        }
        if not shares:
            continue
        for share, name in sorted({**shares, 100.0: result.metric}.items()):
            value, deviation = result.scores[name], result.scores.get(f"{name}_std", 0.0)
            points.append({
                "spec": cut(result.spec), "share": share, "value": round(value, 4),
                "deviation": round(deviation, 4), "low": round(value - deviation, 4),
                "high": round(value + deviation, 4),
            })  # fmt: skip
    return points


def _maps(results: Results) -> dict[int, Any]:
    details = results.details
    found = details.maps if details else {}
    return {i: _points(found[row]) for i, row in enumerate(results.rows) if row in found}


def _points(maps: Sequence[Mapped]) -> list[dict[str, Any]]:
    return [
        {
            "spec": cut(one.placed.spec), "x": round(x, 3), "y": round(y, 3),
            "label": cut(label, 60), "text": cut(text, 120),
        }
        for one in maps
        for (x, y), label, text in zip(
            one.placed.places.tolist(), one.placed.labels, one.texts, strict=True
        )
    ]  # fmt: skip
