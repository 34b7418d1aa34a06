"""Ranks of classes for a text, and what a wrong answer is worth in their tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import compress

import numpy as np
from embkit.evaluators.folding import folded
from embkit.evaluators.retrieval import bm25
from embkit.evaluators.samples import ratios, sums
from embkit.ngrams import NgramTfidf
from embkit.predictions import Predictions
from embkit.records import Setting
from embkit.vectors import Vectors
from numpy.typing import NDArray

from embkit_built.placing import Placed

__all__ = ["majority", "measure", "measure_samples", "predict", "spelling", "word_match"]

_BLOCK = 256
_LEVEL = "same "
Blocks = Iterator[NDArray[np.floating]]


def _answers(
    scores: NDArray[np.floating], gold: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The best class of each text and the rank of its own, from 1.

    scores: shape (texts, classes), -inf for a class that does not compete. One that ties with a
    text's own stands before it. -1 and 0 where nothing competes, 0 where the own class does not.
    """
    every = np.arange(len(scores))
    own = scores[every, gold]
    ranks = np.where(own > -np.inf, (scores >= own[:, None]).sum(axis=1), 0)
    others = scores.copy()
    others[every, gold] = -np.inf
    best = np.where(others.max(axis=1) > -np.inf, others.argmax(axis=1), -1)
    return np.where(ranks == 1, gold, best), ranks


def _rows(dataset: Placed, blocks: Blocks, known: NDArray[np.bool_]) -> Predictions:
    """Score every text from blocks of scores of shape (texts, answers)."""
    gold = np.array(dataset.gold, dtype=np.int64)
    answers = np.array(dataset.answers)
    predicted, ranks = np.full(len(gold), -1), np.zeros(len(gold), dtype=np.int64)
    start = 0
    for block in blocks:
        stop = start + len(block)
        own = np.searchsorted(answers, gold[start:stop])
        best, ranks[start:stop] = _answers(block, own)
        predicted[start:stop] = np.where(best < 0, -1, answers[best])
        start = stop
    # A row of its own, the last one, for no answer: it shares nothing, as the root would.
    above = np.zeros((len(dataset.classes) + 1, len(dataset.classes)), dtype=bool)
    for place in range(len(dataset.classes)):
        above[place, list(dataset.path(place))] = True
    levels = {
        f"{_LEVEL}{name}": np.append(places, -2)[predicted] == np.array(places)[gold]
        for name, places in dataset.levels.items()
    }
    columns = {
        "gold": gold,
        "predicted": predicted,
        "rank": ranks,
        "shared": (above[predicted] & above[gold]).sum(axis=1),
        "predicted_depth": above[predicted].sum(axis=1),
        "gold_depth": above[gold].sum(axis=1),
        **levels,
    }
    names = {"gold": dataset.classes, "predicted": dataset.classes}
    return Predictions(columns, unit=np.arange(dataset.items), known=known, names=names)


def predict(dataset: Placed, vectors: Vectors, setting: Setting) -> Predictions:
    """The class of the highest cosine with each text, and the rank of its own.

    A text without a vector gets no answer; a class without one is never it. A row is known when its
    text and its class are.
    """
    class_texts = list(dataset.needed)
    competing = vectors.known(class_texts)
    asked = vectors.queries.known(dataset.texts)
    table = vectors.unit(list(compress(class_texts, competing))).T

    def blocks() -> Blocks:
        for start in range(0, dataset.items, _BLOCK):
            texts = dataset.texts[start : start + _BLOCK]
            rows = np.flatnonzero(asked[start : start + _BLOCK])
            scores = np.full((len(texts), len(class_texts)), -np.inf, dtype=np.float32)
            found = vectors.queries.unit([texts[int(row)] for row in rows])
            scores[np.ix_(rows, np.flatnonzero(competing))] = found @ table
            yield scores

    own = np.searchsorted(dataset.answers, dataset.gold)
    return _rows(dataset, blocks(), asked & competing[own])


def measure(predictions: Predictions) -> Mapping[str, float]:
    """Hits, levels, and two scores that give a near miss something.

    hit@1, hit@5, mrr: of the rank of a text's own class. LEVEL@1: the answer lies under the same
    class of that level. hierarchical_f: classes and those above them as sets, the answer's against
    the text's own, summed over all texts (Kiritchenko, Matwin and Famili 2005). lca_distance: mean
    number of steps in the tree from the answer to the own class by way of their lowest common
    ancestor; it falls as quality rises. No answer is a miss, and stands at the root.
    """
    samples = measure_samples(predictions, np.ones((1, len(predictions)), dtype=np.int64))
    return {name: float(values[0]) for name, values in samples.items()}


def measure_samples(
    predictions: Predictions, weights: NDArray[np.int64]
) -> Mapping[str, NDArray[np.float64]]:
    """`measure` of many samples at once."""
    rank = predictions["rank"]
    shared, depths = (
        predictions["shared"],
        predictions["predicted_depth"] + predictions["gold_depth"],
    )
    levels = [name for name in predictions.columns if name.startswith(_LEVEL)]
    columns = {
        "hit@1": rank == 1,
        "hit@5": (rank > 0) & (rank <= 5),
        "mrr": np.where(rank > 0, 1 / np.maximum(rank, 1), 0.0),
        **{f"{name.removeprefix(_LEVEL)}@1": predictions[name] for name in levels},
        "lca_distance": depths - 2 * shared,
    }
    found = ratios(sums(list(columns.values()), weights), weights.sum(axis=1))
    both, total = sums([shared, depths], weights)
    return {**dict(zip(columns, found, strict=True)), "hierarchical_f": ratios(2 * both, total)}


def majority(dataset: Placed, setting: Setting) -> Predictions:
    """The classes by how many of these texts belong to them, for every text alike."""
    counts = np.bincount(dataset.gold, minlength=len(dataset.classes))[list(dataset.answers)]
    blocks = (counts[None].astype(float) for _ in range(dataset.items))
    return _rows(dataset, blocks, np.ones(dataset.items, dtype=bool))


def _product(dataset: Placed, texts: object, classes: object) -> Predictions:
    """From two sparse matrices whose product holds the scores."""
    blocks = (
        (texts[start : start + _BLOCK] @ classes).toarray()  # type: ignore[index]
        for start in range(0, dataset.items, _BLOCK)
    )
    return _rows(dataset, blocks, np.ones(dataset.items, dtype=bool))


def spelling(dataset: Placed, setting: Setting) -> Predictions:
    """Cosine of the TF-IDF of character 2- to 5-grams."""
    features = NgramTfidf()
    classes = features.fit_transform(folded(dataset.needed, setting)).T.tocsr()
    return _product(dataset, features.transform(folded(dataset.texts, setting)), classes)


def word_match(dataset: Placed, setting: Setting) -> Predictions:
    """BM25 over the language's own words, case folded."""
    cut = setting.language.tokenize

    def words(texts: Sequence[str]) -> list[list[str]]:
        return [cut(text) for text in folded(texts, setting)]

    return _product(dataset, *bm25(words(dataset.needed), words(dataset.texts)))
