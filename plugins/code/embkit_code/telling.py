"""What a linear probe tells of functions: is one buggy, which exception does one catch?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import compress
from typing import Any

import numpy as np
from embkit.evaluators.classification import accuracies_and_f1s, accuracy_and_f1
from embkit.evaluators.linear import Rows, answer, fit
from embkit.evaluators.probing import Items, answers
from embkit.predictions import Predictions
from embkit.records import Setting
from embkit.vectors import Vectors
from numpy.typing import NDArray

from embkit_code.lexing import code_tokens
from embkit_code.shapes import Functions

__all__ = [
    "TokenGrams",
    "bag",
    "majority",
    "measure",
    "measure_samples",
    "ngrams",
    "predict",
    "rows_of",
    "units",
]

_STRENGTH = 3.0


def units(functions: Sequence[str]) -> NDArray[np.int64]:
    """A number for each function, the same wherever it stands."""
    number = {name: i for i, name in enumerate(dict.fromkeys(functions))}
    return np.array([number[name] for name in functions], dtype=np.int64)


def rows_of(
    dataset: Functions, items: Items, predicted: NDArray[np.int64], known: NDArray[np.bool_]
) -> Predictions:
    """One row a test text; the versions of a function are drawn together."""
    return Predictions(
        {"gold": items.codes[items.test], "predicted": predicted},
        unit=units(dataset.test_functions),
        known=known,
        names={"gold": items.names, "predicted": items.names},
    )


def predict(dataset: Functions, vectors: Vectors, setting: Setting) -> Predictions:
    """The label of each test function by multinomial logistic regression on its vector.

    Features are standardised by train; the strength is the one of 0.01, 0.1 and 1 that is most
    accurate on the validation files. A function without a vector is left out of train and gets no
    label in test.
    """
    items = Items.of(dataset)
    known = items.known(vectors)
    x = vectors.rows(list(compress(items.columns[0], known)))
    (predicted,) = answers(items, x, known, setting)
    return rows_of(dataset, items, predicted, known[items.test])


def measure(predictions: Predictions) -> Mapping[str, float]:
    """Accuracy and macro-F1; a function without a vector is wrong."""
    accuracy, f1 = accuracy_and_f1(predictions["gold"], predictions["predicted"])
    return {"accuracy": accuracy, "macro_f1": f1}


def measure_samples(
    predictions: Predictions, weights: NDArray[np.int64]
) -> Mapping[str, NDArray[np.float64]]:
    """`measure` of many samples at once."""
    accuracy, f1 = accuracies_and_f1s(predictions["gold"], predictions["predicted"], weights)
    return {"accuracy": accuracy, "macro_f1": f1}


class TokenGrams:
    """Rows of 1 + ln(count) of the token n-grams of texts, times idf, of length one.

    longest: tokens in an n-gram. N-grams are those of two texts or more of those it was made from.
    idf is ln((1 + n) / (1 + n with it)) + 1. What has the same n-grams has the same row to the bit.
    """

    def __init__(self, texts: Sequence[str], longest: int) -> None:
        self._longest = longest
        holding: Counter[str] = Counter()
        for text in texts:
            holding.update(set(self._grams(text)))
        kept = sorted(gram for gram, count in holding.items() if count > 1)
        self._column = {gram: i for i, gram in enumerate(kept)}
        counts = np.array([holding[gram] for gram in kept], dtype=np.float64)
        self._idf = np.log((1 + len(texts)) / (1 + counts)) + 1

    def _grams(self, text: str) -> list[str]:
        tokens = code_tokens(text)
        return [
            "\0".join(tokens[i : i + length])
            for length in range(1, self._longest + 1)
            for i in range(len(tokens) - length + 1)
        ]

    def rows(self, texts: Sequence[str]) -> Any:
        """float32 CSR of shape (len(texts), n-grams)."""
        from scipy.sparse import csr_array

        data: list[NDArray[np.float64]] = []
        indices: list[int] = []
        ends = [0]
        for text in texts:
            counts = Counter(
                self._column[gram] for gram in self._grams(text) if gram in self._column
            )
            columns = sorted(counts)
            values = (1 + np.log([counts[c] for c in columns])) * self._idf[columns]
            data.append(values / max(float(np.linalg.norm(values)), 1e-12))
            indices += columns
            ends.append(len(indices))
        values = np.concatenate(data).astype(np.float32)
        return csr_array((values, indices, ends), shape=(len(texts), len(self._column)))


def _by_grams(longest: int, dataset: Functions, setting: Setting) -> Predictions:
    """Logistic regression (C = 3) on `TokenGrams` of train."""
    items = Items.of(dataset)
    grams = TokenGrams(dataset.train_texts, longest)
    train = Rows(grams.rows(dataset.train_texts))
    weights = fit(train, items.codes[items.train], len(items.names), _STRENGTH)
    predicted = answer(Rows(grams.rows(dataset.test_texts)), weights)
    return rows_of(dataset, items, predicted, np.ones(dataset.items, dtype=bool))


bag = partial(_by_grams, 1)
ngrams = partial(_by_grams, 3)


def majority(dataset: Functions, setting: Setting) -> Predictions:
    """The most frequent label of train for every function; of equals the first in order."""
    items = Items.of(dataset)
    most = int(np.argmax(np.bincount(items.codes[items.train])))
    predicted = np.full(dataset.items, most)
    return rows_of(dataset, items, predicted, np.ones(dataset.items, dtype=bool))
