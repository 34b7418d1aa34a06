"""Results as one page of HTML that opens from disk: who leads, every task, charts, provenance."""

from __future__ import annotations

from embkit.results import Results

__all__ = ["render"]


def render(results: Results) -> str:
    """The results as a page; see `page`."""
    from embkit.reporters.html.page import page

    return page(results)
