"""What `odd-one-out` predicts and measures."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np
from embkit.ngrams import overlap
from embkit.predictions import Predictions
from embkit.records import Setting
from embkit.vectors import Vectors
from numpy.typing import NDArray

from embkit_cldr.odd_one_out import OddOneOut

__all__ = ["chance", "measure", "predict", "shared_ngrams"]


def _rows(dataset: OddOneOut, right: NDArray[np.bool_], known: NDArray[np.bool_]) -> Predictions:
    kinds = sorted(set(dataset.kinds))
    unit = [kinds.index(kind) for kind in dataset.kinds]
    return Predictions({"right": right & known}, unit=unit, known=known)


def _least(likeness: NDArray[np.floating], odd: int) -> bool:
    """Whether the odd word alone is the least like the others; a tie is no answer."""
    means = likeness.sum(axis=1)
    return bool((np.delete(means, odd) > means[odd]).all())


def predict(dataset: OddOneOut, vectors: Vectors, setting: Setting) -> Predictions:
    """Whether the odd word has the lowest mean cosine; no answer to a set with an unknown word."""
    known = np.array([bool(vectors.known(words).all()) for words in dataset.sets])
    right = np.zeros(dataset.items, dtype=bool)
    for row in np.flatnonzero(known).tolist():
        unit = vectors.unit(list(dataset.sets[row])).astype(np.float64)
        cosines = unit @ unit.T
        np.fill_diagonal(cosines, 0)
        right[row] = _least(cosines, dataset.odd[row])
    return _rows(dataset, right, known)


def measure(predictions: Predictions) -> Mapping[str, float]:
    """Share of sets answered rightly; a set with an unknown word is wrong."""
    right = predictions["right"]
    return {"accuracy": float(right.mean()) if len(right) else 0.0}


def chance(dataset: OddOneOut, setting: Setting) -> Predictions:
    """A word drawn at random from each set."""
    draws = setting.generator("chance").random(dataset.items)
    right = np.array(
        [draw * len(words) < 1 for draw, words in zip(draws, dataset.sets, strict=True)]
    )
    return _rows(dataset, right, np.ones(dataset.items, dtype=bool))


def shared_ngrams(dataset: OddOneOut, setting: Setting) -> Predictions:
    """The word that shares the fewest character n-grams with the others, case folded."""
    language = setting.language
    right = np.zeros(dataset.items, dtype=bool)
    for row, words in enumerate(dataset.sets):
        folded = [language.fold(language.normalize(word)) for word in words]
        pairs = list(combinations(range(len(folded)), 2))
        shared = overlap([folded[i] for i, _ in pairs], [folded[j] for _, j in pairs])
        table = np.zeros((len(folded), len(folded)))
        for (i, j), value in zip(pairs, shared, strict=True):
            table[i, j] = table[j, i] = value
        right[row] = _least(table, dataset.odd[row])
    return _rows(dataset, right, np.ones(dataset.items, dtype=bool))
