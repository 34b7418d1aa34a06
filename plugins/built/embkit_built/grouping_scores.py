"""The V-measure of every set and every run of k-means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from embkit.datasets import Groups
from embkit.evaluators import clustering
from embkit.evaluators.clustering import v_measure
from embkit.predictions import Predictions
from embkit.records import Setting
from embkit.vectors import Vectors
from numpy.typing import NDArray

from embkit_built.grouping import GroupSets

__all__ = ["chance", "measure", "measure_samples", "predict", "spelling"]


def _rows(
    dataset: GroupSets, setting: Setting, cluster: Callable[[Groups, Setting], Predictions]
) -> Predictions:
    """A row a set: the V-measure of each run, and whether all of its texts are known.

    cluster: what `clustering` predicts of one set.
    """
    values, known = [], []
    for number, (texts, labels) in enumerate(zip(dataset.sets, dataset.labels, strict=True)):
        # Another seed for each set.
        own = replace(setting, task=f"{setting.task} set {number}")
        found = cluster(Groups(texts=texts, labels=labels), own)
        values.append([v_measure(found["gold"], run) for run in found["clusters"].T])
        known.append(found.known.all())
    return Predictions({"v_measure": values}, unit=np.arange(dataset.items), known=known)


def predict(dataset: GroupSets, vectors: Vectors, setting: Setting) -> Predictions:
    """The V-measure of ten seeded runs of k-means on each set, shape (sets, 10).

    As the evaluator `clustering` has it: vectors of length one, as many clusters as groups, all
    texts without a vector in one further cluster.
    """
    return _rows(dataset, setting, lambda part, own: clustering.predict(part, vectors, own))


def measure(predictions: Predictions) -> Mapping[str, float]:
    """V-measure, the mean of all sets and runs; v_measure_std: of the means of the runs."""
    if not len(predictions):
        return {"v_measure": 0.0, "v_measure_std": 0.0}
    samples = measure_samples(predictions, np.ones((1, len(predictions)), dtype=np.int64))
    return {name: float(values[0]) for name, values in samples.items()}


def measure_samples(
    predictions: Predictions, weights: NDArray[np.int64]
) -> Mapping[str, NDArray[np.float64]]:
    """`measure` of many samples at once."""
    runs = weights @ predictions["v_measure"] / weights.sum(axis=1, keepdims=True)
    return {"v_measure": runs.mean(axis=1), "v_measure_std": runs.std(axis=1)}


def chance(dataset: GroupSets, setting: Setting) -> Predictions:
    """A cluster drawn at random for each text."""
    return _rows(dataset, setting, clustering.chance)


def spelling(dataset: GroupSets, setting: Setting) -> Predictions:
    """k-means on counts of character n-grams, case folded."""
    return _rows(dataset, setting, clustering.spelling)
