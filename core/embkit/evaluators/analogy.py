"""Analogies a : b = c : d, answered by 3CosAdd and 3CosMul among the dataset's candidates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from embkit.datasets import Analogies
from embkit.evaluators.folding import folded
from embkit.evaluators.samples import means
from embkit.ngrams import hashed_ngrams
from embkit.predictions import Predictions
from embkit.records import Setting
from embkit.vectors import Vectors

__all__ = [
    "answer_ranks",
    "chance",
    "measure",
    "measure_samples",
    "predict",
    "questions",
    "spelling",
]

# Candidates and questions at once: their scores stay in the processor's cache.
_CANDIDATES, _QUESTIONS = 1024, 64
# Products of float32: scores that differ by less, or by such a share, are the same.
_ROUNDING = 1e-6
_Rows = NDArray[np.float32]


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


def _both(a: _Rows, b: _Rows, c: _Rows) -> tuple[_Rows, _Rows]:
    """3CosAdd and 3CosMul of candidates from their cosines with a, b and c, which are spent.

    3CosAdd: cos(d, b) - cos(d, a) + cos(d, c) (Mikolov et al. 2013). 3CosMul: the product of the
    last and first over the second, each as (cos + 1) / 2 (Levy and Goldberg 2014, with gensim's
    1e-6 against division by zero).
    """
    added = b - a
    added += c
    for cosines in (a, b, c):
        cosines += 1
        cosines *= np.float32(0.5)
    b *= c
    a += np.float32(1e-6)
    b /= a
    return added, b


def answer_ranks(
    questions: Sequence[Sequence[str]],
    candidates: Sequence[str],
    vectors: Vectors,
    *,
    rounding: float = 0.0,
) -> NDArray[np.int64]:
    """The rank of each answer among the candidates by 3CosAdd and by 3CosMul, shape (2, n).

    questions: a, b, c and the answer, which is a candidate. The words a, b and c do not compete,
    unless one is the answer; nor does a candidate without a vector. One that ties with the answer
    stands before it. Rank 0 where a word of the question has no vector. rounding: how much less a
    score may be, of 3CosMul the share, and still tie: two rows that are equal get products that are
    not, from one library for matrices or another.

    Each word meets each candidate once, however many questions it stands in.
    """
    rivals = dict.fromkeys(word for word in candidates if word in vectors)
    distinct = [word for word in dict.fromkeys(chain.from_iterable(questions)) if word in vectors]
    # Candidates first: a word has one number, among the words and among the candidates.
    words = sorted(distinct, key=lambda word: word not in rivals)
    number = {word: row for row, word in enumerate(words)}
    inside = sum(word in rivals for word in words)
    ordered = [*words[:inside], *(word for word in rivals if word not in number)]
    flat = (number.get(word, -1) for word in chain.from_iterable(questions))
    rows = np.fromiter(flat, np.int64, 4 * len(questions)).reshape(-1, 4)
    chosen = np.flatnonzero((rows >= 0).all(axis=1))
    asked, answers = np.split(rows[chosen], [3], axis=1)
    competing = (asked < inside) & (asked != answers)
    units = vectors.unit(words)

    def products(count: int) -> Iterator[tuple[int, _Rows]]:
        for start in range(0, count, _CANDIDATES):
            yield start, units @ vectors.unit(ordered[start : start + _CANDIDATES]).T

    ranks = np.zeros((2, len(questions)), dtype=np.int64)
    cosines = np.empty((3, len(chosen)), dtype=np.float32)
    for start, product in products(inside):
        here = np.flatnonzero(answers // _CANDIDATES == start // _CANDIDATES)
        cosines[:, here] = product[asked[here].T, answers[here, 0] - start]
    added, multiplied = _both(*cosines)
    least = added - np.float32(rounding), multiplied * np.float32(1 - rounding)
    for start, product in products(len(ordered)):
        for first in range(0, len(chosen), _QUESTIONS):
            part = slice(first, first + _QUESTIONS)
            places = asked[part] - start
            out = competing[part] & (places >= 0) & (places < product.shape[1])
            row = np.nonzero(out)[0]
            for formula, scores in enumerate(_both(*product[asked[part].T])):
                scores[row, places[out]] = -np.inf
                nearer = scores >= least[formula][part, None]
                ranks[formula, chosen[part]] += np.count_nonzero(nearer, axis=1)
    return ranks


def predict(dataset: Analogies, vectors: Vectors, setting: Setting) -> Predictions:
    """The rank of each answer under both formulas; rank 0 where a word of the question is unknown.

    The words a, b and c are no candidates. Candidates without a vector are never chosen.
    """
    add, mul = answer_ranks(dataset.questions, dataset.candidates, vectors, rounding=_ROUNDING)
    return questions(dataset, {"rank_add": add, "rank_mul": mul}, add > 0)


def _measured(predictions: Predictions) -> dict[str, NDArray]:
    """What the scores are the means of."""
    columns = {}
    for name, suffix in (("rank_add", ""), ("rank_mul", "_mul")):
        rank = predictions[name]
        columns[f"accuracy{suffix}"] = rank == 1
        inside = (rank >= 1) & (rank <= 10)
        columns[f"mrr@10{suffix}"] = np.where(inside, 1 / np.maximum(rank, 1), 0.0)
    return columns


def measure(predictions: Predictions) -> Mapping[str, float]:
    """Accuracy and MRR@10 of 3CosAdd, and of 3CosMul; an unknown word makes a wrong answer."""
    columns = _measured(predictions)
    return {name: float(c.mean()) if len(c) else 0.0 for name, c in columns.items()}


def measure_samples(
    predictions: Predictions, weights: NDArray[np.int64]
) -> Mapping[str, NDArray[np.float64]]:
    """`measure` of many samples at once."""
    columns = _measured(predictions)
    return dict(zip(columns, means(list(columns.values()), weights), strict=True))


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
