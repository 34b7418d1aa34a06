"""`embkit distill`: a table of static vectors taken out of an encoder."""

from __future__ import annotations

from pathlib import Path

import click

from embkit_static.settings import FORMATS, METHODS, Distillation

__all__ = ["distill"]

_PATH = click.Path(path_type=Path)


@click.command("distill")
@click.argument("encoder", metavar="ENCODER")
@click.option(
    "-o",
    "--out",
    required=True,
    metavar="DIR",
    type=_PATH,
    help="The folder to make; it appears when all is done.",
)
@click.option("--method", required=True, type=click.Choice(METHODS), help="See above.")
@click.option(
    "--lang",
    required=True,
    metavar="LANGUAGE",
    help="Tag or name of the language, by whose rules text is cut into words.",
)
@click.option(
    "--corpus",
    multiple=True,
    metavar="FILE",
    type=_PATH,
    help="Text, a sentence a line: a file, a folder or - for standard input. Repeat.",
)
@click.option(
    "--column",
    multiple=True,
    metavar="NAME",
    help="A column that holds text, of .csv, .tsv and .jsonl files. Repeat.",
)
@click.option(
    "--exclude",
    multiple=True,
    metavar="FILE",
    type=_PATH,
    help="Leave out lines that stand in this test file, in any column. Repeat.",
)
@click.option("--cased", is_flag=True, help="Keep words with capital letters apart.")
@click.option("--keep-duplicates", is_flag=True, help="Keep repeated lines.")
@click.option(
    "--words",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    help="The words that get a vector, one a line.  [default: those of the corpus, or "
    "those that are one piece of the tokenizer]",
)
@click.option(
    "--min-count",
    type=click.IntRange(min=1),
    help="How often a word must stand in the corpus.  [default: 10 for x2static, else 1 "
    "with --words and 5 without]",
)
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    default=Distillation.keep,
    show_default=True,
    help="Keep the N most frequent words.",
)
@click.option(
    "--layer",
    default=Distillation.layer,
    show_default=True,
    help="aggregate: the layer, named as contextual's option.",
)
@click.option(
    "--tokens",
    type=click.Choice(["mean", "first", "last", "min", "max"]),
    default=Distillation.tokens,
    show_default=True,
    help="aggregate: how the pieces of a word make its vector.",
)
@click.option(
    "--contexts",
    type=click.IntRange(min=0),
    default=Distillation.contexts,
    show_default=True,
    help="aggregate: sentences looked at for each word, at most; 0: the word alone.",
)
@click.option(
    "--over",
    type=click.Choice(["mean", "min", "max"]),
    default=Distillation.over,
    show_default=True,
    help="aggregate: how the contexts of a word make its vector.",
)
@click.option(
    "--epochs",
    type=click.IntRange(min=1),
    default=Distillation.epochs,
    show_default=True,
    help="x2static: how often the text is gone through.",
)
@click.option(
    "--lr", type=float, default=Distillation.lr, show_default=True, help="x2static: learning rate."
)
@click.option(
    "--negative",
    type=click.IntRange(min=1),
    default=Distillation.negative,
    show_default=True,
    help="x2static: words drawn to tell each word from.",
)
@click.option(
    "--sample",
    type=float,
    default=Distillation.sample,
    show_default=True,
    help="x2static: share of the text above which a word is passed over now and then.",
)
@click.option(
    "--sif",
    type=float,
    default=Distillation.sif,
    show_default=True,
    help="pca: how strongly rare pieces count more; 0: all count the same.",
)
@click.option(
    "--dim",
    type=click.IntRange(min=0),
    metavar="N",
    help="Keep the N dimensions in which the vectors vary most; 0: all.  [default: 256 "
    "for pca, else all]",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    default="parquet",
    show_default=True,
    help="What word vectors are written as; pca always writes a static model.",
)
@click.option(
    "--dtype",
    type=click.Choice(["float32", "float16"]),
    default="float32",
    show_default=True,
    help="What numbers are stored as.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of all that is drawn.")
@click.option("--device", default="cpu", show_default=True, help="cpu, cuda, cuda:1, mps.")
@click.option("--offline", is_flag=True, help="Never open a connection.")
@click.option(
    "--licence", default="", metavar="TEXT", help="Of the vectors.  [default: that of the encoder]"
)
@click.option("--force", is_flag=True, help="Replace the folder of an earlier distillation.")
@click.option("-q", "--quiet", is_flag=True, help="No progress, no remarks.")
def distill(
    encoder: str,
    out: Path,
    method: str,
    lang: str,
    corpus: tuple[Path, ...],
    column: tuple[str, ...],
    exclude: tuple[Path, ...],
    cased: bool,
    keep_duplicates: bool,
    words: Path | None,
    min_count: int | None,
    keep: int,
    layer: str,
    tokens: str,
    contexts: int,
    over: str,
    epochs: int,
    lr: float,
    negative: int,
    sample: float,
    sif: float,
    dim: int | None,
    form: str,
    dtype: str,
    seed: int,
    device: str,
    offline: bool,
    licence: str,
    force: bool,
    quiet: bool,
) -> None:
    """Take a table of static vectors out of an encoder.

    \b
    embkit distill mr-bert -o mr-input --lang mr --method input
    embkit distill mr-bert -o mr-mean --lang mr --method aggregate --corpus news.txt
    embkit distill mr-bert -o mr-x2s --lang mr --method x2static --corpus news.txt
    embkit distill mr-sentences -o mr-pca --lang mr --method pca

    ENCODER is a folder or the id of a model of the Hugging Face hub, with options of `contextual`
    behind a ?, or a provider of an encoder.

    input: the rows of the input layer, for each word the mean of its pieces. aggregate: what the
    encoder makes of a word, averaged over sentences of the corpus it stands in; memory does not
    grow with the corpus, and what was broken off goes on when the command is repeated. x2static:
    vectors trained to tell the sentences that a word stands in. pca: each piece of the tokenizer
    read alone, in fewer dimensions, weighted by rank: model2vec's recipe, for model2vec and
    sentence-transformers as well.

    The last line printed is the command that measures the result.
    """
    from embkit.registry import registry
    from embkit_fasttext.watch import Watch

    from embkit_static.distilling import distill_into

    asked = Distillation(
        encoder=encoder, method=method, corpus=corpus, columns=column, exclude=exclude, cased=cased,
        keep_duplicates=keep_duplicates, words=words, min_count=min_count, keep=keep, layer=layer,
        tokens=tokens, contexts=contexts, over=over, epochs=epochs, lr=lr, negative=negative,
        sample=sample, sif=sif, dim=dim, form=form, dtype=dtype, seed=seed, device=device,
        offline=offline, licence=licence,
    )  # fmt: skip
    language = registry().language(lang)
    with Watch(quiet) as watch:
        done = distill_into(
            asked, out, language, force=force, progress=watch.progress, tell=watch.tell
        )
    click.echo(done)
