"""What a command line names: languages, tasks, providers; and how embkit speaks to people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from embkit.errors import InvalidRequest, NotFound, StorageError
from embkit.spec import parse_spec, protocol_options, resolve_options

if TYPE_CHECKING:
    from embkit.records import Benchmark, File, Task
    from embkit.registry import Registry
    from embkit.results import Result

__all__ = [
    "chosen_specs",
    "chosen_tasks",
    "measured_tasks",
    "say",
    "shown_language",
    "size",
    "sourced_tasks",
    "stored_results",
    "warn_left_out",
    "write_out",
]


def say(message: str) -> None:
    """A line for people, on stderr."""
    click.echo(message, err=True)


def warn_left_out(plugins: Registry) -> None:
    """One line for each plugin that could not be loaded."""
    for plugin in plugins.left_out:
        say(f"embkit: plugin '{plugin.distribution}' was left out: {plugin.error}")


def size(files: Iterable[File]) -> str:
    """The sum of the sizes of files in words, with how many have none stated."""
    items = list(files)
    known = sum(file.bytes for file in items)
    unknown = sum(not file.bytes for file in items)
    amount = next(
        f"{known / unit:.{digits}f} {name}"
        for unit, digits, name in ((1e9, 1, "GB"), (1e6, 1, "MB"), (1e3, 0, "kB"))
        if known >= unit or name == "kB"
    )
    if not known and unknown:
        return "unknown size"
    return f"{amount} and {unknown} files of unknown size" if unknown else amount


def shown_language(plugins: Registry, name: str | None) -> str:
    """The canonical tag of what was typed, "" for nothing; raises NotFound."""
    return plugins.language(name).name if name else ""


def chosen_tasks(
    plugins: Registry,
    language: str,
    domain: str,
    benchmarks: Sequence[str],
    patterns: Sequence[str],
) -> list[tuple[Benchmark, Task]]:
    """The tasks that the options name together, each once.

    Raises InvalidRequest when nothing narrows the choice, NotFound when nothing is left of it.
    """
    if not (language or domain or benchmarks or patterns):
        raise InvalidRequest(
            "say what to evaluate with --lang, --domain, --benchmark or --task; "
            "`embkit list` shows what there is"
        )
    asked = [*patterns, *(f"{plugins.benchmark(name).name}/*" for name in benchmarks)] or ["*"]
    chosen: dict[str, tuple[Benchmark, Task]] = {}
    for pattern in asked:
        found = plugins.tasks(pattern, language=language, domain=domain)
        if not found:
            limits = [
                f"language {language}" if language else "",
                f"domain {domain}" if domain else "",
            ]
            within = " and ".join(filter(None, limits))
            what = "there is no task" if pattern == "*" else f"no task matches '{pattern}'"
            raise NotFound(
                what + (f" for {within}" if within else "")
                + "; `embkit list benchmarks` shows what the installed plugins offer"
            )  # fmt: skip
        for benchmark, task in found:
            chosen.setdefault(f"{benchmark.name}/{task.name}", (benchmark, task))
    return list(chosen.values())


def sourced_tasks(
    tasks: Sequence[tuple[Benchmark, Task]], source: Path
) -> list[tuple[Benchmark, Task]]:
    """The same tasks of a folder of the user's own; others are left out, and that is said.

    Raises InvalidRequest when none of the benchmarks is made of a source, or the folder is none.
    """
    made = {b.name: b.of_source(source) for b, _ in tasks if b.of_source}
    if not made:
        names = ", ".join(dict.fromkeys(benchmark.name for benchmark, _ in tasks))
        raise InvalidRequest(f"--source is for benchmarks made of a folder, which {names} is not")
    left = list(dict.fromkeys(b.name for b, _ in tasks if b.name not in made))
    if left:
        say(f"left out is what is not made of a folder: {', '.join(left)}")
    return [
        (made[benchmark.name], task)
        for benchmark, chosen in tasks
        if benchmark.name in made
        for task in made[benchmark.name].tasks
        if task.name == chosen.name
    ]


def measured_tasks(
    plugins: Registry, protocol: str, tasks: Sequence[tuple[Benchmark, Task]]
) -> list[tuple[Benchmark, Task]]:
    """The tasks that a protocol, given as it was typed, says something about; says what is left.

    Raises NotFound or InvalidRequest for a protocol that is not there, or when no task remains.
    """
    from embkit.registry import DEFAULT

    if protocol == DEFAULT:
        return list(tasks)
    spec = parse_spec(protocol)
    record = plugins.protocol(spec.name)
    protocol_options(spec, record)
    measured = [item for item in tasks if item[1].evaluator in record.variants]
    about = f"protocol '{record.name}' is for {', '.join(record.variants)}"
    left = Counter(task.evaluator for _, task in tasks if task.evaluator not in record.variants)
    kinds = ", ".join(f"{count} of {evaluator}" for evaluator, count in left.items())
    if not measured:
        raise InvalidRequest(f"{about}; the chosen tasks are {kinds}")
    if left:
        say(f"{about}; left out are the other tasks, {kinds}")
    return measured


def chosen_specs(
    plugins: Registry, typed: Sequence[str], tasks: Sequence[tuple[Benchmark, Task]]
) -> list[str]:
    """The specs that were typed, checked; a plugin's name stands for its providers.

    Without any it is `ngrams`. Raises NotFound or InvalidRequest before anything is run.
    """
    from embkit.embedding import check_language

    languages = [plugins.language(tag) for tag in dict.fromkeys(b.language for b, _ in tasks)]
    specs: dict[str, None] = {}
    for text in typed or ("ngrams",):
        spec = parse_spec(text)
        names = {provider.name for provider in plugins.providers}
        if spec.name not in names and plugins.providers_of(text):
            for provider in plugins.providers_of(text):
                covered = {tag.split("-")[0] for tag in provider.languages}
                fits = not covered or covered & {language.name for language in languages}
                if fits and not provider.argument:
                    specs[provider.name] = None
            continue
        provider = plugins.provider(spec.name)
        resolve_options(spec, provider)
        if len(languages) == 1:
            check_language(provider, languages[0])
        specs[str(spec)] = None
    if not specs:
        raise NotFound(f"plugin '{typed[0]}' has no provider for these tasks")
    return list(specs)


def stored_results(folders: Sequence[Path], patterns: Sequence[str]) -> list[tuple[Path, Result]]:
    """The results in some folders with their paths, of tasks that match any of the patterns."""
    import fnmatch

    from embkit.results import Store

    items = [item for folder in folders for item in Store(folder).scan()]
    if not patterns:
        return items
    return [item for item in items if any(fnmatch.fnmatch(item[1].task_id, p) for p in patterns)]


def write_out(text: str, out: Path | None) -> None:
    """Print a text, or write it without its styles to a file, its lines ended as they are.

    Raises StorageError for a file that cannot be written.
    """
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        out.write_text(click.unstyle(text), encoding="utf-8", newline="")
    except OSError as error:
        raise StorageError(f"{out}: cannot be written: {error.strerror}") from None
