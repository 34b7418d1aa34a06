"""Source code for embkit: CuBERT's tasks from the standard library or from a tree of yours."""

from __future__ import annotations

from collections.abc import Iterable

from embkit.hookspecs import hookimpl
from embkit.records import Language

from embkit_code.language import PYTHON

__all__ = ["embkit_languages"]


@hookimpl
def embkit_languages() -> Iterable[Language]:
    """zxx-x-python."""
    yield PYTHON
