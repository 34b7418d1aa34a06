"""`embkit align eval` and `embkit align review`: where the right answer is known, or asked for."""

from __future__ import annotations

import json
from pathlib import Path

import click

__all__ = ["eval_command", "review_command"]


@click.command("eval")
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
    from embkit_built.align_lines import score_lines
    from embkit_built.measuring import measure, read_scored
    from embkit_built.taxonomy_files import open_taxonomy

    classes = open_taxonomy(taxonomy)
    found = measure(read_scored(mapped, gold, column, classes), classes, precision)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    click.echo("\n".join(score_lines(found)))


@click.command("review")
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

    from embkit_built.aligning import check_outputs
    from embkit_built.decisions import append_decisions, read_decisions
    from embkit_built.review import Session, check_terminal
    from embkit_built.review_files import items_of, sheet_choices
    from embkit_built.taxonomy_files import open_taxonomy

    check_outputs((review, Path(taxonomy)), (decisions,))
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
    saved = f"; saved in {decisions}" if session.decided else ""
    click.echo(f"{len(session.decided):,} decided, {left:,} left{saved}")
