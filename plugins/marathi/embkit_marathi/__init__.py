"""Marathi for embkit: the language, providers of word vectors, a benchmark, a protocol."""

from __future__ import annotations

from collections.abc import Iterable

from embkit.hookspecs import hookimpl
from embkit.records import Benchmark, Language, Protocol, Provider

from embkit_marathi.encoders import encoders
from embkit_marathi.language import marathi
from embkit_marathi.protocol import PAPER
from embkit_marathi.providers import PROVIDERS
from embkit_marathi.tasks import tasks

__all__ = [
    "embkit_benchmarks",
    "embkit_languages",
    "embkit_protocols",
    "embkit_providers",
    "marathi",
]


@hookimpl
def embkit_languages() -> Iterable[Language]:
    return (marathi(),)


@hookimpl
def embkit_providers() -> Iterable[Provider]:
    return (*PROVIDERS, *encoders())


@hookimpl
def embkit_protocols() -> Iterable[Protocol]:
    return (PAPER,)


@hookimpl
def embkit_benchmarks() -> Iterable[Benchmark]:
    return (
        Benchmark(
            name="marathi",
            summary="Marathi: hate speech, sentiment, topics, emotions, sentence and word pairs, "
            "descriptions of vectors",
            language="mr",
            tasks=tasks(),
        ),
    )
