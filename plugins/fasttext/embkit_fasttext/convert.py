"""`embkit convert`: word vectors in another format, smaller if asked, and what that cost them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from embkit_fasttext.watch import Watch

if TYPE_CHECKING:
    from embkit_fasttext.converting import Conversion, Side

__all__ = ["convert"]

_LABEL = 17  # columns


@click.command("convert")
@click.argument("source", metavar="SRC")
@click.argument("out", metavar="DST", type=click.Path(path_type=Path))
@click.option(
    "--dtype",
    type=click.Choice(["float32", "float16", "int8"]),
    default="float32",
    show_default=True,
    help="What numbers are stored as.",
)
@click.option(
    "--dim",
    type=click.IntRange(min=1),
    metavar="N",
    help="Keep the N dimensions along which the vectors vary most.",
)
@click.option(
    "--keep-top",
    type=click.IntRange(min=1),
    metavar="N",
    help="Keep the first N words, the most frequent ones where they are in that order.",
)
@click.option(
    "--keep-words",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    metavar="FILE",
    help="Keep the words of FILE, one a line, in the order of SRC; `-` is standard input.",
)
@click.option(
    "--lang", default="", metavar="LANGUAGE", help="Whose case a static model folds: mr, Turkish."
)
@click.option("--sha256", default="", metavar="DIGEST", help="What SRC must have.")
@click.option("--force", is_flag=True, help="Replace what was written before.")
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
@click.option("--offline", is_flag=True, help="Never open a connection.")
@click.option("-q", "--quiet", is_flag=True, help="No progress, no report, no comparison.")
def convert(
    source: str,
    out: Path,
    dtype: str,
    dim: int | None,
    keep_top: int | None,
    keep_words: Path | None,
    lang: str,
    sha256: str,
    force: bool,
    as_json: bool,
    offline: bool,
    quiet: bool,
) -> None:
    """Write the word vectors of SRC to DST and report what they lost.

    \b
    embkit convert cc.mr.300.bin mr.parquet --dtype float16
    embkit convert https://dl.fbaipublicfiles.com/…/cc.mr.300.vec.gz mr.npy --keep-top 200000
    embkit convert mr.vec mr-static --lang mr --dim 100 --dtype int8

    SRC is a path or an https address of any format that embkit reads. The ending of DST says what
    to write: .vec and .txt (word2vec's text format) and .glove, each also with .gz, .bz2 or .zst
    behind it; .w2v (word2vec's binary format), .npy with a list of words beside it, .parquet; and
    without an ending a folder that model2vec and sentence-transformers open.

    Where vectors change, or words are left out, 500 random words are looked at before and after:
    how many of the 10 words nearest to each are nearest still, and how far cosines moved.
    """
    from embkit.fetching import fetch
    from embkit.registry import registry
    from embkit.texts import read_texts
    from embkit.word_options import Compression

    from embkit_fasttext.converting import convert as convert_vectors
    from embkit_fasttext.opening import local, remote, traced

    words = [word for word in dict.fromkeys(read_texts(keep_words)) if word] if keep_words else None
    how = Compression(words=words, keep=keep_top or 0, dim=dim or 0, dtype=dtype)
    language = registry().language(lang) if lang else None
    fetched = [fetch(f, offline=offline, progress=not quiet) for f in remote(source, sha256)]
    path = fetched[0] if fetched else local(source, sha256)
    with Watch(quiet) as watch, traced(path, source):
        done = convert_vectors(
            path,
            out,
            how,
            language,
            force=force,
            compare=as_json or not quiet,
            progress=watch.progress,
        )
    if as_json:
        click.echo(json.dumps(_as_json(done), ensure_ascii=False, indent=1))
    elif not quiet:
        click.echo("\n".join(_report(done)))


def _as_json(done: Conversion) -> dict[str, Any]:
    sides = {
        name: side._asdict() | {"path": str(side.path)}
        for name, side in (("source", done.source), ("target", done.target))
    }
    lost = done.fidelity._asdict() if done.fidelity else None
    return sides | {
        "same": done.same,
        "fidelity": lost,
        "missing": list(done.missing),
        "left_behind": list(done.left),
    }


def _report(done: Conversion) -> list[str]:
    """The lines that people read: both sides, what became of the vectors, what was left behind."""
    from embkit.reporters.cells import printable

    lines: list[str] = []
    lost = done.fidelity
    if done.same:
        lines += _part("vectors", ["the same, to the last bit"])
    elif lost is not None:
        kept = f"{_percent(lost.neighbors_kept_there)} of each word's {lost.neighbors} nearest"
        of_all = f"{_percent(lost.neighbors_kept)} of its {lost.neighbors} nearest before"
        fewer = done.target.words < done.source.words
        parts = [f"{kept}, among the words still there", of_all] if fewer else [kept]
        lines += _part("neighbours kept", parts)
        lines += _part(
            "cosines",
            [
                f"differ by {_small(lost.mean_change)} on average, "
                f"{_small(lost.largest_change)} at most",
                f"rank correlation with those before {int(lost.order_kept * 1e4) / 1e4:.4f}",
            ],
        )
        lines += _part("measured on", [f"{lost.words:,} random words"])
    if done.missing:
        first = printable(done.missing[0])
        lines += _part("not there", [f"{len(done.missing):,} words to keep, the first '{first}'"])
    lines += _part("left behind", [printable(each) for each in done.left])
    return [*_sides(done.source, done.target), *([""] if lines else []), *lines]


def _sides(*sides: Side) -> list[str]:
    """A line for each side, in columns."""
    rows = [
        (
            side.path.name, f"{side.words:,} words × {side.dim}", side.dtype,
            _amount(side.bytes), side.format,
        )
        for side in sides
    ]  # fmt: skip
    name, size, dtype, amount = (max(len(row[i]) for row in rows) for i in range(4))
    return [
        f"{row[0]:<{name}}  {row[1]:>{size}}  {row[2]:<{dtype}}  {row[3]:>{amount}}  {row[4]}"
        for row in rows
    ]


def _amount(count: int) -> str:
    return f"{count / 1e6:,.1f} MB" if count >= 1e5 else f"{count / 1e3:.1f} kB"


def _part(label: str, lines: Sequence[str]) -> list[str]:
    """Lines behind a label."""
    labels = [label, *[""] * len(lines)]
    return [f"{name:<{_LABEL}}{line}" for name, line in zip(labels, lines, strict=False)]


def _small(number: float) -> str:
    """Two digits that say something, without an exponent."""
    import numpy as np

    return np.format_float_positional(number, precision=2, fractional=False, trim="-")


def _percent(share: float) -> str:
    """Rounded down: only what is all says so."""
    return f"{int(share * 1000 + 1e-9) / 10:.1f} %"
