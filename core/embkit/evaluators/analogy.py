"""Analogies a : b = c : d, answered by 3CosAdd and 3CosMul among the dataset's candidates."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from embkit.datasets import Analogies
from embkit.evaluators.folding import folded
from embkit.ngrams import hashed_ngrams
from embkit.predictions import Predictions
from embkit.records import Setting
from embkit.vectors import Vectors

__all__ = ["chance", "measure", "predict", "questions", "spelling"]

# Questions at once: 256 of them, or fewer where so many scores would be more.
_BLOCK, _SCORES = 256, 1 << 23


def _units(dataset: Analogies) -> NDArray[np.int64]:
    """The two word pairs of each question, shape (n, 2).

    The pairs are what was sampled; 49 of them make 1,176 questions, which are not independent.
    """
    numbers: dict[tuple[str, str], int] = {}
    return np.array(
        [
            [numbers.setdefault(pair, len(numbers)) for pair in ((a, b), (c, d))]
            for a, b, c, d in dataset.questions
        ]
    )


def questions(
    dataset: Analogies, columns: Mapping[str, NDArray], known: NDArray[np.bool_]
) -> Predictions:
    """A row a question: its category, its two word pairs as units, and these columns."""
    names = sorted(set(dataset.categories))
    codes = np.array([names.index(category) for category in dataset.categories])
    return Predictions(
        {"category": codes, **columns},
        unit=_units(dataset),
        known=known,
        names={"category": names},
    )


def _rank_of_answer(scores: NDArray[np.floating], answers: NDArray[np.int64]) -> NDArray[np.intp]:
    """Rank of each row's answer, from 1; a candidate that ties with the answer stands before it."""
    own = np.take_along_axis(scores, answers[:, None], axis=1)
    ranks: NDArray[np.intp] = (scores >= own).sum(axis=1)
    return ranks


def predict(dataset: Analogies, vectors: Vectors, setting: Setting) -> Predictions:
    """The rank of each answer under both formulas; rank 0 where a word of the question is unknown.

    3CosAdd: cos(d, b) - cos(d, a) + cos(d, c) (Mikolov et al. 2013). 3CosMul: the product of the
    last and first over the second, each as (cos + 1) / 2 (Levy and Goldberg 2014, with gensim's
    1e-6 against division by zero). The words a, b and c are no candidates. Candidates without a
    vector are never chosen.
    """
    words = np.array(dataset.questions, dtype=object)
    known = np.all(vectors.known(words.ravel().tolist()).reshape(-1, 4), axis=1)
    candidates = [word for word in dataset.candidates if word in vectors]
    place = {word: i for i, word in enumerate(candidates)}
    table = vectors.unit(candidates).T
    ranks = {name: np.zeros(dataset.items, dtype=np.int64) for name in ("add", "mul")}
    chosen = np.flatnonzero(known)
    block = max(1, min(_BLOCK, _SCORES // max(1, len(candidates))))
    for start in range(0, len(chosen), block):
        rows = chosen[start : start + block]
        a, b, c = np.split(vectors.unit(words[rows, :3].T.ravel().tolist()) @ table, 3)
        answers = np.array([place[word] for word in words[rows, 3]])
        positive = [(cosines + 1) / 2 for cosines in (a, b, c)]
        for name, scores in (
            ("add", b - a + c),
            ("mul", positive[1] * positive[2] / (positive[0] + np.float32(1e-6))),
        ):
            for row, question in enumerate(rows):
                for word in words[question, :3]:
                    if word in place and word != words[question, 3]:
                        scores[row, place[word]] = -np.inf
            ranks[name][rows] = _rank_of_answer(scores, answers)
    return questions(dataset, {"rank_add": ranks["add"], "rank_mul": ranks["mul"]}, known)


def measure(predictions: Predictions) -> Mapping[str, float]:
    """Accuracy and MRR@10 of 3CosAdd, and of 3CosMul; an unknown word makes a wrong answer."""
    scores = {}
    for name, suffix in (("rank_add", ""), ("rank_mul", "_mul")):
        rank = predictions[name]
        inside = (rank >= 1) & (rank <= 10)
        reciprocal = np.where(inside, 1 / np.maximum(rank, 1), 0.0)
        scores[f"accuracy{suffix}"] = float((rank == 1).mean()) if len(rank) else 0.0
        scores[f"mrr@10{suffix}"] = float(reciprocal.mean()) if len(rank) else 0.0
    return scores


def chance(dataset: Analogies, setting: Setting) -> Predictions:
    """A candidate drawn at random for each question."""
    draws = setting.generator("chance").integers(
        1, max(2, len(dataset.candidates) - 2), size=dataset.items
    )
    known = np.ones(dataset.items, dtype=bool)
    return questions(dataset, {"rank_add": draws, "rank_mul": draws}, known)


def spelling(dataset: Analogies, setting: Setting) -> Predictions:
    """The same arithmetic on counts of character n-grams: what a suffix alone answers."""
    texts = list(dict.fromkeys(dataset.needed))
    rows = hashed_ngrams(folded(texts, setting), 2048, shortest=1, longest=4)
    return predict(dataset, Vectors(texts, rows), setting)
