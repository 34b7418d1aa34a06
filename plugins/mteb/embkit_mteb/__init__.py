"""MTEB both ways: its protocol and its tasks for embkit, an encoder and result files for it.

Imports neither mteb nor numpy until something of them is used.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from embkit.hookspecs import hookimpl
from embkit.records import Benchmark, Evaluator, Protocol

from embkit_mteb.protocol import BITEXT, MTEB
from embkit_mteb.tasks import BENCHMARK

if TYPE_CHECKING:
    import click

    from embkit_mteb.encoding import Encoder, encoder
    from embkit_mteb.tree import read_tree, write_tree

# Where each public name lives that needs numpy. Loaded when first used.
_HOMES = {"Encoder": "encoding", "encoder": "encoding", "read_tree": "tree", "write_tree": "tree"}

__all__ = [
    "Encoder",
    "embkit_benchmarks",
    "embkit_commands",
    "embkit_evaluators",
    "embkit_protocols",
    "encoder",
    "read_tree",
    "write_tree",
]


@hookimpl
def embkit_benchmarks() -> Iterable[Benchmark]:
    """mteb."""
    return (BENCHMARK,)


@hookimpl
def embkit_evaluators() -> Iterable[Evaluator]:
    """bitext."""
    return (BITEXT,)


@hookimpl
def embkit_protocols() -> Iterable[Protocol]:
    """mteb."""
    return (MTEB,)


@hookimpl
def embkit_commands() -> Iterable[click.Command]:
    """embkit mteb."""
    from embkit_mteb.command import mteb_command

    return (mteb_command,)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'embkit_mteb' has no attribute '{name}'")
    from importlib import import_module

    value = getattr(import_module(f"embkit_mteb.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
