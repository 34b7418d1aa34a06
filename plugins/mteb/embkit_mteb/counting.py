"""Scores of predicted labels, as scikit-learn's functions give them, fast enough for resampling."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["label_scores"]


def _share(part: NDArray, whole: NDArray) -> NDArray[np.float64]:
    shares: NDArray[np.float64] = np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)
    return shares


def label_scores(gold: NDArray[np.int64], predicted: NDArray[np.int64]) -> dict[str, float]:
    """Accuracy, and F1, precision and recall as plain mean over labels and weighted by gold.

    gold, predicted: codes of shape (n,), n of at least 1; -1 is a prediction of nothing. A label
    that is never predicted has a precision of 0. The plain mean is over all labels that occur.
    Agrees with scikit-learn's f1_score, precision_score and recall_score, zero_division=0.
    """
    size = int(max(gold.max(), predicted.max())) + 1
    right = np.bincount(gold[gold == predicted], minlength=size)
    support = np.bincount(gold, minlength=size)
    guessed = np.bincount(predicted[predicted >= 0], minlength=size)
    occurs = support + guessed > 0
    scores = {"accuracy": float(right.sum() / len(gold))}
    for name, part, whole in (
        ("f1", 2 * right, support + guessed),
        ("precision", right, guessed),
        ("recall", right, support),
    ):
        values = _share(part, whole)
        scores[name] = float(values[occurs].mean())
        scores[f"{name}_weighted"] = float(values @ support / len(gold))
    return scores
