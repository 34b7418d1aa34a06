"""Does k-means on the vectors find the groups people made?"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from embkit.datasets import Groups
from embkit.evaluators.folding import folded
from embkit.ngrams import hashed_ngrams
from embkit.predictions import Predictions
from embkit.records import Setting
from embkit.vectors import Vectors

__all__ = ["chance", "measure", "predict", "spelling", "v_measure"]

_STARTS = 10


def _entropy(counts: NDArray[np.floating]) -> float:
    share = counts[counts > 0] / counts.sum()
    return float(-(share * np.log(share)).sum())


def v_measure(gold: NDArray[np.int64], clusters: NDArray[np.int64]) -> float:
    """Harmonic mean of homogeneity and completeness, 0 to 1, of two labellings of shape (n,).

    Source: Rosenberg and Hirschberg 2007; agrees with scikit-learn's v_measure_score.
    """
    if not len(gold):
        return 0.0
    width = int(clusters.max()) + 1
    table = np.bincount(gold * width + clusters, minlength=(int(gold.max()) + 1) * width)
    joint = _entropy(table.astype(float))
    by_gold = _entropy(table.reshape(-1, width).sum(axis=1).astype(float))
    by_cluster = _entropy(table.reshape(-1, width).sum(axis=0).astype(float))
    total = by_gold + by_cluster
    # Two times the mutual information over the sum of entropies is the same harmonic mean.
    return 1.0 if total == 0 else max(0.0, 2 * (by_gold + by_cluster - joint) / total)


def _rows(dataset: Groups, clusters: NDArray[np.int64], known: NDArray) -> Predictions:
    names = sorted(set(dataset.labels))
    gold = np.array([names.index(label) for label in dataset.labels])
    return Predictions(
        {"gold": gold, "clusters": clusters},
        unit=np.arange(dataset.items),
        known=known,
        names={"gold": names},
    )


def predict(dataset: Groups, vectors: Vectors, setting: Setting) -> Predictions:
    """The cluster of each text in ten seeded runs of k-means, shape (n, 10).

    Vectors are scaled to length one; k is the number of groups. All texts without a vector lie in
    one further cluster.
    """
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    k = len(set(dataset.labels))
    known = vectors.known(dataset.texts)
    clusters = np.full((dataset.items, _STARTS), k, dtype=np.int64)
    if known.sum() > k:
        chosen = np.flatnonzero(known)
        rows = vectors.unit(list(compress(dataset.texts, known))).astype(np.float64)
        # One thread: the order in which threads add up their sums is not fixed, scores must be.
        with threadpool_limits(limits=1):
            for start in range(_STARTS):
                seed = setting.seed_for(f"k-means {start}")
                model = KMeans(n_clusters=k, n_init=1, random_state=seed)
                clusters[chosen, start] = model.fit_predict(rows)
    return _rows(dataset, clusters, known)


def measure(predictions: Predictions) -> Mapping[str, float]:
    """V-measure, the mean of the runs; texts without a vector count as one cluster of their own."""
    runs = predictions["clusters"]
    values = [v_measure(predictions["gold"], runs[:, i]) for i in range(runs.shape[1])]
    return {"v_measure": float(np.mean(values)), "v_measure_std": float(np.std(values))}


def chance(dataset: Groups, setting: Setting) -> Predictions:
    """A cluster drawn at random for each text; not zero, since small groups fit by accident."""
    k = len(set(dataset.labels))
    draws = setting.generator("chance").integers(k, size=(dataset.items, _STARTS))
    return _rows(dataset, draws, np.ones(dataset.items, dtype=bool))


def spelling(dataset: Groups, setting: Setting) -> Predictions:
    """k-means on counts of character n-grams, case folded."""
    texts = list(dict.fromkeys(dataset.texts))
    rows = hashed_ngrams(folded(texts, setting), 1024)
    return predict(dataset, Vectors(texts, rows), setting)
