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

__all__ = ["chance", "measure", "measure_samples", "predict", "spelling", "v_measure"]

_STARTS = 10


def _entropies(labels: NDArray[np.int64], weights: NDArray[np.int64]) -> NDArray[np.float64]:
    """Entropy of each labelling, a column, in each sample, shape (draws, labellings)."""
    from scipy.sparse import csr_matrix
    from scipy.special import entr

    rows, columns = labels.shape
    size = int(labels.max()) + 1
    cells = np.arange(columns) * size + labels
    items = weights.sum(axis=1)
    if len(weights) == 1:
        counts = np.bincount(cells.ravel(), weights[0].repeat(columns), minlength=columns * size)
        parts = entr(counts[:, None] / items)
        starts = np.arange(columns) * size
    else:
        kinds, kind = np.unique(cells, return_inverse=True)
        where = kind.ravel(), np.arange(rows).repeat(columns)
        table = csr_matrix((np.ones(labels.size), where), shape=(len(kinds), rows))
        parts = entr((table @ weights.T) / items)
        starts = np.searchsorted(kinds, np.arange(columns) * size)
    entropies: NDArray[np.float64] = np.add.reduceat(parts, starts, axis=0).T
    return entropies


def _v_measures(
    gold: NDArray[np.int64], runs: NDArray[np.int64], weights: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The V-measure of each run, a column of `runs`, in each sample, shape (draws, runs)."""
    joint = gold[:, None] * (int(runs.max()) + 1) + runs
    total = _entropies(gold[:, None], weights) + _entropies(runs, weights)
    # Two times the mutual information over the sum of entropies is the same harmonic mean.
    shared = np.maximum(0.0, 2 * (total - _entropies(joint, weights)))
    return np.divide(shared, total, out=np.ones(total.shape), where=total > 0)


def v_measure(
    gold: NDArray[np.int64], clusters: NDArray[np.int64], times: NDArray[np.int64] | None = None
) -> float:
    """Harmonic mean of homogeneity and completeness, 0 to 1, of two labellings of shape (n,).

    times: how often each item counts, shape (n,), None for once; one at least counts.
    Source: Rosenberg and Hirschberg 2007; agrees with scikit-learn's v_measure_score.
    """
    if not len(gold):
        return 0.0
    weights = np.ones(len(gold), dtype=np.int64) if times is None else times
    return float(_v_measures(gold, clusters[:, None], weights[None])[0, 0])


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
    if not len(predictions):
        return {"v_measure": 0.0, "v_measure_std": 0.0}
    scores = measure_samples(predictions, np.ones((1, len(predictions)), dtype=np.int64))
    return {name: float(values[0]) for name, values in scores.items()}


def measure_samples(
    predictions: Predictions, weights: NDArray[np.int64]
) -> Mapping[str, NDArray[np.float64]]:
    """`measure` of many samples at once."""
    values = _v_measures(predictions["gold"], predictions["clusters"], weights)
    return {"v_measure": values.mean(axis=1), "v_measure_std": values.std(axis=1)}


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
