"""Cross-validation of a logistic regression on frozen vectors, as scikit-learn does it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import compress
from typing import Any

import numpy as np
from embkit.datasets import Labelled
from embkit.errors import InvalidRequest
from embkit.evaluators import classification
from embkit.evaluators.classification import codes
from embkit.predictions import Predictions
from embkit.records import Setting
from embkit.vectors import Vectors
from numpy.typing import NDArray

__all__ = ["all_rows", "majority", "measure", "predict", "spelling"]

_FOLDS = 5


def all_rows(dataset: Labelled, vocabulary: Sequence[str]) -> Labelled:
    """The dataset with all of its rows in test, train first: each fold trains on the others."""
    return replace(
        dataset,
        test_texts=(*dataset.train_texts, *dataset.valid_texts, *dataset.test_texts),
        test_labels=(*dataset.train_labels, *dataset.valid_labels, *dataset.test_labels),
        valid_texts=(),
        valid_labels=(),
    )


def _folds(
    labels: Sequence[str], setting: Setting
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Positions of the train and the test rows of each fold; no vector decides about them."""
    from sklearn.model_selection import StratifiedKFold

    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=setting.seed_for("folds"))
    with warnings.catch_warnings():
        # A label with fewer rows than folds is missing in the test rows of some.
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        yield from folds.split(np.zeros(len(labels)), np.array(labels))


def _rows(
    dataset: Labelled, predicted: NDArray[np.int64], known: NDArray[np.bool_], setting: Setting
) -> Predictions:
    names = sorted(set(dataset.test_labels))
    fold = np.zeros(dataset.items, dtype=np.int64)
    for number, (_, test) in enumerate(_folds(dataset.test_labels, setting)):
        fold[test] = number
    return Predictions(
        {"gold": codes(dataset.test_labels, names), "predicted": predicted, "fold": fold},
        unit=np.arange(dataset.items),
        known=known,
        names={"gold": names, "predicted": names},
    )


def _probe(x: NDArray[np.float32], y: NDArray[np.int64]) -> Any:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    # One thread: where lbfgs stops depends on the order in which threads add up.
    with warnings.catch_warnings(), threadpool_limits(limits=1):
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LogisticRegression(max_iter=1000).fit(x, y)


def _reduction(x: NDArray[np.float32], setting: Setting) -> Callable[[Any], Any]:
    """What makes rows like these shorter, fitted on them; what is short enough stays as it is."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.random_projection import GaussianRandomProjection

    size, how = int(setting.options["size"]), setting.options["reduce"]
    if size < 1:
        raise InvalidRequest(f"protocol 'paper-mr-2024': size is 1 or more; got {size}")
    if how == "none" or x.shape[1] <= size:
        return lambda rows: rows
    if how == "random":
        found = GaussianRandomProjection(size, random_state=setting.seed_for("random")).fit(x)
    else:
        found = TruncatedSVD(size, random_state=setting.seed_for("svd")).fit(x)
    transform: Callable[[Any], Any] = found.transform
    return transform


def predict(dataset: Labelled, vectors: Vectors, setting: Setting) -> Predictions:
    """The label of each row by the probe of the folds it is not in.

    Multinomial logistic regression (C = 1) on the vectors as they are, made shorter as the option
    `reduce` says. A row without a vector is left out of train, and gets no label.
    """
    from threadpoolctl import threadpool_limits

    known = vectors.known(dataset.test_texts)
    x = np.zeros((dataset.items, vectors.dim), dtype=np.float32)
    x[known] = vectors.rows(list(compress(dataset.test_texts, known)))
    y = codes(dataset.test_labels, sorted(set(dataset.test_labels)))
    predicted = np.full(dataset.items, -1, dtype=np.int64)
    outside = setting.options["reduce"] == "svd-outside"
    # One thread: sums must not depend on how many there are.
    with threadpool_limits(limits=1):
        if outside and known.any():
            x = _reduction(x[known], setting)(x)
        for train, test in _folds(dataset.test_labels, setting):
            train, test = train[known[train]], test[known[test]]
            if len(test) and len(set(y[train].tolist())) > 1:
                shorter = np.asarray if outside else _reduction(x[train], setting)
                model = _probe(shorter(x[train]), y[train])
                predicted[test] = model.predict(shorter(x[test]))
    return _rows(dataset, predicted, known, setting)


def measure(predictions: Predictions) -> Mapping[str, float]:
    """Accuracy and macro-F1 over all rows, and the deviation of the accuracy over the folds.

    A row without a vector counts as wrong.
    """
    right = predictions["gold"] == predictions["predicted"]
    fold = predictions["fold"]
    sizes = np.bincount(fold, minlength=1)
    shares = (np.bincount(fold, right) / np.maximum(sizes, 1))[sizes > 0]
    deviation = float(shares.std()) if len(shares) else 0.0
    return {**classification.measure(predictions), "accuracy_std": deviation}


def _by_fold(
    dataset: Labelled, floor: Callable[[Labelled, Setting], Predictions], setting: Setting
) -> Predictions:
    """What a floor of classification answers when it learns in each fold."""
    predicted = np.empty(dataset.items, dtype=np.int64)
    for train, test in _folds(dataset.test_labels, setting):
        fold = replace(
            dataset,
            train_texts=[dataset.test_texts[row] for row in train],
            train_labels=[dataset.test_labels[row] for row in train],
            test_texts=[dataset.test_texts[row] for row in test],
            test_labels=[dataset.test_labels[row] for row in test],
        )
        predicted[test] = floor(fold, setting)["predicted"]
    return _rows(dataset, predicted, np.ones(dataset.items, dtype=bool), setting)


def majority(dataset: Labelled, setting: Setting) -> Predictions:
    """The most frequent label of the other folds."""
    return _by_fold(dataset, classification.majority, setting)


def spelling(dataset: Labelled, setting: Setting) -> Predictions:
    """Logistic regression on TF-IDF of character n-grams, fitted in each fold."""
    return _by_fold(dataset, classification.spelling, setting)
