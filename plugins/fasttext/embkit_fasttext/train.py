"""`embkit train`: a command a trainer.

A plugin that declares embkit-fasttext adds its own trainer with `train.add_command`.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click
from embkit.errors import InvalidRequest

from embkit_fasttext.parameters import Parameters
from embkit_fasttext.watch import Watch

__all__ = ["train"]


@click.group("train")
def train() -> None:
    """Train word vectors on text of your own."""


def _run(
    model: str,
    corpora: Sequence[Path],
    out: Path,
    lang: str,
    column: Sequence[str],
    exclude: Sequence[Path],
    cased: bool,
    keep_duplicates: bool,
    algorithm: str,
    dim: int,
    epochs: int,
    min_count: int,
    window: int,
    loss: str,
    negative: int,
    sample: float | None,
    lr: float | None,
    seed: int,
    threads: int | None,
    deterministic: bool,
    licence: str,
    force: bool,
    quiet: bool,
    trainer: str = Parameters.trainer,
    minn: int = Parameters.minn,
    maxn: int = Parameters.maxn,
    bucket: int | None = None,
) -> None:
    from embkit.registry import registry

    from embkit_fasttext.corpus import Corpus
    from embkit_fasttext.training import train as train_vectors

    if deterministic and (trainer != "gensim" or threads not in (None, 1)):
        raise InvalidRequest(
            "--deterministic means one thread of the gensim trainer; leave out --threads and "
            "--trainer: more threads write into one matrix in no fixed order"
        )
    parameters = Parameters(
        model=model, trainer=trainer, algorithm=algorithm, dim=dim, epochs=epochs,
        min_count=min_count, window=window, loss=loss, negative=negative, sample=sample, lr=lr,
        minn=minn, maxn=maxn, bucket=bucket, seed=seed, threads=1 if deterministic else threads,
    )  # fmt: skip
    corpus = Corpus(
        paths=corpora, columns=column, exclude=exclude, cased=cased, keep_duplicates=keep_duplicates
    )
    language = registry().language(lang)
    with Watch(quiet) as watch:
        trained = train_vectors(
            corpus,
            parameters,
            language,
            out,
            licence=licence,
            force=force,
            progress=watch.progress,
            tell=watch.tell,
        )
        about = trained.record["corpus"]
        watch.tell(
            f"{about['words_with_vectors']:,} words of {dim} numbers in {out}, "
            f"{trained.vectors.stat().st_size / 1e6:,.1f} MB, {trained.record['seconds']:.0f} s"
        )
    spec = shlex.quote(f"fasttext:{trained.vectors}")
    click.echo(f"embkit eval --lang {language.name} -p {spec}")


_TEXT = (
    click.Argument(
        ["corpora"], nargs=-1, required=True, metavar="CORPUS...", type=click.Path(path_type=Path)
    ),
    click.Option(
        ["-o", "--out"], required=True, metavar="DIR", type=click.Path(path_type=Path),
        help="The folder to make; it appears when all is done.",
    ),
    click.Option(
        ["--lang"], required=True, metavar="LANGUAGE",
        help="Tag or name of the language, by whose rules text is normalised and cut into words.",
    ),
    click.Option(
        ["--column"], multiple=True, metavar="NAME",
        help="A column that holds text, of .csv, .tsv and .jsonl files. Repeat.",
    ),
    click.Option(
        ["--exclude"], multiple=True, metavar="FILE", type=click.Path(path_type=Path),
        help="Leave out lines that stand in this test file, in any column. Repeat.",
    ),
    click.Option(["--cased"], is_flag=True, help="Keep capital letters."),
    click.Option(["--keep-duplicates"], is_flag=True, help="Keep repeated lines."),
)  # fmt: skip
_TRAINING = (
    click.Option(
        ["--algorithm"], type=click.Choice(["skipgram", "cbow"]), default=Parameters.algorithm,
        show_default=True, help="Predict the words around a word, or the word from those around.",
    ),
    click.Option(
        ["--loss"], type=click.Choice(["ns", "hs"]), default=Parameters.loss, show_default=True,
        help="Negative sampling, or hierarchical softmax, in which --negative has no part.",
    ),
    *(
        click.Option([f"--{name}"], type=int, default=default, show_default=True, help=text)
        for name, default, text in (
            ("dim", Parameters.dim, "Length of a vector."),
            ("epochs", Parameters.epochs, "How often the text is gone through."),
            ("min-count", Parameters.min_count, "How often a word must stand to get a vector."),
            ("window", Parameters.window, "How many words on each side count as near."),
            ("negative", Parameters.negative, "Random words to tell each pair from."),
            ("seed", Parameters.seed, "Of all that is drawn at random."),
        )
    ),
    click.Option(
        ["--sample"], type=float,
        help="Share of the text above which a word is passed over now and then.  [default: 0.0001; "
        "word2vec 0.001]",
    ),
    click.Option(
        ["--lr"], type=float,
        help="Learning rate at the start.  [default: 0.05; word2vec skipgram 0.025]",
    ),
    click.Option(
        ["--threads"], type=int,
        help="[default: one a processor; fasttext's trainer at least 12]",
    ),
    click.Option(
        ["--deterministic"], is_flag=True,
        help="One thread: the same text, options and versions give the same bytes.",
    ),
)  # fmt: skip
_SUBWORDS = (
    click.Option(
        ["--trainer"], type=click.Choice(["gensim", "fasttext"]), default=Parameters.trainer,
        show_default=True, help="The package that trains.",
    ),
    click.Option(
        ["--minn"], type=int, default=Parameters.minn, show_default=True,
        help="Letters of the shortest n-grams.",
    ),
    click.Option(
        ["--maxn"], type=int, default=Parameters.maxn, show_default=True,
        help="Letters of the longest n-grams; 0: words only.",
    ),
    click.Option(
        ["--bucket"], type=int,
        help="Rows for n-grams.  [default: as many as the words need, 2,000,000 at most]",
    ),
)  # fmt: skip
_FOLDER = (
    click.Option(["--licence"], default="", metavar="TEXT", help="Of the vectors, to be noted."),
    click.Option(["--force"], is_flag=True, help="Replace the folder of an earlier training."),
    click.Option(["-q", "--quiet"], is_flag=True, help="No progress, no remarks."),
)

train.add_command(
    click.Command(
        "fasttext",
        params=[*_TEXT, *_TRAINING, *_SUBWORDS, *_FOLDER],
        callback=partial(_run, "fasttext"),
        help="""Train fastText: words and their n-grams, so that unknown words get vectors too.

        CORPUS is a file, a folder or - for standard input: one text a line, or a table (.csv, .tsv,
        .jsonl) with --column; .gz, .bz2, .xz and .zst are unpacked. The last line printed is the
        command that measures the result.
        """,
    )
)
train.add_command(
    click.Command(
        "word2vec",
        params=[*_TEXT, *_TRAINING, *_FOLDER],
        callback=partial(_run, "word2vec"),
        help="""Train word2vec: words alone, so that unknown words get no vectors.

        CORPUS is a file, a folder or - for standard input, as for `embkit train fasttext`. The last
        line printed is the command that measures the result.
        """,
    )
)
