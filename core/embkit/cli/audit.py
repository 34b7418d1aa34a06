"""`embkit audit`: what is wrong with a task or a file, before anything is measured on it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from embkit.audit.kinds import KINDS
from embkit.cli import completion
from embkit.cli.choose import warn_left_out
from embkit.cli.own import column_options
from embkit.errors import InvalidRequest, NotFound

if TYPE_CHECKING:
    from embkit.audit.splits import Split
    from embkit.own_tables import Columns
    from embkit.records import Language
    from embkit.registry import Registry

__all__ = ["audit_command"]


@click.command("audit")
@click.argument("targets", nargs=-1, required=True, metavar="TASK|FILE…",
                shell_complete=completion.tasks_or_files)  # fmt: skip
@column_options
@click.option("--lang", metavar="LANGUAGE", help="How texts are cut into words: tag or name.",
              shell_complete=completion.languages)  # fmt: skip
@click.option(
    "--fail-on", "fail_on", multiple=True, metavar="KIND", type=click.Choice([*KINDS, "any"]),
    help="Exit 1 when there is such a finding; 'any' for all kinds. Repeat.",
)  # fmt: skip
@click.option(
    "--examples", type=click.IntRange(min=0), default=3, show_default=True,
    help="Rows to show of each finding.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--offline", is_flag=True, help="Never open a connection.")
def audit_command(
    targets: Sequence[str],
    text_columns: Sequence[str],
    label_column: str,
    score_column: str,
    lang: str | None,
    fail_on: Sequence[str],
    examples: int,
    as_json: bool,
    offline: bool,
) -> None:
    """Say what is wrong with tasks and files, and with several beside each other.

    TASK is an id or a glob, as rows are scored; FILE a .csv, .tsv or .jsonl with a header, or
    lines of text, as rows are written. A file called train, valid (dev) or test is that split.
    """
    from embkit.audit.findings import audit
    from embkit.cli.audit_report import as_json as report_json
    from embkit.cli.audit_report import as_lines
    from embkit.own_tables import Columns
    from embkit.registry import registry

    plugins = registry()
    warn_left_out(plugins)
    columns = Columns(texts=text_columns, label=label_column, score=score_column)
    splits, language = _read(plugins, targets, columns, lang, offline)
    found = audit(splits, language)
    if as_json:
        click.echo(json.dumps(report_json(splits, found, examples), ensure_ascii=False, indent=1))
    else:
        for line in as_lines(splits, found, examples):
            click.echo(line)
    failing = {finding.kind for finding in found if {finding.kind, "any"} & set(fail_on)}
    if failing:
        click.echo(f"embkit: found {', '.join(sorted(failing))}", err=True)
        raise SystemExit(1)


def _read(
    plugins: Registry, targets: Sequence[str], columns: Columns, lang: str | None, offline: bool
) -> tuple[list[Split], Language]:
    """The splits of all targets, and the language of the tasks among them or the one named."""
    from embkit.audit.splits import splits_of
    from embkit.evaluate import load_dataset
    from embkit.languages import default_language
    from embkit.own_data import own_split
    from embkit.own_tables import read_own

    splits: list[Split] = []
    files = [Path(target) for target in targets if _is_file(target)]
    if any(columns) and not files:
        raise InvalidRequest("--text-column, --label-column and --score-column are for files")
    names = [path.name for path in files]
    for path in files:
        name = path.name if names.count(path.name) == 1 else str(path)
        splits.append(own_split(read_own(path, columns), name))
    tags = {plugins.language(lang).name} if lang else set()
    for target in targets:
        if _is_file(target):
            continue
        try:
            tasks = plugins.tasks(target)
        except NotFound as error:
            raise NotFound(f"{error} (and there is no such file)") from None
        if not tasks:
            raise NotFound(f"no task matches '{target}'")
        for benchmark, task in tasks:
            dataset = load_dataset(task, offline=offline, progress=True)
            splits += splits_of(dataset, f"{benchmark.name}/{task.name}")
            if not lang:
                tags.add(benchmark.language)
    if len(tags) > 1:
        raise InvalidRequest(f"tasks of {', '.join(sorted(tags))}: say with --lang whose words")
    return splits, plugins.language(tags.pop()) if tags else default_language("und")


def _is_file(target: str) -> bool:
    path = Path(target)
    return path.is_file() or path.suffix.lower() in (".csv", ".tsv", ".jsonl", ".txt", ".xlsx")
