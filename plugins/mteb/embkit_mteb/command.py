"""`embkit mteb`: MTEB's tree of results, read and written."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from pathlib import Path

import click

__all__ = ["mteb_command"]

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group("mteb")
def mteb_command() -> None:
    """Read and write the result files of MTEB."""


@mteb_command.command("read")
@click.argument("folder", type=_FOLDER)
@click.option("-t", "--task", "patterns", multiple=True, metavar="GLOB", help="Only these tasks.")
def read(folder: Path, patterns: Sequence[str]) -> None:
    """The main scores in a tree of MTEB, a line each: task/subset/split, score, model, revision."""
    from embkit_mteb.tree import read_tree

    for figure in read_tree(folder):
        name = f"{figure.task}/{figure.subset}/{figure.split}"
        if not patterns or any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns):
            click.echo(f"{name}\t{figure.main:.6f}\t{figure.model}\t{figure.revision}")


@mteb_command.command("write")
@click.argument("results", type=_FOLDER)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def write(results: Path, folder: Path) -> None:
    """Write what is in RESULTS and was measured with --protocol mteb into a tree of MTEB."""
    from embkit.results import Store

    from embkit_mteb.tree import write_tree

    for path in write_tree((result for _, result in Store(results).scan()), folder):
        click.echo(str(path))
