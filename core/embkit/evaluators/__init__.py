"""The evaluators that come with embkit, offered through the same hook as everybody else's."""

from __future__ import annotations

from collections.abc import Iterable

from embkit.evaluators.analogy import ANALOGY
from embkit.evaluators.classification import CLASSIFICATION
from embkit.evaluators.clustering import CLUSTERING
from embkit.evaluators.pair_classification import PAIR_CLASSIFICATION
from embkit.evaluators.retrieval import RERANKING, RETRIEVAL
from embkit.evaluators.similarity import SIMILARITY, STS
from embkit.hookspecs import hookimpl
from embkit.records import Evaluator

__all__ = ["embkit_evaluators"]


@hookimpl
def embkit_evaluators() -> Iterable[Evaluator]:
    """Intrinsic ones first."""
    return (
        SIMILARITY,
        ANALOGY,
        CLUSTERING,
        STS,
        CLASSIFICATION,
        PAIR_CLASSIFICATION,
        RETRIEVAL,
        RERANKING,
    )
