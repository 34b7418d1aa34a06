"""Retrieval, reranking and bitext mining as MTEB scores them, by trec_eval's measures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from embkit.datasets import Retrieval
from embkit.evaluators.folding import folded
from embkit.ngrams import NgramTfidf
from embkit.predictions import Predictions
from embkit.records import Setting
from embkit.vectors import Vectors
from numpy.typing import NDArray

from embkit_mteb.counting import label_scores
from embkit_mteb.rows import rows_or_zeros, similarity

__all__ = [
    "chance_bitext",
    "measure",
    "measure_bitext",
    "measure_translations",
    "predict",
    "predict_bitext",
    "query_scores",
    "spelling_bitext",
]

_CUTS = (1, 3, 5, 10, 20, 100, 1000)
_NAMES = ("ndcg", "map", "recall", "precision", "mrr", "hit_rate")
_BLOCK = 256


def _similarities(dataset: Retrieval, vectors: Vectors) -> Iterator[NDArray[np.float32]]:
    """The cosine of each query with all documents, a block of queries at once."""
    queries = rows_or_zeros(vectors.queries, dataset.queries)
    documents = rows_or_zeros(vectors, dataset.documents)
    for start in range(0, dataset.items, _BLOCK):
        yield similarity(queries[start : start + _BLOCK], documents)


def _ranked(scores: NDArray[np.float32], competing: NDArray[np.int64]) -> NDArray[np.int64]:
    """The first thousand documents of those that compete; of equals the later one comes first."""
    own = scores[competing]
    if len(own) > _CUTS[-1]:
        last = np.partition(own, -_CUTS[-1])[-_CUTS[-1]]
        competing, own = competing[own >= last], own[own >= last]
    ranked: NDArray[np.int64] = competing[np.lexsort((competing, own))[::-1]]
    return ranked[: _CUTS[-1]]


def query_scores(ranked: NDArray[np.int64], relevant: Mapping[int, float]) -> NDArray[np.float64]:
    """nDCG, AP, recall, precision, reciprocal rank and success of one query, shape (6, 7).

    ranked: the documents found, the best first; a column for each of 1, 3, 5, 10, 20, 100 and 1000
    of them. Gains are the grades as they are. Agrees with trec_eval.
    """
    gains = np.zeros(_CUTS[-1])
    gains[: len(ranked)] = [relevant.get(int(document), 0.0) for document in ranked]
    hit = gains > 0
    places = np.arange(1, _CUTS[-1] + 1)
    found = np.cumsum(hit)
    discount = 1 / np.log2(places + 1)
    ideal = np.zeros(_CUTS[-1])
    best = sorted(relevant.values(), reverse=True)[: _CUTS[-1]]
    ideal[: len(best)] = best
    curves = (
        np.cumsum(gains * discount) / np.cumsum(ideal * discount),
        np.cumsum(np.where(hit, found / places, 0.0)) / len(relevant),
        found / len(relevant),
        found / places,
        np.maximum.accumulate(np.where(hit, 1 / places, 0.0)),
        found > 0,
    )
    return np.stack(curves)[:, np.array(_CUTS) - 1]


def predict(dataset: Retrieval, vectors: Vectors, setting: Setting) -> Predictions:
    """Six measures of each query at seven cuts, by cosine among the documents that compete.

    A text without a vector is a row of zeros, whose cosine with everything is 0. Of documents with
    one cosine the later comes first: MTEB prefers the higher id, and its tasks are loaded in order
    of ids.
    """
    values = np.zeros((len(_NAMES), dataset.items, len(_CUTS)))
    everything = np.arange(len(dataset.documents))
    query = 0
    for block in _similarities(dataset, vectors):
        for scores in block:
            competing = everything
            if dataset.candidates:
                competing = np.array(sorted(set(dataset.candidates[query])))
            ranked = _ranked(scores, competing)
            values[:, query] = query_scores(ranked, dataset.relevant[query])
            query += 1
    documents = vectors.known(dataset.documents)
    known = vectors.queries.known(dataset.queries)
    known &= np.array([documents[list(row)].all() for row in dataset.relevant])
    return Predictions(
        dict(zip(_NAMES, values, strict=True)), unit=np.arange(dataset.items), known=known
    )


def measure(predictions: Predictions) -> Mapping[str, float]:
    """Means over the queries."""
    if "ndcg@10" in predictions.columns:  # a floor is measured as by default
        names = {"ndcg_at_10": "ndcg@10", "map_at_1000": "map", "mrr_at_1000": "mrr"}
        return {name: float(predictions[column].mean()) for name, column in names.items()}
    return {
        f"{name}_at_{cut}": float(predictions[name][:, column].mean())
        for name in _NAMES
        for column, cut in enumerate(_CUTS)
    }


def measure_translations(predictions: Predictions) -> Mapping[str, float]:
    """The share of sentences whose translation is nearest, and its mean reciprocal rank.

    A sentence without a vector, or whose translation has none, counts as 0.
    """
    reciprocal = predictions["mrr"]
    if not len(reciprocal):
        return {"accuracy": 0.0, "mrr": 0.0}
    return {"accuracy": float((reciprocal == 1).mean()), "mrr": float(reciprocal.mean())}


def _own(relevant: Mapping[int, float]) -> int:
    """The position of a sentence's own translation: the highest grade; copies of it have less."""
    return max(relevant, key=lambda position: relevant[position])


def _matched(dataset: Retrieval, nearest: NDArray[np.int64], known: NDArray) -> Predictions:
    gold = np.array([_own(row) for row in dataset.relevant])
    return Predictions(
        {"gold": gold, "predicted": nearest}, unit=np.arange(dataset.items), known=known
    )


def predict_bitext(dataset: Retrieval, vectors: Vectors, setting: Setting) -> Predictions:
    """The position of the nearest sentence; of equals the first, zeros where there is no vector."""
    nearest = np.concatenate([block.argmax(axis=1) for block in _similarities(dataset, vectors)])
    own = [dataset.documents[_own(row)] for row in dataset.relevant]
    known = vectors.queries.known(dataset.queries) & vectors.known(own)
    return _matched(dataset, nearest, known)


def measure_bitext(predictions: Predictions) -> Mapping[str, float]:
    """F1, precision and recall of positions, each position a label, weighted; and accuracy."""
    if not len(predictions):
        return {"f1": 0.0}
    scores = label_scores(predictions["gold"], predictions["predicted"])
    names = {name: scores[f"{name}_weighted"] for name in ("f1", "precision", "recall")}
    return {**names, "accuracy": scores["accuracy"]}


def chance_bitext(dataset: Retrieval, setting: Setting) -> Predictions:
    """A position drawn at random for each sentence."""
    drawn = setting.generator("chance").integers(len(dataset.documents), size=dataset.items)
    return _matched(dataset, drawn, np.ones(dataset.items, dtype=bool))


def spelling_bitext(dataset: Retrieval, setting: Setting) -> Predictions:
    """The nearest by TF-IDF of the character 2- to 5-grams: names and numbers."""
    features = NgramTfidf()
    documents = features.fit_transform(folded(dataset.documents, setting)).T.tocsr()
    queries = features.transform(folded(dataset.queries, setting))
    nearest = [
        (queries[start : start + _BLOCK] @ documents).toarray().argmax(axis=1)
        for start in range(0, dataset.items, _BLOCK)
    ]
    return _matched(dataset, np.concatenate(nearest), np.ones(dataset.items, dtype=bool))
