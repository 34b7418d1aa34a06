"""Pairs of texts as MTEB scores them: five likenesses, each with a threshold fitted on the test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from embkit.datasets import LabelledPairs, Pairs
from embkit.evaluators.pair_classification import average_precision
from embkit.evaluators.similarity import pearson, spearman
from embkit.predictions import Predictions
from embkit.records import Setting
from embkit.vectors import Vectors
from numpy.typing import NDArray

from embkit_mteb.rows import pairwise, rows_or_zeros

__all__ = ["measure_graded", "measure_labelled", "predict_graded", "predict_labelled"]

_LIKENESSES = ("similarity", "cosine", "manhattan", "euclidean", "dot")


def _likenesses(
    vectors: Vectors, first: Sequence[str], second: Sequence[str]
) -> dict[str, NDArray[np.float64]]:
    """How alike the texts of each pair are, in five ways; a distance is counted below zero.

    A text without a vector is a row of zeros. Two of them have a cosine of 1 as scikit-learn
    computes it, out of the distance of the scaled rows, and one has 0.5 with any other text.
    """
    from sklearn.metrics.pairwise import (
        paired_cosine_distances,
        paired_euclidean_distances,
        paired_manhattan_distances,
    )

    left, right = rows_or_zeros(vectors, first), rows_or_zeros(vectors, second)
    found = {
        "similarity": pairwise(left, right),
        "cosine": 1 - paired_cosine_distances(left, right),
        "manhattan": -paired_manhattan_distances(left, right),
        "euclidean": -paired_euclidean_distances(left, right),
        "dot": np.array([np.dot(a, b) for a, b in zip(left, right, strict=True)]),
    }
    return {name: values.astype(np.float64) for name, values in found.items()}


def _predictions(
    vectors: Vectors, first: Sequence[str], second: Sequence[str], gold: NDArray
) -> Predictions:
    return Predictions(
        {"gold": gold, **_likenesses(vectors, first, second)},
        unit=np.arange(len(gold)),
        known=vectors.known(first) & vectors.known(second),
    )


def predict_graded(dataset: Pairs, vectors: Vectors, setting: Setting) -> Predictions:
    """Five likenesses of each pair; a text without a vector is a row of zeros."""
    return _predictions(vectors, dataset.first, dataset.second, np.array(dataset.scores, float))


def predict_labelled(dataset: LabelledPairs, vectors: Vectors, setting: Setting) -> Predictions:
    """Five likenesses of each pair; train pairs are not used."""
    return _predictions(vectors, dataset.first, dataset.second, np.array(dataset.labels, bool))


def measure_graded(predictions: Predictions) -> Mapping[str, float]:
    """Spearman and Pearson of the judgement with each likeness; 0.0 where one does not vary.

    spearman and pearson alone are those of the embedder's own similarity, here the cosine.
    """
    gold = predictions["gold"]
    if "predicted" in predictions.columns:  # a floor has one likeness
        columns = {"cosine_": predictions["predicted"]}
    else:
        columns = {f"{name}_": predictions[name] for name in _LIKENESSES[1:4]}
        columns[""] = predictions["similarity"]
    scores = {}
    for name, values in columns.items():
        scores[f"{name}spearman"] = spearman(gold, values)
        scores[f"{name}pearson"] = pearson(gold, values)
    return scores


def _best(values: NDArray[np.float64], gold: NDArray[np.bool_]) -> dict[str, float]:
    """The best accuracy and the best F1 that any threshold gives on these very pairs.

    Precision and recall are those where F1 is best. A threshold does not part equal values, and
    none is below the lowest one. Average precision needs none.
    """
    order = np.argsort(-values, kind="stable")
    ranked, hit = values[order], gold[order]
    cuts = np.flatnonzero(ranked[:-1] != ranked[1:])
    taken, hits, positives = cuts + 1, np.cumsum(hit)[cuts], int(gold.sum())
    left = len(gold) - positives - (taken - hits)
    precision = hits / taken
    recall = hits / max(positives, 1)
    both = precision + recall
    f1 = np.divide(2 * precision * recall, both, out=np.zeros(len(cuts)), where=both > 0)
    best = int(np.argmax(f1)) if len(cuts) else -1
    return {
        "accuracy": float((hits + left).max(initial=0) / max(len(gold), 1)),
        "f1": float(f1[best]) if best >= 0 else 0.0,
        "precision": float(precision[best]) if best >= 0 else 0.0,
        "recall": float(recall[best]) if best >= 0 else 0.0,
        "ap": average_precision(values, gold),
    }


def measure_labelled(predictions: Predictions) -> Mapping[str, float]:
    """The scores of each likeness by the threshold best for it, and of each score the maximum."""
    gold = predictions["gold"].astype(bool)
    names = [name for name in _LIKENESSES if name in predictions.columns]
    columns = {name: predictions[name] for name in names} or {"cosine": predictions["score"]}
    found = {name: _best(values, gold) for name, values in columns.items()}
    scores = {f"{name}_{key}": value for name, best in found.items() for key, value in best.items()}
    for key in ("accuracy", "f1", "precision", "recall", "ap"):
        scores[f"max_{key}"] = max(best[key] for best in found.values())
    return scores
