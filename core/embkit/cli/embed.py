"""`embkit embed`: the texts of a file as vectors in another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from embkit.cli import completion
from embkit.cli.choose import say, warn_left_out
from embkit.errors import InvalidRequest

__all__ = ["embed_command"]


@contextmanager
def _counted(quiet: bool) -> Iterator[Callable[[int], None]]:
    """A function that shows on a terminal how many texts are done."""
    import sys

    if quiet or not sys.stderr.isatty():
        yield lambda count: None
        return
    from embkit.progress import console

    with console().status("0 texts") as status:
        yield lambda count: status.update(f"{count:,} texts")


@click.command("embed")
@click.argument(
    "source", metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
)  # fmt: skip
@click.option(
    "-o", "--out", required=True, type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write: .npy for an array, .parquet for texts and vectors.",
)  # fmt: skip
@click.option("-p", "--plugin", "spec", required=True, metavar="SPEC", help="A provider.",
              shell_complete=completion.providers)  # fmt: skip
@click.option("--lang", default="", metavar="LANGUAGE", help="Tag or name: mr, Marathi, मराठी.",
              shell_complete=completion.languages)  # fmt: skip
@click.option(
    "--column",
    default="",
    metavar="NAME",
    help="Where the texts are: a column of a .csv or .tsv, else a field of JSON lines.",
)
@click.option("--device", default="cpu", show_default=True, help="Where an encoder runs.")
@click.option("--offline", is_flag=True, help="Never open a connection.")
@click.option("-q", "--quiet", is_flag=True, help="No progress, no summary.")
def embed_command(
    source: Path,
    out: Path,
    spec: str,
    lang: str,
    column: str,
    device: str,
    offline: bool,
    quiet: bool,
) -> None:
    """Write the vectors of the texts in FILE, one text a line, in order; `-` is standard input.

    A text without a vector gets a row of NaN. Memory does not grow with FILE, and what is written
    appears under its name when it is whole.
    """
    ending = out.suffix.lower()
    if ending not in (".npy", ".parquet"):
        raise InvalidRequest(f"'{out}' must end in .npy or .parquet, which tells the format")
    import numpy as np

    from embkit.cache import atomic_file
    from embkit.embedding import embed_texts
    from embkit.loading import load_named
    from embkit.registry import registry
    from embkit.texts import TABLES, batches, read_texts
    from embkit.vector_files import NpyFile, ParquetFile, VectorFile

    if not column and source.suffix.lower() in TABLES:
        raise InvalidRequest(f"'{source}' is a table; name its column of texts with --column")
    warn_left_out(registry())
    loaded = load_named(spec, lang, device=device, offline=offline)
    dim = loaded.embedder.dim
    count = lacking = 0
    first = ""
    with _counted(quiet) as show, atomic_file(out) as file:
        vectors: VectorFile
        if ending == ".npy":
            vectors = NpyFile(file, dim)
        else:
            about = {
                "embkit.spec": str(loaded.spec),
                "embkit.language": loaded.language.name,
                "embkit.fingerprint": loaded.embedder.fingerprint,
            }
            vectors = ParquetFile(file, dim, about)
        for texts in batches(read_texts(source, column)):
            rows = embed_texts(loaded, texts)
            vectors.write(texts, rows)
            unknown = np.flatnonzero(np.isnan(rows).any(axis=1))
            if len(unknown) and not lacking:
                first = f"the first is number {count + int(unknown[0]) + 1:,}"
            lacking += len(unknown)
            count += len(texts)
            show(count)
        vectors.finish()
    if lacking:
        say(f"embkit: {lacking:,} of {count:,} texts have no vector: rows of NaN, {first}")
    if not quiet:
        say(f"{out}: {count:,} texts, {dim} numbers each")
