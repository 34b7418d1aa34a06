"""Cells of a workbook whose value cannot be known: merged, a formula without it, an error."""

from __future__ import annotations

import zipfile
from pathlib import Path
from xml.etree import ElementTree

from embkit.errors import InvalidData

__all__ = ["check_cells"]

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_MISSING = "save it in the program it was made with, or put the value in its place"


def check_cells(path: Path, sheet: str, *, below: int) -> None:
    """Raise InvalidData for a cell below the header whose value cannot be known."""
    with zipfile.ZipFile(path) as parts, parts.open(_sheet_part(parts, sheet)) as source:
        for _, element in ElementTree.iterparse(source):
            if element.tag == f"{_MAIN}c":
                _check_cell(path, element, below)
            elif element.tag == f"{_MAIN}mergeCell":
                area = element.get("ref", "")
                if _row(area.partition(":")[2]) > below:
                    message = (
                        f"cells {area} are merged; unmerge them and fill in each row, for "
                        "which of the rows the text belongs to cannot be known"
                    )
                    raise InvalidData(message, path=path, line=max(_row(area), below + 1))
            if element.tag == f"{_MAIN}row":
                element.clear()


def _check_cell(path: Path, cell: ElementTree.Element, below: int) -> None:
    value, formula = cell.find(f"{_MAIN}v"), cell.find(f"{_MAIN}f")
    place = cell.get("r", "")
    if not place or _row(place) <= below:
        return
    if cell.get("t") == "e":
        found = "" if value is None else value.text
        message = f"cell {place} holds the error {found}; {_MISSING}"
        raise InvalidData(message, path=path, line=_row(place))
    if formula is not None and (value is None or value.text is None) and cell.get("t") != "str":
        message = f"cell {place} holds a formula without its value; {_MISSING}"
        raise InvalidData(message, path=path, line=_row(place))


def _row(place: str) -> int:
    """The number of the row in a place such as AB12 or AB12:AC14."""
    return int("".join(filter(str.isdecimal, place.partition(":")[0])) or 0)


def _sheet_part(parts: zipfile.ZipFile, name: str) -> str:
    """Where the cells of a sheet lie in the file."""
    book = ElementTree.fromstring(parts.read("xl/workbook.xml"))
    links = ElementTree.fromstring(parts.read("xl/_rels/workbook.xml.rels"))
    target = {link.get("Id"): link.get("Target", "") for link in links}
    for sheet in book.iter(f"{_MAIN}sheet"):
        if sheet.get("name") == name:
            return "xl/" + target[sheet.get(_LINK)].removeprefix("/").removeprefix("xl/")
    raise AssertionError(f"the sheet {name!r} was read a moment ago")
