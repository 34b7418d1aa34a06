"""The probe of classification, trained on shares of train that are drawn several times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from embkit.datasets import Labelled
from embkit.errors import InvalidRequest
from embkit.evaluators import classification
from embkit.evaluators.classification import accuracy_and_f1
from embkit.predictions import Predictions
from embkit.records import Setting
from embkit.vectors import Vectors

__all__ = [
    "majority_few",
    "measure_curve",
    "measure_few",
    "predict_curve",
    "predict_few",
    "shuffled",
    "spelling_few",
]

_SHARES = (1, 10)  # per cent of train


def shuffled(labels: Sequence[str], generator: np.random.Generator) -> list[NDArray[np.int64]]:
    """The positions of each label, in order of the label, each in an order drawn at random."""
    found = np.array(labels, dtype=object)
    return [generator.permutation(np.flatnonzero(found == label)) for label in sorted(set(labels))]


def _only(dataset: Labelled, rows: NDArray[np.int64]) -> Labelled:
    """The dataset with these rows of train alone, and without validation."""
    return replace(
        dataset,
        train_texts=[dataset.train_texts[row] for row in rows],
        train_labels=[dataset.train_labels[row] for row in rows],
        valid_texts=(),
        valid_labels=(),
    )


def _draws(setting: Setting) -> Iterator[np.random.Generator]:
    """A generator for each draw; that of a draw is the same however many there are."""
    for draw in range(_at_least_one(setting, "draws")):
        yield setting.generator(f"draw {draw}")


def _at_least_one(setting: Setting, option: str) -> int:
    value = int(setting.options[option])
    if value < 1:
        raise InvalidRequest(f"option '{option}' of the protocol is 1 or more; got {value}")
    return value


def _few(dataset: Labelled, setting: Setting) -> Iterator[Labelled]:
    """Of each draw the dataset with a few rows of each label, all where there are fewer."""
    shots = _at_least_one(setting, "shots")
    for generator in _draws(setting):
        positions = shuffled(dataset.train_labels, generator)
        yield _only(dataset, np.sort(np.concatenate([rows[:shots] for rows in positions])))


def _beside(runs: Sequence[Predictions]) -> NDArray[np.int64]:
    """What several runs predicted, shape (n, runs). Every run knows all labels of the dataset."""
    return np.stack([run["predicted"] for run in runs], axis=1)


def _rows(dataset: Labelled, run: Predictions, columns: Mapping[str, NDArray]) -> Predictions:
    """Columns beside the gold labels of a run."""
    names = sorted({*dataset.train_labels, *dataset.test_labels})
    named = {name: names for name, column in columns.items() if column.ndim == 1}
    return Predictions(
        {"gold": run["gold"], **columns},
        unit=run.unit,
        known=run.known,
        names={"gold": names, **named},
    )


def _spread(gold: NDArray[np.int64], runs: NDArray[np.int64]) -> tuple[float, float, float]:
    """Mean and standard deviation of the accuracy of each run, and their mean macro-F1."""
    scores = np.array([accuracy_and_f1(gold, column) for column in runs.T])
    accuracy, f1 = scores.mean(axis=0)
    return float(accuracy), float(scores[:, 0].std()), float(f1)


def predict_few(dataset: Labelled, vectors: Vectors, setting: Setting) -> Predictions:
    """The label of each test text in each draw, shape (n, draws), by the probe of classification.

    Train rows are drawn without a look at the vectors, so they are the same for every provider; one
    without a vector is left out. A test text without one gets no label.
    """
    runs = [classification.predict(drawn, vectors, setting) for drawn in _few(dataset, setting)]
    return _rows(dataset, runs[0], {"predicted": _beside(runs)})


def measure_few(predictions: Predictions) -> Mapping[str, float]:
    """Means over the draws, and the standard deviation of the accuracy over them."""
    accuracy, deviation, f1 = _spread(predictions["gold"], predictions["predicted"])
    return {"accuracy": accuracy, "accuracy_std": deviation, "macro_f1": f1}


def majority_few(dataset: Labelled, setting: Setting) -> Predictions:
    """The most frequent label of all of train: what a draw of equals cannot tell."""
    run = classification.majority(dataset, setting)
    return _rows(dataset, run, {"predicted": _beside([run])})


def spelling_few(dataset: Labelled, setting: Setting) -> Predictions:
    """Character TF-IDF on the same draws."""
    runs = [classification.spelling(drawn, setting) for drawn in _few(dataset, setting)]
    return _rows(dataset, runs[0], {"predicted": _beside(runs)})


def predict_curve(dataset: Labelled, vectors: Vectors, setting: Setting) -> Predictions:
    """What the default predicts, and what it does when trained on shares of train.

    Columns `predicted`, and `predicted@1%` and `predicted@10%` of shape (n, draws). A share has so
    much of each label, rounded, and one row at least. Rows are drawn without a look at the vectors.
    """
    whole = classification.predict(dataset, vectors, setting)
    runs: dict[int, list[Predictions]] = {share: [] for share in _SHARES}
    for generator in _draws(setting):
        positions = shuffled(dataset.train_labels, generator)
        for share in _SHARES:
            chosen = [rows[: max(1, round(len(rows) * share / 100))] for rows in positions]
            drawn = _only(dataset, np.sort(np.concatenate(chosen)))
            runs[share].append(classification.predict(drawn, vectors, setting))
    columns = {f"predicted@{share}%": _beside(runs[share]) for share in _SHARES}
    return _rows(dataset, whole, {"predicted": whole["predicted"], **columns})


def measure_curve(predictions: Predictions) -> Mapping[str, float]:
    """The scores of classification, and of each share the mean accuracy and its deviation."""
    scores = dict(classification.measure(predictions))
    for share in _SHARES:
        if f"predicted@{share}%" in predictions.columns:  # a floor has the whole of train alone
            runs = predictions[f"predicted@{share}%"]
            accuracy, deviation, _ = _spread(predictions["gold"], runs)
            scores[f"accuracy@{share}%"] = accuracy
            scores[f"accuracy@{share}%_std"] = deviation
    return scores
