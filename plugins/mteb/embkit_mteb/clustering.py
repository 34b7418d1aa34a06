"""Clustering as MTEB does it: ten k-means in small batches, each on texts drawn with repeats."""

from __future__ import annotations

import random
from collections.abc import Mapping

import numpy as np
from embkit.datasets import Groups
from embkit.errors import InvalidRequest
from embkit.evaluators.classification import codes
from embkit.evaluators.clustering import v_measure
from embkit.predictions import Predictions
from embkit.records import Setting
from embkit.vectors import Vectors

from embkit_mteb.classifying import mteb_seed
from embkit_mteb.rows import rows_or_zeros

__all__ = ["measure", "predict"]

_EXPERIMENTS, _DRAWN, _BATCH = 10, 16_384, 512
# The share of the texts that MTEB looks at, unless a task says otherwise.
_SHARE = 0.04


def _chosen(items: int, documents: int, generator: random.Random) -> list[int]:
    """The texts that are looked at, in the order in which MTEB has them."""
    if documents < 0:
        return list(range(items))
    count = min(items, documents) if documents else int(_SHARE * items)
    if not count:
        raise InvalidRequest(
            f"protocol 'mteb' clusters 4 % of the texts, which of {items} is none; give a number, "
            "as in --protocol 'mteb?documents=-1' for all"
        )
    return generator.sample(range(items), k=count)


def predict(dataset: Groups, vectors: Vectors, setting: Setting) -> Predictions:
    """The cluster of each text in ten runs, and how often it was drawn in each, shape (n, 10).

    Both are 0 for a text that was not drawn. A text without a vector is a row of zeros. The
    generator is a new one for each dataset; MTEB goes on with the one that earlier calls have used.
    Raises InvalidRequest when 4 % of the texts is none.
    """
    from sklearn.cluster import MiniBatchKMeans
    from threadpoolctl import threadpool_limits

    generator = random.Random(mteb_seed(setting))
    chosen = np.array(_chosen(dataset.items, int(setting.options["documents"]), generator))
    names = sorted(set(dataset.labels))
    gold = codes(dataset.labels, names)
    rows = rows_or_zeros(vectors, dataset.texts)[chosen]
    groups = len(np.unique(gold[chosen]))
    clusters = np.zeros((dataset.items, _EXPERIMENTS), dtype=np.int64)
    times = np.zeros_like(clusters)
    # One thread: the order in which threads add up their sums is not fixed, scores must be.
    with threadpool_limits(limits=1):
        for run in range(_EXPERIMENTS):
            drawn = generator.choices(range(len(chosen)), k=_DRAWN)
            model = MiniBatchKMeans(
                n_clusters=groups,
                batch_size=_BATCH,
                init="k-means++",
                n_init=1,
                random_state=mteb_seed(setting),
            )
            clusters[chosen[drawn], run] = model.fit_predict(rows[drawn])
            times[:, run] = np.bincount(chosen[drawn], minlength=dataset.items)
    return Predictions(
        {"gold": gold, "clusters": clusters, "times": times},
        unit=np.arange(dataset.items),
        known=vectors.known(dataset.texts),
        names={"gold": names},
    )


def measure(predictions: Predictions) -> Mapping[str, float]:
    """V-measure, the mean of the runs, and its spread; a text counts as often as it was drawn."""
    gold, clusters = predictions["gold"], predictions["clusters"]
    # A floor has no draws: every text counts once.
    times = predictions.columns.get("times", np.ones_like(clusters))
    values = [
        v_measure(gold, clusters[:, run], times[:, run]) if times[:, run].any() else 1.0
        for run in range(clusters.shape[1])
    ]
    return {"v_measure": float(np.mean(values)), "v_measure_std": float(np.std(values))}
