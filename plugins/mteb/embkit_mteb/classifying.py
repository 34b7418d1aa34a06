"""Classification as MTEB does it: ten logistic regressions on eight texts of each label."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from embkit.datasets import Labelled
from embkit.evaluators import classification
from embkit.evaluators.classification import codes
from embkit.evaluators.pair_classification import average_precision
from embkit.predictions import Predictions
from embkit.records import Setting
from embkit.vectors import Vectors
from numpy.typing import NDArray

from embkit_mteb.counting import label_scores
from embkit_mteb.rows import rows_or_zeros

__all__ = ["draws", "majority", "measure", "mteb_seed", "predict", "spelling"]

_EXPERIMENTS, _TEXTS = 10, 8


def mteb_seed(setting: Setting) -> int:
    """The seed that MTEB uses everywhere, 42; another one under another seed of the run."""
    return 42 + setting.seed


def draws(labels: Sequence[str], seed: int) -> Iterator[list[int]]:
    """The train rows of each experiment: the first eight of each label in a random order.

    The order is that of the experiment before, shuffled by a fresh generator of the same seed.
    """
    order = list(range(len(labels)))
    for _ in range(_EXPERIMENTS):
        np.random.RandomState(seed).shuffle(order)
        taken: Counter[str] = Counter()
        chosen = []
        for row in order:
            taken[labels[row]] += 1
            if taken[labels[row]] <= _TEXTS:
                chosen.append(row)
        yield chosen


def _names(dataset: Labelled) -> list[str]:
    return sorted({*dataset.train_labels, *dataset.test_labels})


def _rows(dataset: Labelled, runs: Sequence[NDArray], known: NDArray) -> Predictions:
    names = _names(dataset)
    return Predictions(
        {"gold": codes(dataset.test_labels, names), "predicted": np.stack(runs, axis=1)},
        unit=np.arange(dataset.items),
        known=known,
        names={"gold": names},
    )


def predict(dataset: Labelled, vectors: Vectors, setting: Setting) -> Predictions:
    """The label of each test text in each experiment, shape (n, 10).

    C is 1 and features are as they are; lbfgs stops after 100 steps. A text without a vector, of
    train or test, is a row of zeros. Validation rows are not used.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    seed = mteb_seed(setting)
    train = rows_or_zeros(vectors, dataset.train_texts)
    test = rows_or_zeros(vectors, dataset.test_texts)
    labels = codes(dataset.train_labels, _names(dataset))
    runs = []
    # One thread: for so few rows a second one costs ten times what it does.
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a hundred steps are the protocol
        for chosen in draws(dataset.train_labels, seed):
            model = LogisticRegression(max_iter=100, random_state=seed)
            runs.append(model.fit(train[chosen], labels[chosen]).predict(test))
    return _rows(dataset, runs, vectors.known(dataset.test_texts))


def measure(predictions: Predictions) -> Mapping[str, float]:
    """Means over the experiments of accuracy, F1, precision and recall, and of AP for two labels.

    accuracy_std: the spread of the accuracy over the experiments. ap is that of the labels, as MTEB
    has it, not of the scores they come from; positive is the last of the two in order.
    """
    gold, columns = predictions["gold"], predictions["predicted"]
    if not len(gold):
        return {"accuracy": 0.0}
    runs = [label_scores(gold, column) for column in columns.T]
    scores = {name: float(np.mean([run[name] for run in runs])) for name in runs[0]}
    scores["accuracy_std"] = float(np.std([run["accuracy"] for run in runs]))
    if gold.max() == 1:
        positive = gold == 1
        scores["ap"] = float(
            np.mean([average_precision(column.astype(float), positive) for column in columns.T])
        )
    return scores


def _floor(
    dataset: Labelled, setting: Setting, floor: Callable[[Labelled, Setting], Predictions]
) -> Predictions:
    """A floor of classification on the train rows of each experiment."""
    runs = []
    for chosen in draws(dataset.train_labels, mteb_seed(setting)):
        drawn = replace(
            dataset,
            train_texts=[dataset.train_texts[row] for row in chosen],
            train_labels=[dataset.train_labels[row] for row in chosen],
        )
        found = floor(drawn, setting).to_arrow()["predicted"].to_pylist()
        runs.append(codes(found, _names(dataset)))
    return _rows(dataset, runs, np.ones(dataset.items, dtype=bool))


def majority(dataset: Labelled, setting: Setting) -> Predictions:
    """The most frequent label of all of train, which eight of each cannot tell."""
    found = classification.majority(dataset, setting)["predicted"]
    return _rows(dataset, [found], np.ones(dataset.items, dtype=bool))


def spelling(dataset: Labelled, setting: Setting) -> Predictions:
    """Character TF-IDF on the train rows of each experiment."""
    return _floor(dataset, setting, classification.spelling)
