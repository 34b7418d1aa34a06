"""Turkish for embkit: providers, a benchmark, a paper's protocol. The language is in core."""

from __future__ import annotations

from collections.abc import Iterable

from embkit.hookspecs import hookimpl
from embkit.pinned import pinned_files
from embkit.records import Benchmark, Protocol, Provider

from embkit_turkish.analogies import analogy_tasks, find_analogy
from embkit_turkish.descriptions import description_tasks
from embkit_turkish.encoders import encoders
from embkit_turkish.morphology import morphology_tasks
from embkit_turkish.protocol import PAPER
from embkit_turkish.providers import PROVIDERS
from embkit_turkish.relations import relation_tasks
from embkit_turkish.sentiment import sentiment_tasks
from embkit_turkish.similarity import similarity_tasks
from embkit_turkish.tagging import tagging_tasks

__all__ = ["embkit_benchmarks", "embkit_protocols", "embkit_providers"]


@hookimpl
def embkit_providers() -> Iterable[Provider]:
    return (*PROVIDERS, *encoders())


@hookimpl
def embkit_protocols() -> Iterable[Protocol]:
    return (PAPER,)


@hookimpl
def embkit_benchmarks() -> Iterable[Benchmark]:
    files = pinned_files("embkit_turkish")
    return (
        Benchmark(
            name="turkish",
            summary="Turkish: analogies by affix, word and sentence pairs, relations, morphology, "
            "tagging, sentiment, descriptions of vectors",
            language="tr",
            tasks=(
                *analogy_tasks(files),
                *similarity_tasks(files),
                *relation_tasks(files),
                *morphology_tasks(files),
                *tagging_tasks(files),
                *sentiment_tasks(files),
                *description_tasks(files),
            ),
            find=lambda name: find_analogy(name, files),
        ),
    )
