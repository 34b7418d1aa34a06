"""`embkit new`: a plugin to start from."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from embkit.cli import completion
from embkit.cli.choose import say
from embkit.errors import InvalidRequest

if TYPE_CHECKING:
    from embkit.scaffold import NewPlugin

__all__ = ["new_command"]

# As in embkit.scaffold, which help does not wait for.
_KINDS = ("language", "domain", "provider", "evaluator")


def _folder(out: Path | None, plugin: NewPlugin) -> Path:
    """The folder to write to; raises InvalidRequest when something is there already."""
    from embkit.cache import storage_errors

    folder = out or Path(plugin.distribution)
    with storage_errors(folder):
        if folder.is_dir() and not any(folder.iterdir()):
            return folder
    if os.path.lexists(folder):  # a link to what is not there is there
        raise InvalidRequest(f"'{folder}' is there already; name a new folder with -o")
    return folder


def _write(folder: Path, files: dict[str, str]) -> None:
    from embkit.cache import storage_errors

    for name, content in files.items():
        path = folder / name
        with storage_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8", newline="\n")


@click.command("new")
@click.argument("kind", type=click.Choice(_KINDS))
@click.argument("name")
@click.option("--lang", "--tag", "language", metavar="LANGUAGE",
              shell_complete=completion.languages,
              help="Language of the data, or that a provider covers.")  # fmt: skip
@click.option("-o", "--out", metavar="DIR", type=click.Path(path_type=Path),
              help="Folder to write to (default: embkit-NAME).")  # fmt: skip
def new_command(kind: str, name: str, language: str | None, out: Path | None) -> None:
    """Write a plugin to start from: a package with tests, README, licence and CI.

    NAME is what it will be called; of a language its tag or name, as in `embkit new language ne`.
    What is written works: its tests and `embkit check` pass before a line is changed.
    """
    from embkit.registry import registry
    from embkit.scaffold import new_plugin, package_files

    plugin = new_plugin(registry(), kind, name, language)
    folder = _folder(out, plugin)
    files = package_files(plugin)
    _write(folder, files)
    for path in files:
        click.echo(folder / path)
    # Without a slash pip would ask the package index for a name.
    here = folder if folder.is_absolute() else f"./{folder}"
    say(
        f"next, in a virtual environment:\n  pip install -e {shlex.quote(f'{here}[test]')}\n"
        f"  pytest {shlex.quote(str(folder))}\n"
        f"  embkit check {plugin.distribution}\n  embkit eval {plugin.trial}"
    )
