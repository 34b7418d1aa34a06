"""Does a docstring belong to a function? A threshold on the cosine of the two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from embkit.evaluators import pair_classification
from embkit.evaluators.folding import folded
from embkit.evaluators.pair_classification import best_threshold
from embkit.predictions import Predictions
from embkit.records import Setting
from embkit.vectors import Vectors
from numpy.typing import NDArray

from embkit_code.shapes import Described
from embkit_code.telling import units

__all__ = ["constant", "measure", "measure_samples", "predict", "word_tfidf"]


def _by_function(dataset: Described, predictions: Predictions) -> Predictions:
    """The predictions with both pairs of a function drawn together."""
    columns = {
        name: column
        for name, column in predictions.columns.items()
        if name not in ("unit", "known")
    }
    return Predictions(columns, unit=units(dataset.functions), known=predictions.known)


def predict(dataset: Described, vectors: Vectors, setting: Setting) -> Predictions:
    """The cosine of each pair, and whether it reaches the threshold chosen on the train pairs."""
    return _by_function(dataset, pair_classification.predict(dataset, vectors, setting))


def measure(predictions: Predictions) -> Mapping[str, float]:
    """Accuracy and F1 at the threshold, and average precision; a pair without vectors is wrong."""
    return pair_classification.measure(predictions)


def measure_samples(
    predictions: Predictions, weights: NDArray[np.int64]
) -> Mapping[str, NDArray[np.float64]]:
    """`measure` of many samples at once."""
    return pair_classification.measure_samples(predictions, weights)


def constant(dataset: Described, setting: Setting) -> Predictions:
    """The same score for every pair."""
    return _by_function(dataset, pair_classification.constant(dataset, setting))


def word_tfidf(dataset: Described, setting: Setting) -> Predictions:
    """The cosine of TF-IDF rows of the words of the language; idf from functions and docstrings."""
    from scipy.sparse import csr_array

    language = setting.language
    number: dict[str, int] = {}
    distinct: dict[str, int] = {}
    indices: list[int] = []
    ends = [0]
    for text in (
        *dataset.train_first, *dataset.train_second, *dataset.first, *dataset.second,
    ):  # fmt: skip
        if text not in distinct:
            distinct[text] = len(distinct)
            (whole,) = folded([text], setting)
            words = language.tokenize(whole)
            indices += [number.setdefault(word, len(number)) for word in words]
            ends.append(len(indices))
    table = csr_array((np.ones(len(indices)), indices, ends), shape=(len(distinct), len(number)))
    table.sum_duplicates()
    holding = np.bincount(table.indices, minlength=len(number))
    idf = np.log((1 + len(distinct)) / (1 + holding)) + 1
    table.data = (1 + np.log(table.data)) * idf[table.indices]
    norms = np.sqrt(np.asarray(table.multiply(table).sum(axis=1)).ravel())
    table.data /= np.repeat(np.maximum(norms, 1e-12), np.diff(table.indptr))

    def cosines(first: Sequence[str], second: Sequence[str]) -> NDArray[np.float64]:
        left, right = ([distinct[text] for text in side] for side in (first, second))
        return np.asarray(table[left].multiply(table[right]).sum(axis=1)).ravel()

    scores = cosines(dataset.first, dataset.second)
    threshold = best_threshold(
        cosines(dataset.train_first, dataset.train_second), np.array(dataset.train_labels)
    )
    return Predictions(
        {"gold": np.array(dataset.labels), "score": scores, "predicted": scores >= threshold},
        unit=units(dataset.functions),
        known=np.ones(dataset.items, dtype=bool),
    )
