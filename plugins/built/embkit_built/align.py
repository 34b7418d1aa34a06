"""`embkit align`: every row of an asset register gets a class of a classification."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from embkit.errors import InvalidRequest

if TYPE_CHECKING:
    from embkit_built.alignment import Alignment
    from embkit_built.decisions import Change, Decision
    from embkit_built.registers import Register
    from embkit_built.taxonomies import Taxonomy

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


@contextmanager
def _counted(quiet: bool, total: int) -> Iterator[Callable[[int], None]]:
    """A function that shows on a terminal how many texts are done."""
    import sys

    if quiet or not sys.stderr.isatty():
        yield lambda count: None
        return
    from rich.console import Console

    with Console(stderr=True, markup=False).status(f"0 of {total:,} rows") as status:
        yield lambda count: status.update(f"{count:,} texts")


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

    from embkit_built.alignment import Options
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
    _check_outputs(inputs, (out, review, report_path))
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
    done, changes = _aligned(
        rows, classes, spec, lang, decisions, glossary, options, device, offline, quiet
    )
    for change in changes:
        say(_told(change, decisions))
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
        click.echo("\n".join(_summary(numbers, done, options, review, decisions)))
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


def _check_outputs(inputs: Sequence[Path | None], outputs: Sequence[Path | None]) -> None:
    """Raise InvalidRequest for a file to be written that is read, or is written twice."""
    taken = {path.resolve(): "is read" for path in inputs if path is not None}
    for path in outputs:
        if path is None:
            continue
        if path.resolve() in taken:
            raise InvalidRequest(f"'{path}' {taken[path.resolve()]} too; give it another name")
        taken[path.resolve()] = "is written"


def _aligned(
    register: Register,
    taxonomy: Taxonomy,
    spec: str,
    language: str,
    decisions: Path | None,
    glossary: Path | None,
    options: Any,
    device: str,
    offline: bool,
    quiet: bool,
) -> tuple[Alignment, list[Change]]:
    """The answers, and what the taxonomy has changed since decisions were made."""
    from embkit.cli.choose import warn_left_out
    from embkit.embedding import embed_texts
    from embkit.loading import load_named
    from embkit.records import QueryEmbedder
    from embkit.registry import registry

    from embkit_built.alignment import align as align_rows
    from embkit_built.cleaning import Cleaner, read_glossary
    from embkit_built.decisions import changed_codes, current, read_decisions

    fold = registry().language(language).fold
    words = {
        word
        for found in taxonomy.classes
        for text in (found.title, *found.synonyms)
        for word in registry().language(language).tokenize(fold(text))
    }
    cleaner = Cleaner(fold, words, read_glossary(glossary) if glossary else None)
    decided: dict[str, Decision] = {}
    changes: list[Change] = []
    if decisions is not None and decisions.exists():
        made = read_decisions(decisions)
        decided = current(made, cleaner.clean, decisions)
        changes = changed_codes(decided.values(), taxonomy)
    warn_left_out(registry())
    loaded = load_named(spec, language, device=device, offline=offline)
    embedder = loaded.embedder

    def embed(texts: Sequence[str]) -> Any:
        if isinstance(embedder, QueryEmbedder):
            return embedder.embed_queries(texts)
        return embed_texts(loaded, texts)

    with _counted(quiet, len(register.texts)) as show:
        done = align_rows(
            register,
            taxonomy,
            decided,
            embed=embed,
            embed_classes=lambda texts: embed_texts(loaded, texts),
            clean=cleaner.clean,
            options=options,
            model=f"{loaded.spec} {embedder.fingerprint[:12]}",
            progress=show,
        )
    return done, changes


def _told(change: Change, path: Path | None) -> str:
    """A line about a code that decisions name and the taxonomy has changed."""
    about = f"{path}, line {change.line}: code '{change.code}' ({change.title})"
    many = f"{change.decisions} decision{'s' if change.decisions > 1 else ''}"
    if change.kind == "retitled":
        return f"embkit: {about} is now called '{change.now}'; kept: {many}"
    near = f"; its title is now that of '{change.suggestion}'" if change.suggestion else ""
    return f"embkit: {about} is not in the taxonomy any more{near}; for review again: {many}"


def _summary(
    numbers: dict[str, Any],
    done: Alignment,
    options: Any,
    review: Path | None,
    decisions: Path | None,
) -> list[str]:
    """The lines that people read."""
    from embkit_built.confidence import ENOUGH

    rows = numbers["rows"]
    lines = [
        f"{rows:,} rows, {numbers['texts']:,} different texts after cleaning, "
        f"{numbers['taxonomy']['classes']:,} classes of {numbers['taxonomy']['name']}",
        "",
    ]
    meant = {
        "decided": "a person decided about the same text",
        "auto": "accepted",
        "none": "accepted that it is none of the classes",
        "review": "to look at",
    }
    for name, meaning in meant.items():
        count, texts = numbers["status_rows"][name], numbers["status_texts"][name]
        lines.append(f"{name:<8} {count:>7,} rows {texts:>7,} texts  {meaning}")
    lines.append("")
    calibration = numbers["calibration"]
    if calibration is None:
        lines.append(
            f"uncalibrated, nothing accepted: {numbers['decisions']} decisions, {ENOUGH} are needed"
        )
    else:
        lines.append(
            f"accepted from a confidence of {calibration['accepted_from']:.2f}, so that "
            f"{options.accept_at:.0%} are right".replace("%", " %")
        )
        lines.append(
            f"told from {calibration['decisions']:,} decisions; calibration error "
            f"{calibration['error']:.3f} on those that were held out"
        )
    if review is not None and numbers["status_texts"]["review"]:
        lines.append(f"next: embkit align review {review} --decisions {decisions or 'FILE'}")
    return lines


@align.command("eval")
@click.argument("mapped", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--gold", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
    help="A table with the same rows in the same order; without it MAPPED has the column.",
)  # fmt: skip
@click.option(
    "--gold-column", "column", default="Class", show_default=True, metavar="NAME",
    help="Where the right codes are; none for what is none of the classes.",
)  # fmt: skip
@click.option(
    "--taxonomy", default="demo", show_default=True, metavar="TAX", help="As for the alignment."
)
@click.option(
    "--precision", type=click.FloatRange(0.5, 1), default=0.95, show_default=True,
    help="For the coverage: the share of accepted answers that should be right.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def eval_command(
    mapped: Path, gold: Path | None, column: str, taxonomy: str, precision: float, as_json: bool
) -> None:
    """Score the answers in MAPPED where the right codes are known.

    Rows that a person decided are left out. An accepted answer above the right class is right.
    """
    from embkit_built.measuring import measure, read_scored
    from embkit_built.taxonomy_files import open_taxonomy

    classes = open_taxonomy(taxonomy)
    found = measure(read_scored(mapped, gold, column, classes), classes, precision)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    click.echo("\n".join(_scores(found)))


def _scores(found: dict[str, Any]) -> list[str]:
    """The lines that people read."""
    decided = f", {found['decided']:,} more were decided by a person" if found["decided"] else ""
    lines = [
        f"{found['rows']:,} rows scored{decided}",
        "",
        f"first answer right       {found['hit@1']:.3f}",
        f"among the first five     {found['hit@5']:.3f}",
        f"mean reciprocal rank     {found['mrr']:.3f}",
    ]
    for level in found["levels"]:
        name = f"right down to level {level['level']}"
        lines.append(f"{name:<24} {level['accuracy']:.3f}  of {level['rows']:,} rows")
    accepted, coverage = found["accepted"], found["coverage"]
    if accepted["rows"]:
        low, high = accepted["interval"]
        lines.append(
            f"accepted answers right   {accepted['right']:.3f}  [{low:.3f}, {high:.3f}] "
            f"of {accepted['rows']:,} rows"
        )
    if found["calibration_error"] is None:
        lines.append("no confidences: coverage and calibration need at least 40 decisions")
    else:
        low, high = coverage["interval"]
        name = f"coverage at {coverage['precision']:g}"
        lines.append(f"{name:<24} {coverage['share']:.3f}  [{low:.3f}, {high:.3f}]")
        lines.append(f"calibration error        {found['calibration_error']:.3f}")
    return lines


@align.command("review")
@click.argument("review", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--decisions", required=True, type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="Where decisions are added; it is made when it is not there.",
)  # fmt: skip
@click.option("--taxonomy", default="", metavar="TAX", help="Instead of the one that REVIEW names.")
@click.option("--who", default="", metavar="NAME", help="Who decides; else your user name.")
@click.option(
    "--sheet", "sheet_alone", is_flag=True,
    help="Take in what the column decision of REVIEW says, and ask nothing.",
)  # fmt: skip
def review_command(
    review: Path, decisions: Path, taxonomy: str, who: str, sheet_alone: bool
) -> None:
    """Decide about what is in doubt, one key a text; each decision is saved at once.

    What the column decision of REVIEW says is taken in first: a code, a number of the shortlist,
    none or later. Texts that are decided already are passed over, so that you can quit at any time
    and go on later. REVIEW itself is not changed.
    """
    import getpass

    from embkit_built.decisions import append_decisions, read_decisions
    from embkit_built.review import Session, check_terminal, items_of, sheet_choices
    from embkit_built.taxonomy_files import open_taxonomy

    _check_outputs((review, Path(taxonomy)), (decisions,))
    items, named = items_of(review)
    if not items:
        click.echo("nothing is in doubt")
        return
    classes = open_taxonomy(taxonomy or named or "demo")
    choices = sheet_choices(items, classes, review)
    made = {}
    if decisions.exists():
        made = {(one.text, one.makers): one.code for one in read_decisions(decisions)}
    keys = {(item.text, item.makers): number for number, item in enumerate(items)}
    decided = {keys[key]: code for key, code in made.items() if key in keys}
    session = Session(
        items,
        classes,
        who or getpass.getuser(),
        decided,
        lambda decision: append_decisions(decisions, [decision]),
    )
    for number, code in choices.items():
        session.decide(number, code)
    if not sheet_alone:
        check_terminal()
        session.run()
    left = len(items) - len(decided.keys() | session.decided.keys())
    click.echo(f"{len(session.decided):,} decided, {left:,} left; saved in {decisions}")
