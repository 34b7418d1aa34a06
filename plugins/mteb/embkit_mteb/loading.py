"""The rows of a task of MTEB in the shapes of embkit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from embkit.datasets import Dataset, Groups, Labelled, LabelledPairs, Pairs, Retrieval
from embkit.errors import InvalidData, InvalidRequest, Unreachable

from embkit_mteb.tasks import Place

__all__ = ["load_place"]


def load_place(place: Place) -> Dataset:
    """Load a task by MTEB, from the hub or its cache, and give the rows of one subset and split.

    Raises Unreachable when the data cannot be had, InvalidRequest for what embkit cannot measure.
    """
    task = place.task
    task.filter_languages(None, None, hf_subsets=[place.subset])
    try:
        task.load_data()
    except OSError as error:  # the hub's own errors are of this kind
        reason = str(error).partition("\n")[0]
        raise Unreachable(f"MTEB cannot fetch 'mteb/{place.name}': {reason}") from error
    if hasattr(task, "convert_v1_dataset_format_to_v2"):
        task.convert_v1_dataset_format_to_v2(num_proc=None)
    splits = task.dataset
    if place.subset in splits:
        splits = splits[place.subset]
    return _SHAPES[task.metadata.type](task, splits, place)


def _labelled(task: Any, splits: Any, place: Place) -> Labelled:
    if task.is_cross_validation:
        raise InvalidRequest(
            f"task 'mteb/{place.name}' is measured by cross-validation, which embkit does not do"
        )
    train, test = splits[task.train_split], splits[place.split]
    text, label = task.input_column_name, task.label_column_name
    return Labelled(
        train_texts=list(train[text]),
        train_labels=[str(value) for value in train[label]],
        test_texts=list(test[text]),
        test_labels=[str(value) for value in test[label]],
    )


def _groups(task: Any, splits: Any, place: Place) -> Groups:
    if not hasattr(task, "max_document_to_embed"):
        raise InvalidRequest(
            f"task 'mteb/{place.name}' is of the old kind with many small sets to cluster; where "
            "MTEB has a newer version of it (….v2), take that"
        )
    rows = splits[place.split]
    labels = list(rows[task.label_column_name])
    deeper = sum(isinstance(label, list) and len(label) > 1 for label in labels)
    return Groups(
        texts=list(rows[task.input_column_name]),
        labels=[str(label[0] if isinstance(label, list) else label) for label in labels],
        dropped={"labels below the first level": deeper} if deeper else {},
    )


def _columns(rows: Any, *names: str) -> list[list[Any]]:
    """The columns of a table, which in older data is one row of lists."""
    if len(rows) == 1 and isinstance(rows[0][names[0]], list):
        return [list(rows[0][name]) for name in names]
    return [list(rows[name]) for name in names]


def _labelled_pairs(task: Any, splits: Any, place: Place) -> LabelledPairs:
    names = task.input1_column_name, task.input2_column_name, task.label_column_name
    first, second, labels = _columns(splits[place.split], *names)
    return LabelledPairs(first=first, second=second, labels=[int(value) == 1 for value in labels])


def _pairs(task: Any, splits: Any, place: Place) -> Pairs:
    first, second, scores = _columns(splits[place.split], *task.column_names, "score")
    return Pairs(first=first, second=second, scores=[float(score) for score in scores])


def _bitext(task: Any, splits: Any, place: Place) -> Retrieval:
    """Sentences as queries, their translations as documents.

    A sentence's own translation has grade 2, a copy of it at another position grade 1.
    """
    names = place.subset.split("-") if task.parallel_subsets else ("sentence1", "sentence2")
    rows = splits[place.split]
    if "gold" in rows:
        raise InvalidRequest(f"task 'mteb/{place.name}' pairs its sentences by a list of its own")
    first, second = (list(rows[name]) for name in names)
    copies: dict[str, list[int]] = defaultdict(list)
    for position, text in enumerate(second):
        copies[text].append(position)
    relevant = [
        {position: 2.0 if position == row else 1.0 for position in copies[text]}
        for row, text in enumerate(second)
    ]
    return Retrieval(queries=first, documents=second, relevant=relevant)


def _query(row: Mapping[str, Any], place: Place) -> str:
    if not isinstance(row["text"], str):
        raise InvalidRequest(f"task 'mteb/{place.name}' asks in conversations, not in texts")
    instruction = row.get("instruction")
    return row["text"] if instruction is None else f"{row['text']} {instruction}"


def _document(row: Mapping[str, Any]) -> str:
    title = row.get("title") or ""
    return f"{title} {row['text']}".strip()


def _retrieval(task: Any, splits: Any, place: Place) -> Retrieval:
    """Documents in order of their ids, by which the protocol parts equals as MTEB does."""
    if task.ignore_identical_ids or task.skip_first_result:
        raise InvalidRequest(
            f"task 'mteb/{place.name}' leaves out of each query's results the document it is made "
            "of; embkit has no word for that"
        )
    data = splits[place.split]
    rows = sorted(data["corpus"], key=lambda row: str(row["id"]))
    place_of = {row["id"]: position for position, row in enumerate(rows)}
    grades, ranked = data["relevant_docs"], data.get("top_ranked")
    queries, relevant, candidates = [], [], []
    dropped: dict[str, int] = defaultdict(int)
    for row in data["queries"]:
        competing = None if ranked is None else {place_of[i] for i in ranked.get(row["id"], ())}
        wanted = {
            place_of[document]: float(grade)
            for document, grade in grades.get(row["id"], {}).items()
            if grade > 0 and document in place_of
        }
        if competing is not None and wanted.keys() - competing:
            dropped["relevant documents that are no candidates"] += len(wanted.keys() - competing)
            wanted = {document: wanted[document] for document in wanted.keys() & competing}
        if not wanted:
            dropped["queries without a relevant document"] += 1
            continue
        queries.append(_query(row, place))
        relevant.append(dict(sorted(wanted.items())))
        candidates.append(sorted(competing or ()))
    if not queries:
        raise InvalidData(f"task 'mteb/{place.name}' has no query with a relevant document")
    return Retrieval(
        queries=queries,
        documents=[_document(row) for row in rows],
        relevant=relevant,
        candidates=candidates if ranked is not None else (),
        dropped=dropped,
    )


_SHAPES: Mapping[str, Callable[[Any, Any, Place], Dataset]] = {
    "BitextMining": _bitext,
    "Classification": _labelled,
    "Clustering": _groups,
    "PairClassification": _labelled_pairs,
    "Reranking": _retrieval,
    "Retrieval": _retrieval,
    "STS": _pairs,
}
