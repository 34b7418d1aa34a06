"""Classification by a vote of the nearest train texts."""

from __future__ import annotations

from itertools import compress

import numpy as np
from numpy.typing import NDArray

from embkit.datasets import Labelled
from embkit.errors import InvalidRequest
from embkit.evaluators.classification import codes
from embkit.predictions import Predictions
from embkit.records import Setting
from embkit.search import in_blocks, search, without
from embkit.vectors import Vectors

__all__ = ["predict", "votes"]

_CHOICE = (1, 3, 5, 11, 21, 51)
# So many train rows tell the best k well enough where there is no validation split.
_TRIED = 2_000


def votes(labels: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    """The label with most votes, of equals that of the nearest neighbour, -1 without any.

    labels: of each row's neighbours, the nearest first, shape (n, k), -1 for none.
    """
    rows, places = np.nonzero(labels >= 0)
    own = labels[rows, places]
    counts = np.zeros((len(labels), classes))
    np.add.at(counts, (rows, own), 1)
    nearest = np.zeros_like(counts)
    np.maximum.at(nearest, (rows, own), 1 / (places + 2))  # below one vote
    chosen: NDArray[np.int64] = np.argmax(counts + nearest, axis=1)
    return np.where(counts.any(axis=1), chosen, -1)


class _Train:
    """The train rows that have a vector, and the labels of those nearest to others."""

    def __init__(self, dataset: Labelled, vectors: Vectors) -> None:
        self.names = sorted({*dataset.train_labels, *dataset.test_labels})
        known = vectors.known(dataset.train_texts)
        self.rows = vectors.unit(list(compress(dataset.train_texts, known)))
        self.labels = codes(compress(dataset.train_labels, known), self.names)

    def near(
        self, rows: NDArray[np.float32], k: int, themselves: NDArray[np.int64] | None = None
    ) -> NDArray[np.int64]:
        """The labels of the k nearest to each row, shape (n, k), -1 where there are fewer.

        Equal cosines stand in the order of train. themselves: the position of each row in train,
        where it is from there, which is then no neighbour.
        """
        blocks = in_blocks(self.rows, np.ones(len(self.rows), dtype=np.float32))
        if themselves is None:
            found, _ = search(blocks, rows, k)
        else:
            found, _ = without(search(blocks, rows, k + 1), themselves[:, None], k)
        return np.where(found >= 0, self.labels[found], -1)

    def accuracy(self, near: NDArray[np.int64], gold: NDArray[np.int64]) -> float:
        return float((votes(near, len(self.names)) == gold).mean())


def _best_k(train: _Train, dataset: Labelled, vectors: Vectors, setting: Setting) -> int:
    """The most accurate k on the validation rows, or on train without each row; least of equals."""
    known = vectors.known(dataset.valid_texts)
    gold = codes(compress(dataset.valid_labels, known), train.names)
    if len(gold):
        rows = vectors.unit(list(compress(dataset.valid_texts, known)))
        near = train.near(rows, _CHOICE[-1])
    else:
        count = min(_TRIED, len(train.rows))
        chosen = np.sort(setting.generator("k").choice(len(train.rows), count, replace=False))
        gold = train.labels[chosen]
        near = train.near(train.rows[chosen], _CHOICE[-1], chosen)
    return max(_CHOICE, key=lambda k: (train.accuracy(near[:, :k], gold), -k))


def predict(dataset: Labelled, vectors: Vectors, setting: Setting) -> Predictions:
    """The label of each test text by the vote of its k nearest train texts; see `votes`.

    Train texts without a vector are left out; a test text without one gets no label.
    Raises InvalidRequest for k below 0.
    """
    k = int(setting.options["k"])
    if k < 0:
        raise InvalidRequest(f"protocol 'knn': k is 1 or more, or 0 to choose it; got {k}")
    train = _Train(dataset, vectors)
    known = vectors.known(dataset.test_texts)
    predicted = np.full(dataset.items, -1, dtype=np.int64)
    if known.any() and len(train.rows):
        k = k or _best_k(train, dataset, vectors, setting)
        rows = vectors.unit(list(compress(dataset.test_texts, known)))
        predicted[known] = votes(train.near(rows, k), len(train.names))
    return Predictions(
        {"gold": codes(dataset.test_labels, train.names), "predicted": predicted},
        unit=np.arange(dataset.items),
        known=known,
        names={"gold": train.names, "predicted": train.names},
    )
