"""Candidate sets as the paper of 2024 samples them: by the vectors of an embedder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from embkit.datasets import Retrieval
from embkit.errors import InvalidRequest
from embkit.loading import load
from embkit.vectors import Vectors
from numpy.typing import NDArray

from embkit_built.grouping import GroupSets
from embkit_built.groupings import GROUPINGS, Entry, Grouping, read_rows
from embkit_built.paper_clustering import v_measure_once
from embkit_built.published import IfcClass, read_ifc_classes, read_products
from embkit_built.searching import matched

__all__ = [
    "clustering_p2p",
    "clustering_s2s",
    "reranking_p2p",
    "reranking_s2p",
    "sampled",
    "spread",
]

_SEED = 42
_POSITIVES, _NEGATIVES, _SETS = 7, 21, 4
_TOO_EASY = 0.8

# A grouping, the number of the set, its texts and its labels.
Sampled = tuple[Grouping, int, list[str], list[str]]


def _vectors(spec: str, texts: Sequence[str]) -> Vectors:
    """All of the texts, without the prompt that a query would get."""
    distinct = list(dict.fromkeys(texts))
    table = Vectors(distinct, load(spec, "en").embed(distinct))
    unknown = np.flatnonzero(~table.known(distinct))
    if len(unknown):
        raise InvalidRequest(
            f"'{spec}' has no vector for {distinct[int(unknown[0])]!r}; sampling needs one of "
            "every text"
        )
    return table


def spread(rows: NDArray[np.floating], size: int, sets: int) -> list[list[int]]:
    """Positions of rows in sets without a common one; the last may be smaller, or empty.

    rows: of length one, shape (n, dim). The first of a set is drawn, each next one has the lowest
    cosine with the one before. numpy's old generator draws, whose stream is frozen.
    """
    generator = np.random.RandomState(_SEED)
    left = list(range(len(rows)))
    found = []
    for _ in range(sets):
        chosen: list[int] = []
        while left and len(chosen) < size:
            if chosen:
                place = int(np.argmin(rows[left] @ rows[chosen[-1]]))
            else:
                place = int(generator.choice(len(left)))
            chosen.append(left.pop(place))
        found.append(chosen)
    return found


def reranking_s2p(baseline: str, classes: Path, products: Path) -> Retrieval:
    """Titles of classes as queries."""
    return _reranking(baseline, classes, products, lambda query: query.title)


def reranking_p2p(baseline: str, classes: Path, products: Path) -> Retrieval:
    """Descriptions of classes as queries, the title before them."""
    return _reranking(baseline, classes, products, lambda query: query.text)


def _reranking(
    baseline: str, classes: Path, products: Path, text: Callable[[IfcClass], str]
) -> Retrieval:
    """Sets of 7 products of a class and 21 others, up to four of a class, the largest class first.

    The seven lie apart (`spread`), the others are those nearest to the query that no set before
    has. Any product that is not mapped to the very class counts as another.
    """
    every = read_products(products)
    kept, found = matched(read_ifc_classes(classes), every)
    place = {product: number for number, product in enumerate(every)}
    wanted = [(query, [place[kept[i]] for i in own]) for query, own in _by_size(found)]
    documents = [product.text for product in every]
    vectors = _vectors(baseline, [*documents, *(text(query) for query, _ in wanted)])
    rows = vectors.unit(documents)
    queries, relevant, candidates = [], [], []
    for query, own in wanted:
        nearness = rows @ vectors.unit([text(query)])[0]
        nearness[own] = -np.inf
        others = np.argsort(-nearness, kind="stable").tolist()
        sets = min(_SETS, len(own) // _POSITIVES)
        for number, chosen in enumerate(spread(rows[own], _POSITIVES, sets)):
            positives = [own[i] for i in chosen]
            negatives = others[number * _NEGATIVES : (number + 1) * _NEGATIVES]
            queries.append(text(query))
            relevant.append(dict.fromkeys(positives, 1.0))
            candidates.append([*positives, *negatives])
    return Retrieval(queries=queries, documents=documents, relevant=relevant, candidates=candidates)


def _by_size(found: Sequence[tuple[IfcClass, list[int]]]) -> list[tuple[IfcClass, list[int]]]:
    """The classes of more than seven products, the largest first."""
    large = [(query, own) for query, own in found if len(own) > _POSITIVES]
    return sorted(large, key=lambda pair: -len(pair[1]))


def sampled(
    rows: Mapping[bool, Sequence[Entry]], text: Callable[[Entry], str], vectors: Vectors
) -> list[Sampled]:
    """The 25 sets before any is left out. A label that is used up stands in with its first set."""
    found = []
    for grouping in GROUPINGS:
        parts = []
        for label in grouping.labels:
            own = [text(row) for row in rows[grouping.ifc] if grouping.label(row) == label]
            sets = spread(vectors.unit(own), grouping.size, grouping.sets)
            parts.append([[own[i] for i in chosen or sets[0]] for chosen in sets])
        for number in range(grouping.sets):
            texts = [one for part in parts for one in part[number]]
            labels = [
                label
                for label, part in zip(grouping.labels, parts, strict=True)
                for _ in part[number]
            ]
            found.append((grouping, number, texts, labels))
    return found


def clustering_s2s(baseline: str, second: str, classes: Path, products: Path) -> GroupSets:
    """Titles."""
    return _clustering(baseline, second, classes, products, lambda row: row.title)


def clustering_p2p(baseline: str, second: str, classes: Path, products: Path) -> GroupSets:
    """Descriptions."""
    return _clustering(baseline, second, classes, products, lambda row: row.text)


def _clustering(
    baseline: str, second: str, classes: Path, products: Path, text: Callable[[Entry], str]
) -> GroupSets:
    """The sets that the baseline parts badly enough, and the second embedder better than chance.

    Kept: a V-measure below 0.8 of the first, above one over the number of labels of the second.
    The k-means of the paper is not seeded; here it is.
    Raises InvalidRequest when no set is left.
    """
    rows = read_rows(classes, products)
    texts = [
        text(row)
        for grouping in GROUPINGS
        for row in rows[grouping.ifc]
        if grouping.label(row) in grouping.labels
    ]
    first, other = _vectors(baseline, texts), _vectors(second, texts)
    kept: list[Sampled] = []
    dropped: Counter[str] = Counter()
    for found in sampled(rows, text, first):
        _, _, own, labels = found
        if v_measure_once(own, labels, first, _SEED) >= _TOO_EASY:
            dropped[f"set that '{baseline}' parts too well"] += 1
        elif v_measure_once(own, labels, other, _SEED) <= 1 / len(set(labels)):
            dropped[f"set that '{second}' does not part"] += 1
        else:
            kept.append(found)
    if not kept:
        raise InvalidRequest(f"'{baseline}' and '{second}' leave none of the 25 sets")
    return GroupSets(
        sets=[own for _, _, own, _ in kept],
        labels=[labels for _, _, _, labels in kept],
        slices={"grouping": [grouping.name for grouping, _, _, _ in kept]},
        dropped=dropped,
    )
