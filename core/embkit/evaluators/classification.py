"""Text classification by a linear probe on frozen vectors."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embkit.datasets import Labelled
from embkit.evaluators.folding import folded
from embkit.evaluators.samples import means, ratios, tallies
from embkit.ngrams import NgramTfidf
from embkit.predictions import Predictions
from embkit.records import Setting
from embkit.vectors import Vectors

__all__ = [
    "accuracies_and_f1s",
    "accuracy_and_f1",
    "codes",
    "majority",
    "measure",
    "measure_samples",
    "predict",
    "spelling",
]

_STRENGTHS = (0.01, 0.1, 1.0, 10.0, 100.0)
_FOLDS = 5


def codes(labels: Iterable[str], names: Sequence[str]) -> NDArray[np.int64]:
    """The position of each label in `names`, -1 for one that is not there."""
    number = {name: i for i, name in enumerate(names)}
    return np.array([number.get(label, -1) for label in labels], dtype=np.int64)


def _rows(dataset: Labelled, predicted: Sequence[str], known: NDArray) -> Predictions:
    names = sorted({*dataset.train_labels, *dataset.test_labels})
    return Predictions(
        {"gold": codes(dataset.test_labels, names), "predicted": codes(predicted, names)},
        unit=np.arange(dataset.items),
        known=known,
        names={"gold": names, "predicted": names},
    )


def _fit(x: Any, y: NDArray, strength: float) -> Any:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    # One thread: where lbfgs stops depends on the order in which threads add up, and two of them
    # take longer than one where the machine has other work.
    with warnings.catch_warnings(), threadpool_limits(limits=1):
        # A thousand steps of lbfgs that still move change the third decimal of nothing.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LogisticRegression(C=strength, max_iter=1000).fit(x, y)


def _best_strength(x: NDArray, y: NDArray, valid: tuple[NDArray, NDArray], seed: int) -> float:
    """The C most accurate on the validation rows, or over folds of train; the least of equals."""
    if len(valid[1]):
        scores = [float((_fit(x, y, c).predict(valid[0]) == valid[1]).mean()) for c in _STRENGTHS]
        return _STRENGTHS[int(np.argmax(scores))]
    from sklearn.model_selection import StratifiedKFold

    folds = min(_FOLDS, int(np.unique(y, return_counts=True)[1].min()))
    if folds < 2:
        return 1.0
    splits = StratifiedKFold(folds, shuffle=True, random_state=seed).split(x, y)
    right = np.zeros(len(_STRENGTHS))
    for train, held_out in splits:
        for i, c in enumerate(_STRENGTHS):
            right[i] += (_fit(x[train], y[train], c).predict(x[held_out]) == y[held_out]).sum()
    return _STRENGTHS[int(np.argmax(right))]


def predict(dataset: Labelled, vectors: Vectors, setting: Setting) -> Predictions:
    """The label of each test text by multinomial logistic regression on the whole train split.

    Features are standardised by the train split. C is chosen from 0.01 … 100 by accuracy on the
    validation rows, or in five stratified folds of train. Train texts without a vector are left
    out; a test text without one gets no label, and none gets one when too little of train is known.
    """
    from sklearn.preprocessing import StandardScaler

    def split(texts: Sequence[str], labels: Sequence[str]) -> tuple[NDArray, NDArray]:
        known = vectors.known(texts)
        x = vectors.rows(list(compress(texts, known)))
        return x, np.array(list(compress(labels, known)))

    known = vectors.known(dataset.test_texts)
    predicted = np.full(dataset.items, "", dtype=object)
    tests = list(compress(dataset.test_texts, known))
    x, y = split(dataset.train_texts, dataset.train_labels)
    if tests and len(set(y)) > 1:
        scaler = StandardScaler().fit(x)
        x = scaler.transform(x)
        valid = split(dataset.valid_texts, dataset.valid_labels)
        if len(valid[1]):
            valid = scaler.transform(valid[0]), valid[1]
        strength = _best_strength(x, y, valid, setting.seed_for("folds"))
        predicted[known] = _fit(x, y, strength).predict(scaler.transform(vectors.rows(tests)))
    return _rows(dataset, predicted.tolist(), known)


def accuracy_and_f1(gold: NDArray[np.int64], predicted: NDArray[np.int64]) -> tuple[float, float]:
    """Accuracy and macro-averaged F1 over the labels that occur; a prediction of -1 is wrong.

    Agrees with scikit-learn's accuracy_score and f1_score(average="macro").
    """
    if not len(gold):
        return 0.0, 0.0
    size = int(max(gold.max(), predicted.max())) + 1
    hit = gold == predicted
    right = np.bincount(gold[hit], minlength=size)
    total = np.bincount(gold, minlength=size) + np.bincount(
        predicted[predicted >= 0], minlength=size
    )
    occurs = total > 0
    return float(hit.mean()), float((2 * right[occurs] / total[occurs]).mean())


def accuracies_and_f1s(
    gold: NDArray[np.int64], predicted: NDArray[np.int64], weights: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """`accuracy_and_f1` of many samples at once, each of shape (draws,)."""
    size = int(max(gold.max(), predicted.max())) + 1
    hit = gold == predicted
    right = tallies(np.where(hit, gold, -1), weights, size)
    total = tallies(gold, weights, size) + tallies(predicted, weights, size)
    f1 = ratios(2 * right, total).sum(axis=1) / (total > 0).sum(axis=1)
    return means([hit], weights)[0], f1


def measure(predictions: Predictions) -> Mapping[str, float]:
    """Accuracy and macro-F1; a text without a vector counts as wrong."""
    accuracy, f1 = accuracy_and_f1(predictions["gold"], predictions["predicted"])
    return {"accuracy": accuracy, "macro_f1": f1}


def measure_samples(
    predictions: Predictions, weights: NDArray[np.int64]
) -> Mapping[str, NDArray[np.float64]]:
    """`measure` of many samples at once."""
    accuracy, f1 = accuracies_and_f1s(predictions["gold"], predictions["predicted"], weights)
    return {"accuracy": accuracy, "macro_f1": f1}


def majority(dataset: Labelled, setting: Setting) -> Predictions:
    """The most frequent label of train for every text; of equals the first in order."""
    labels = sorted(set(dataset.train_labels))
    most = max(labels, key=list(dataset.train_labels).count)
    return _rows(dataset, [most] * dataset.items, np.ones(dataset.items, dtype=bool))


def spelling(dataset: Labelled, setting: Setting) -> Predictions:
    """Logistic regression (C = 3) on TF-IDF of the character 2- to 5-grams within words."""
    features = NgramTfidf(min_df=2 if len(dataset.train_texts) >= 500 else 1)
    x = features.fit_transform(folded(dataset.train_texts, setting))
    model = _fit(x, np.array(dataset.train_labels), 3.0)
    predicted = model.predict(features.transform(folded(dataset.test_texts, setting)))
    return _rows(dataset, predicted.tolist(), np.ones(dataset.items, dtype=bool))
