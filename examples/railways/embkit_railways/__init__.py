"""Railways for embkit: a benchmark of the terms of a domain."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files

from embkit import Benchmark, Groups, InvalidData, Retrieval, Task, hookimpl

SOURCE = "written for embkit-railways"
LICENCE = "CC0-1.0"
# Stands below every score.
NOTES = "a small set, of British usage, that nobody of the trade has read"


def _rows(name: str, columns: int) -> list[list[str]]:
    """The rows of a table beside this module, without its line of headings."""
    lines = files(__package__).joinpath(name).read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines]
    for number, row in enumerate(rows, start=1):
        if len(row) != columns:
            raise InvalidData(f"expected {columns} columns, got {len(row)}", path=name, line=number)
    return rows[1:]


def _found(queries: list[str], documents: list[str]) -> Retrieval:
    """Each query asks for the document of its row."""
    relevant = [{place: 1} for place in range(len(queries))]
    return Retrieval(queries=queries, documents=documents, relevant=relevant)


def load_abbreviations() -> Retrieval:
    """An abbreviation asks for the term that it stands for among all terms."""
    rows = _rows("terms.tsv", 4)
    return _found([short for short, _, _, _ in rows], [term for _, term, _, _ in rows])


def load_definitions() -> Retrieval:
    """A term asks for its definition among all of them."""
    rows = _rows("terms.tsv", 4)
    return _found([term for _, term, _, _ in rows], [meaning for _, _, _, meaning in rows])


def load_groups() -> Groups:
    """Terms and the group of each: which one does not belong among those of another group?"""
    rows = _rows("terms.tsv", 4)
    return Groups(texts=[term for _, term, _, _ in rows], labels=[group for _, _, group, _ in rows])


@hookimpl
def embkit_benchmarks() -> Iterable[Benchmark]:
    """The benchmark `railways`, which needs no download."""
    abbreviations = Task(
        name="abbreviations",
        summary="which of 60 terms does the abbreviation stand for?",
        evaluator="retrieval",
        load=load_abbreviations,
        source=SOURCE,
        licence=LICENCE,
        notes=NOTES,
    )
    definitions = Task(
        name="definitions",
        summary="which of 60 definitions is that of the term?",
        evaluator="retrieval",
        load=load_definitions,
        source=SOURCE,
        licence=LICENCE,
        notes=NOTES,
    )
    groups = Task(
        name="groups",
        summary="60 terms in five groups: which one does not belong?",
        evaluator="outlier",
        load=load_groups,
        source=SOURCE,
        licence=LICENCE,
        notes=NOTES,
    )
    yield Benchmark(
        name="railways",
        summary="Railways: abbreviations, terms, definitions and groups",
        language="en",
        domain="railways",
        tasks=(abbreviations, definitions, groups),
    )
