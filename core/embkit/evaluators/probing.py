"""What a linear probe reads out of the vectors of single words, and of pairs of words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embkit.datasets import Labelled, Relations
from embkit.evaluators.classification import accuracies_and_f1s, accuracy_and_f1, codes
from embkit.evaluators.folding import folded
from embkit.evaluators.linear import Rows, Scaling, answer, fit, learn
from embkit.evaluators.samples import means
from embkit.ngrams import NgramTfidf
from embkit.predictions import Predictions
from embkit.records import Setting
from embkit.vectors import Vectors

__all__ = [
    "Items",
    "answers",
    "majority",
    "measure",
    "measure_samples",
    "ngram_answers",
    "predict",
    "spelling",
]


@dataclass(frozen=True)
class Items:
    """The rows of all splits one after another: train, validation, test.

    columns: the words, one column of single words or two of pairs. sizes: rows of each split.
    """

    columns: tuple[Sequence[str], ...]
    labels: Sequence[str]
    sizes: tuple[int, int, int]

    @classmethod
    def of(cls, dataset: Labelled | Relations) -> Items:
        d = dataset
        columns: tuple[Sequence[str], ...]
        if isinstance(d, Labelled):
            columns = ((*d.train_texts, *d.valid_texts, *d.test_texts),)
        else:
            columns = (
                (*d.train_first, *d.valid_first, *d.test_first),
                (*d.train_second, *d.valid_second, *d.test_second),
            )
        sizes = len(d.train_labels), len(d.valid_labels), len(d.test_labels)
        return cls(columns, (*d.train_labels, *d.valid_labels, *d.test_labels), sizes)

    @property
    def train(self) -> slice:
        return slice(0, self.sizes[0])

    @property
    def test(self) -> slice:
        return slice(self.sizes[0] + self.sizes[1], sum(self.sizes))

    @cached_property
    def names(self) -> list[str]:
        """The labels of train and test, sorted."""
        return sorted({*self.labels[self.train], *self.labels[self.test]})

    @cached_property
    def codes(self) -> NDArray[np.int64]:
        """The position in `names` of each row's label, -1 for one that only validation has."""
        return codes(self.labels, self.names)

    def known(self, vectors: Vectors) -> NDArray[np.bool_]:
        """Which rows have all their vectors."""
        known: NDArray[np.bool_] = np.all([vectors.known(c) for c in self.columns], axis=0)
        return known

    def predictions(
        self, columns: Mapping[str, NDArray], known: NDArray[np.bool_] | None = None
    ) -> Predictions:
        """One row a test item, with its gold label; all known, when not given.

        Rows of one word are drawn together: of pairs, that of the column with fewer words.
        """
        count = self.sizes[2]
        words = min((column[self.test] for column in self.columns), key=lambda c: len(set(c)))
        number = {word: i for i, word in enumerate(dict.fromkeys(words))}
        named = {name: self.names for name, column in columns.items() if column.dtype != bool}
        return Predictions(
            {"gold": self.codes[self.test], **columns},
            unit=[number[word] for word in words],
            known=np.ones(count, dtype=bool) if known is None else known[self.test],
            names={"gold": self.names, **named},
        )


def answers(
    items: Items,
    x: NDArray[np.float32],
    known: NDArray[np.bool_],
    setting: Setting,
    others: Sequence[NDArray[np.int64]] = (),
) -> list[NDArray[np.int64]]:
    """The label that a probe gives each test row, -1 for none, shape (test rows,).

    x: the features of the known rows alone, standardised here by those of train. others: further
    labels of all rows; a probe for each is fitted with the strength that was best for the first,
    and its answers follow.
    """
    start, end = items.sizes[0], items.test.start
    train, test = np.flatnonzero(known[:start]), end + np.flatnonzero(known[end:])
    valid = start + np.flatnonzero(known[start:end])
    given = [np.full(items.sizes[2], -1, dtype=np.int64) for _ in range(1 + len(others))]
    if not len(test) or len(set(items.codes[train].tolist())) < 2:
        return given
    place = np.cumsum(known) - 1
    scaled = Scaling(x[place[train]])(x)

    def design(positions: NDArray[np.int64]) -> Rows:
        return Rows(scaled[place[positions]])

    classes, each = len(items.names), np.arange(len(known))
    weights, strength = learn(
        design, items.codes, classes, train, valid, each, setting.generator("held out")
    )
    given[0][test - end] = answer(design(test), weights)
    for column, labels in zip(given[1:], others, strict=True):
        weights = fit(design(train), labels[train], classes, strength)
        column[test - end] = answer(design(test), weights)
    return given


