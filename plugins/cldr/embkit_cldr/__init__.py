"""Benchmarks for every language that Unicode CLDR covers well, most of them without a download."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files

from embkit.hookspecs import hookimpl
from embkit.records import Benchmark, Evaluator

from embkit_cldr.odd_one_out import ODD_ONE_OUT
from embkit_cldr.tasks import benchmark

__all__ = ["covered", "embkit_benchmarks", "embkit_evaluators"]


def covered() -> dict[str, tuple[str, ...]]:
    """The tasks without a download that CLDR has enough for, by language; see make_coverage.py."""
    table = files(__package__).joinpath("coverage.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines()[1:])
    return {tag: tuple(tasks.split(" ")) for tag, tasks in rows}


@hookimpl
def embkit_benchmarks() -> Iterable[Benchmark]:
    """cldr-<tag> for each covered language."""
    table = covered()
    for tag, tasks in table.items():
        yield benchmark(tag, tasks, table)


@hookimpl
def embkit_evaluators() -> Iterable[Evaluator]:
    """odd-one-out."""
    yield ODD_ONE_OUT
