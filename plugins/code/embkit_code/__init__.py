"""Source code for embkit: CuBERT's tasks from the standard library or from a tree of yours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from embkit.hookspecs import hookimpl
from embkit.records import Benchmark, Evaluator, Language, Protocol, Provider

from embkit_code.encoders import encoders
from embkit_code.language import PYTHON
from embkit_code.others import other_languages
from embkit_code.tasks import (
    BILSTM,
    CODE_CLASSIFICATION,
    DOCSTRING_MATCH,
    REPAIR,
    TOKEN_ORDER,
    benchmark,
)

if TYPE_CHECKING:
    import click

__all__ = [
    "embkit_benchmarks",
    "embkit_commands",
    "embkit_evaluators",
    "embkit_languages",
    "embkit_protocols",
    "embkit_providers",
]


@hookimpl
def embkit_languages() -> Iterable[Language]:
    """zxx-x-python, and others by Pygments."""
    return (PYTHON, *other_languages())


@hookimpl
def embkit_providers() -> Iterable[Provider]:
    """Encoders of code."""
    return encoders()


@hookimpl
def embkit_benchmarks() -> Iterable[Benchmark]:
    """code."""
    yield benchmark()


@hookimpl
def embkit_evaluators() -> Iterable[Evaluator]:
    """code-classification, docstring-match and localisation-repair."""
    return (CODE_CLASSIFICATION, DOCSTRING_MATCH, REPAIR)


@hookimpl
def embkit_protocols() -> Iterable[Protocol]:
    """token-order and bilstm."""
    return TOKEN_ORDER, BILSTM


@hookimpl
def embkit_commands() -> Iterable[click.Command]:
    """search, code."""
    from embkit_code.listing import code
    from embkit_code.search import search

    return search, code
