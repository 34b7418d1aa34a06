"""Measure how long a report of 30 providers on 60 tasks takes to make and to open.

    python benchmarks/report.py
    python benchmarks/render.py

The results are written by embkit's own store, with predictions, items and measured scores, as those
of a run would be; only what was predicted is drawn at random. The browser is a headless Chromium.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import tempfile
import time
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from embkit import Predictions
from embkit.coverage import Items
from embkit.registry import registry
from embkit.results import Result, Store, result_key

__all__ = ["table", "write_results"]

RESULTS = Path(__file__).parent / "results/report.json"
LANGUAGES = ("mr", "tr", "sw")
DOMAINS = ("general", "law")
LICENCES = ("CC-BY-4.0", "CC-BY-NC-4.0", "MIT")
LABELS = ("हवामान", "आरोग्य", "अन्न", "खेळ", "पैसे", "प्रवास")
# What was asked: seconds to render, seconds to open, bytes.
ASKED = {"render_seconds": 3.0, "open_seconds": 1.0, "bytes": 5_000_000}


def _classified(quality: float, draw: np.random.Generator, gold: np.ndarray) -> Predictions:
    right = draw.random(len(gold)) < quality
    other = (gold + draw.integers(1, len(LABELS), len(gold))) % len(LABELS)
    known = draw.random(len(gold)) < 0.97
    predicted = np.where(known, np.where(right, gold, other), -1)
    names = {"gold": LABELS, "predicted": LABELS}
    columns = {"gold": gold, "predicted": predicted}
    return Predictions(columns, unit=np.arange(len(gold)), known=known, names=names)


def _likened(quality: float, draw: np.random.Generator, gold: np.ndarray) -> Predictions:
    predicted = quality * gold + (1 - quality) * 4 * draw.random(len(gold))
    known = np.ones(len(gold), dtype=bool)
    columns = {"gold": gold.astype(np.float64), "predicted": predicted}
    return Predictions(columns, unit=np.arange(len(gold)), known=known)


def _found(quality: float, draw: np.random.Generator, gold: np.ndarray) -> Predictions:
    rank = 1 + draw.geometric(0.2 + 0.6 * quality, len(gold))
    columns = {
        "ndcg@10": np.where(rank <= 10, 1 / np.log2(rank + 1), 0.0),
        "mrr": 1 / rank,
        "map": 1 / rank,
    }
    known = np.ones(len(gold), dtype=bool)
    return Predictions(columns, unit=np.arange(len(gold)), known=known)


KINDS = {"classification": _classified, "similarity": _likened, "retrieval": _found}


def _result(
    task: int, provider: int, predictions: Predictions, evaluator: str, floor: float
) -> Result:
    """A result as a run writes it, with an interval of the normal distribution."""
    kind = registry().evaluator(evaluator)
    scores = dict(kind.measure(predictions))
    score = scores[kind.metric]
    reach = 1.96 * 0.45 / np.sqrt(len(predictions))
    interval = (max(0.0, score - reach), min(1.0, score + reach))
    language = LANGUAGES[task % 3]
    return Result(
        status="ok",
        task={
            "id": f"bench-{language}/{evaluator}-{task:02}", "evaluator": evaluator,
            "evaluator_version": kind.version, "family": kind.family, "language": language,
            "domain": DOMAINS[task % 2], "items": len(predictions), "digest": f"{task:064}",
            "licence": LICENCES[task % 3], "source": "https://example.org",
            "notes": "two rows in a hundred stand twice" if task % 4 == 0 else "",
            "dropped": {"no text": 7} if task % 5 == 0 else {},
        },
        provider={
            "spec": f"vectors-{provider:02}?dim=300", "name": f"vectors-{provider:02}", "dim": 300,
            "fingerprint": f"{provider:064}", "plugin": "embkit 0.1.0",
            "licence": LICENCES[provider % 3], "trained_on": [],
        },
        protocol={"id": "default", "seed": 0, "options": {}},
        metric=kind.metric, score=score, interval=interval, scores=scores,
        intervals={kind.metric: interval}, floors={"chance": floor / 2, "spelling": floor},
        coverage=float(predictions.known.mean()),
        cost={
            "load_seconds": 0.1 * provider, "embed_seconds": 1.0 + provider,
            "texts_per_second": 20_000.0 / (1 + provider), "peak_bytes": 10**7 * (1 + provider),
            "vector_bytes": 1200 * len(predictions), "model_bytes": 10**6 * (1 + provider) ** 2,
        },
        environment={"python": platform.python_version(), "embkit": version("embkit")},
    )  # fmt: skip


def write_results(folder: Path, tasks: int, providers: int, items: int = 300) -> None:
    """A folder of results of invented providers on invented tasks of three kinds."""
    store = Store(folder)
    for task in range(tasks):
        draw = np.random.default_rng(task)
        evaluator = list(KINDS)[task // 3 % 3]
        gold = draw.integers(len(LABELS), size=items)
        letters = [("1–3", "4–6", "7–9")[value] for value in draw.integers(3, size=items)]
        ease = draw.uniform(0.5, 0.8)
        for provider in range(providers):
            quality = ease * (0.7 + 0.3 * np.log1p(provider) / np.log1p(30))
            predictions = KINDS[evaluator](quality, draw, gold)
            unknown = [[] if known else [f"शब्द {i}"] for i, known in enumerate(predictions.known)]
            result = _result(task, provider, predictions, evaluator, ease * 0.8)
            key = result_key(task, provider)
            path = store.path(result.task_id, result.spec, key)
            store.save(
                path, result, predictions, Items(slices={"letters": letters}, unknown=unknown)
            )


def _rendered(folder: Path) -> tuple[str, float, float]:
    """The page, and the seconds of comparing the results and of rendering them."""
    from embkit.compare import collect
    from embkit.reporters.html import render

    store = Store(folder)
    begin = time.perf_counter()
    results = collect(registry(), store, store.scan())
    assert results.details is not None
    compared = time.perf_counter()
    text = render(results)
    return text, compared - begin, time.perf_counter() - compared


def _opened(file: Path, rounds: int) -> list[tuple[float, float]]:
    """Seconds from asking for the page until its script has run, and those of CPU of its thread.

    In a fresh tab each time.
    """
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium")
    found = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for _ in range(rounds + 1):
            shown = browser.new_page(viewport={"width": 1440, "height": 900})
            inside = shown.context.new_cdp_session(shown)
            inside.send("Performance.enable", {"timeDomain": "threadTicks"})
            shown.goto(file.as_uri())
            metrics = inside.send("Performance.getMetrics")["metrics"]
            (cpu,) = (one["value"] for one in metrics if one["name"] == "TaskDuration")
            timing = "performance.getEntriesByType('navigation')[0].loadEventEnd"
            found.append((shown.evaluate(timing) / 1000, cpu))
            shown.close()
        browser.close()
    return found[1:]  # the first tab pays for the start of the browser


def main() -> None:
    """Measure and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=60)
    parser.add_argument("--providers", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    before = os.getloadavg()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        os.environ["EMBKIT_CACHE"] = str(work / "cache")
        write_results(work / "results", arguments.tasks, arguments.providers)
        _, first, _ = _rendered(work / "results")
        again = [_rendered(work / "results") for _ in range(arguments.rounds)]
        file = work / "report.html"
        file.write_text(again[0][0], encoding="utf-8", newline="")
        opened = _opened(file, arguments.rounds)
        size = file.stat().st_size
    measured = {
        "about": {
            "date": time.strftime("%Y-%m-%d"),
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
            "embkit": version("embkit"),
            "tasks": arguments.tasks,
            "providers": arguments.providers,
            "rounds": arguments.rounds,
            "load": [round(load, 1) for load in before],
        },
        "first_seconds": first,
        "compare_seconds": statistics.median(seconds for _, seconds, _ in again),
        "render_seconds": statistics.median(seconds for _, _, seconds in again),
        "open_seconds": statistics.median(seconds for seconds, _ in opened),
        "open_cpu_seconds": statistics.median(cpu for _, cpu in opened),
        "bytes": size,
    }
    RESULTS.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")


def table(stored: Mapping[str, Any]) -> str:
    """What was measured as Markdown."""
    about = stored["about"]
    told = {
        "first_seconds": ("results compared, the first time", "s"),
        "compare_seconds": ("the same again, out of the cache", "s"),
        "render_seconds": ("page rendered", "s"),
        "open_seconds": ("page opened in Chromium, its script run", "s"),
        "open_cpu_seconds": ("of it CPU of the page's thread", "s"),
        "bytes": ("size of the page", "MB"),
    }
    lines = [
        f"{about['date']}, {about['machine']}, embkit {about['embkit']}. {about['providers']} "
        f"providers × {about['tasks']} tasks of 300 items, medians over {about['rounds']} rounds; "
        f"{about['load'][0]:g} other processes wanted to run when it began.",
        "",
        "| what | measured | asked |",
        "| --- | ---: | --- |",
    ]
    for name, (words, unit) in told.items():
        scale = 1e6 if unit == "MB" else 1
        asked = ""
        if name in ASKED:
            held = "held" if stored[name] <= ASKED[name] else "**not held**"
            asked = f"≤ {ASKED[name] / scale:g} {unit}: {held}"
        lines.append(f"| {words} | {stored[name] / scale:.2f} {unit} | {asked} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
