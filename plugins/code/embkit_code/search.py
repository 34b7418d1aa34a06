"""`embkit search code`: which functions of a tree a query is about."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["search"]


@click.group("search")
def search() -> None:
    """Find places in material of your own by what they are about."""


@search.command("code")
@click.argument("path", metavar="PATH", type=click.Path(path_type=Path))
@click.argument("query")
@click.option(
    "-p", "--plugin", "spec", default="", metavar="SPEC",
    help="A provider of embeddings. Without one words count, those that a function shares with "
    "QUERY (BM25).",
)  # fmt: skip
@click.option(
    "-k", "count", type=click.IntRange(min=1), default=10, show_default=True, help="How many."
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--device", default="cpu", show_default=True, help="Where an encoder runs.")
@click.option("--offline", is_flag=True, help="Never open a connection.")
def code(
    path: Path, query: str, spec: str, count: int, as_json: bool, device: str, offline: bool
) -> None:
    """Show the Python functions below PATH that QUERY is about, the nearest first.

    \b
    embkit search code . "where are vectors cached"
    embkit search code . "retry a failed download" -p contextual:all-MiniLM-L6-v2

    Files that git tracks are read, or all where it tracks none. Before each place stands its score:
    the cosine, or without a provider that of BM25. Vectors of functions are kept in embkit's cache:
    a second query waits for its own vector alone.
    """
    import json
    from collections import Counter

    from embkit.cli.choose import say, warn_left_out
    from embkit.loading import load_named
    from embkit.registry import registry
    from embkit.reporters.cells import printable

    from embkit_code.finding import by_vectors, by_words, functions_below
    from embkit_code.language import TAG

    if spec:
        warn_left_out(registry())
        loaded = load_named(spec, TAG, device=device, offline=offline)
    dropped: Counter[str] = Counter()
    functions = functions_below(path, dropped)
    if spec:
        found = by_vectors(functions, query, count, loaded, dropped)
    else:
        found = by_words(functions, query, count)
    if dropped:
        reasons = ", ".join(f"{number:,} × {why}" for why, number in sorted(dropped.items()))
        say(f"embkit: left out are {reasons}")
    if not found:
        say(f"embkit: no word of the query tells {len(functions):,} functions apart")
    if as_json:
        rows = [
            {
                "file": str(path / item.function.path),
                "line": item.function.line,
                "name": item.function.name,
                "score": round(item.score, 6),
                "docstring": item.function.docstring,
            }
            for item in found
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    places = [printable(f"{path / item.function.path}:{item.function.line}") for item in found]
    width = max(map(len, places), default=0)
    for item, place in zip(found, places, strict=True):
        click.echo(f"{item.score:6.3f}  {place:{width}}  {printable(item.function.name)}")
