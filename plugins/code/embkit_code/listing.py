"""`embkit code files`: which files of a tree may be learnt from."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["code"]


@click.group("code")
def code() -> None:
    """What the benchmark `code` is made of."""


@code.command("files")
@click.argument("path", metavar="[PATH]", required=False, type=click.Path(path_type=Path))
@click.option("--test", is_flag=True, help="Those that are tested on instead.")
def files(path: Path | None, test: bool) -> None:
    """Print the files that the tasks of a tree do not test on, one a line.

    \b
    embkit code files . | xargs -d '\\n' embkit train word2vec --lang Python -o vectors
    embkit eval --domain code --source . -p fasttext:vectors/model.bin --protocol bilstm

    Vectors that were trained on the whole tree have read the functions they are tested on. Without
    PATH the files are those of the standard library.
    """
    from collections import Counter

    from embkit.cli.choose import say

    from embkit_code.corpus import manifest, split_of
    from embkit_code.sources import read_tree, standard_library

    root = path or standard_library()
    dropped: Counter[str] = Counter()
    names = [name for name, _ in read_tree(root, dropped)]
    if path is None:
        wanted = {name for name, _, _ in manifest()}
        names = [name for name in names if name in wanted]
        dropped.clear()  # they are none of the manifest's
    for name in names:
        if (split_of(name) == "test") == test:
            click.echo(root / name)
    if dropped:
        reasons = ", ".join(f"{number:,} × {why}" for why, number in sorted(dropped.items()))
        say(f"embkit: left out are {reasons}")
