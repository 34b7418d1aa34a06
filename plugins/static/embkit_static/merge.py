"""`embkit merge`: several encoders made into one, or several tables of word vectors."""

from __future__ import annotations

from pathlib import Path

import click

from embkit_static.settings import FORMATS

__all__ = ["merge"]

METHODS = ("linear", "task-vector", "self-positioning", "average", "concat")


@click.command("merge")
@click.argument("models", nargs=-1, required=True, metavar="MODEL...")
@click.option(
    "-o",
    "--out",
    required=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="The folder to make; it appears when all is done.",
)
@click.option(
    "--method",
    required=True,
    type=click.Choice(METHODS),
    help="Encoders: the first three. Word vectors: the last two.",
)
@click.option(
    "--weights",
    default="",
    metavar="W,W,…",
    help="What each MODEL counts, in their order.  [default: all the same]",
)
@click.option(
    "--base",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="What the encoders were trained from; for task-vector, and self-positioning, which else "
    "takes the first MODEL.",
)
@click.option(
    "--probe",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Pairs of texts that mean the same, with a tab between; for self-positioning.",
)
@click.option(
    "--steps",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="Of the search for weights.",
)
@click.option("--lr", type=float, default=0.02, show_default=True, help="Of that search.")
@click.option(
    "--pull",
    type=float,
    default=0.1,
    show_default=True,
    help="How strongly the search is drawn to equal weights.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of that search.")
@click.option("--device", default="cpu", show_default=True, help="Of that search: cpu, cuda, mps.")
@click.option(
    "--dim",
    type=click.IntRange(min=0),
    metavar="N",
    help="Of word vectors: keep the N dimensions along which they vary most (PCA); 0: all.  "
    "[default: concat as many as the longest MODEL, average all]",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    default="parquet",
    show_default=True,
    help="What word vectors are written as.",
)
@click.option(
    "--dtype",
    type=click.Choice(["float32", "float16"]),
    default="float32",
    show_default=True,
    help="What the numbers of word vectors are stored as.",
)
@click.option(
    "--lang", default="", metavar="LANGUAGE", help="Whose case a static model folds; also noted."
)
@click.option(
    "--licence",
    default="",
    metavar="TEXT",
    help="Of what comes out.  [default: those that the models state]",
)
@click.option("--force", is_flag=True, help="Replace the folder of an earlier merge.")
@click.option("-q", "--quiet", is_flag=True, help="No progress, no remarks.")
def merge(
    models: tuple[str, ...],
    out: Path,
    method: str,
    weights: str,
    base: Path | None,
    probe: Path | None,
    steps: int,
    lr: float,
    pull: float,
    seed: int,
    device: str,
    dim: int | None,
    form: str,
    dtype: str,
    lang: str,
    licence: str,
    force: bool,
    quiet: bool,
) -> None:
    """Make one model of several.

    \b
    embkit merge mr-nli mr-sts -o mr-both --method linear --weights 0.6,0.4
    embkit merge mr-nli mr-sts --base mr-bert -o mr-both --method task-vector
    embkit merge mr-nli mr-sts --base mr-bert -o mr-both --method self-positioning --probe pairs.tsv
    embkit merge mr.vec cc.mr.300.bin -o mr-meta --method average

    Encoders are folders of one architecture and one tokenizer, with their weights as safetensors.
    linear adds them up, each times its weight; task-vector adds to the base each weight times what
    a model has learnt beyond it; self-positioning learns the weights on pairs of texts.

    Word vectors are files of any format that embkit reads. average takes the mean of each word's
    vectors, each scaled to length one; concat puts them side by side and reduces them by PCA. A
    word that only some of them know is kept. The last line printed is the command that measures
    the result.
    """  # fmt: skip
    from embkit.registry import registry
    from embkit_fasttext.watch import Watch

    from embkit_static.merges import Merge, merge_models

    language = registry().language(lang) if lang else None
    asked = Merge(
        models=models, method=method, weights=_numbers(weights), base=base, probe=probe,
        steps=steps, lr=lr, pull=pull, seed=seed, device=device, dim=dim, form=form, dtype=dtype,
        licence=licence,
    )  # fmt: skip
    with Watch(quiet) as watch:
        done = merge_models(
            asked, out, language, force=force, progress=watch.progress, tell=watch.tell
        )
    click.echo(done)


def _numbers(text: str) -> list[float]:
    if not text:
        return []
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise click.BadParameter(
            f"'{text}' is no list of numbers such as 0.6,0.4", param_hint="--weights"
        ) from None
