"""How pure are the clusters that `clustering` finds?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from embkit.evaluators.samples import tallies
from embkit.predictions import Predictions

__all__ = ["measure", "measure_samples", "purity"]


def purity(gold: NDArray[np.int64], clusters: NDArray[np.int64]) -> float:
    """Share of items that are of the largest group of their cluster, 0 to 1, both of shape (n,).

    An item in cluster -1 is in none, so of no group. 0.0 when there are no items.
    """
    if not len(gold):
        return 0.0
    inside = clusters >= 0
    width = int(gold.max()) + 1
    height = int(clusters.max()) + 1
    table = np.bincount(clusters[inside] * width + gold[inside], minlength=height * width)
    return float(table.reshape(height, width).max(axis=1).sum() / len(gold))


def purities(
    gold: NDArray[np.int64], clusters: NDArray[np.int64], weights: NDArray[np.int64]
) -> NDArray[np.float64]:
    """`purity` of many samples at once, shape (draws,)."""
    inside = clusters >= 0
    width = int(gold.max()) + 1
    kinds, kind = np.unique(clusters[inside] * width + gold[inside], return_inverse=True)
    if not len(kinds):
        return np.zeros(len(weights))
    counts = tallies(kind, weights[:, inside], len(kinds))
    starts = np.flatnonzero(np.append(True, np.diff(kinds // width)))
    largest = np.maximum.reduceat(counts, starts, axis=1).sum(axis=1)
    found: NDArray[np.float64] = largest / weights.sum(axis=1)
    return found


def _runs(predictions: Predictions) -> NDArray[np.int64]:
    """The clusters of each run, shape (runs, n), -1 for a text without a vector."""
    return np.where(predictions.known[:, None], predictions["clusters"], -1).T


def measure(predictions: Predictions) -> Mapping[str, float]:
    """Purity, the mean and the spread of the runs; a text without a vector counts as wrong."""
    values = [purity(predictions["gold"], run) for run in _runs(predictions)]
    return {"purity": float(np.mean(values)), "purity_std": float(np.std(values))}


def measure_samples(
    predictions: Predictions, weights: NDArray[np.int64]
) -> Mapping[str, NDArray[np.float64]]:
    """`measure` of many samples at once."""
    values = [purities(predictions["gold"], run, weights) for run in _runs(predictions)]
    return {"purity": np.mean(values, axis=0), "purity_std": np.std(values, axis=0)}
