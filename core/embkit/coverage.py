"""What a score is of: which items are known, of what kind they are, and what has no vector."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, compress
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import regex
from numpy.typing import NDArray

from embkit.datasets import Dataset
from embkit.predictions import Predictions
from embkit.records import Evaluator
from embkit.statistics import intervals
from embkit.vectors import Vectors

if TYPE_CHECKING:
    import pyarrow as pa

    from embkit.results import Result

__all__ = [
    "FREQUENCY",
    "LETTERS",
    "Covered",
    "Items",
    "Slice",
    "breakdown",
    "covered",
    "items_of",
    "missing",
    "ordered",
    "slice_of",
]

FREQUENCY, LETTERS = "frequency", "letters"
# The last rank, and the most letters, of each band but the last.
_RANKS, _LENGTHS = (1_000, 10_000, 100_000), (3, 6, 9, 12)
NO_RANK = "not in the vocabulary"
# Fewer units give no interval that means anything.
_FEWEST_UNITS = 10
_SLICE, _UNKNOWN = "slice.", "unknown_texts"

Ranks = Callable[[Sequence[str]], NDArray[np.int64]]


@dataclass(frozen=True, kw_only=True)
class Items:
    """What is kept of the items of a result beside its predictions.

    slices: by name a label for each item. unknown: for each item its texts without a vector.
    """

    slices: Mapping[str, Sequence[str]]
    unknown: Sequence[Sequence[str]]

    def columns(self) -> dict[str, pa.Array]:
        """Columns to stand beside those of the predictions."""
        import pyarrow as pa

        found = {
            f"{_SLICE}{name}": pa.array(map(_stored, labels), type=pa.string()).dictionary_encode()
            for name, labels in self.slices.items()
        }
        unknown = [list(map(_stored, texts)) for texts in self.unknown]
        return {**found, _UNKNOWN: pa.array(unknown, type=pa.list_(pa.string()))}

    @staticmethod
    def is_column(name: str) -> bool:
        """Whether a column is one of those."""
        return name == _UNKNOWN or name.startswith(_SLICE)

    @classmethod
    def from_columns(cls, table: pa.Table) -> Items | None:
        """The items out of a table with those columns; None where it has none of them."""
        if _UNKNOWN not in table.column_names:
            return None
        slices = {
            name.removeprefix(_SLICE): table[name].to_pylist()
            for name in table.column_names
            if name.startswith(_SLICE)
        }
        return cls(slices=slices, unknown=table[_UNKNOWN].to_pylist())


def _stored(text: str) -> str:
    """A text that Parquet can hold: lone surrogates as `\\udc80`."""
    return text.encode("utf-8", "backslashreplace").decode()


def _unknown(
    items: Sequence[Sequence[str]], vectors: Vectors, lacking: Sequence[int]
) -> dict[int, list[str]]:
    """Of some items the texts without a vector, each once."""
    texts = list(dict.fromkeys(chain.from_iterable(items[row] for row in lacking)))
    without = set(compress(texts, ~vectors.known(texts)))
    return {row: [t for t in dict.fromkeys(items[row]) if t in without] for row in lacking}


def _band(value: int, ends: Sequence[int]) -> str:
    start = 1
    for end in ends:
        if value <= end:
            return f"{start:,}–{end:,}"
        start = end + 1
    return f"{start:,} and more"


def _frequency(items: Sequence[Sequence[str]], ranks: Ranks) -> list[str]:
    """The band of the rank of each item's rarest word."""
    texts = list(dict.fromkeys(chain.from_iterable(items)))
    rank = dict(zip(texts, ranks(texts).tolist(), strict=True))
    found = [[rank[text] for text in item] for item in items]
    return [_band(max(item), _RANKS) if all(item) else NO_RANK for item in found]


def _letters(items: Sequence[Sequence[str]]) -> list[str]:
    """The band of the length of each item's longest text, a letter and its marks being one."""
    texts = set(chain.from_iterable(items))
    length = {text: len(regex.findall(r"\X", text)) for text in texts}
    return [_band(max(length[text] for text in item), _LENGTHS) for item in items]


