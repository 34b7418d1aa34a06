"""The rows of a file as published, each with its place; a file of another shape is an error."""

from __future__ import annotations

import csv
import math
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from embkit.errors import InvalidData

__all__ = ["Row", "read_csv", "read_sheet", "read_tsv"]

_REMEDY = "; delete the file and let embkit fetch it again"


class Row(NamedTuple):
    """The wanted columns of one row, in the order they were asked for.

    line: where the row begins, counted from 1; in a sheet its number.
    """

    path: Path
    line: int
    fields: tuple[str, ...]

    def error(self, message: str) -> InvalidData:
        return InvalidData(message + _REMEDY, path=self.path, line=self.line)

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


# The csv module and not pandas: it tells a row that is too short from one with empty fields, knows
# the line, and takes "NA" for the text it is.
def _delimited(path: Path, **dialect: Any) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Line and fields of each row; a field in quotes may hold line breaks."""
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.reader(lines, strict=True, **dialect)
        line = 1
        try:
            for fields in reader:
                if fields:
                    yield line, tuple(fields)
                line = reader.line_num + 1
        except (csv.Error, UnicodeDecodeError) as error:
            message = f"not readable as {path.suffix}: {error}{_REMEDY}"
            raise InvalidData(message, path=path, line=line) from error


def _sheet(path: Path) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Number and cells of each row of the first sheet of an xlsx file."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_path(path)
        rows = workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except CalamineError as error:
        raise InvalidData(f"not readable as .xlsx: {error}{_REMEDY}", path=path) from error
    for number, cells in enumerate(rows, start=1):
        yield number, tuple(map(str, cells))


def _choose(
    path: Path, rows: Iterator[tuple[int, tuple[str, ...]]], columns: Sequence[str]
) -> Iterator[Row]:
    """The named columns of rows under a header."""
    _, header = next(rows, (1, ()))
    for name in columns:
        if name not in header:
            message = f"expected a column '{name}', got {', '.join(header) or 'an empty file'}"
            raise InvalidData(message + _REMEDY, path=path, line=1)
    chosen = [header.index(name) for name in columns]
    for row in _same_width(path, rows, len(header)):
        yield row._replace(fields=tuple(row.fields[i] for i in chosen))


def _same_width(
    path: Path, rows: Iterator[tuple[int, tuple[str, ...]]], width: int
) -> Iterator[Row]:
    for line, fields in rows:
        row = Row(path, line, fields)
        if len(fields) != width:
            raise row.error(f"expected {width} columns, got {len(fields)}")
        yield row


def read_csv(path: Path, *columns: str) -> Iterator[Row]:
    """The named columns of a CSV file with a header."""
    return _choose(path, _delimited(path), columns)


def read_sheet(path: Path, *columns: str) -> Iterator[Row]:
    """The named columns of the first sheet of an xlsx file with a header."""
    return _choose(path, _sheet(path), columns)


def read_tsv(path: Path, width: int) -> Iterator[Row]:
    """All columns of a tab-separated file without a header and without quoting."""
    rows = _delimited(path, delimiter="\t", quoting=csv.QUOTE_NONE)
    return _same_width(path, rows, width)
