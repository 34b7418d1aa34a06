"""The protocol of the paper of 2024, and the tasks that its baseline embedder makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from embkit.records import Protocol, Task, Variant, deferred

__all__ = ["PAPER", "find_paper_task"]

_MXBAI = "contextual:mixedbread-ai/mxbai-embed-large-v1"
_PARAPHRASE = "contextual:sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2"
_SETS = "embkit_built.paper_sets"
_RERANKING = (
    "The baseline chooses products that lie apart and others that lie near, so that it is at a "
    "disadvantage itself; a fifth of the others, and more, are of the query's own class. The "
    "rows of one query are not independent: the interval is too narrow."
)
_CLUSTERING = (
    "Sets that the baseline parts well are left out, so that it is at a disadvantage itself; a "
    "label that is used up stands in again with its first texts."
)

PAPER = Protocol(
    name="paper-built-2024",
    summary="clustering as in Shahinmoghadam and Motamedi 2024: k-means in batches of 500",
    source="https://arxiv.org/abs/2411.12056; https://github.com/mehrzadshm/built-bench-paper at "
    "ea6ab31",
    variants={
        "set-clustering": Variant(
            summary="MiniBatchKMeans of scikit-learn, batches of 500, n_init auto, on vectors as "
            "they are\n"
            "Ten seeded runs a set; the paper has one that is not seeded",
            predict=deferred("embkit_built.paper_clustering:predict"),
        )
    },
)


def find_paper_task(name: str, like: Sequence[Task]) -> Task | None:
    """`paper-reranking-s2p`, `-p2p`, `paper-clustering-s2s` or `-p2p`, or None for another name.

    Behind @ the embedder that samples may be named, and for clustering, after a comma, the second
    one of its gate: `paper-clustering-s2s@ngrams,static:minilm`. like: tasks of the same names
    without `paper-`, for files and licence.
    """
    base, at, given = name.partition("@")
    found = {f"paper-{task.name}": task for task in like}.get(base)
    if found is None or found.evaluator not in {"reranking", "set-clustering"}:
        return None
    baseline, _, second = given.partition(",")
    specs = [baseline or _MXBAI]
    if found.evaluator == "set-clustering":
        specs.append(second or _PARAPHRASE)
    elif second:
        return None
    function = found.name.replace("-", "_")
    told = _RERANKING if found.evaluator == "reranking" else _CLUSTERING
    return replace(
        found,
        name=name,
        summary=f"{found.name} as the paper samples it, by {' and '.join(specs)}",
        load=partial(deferred(f"{_SETS}:{function}"), *specs),
        notes=told if not at else f"{told} The published sets are by other embedders.",
        # The embedders are fetched when the sets are made.
        connects=any(spec in (_MXBAI, _PARAPHRASE) for spec in specs),
    )
