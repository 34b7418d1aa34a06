"""Are a form's neighbours its lemma, and the same form of other words?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from embkit.datasets import Inflections
from embkit.evaluators.folding import ngram_vectors
from embkit.evaluators.samples import means
from embkit.predictions import Predictions
from embkit.records import Setting
from embkit.search import in_blocks, search
from embkit.vectors import Vectors

__all__ = ["chance", "measure", "measure_samples", "predict", "spelling"]

_NEAREST = 10
_QUERIES = 256
_QUESTIONS = ("lemma", "cell")


def _neighbours(
    forms: Sequence[str], hidden: Sequence[int], texts: Sequence[str], vectors: Vectors
) -> Iterator[tuple[int, Mapping[str, float]]]:
    """For each form in some order its position, and its nearest texts with their cosines.

    hidden: how many texts are no rivals of each form; as many are found, and eleven more. None are
    when the form has no vector.
    """
    words = list(compress(texts, vectors.known(texts)))
    place = {word: i for i, word in enumerate(words)}
    table = vectors.unit(words)
    nothing = np.zeros(vectors.dim, dtype=np.float32)
    blocks = list(in_blocks(table, np.linalg.norm(table, axis=1)))
    # Those with few hidden first: each of a batch is looked up as far as its last one needs.
    order = np.argsort(hidden, kind="stable").tolist()
    for start in range(0, len(order), _QUERIES):
        batch = order[start : start + _QUERIES]
        queries = np.stack(
            [table[place[forms[i]]] if forms[i] in place else nothing for i in batch]
        )
        found = search(blocks, queries, hidden[batch[-1]] + _NEAREST + 1)
        for i, numbers, cosines in zip(batch, *(part.tolist() for part in found), strict=True):
            pairs = zip(numbers, cosines, strict=True)
            yield i, {words[number]: cosine for number, cosine in pairs if number >= 0}


def _rank(near: Mapping[str, float], right: Set[str], passed_over: Set[str]) -> int:
    """Rank of the first right word among the ten nearest, 0 when none is there.

    near: words and their cosines, nearest first; those passed over are no rivals. A rival that ties
    with a right word stands before it, and what ties with an eleventh word is not among the ten.
    """
    ranked = [
        (cosine, word in right)
        for word, cosine in near.items()
        if word in right or word not in passed_over
    ]
    edge = ranked[_NEAREST][0] if len(ranked) > _NEAREST else -np.inf
    first = max((cosine for cosine, hit in ranked if hit), default=-np.inf)
    return 1 + sum(c >= first and not hit for c, hit in ranked) if first > edge else 0


def predict(dataset: Inflections, vectors: Vectors, setting: Setting) -> Predictions:
    """The ranks by cosine, for each scored form, of its lemma and of the first word in its cell.

    Rivals are all forms and lemmas but those of the form's own lemma: another form of it is no
    wrong neighbour when its lemma is looked for, and no answer when its cell is. Rank 0: not among
    the ten nearest, or without a vector. Rank -1: nothing to find, since the form is its lemma, or
    no word of another lemma stands in its cell. A row is known when form and lemma are.
    """
    own: dict[str, set[str]] = defaultdict(set)
    cells: dict[str, set[str]] = defaultdict(set)
    for form, lemma, cell in zip(dataset.forms, dataset.lemmas, dataset.cells, strict=True):
        own[lemma] |= {form, lemma}
        cells[cell].add(form)
    forms, lemmas, kinds = (
        [column[row] for row in dataset.queries]
        for column in (dataset.forms, dataset.lemmas, dataset.cells)
    )
    families = [own[lemma] for lemma in lemmas]
    texts = list(dict.fromkeys(dataset.needed))
    ranks = np.zeros((dataset.items, len(_QUESTIONS)), dtype=np.int64)
    for row, near in _neighbours(forms, [len(family) for family in families], texts, vectors):
        family = families[row]
        answers = {lemmas[row]} - {forms[row]}, cells[kinds[row]] - family
        ranks[row] = [_rank(near, right, family) if right else -1 for right in answers]
    number = {lemma: i for i, lemma in enumerate(dict.fromkeys(lemmas))}
    return Predictions(
        {f"{name}_rank": ranks[:, i] for i, name in enumerate(_QUESTIONS)},
        unit=[number[lemma] for lemma in lemmas],
        known=vectors.known(forms) & vectors.known(lemmas),
    )


def measure(predictions: Predictions) -> Mapping[str, float]:
    """MRR@10 of lemma and of cell, and the shares of forms that have them among the ten nearest.

    Forms for which there is nothing to find are left out; one without a vector counts as 0.
    """
    scores = {}
    for name in _QUESTIONS:
        rank = predictions[f"{name}_rank"]
        rank = rank[rank >= 0]
        reciprocal = np.where(rank > 0, 1 / np.maximum(rank, 1), 0.0)
        scores[f"{name}_mrr@10"] = float(reciprocal.mean()) if len(rank) else 0.0
        scores[f"{name}_hits@10"] = float((rank > 0).mean()) if len(rank) else 0.0
    return scores


def measure_samples(
    predictions: Predictions, weights: NDArray[np.int64]
) -> Mapping[str, NDArray[np.float64]]:
    """`measure` of many samples at once."""
    scores: dict[str, NDArray[np.float64]] = {}
    for name in _QUESTIONS:
        rank = predictions[f"{name}_rank"]
        reciprocal = np.where(rank > 0, 1 / np.maximum(rank, 1), 0.0)
        mrr, hits = means([reciprocal, rank > 0], weights, rank >= 0)
        scores |= {f"{name}_mrr@10": mrr, f"{name}_hits@10": hits}
    return scores


def chance(dataset: Inflections, setting: Setting) -> Predictions:
    """The same among vectors drawn at random."""
    texts = list(dict.fromkeys(dataset.needed))
    rows = setting.generator("chance").standard_normal((len(texts), 32), dtype=np.float32)
    return predict(dataset, Vectors(texts, rows), setting)


def spelling(dataset: Inflections, setting: Setting) -> Predictions:
    """The same by the cosine of counts of character n-grams, case folded."""
    return predict(dataset, ngram_vectors(dataset.needed, setting), setting)
