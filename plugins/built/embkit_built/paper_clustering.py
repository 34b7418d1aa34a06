"""K-means in small batches, as the paper of 2024 clusters; with a seed, which it has not."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress

import numpy as np
from embkit.evaluators.clustering import v_measure
from embkit.predictions import Predictions
from embkit.records import Setting
from embkit.vectors import Vectors
from numpy.typing import NDArray

from embkit_built.grouping import GroupSets

__all__ = ["predict", "v_measure_once"]

_RUNS, _BATCH = 10, 500


def _clusters(rows: NDArray[np.floating], k: int, seed: int) -> NDArray[np.int64]:
    from sklearn.cluster import MiniBatchKMeans
    from threadpoolctl import threadpool_limits

    # One thread: the order in which threads add up their sums is not fixed, scores must be.
    with threadpool_limits(limits=1):
        model = MiniBatchKMeans(n_clusters=k, batch_size=_BATCH, n_init="auto", random_state=seed)
        found: NDArray[np.int64] = model.fit_predict(rows).astype(np.int64)
    return found


def v_measure_once(
    texts: Sequence[str], labels: Sequence[str], vectors: Vectors, seed: int
) -> float:
    """The V-measure of one run, 0 to 1; texts without a vector lie in one cluster of their own."""
    names = sorted(set(labels))
    gold = np.array([names.index(label) for label in labels])
    known = vectors.known(texts)
    clusters = np.full(len(texts), len(names), dtype=np.int64)
    if known.sum() > len(names):
        rows = vectors.rows(list(compress(texts, known)))
        clusters[known] = _clusters(rows, len(names), seed)
    return v_measure(gold, clusters)


def predict(dataset: GroupSets, vectors: Vectors, setting: Setting) -> Predictions:
    """The V-measure of ten runs on each set, shape (sets, 10), of vectors as they are."""
    values = [
        [
            v_measure_once(texts, labels, vectors, setting.seed_for(f"set {number} run {run}"))
            for run in range(_RUNS)
        ]
        for number, (texts, labels) in enumerate(zip(dataset.sets, dataset.labels, strict=True))
    ]
    known = [vectors.known(texts).all() for texts in dataset.sets]
    return Predictions({"v_measure": values}, unit=np.arange(dataset.items), known=known)
