"""Which relation two words stand in, by a linear probe on both of their vectors."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from embkit.datasets import Relations
from embkit.evaluators.classification import accuracies_and_f1s, accuracy_and_f1
from embkit.evaluators.probing import Items, answers, ngram_answers
from embkit.evaluators.samples import means
from embkit.predictions import Predictions
from embkit.records import Setting
from embkit.vectors import Vectors

__all__ = ["measure", "measure_samples", "predict", "second_word"]


def predict(dataset: Relations, vectors: Vectors, setting: Setting) -> Predictions:
    """The label of each test pair, by both words and by the second alone.

    Features, standardised by train: both vectors and their difference, second less first. A pair
    with an unknown word is left out of train, and gets no label in test.
    """
    items = Items.of(dataset)
    known = items.known(vectors)
    first, second = (vectors.rows(list(compress(column, known))) for column in items.columns)
    both = np.concatenate([first, second, second - first], axis=1)
    (by_both,) = answers(items, both, known, setting)
    (by_second,) = answers(items, second, known, setting)
    trained = {*dataset.train_first, *dataset.train_second}
    new = [
        not {a, b} & trained for a, b in zip(dataset.test_first, dataset.test_second, strict=True)
    ]
    columns = {"predicted": by_both, "by_second": by_second, "new": np.array(new, dtype=bool)}
    return items.predictions(columns, known)


def measure(predictions: Predictions) -> Mapping[str, float]:
    """Accuracy and macro-F1; accuracy on pairs of new words, and that of the second word alone.

    New are pairs neither word of which stands in train. What the second word alone tells is no
    relation: a probe can learn that "animal" is a typical hypernym (Levy et al. 2015). An unknown
    pair is wrong.
    """
    gold, predicted = predictions["gold"], predictions["predicted"]
    accuracy, f1 = accuracy_and_f1(gold, predicted)
    scores = {"accuracy": accuracy, "macro_f1": f1}
    if "new" in predictions.columns:
        new = predictions["new"]
        scores["accuracy_new"] = accuracy_and_f1(gold[new], predicted[new])[0]
        scores["accuracy_second"] = accuracy_and_f1(gold, predictions["by_second"])[0]
    return scores


def measure_samples(
    predictions: Predictions, weights: NDArray[np.int64]
) -> Mapping[str, NDArray[np.float64]]:
    """`measure` of many samples at once."""
    gold, predicted = predictions["gold"], predictions["predicted"]
    accuracy, f1 = accuracies_and_f1s(gold, predicted, weights)
    scores = {"accuracy": accuracy, "macro_f1": f1}
    if "new" in predictions.columns:
        scores["accuracy_new"] = means([gold == predicted], weights, predictions["new"])[0]
        scores["accuracy_second"] = means([gold == predictions["by_second"]], weights)[0]
    return scores


def second_word(dataset: Relations, setting: Setting) -> Predictions:
    """Logistic regression on the character n-grams of the second word alone."""
    items = Items.of(dataset)
    return items.predictions({"predicted": ngram_answers(items, items.columns[1:], setting)})
