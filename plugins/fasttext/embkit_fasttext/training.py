"""From text to a folder of word vectors with what is known about them."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from embkit.cache import atomic_folder
from embkit.errors import EmbkitError, InvalidData, InvalidRequest
from embkit.records import Language
from embkit.text import layer_digest
from numpy.typing import NDArray

from embkit_fasttext.binary import read_model
from embkit_fasttext.corpus import Corpus, Prepared, Progress, prepare
from embkit_fasttext.matrices import open_matrix
from embkit_fasttext.parameters import RECORD, VECTORS, Parameters
from embkit_fasttext.subwords import ngram_ids
from embkit_fasttext.trainers import require_package, train_with_fasttext, train_with_gensim
from embkit_fasttext.w2v import read_w2v

__all__ = ["Trained", "train", "uninitialised"]

_MOST_BUCKETS = 2_000_000  # fastText's own number
_ROWS_A_NGRAM = 2
_BLOCK = 16_384


@dataclass(frozen=True, kw_only=True)
class Trained:
    """What a training left: the file of the vectors, and the content of `training.json`."""

    vectors: Path
    record: Mapping[str, Any]


def _silence(*_: object) -> None:
    pass


def train(
    corpus: Corpus,
    parameters: Parameters,
    language: Language,
    out: Path,
    *,
    licence: str = "",
    force: bool = False,
    progress: Progress = _silence,
    tell: Callable[[str], None] = _silence,
) -> Trained:
    """Train word vectors on a corpus, into a new folder that appears when all is done.

    The folder holds model.bin (fastText's format or word2vec's), training.json (parameters,
    versions, digest and counts of the corpus, language and licence) and a README.md. While it
    works, the prepared text lies beside it. force: replace the folder of an earlier training.
    tell: takes sentences for people. Raises InvalidRequest before any work for what cannot be done,
    InvalidData for a corpus without enough words, EmbkitError for a training that went wrong.
    """
    _check_target(out, force)
    require_package(parameters.trainer)
    parameters = parameters.usual()
    began = time.monotonic()
    with atomic_folder(out) as working:
        text, vectors = working / "corpus.txt", working / VECTORS
        prepared = prepare(corpus, language, text, progress=progress, tell=tell)
        tell(_summary(prepared))
        words = _vocabulary(prepared, parameters.min_count)
        parameters = replace(parameters, bucket=_bucket(parameters, list(words), tell))
        about = _about(corpus, prepared, len(words))
        del prepared  # it counts every word, and large corpora have tens of millions
        if parameters.trainer == "gensim":
            train_with_gensim(text, about["lines"], words, parameters, vectors, progress)
        else:
            train_with_fasttext(text, parameters, vectors, progress)
        text.unlink()
        _check_rows(vectors, parameters)
        record = {
            "format": "embkit.training/1",
            "vectors": VECTORS,
            "parameters": asdict(parameters),
            "language": {
                "name": language.name,
                "layer": layer_digest(language),
                "cased": corpus.cased,
            },
            "corpus": about,
            "licence": licence,
            "versions": _versions(parameters.trainer),
            "seconds": round(time.monotonic() - began, 1),
        }
        content = json.dumps(record, ensure_ascii=False, indent=2) + "\n"
        (working / RECORD).write_text(content, encoding="utf-8")
        (working / "README.md").write_text(_card(record), encoding="utf-8")
    return Trained(vectors=out / VECTORS, record=record)


def _check_target(out: Path, force: bool) -> None:
    """Raise InvalidRequest when something is there that must not be replaced."""
    if out.is_symlink():
        raise InvalidRequest(f"'{out}' is a link; name the folder itself")
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if not force:
        raise InvalidRequest(f"'{out}' is there already; name another folder, or say --force")
    if not (out / RECORD).is_file():
        raise InvalidRequest(f"'{out}' is no training of embkit's ({RECORD}): remove it yourself")


def _summary(prepared: Prepared) -> str:
    tokens = sum(prepared.counts.values())
    return (
        f"{prepared.lines:,} lines, {tokens:,} tokens, {len(prepared.counts):,} words; left out: "
        f"{prepared.empty:,} empty lines, {prepared.duplicate:,} duplicates, "
        f"{prepared.excluded:,} of test files"
    )


def _vocabulary(prepared: Prepared, min_count: int) -> dict[str, int]:
    """The words that get a vector, with their counts, in order of appearance."""
    counts = prepared.counts
    if not counts:
        raise InvalidData(f"there is no text to train on: {_summary(prepared)}")
    kept = {word: count for word, count in counts.items() if count >= min_count}
    if len(kept) < 2:  # a single one has no other to be told from
        twice, all_words = sum(count > 1 for count in counts.values()), len(counts)
        raise InvalidData(
            f"{len(kept) or 'no'} word stands {min_count} times in the corpus, two are needed; "
            f"with min_count 2 there would be {twice:,} words, with 1 there would be {all_words:,}"
        )
    return kept


def _bucket(parameters: Parameters, words: Sequence[str], tell: Callable[[str], None]) -> int:
    """How many rows n-grams get: what was asked for, or what the words of a small corpus need."""
    if not parameters.subwords:
        return 0
    if parameters.bucket is not None:
        return parameters.bucket
    found = np.zeros(0, dtype=np.int64)
    for start in range(0, len(words), _BLOCK):
        _, hashes = ngram_ids(
            words[start : start + _BLOCK], parameters.minn, parameters.maxn, 1 << 32
        )
        found = np.union1d(found, hashes)
        if _ROWS_A_NGRAM * len(found) >= _MOST_BUCKETS:
            return _MOST_BUCKETS
    bucket = max(_ROWS_A_NGRAM * len(found), 1)
    spared = (_MOST_BUCKETS - bucket) * parameters.dim * 4
    tell(
        f"bucket {bucket:,}: the words have {len(found):,} distinct n-grams; fastText's "
        f"{_MOST_BUCKETS:,} would be {spared / 1e9:.1f} GB of rows that no n-gram trains"
    )
    return bucket


def uninitialised(blocks: Iterable[NDArray[np.float32]]) -> tuple[int, int]:
    """How many rows were never initialised, and how many rows there are.

    Of a row that was, the largest number is some thousandth at the start and a few units at the
    end; of one that was not all are zero, or what lay in memory: not finite, or out of all size.
    """
    wrong = rows = 0
    for block in blocks:
        largest = np.abs(block).max(axis=1)
        wrong += int((~((largest > 1e-20) & (largest < 100))).sum())
        rows += len(block)
    return wrong, rows


def _rows(vectors: Path, model: str) -> Iterator[NDArray[np.float32]]:
    """The rows of a trained input matrix, block by block."""
    if model == "word2vec":
        yield from (rows for _, rows in read_w2v(vectors, {})[1])
        return
    layout = read_model(vectors, shown=vectors).matrix
    matrix = open_matrix(vectors, layout)
    for start in range(0, layout["rows"], _BLOCK):
        yield matrix.rows(np.arange(start, min(start + _BLOCK, layout["rows"])))


def _check_rows(vectors: Path, parameters: Parameters) -> None:
    """Raise EmbkitError when what was trained cannot be used."""
    remedy = "nothing was kept; train again with the gensim trainer, a lower lr or more space"
    try:
        wrong, rows = uninitialised(_rows(vectors, parameters.model))
    except InvalidData as error:
        raise EmbkitError(f"what was trained cannot be read: {error}; {remedy}") from error
    if wrong:
        raise EmbkitError(
            f"{wrong:,} of {rows:,} rows of the trained matrix are zero, not finite or over 100: "
            f"never initialised, or driven off by the learning rate (lr {parameters.lr}); {remedy}"
        )


def _about(corpus: Corpus, prepared: Prepared, vocabulary: int) -> dict[str, Any]:
    return {
        "paths": [str(path) for path in corpus.paths],
        "columns": list(corpus.columns),
        "exclude": [str(path) for path in corpus.exclude],
        "sha256": prepared.sha256,
        "lines": prepared.lines,
        "tokens": sum(prepared.counts.values()),
        "words": len(prepared.counts),
        "words_with_vectors": vocabulary,
        "left_out": {
            "empty": prepared.empty,
            "duplicate": prepared.duplicate,
            "excluded": prepared.excluded,
        },
    }


def _versions(trainer: str) -> dict[str, str]:
    packages = ("embkit", "embkit-fasttext", "numpy", trainer)
    installed = {name: importlib.metadata.version(name) for name in packages}
    return {"python": platform.python_version(), **installed}


def _card(record: Mapping[str, Any]) -> str:
    """A README for whoever finds the folder."""
    parameters, corpus, language = record["parameters"], record["corpus"], record["language"]
    trainer = parameters["trainer"]
    left_out = corpus["left_out"]
    return f"""# Word vectors: {language["name"]}

{corpus["words_with_vectors"]:,} words of {parameters["dim"]} numbers: {parameters["model"]}, \
{parameters["algorithm"]}, {parameters["epochs"]} epochs, trained by embkit with {trainer} \
{record["versions"][trainer]}.

- Text: {corpus["lines"]:,} lines, {corpus["tokens"]:,} tokens, \
{"capital letters kept" if language["cased"] else "folded to one case"}; sha256 of the prepared \
lines {corpus["sha256"]}.
- Left out: {left_out["empty"]:,} empty lines, {left_out["duplicate"]:,} duplicates, \
{left_out["excluded"]:,} lines of test files.
- Licence: {record["licence"] or "not stated"}.

Everything else is in `{RECORD}`. To measure them:

    embkit eval --lang {language["name"]} -p fasttext:{record["vectors"]}
"""
