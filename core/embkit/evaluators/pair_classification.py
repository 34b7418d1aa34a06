"""Do two texts belong together? A threshold on their cosine, and the ranking it cuts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from embkit.datasets import LabelledPairs
from embkit.evaluators.folding import folded
from embkit.evaluators.samples import means, ratios, sums
from embkit.ngrams import overlap
from embkit.predictions import Predictions
from embkit.records import Setting
from embkit.vectors import Vectors, cosine

__all__ = [
    "average_precision",
    "best_threshold",
    "constant",
    "measure",
    "measure_samples",
    "predict",
    "shared_ngrams",
]


def best_threshold(scores: NDArray[np.float64], labels: NDArray[np.bool_]) -> float:
    """The threshold with the highest accuracy (score >= threshold is True), the lowest of equals.

    It stands midway between two neighbouring scores, so that it does not sit on a training pair.
    """
    order = np.argsort(scores, kind="stable")
    values, gold = scores[order], labels[order]
    cuts = np.concatenate(([values[0] - 1], (values[:-1] + values[1:]) / 2, [values[-1] + 1]))
    # Cut i calls the i lowest pairs False: right are the False below and the True above.
    right = (
        np.concatenate(([0], np.cumsum(~gold)))
        + gold.sum()
        - np.concatenate(([0], np.cumsum(gold)))
    )
    usable = np.concatenate(([True], values[:-1] < values[1:], [True]))
    return float(cuts[np.argmax(np.where(usable, right, -1))])


def average_precision(scores: NDArray[np.float64], gold: NDArray[np.bool_]) -> float:
    """Mean precision at each positive, ties taken together; 0.0 without positives.

    Agrees with scikit-learn's average_precision_score.
    """
    if not gold.any():
        return 0.0
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], gold[order]
    last = np.append(ranked[:-1] != ranked[1:], True)
    positives = np.cumsum(hits)[last]
    precision = positives / (np.flatnonzero(last) + 1)
    return float((np.diff(positives, prepend=0) * precision).sum() / gold.sum())


def average_precisions(
    scores: NDArray[np.float64], gold: NDArray[np.bool_], weights: NDArray[np.int64]
) -> NDArray[np.float64]:
    """`average_precision` of many samples at once, shape (draws,)."""
    order = np.argsort(-scores, kind="stable")
    ranked, times = scores[order], weights[:, order].astype(np.float64)
    last = np.append(ranked[:-1] != ranked[1:], True)
    positives = np.cumsum(times * gold[order], axis=1)[:, last]
    precision = ratios(positives, np.cumsum(times, axis=1)[:, last])
    found = (np.diff(positives, prepend=0) * precision).sum(axis=1)
    return ratios(found, positives[:, -1])


def _rows(
    dataset: LabelledPairs, scores: NDArray[np.float64], train: NDArray[np.float64]
) -> Predictions:
    gold = np.array(dataset.labels, dtype=bool)
    columns: dict[str, NDArray] = {"gold": gold, "score": scores}
    usable = np.isfinite(train)
    if usable.any():
        labels = np.array(dataset.train_labels, dtype=bool)
        columns["predicted"] = scores >= best_threshold(train[usable], labels[usable])
    return Predictions(columns, unit=np.arange(dataset.items), known=np.isfinite(scores))


def predict(dataset: LabelledPairs, vectors: Vectors, setting: Setting) -> Predictions:
    """The cosine of each pair, and whether it reaches the threshold chosen on the train pairs."""
    train = cosine(vectors, dataset.train_first, dataset.train_second)
    return _rows(dataset, cosine(vectors, dataset.first, dataset.second), train)


def _scores(predictions: Predictions) -> NDArray[np.float64]:
    gold = predictions["gold"]
    return np.where(predictions.known, predictions["score"], np.where(gold, -np.inf, np.inf))


def measure(predictions: Predictions) -> Mapping[str, float]:
    """Average precision, and accuracy and F1 where a threshold could be chosen.

    A pair with an unknown text is wrong: a positive stands last, a negative first.
    """
    gold, scores = predictions["gold"], _scores(predictions)
    result = {"average_precision": average_precision(scores, gold)}
    if "predicted" in predictions.columns:
        predicted = np.where(predictions.known, predictions["predicted"], ~gold)
        total = int(gold.sum() + predicted.sum())
        result["accuracy"] = float((predicted == gold).mean()) if len(gold) else 0.0
        result["f1"] = 2 * float((predicted & gold).sum()) / total if total else 0.0
    return result


def measure_samples(
    predictions: Predictions, weights: NDArray[np.int64]
) -> Mapping[str, NDArray[np.float64]]:
    """`measure` of many samples at once."""
    gold = predictions["gold"]
    result = {"average_precision": average_precisions(_scores(predictions), gold, weights)}
    if "predicted" in predictions.columns:
        predicted = np.where(predictions.known, predictions["predicted"], ~gold)
        both, either = sums([predicted & gold, gold + predicted.astype(np.int64)], weights)
        result["accuracy"] = means([predicted == gold], weights)[0]
        result["f1"] = ratios(2 * both, either)
    return result


def constant(dataset: LabelledPairs, setting: Setting) -> Predictions:
    """The same score for every pair; the more frequent label of train for all."""
    return _rows(dataset, np.zeros(dataset.items), np.zeros(len(dataset.train_labels)))


def shared_ngrams(dataset: LabelledPairs, setting: Setting) -> Predictions:
    """How many character n-grams the two texts share, case folded."""
    return _rows(
        dataset,
        overlap(folded(dataset.first, setting), folded(dataset.second, setting)),
        overlap(folded(dataset.train_first, setting), folded(dataset.train_second, setting)),
    )