def items_of(
    dataset: Dataset,
    vectors: Vectors,
    known: NDArray[np.bool_],
    *,
    words: bool,
    ranks: Ranks | None = None,
) -> Items:
    """What is to be kept of the items of a dataset; known: those that an evaluator found known.

    words: whether the texts are words, which have a length and, with the ranks of an embedder, a
    frequency. Where items have a query it is the query's.
    """
    texts, queries = dataset.item_texts, dataset.item_queries
    lacking = np.flatnonzero(~known).tolist()
    unknown: list[list[str]] = [[] for _ in range(dataset.items)]
    for items, table in ((queries, vectors.queries), (texts, vectors)):
        if items:
            for row, found in _unknown(items, table, lacking).items():
                unknown[row] += [text for text in found if text not in unknown[row]]
    slices: dict[str, Sequence[str]] = {}
    told = queries or texts
    if words and told:
        slices[LETTERS] = _letters(told)
        if ranks is not None:
            slices[FREQUENCY] = _frequency(told, ranks)
    return Items(slices={**slices, **dataset.item_kinds}, unknown=unknown)


def missing(items: Items) -> list[tuple[str, int]]:
    """Each text without a vector and of how many items it is, those of most items first."""
    return Counter(chain.from_iterable(items.unknown)).most_common()


def ordered(labels: Iterable[str]) -> list[str]:
    """Distinct labels: by the number they begin with, then the others as they come."""

    def place(label: str) -> tuple[bool, int]:
        number = re.match(r"[0-9][0-9,]*", label)
        return number is None, int(number[0].replace(",", "")) if number else 0

    return sorted(dict.fromkeys(labels), key=place)


class Slice(NamedTuple):
    """Some items of a result: how many there are, how many are known, the main score on them.

    interval: None for fewer than ten units, or none that is known.
    """

    label: str
    items: int
    known: int
    score: float
    interval: tuple[float, float] | None = None


def breakdown(
    evaluator: Evaluator, predictions: Predictions, labels: Sequence[str], seed: int
) -> list[Slice]:
    """The main score on the items of each label; an item "" is of none.

    seed: of the resampling, which is the same for every label.
    """
    codes = np.array(labels, dtype=object)
    return [
        slice_of(evaluator, predictions.take(codes == label), label, seed)
        for label in ordered(labels)
        if label
    ]


def slice_of(evaluator: Evaluator, predictions: Predictions, label: str, seed: int) -> Slice:
    """The main score on some items, one at least."""
    interval = None
    if predictions.known.any() and len(np.unique(predictions.unit)) >= _FEWEST_UNITS:
        generator = np.random.default_rng(seed)
        spans = intervals(
            evaluator.measure, predictions, generator, measure_samples=evaluator.measure_samples
        )
        interval = spans.get(evaluator.metric)
    return Slice(
        label=label,
        items=len(predictions),
        known=int(predictions.known.sum()),
        score=float(evaluator.measure(predictions)[evaluator.metric]),
        interval=interval,
    )


@dataclass(frozen=True, kw_only=True)
class Covered:
    """One result: its score in each form, broken down, and what has no vector.

    slices: empty where the result was measured before its items were kept. missing: each text with
    the number of items that lack it, those of most items first.
    """

    result: Result
    forms: Sequence[Slice]
    slices: Mapping[str, Sequence[Slice]]
    missing: Sequence[tuple[str, int]]


def covered(
    evaluator: Evaluator, result: Result, predictions: Predictions, items: Items | None, seed: int
) -> Covered:
    """What a stored result says of its coverage; evaluator: the one that measured it."""
    count, known = len(predictions), int(predictions.known.sum())
    forms = [Slice("all items", count, known, result.score or 0.0, result.interval)]
    if 0 < known < count:
        forms.append(slice_of(evaluator, predictions.take(predictions.known), "known items", seed))
    if result.vocabulary_coverage is not None:
        alone = result.scores[f"{result.metric}_vocabulary"]
        forms.append(
            Slice("vocabulary alone", count, round(count * result.vocabulary_coverage), alone)
        )
    slices = items.slices if items else {}
    return Covered(
        result=result,
        forms=forms,
        slices={name: breakdown(evaluator, predictions, slices[name], seed) for name in slices},
        missing=missing(items) if items else (),
    )
