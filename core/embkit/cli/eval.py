"""`embkit eval`: the main job."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from embkit.cli import completion
from embkit.cli.choose import (
    chosen_specs,
    chosen_tasks,
    measured_tasks,
    say,
    shown_language,
    size,
    sourced_tasks,
    warn_left_out,
)
from embkit.cli.config import config_option
from embkit.cli.own import column_options, own_tasks
from embkit.errors import EmbkitError, InvalidRequest

if TYPE_CHECKING:
    from embkit.records import Benchmark, Task
    from embkit.registry import Registry
    from embkit.results import Result, Results

__all__ = ["eval_command"]


@click.command("eval")
@config_option
@click.option("--lang", metavar="LANGUAGE", shell_complete=completion.languages,
              help="Tag or name: mr, mar-Deva, Marathi, मराठी.")  # fmt: skip
@click.option("--domain", shell_complete=completion.domains, help="Only benchmarks of this domain.")
@click.option(
    "-p", "--plugin", "specs", multiple=True, metavar="SPEC", shell_complete=completion.providers,
    help="A provider, NAME[:ARGUMENT][?option=value], or a plugin for all its providers. Repeat.",
)  # fmt: skip
@click.option("-b", "--benchmark", "benchmarks", multiple=True, help="A benchmark. Repeat.",
              shell_complete=completion.benchmarks)  # fmt: skip
@click.option(
    "-t",
    "--task",
    "tasks",
    multiple=True,
    metavar="ID",
    shell_complete=completion.tasks,
    help="A task or glob: 'marathi/maha*'.",
)
@click.option(
    "--protocol", "protocols", multiple=True, metavar="NAME", default=["default"],
    shell_complete=completion.protocols,
    show_default=True,
    help="How to measure, NAME[?option=value]: `embkit list protocols`. Repeat.",
)  # fmt: skip
@click.option(
    "--data", default="", metavar="TRAIN,TEST",
    help="Your own .csv, .tsv or .jsonl: TRAIN,TEST or TRAIN,VALID,TEST, or one file. A text and "
    "a label are classification, two texts and a score similarity.",
)  # fmt: skip
@column_options
@click.option(
    "--source", type=click.Path(path_type=Path), metavar="DIR",
    help="Make the tasks of this folder, where a benchmark is made of one (embkit-code).",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default=Path("results"),
    show_default=True, help="Folder for results; what lies there already is not run again.",
)  # fmt: skip
@click.option("--format", "reporter", default="table", show_default=True, help="A reporter's name.",
              shell_complete=completion.reporters)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="The list of results as JSON.")
@click.option("--offline", is_flag=True, help="Never open a connection.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--limit", type=click.IntRange(min=1), help="Score at most so many items a task.")
@click.option("--no-cache", is_flag=True, help="Compute vectors and floors anew.")
@click.option(
    "--fail-under", type=float, metavar="SCORE", help="Exit 1 when a main score is below this."
)
@click.option("-q", "--quiet", is_flag=True, help="No progress, no advice.")
def eval_command(
    lang: str | None,
    domain: str | None,
    specs: Sequence[str],
    benchmarks: Sequence[str],
    tasks: Sequence[str],
    data: str,
    text_columns: Sequence[str],
    label_column: str,
    score_column: str,
    source: Path | None,
    protocols: Sequence[str],
    out: Path,
    reporter: str,
    as_json: bool,
    offline: bool,
    seed: int,
    limit: int | None,
    no_cache: bool,
    fail_under: float | None,
    quiet: bool,
) -> None:
    """Measure embeddings: every provider on every task, with floors, intervals and cost.

    With nothing but --lang it runs what needs no download and says what else there is. Results
    are kept in --out: a run that was stopped goes on where it was. --config reads a whole run
    from a file.
    """
    from embkit.compare import collect
    from embkit.evaluate import Run, evaluate_all, is_here
    from embkit.own_tables import Columns
    from embkit.registry import registry
    from embkit.results import Store

    if fail_under is not None and fail_under != fail_under:  # nothing is under nan
        raise InvalidRequest("--fail-under takes a number, got nan")
    plugins = registry()
    warn_left_out(plugins)
    report = plugins.reporter("json" if as_json else reporter)
    language = shown_language(plugins, lang)
    columns = Columns(texts=text_columns, label=label_column, score=score_column)
    wanted = own_tasks(data, columns, language, quiet)
    if not data or benchmarks or tasks:
        named = chosen_tasks(plugins, language, domain or "", benchmarks, tasks)
        wanted += sourced_tasks(named, source) if source else named
    providers = chosen_specs(plugins, specs, wanted)
    explicit = bool(specs or benchmarks or tasks or data)
    # A protocol that is asked for twice is measured once.
    measured = {name: measured_tasks(plugins, name, wanted) for name in dict.fromkeys(protocols)}
    there = {
        name: [item for item in items if explicit or is_here(item[1])]
        for name, items in measured.items()
    }
    lacking = [item for name in there for item in measured[name] if item not in there[name]]
    pending = list({(b.name, task.name): (b, task) for b, task in lacking}.values())
    if not any(there.values()):
        _advise(plugins, language, pending)
        raise EmbkitError("nothing to run: every task needs a download")

    cells = len(providers) * sum(map(len, there.values()))
    progress = _Progress(cells, len(there) > 1, quiet)
    runs = [
        (
            Run(
                registry=plugins,
                store=Store(out),
                seed=seed,
                protocol=name,
                limit=limit or 0,
                cached=not no_cache,
                offline=offline,
                progress=not quiet,
                on_start=progress.start,
            ),
            items,
        )
        for name, items in there.items()
    ]
    done: dict[Path, Result] = {}  # two specs of a protocol may be one
    try:
        with progress:
            for path, result in evaluate_all(runs, providers):
                done[path] = result
                progress.done(result)
    except KeyboardInterrupt:
        say(f"results so far are kept in {out}: {len(done)}; the same command goes on from there")
        raise
    results = collect(plugins, Store(out), list(done.items()))
    click.echo(report.render(results), nl=False)
    if not quiet and not explicit:
        _advise(plugins, language, pending)
    raise SystemExit(_status(results, fail_under))


def _status(results: Results, fail_under: float | None) -> int:
    """The exit code that the outcome deserves."""
    failed = [result for result in results if result.status == "failed"]
    skipped = [result for result in results if result.status == "skipped"]
    for result in results:
        if fail_under is not None and result.ok and (result.score or 0.0) < fail_under:
            say(f"{result.spec} on {result.task_id}: {result.score:.3f} is under {fail_under}")
            failed.append(result)
    if skipped and len(skipped) == len(results):
        return 69
    return 1 if failed else 0


class _Progress:
    """A line on stderr that says what is being done; a line a result when it is no terminal.

    several: whether there are several protocols, so that each line names its own.
    """

    def __init__(self, total: int, several: bool, quiet: bool) -> None:
        import sys

        self._total = total
        self._several = several
        self._number = 0
        self._quiet = quiet
        self._status: Any = None
        if not quiet and sys.stderr.isatty():
            from embkit.progress import console

            self._status = console().status("")

    def __enter__(self) -> _Progress:
        if self._status:
            self._status.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._status:
            self._status.stop()

    def start(self, task: str, spec: str) -> None:
        """A cell begins, or the floors of a task."""
        if self._status:
            self._status.update(f"{self._number}/{self._total}  {task}  {spec}")

    def done(self, result: Result) -> None:
        """A cell is finished."""
        self._number += 1
        if self._quiet or self._status:
            return
        outcome = f"{result.metric} {result.score:.3f}" if result.ok else result.status
        from embkit.results import told

        protocol = f"  {told(result.protocol)}" if self._several else ""
        say(f"{self._number}/{self._total}  {result.task_id}  {result.spec}{protocol}  {outcome}")


def _advise(plugins: Registry, language: str, pending: Sequence[tuple[Benchmark, Task]]) -> None:
    """What else there is for this language, how large, and the command that gets it."""
    from embkit.embedding import provider_files
    from embkit.fetching import cached

    if not language:
        return
    if pending:
        files = {
            file.urls[0]: file for _, task in pending for file in task.needs if not cached(file)
        }
        names = ", ".join(f"{benchmark.name}/{task.name}" for benchmark, task in pending)
        say(f"\n{len(pending)} more tasks need a download of {size(files.values())}: {names}")
        say(f"  embkit fetch --lang {language}")
    own = [
        provider
        for provider in plugins.providers
        if provider.languages and language in provider.languages
    ]
    for provider in own:
        files = {
            f.urls[0]: f for f in provider_files(plugins, provider.name, plugins.language(language))
        }
        missing = [file for file in files.values() if not cached(file)]
        if provider.connects and not files:
            state = "downloads what it lacks when it is used"
        else:
            state = f"a download of {size(missing)}" if missing else "is here"
        say(f"provider {provider.name}: {state}; {provider.summary}")
    if own:
        typed = " ".join(f"--plugin {provider.name}" for provider in own[:2])
        say(f"  embkit eval --lang {language} {typed}")
