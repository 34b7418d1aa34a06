"""Graded similarity of words or sentences: does the cosine rank pairs as people do?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from embkit.datasets import Pairs
from embkit.evaluators.folding import folded
from embkit.ngrams import overlap
from embkit.predictions import Predictions
from embkit.records import Setting
from embkit.vectors import Vectors, cosine

__all__ = ["constant", "measure", "pearson", "predict", "ranks", "shared_ngrams", "spearman"]


def _ties(
    values: NDArray[np.floating],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """The order of values, and in that order where each run of equals starts and ends."""
    order = np.argsort(values, kind="stable")
    placed = values[order]
    starts = np.flatnonzero(np.append(True, placed[1:] != placed[:-1])[: len(placed)])
    return order, starts, np.append(starts[1:], len(placed))


def ranks(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Ranks from 1, ties share their mean rank, shape (n,). Agrees with scipy.stats.rankdata."""
    order, starts, ends = _ties(values)
    ranked = np.empty(len(values))
    ranked[order] = np.repeat((starts + ends + 1) / 2, ends - starts)
    return ranked


def weighted_ranks(
    values: NDArray[np.floating], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The rank of each value in each sample, shape (draws, n), where it stands weights[d, i] times.

    A value that is not in a sample has the rank between those around it.
    """
    order, starts, ends = _ties(values)
    below = np.zeros((len(weights), len(values) + 1))
    np.cumsum(weights[:, order], axis=1, out=below[:, 1:])
    middle = (below[:, starts] + below[:, ends] + 1) / 2
    ranked = np.empty(weights.shape)
    ranked[:, order] = np.repeat(middle, ends - starts, axis=1)
    return ranked


def pearson(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    """Linear correlation of two samples of shape (n,), -1 to 1; 0.0 when either does not vary."""
    if len(a) < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return 0.0
    x, y = a - a.mean(), b - b.mean()
    return max(-1.0, min(1.0, float(x @ y / (np.sqrt(x @ x) * np.sqrt(y @ y)))))


def spearman(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    """Rank correlation of two samples of shape (n,), -1 to 1; 0.0 when either does not vary.

    Source: Spearman 1904; agrees with scipy.stats.spearmanr to 1e-12.
    """
    return pearson(ranks(a), ranks(b))


def _rows(dataset: Pairs, predicted: NDArray[np.float64]) -> Predictions:
    return Predictions(
        {"gold": np.array(dataset.scores, dtype=np.float64), "predicted": predicted},
        unit=np.arange(dataset.items),
        known=np.isfinite(predicted),
    )


def predict(dataset: Pairs, vectors: Vectors, setting: Setting) -> Predictions:
    """The cosine of each pair; NaN where a text of the pair has no vector."""
    return _rows(dataset, cosine(vectors, dataset.first, dataset.second))


def measure(predictions: Predictions) -> Mapping[str, float]:
    """Spearman and Pearson; an unknown pair counts as the mean of the known predictions.

    The mean says "no opinion". A zero would say "not similar", which is right for most dissimilar
    pairs and so rewards a gap in the vocabulary.
    """
    known = predictions.known
    if not known.any():
        return {"spearman": 0.0, "pearson": 0.0}
    predicted = np.where(known, predictions["predicted"], predictions["predicted"][known].mean())
    gold = predictions["gold"]
    return {"spearman": spearman(gold, predicted), "pearson": pearson(gold, predicted)}


def _correlations(
    a: NDArray[np.float64], b: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Linear correlation in each sample, shape (draws,); a and b of shape (n,) or (draws, n)."""
    count = weights.sum(axis=1)
    x, y = (v - ((weights * v).sum(axis=1) / count)[:, None] for v in (a, b))
    weighted = weights * x
    squares = (weighted * x).sum(axis=1) * (weights * y * y).sum(axis=1)
    correlations: NDArray[np.float64] = (weighted * y).sum(axis=1) / np.sqrt(
        np.where(squares > 0, squares, np.inf)
    )
    return correlations


def measure_samples(
    predictions: Predictions, weights: NDArray[np.int64]
) -> Mapping[str, NDArray[np.float64]]:
    """`measure` of many samples at once."""
    known, gold, cosines = predictions.known, predictions["gold"], predictions["predicted"]
    times = weights.astype(np.float64)
    seen = times if known.all() else times[:, known]
    if known.all():
        predicted, ranks_predicted = cosines, weighted_ranks(cosines, times)
    else:
        unknown = times[:, ~known].sum(axis=1)[:, None]
        mean = (seen @ cosines[known] / np.maximum(seen.sum(axis=1), 1))[:, None]
        predicted = np.where(known, cosines, mean)
        # The unknown are as many equals at the mean of the known: what is above them moves up.
        above, level = cosines[known] > mean, cosines[known] == mean
        ranks_predicted = np.empty(times.shape)
        ranks_predicted[:, known] = weighted_ranks(cosines[known], seen)
        ranks_predicted[:, known] += unknown * (above + level / 2)
        below, equal = ((seen * part).sum(axis=1)[:, None] for part in (~above & ~level, level))
        ranks_predicted[:, ~known] = below + (equal + unknown + 1) / 2
    ranks_gold = weighted_ranks(gold, times)
    # Where all values of a sample are equal they share the middle rank, and nothing correlates.
    middle = (times.sum(axis=1)[:, None] + 1) / 2
    varies = np.logical_and(
        *(((weights > 0) & (each != middle)).any(axis=1) for each in (ranks_predicted, ranks_gold))
    )
    varies &= seen.any(axis=1)
    return {
        "spearman": _correlations(ranks_gold, ranks_predicted, times) * varies,
        "pearson": _correlations(gold, predicted, times) * varies,
    }


def constant(dataset: Pairs, setting: Setting) -> Predictions:
    """The same answer for every pair: no correlation at all."""
    return _rows(dataset, np.zeros(dataset.items))


def shared_ngrams(dataset: Pairs, setting: Setting) -> Predictions:
    """How many character n-grams the two texts of a pair share, case folded."""
    first, second = (folded(texts, setting) for texts in (dataset.first, dataset.second))
    return _rows(dataset, overlap(first, second))
