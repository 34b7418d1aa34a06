"""Measure what the interval of each task costs beside the embedding that it follows.

    embkit fetch --from ../shared/data
    python benchmarks/bootstrap.py -p tr=fasttext:fasttext/model.bin
    python benchmarks/render.py

A task whose files are here is embedded, nothing cached, predicted, and measured on 1,000 bootstrap
samples, as `embkit eval` does it. What is stored of other tasks stays.
"""

from __future__ import annotations

import argparse
import datetime
import json
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from embkit.embedding import Loaded, dataset_vectors, load
from embkit.evaluate import is_here, load_dataset
from embkit.records import Benchmark, Setting, Task
from embkit.registry import registry
from embkit.statistics import intervals

__all__ = ["table"]

RESULTS = Path(__file__).parent / "results/bootstrap.json"
PACKAGES = ("embkit", "numpy", "scipy", "scikit-learn")
T = TypeVar("T")


def timed(work: Callable[[], T], rounds: int = 1) -> tuple[float, T]:
    """Median seconds of processor time of all threads, and what came out."""
    seconds = []
    for _ in range(rounds):
        start = time.process_time()
        made = work()
        seconds.append(time.process_time() - start)
    return statistics.median(seconds), made


def measure(
    benchmark: Benchmark, task: Task, loaded: Callable[[str], Loaded], rounds: int
) -> dict[str, Any]:
    """Items, texts and seconds of one task."""
    evaluator = registry().evaluator(task.evaluator)
    dataset = load_dataset(task, offline=True)
    embedder = loaded(benchmark.language)
    queries = loaded(task.query_language) if task.query_language else None
    name = f"{benchmark.name}/{task.name}"
    setting = Setting(language=embedder.language, task=name)

    def embed() -> Any:
        return dataset_vectors(embedder, dataset, queries=queries, cached=False)[0]

    def sample() -> Any:
        return intervals(
            evaluator.measure,
            predictions,
            setting.generator("interval"),
            measure_samples=evaluator.measure_samples,
        )

    embed()  # what is opened when first used is not in the time
    embedding, vectors = timed(embed, rounds)
    predicting, predictions = timed(lambda: evaluator.predict(dataset, vectors, setting))
    bootstrap, _ = timed(sample, rounds)
    return {
        "task": name, "evaluator": evaluator.name, "provider": embedder.provider.name,
        "items": dataset.items, "texts": len(vectors),
        "embedding": embedding, "predicting": predicting, "bootstrap": bootstrap,
    }  # fmt: skip


def table(results: Mapping[str, Any]) -> str:
    """The results as Markdown: how many hold, and a row a task."""
    rows = results["tasks"]
    held = sum(row["bootstrap"] < row["embedding"] for row in rows)
    versions = ", ".join(f"{name} {number}" for name, number in results["versions"].items())
    lines = [
        f"{results['date']}, Python {results['python']}; {versions}. The samples cost less than "
        f"the embedding in {held} of {len(rows)} tasks.",
        "",
        "| task | provider | items | texts | embedding, s | predicting, s | samples, s | less |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    for row in rows:
        seconds = (row[name] for name in ("embedding", "predicting", "bootstrap"))
        numbers = " | ".join(f"{value:.3f}" for value in seconds)
        less = "yes" if row["bootstrap"] < row["embedding"] else "**no**"
        lines.append(
            f"| {row['task']} | {row['provider']} | {row['items']:,} | {row['texts']:,} "
            f"| {numbers} | {less} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "-p", "--provider", action="append", default=[], metavar="LANGUAGE=SPEC",
        help="what the tasks of a language are embedded with; of others ngrams?dim=300",
    )  # fmt: skip
    parser.add_argument("-t", "--tasks", default="*", metavar="GLOB")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--output", type=Path, default=RESULTS)
    given = parser.parse_args()
    specs = dict(each.split("=", 1) for each in given.provider)
    embedders: dict[str, Loaded] = {}

    def loaded(language: str) -> Loaded:
        if language not in embedders:
            spec = specs.get(language, "ngrams?dim=300")
            embedders[language] = load(registry(), spec, registry().language(language))
        return embedders[language]

    results = json.loads(given.output.read_text("utf-8")) if given.output.exists() else {}
    rows = {row["task"]: row for row in results.get("tasks", [])}
    for benchmark, task in registry().tasks(given.tasks):
        if is_here(task):
            row = measure(benchmark, task, loaded, given.rounds)
            rows[row["task"]] = row
            results = {
                "date": datetime.date.today().isoformat(), "python": platform.python_version(),
                "versions": {name: version(name) for name in PACKAGES},
                "tasks": sorted(rows.values(), key=lambda row: row["task"]),
            }  # fmt: skip
            text = json.dumps(results, ensure_ascii=False, indent=1)
            given.output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
