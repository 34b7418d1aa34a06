"""Finding the relevant documents of a query, among all of them or among given candidates."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from embkit.datasets import Retrieval
from embkit.evaluators.folding import folded
from embkit.evaluators.samples import means
from embkit.ngrams import NgramTfidf
from embkit.predictions import Predictions
from embkit.records import Setting
from embkit.vectors import Vectors

__all__ = [
    "bm25",
    "chance",
    "measure",
    "measure_samples",
    "predict",
    "query_scores",
    "spelling",
    "word_match",
]

_BLOCK = 256
_NAMES = ("ndcg@10", "mrr", "map")
Blocks = Iterator[tuple[int, NDArray]]


def query_scores(
    scores: NDArray[np.floating], relevant: Mapping[int, float]
) -> tuple[float, float, float]:
    """nDCG@10, reciprocal rank and average precision of one query, each 0 to 1.

    scores: shape (documents,), -inf for one that does not compete. A document that is not relevant
    and ties with a relevant one stands before it: a score must not depend on the order of files.
    Gains are the grades as they are, as in trec_eval.
    """
    wanted = sorted(relevant, key=lambda document: -scores[document])
    own = np.array([scores[document] for document in wanted])
    others = np.delete(scores, wanted)
    others = np.sort(others[others > -np.inf])
    before = len(others) - np.searchsorted(others, own, side="left")
    ranks = before + np.arange(1, len(wanted) + 1)
    found = own > -np.inf
    gains = np.array([relevant[document] for document in wanted])
    top = found & (ranks <= 10)
    dcg = float((gains[top] / np.log2(ranks[top] + 1)).sum())
    ideal = sum(
        gain / math.log2(rank + 1)
        for rank, gain in enumerate(sorted(relevant.values(), reverse=True)[:10], start=1)
    )
    reciprocal = float(1 / ranks[found].min()) if found.any() else 0.0
    precision = (np.arange(1, len(wanted) + 1) / ranks)[found].sum() / len(wanted)
    return dcg / ideal, reciprocal, float(precision)


def _rows(dataset: Retrieval, blocks: Blocks, known: NDArray) -> Predictions:
    """Score every query from blocks of (first query, scores of shape (queries, documents))."""
    values = np.zeros((dataset.items, len(_NAMES)))
    for start, block in blocks:
        for row, scores in enumerate(block):
            query = start + row
            if not known[query]:
                continue
            if dataset.candidates:
                competing = np.full(len(scores), -np.inf)
                chosen = list(dataset.candidates[query])
                competing[chosen] = scores[chosen]
                scores = competing
            values[query] = query_scores(scores, dataset.relevant[query])
    columns = {name: values[:, i] for i, name in enumerate(_NAMES)}
    return Predictions(columns, unit=np.arange(dataset.items), known=known)


def predict(dataset: Retrieval, vectors: Vectors, setting: Setting) -> Predictions:
    """nDCG@10, reciprocal rank and average precision of each query by cosine.

    A query without a vector finds nothing; a document without one is never found. A row is known
    when its query and all its relevant documents are.
    """
    query_known = vectors.queries.known(dataset.queries)
    document_known = vectors.known(dataset.documents)
    documents = np.flatnonzero(document_known)
    table = vectors.unit(list(compress(dataset.documents, document_known))).T

    def blocks() -> Blocks:
        for start in range(0, dataset.items, _BLOCK):
            rows = np.flatnonzero(query_known[start : start + _BLOCK])
            size = min(_BLOCK, dataset.items - start)
            scores = np.full((size, len(dataset.documents)), -np.inf, dtype=np.float32)
            queries = vectors.queries.unit([dataset.queries[start + int(row)] for row in rows])
            scores[np.ix_(rows, documents)] = queries @ table
            yield start, scores

    predictions = _rows(dataset, blocks(), query_known)
    complete = query_known & np.array([document_known[list(row)].all() for row in dataset.relevant])
    columns = {name: predictions[name] for name in _NAMES}
    return Predictions(columns, unit=predictions.unit, known=complete)


def measure(predictions: Predictions) -> Mapping[str, float]:
    """Means over the queries; an unknown query counts as 0."""
    return {name: float(predictions[name].mean()) if len(predictions) else 0.0 for name in _NAMES}


def measure_samples(
    predictions: Predictions, weights: NDArray[np.int64]
) -> Mapping[str, NDArray[np.float64]]:
    """`measure` of many samples at once."""
    return dict(zip(_NAMES, means([predictions[name] for name in _NAMES], weights), strict=True))


def _sparse_blocks(queries: object, documents: object, count: int) -> Blocks:
    for start in range(0, count, _BLOCK):
        yield start, (queries[start : start + _BLOCK] @ documents).toarray()  # type: ignore[index]


def chance(dataset: Retrieval, setting: Setting) -> Predictions:
    """Documents in random order."""
    generator = setting.generator("chance")
    blocks = (
        (i, generator.random((1, len(dataset.documents)), dtype=np.float32))
        for i in range(dataset.items)
    )
    return _rows(dataset, blocks, np.ones(dataset.items, dtype=bool))


def spelling(dataset: Retrieval, setting: Setting) -> Predictions:
    """Cosine of the TF-IDF of character 2- to 5-grams."""
    features = NgramTfidf()
    documents = features.fit_transform(folded(dataset.documents, setting)).T.tocsr()
    queries = features.transform(folded(dataset.queries, setting))
    blocks = _sparse_blocks(queries, documents, dataset.items)
    return _rows(dataset, blocks, np.ones(dataset.items, dtype=bool))


def bm25(
    documents: Sequence[Sequence[str]],
    queries: Sequence[Sequence[str]],
    *,
    k1: float = 1.2,
    b: float = 0.75,
) -> tuple[object, object]:
    """Two sparse matrices whose product, queries @ documents, holds the Okapi BM25 scores.

    documents, queries: words of each. A word that stands in half of the documents or more tells
    nothing: without a list of function words in any language. Source: Robertson and Zaragoza 2009,
    with its idf, log((N - n + 0.5) / (n + 0.5)), not below 0. Lucene's, log(1 + …), lets function
    words count, of which a query of several sentences is full.
    """
    from scipy.sparse import csr_array

    number = {word: i for i, word in enumerate(dict.fromkeys(w for d in documents for w in d))}

    def counts(texts: Sequence[Sequence[str]]) -> csr_array:
        known = [[number[word] for word in text if word in number] for text in texts]
        ends = np.cumsum([0, *(len(row) for row in known)])
        columns = np.fromiter((i for row in known for i in row), np.int64, ends[-1])
        table = csr_array((np.ones(len(columns)), columns, ends), shape=(len(texts), len(number)))
        table.sum_duplicates()
        return table

    table = counts(documents)
    lengths = np.array([len(document) for document in documents], dtype=float)
    norm = k1 * (1 - b + b * lengths / max(lengths.mean(), 1e-9))
    holding = np.bincount(table.indices, minlength=len(number))
    idf = np.maximum(np.log((len(documents) - holding + 0.5) / (holding + 0.5)), 0)
    row = np.repeat(np.arange(len(documents)), np.diff(table.indptr))
    table.data = table.data * (k1 + 1) / (table.data + norm[row]) * idf[table.indices]
    return counts(queries), table.T.tocsr()


def word_match(dataset: Retrieval, setting: Setting) -> Predictions:
    """BM25 over the language's own words, case folded."""
    words = [
        [setting.language.tokenize(text) for text in folded(texts, setting)]
        for texts in (dataset.documents, dataset.queries)
    ]
    queries, documents = bm25(*words)
    blocks = _sparse_blocks(queries, documents, dataset.items)
    return _rows(dataset, blocks, np.ones(dataset.items, dtype=bool))
