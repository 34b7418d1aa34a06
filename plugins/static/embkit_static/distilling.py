"""From an encoder to a folder of static vectors with what is known about them."""

from __future__ import annotations

import hashlib
import json
import shlex
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from embkit.cache import atomic_folder
from embkit.errors import InvalidData, InvalidRequest
from embkit.records import Language
from embkit.text import layer_digest
from embkit.texts import read_texts
from embkit.word_options import Compression
from embkit_fasttext.corpus import Corpus, Progress
from numpy.typing import NDArray

from embkit_static import aggregate as aggregating
from embkit_static.card import distilled_card
from embkit_static.input_layer import InputLayer, whole_words
from embkit_static.naming import open_named
from embkit_static.output import check_target, versions, write_record, write_vectors
from embkit_static.pca import Pieces, piece_vectors, static_model, write_pieces
from embkit_static.settings import Distillation
from embkit_static.text import Kept, Vocabulary, keep_lines, read_lines, spelt, vocabulary_of
from embkit_static.x2static import Teaching, train

if TYPE_CHECKING:
    from embkit_contextual import Encoder

__all__ = ["checkpoint_of", "distill_into"]

_BLOCK = 8192


class _Tools(NamedTuple):
    encoder: Encoder
    language: Language
    progress: Progress
    tell: Callable[[str], None]


def distill_into(
    asked: Distillation,
    out: Path,
    language: Language,
    *,
    force: bool = False,
    progress: Progress = lambda stage, done, total: None,
    tell: Callable[[str], None] = lambda sentence: None,
) -> str:
    """Take static vectors out of an encoder into a new folder; the command that measures them.

    The folder holds the vectors, embkit.json (settings, versions, digests of encoder and corpus)
    and a README.md; it appears when all is done. While it works, the kept text lies beside it, and
    of `aggregate` a checkpoint that a later run goes on from (see `checkpoint_of`).
    Raises InvalidRequest before any work for what cannot be done, InvalidData for text or an
    encoder that is not fit, StorageError where the disk refuses.
    """
    check_target(out, force)
    began = time.monotonic()
    encoder, licence = open_named(asked, language)
    tools = _Tools(encoder, language, progress, tell)
    with atomic_folder(out) as working:
        if asked.method == "pca":
            about = _pieces(asked, tools, working)
        else:
            about = _words(asked, tools, working, checkpoint_of(out))
        record = {
            "format": "embkit.distilled/1",
            "method": asked.method,
            "encoder": {"source": encoder.source, "fingerprint": encoder.fingerprint},
            "language": {"name": language.name, "layer": layer_digest(language)},
            **about,
            "command": asked.command(language.name),
            "licence": asked.licence or licence,
            "versions": versions("embkit", "embkit-static", "numpy", "torch", "transformers"),
            "seconds": round(time.monotonic() - began, 1),
        }
        write_record(working, record, distilled_card(record))
    with suppress(FileNotFoundError):
        checkpoint_of(out).unlink()
    tell(
        f"{record['words']:,} {'pieces' if asked.method == 'pca' else 'words'} of {record['dim']} "
        f"numbers in {out}, {record['seconds']:.0f} s"
    )
    return f"embkit eval --lang {language.name} -p {shlex.quote(f'static:{out}')}"


def checkpoint_of(out: Path) -> Path:
    """The file beside a folder that unfinished work is kept in."""
    return out.with_name(f".{out.name}.unfinished.npz")


def _pieces(asked: Distillation, tools: _Tools, folder: Path) -> dict[str, Any]:
    """Write a static model of an encoder's pieces."""
    pieces = Pieces(tools.encoder)
    used = np.flatnonzero(pieces.used)
    vectors = piece_vectors(
        tools.encoder, used, lambda done: tools.progress("reading pieces", done, len(used))
    )
    dim = 256 if asked.dim is None else asked.dim
    if asked.dim is None and dim > min(vectors.shape[1], len(used) - 1):
        dim = 0
        tools.tell(f"all {vectors.shape[1]} numbers are kept: there are no 256 directions")
    made = static_model(vectors, dim, asked.sif)
    rows = np.zeros((pieces.count, made.shape[1]), dtype=np.float32)
    rows[used] = made
    write_pieces(folder, tools.encoder, rows, asked.dtype)
    settings = {"dim": dim, "sif": asked.sif, "dtype": asked.dtype}
    return {"vectors": "", "words": len(used), "dim": made.shape[1], "settings": settings}


def _words(asked: Distillation, tools: _Tools, folder: Path, checkpoint: Path) -> dict[str, Any]:
    """Write word vectors."""
    if asked.form == "static-model" and asked.cased:
        raise InvalidRequest("a static model folds case as its words do; leave out --cased")
    kept = _kept(asked, tools, folder / "lines.txt")
    listed = None if asked.words is None else [w for w in read_texts(asked.words) if w]
    if kept is None and listed is None:
        listed = whole_words(tools.encoder, tools.language)
        if not listed:
            raise InvalidData(
                f"the tokenizer of '{tools.encoder.source}' has no piece that is a whole word; "
                "name words with --words, or text with --corpus"
            )
    counts = None if kept is None else kept.counts
    vocabulary = vocabulary_of(counts, listed, min_count=asked.least(), keep=asked.keep)
    if listed is not None and len(vocabulary) < len(set(listed)):
        tools.tell(f"words asked for that are left out: {len(set(listed)) - len(vocabulary):,}")
    vocabulary = spelt(tools.encoder, vocabulary, tools.tell)
    settings, vectors = _METHODS[asked.method](asked, tools, vocabulary, kept, checkpoint)
    if kept is not None:
        kept.path.unlink()
    total = len(vocabulary)
    done = 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        tools.progress("writing", done, total)

    dim = asked.dim or 0
    written = write_vectors(
        folder, _blocks(vocabulary.words, vectors), vectors.shape[1], form=asked.form,
        how=Compression(dim=dim, center=dim > 0, dtype=asked.dtype), language=tools.language,
        counts=vocabulary.counts, advance=advance,
    )  # fmt: skip
    for line in written.left:
        tools.tell(f"left behind: {line}")
    return {
        "vectors": written.name,
        "words": written.words,
        "dim": written.dim,
        "settings": settings | {"dim": dim, "dtype": asked.dtype, "seed": asked.seed},
        "corpus": None if kept is None else _about(asked, kept),
    }


