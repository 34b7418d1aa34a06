"""Tables in spreadsheets, row by row; the rest is read by `embkit.rows`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from embkit.errors import InvalidData
from embkit.rows import REMEDY, Row, choose

__all__ = ["read_sheet"]


def _sheet(path: Path) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Number and cells of each row of the first sheet of an xlsx file."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_path(path)
        rows = workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except CalamineError as error:
        raise InvalidData(f"not readable as .xlsx: {error}{REMEDY}", path=path) from error
    for number, cells in enumerate(rows, start=1):
        yield number, tuple(map(str, cells))


def read_sheet(path: Path, *columns: str) -> Iterator[Row]:
    """The named columns of the first sheet of an xlsx file with a header."""
    return choose(path, _sheet(path), columns)
