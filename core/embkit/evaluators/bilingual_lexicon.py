"""Are a word's translations its nearest neighbours in the other language?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from embkit.datasets import Parallel
from embkit.errors import InvalidData
from embkit.evaluators.folding import ngram_vectors
from embkit.evaluators.samples import means
from embkit.predictions import Predictions
from embkit.records import Setting
from embkit.search import in_blocks, search, unit_rows
from embkit.vectors import Vectors

__all__ = ["chance", "measure", "measure_samples", "orthogonal_map", "predict", "spelling"]

_NEIGHBOURS = 10
# Source words at once: 256 of them, or fewer where so many scores would be more.
_BLOCK, _SCORES = 256, 1 << 23
_COLUMNS = {"rank": "", "rank_csls": "_csls"}
# Products of float32: of two scores that differ by less neither is higher.
_ROUNDING = np.float32(1e-6)


def orthogonal_map(source: NDArray[np.float32], target: NDArray[np.float32]) -> NDArray[np.float32]:
    """The orthogonal matrix that brings source rows closest to the target rows beside them.

    source: shape (n, m); target: shape (n, dim). Returns shape (m, dim), so that source @ map is
    near target; with fewer pairs than dimensions it is not the only one.
    Source: Schönemann 1966; for word vectors Xing et al. 2015.
    """
    left, _, right = np.linalg.svd(source.T.astype(np.float64) @ target, full_matrices=False)
    turned: NDArray[np.float32] = (left @ right).astype(np.float32)
    return turned


def _hubness(sources: NDArray[np.float32], targets: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean cosine of each target and the ten sources nearest to it, shape (targets,)."""
    if not len(sources):
        return np.zeros(len(targets), dtype=np.float32)
    blocks = in_blocks(sources, np.linalg.norm(sources, axis=1))
    _, cosines = search(blocks, targets, min(_NEIGHBOURS, len(sources)))
    mean: NDArray[np.float32] = cosines.mean(axis=1)
    return mean


def _ranks(scores: NDArray[np.float32], gold: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    """Rank of the best right target of each row among the wrong ones, 0 where it has none.

    A wrong target that ties stands before. Overwrites the scores of right targets.
    """
    row = np.repeat(np.arange(len(gold)), [len(columns) for columns in gold])
    column = np.fromiter((c for columns in gold for c in columns), np.int64, len(row))
    best = np.full(len(gold), -np.inf, dtype=np.float32)
    np.maximum.at(best, row, scores[row, column])
    scores[row, column] = -np.inf
    ranks: NDArray[np.int64] = 1 + (scores >= (best - _ROUNDING)[:, None]).sum(axis=1)
    return np.where(best > -np.inf, ranks, 0)


def predict(dataset: Parallel, vectors: Vectors, setting: Setting) -> Predictions:
    """The rank of each source word's best translation among the targets, by cosine and by CSLS.

    Where the dataset has train pairs, source vectors are first turned by the orthogonal map fitted
    on those of known words. CSLS is twice the cosine, less the mean cosine of the target and the
    ten source words nearest to it, those of train among them; the term of the source word itself
    is left out, as it changes no rank (Conneau et al. 2018). Rank 0: the word or all its
    translations have no vector; otherwise the row is known.
    Raises InvalidData when source and target vectors differ in length and no pair tells how they
    belong together.
    """
    queries = vectors.queries
    source_known = queries.known(dataset.source)
    sources = list(dict.fromkeys((*dataset.source, *dataset.train_source)))
    sources = list(compress(sources, queries.known(sources)))
    targets = list(compress(dataset.target, vectors.known(dataset.target)))
    table, turned = vectors.unit(targets), queries.unit(sources)
    paired = queries.known(dataset.train_source) & vectors.known(dataset.train_target)
    if paired.any():
        fitted = orthogonal_map(
            queries.unit(list(compress(dataset.train_source, paired))),
            vectors.unit(list(compress(dataset.train_target, paired))),
        )
        turned = unit_rows(turned @ fitted).astype(np.float32)
    elif queries.dim != vectors.dim:
        raise InvalidData(
            f"source vectors have {queries.dim} dimensions, target vectors {vectors.dim}, and no "
            "train pair to fit a map from"
        )
    hubness = _hubness(turned, table)
    place = {word: i for i, word in enumerate(targets)}
    number = {word: i for i, word in enumerate(sources)}
    gold = [[place[word] for word in set(row) if word in place] for row in dataset.gold]
    ranks = {name: np.zeros(dataset.items, dtype=np.int64) for name in _COLUMNS}
    known = source_known & np.array([bool(row) for row in gold])
    chosen = np.flatnonzero(known)
    block = max(1, min(_BLOCK, _SCORES // max(1, len(targets))))
    for start in range(0, len(chosen), block):
        rows = chosen[start : start + block]
        cosines = turned[[number[dataset.source[row]] for row in rows]] @ table.T
        own = [gold[row] for row in rows]
        ranks["rank_csls"][rows] = _ranks(2 * cosines - hubness, own)
        ranks["rank"][rows] = _ranks(cosines, own)
    return Predictions(ranks, unit=np.arange(dataset.items), known=known)


def _found(predictions: Predictions) -> dict[str, NDArray[np.bool_]]:
    return {
        f"precision@{k}{suffix}": (predictions[name] >= 1) & (predictions[name] <= k)
        for name, suffix in _COLUMNS.items()
        for k in (1, 5)
    }


def measure(predictions: Predictions) -> Mapping[str, float]:
    """Share of source words with a translation first, or among the first five; unknown: wrong."""
    found = _found(predictions)
    return {name: float(c.mean()) if len(c) else 0.0 for name, c in found.items()}


def measure_samples(
    predictions: Predictions, weights: NDArray[np.int64]
) -> Mapping[str, NDArray[np.float64]]:
    """`measure` of many samples at once."""
    found = _found(predictions)
    return dict(zip(found, means(list(found.values()), weights), strict=True))


def chance(dataset: Parallel, setting: Setting) -> Predictions:
    """The same among vectors drawn at random for each language."""
    generator = setting.generator("chance")

    def drawn(texts: Sequence[str]) -> tuple[Sequence[str], NDArray[np.float32]]:
        return texts, generator.standard_normal((len(texts), 32), dtype=np.float32)

    alone = replace(dataset, train_source=(), train_target=())
    return predict(
        alone, Vectors(*drawn(alone.target), queries=Vectors(*drawn(alone.source))), setting
    )


def spelling(dataset: Parallel, setting: Setting) -> Predictions:
    """The same by the cosine of counts of character n-grams, case folded: loans and names."""
    alone = replace(dataset, train_source=(), train_target=())
    return predict(alone, ngram_vectors((*alone.target, *alone.source), setting), setting)
