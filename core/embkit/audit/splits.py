"""Rows as an audit sees them, out of a file or of the dataset of a task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, NamedTuple

from embkit.datasets import (
    Analogies,
    Dataset,
    Groups,
    Inflections,
    Labelled,
    LabelledPairs,
    Pairs,
    Relations,
    Retrieval,
    Tagged,
)

__all__ = ["Entry", "Labelling", "Split", "splits_of"]

Labelling = Literal["label", "score", "tagging", ""]
Role = Literal["train", "valid", "test"]
_ROLES: tuple[Role, ...] = ("train", "valid", "test")


class Entry(NamedTuple):
    """One row: its texts (one, the two of a pair, or the four words of a question) and its label.

    line: counted from 1, in a file where the row begins, in a task the number of the row. label: ""
    where there is none.
    """

    line: int
    texts: tuple[str, ...]
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class Split:
    """Rows that belong together.

    name: as a person finds them, a file or a task's id and split. source: what it is a split of;
    splits of one source are searched for leaks. role: train, valid or test. header: how the columns
    are called, texts before label, where a file says it. labelled: what `label` is: one of a few,
    a number, the tags of all words, or nothing. ordered: whether a pair differs from the same pair
    turned round. dropped: what was left out before, a count for each reason.
    """

    name: str
    rows: Sequence[Entry]
    source: str = ""
    role: Role = "test"
    header: tuple[str, ...] = ()
    labelled: Labelling = "label"
    ordered: bool = False
    dropped: Mapping[str, int] = field(default_factory=dict)

    @property
    def rank(self) -> int:
        """0 for train, 1 for valid, 2 for test: what is learnt from comes before what is scored."""
        return _ROLES.index(self.role)

    @cached_property
    def labels(self) -> Counter[str]:
        """How many rows each label has, a row that repeats the header aside."""
        return Counter(row.label for row in self.rows if not self.is_header(row) and row.label)

    def is_header(self, row: Entry) -> bool:
        """Whether a row repeats the header."""
        return bool(self.header) and (*row.texts, row.label)[: len(self.header)] == self.header


def splits_of(dataset: Dataset, name: str) -> list[Split]:
    """The splits of a task's dataset; what was left out of it stands with the last.

    name: the task's id. A tagged sentence is one text with all its tags as its label.
    """
    found: list[Split] = []

    def add(
        part: str,
        texts: Iterable[Sequence[str]],
        labels: Iterable[object] = (),
        labelled: Labelling = "label",
        ordered: bool = False,
    ) -> None:
        names = [*map(str, labels)]
        rows = [
            Entry(number, tuple(row), names[number - 1] if names else "")
            for number, row in enumerate(texts, start=1)
        ]
        if rows:
            found.append(
                Split(
                    name=f"{name} {part}",
                    rows=rows,
                    source=name,
                    role="train" if part == "train" else "valid" if part == "valid" else "test",
                    labelled=labelled if names else "",
                    ordered=ordered,
                )
            )

    for role in _ROLES:
        if isinstance(dataset, Labelled):
            add(role, zip(_column(dataset, role, "texts")), _column(dataset, role, "labels"))
        elif isinstance(dataset, Relations):
            words = [_column(dataset, role, name) for name in ("first", "second")]
            add(role, zip(*words, strict=True), _column(dataset, role, "labels"), ordered=True)
        elif isinstance(dataset, Tagged):
            sentences = [[" ".join(words)] for words in _column(dataset, role, "sentences")]
            add(role, sentences, map(" ".join, _column(dataset, role, "tags")), "tagging")
    if isinstance(dataset, LabelledPairs):
        train = zip(dataset.train_first, dataset.train_second, strict=True)
        add("train", train, dataset.train_labels)
        add("test", zip(dataset.first, dataset.second, strict=True), dataset.labels)
    elif isinstance(dataset, Pairs):
        add("pairs", zip(dataset.first, dataset.second, strict=True), dataset.scores, "score")
    elif isinstance(dataset, Analogies):
        add("questions", dataset.questions, dataset.categories)
    elif isinstance(dataset, Groups):
        add("texts", zip(dataset.texts), dataset.labels)
    elif isinstance(dataset, Inflections):
        add("forms", zip(dataset.forms, dataset.lemmas, dataset.cells, strict=True))
    elif isinstance(dataset, Retrieval):
        add("documents", zip(dataset.documents))
        add("queries", zip(dataset.queries))
    elif not found:
        add("texts", zip(dict.fromkeys((*dataset.needed_queries, *dataset.needed))))
    return [*found[:-1], replace(found[-1], dropped=dataset.dropped)]


def _column(dataset: Dataset, role: str, name: str) -> Sequence[Any]:
    return getattr(dataset, f"{role}_{name}")  # type: ignore[no-any-return]
