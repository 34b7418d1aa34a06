"""Functions of a tree that a query is about, by the words they share or by their vectors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from embkit.embedding import Loaded, dataset_vectors, embed_texts
from embkit.errors import InvalidData, NotFound
from embkit.evaluators.retrieval import bm25
from embkit.records import QueryEmbedder
from numpy.typing import NDArray

from embkit_code.functions import Function, functions_in
from embkit_code.language import PYTHON

__all__ = ["Found", "by_vectors", "by_words", "functions_below"]


@dataclass(frozen=True, kw_only=True)
class Found:
    """A function and how near the query it is: a cosine of -1 to 1, or BM25, above 0."""

    function: Function
    score: float


def functions_below(root: Path, dropped: Counter[str]) -> list[Function]:
    """Every function of the Python files of a tree, in order of path and place.

    dropped: counts in words which files are left out. Raises InvalidRequest when root is no folder,
    InvalidData when it has no function.
    """
    found = functions_in(root, dropped)
    if not found:
        reasons = ", ".join(f"{count} × {reason}" for reason, count in sorted(dropped.items()))
        raise InvalidData(
            "holds no Python function" + (f"; left out are {reasons}" if reasons else ""), path=root
        )
    return found


def _document(function: Function) -> str:
    """What is said of a function and what it is: where it lies, its name and its source."""
    path, name = function.path.replace("/", " "), function.name.replace(".<locals>.", ".")
    return f"{path} {name}\n{function.source}"


def _best(functions: Sequence[Function], scores: NDArray[np.floating], count: int) -> list[Found]:
    """The highest scores, of equals in order of place; -inf is none."""
    order = np.argsort(-scores, kind="stable")[:count]
    return [
        Found(function=functions[i], score=float(scores[i])) for i in order if scores[i] > -np.inf
    ]


def by_words(functions: Sequence[Function], query: str, count: int) -> list[Found]:
    """By BM25 over the words of names, code and prose, without case.

    Those are found that share a word with the query which fewer than half of them have.
    """

    def words(text: str) -> list[str]:
        return PYTHON.tokenize(PYTHON.fold(PYTHON.normalize(text)))

    queries, documents = bm25(
        [words(_document(function)) for function in functions], [words(query)]
    )
    scores = (queries @ documents).toarray()[0]  # type: ignore[operator]
    return _best(functions, np.where(scores > 0, scores, -np.inf), count)


def by_vectors(
    functions: Sequence[Function], query: str, count: int, loaded: Loaded, dropped: Counter[str]
) -> list[Found]:
    """By the cosine of their vectors; those of functions are cached.

    dropped: counts those without one. Raises NotFound when the query has none.
    """
    from embkit.datasets import Texts

    embedder = loaded.embedder
    documents = [_document(function) for function in functions]
    vectors, _ = dataset_vectors(loaded, Texts(texts=list(dict.fromkeys(documents))))
    asked = (
        embedder.embed_queries([query])
        if isinstance(embedder, QueryEmbedder)
        else embed_texts(loaded, [query])
    )
    length = float(np.linalg.norm(asked))
    if not length > 0:  # nor NaN
        raise NotFound(f"provider '{loaded.provider.name}' has no vector for the query '{query}'")
    known = vectors.known(documents)
    if not known.all():
        dropped["function without a vector"] += int((~known).sum())
    places = np.flatnonzero(known)
    scores = np.full(len(documents), -np.inf)
    scores[places] = vectors.unit([documents[i] for i in places]) @ (asked[0] / length)
    return _best(functions, scores, count)
