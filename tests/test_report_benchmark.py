"""What benchmarks/report.py measures is a report like any other, and its table says what held."""

from __future__ import annotations

from pathlib import Path

import pytest
from embkit.compare import collect
from embkit.registry import registry
from embkit.results import Store


@pytest.fixture
def script(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "benchmarks"))
    import report

    return report


def test_the_invented_results_are_results_that_can_be_compared(script, tmp_path):
    script.write_results(tmp_path, tasks=9, providers=3, items=40)
    store = Store(tmp_path)
    found = collect(registry(), store, store.scan())
    assert len(found) == 27 and len(found.rows) == 9
    assert {result.task["evaluator"] for result in found} == set(script.KINDS)
    details = found.details
    assert set(details.contests) == set(found.rows)  # their scores are those of their predictions
    assert all(list(contest.parts) == ["letters"] for contest in details.contests.values())
    assert len(details.standings[("", "")].places) == 3


def test_what_does_not_hold_stands_out_in_the_table(script):
    stored = {
        "about": {
            "date": "2026-01-02", "machine": "x86_64, 2 cores", "embkit": "1", "tasks": 60,
            "providers": 30, "rounds": 5, "load": [0.25, 1.0, 2.0],
        },
        "first_seconds": 60.0, "compare_seconds": 0.5, "render_seconds": 3.5,
        "open_seconds": 0.75, "open_cpu_seconds": 0.5, "bytes": 2_500_000,
    }  # fmt: skip
    lines = script.table(stored).splitlines()
    assert "| page rendered | 3.50 s | ≤ 3 s: **not held** |" in lines
    assert "| page opened in Chromium, its script run | 0.75 s | ≤ 1 s: held |" in lines
    assert "| size of the page | 2.50 MB | ≤ 5 MB: held |" in lines
