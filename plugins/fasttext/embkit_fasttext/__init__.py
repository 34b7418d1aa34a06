"""Word vectors in files of every common format as a provider of embkit."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embkit.errors import InvalidRequest
from embkit.hookspecs import hookimpl
from embkit.records import Embedder, File, Option, Provider, Request
from embkit.word_options import WORD_OPTIONS, Compression, compression_of

if TYPE_CHECKING:
    import click
    from embkit.words import WordEmbedder

__all__ = ["embkit_commands", "embkit_providers", "open_vectors"]


def open_vectors(
    path: Path,
    request: Request,
    *,
    subwords: bool = True,
    pooling: str = "mean",
    compression: Compression | None = None,
) -> WordEmbedder:
    """Open a file of word vectors of any format but a static model's, for a request's language.

    The format is told from the content, not from the name. The first opening reads the file
    into the cache; later ones take milliseconds. A plain `.bin` must stay where it is: the n-grams
    of unknown words are read from it, a page at a time. subwords: whether unknown words get vectors
    from their n-grams. pooling: one of `embkit.word_options.POOLINGS`. compression: how the vectors
    are made smaller; the smaller ones are cached beside the others.
    Raises InvalidData, naming file and place, for a file that is not what it claims to be, and
    InvalidRequest for a compression that the vectors do not allow.
    """
    from embkit_fasttext.opening import open_file

    return open_file(
        path, request.language, subwords=subwords, pooling=pooling, compression=compression
    )


_OPTIONS = (
    Option(
        name="subwords",
        type=bool,
        default=True,
        help="vectors for unknown words from their n-grams, where the file has them",
    ),
    *WORD_OPTIONS,
    Option(name="sha256", default="", help="what the file must have; an address without is pinned"),
)


def _remote(argument: str, options: Mapping[str, Any]) -> Sequence[File]:
    from embkit_fasttext.opening import remote

    return remote(argument, options["sha256"])


def _load(request: Request) -> Embedder:
    from embkit_fasttext.opening import local, traced

    if request.files:
        (path,) = request.files
    else:
        path = local(request.argument, request.options["sha256"])
    if os.path.isdir(path):
        from embkit_fasttext.static_model import is_static_model, open_static_model

        if is_static_model(path):
            changed = [o.name for o in _OPTIONS if request.options[o.name] != o.default]
            if changed:
                raise InvalidRequest(
                    f"'{path}' is a static model with a way of its own; leave out ?{changed[0]}="
                )
            return open_static_model(path)
    with traced(path, request.argument):
        return open_vectors(
            path,
            request,
            subwords=request.options["subwords"],
            pooling=request.options["pooling"],
            compression=compression_of(request.options),
        )


@hookimpl
def embkit_providers() -> Iterable[Provider]:
    """fasttext."""
    yield Provider(
        name="fasttext",
        summary="word vectors of fastText, word2vec, GloVe, gensim, numpy, Parquet, model2vec",
        load=_load,
        argument="a path or https address of word vectors",
        options=_OPTIONS,
        argument_needs=_remote,
    )


@hookimpl
def embkit_commands() -> Iterable[click.Command]:
    """convert, train."""
    from embkit_fasttext.convert import convert
    from embkit_fasttext.train import train

    yield convert
    yield train
