"""Built assets for embkit: registers of equipment aligned with a classification."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from embkit.hookspecs import hookimpl
from embkit.records import Benchmark, Evaluator, Protocol, Provider, Task, deferred

from embkit_built.encoders import encoders
from embkit_built.grouping import SET_CLUSTERING
from embkit_built.paper import PAPER, find_paper_task
from embkit_built.placing import TAXONOMY
from embkit_built.tasks import published_tasks

if TYPE_CHECKING:
    import click

__all__ = [
    "embkit_benchmarks",
    "embkit_commands",
    "embkit_evaluators",
    "embkit_protocols",
    "embkit_providers",
]


@hookimpl
def embkit_benchmarks() -> Iterable[Benchmark]:
    """built."""
    demo = Task(
        name="demo-register",
        summary="rows as contractors write them, searched among 167 classes; written for embkit",
        evaluator="taxonomy",
        load=deferred("embkit_built.demo:register_dataset"),
        source="embkit, resources/SOURCES.toml",
        licence="CC0-1.0",
        notes="written for a demonstration: it shows that everything works on rows of this kind, "
        "not how good an embedding is on a register of yours",
    )
    published = published_tasks()
    yield Benchmark(
        name="built",
        summary="Assets of buildings: rows of a register and the classes they belong to",
        language="en",
        domain="built",
        tasks=(demo, *published),
        find=lambda name: find_paper_task(name, published),
    )


@hookimpl
def embkit_commands() -> Iterable[click.Command]:
    """align."""
    from embkit_built.align import align

    yield align


@hookimpl
def embkit_evaluators() -> Iterable[Evaluator]:
    """taxonomy and set-clustering."""
    return (TAXONOMY, SET_CLUSTERING)


@hookimpl
def embkit_protocols() -> Iterable[Protocol]:
    """paper-built-2024."""
    return (PAPER,)


@hookimpl
def embkit_providers() -> Iterable[Provider]:
    """Encoders with the instructions of a paper."""
    return tuple(encoders())