def _kept(asked: Distillation, tools: _Tools, path: Path) -> Kept | None:
    if not asked.corpus:
        return None
    corpus = Corpus(
        paths=asked.corpus, columns=asked.columns, exclude=asked.exclude, cased=asked.cased,
        keep_duplicates=asked.keep_duplicates,
    )  # fmt: skip
    return keep_lines(corpus, tools.language, path, progress=tools.progress, tell=tools.tell)


def _about(asked: Distillation, kept: Kept) -> dict[str, Any]:
    return {
        "paths": [str(path) for path in asked.corpus],
        "exclude": [str(path) for path in asked.exclude],
        "sha256": kept.sha256,
        "lines": kept.lines,
        "tokens": sum(kept.counts.values()),
        "distinct": len(kept.counts),
        "cased": asked.cased,
        "min_count": asked.least(),
        "left_out": dict(kept.left_out),
    }


def _blocks(
    words: Sequence[str], vectors: NDArray[np.float32]
) -> Iterator[tuple[Sequence[str], NDArray[np.float32]]]:
    for start in range(0, len(words), _BLOCK):
        yield words[start : start + _BLOCK], vectors[start : start + _BLOCK]


_Made = tuple[dict[str, Any], NDArray[np.float32]]


def _input(
    asked: Distillation, tools: _Tools, vocabulary: Vocabulary, kept: Kept | None, checkpoint: Path
) -> _Made:
    layer = InputLayer(tools.encoder)
    parts = [
        layer.vectors(vocabulary.words[start : start + _BLOCK])
        for start in range(0, len(vocabulary), _BLOCK)
    ]
    return {}, np.concatenate(parts)


def _aggregate(
    asked: Distillation, tools: _Tools, vocabulary: Vocabulary, kept: Kept | None, checkpoint: Path
) -> _Made:
    encoder = tools.encoder
    settings = {
        "layer": asked.layer, "tokens": asked.tokens, "contexts": asked.contexts, "over": asked.over
    }  # fmt: skip
    ((_, first),) = encoder.stream_tokens(
        [[vocabulary.words[0]]], layer=asked.layer, tokens=asked.tokens
    )
    pooled = aggregating.Pooled(len(vocabulary), first.shape[1], asked.over)
    sentences: Iterable[aggregating.Context] = aggregating.alone(vocabulary.words)
    total = len(vocabulary)
    if kept is not None and asked.contexts:
        sentences, total = _contexts(asked, tools, vocabulary, kept), kept.lines
    work = [
        "aggregate/1", encoder.fingerprint, layer_digest(tools.language), settings, asked.seed,
        asked.cased, kept.sha256 if kept else "", vocabulary.words,
    ]  # fmt: skip
    key = hashlib.sha256(json.dumps(work).encode()).hexdigest()
    try:
        before = aggregating.aggregate(
            sentences, encoder, pooled, layer=asked.layer, tokens=asked.tokens,
            checkpoint=checkpoint, key=key, every=aggregating.EVERY,
            progress=lambda done: tools.progress("reading sentences", done, total),
        )  # fmt: skip
    except KeyboardInterrupt:
        if checkpoint.exists():
            tools.tell(f"broken off; the same command goes on from {checkpoint}")
        raise
    if before:
        tools.tell(f"{before:,} sentences had been read before")
    return settings | {"contexts_read": int(pooled.counts.sum())}, pooled.vectors()


def _contexts(
    asked: Distillation, tools: _Tools, vocabulary: Vocabulary, kept: Kept
) -> Iterator[aggregating.Context]:
    return aggregating.contexts(
        kept.path, vocabulary, tools.language, cased=asked.cased, most=asked.contexts,
        seed=asked.seed,
    )  # fmt: skip


def _x2static(
    asked: Distillation, tools: _Tools, vocabulary: Vocabulary, kept: Kept | None, checkpoint: Path
) -> _Made:
    assert kept is not None and vocabulary.counts is not None
    language, numbers = tools.language, vocabulary.numbers

    def sentences() -> Iterator[tuple[str, list[int]]]:
        for text in read_lines(kept.path):
            words = language.tokenize(text if asked.cased else language.fold(text))
            yield text, [numbers[word] for word in words if word in numbers]

    teaching = Teaching(
        epochs=asked.epochs, lr=asked.lr, negative=asked.negative, sample=asked.sample,
        seed=asked.seed,
    )  # fmt: skip
    total = kept.lines * asked.epochs
    vectors = train(
        sentences, vocabulary.counts, tools.encoder, teaching, lines=kept.lines,
        progress=lambda done: tools.progress("training", done, total), tell=tools.tell,
    )  # fmt: skip
    settings = {
        "epochs": asked.epochs, "lr": asked.lr, "negative": asked.negative,
        "sample": asked.sample, "batch": teaching.batch,
    }  # fmt: skip
    return settings, vectors


_METHODS = {"input": _input, "aggregate": _aggregate, "x2static": _x2static}
