"""`embkit fetch`: everything a run will need, ahead of it, or out of a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from embkit.cli import completion
from embkit.cli.choose import chosen_tasks, say, shown_language, warn_left_out
from embkit.errors import EmbkitError, InvalidRequest

if TYPE_CHECKING:
    from embkit.records import File
    from embkit.registry import Registry

__all__ = ["fetch_command"]


def _files(
    plugins: Registry, language: str, specs: Sequence[str], tasks: Sequence[str], everything: bool
) -> list[File]:
    """The files that the options name, each once, in order."""
    from embkit.embedding import provider_files
    from embkit.languages.names import short_tag

    found: dict[tuple[str, str], File] = {}
    if language or tasks or not specs:
        chosen = (
            plugins.tasks("*") if everything else chosen_tasks(plugins, language, "", (), tasks)
        )
        for _, task in chosen:
            for file in task.needs:
                found[file.urls[0], file.sha256] = file
    wanted = [(spec, language) for spec in specs]
    if everything:
        wanted = [(p.name, tag) for p in plugins.providers if p.needs for tag in p.languages]
    for spec, tag in wanted:
        for file in provider_files(plugins, spec, plugins.language(short_tag(tag) or "en")):
            found[file.urls[0], file.sha256] = file
    return list(found.values())


def _connecting(plugins: Registry, specs: Sequence[str]) -> list[str]:
    """The specs of providers that fetch by a package of their own."""
    from embkit.spec import parse_spec

    return [spec for spec in specs if plugins.provider(parse_spec(spec).name).connects]


def _load(plugins: Registry, spec: str, language: str, *, progress: bool) -> None:
    """Load what a spec names, for the one language or any that it covers."""
    from embkit.embedding import load
    from embkit.languages.names import short_tag
    from embkit.spec import parse_spec

    covered = plugins.provider(parse_spec(spec).name).languages
    tag = short_tag(language) or (covered[0] if covered else "en")
    load(plugins, spec, plugins.language(tag), progress=progress)


@click.command("fetch")
@click.option("--lang", metavar="LANGUAGE", help="Files of all tasks of this language.",
              shell_complete=completion.languages)  # fmt: skip
@click.option("-t", "--task", "tasks", multiple=True, metavar="ID", help="A task or glob.",
              shell_complete=completion.tasks)  # fmt: skip
@click.option("-p", "--plugin", "specs", multiple=True, metavar="SPEC", help="A provider's files.",
              shell_complete=completion.providers)  # fmt: skip
@click.option(
    "--from", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Take files out of this folder, by their digest, whatever they are called there.",
)  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def fetch_command(
    lang: str | None, tasks: Sequence[str], specs: Sequence[str], folder: Path | None, quiet: bool
) -> None:
    """Download what tasks and providers need, or take it from a folder with --from.

    With --from and nothing else, every file that any installed plugin could use is looked for. A
    provider that fetches by a package of its own, as models of a hub are, is loaded once for it.
    """
    from embkit.fetching import fetch, fetch_from
    from embkit.registry import registry

    plugins = registry()
    warn_left_out(plugins)
    everything = folder is not None and not (lang or tasks or specs)
    if not (lang or tasks or specs or folder):
        raise InvalidRequest("say what to fetch: --lang, --task, --plugin or --from DIR")
    language = shown_language(plugins, lang)
    files = _files(plugins, language, specs, tasks, everything)
    connecting = _connecting(plugins, specs)
    if folder is not None:
        if connecting:
            raise InvalidRequest(
                f"'{connecting[0]}' is fetched by a package of its own, out of no folder; a model "
                "that lies in one is opened by its path"
            )
        outcomes = fetch_from(folder, files)
        taken = [outcome for outcome in outcomes if outcome.path is not None]
        for outcome in () if quiet else taken:
            click.echo(f"{outcome.file.name}  {outcome.path}")
        for outcome in outcomes:
            if outcome.refused or (outcome.reason and not everything):
                say(f"embkit: {outcome.file.name}: {outcome.reason}")
        say(f"{len(taken)} of {len(files)} files are here now")
        if not taken:
            raise EmbkitError(f"{folder} holds none of the {len(files)} files that were looked for")
        return
    failed: list[EmbkitError] = []
    for file in files:
        try:
            path = fetch(file, progress=not quiet)
            click.echo(f"{file.name}  {path}")
        except EmbkitError as error:
            say(f"embkit: {error}")
            failed.append(error)
    for spec in connecting:
        try:
            _load(plugins, spec, language, progress=not quiet)
            click.echo(f"{spec}  is here")
        except EmbkitError as error:
            say(f"embkit: {error}")
            failed.append(error)
    if failed:
        count = len(files) + len(connecting)
        raise type(failed[0])(f"{len(failed)} of {count} could not be fetched")
