"""The smoke sets: small, original, in the package, so that the main job runs without a download."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.resources import files
from typing import TYPE_CHECKING

from embkit.hookspecs import hookimpl
from embkit.records import Benchmark, Task

if TYPE_CHECKING:
    from embkit.datasets import Labelled

__all__ = ["embkit_benchmarks"]

_LANGUAGES = {"mr": "Marathi", "tr": "Turkish"}


def _loader(tag: str) -> Callable[[], Labelled]:
    def load() -> Labelled:
        from embkit.datasets import Labelled

        file = files(__package__).joinpath(f"data/smoke-{tag}.tsv")
        rows = [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines()[1:]]
        train = [(text, topic) for split, topic, text in rows if split == "train"]
        test = [(text, topic) for split, topic, text in rows if split == "test"]
        return Labelled(
            train_texts=[text for text, _ in train],
            train_labels=[topic for _, topic in train],
            test_texts=[text for text, _ in test],
            test_labels=[topic for _, topic in test],
        )

    return load


@hookimpl
def embkit_benchmarks() -> Iterable[Benchmark]:
    """smoke-mr and smoke-tr."""
    for tag, name in _LANGUAGES.items():
        topics = Task(
            name="topics",
            summary="360 short sentences in 6 topics, written for embkit",
            evaluator="classification",
            load=_loader(tag),
            source="embkit, resources/SOURCES.toml",
            licence="CC0-1.0",
            notes="a smoke set: it shows that everything works, not which embedding is better",
        )
        yield Benchmark(
            name=f"smoke-{tag}",
            summary=f"{name} smoke set: 120 test sentences, no download",
            language=tag,
            tasks=(topics,),
        )
