"""`embkit report`: stored results as a table, Markdown, CSV or JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from embkit.errors import StorageError

__all__ = ["report_command"]


@click.command("report")
@click.argument(
    "folders", nargs=-1, required=True, metavar="RESULTS…",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)  # fmt: skip
@click.option("--format", "reporter", default="table", show_default=True, help="A reporter's name.")
@click.option("-t", "--task", "patterns", multiple=True, metavar="GLOB", help="Only these tasks.")
@click.option(
    "-o", "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file."
)
def report_command(
    folders: Sequence[Path], reporter: str, patterns: Sequence[str], out: Path | None
) -> None:
    """Show the results in one or more folders."""
    import fnmatch

    from embkit.compare import collect
    from embkit.registry import registry
    from embkit.results import Store

    plugins = registry()
    chosen = plugins.reporter(reporter)
    items = [item for folder in folders for item in Store(folder).scan()]
    if patterns:
        items = [
            item for item in items if any(fnmatch.fnmatch(item[1].task_id, p) for p in patterns)
        ]
    text = chosen.render(collect(plugins, Store(folders[0]), items))
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        out.write_text(click.unstyle(text), encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{out}: cannot be written: {error.strerror}") from None
