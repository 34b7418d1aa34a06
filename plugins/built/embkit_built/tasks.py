"""The tasks made of the published files: where each comes from, what ails it."""

from __future__ import annotations

from collections.abc import Sequence

from embkit.pinned import pinned_files
from embkit.records import Task, deferred

__all__ = ["published_tasks"]

_HERE = "embkit_built"
_SOURCE = (
    "https://github.com/mehrzadshm/built-bench-paper; Shahinmoghadam and Motamedi 2024, "
    "arXiv 2411.12056; Uniclass by NBS, IFC 4.3 by buildingSMART International"
)
_MADE = "The texts of products were written by a language model out of the titles they stand under."
_LICENCE = "CC BY-ND 4.0"


def published_tasks() -> Sequence[Task]:
    """In the order in which a table is pleasant to read."""
    files = pinned_files(_HERE)
    needs = (files["built-ifc-entities.csv"], files["built-uniclass-entities.csv"])

    def task(name: str, summary: str, evaluator: str, load: str, notes: str = "") -> Task:
        return Task(
            name=name,
            summary=summary,
            evaluator=evaluator,
            load=deferred(f"{_HERE}.{load}"),
            needs=needs,
            source=_SOURCE,
            licence=_LICENCE,
            notes=notes,
        )

    skewed = (
        "108 of the queries have one relevant product, ten have a third of them all. In MTEB the "
        "task BuiltBenchRetrieval is retrieval-p2p."
    )
    return (
        task(
            "retrieval-s2p",
            "Products of a class of IFC, by its title; 334 queries, 2,761 products",
            "retrieval",
            "searching:retrieval_s2p",
            f"{skewed} {_MADE}",
        ),
        task(
            "retrieval-p2p",
            "The same by its definition, without the title",
            "retrieval",
            "searching:retrieval_p2p",
            f"{skewed} {_MADE}",
        ),
        task(
            "product-to-ifc",
            "The class of IFC of a product, by its title; 4,166 products, 966 classes and types",
            "taxonomy",
            "classifying:product_to_ifc",
            "A third of the products have no specific type in IFC: their answer is the class "
            "itself. Majority is of these very products.",
        ),
        task(
            "product-to-ifc-specific",
            "The same of the 2,761 products that have a specific type",
            "taxonomy",
            "classifying:product_to_ifc_specific",
            "Majority is of these very products.",
        ),
        task(
            "reranking-s2p",
            "Products of a class among neighbours of theirs; 82 queries, a quarter is relevant",
            "reranking",
            "reranking:reranking_s2p",
            _MADE,
        ),
        task(
            "reranking-p2p",
            "The same by the definition of the class, without the title",
            "reranking",
            "reranking:reranking_p2p",
            _MADE,
        ),
        task(
            "clustering-s2s",
            "Titles of classes and products in eight groupings; 25 sets of 106 to 569",
            "set-clustering",
            "groupings:clustering_s2s",
            "Sets of one grouping share the texts of its small labels: the interval, over sets, is "
            "too narrow for another grouping.",
        ),
        task(
            "clustering-p2p",
            "The same of descriptions, which name the labels of products",
            "set-clustering",
            "groupings:clustering_p2p",
            "The descriptions of products leak their labels: a language model made them out of "
            "the titles above, all words of which stand in 78 to 93 % of them. Read "
            "clustering-s2s instead.",
        ),
    )
