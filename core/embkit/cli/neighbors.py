"""`embkit neighbors`: the words, or texts of a file, that are nearest to words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from embkit.cli import completion
from embkit.cli.choose import say, warn_left_out
from embkit.errors import InvalidData, InvalidRequest, NotFound

if TYPE_CHECKING:
    from embkit.embedding import Loaded
    from embkit.search import Block

__all__ = ["neighbors_command"]


def _in_vocabulary(
    loaded: Loaded, positive: Sequence[str], negative: Sequence[str], k: int, approximate: bool
) -> list[tuple[str, float]]:
    """The nearest words of a provider's vocabulary."""
    from embkit.neighbors import most_similar
    from embkit.words import WordEmbedder

    embedder = loaded.embedder
    if not isinstance(embedder, WordEmbedder):
        raise InvalidRequest(
            f"provider '{loaded.provider.name}' has no vocabulary to search; give the texts to "
            "search among, one a line, with --among FILE"
        )
    index = None
    if approximate:
        from embkit.approximate import open_index

        index = open_index(embedder.store)
        say(f"embkit: approximate search, which finds {index.recall:.1%} of the 10 nearest words")
    return most_similar(embedder, positive, negative, k, index=index)


def _among(
    loaded: Loaded, positive: Sequence[str], negative: Sequence[str], k: int, path: Path
) -> list[tuple[str, float]]:
    """The nearest of the texts in a file, each counted once; the asked ones are left out."""
    import numpy as np

    from embkit.embedding import embed_texts
    from embkit.neighbors import weighted_sum
    from embkit.search import search, usable
    from embkit.texts import batches, read_texts
    from embkit.wordstore import row_norms

    asked = [*positive, *negative]
    vectors = embed_texts(loaded, asked)
    for text, known in zip(asked, usable(row_norms(vectors)), strict=True):
        if not known:
            raise NotFound(f"provider '{loaded.provider.name}' has no vector for '{text}'")
    query = weighted_sum(vectors, [1.0] * len(positive) + [-1.0] * len(negative))
    texts = [text for text in dict.fromkeys(read_texts(path)) if text not in {"", *asked}]
    if not texts:
        raise InvalidData(f"'{path}' holds no text beside those asked for")
    lacking = 0

    def blocks() -> Iterator[Block]:
        nonlocal lacking
        for batch in batches(texts):
            rows = embed_texts(loaded, batch)
            norms = row_norms(rows)
            lacking += int((~usable(norms)).sum())
            yield rows, norms

    (rows,), (cosines,) = search(blocks(), query, min(k, len(texts)))
    if lacking:
        say(f"embkit: {lacking:,} of {len(texts):,} texts have no vector and cannot be found")
    found = np.flatnonzero(rows >= 0)
    return [(texts[rows[i]], float(cosines[i])) for i in found.tolist()]


@click.command("neighbors")
@click.argument("words", metavar="WORD…", nargs=-1, required=True)
@click.option("-p", "--plugin", "spec", required=True, metavar="SPEC", help="A provider.",
              shell_complete=completion.providers)  # fmt: skip
@click.option("--minus", multiple=True, metavar="WORD", help="Take this word away. Repeat.")
@click.option(
    "-k", "count", type=click.IntRange(min=1), default=10, show_default=True, help="How many."
)
@click.option("--lang", default="", metavar="LANGUAGE", help="Tag or name: mr, Marathi, मराठी.",
              shell_complete=completion.languages)  # fmt: skip
@click.option(
    "--among", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    metavar="FILE", help="Search the texts of FILE, one a line; `-` is standard input.",
)  # fmt: skip
@click.option(
    "--approximate", is_flag=True, help="Search an index, made once; for large vocabularies."
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--device", default="cpu", show_default=True, help="Where an encoder runs.")
@click.option("--offline", is_flag=True, help="Never open a connection.")
def neighbors_command(
    words: Sequence[str],
    spec: str,
    minus: Sequence[str],
    count: int,
    lang: str,
    among: Path | None,
    approximate: bool,
    as_json: bool,
    device: str,
    offline: bool,
) -> None:
    """Show what is nearest to the sum of WORDs, with its cosine.

    \b
    embkit neighbors -p indicft पुणे
    embkit neighbors -p indicft राजा स्त्री --minus पुरुष
    embkit neighbors -p ngrams --lang mr --among titles.txt "पुण्यात पाऊस"

    The vocabulary of the provider is searched, every word of it, or with --among the texts of a
    file. Each word counts as its vector scaled to length one, and is itself left out.
    """
    from embkit.loading import load_named
    from embkit.registry import registry
    from embkit.reporters.cells import printable

    if among and approximate:
        raise InvalidRequest("--approximate is for a vocabulary; --among is searched exactly")
    warn_left_out(registry())
    loaded = load_named(spec, lang, device=device, offline=offline)
    if among:
        found = _among(loaded, words, minus, count, among)
    else:
        found = _in_vocabulary(loaded, words, minus, count, approximate)
    if as_json:
        rows = [{"text": text, "cosine": round(cosine, 6)} for text, cosine in found]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    # The number stands first: how wide a word of Devanagari is, no two terminals agree on.
    for text, cosine in found:
        click.echo(f"{cosine:6.3f}  {printable(text)}")
