"""`embkit completion`, and what the Tab key offers: languages, providers, tasks and other names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem, get_completion_class

from embkit.errors import EmbkitError

if TYPE_CHECKING:
    from embkit.registry import Registry

__all__ = [
    "benchmarks", "completion_command", "domains", "languages", "names", "plugins", "protocols",
    "providers", "reporters", "tasks", "tasks_or_files",
]  # fmt: skip

_SHELLS = ("bash", "zsh", "fish")


def _registry() -> Registry | None:
    """What is installed, or None: whoever presses Tab gets no error."""
    from embkit.registry import registry

    try:
        return registry()
    except EmbkitError:
        return None


def _items(rows: Iterable[tuple[str, str]], typed: str) -> list[CompletionItem]:
    return [CompletionItem(name, help=summary) for name, summary in rows if name.startswith(typed)]


def _records(kind: str, typed: str) -> list[CompletionItem]:
    """Names and summaries of all records of a kind, as in `providers`."""
    installed = _registry()
    found = getattr(installed, kind) if installed else ()
    return _items(((record.name, record.summary) for record in found), typed)


def languages(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Tags of all languages, or their English names for who began to type one."""
    from embkit.languages.names import english_names

    named = english_names()
    return _items(named.items(), typed) or _items(
        ((english, tag) for tag, english in named.items()), typed[:1].upper() + typed[1:]
    )


def providers(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Names of providers."""
    return _records("providers", typed)


def benchmarks(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Names of benchmarks, of the language if one was typed before."""
    found = _of_language(ctx)
    return _items(((name, summary) for name, (summary, _) in found.items()), typed)


def tasks(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Benchmarks, and the tasks of the one that was typed up to its slash."""
    found = _of_language(ctx)
    name, slash, _ = typed.partition("/")
    if slash:
        return _items(found.get(name, ("", []))[1], typed)
    begun = [item for item in found if item.startswith(typed)]
    if len(begun) == 1:
        return _items(found[begun[0]][1], typed)
    return _items(((f"{item}/", found[item][0]) for item in begun), typed)


def _of_language(ctx: click.Context) -> dict[str, tuple[str, list[tuple[str, str]]]]:
    """By benchmark its summary and its tasks; of one language where --lang was typed before."""
    installed = _registry()
    if installed is None:
        return {}
    typed = ctx.params.get("lang") or ctx.params.get("language")
    try:
        language = installed.language(typed).name if typed else ""
    except EmbkitError:
        language = ""
    found: dict[str, tuple[str, list[tuple[str, str]]]] = {}
    for benchmark, task in installed.tasks(language=language):
        _, rows = found.setdefault(benchmark.name, (benchmark.summary, []))
        rows.append((f"{benchmark.name}/{task.name}", task.summary))
    return found


def tasks_or_files(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Tasks, or else files."""
    return tasks(ctx, param, typed) or [CompletionItem(typed, type="file")]


def domains(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Domains of benchmarks."""
    installed = _registry()
    found = sorted({b.domain for b in installed.benchmarks}) if installed else []
    return _items(((domain, "") for domain in found), typed)


def protocols(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Names of protocols."""
    return _records("protocols", typed)


def reporters(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Names of reporters."""
    return _records("reporters", typed)


def plugins(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Distributions of plugins, or else folders."""
    installed = _registry()
    found = {p.distribution: p.version for p in installed.plugins} if installed else {}
    return _items(found.items(), typed) or [CompletionItem(typed, type="dir")]


def names(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Whatever `embkit info` knows."""
    kinds = ("providers", "evaluators", "protocols", "reporters")
    found = [item for kind in kinds for item in _records(kind, typed)]
    return [*found, *tasks(ctx, param, typed)] or languages(ctx, param, typed)


@click.command("completion")
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion_command(ctx: click.Context, shell: str) -> None:
    """Print the script by which a shell completes commands, languages, providers and tasks.

    \b
    bash  embkit completion bash > ~/.local/share/bash-completion/completions/embkit
    zsh   embkit completion zsh > _embkit      in a folder of $fpath
    fish  embkit completion fish > ~/.config/fish/completions/embkit.fish
    """
    made = get_completion_class(shell)
    assert made is not None  # click has these three
    click.echo(made(ctx.find_root().command, {}, "embkit", "_EMBKIT_COMPLETE").source())
