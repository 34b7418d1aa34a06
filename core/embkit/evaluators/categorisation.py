"""How pure are the clusters that `clustering` finds?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from embkit.predictions import Predictions

__all__ = ["measure", "purity"]


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


def measure(predictions: Predictions) -> Mapping[str, float]:
    """Purity, the mean and the spread of the runs; a text without a vector counts as wrong."""
    runs = np.where(predictions.known[:, None], predictions["clusters"], -1)
    values = [purity(predictions["gold"], run) for run in runs.T]
    return {"purity": float(np.mean(values)), "purity_std": float(np.std(values))}
