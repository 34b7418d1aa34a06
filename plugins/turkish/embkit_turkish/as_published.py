"""Analogies and similarity as gensim's calls give them, on the vocabulary of a provider."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice

import numpy as np
from embkit.datasets import Analogies, Pairs
from embkit.evaluators import analogy, similarity
from embkit.predictions import Predictions
from embkit.records import Setting
from embkit.vectors import Vectors
from numpy.typing import NDArray

__all__ = [
    "first_words",
    "measure_known",
    "predict_analogies",
    "predict_pairs",
    "whole_vocabulary",
]

# What gensim's evaluate_word_pairs looks at unless it is told otherwise.
_FIRST = 300_000
# Candidates and questions at once: their scores stay in the processor's cache.
_CANDIDATES, _QUESTIONS = 4096, 256
# Stands for a word outside the vocabulary, whatever an embedder makes of it.
_UNKNOWN = ""
_Rows = NDArray[np.float32]


def whole_vocabulary(dataset: Analogies, vocabulary: Sequence[str]) -> Analogies:
    """The questions with the vocabulary as their search space; a word outside it becomes ""."""
    if not vocabulary:
        return dataset
    inside = dict.fromkeys(word for word in vocabulary if word != _UNKNOWN)
    return replace(
        dataset,
        questions=[
            [word if word in inside else _UNKNOWN for word in question]
            for question in dataset.questions
        ],
        candidates=(_UNKNOWN, *inside),
    )


def first_words(dataset: Pairs, vocabulary: Sequence[str]) -> Pairs:
    """Each word as the first of the vocabulary that has its capitals spells it, "" without one.

    Source: gensim's evaluate_word_pairs, case_insensitive=True, restrict_vocab=300000.
    """
    if not vocabulary:
        return dataset
    spelling: dict[str, str] = {}
    for word in islice(vocabulary, _FIRST):
        spelling.setdefault(word.upper(), word)
    first, second = (
        [spelling.get(word.upper(), _UNKNOWN) for word in words]
        for words in (dataset.first, dataset.second)
    )
    return replace(dataset, first=first, second=second)


def predict_pairs(dataset: Pairs, vectors: Vectors, setting: Setting) -> Predictions:
    """The cosine of each pair; a pair with a word outside the vocabulary is unknown."""
    cosines = similarity.predict(dataset, vectors, setting)
    inside = np.array(dataset.first, dtype=object) != _UNKNOWN
    inside &= np.array(dataset.second, dtype=object) != _UNKNOWN
    return Predictions(
        {"gold": cosines["gold"], "predicted": np.where(inside, cosines["predicted"], np.nan)},
        unit=cosines.unit,
        known=cosines.known & inside,
    )


def measure_known(predictions: Predictions) -> Mapping[str, float]:
    """Spearman and Pearson over the known pairs alone."""
    return similarity.measure(predictions.take(predictions.known))


def _halves(cosines: _Rows) -> _Rows:
    """Cosines moved to between 0 and 1, in place."""
    cosines += 1
    cosines /= 2
    return cosines


def _both(a: _Rows, b: _Rows, c: _Rows) -> tuple[_Rows, _Rows]:
    """3CosAdd and 3CosMul of some candidates from their halves with a, b and c, which are spent.

    The sum of halves ranks as that of cosines.
    """
    product = b * c
    b += c
    b -= a
    a += np.float32(1e-6)
    product /= a
    return b, product


def _blocks(candidates: Sequence[str], vectors: Vectors) -> Iterator[tuple[int, _Rows]]:
    for start in range(0, len(candidates), _CANDIDATES):
        yield start, vectors.unit(candidates[start : start + _CANDIDATES])


def predict_analogies(dataset: Analogies, vectors: Vectors, setting: Setting) -> Predictions:
    """The rank of each answer by 3CosAdd and 3CosMul; rank 0 where a word is unknown.

    Both as by default (`embkit.evaluators.analogy`), but candidates come in blocks and meet each
    word once, however many questions it stands in: a vocabulary is much larger than a dataset. An
    answer that is also asked with is never found.
    """
    asked = np.array(dataset.questions, dtype=object)
    words = list(dict.fromkeys(word for word in chain(*dataset.questions) if word in vectors))
    number = {word: row for row, word in enumerate(words) if word != _UNKNOWN}
    numbers = np.array([[number.get(word, -1) for word in question] for question in asked])
    known: NDArray[np.bool_] = np.all(numbers >= 0, axis=1)
    candidates = [word for word in dataset.candidates if word in vectors and word != _UNKNOWN]
    place = {word: row for row, word in enumerate(candidates)}
    places = np.array([place.get(word, -1) for word in words], dtype=np.int64)
    chosen = np.flatnonzero(known)
    units = vectors.unit(words)
    a, b, c, d = numbers[chosen].T
    own = _both(*(_halves(np.einsum("ij,ij->i", units[word], units[d])) for word in (a, b, c)))
    before = np.zeros((2, len(chosen)), dtype=np.int64)
    for start, block in _blocks(candidates, vectors):
        halves = _halves(units @ block.T)
        for first in range(0, len(chosen), _QUESTIONS):
            part = slice(first, first + _QUESTIONS)
            out = places[numbers[chosen[part]]] - start
            rows, columns = np.nonzero((out >= 0) & (out < len(block)))
            out = out[rows, columns]
            scores = _both(halves[a[part]], halves[b[part]], halves[c[part]])
            for formula, found in enumerate(scores):
                found[rows, out] = -np.inf
                nearer = found >= own[formula][part, None]
                before[formula, part] += np.count_nonzero(nearer, axis=1)
    ranks = np.zeros((2, dataset.items), dtype=np.int64)
    ranks[:, chosen] = np.where((d == a) | (d == b) | (d == c), 0, before + 1)
    return analogy.questions(dataset, {"rank_add": ranks[0], "rank_mul": ranks[1]}, known)
