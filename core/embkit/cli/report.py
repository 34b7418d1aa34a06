"""`embkit report`: stored results as a table, Markdown, CSV or JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from embkit.cli import completion
from embkit.cli.choose import say, stored_results, write_out
from embkit.errors import InvalidData, InvalidRequest

if TYPE_CHECKING:
    from embkit.registry import Registry
    from embkit.results import Result, Store

__all__ = ["report_command"]


@click.command("report")
@click.argument(
    "folders", nargs=-1, required=True, metavar="RESULTS…",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)  # fmt: skip
@click.option("--format", "reporter", default="table", show_default=True, help="A reporter's name.",
              shell_complete=completion.reporters)  # fmt: skip
@click.option("-t", "--task", "patterns", multiple=True, metavar="GLOB", help="Only these tasks.",
              shell_complete=completion.tasks)  # fmt: skip
@click.option(
    "--coverage", is_flag=True,
    help="What each score is of: known items, frequency, length, and what has no vector.",
)  # fmt: skip
@click.option(
    "--missing", "most", type=click.IntRange(min=0), default=20, show_default=True, metavar="N",
    help="With --coverage: name at most so many texts without a vector.",
)  # fmt: skip
@click.option(
    "-o", "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file."
)
def report_command(
    folders: Sequence[Path],
    reporter: str,
    patterns: Sequence[str],
    coverage: bool,
    most: int,
    out: Path | None,
) -> None:
    """Show the results in one or more folders."""
    from embkit.compare import collect
    from embkit.registry import registry
    from embkit.results import Store

    plugins = registry()
    chosen = None if coverage else plugins.reporter(reporter)
    items = stored_results(folders, patterns)
    store = Store(folders[0])
    if chosen is None:
        text = _coverage(plugins, store, items, reporter, most)
    else:
        text = chosen.render(collect(plugins, store, items))
    write_out(text, out)


def _coverage(
    plugins: Registry, store: Store, items: Sequence[tuple[Path, Result]], style: str, most: int
) -> str:
    """The coverage of results with scores; those that cannot be read again are named on stderr."""
    from embkit.comparable import predictions_of
    from embkit.coverage import covered
    from embkit.records import Setting
    from embkit.reporters.coverage import FORMATS

    if style not in FORMATS:
        raise InvalidRequest(f"--coverage has the formats {', '.join(FORMATS)}; got '{style}'")
    found = []
    for path, result in items:
        if not result.ok:
            continue
        try:
            predictions = predictions_of(plugins, store, (path, result))
        except InvalidData as error:
            say(f"left out: {result.spec} on {result.task_id}: {error}")
            continue
        evaluator = plugins.evaluator(result.task["evaluator"], result.protocol["id"])
        language = plugins.language(result.task["language"])
        setting = Setting(language=language, task=result.task_id, seed=result.protocol["seed"])
        kept = store.items(path)
        found.append(covered(evaluator, result, predictions, kept, setting.seed_for("slices")))
    if not found:
        raise InvalidData("there are no scores to break down", path=store.folder)
    return FORMATS[style](found, most)