def _composed(columns: Sequence[Any]) -> list[Any]:
    """The features of single words, or of pairs: first, second, difference, product."""
    if len(columns) == 1:
        return list(columns)
    first, second = columns
    return [first, second, abs(first - second), first * second]


def _control(items: Items, setting: Setting) -> NDArray[np.int64]:
    """A label for each distinct word or pair, drawn from those of train (Hewitt and Liang 2019)."""
    kinds = list(zip(*items.columns, strict=True))
    number = {kind: i for i, kind in enumerate(dict.fromkeys(kinds))}
    drawn = setting.generator("control").choice(items.codes[items.train], size=len(number))
    return drawn[[number[kind] for kind in kinds]]


def predict(dataset: Labelled | Relations, vectors: Vectors, setting: Setting) -> Predictions:
    """The label of each test word or pair by multinomial logistic regression.

    Features, standardised by train: the vector; of a pair both vectors, the absolute values of
    their difference, and their product. The strength is chosen by accuracy on the validation rows,
    or on a fifth of train. A second probe of that strength learns the control task, labels drawn
    at random for each distinct word or pair.
    Rows without a vector are left out of train, and get no label in test.
    """
    items = Items.of(dataset)
    known = items.known(vectors)
    rows = [vectors.rows(list(compress(column, known))) for column in items.columns]
    control = _control(items, setting)
    x = np.concatenate(_composed(rows), axis=1)
    predicted, controlled = answers(items, x, known, setting, [control])
    return items.predictions(
        {
            "predicted": predicted,
            "control_gold": control[items.test],
            "control_predicted": controlled,
        },
        known,
    )


def measure(predictions: Predictions) -> Mapping[str, float]:
    """Accuracy, macro-F1, and selectivity: accuracy less that of the control task.

    A word or pair without a vector counts as wrong in both.
    """
    accuracy, f1 = accuracy_and_f1(predictions["gold"], predictions["predicted"])
    scores = {"accuracy": accuracy, "macro_f1": f1}
    if "control_gold" in predictions.columns:
        control = accuracy_and_f1(predictions["control_gold"], predictions["control_predicted"])[0]
        scores["selectivity"] = accuracy - control
    return scores


def measure_samples(
    predictions: Predictions, weights: NDArray[np.int64]
) -> Mapping[str, NDArray[np.float64]]:
    """`measure` of many samples at once."""
    accuracy, f1 = accuracies_and_f1s(predictions["gold"], predictions["predicted"], weights)
    scores = {"accuracy": accuracy, "macro_f1": f1}
    if "control_gold" in predictions.columns:
        right = predictions["control_gold"] == predictions["control_predicted"]
        scores["selectivity"] = accuracy - means([right], weights)[0]
    return scores


def majority(dataset: Labelled | Relations, setting: Setting) -> Predictions:
    """The most frequent label of train for every row; of equals the first in order."""
    items = Items.of(dataset)
    most = int(np.argmax(np.bincount(items.codes[items.train])))
    return items.predictions({"predicted": np.full(items.sizes[2], most)})


def ngram_answers(
    items: Items, columns: Sequence[Sequence[str]], setting: Setting
) -> NDArray[np.int64]:
    """Labels of the test rows by logistic regression (C = 3) on TF-IDF of character n-grams.

    columns: which columns of the items the probe sees. N-grams have 2 to 5 characters, are case
    folded, and stand in two train rows or more where train has 500.
    """
    from scipy.sparse import hstack

    texts = [folded(column, setting) for column in columns]
    features = NgramTfidf(min_df=2 if items.sizes[0] >= 500 else 1)
    features.fit_transform([text for column in texts for text in column[items.train]])
    rows = hstack(_composed([features.transform(column) for column in texts])).tocsr()
    weights = fit(Rows(rows[items.train]), items.codes[items.train], len(items.names), 3.0)
    return answer(Rows(rows[items.test]), weights)


def spelling(dataset: Labelled | Relations, setting: Setting) -> Predictions:
    """The same on the spelling alone: TF-IDF of character n-grams, composed as the vectors are."""
    items = Items.of(dataset)
    return items.predictions({"predicted": ngram_answers(items, items.columns, setting)})
