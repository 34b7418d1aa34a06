"""What a linear probe tells of functions: is one buggy, which exception does one catch?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import compress
from typing import Any

import numpy as np
from embkit.evaluators.classification import measure, measure_samples
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


class TokenGrams:
    """Rows over the token n-grams of train, up to `longest` tokens.

    present: 1 for each that a text has, however often. Otherwise 1 + ln(count) times idf, ln((1 +
    n) / (1 + n with it)) + 1, in rows of length one. What has the same n-grams has the same row to
    the bit.
    """

    def __init__(self, train: Sequence[str], longest: int, *, present: bool) -> None:
        self._longest, self._present = longest, present
        holding: Counter[str] = Counter()
        for text in train:
            holding.update(set(self._grams(text)))
        kept = sorted(holding)
        self._column = {gram: i for i, gram in enumerate(kept)}
        counts = np.array([holding[gram] for gram in kept], dtype=np.float64)
        self._idf = np.log((1 + len(train)) / (1 + counts)) + 1

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
            values = np.ones(len(columns))
            if not self._present:
                values = (1 + np.log([counts[c] for c in columns])) * self._idf[columns]
                values /= max(float(np.linalg.norm(values)), 1e-12)
            data.append(values)
            indices += columns
            ends.append(len(indices))
        entries = np.concatenate(data).astype(np.float32)
        return csr_array((entries, indices, ends), shape=(len(texts), len(self._column)))


def _by_grams(grams: TokenGrams, strength: float, dataset: Functions) -> Predictions:
    """Logistic regression on the rows of train."""
    items = Items.of(dataset)
    train = Rows(grams.rows(dataset.train_texts))
    weights = fit(train, items.codes[items.train], len(items.names), strength)
    predicted = answer(Rows(grams.rows(dataset.test_texts)), weights)
    return rows_of(dataset, items, predicted, np.ones(dataset.items, dtype=bool))


def bag(dataset: Functions, setting: Setting) -> Predictions:
    """Logistic regression (C = 3) on TF-IDF of tokens."""
    return _by_grams(TokenGrams(dataset.train_texts, 1, present=False), 3.0, dataset)


def ngrams(dataset: Functions, setting: Setting) -> Predictions:
    """Logistic regression (C = 0.1) on which token 1- to 3-grams there are.

    A bug is one that is there or is not: TF-IDF blurs it, by up to 0.03 on the validation files.
    """
    return _by_grams(TokenGrams(dataset.train_texts, 3, present=True), 0.1, dataset)


def majority(dataset: Functions, setting: Setting) -> Predictions:
    """The most frequent label of train for every function; of equals the first in order."""
    items = Items.of(dataset)
    most = int(np.argmax(np.bincount(items.codes[items.train])))
    predicted = np.full(dataset.items, most)
    return rows_of(dataset, items, predicted, np.ones(dataset.items, dtype=bool))
