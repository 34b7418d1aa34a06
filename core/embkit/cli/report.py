"""`embkit report`: stored results as a page, a table, Markdown, LaTeX, CSV or JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from embkit.cli.choose import say, stored_results, write_out
from embkit.errors import InvalidData, InvalidRequest

if TYPE_CHECKING:
    from embkit.details import Look
    from embkit.registry import Registry
    from embkit.results import Result, Store

__all__ = ["report_command"]

# The reporter that the ending of a file asks for.
_ENDINGS = {".html": "html", ".md": "md", ".csv": "csv", ".json": "json", ".tex": "latex"}


@click.command("report")
@click.argument(
    "folders", nargs=-1, required=True, metavar="RESULTS…",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)  # fmt: skip
@click.option(
    "--format", "reporter", default=None, metavar="NAME",
    help="A reporter: html, md, latex, csv, json, table, or one of a plugin. Without it the ending "
    "of --out decides (.html .md .tex .csv .json), or it is a table.",
)  # fmt: skip
@click.option("-t", "--task", "patterns", multiple=True, metavar="GLOB", help="Only these tasks.")
@click.option(
    "--texts/--no-texts", default=True, show_default=True,
    help="In a page: show texts of the data sets, such as the hardest items.",
)  # fmt: skip
@click.option(
    "--maps", type=click.Choice(["tsne", "pca"]), default=None,
    help="In a page: draw the texts of tasks with labels, with nearest neighbours. Loads the "
    "providers again.",
)  # fmt: skip
@click.option(
    "--points", type=click.IntRange(min=21), default=400, show_default=True, metavar="N",
    help="With --maps: at most so many texts a map.",
)  # fmt: skip
@click.option("--offline", is_flag=True, help="With --maps: never open a connection.")
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
@click.option(
    "--serve", is_flag=True,
    help="Show the page to this machine alone, as it grows while an evaluation runs.",
)  # fmt: skip
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True,
    help="With --serve; 0 for any that is free.",
)  # fmt: skip
def report_command(
    folders: Sequence[Path],
    reporter: str | None,
    patterns: Sequence[str],
    texts: bool,
    maps: str | None,
    points: int,
    offline: bool,
    coverage: bool,
    most: int,
    out: Path | None,
    serve: bool,
    port: int,
) -> None:
    """Show the results in one or more folders.

    \b
    embkit report results                     tables in the terminal
    embkit report results -o report.html      one page with everything, which opens from disk
    embkit report results --serve             the same page, live while an evaluation runs
    """
    from embkit.compare import collect
    from embkit.details import Look
    from embkit.registry import registry
    from embkit.results import Store

    plugins = registry()
    named = reporter or (_ENDINGS.get(out.suffix.lower()) if out else None) or "table"
    chosen = None if coverage else plugins.reporter(named)
    look = Look(texts=texts, maps=maps or "", points=points, offline=offline, say=say)
    if serve:
        _serve(plugins, folders, patterns, look, port)
        return
    items = stored_results(folders, patterns)
    if not items:
        raise InvalidData(f"no result is of a task that matches {' or '.join(patterns)}")
    store = Store(folders[0])
    if chosen is None:
        text = _coverage(plugins, store, items, named, most)
    else:
        text = chosen.render(collect(plugins, store, items, look=look))
    write_out(text, out)


def _serve(
    plugins: Registry, folders: Sequence[Path], patterns: Sequence[str], look: Look, port: int
) -> None:
    """Serve the page until somebody ends it."""
    from embkit.compare import collect
    from embkit.reporters.html.page import page
    from embkit.results import Store
    from embkit.serving import server

    def render() -> str:
        items = stored_results(folders, patterns)
        return page(collect(plugins, Store(folders[0]), items, look=look), live=True)

    with server(folders, render, port) as served:
        say(f"embkit: http://127.0.0.1:{served.server_port}/ shows {', '.join(map(str, folders))}")
        say("it loads itself again when results are added; end it with Ctrl-C")
        served.serve_forever(poll_interval=0.2)


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
