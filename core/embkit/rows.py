"""The rows of a published file, each with its place; a file of another shape is an error."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from embkit.datasets import Associations, Pairs
from embkit.errors import InvalidData

__all__ = [
    "REMEDY",
    "Row",
    "associations",
    "choose",
    "read_columns",
    "read_fields",
    "read_lines",
    "read_table",
    "same_width",
    "scored_pairs",
]

REMEDY = "; mend the file or, if embkit fetched it, delete it and let embkit fetch it again"
# The csv module would refuse a field of more than 131,072 characters, which a text may well have.
_LONGEST_FIELD = 1 << 26


class Row(NamedTuple):
    """Fields of one row, in the order they were asked for.

    line: where the row begins, counted from 1; in a sheet its number.
    """

    path: Path
    line: int
    fields: tuple[str, ...]

    def error(self, message: str) -> InvalidData:
        """The error to raise for this row."""
        return InvalidData(message + REMEDY, path=self.path, line=self.line)

    def label(self, text: str, labels: Collection[str]) -> str:
        """The label itself. Raises InvalidData when it is none of `labels`."""
        if text not in labels:
            raise self.error(f"expected a label among {', '.join(sorted(labels))}, got {text!r}")
        return text

    def score(self, text: str, low: float, high: float) -> float:
        """The number. Raises InvalidData when it is none, or outside low to high."""
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise self.error(f"expected a score from {low:g} to {high:g}, got {text!r}")
        return value


def read_columns(
    path: Path, *names: str, delimiter: str = ",", quotes: bool = True
) -> Iterator[Row]:
    """The named columns of a delimited file with a header.

    quotes: whether a field may stand in quotes, and then hold line breaks.
    """
    return choose(path, read_table(path, delimiter=delimiter, quotes=quotes), names)


def read_fields(
    path: Path, width: int, *, delimiter: str = "\t", quotes: bool = False, skip: int = 0
) -> Iterator[Row]:
    """All fields of a delimited file without a header; the first `skip` rows are passed over."""
    rows = read_table(path, delimiter=delimiter, quotes=quotes)
    for _ in range(skip):
        next(rows, None)
    return same_width(path, rows, width)


def scored_pairs(
    rows: Iterable[Row], low: float, high: float, dropped: Mapping[str, int] | None = None
) -> Pairs:
    """Pairs out of rows of first text, second text and a score from low to high.

    A pair with an empty text is left out. dropped: what was left out before.
    """
    left_out = Counter(dropped or {})
    first, second, scores = [], [], []
    for row in rows:
        a, b, score = row.fields
        if not (a.strip() and b.strip()):
            left_out["empty text"] += 1
            continue
        first.append(a)
        second.append(b)
        scores.append(row.score(score, low, high))
    return Pairs(first=first, second=second, scores=scores, dropped=left_out)


def associations(path: Path, groups: tuple[str, str], kinds: tuple[str, str]) -> Associations:
    """Two groups of words and two kinds, out of a .tsv file with the columns `list` and `word`.

    groups, kinds: names of lists. The hypothesis is that the first group leans to the first kind.
    Raises InvalidData when there is no word in a list.
    """
    lists: dict[str, list[str]] = {name: [] for name in (*groups, *kinds)}
    for row in read_columns(path, "list", "word", delimiter="\t", quotes=False):
        name, word = row.fields
        if name in lists:
            lists[name].append(word)
    for name, words in lists.items():
        if not words:
            raise InvalidData(f"there is no word in list '{name}'{REMEDY}", path=path)
    return Associations(
        targets=[word for group in groups for word in lists[group]],
        groups=[group for group in groups for _ in lists[group]],
        first_kind=lists[kinds[0]],
        second_kind=lists[kinds[1]],
    )


def read_lines(path: Path) -> Iterator[Row]:
    """Each line of a text file as a row of one field, without its end."""
    line = 1
    with path.open(encoding="utf-8") as lines:
        try:
            for line, text in enumerate(lines, start=1):
                yield Row(path, line, (text.rstrip("\n"),))
        except UnicodeDecodeError as error:
            message = f"not readable as {path.suffix}: {error}{REMEDY}"
            raise InvalidData(message, path=path, line=line) from error


# The csv module and not pandas: it tells a row that is too short from one with empty fields, knows
# the line, and takes "NA" for the text it is.
def read_table(
    path: Path, *, delimiter: str, quotes: bool
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Line and fields of each row of a delimited file, the header too; quotes as above."""
    quoting: Any = csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE
    csv.field_size_limit(_LONGEST_FIELD)
    # Excel puts a byte order mark before the header.
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.reader(lines, strict=True, delimiter=delimiter, quoting=quoting)
        line = 1
        try:
            for fields in reader:
                if fields:
                    yield line, tuple(fields)
                line = reader.line_num + 1
        except (csv.Error, UnicodeDecodeError) as error:
            message = f"not readable as {path.suffix}: {error}{REMEDY}"
            raise InvalidData(message, path=path, line=line) from error


def choose(
    path: Path, rows: Iterator[tuple[int, tuple[str, ...]]], columns: Sequence[str]
) -> Iterator[Row]:
    """The named columns of rows (line and fields each) under a header."""
    _, header = next(rows, (1, ()))
    for name in columns:
        if name not in header:
            message = f"expected a column '{name}', got {', '.join(header) or 'an empty file'}"
            raise InvalidData(message + REMEDY, path=path, line=1)
    chosen = [header.index(name) for name in columns]
    for row in same_width(path, rows, len(header)):
        yield row._replace(fields=tuple(row.fields[i] for i in chosen))


def same_width(
    path: Path, rows: Iterable[tuple[int, tuple[str, ...]]], width: int
) -> Iterator[Row]:
    """Rows out of line and fields of each; one of another width is an error."""
    for line, fields in rows:
        row = Row(path, line, fields)
        if len(fields) != width:
            raise row.error(f"expected {width} columns, got {len(fields)}")
        yield row
