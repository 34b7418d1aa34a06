"""Files of a user's own on the command line: which they are and what stands in their columns."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from embkit.cli.choose import say
from embkit.errors import InvalidRequest

if TYPE_CHECKING:
    from embkit.own_tables import Columns
    from embkit.records import Benchmark, Task

__all__ = ["column_options", "own_tasks"]

Command = TypeVar("Command", bound=Callable[..., None])


def column_options(command: Command) -> Command:
    """The options that say which columns of a file hold what."""
    for option in (
        click.option(
            "--score-column", default="", metavar="NAME", help="Of a file: how pairs are rated."
        ),
        click.option(
            "--label-column", default="", metavar="NAME", help="Of a file: the label of a text."
        ),
        click.option(
            "--text-column", "text_columns", multiple=True, metavar="NAME",
            help="Of a file: the text; give it twice for pairs. A column goes by its name, or by "
            "its number from 1 where there is no header.",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


def own_tasks(
    data: str, columns: Columns, language: str, quiet: bool
) -> list[tuple[Benchmark, Task]]:
    """The tasks that files make, named with commas between them: TRAIN,TEST; none without files.

    Raises InvalidRequest without a language or files, and as `own_benchmark` does.
    """
    from embkit.own_data import own_benchmark

    if not data:
        if any(columns):
            raise InvalidRequest("--text-column, --label-column and --score-column need --data")
        return []
    if not language:
        raise InvalidRequest("say in which language the data are, as in --lang mr")
    paths: Sequence[Path] = [Path(data)]
    if not paths[0].is_file():
        paths = [Path(part.strip()) for part in data.split(",")]
    benchmark = own_benchmark(paths, columns, language)
    if not quiet and any(task.load().dropped for task in benchmark.tasks):
        say(f"embkit audit {shlex.join(map(str, paths))}  # shows what is left out and why")
    return [(benchmark, task) for task in benchmark.tasks]
