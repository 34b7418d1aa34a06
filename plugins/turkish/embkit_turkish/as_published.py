"""Analogies and similarity as gensim's calls give them, on the vocabulary of a provider."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import compress, islice

import numpy as np
from embkit.datasets import Analogies, Pairs
from embkit.evaluators import analogy, similarity
from embkit.predictions import Predictions
from embkit.records import Setting
from embkit.vectors import Vectors

__all__ = [
    "first_words",
    "measure_known",
    "predict_analogies",
    "predict_pairs",
    "whole_vocabulary",
]

# What gensim's evaluate_word_pairs looks at unless it is told otherwise.
_FIRST = 300_000
# Stands for a word outside the vocabulary, whatever an embedder makes of it.
_UNKNOWN = ""


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


def predict_analogies(dataset: Analogies, vectors: Vectors, setting: Setting) -> Predictions:
    """The rank of each answer by 3CosAdd and 3CosMul; rank 0 where a word is unknown.

    Both as by default (`embkit.evaluators.analogy`), but an answer that is also asked with is never
    found.
    """
    inside = np.array([_UNKNOWN not in question for question in dataset.questions])
    ranks = np.zeros((2, dataset.items), dtype=np.int64)
    ranks[:, inside] = analogy.answer_ranks(
        list(compress(dataset.questions, inside)),
        [word for word in dataset.candidates if word != _UNKNOWN],
        vectors,
    )
    known = ranks[0] > 0
    ranks[:, [answer in asked for *asked, answer in dataset.questions]] = 0
    return analogy.questions(dataset, {"rank_add": ranks[0], "rank_mul": ranks[1]}, known)
