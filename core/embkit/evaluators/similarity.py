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


def ranks(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Ranks from 1, ties share their mean rank, shape (n,). Agrees with scipy.stats.rankdata."""
    order = np.argsort(values, kind="stable")
    placed = values[order]
    starts = np.flatnonzero(np.append(True, placed[1:] != placed[:-1])[: len(placed)])
    ends = np.append(starts[1:], len(placed))
    ranked = np.empty(len(placed))
    ranked[order] = np.repeat((starts + ends + 1) / 2, ends - starts)
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


def constant(dataset: Pairs, setting: Setting) -> Predictions:
    """The same answer for every pair: no correlation at all."""
    return _rows(dataset, np.zeros(dataset.items))


def shared_ngrams(dataset: Pairs, setting: Setting) -> Predictions:
    """How many character n-grams the two texts of a pair share, case folded."""
    first, second = (folded(texts, setting) for texts in (dataset.first, dataset.second))
    return _rows(dataset, overlap(first, second))
