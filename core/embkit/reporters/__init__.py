"""The reporters that come with embkit, offered through the same hook as everybody else's."""

from __future__ import annotations

from collections.abc import Iterable

from embkit.hookspecs import hookimpl
from embkit.records import Reporter
from embkit.results import Results

__all__ = ["embkit_reporters"]


def _table(results: Results) -> str:
    from embkit.reporters.table import render  # rich waits until something is shown

    return render(results)


@hookimpl
def embkit_reporters() -> Iterable[Reporter]:
    """table, markdown, html, latex, json and csv."""
    from embkit.reporters import html, latex, markdown, plain

    yield Reporter(name="table", summary="tables for a terminal", render=_table)
    yield Reporter(name="md", summary="tables in Markdown", render=markdown.render)
    yield Reporter(name="html", summary="one page that opens from disk", render=html.render)
    yield Reporter(name="latex", summary="tables for a paper, by booktabs", render=latex.render)
    yield Reporter(name="json", summary="the list of results, complete", render=plain.render_json)
    yield Reporter(name="csv", summary="a line a result", render=plain.render_csv)
