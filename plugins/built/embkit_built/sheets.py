"""A table in a user's own file, CSV, TSV or a sheet of a workbook, with the place of every row."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embkit.errors import InvalidData, InvalidRequest, suggestion
from embkit.rows import read_table

from embkit_built.sheet_cells import check_cells

__all__ = ["WORKBOOKS", "Table", "read_sheet", "sheet_names"]

WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
# Registers have a title, a date and a logo above their header.
_ABOVE = 30

Cells = tuple[
    int, tuple[str, ...]
]  # the line a row begins at, in a sheet its number, and its cells


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows under a header. sheet: "" where the file is no workbook. above: rows over the header."""

    path: Path
    header: tuple[str, ...]
    rows: Sequence[Cells]
    sheet: str = ""
    above: int = 0

    def column(self, name: str) -> int:
        """The place of a column, by its name without regard to case. Raises InvalidRequest."""
        folded = [_folded(title) for title in self.header]
        if _folded(name) not in folded:
            where = f"sheet '{self.sheet}' of {self.path}" if self.sheet else str(self.path)
            raise InvalidRequest(
                f"{where} has no column '{name}'{suggestion(name, self.header)}; "
                f"it has {', '.join(filter(None, self.header))}"
            )
        return folded.index(_folded(name))

    def first_column(self, *names: str) -> int | None:
        """The place of the first of some names that is a column."""
        folded = [_folded(title) for title in self.header]
        return next((folded.index(name) for name in names if name in folded), None)

    def values(self, place: int) -> list[str]:
        """The cells of a column, top to bottom."""
        return [cells[place] for _, cells in self.rows]

    def error(self, line: int, message: str) -> InvalidData:
        """The error to raise for a row."""
        return InvalidData(message, path=self.path, line=line)


def _folded(name: str) -> str:
    return " ".join(name.casefold().replace("_", " ").split())


def read_sheet(path: Path, *, sheet: str = "", wanted: Sequence[str] = ()) -> Table:
    """The table in a file, by its ending: a workbook, .tsv, or any other as CSV.

    sheet: of a workbook, the first one without. wanted: columns; the header is the first of the
    upper rows that has them all, else the first that is not empty.
    Raises InvalidRequest for a file or sheet that is not there; InvalidData, naming the row, for
    what is not UTF-8, a row of another width, two columns of one name, a merged cell below the
    header, a formula without its value and a cell that is an error.
    """
    if not path.is_file():
        raise InvalidRequest(f"there is no file '{path}'")
    book = path.suffix.lower() in WORKBOOKS
    if sheet and not book:
        raise InvalidRequest(f"'{path}' is no workbook; leave out the sheet '{sheet}'")
    if book:
        sheet, body = _workbook_rows(path, sheet)
    else:
        body = list(_text_rows(path))
    place = _header_place(body, wanted)
    if place is None:
        raise InvalidData("there is no row", path=path)
    line, found = body[place]
    header = tuple(title.strip() for title in found)
    repeated = [name for name, count in Counter(header).items() if name and count > 1]
    if repeated:
        message = f"two columns are called '{repeated[0]}'; rename one of them"
        raise InvalidData(message, path=path, line=line)
    rows = body[place + 1 :]
    for number, cells in rows:
        if len(cells) != len(header):
            message = (
                f"expected {len(header)} columns, got {len(cells)}; a cell that holds the "
                "delimiter must stand in quotation marks"
            )
            raise InvalidData(message, path=path, line=number)
    if book and path.suffix.lower() in (".xlsx", ".xlsm"):
        check_cells(path, sheet, below=line)
    return Table(path=path, header=header, rows=rows, sheet=sheet, above=place)


def sheet_names(path: Path) -> Sequence[str]:
    """The sheets of a workbook, in order; none where the file is not one."""
    if path.suffix.lower() not in WORKBOOKS or not path.is_file():
        return ()
    names: Sequence[str] = _workbook(path).sheet_names
    return names


def _header_place(body: Sequence[Cells], wanted: Sequence[str]) -> int | None:
    names = {_folded(name) for name in wanted}
    for place, (_, cells) in enumerate(body[:_ABOVE]):
        if names and names <= {_folded(cell) for cell in cells}:
            return place
    return next((i for i, (_, cells) in enumerate(body) if any(map(str.strip, cells))), None)


def _text_rows(path: Path) -> Iterator[Cells]:
    """The rows of a delimited file that hold something; empty cells at the end may be left out."""
    head = _checked_head(path)
    if path.suffix.lower() == ".tsv" or head.count("\t") > max(head.count(","), head.count(";")):
        delimiter = "\t"
    else:
        # Excel writes ; where a comma stands in numbers.
        delimiter = ";" if head.count(";") > head.count(",") else ","
    for line, cells in read_table(path, delimiter=delimiter, quotes=True):
        if any(map(str.strip, cells)):
            yield line, cells


def _checked_head(path: Path) -> str:
    """The first line that holds something. Raises InvalidData for a byte that is not UTF-8."""
    head = ""
    with open(path, "rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                text = line.decode()
            except UnicodeDecodeError as error:
                message = (
                    f"not UTF-8: byte 0x{line[error.start]:02x} at place {error.start + 1}; save "
                    "it as 'CSV UTF-8', and where the lines before are right, retype this one"
                )
                raise InvalidData(message, path=path, line=number) from None
            head = head or text.strip("\ufeff \r\n")
    return head


def _workbook(path: Path) -> Any:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        return CalamineWorkbook.from_path(path)
    except CalamineError as error:
        message = f"not readable as {path.suffix}: {error}; open it and save it anew"
        raise InvalidData(message, path=path) from error


def _workbook_rows(path: Path, name: str) -> tuple[str, list[Cells]]:
    """The name of a sheet and its rows, those that are empty left out."""
    book = _workbook(path)
    names = book.sheet_names
    if name and name not in names:
        raise InvalidRequest(
            f"{path} has no sheet '{name}'{suggestion(name, names)}; it has {', '.join(names)}"
        )
    sheet = book.get_sheet_by_name(name or names[0])
    rows = [tuple(map(_text, cells)) for cells in sheet.to_python(skip_empty_area=False)]
    return sheet.name, [
        (number, cells) for number, cells in enumerate(rows, start=1) if any(map(str.strip, cells))
    ]


def _text(value: Any) -> str:
    """A cell as it is read: a whole number has no fraction, midnight is a date."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    return str(value)
