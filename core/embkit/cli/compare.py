"""`embkit compare`: which providers can be told apart, by stored results."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from embkit.cli import completion
from embkit.cli.choose import say, stored_results, warn_left_out, write_out
from embkit.errors import InvalidData

__all__ = ["compare_command"]


@click.command("compare")
@click.argument("named", nargs=-1, metavar="[SPEC…] [RESULTS…]")
@click.option(
    "-p", "--plugin", "specs", multiple=True, metavar="SPEC", shell_complete=completion.providers,
    help="A provider whose name is also that of a folder. Repeat.",
)  # fmt: skip
@click.option("-t", "--task", "patterns", multiple=True, metavar="GLOB", help="Only these tasks.",
              shell_complete=completion.tasks)  # fmt: skip
@click.option(
    "--by", type=click.Choice(["language", "domain", "evaluator"]), default=None,
    help="Ranks for each of them as well.",
)  # fmt: skip
@click.option("--protocol", default="", metavar="NAME", help="Only results of this protocol.",
              shell_complete=completion.protocols)  # fmt: skip
@click.option(
    "--format", "style", type=click.Choice(["table", "md", "csv", "json"]), default="table",
    show_default=True, help="csv has a line for each pair on each task.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="As --format json.")
@click.option(
    "-o", "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file."
)
def compare_command(
    named: Sequence[str],
    specs: Sequence[str],
    patterns: Sequence[str],
    by: str | None,
    protocol: str,
    style: str,
    as_json: bool,
    out: Path | None,
) -> None:
    """Compare providers on the tasks they have in common, with paired tests.

    \b
    embkit compare                        all providers in the folder results
    embkit compare ngrams indicft         these two
    embkit compare mine yours --by language

    What is a folder is read as results, what is none is a provider, as `embkit eval --plugin`
    names it. Nothing is measured anew: `embkit eval` has kept what each item got.
    """
    from embkit.compare import chosen_specs, compare
    from embkit.registry import registry
    from embkit.reporters.comparison import FORMATS
    from embkit.results import Store

    plugins = registry()
    warn_left_out(plugins)
    folders = [Path(word) for word in named if Path(word).is_dir()] or [Path("results")]
    typed = [word for word in named if not Path(word).is_dir()] + list(specs)
    items = stored_results(folders, patterns)
    if patterns and not items:
        raise InvalidData(f"no result is of a task that matches {' or '.join(patterns)}")
    chosen = chosen_specs(items, typed)
    found = compare(plugins, Store(folders[0]), items, chosen, protocol=protocol, by=by or "")
    write_out(FORMATS["json" if as_json else style](found), out)
    if out is not None:
        say(f"embkit: {out}: {found.tests} tests of {len(found.tasks)} tasks")
