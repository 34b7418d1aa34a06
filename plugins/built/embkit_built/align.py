"""`embkit align`: every row of an asset register gets a class of a classification."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import click
from embkit.errors import InvalidRequest

from embkit_built.align_known import eval_command, review_command

__all__ = ["align"]

_FAIL_ON = re.compile(r"(decided|auto|none|review)>(\d+)(%?)")


class _Group(click.Group):
    """Commands beside a register: what is no command is one."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = ["register", *args]
        return super().parse_args(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return super().get_command(ctx, cmd_name) or self.commands["register"]


@click.group("align", cls=_Group)
def align() -> None:
    """Give every row of an asset REGISTER a class of a classification.

    \b
    embkit align REGISTER --taxonomy classes.csv --out mapped.csv --review review.csv
    embkit align demo                # a register and a classification that are shipped
    embkit align review review.csv   # decide about what is in doubt, on a terminal
    embkit align eval mapped.csv     # how good answers are where the right ones are known

    `embkit align register --help` lists the options of the first form.
    """


@align.command("register")
@click.argument("register", metavar="REGISTER")
@click.option(
    "--taxonomy", default="", metavar="TAX",
    help="A table with code and title, an IFC schema (ifc4x3, ifc4, ifc2x3), or demo.",
)  # fmt: skip
@click.option(
    "-p", "--plugin", "spec", default="ngrams", show_default=True, metavar="SPEC",
    help="A provider of embeddings.",
)  # fmt: skip
@click.option("--lang", default="en", show_default=True, metavar="LANGUAGE", help="Of the texts.")
@click.option(
    "--text", "columns", default="", metavar="COLUMNS",
    help="Which columns say what a thing is, with commas between them.",
)  # fmt: skip
@click.option("--sheet", default="", metavar="NAME", help="Of a workbook.")
@click.option(
    "--decisions", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="What was decided before; it need not be there yet.",
)  # fmt: skip
@click.option(
    "--glossary", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
    help="Abbreviations of your own: a table with short and long.",
)  # fmt: skip
@click.option(
    "--accept-at", type=click.FloatRange(0.5, 1), default=0.95, show_default=True,
    help="Accept answers so that this share of them is right; needs 40 decisions.",
)  # fmt: skip
@click.option(
    "--level", default="auto", show_default=True, metavar="auto|N",
    help="The deepest level of an answer, from 1 at the top.",
)  # fmt: skip
@click.option(
    "--top", type=click.IntRange(2, 20), default=5, show_default=True,
    help="How many classes a shortlist has.",
)  # fmt: skip
@click.option(
    "--format", "form", type=click.Choice(["table", "cobie"]), default="table", show_default=True,
    help="cobie: fill in the Category of a COBie workbook, and nothing else.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="The register with its answers: .csv, for cobie also .xlsx.",
)  # fmt: skip
@click.option(
    "--review", "review", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="What a person should look at, the most urgent first.",
)  # fmt: skip
@click.option(
    "--report", "report_path", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="The numbers, as JSON.",
)  # fmt: skip
@click.option("--fail-on", default="", metavar="RULE", help="Exit with 1: review>20 or review>5%.")
@click.option("--json", "as_json", is_flag=True, help="Print the numbers as JSON.")
@click.option("--device", default="cpu", show_default=True, help="Where an encoder runs.")
@click.option("--offline", is_flag=True, help="Never open a connection.")
@click.option("-q", "--quiet", is_flag=True, help="No progress, no summary.")
@click.pass_context
def register_command(
    ctx: click.Context,
    register: str,
    taxonomy: str,
    spec: str,
    lang: str,
    columns: str,
    sheet: str,
    decisions: Path | None,
    glossary: Path | None,
    accept_at: float,
    level: str,
    top: int,
    form: str,
    out: Path | None,
    review: Path | None,
    report_path: Path | None,
    fail_on: str,
    as_json: bool,
    device: str,
    offline: bool,
    quiet: bool,
) -> None:
    """Give every row of an asset REGISTER a class of a classification.

    REGISTER is a table (.csv, .tsv, .xlsx), a COBie workbook, a model (.ifc), or demo. None of your
    files is changed. Rows come out as they went in, with the answer in columns behind them.

    What was decided before is taken over where the text is the same, and counts as an opinion where
    it is alike. An answer is accepted only when decisions tell how sure it is: without at least 40
    of them everything is for review.
    """
    from embkit.cache import atomic_write
    from embkit.cli.choose import say

    from embkit_built.align_lines import change_line, summary_lines
    from embkit_built.aligning import aligned, check_outputs
    from embkit_built.answers import Options
    from embkit_built.cobie import filled_rows, filled_workbook
    from embkit_built.outputs import categories, mapped_rows, report, review_rows, table_bytes
    from embkit_built.registers import open_register
    from embkit_built.taxonomy_files import open_taxonomy

    rule = _rule(fail_on)
    if level != "auto" and not (level.isdecimal() and int(level)):
        raise InvalidRequest(f"--level is auto or a number from 1, got '{level}'")
    if not taxonomy and register != "demo":
        raise InvalidRequest("say which classes with --taxonomy: a file, ifc4x3 or demo")
    wanted = [name.strip() for name in columns.split(",") if name.strip()]
    rows = open_register(register, columns=wanted, sheet=sheet)
    inputs = (rows.table.path, Path(taxonomy), decisions, glossary)
    check_outputs(inputs, (out, review, report_path))
    workbook = out is not None and out.suffix.lower() in (".xlsx", ".xlsm")
    if form == "cobie":
        rows.table.column("Category")
        if workbook and rows.table.path.suffix.lower() not in (".xlsx", ".xlsm"):
            raise InvalidRequest(f"'{register}' is no .xlsx, so --out must end in .csv")
    elif workbook:
        raise InvalidRequest("--out ends in .csv; a workbook is written by --format cobie alone")
    classes = open_taxonomy(taxonomy or "demo")
    if rows.table.above and not quiet:
        say(f"embkit: {rows.table.above} rows above the header of {register} are left out")
    options = Options(accept_at=accept_at, top=top, level=0 if level == "auto" else int(level))
    done, changes = aligned(
        rows, classes, spec, lang, decisions, glossary, options, device, offline, quiet
    )
    for change in changes:
        say(change_line(change, decisions))
    if out is not None:
        if form == "table":
            data = table_bytes(mapped_rows(done, top))
        elif workbook:
            data = filled_workbook(rows.table, categories(done))
        else:
            data = table_bytes(filled_rows(rows.table, categories(done)))
        atomic_write(out, data)
    if review is not None:
        atomic_write(review, table_bytes(review_rows(done, taxonomy or "demo", top)))
    numbers = report(done, changes)
    text = json.dumps(numbers, ensure_ascii=False, indent=1)
    if report_path is not None:
        atomic_write(report_path, f"{text}\n".encode())
    if as_json:
        click.echo(text)
    elif not quiet:
        click.echo("\n".join(summary_lines(numbers, options, review, decisions)))
    if rule and _broken(rule, numbers):
        say(f"embkit: {fail_on}: {numbers['status_rows'][rule[1]]:,} of {numbers['rows']:,} rows")
        ctx.exit(1)


def _rule(fail_on: str) -> re.Match[str] | None:
    rule = _FAIL_ON.fullmatch(fail_on.replace(" ", ""))
    if fail_on and rule is None:
        raise InvalidRequest(f"--fail-on is a rule such as review>20 or review>5%, got '{fail_on}'")
    return rule


def _broken(rule: re.Match[str], numbers: dict[str, Any]) -> bool:
    count = numbers["status_rows"][rule[1]]
    return bool(count > int(rule[2]) * (numbers["rows"] / 100 if rule[3] else 1))


align.add_command(eval_command)
align.add_command(review_command)
