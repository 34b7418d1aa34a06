"""A COBie workbook with its Category filled in: a copy, in which nothing else differs."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

from embkit.errors import InvalidRequest

from embkit_built.sheets import Table

__all__ = ["CATEGORY", "filled_rows", "filled_workbook"]

CATEGORY = "Category"
# Dates of parts within the file; the first that zip can say.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MODIFIED = re.compile(rb"<dcterms:modified[^>]*>[^<]*</dcterms:modified>")


def filled_rows(table: Table, categories: Mapping[int, str]) -> list[tuple[str, ...]]:
    """The header and rows of a table with the categories of some rows, by their line.

    Raises InvalidRequest when the table has no column for it.
    """
    place = table.column(CATEGORY)
    rows = [table.header]
    for line, cells in table.rows:
        filled = categories.get(line, cells[place])
        rows.append((*cells[:place], filled, *cells[place + 1 :]))
    return rows


def filled_workbook(table: Table, categories: Mapping[int, str]) -> bytes:
    """The workbook of a table with these categories; all other cells and sheets are as they were.

    Raises InvalidRequest when openpyxl is not installed, or there is no column for it.
    """
    place = table.column(CATEGORY) + 1
    try:
        import openpyxl
    except ImportError as error:
        raise InvalidRequest(
            "a workbook is written by openpyxl; install it with "
            "`pip install embkit-built[xlsx]`, or let --out end in .csv"
        ) from error
    book = openpyxl.load_workbook(table.path, keep_vba=table.path.suffix.lower() == ".xlsm")
    for line, category in categories.items():
        book[table.sheet].cell(row=line, column=place).value = category
    written = io.BytesIO()
    book.save(written)
    return _undated(written, table.path)


def _undated(written: io.BytesIO, source: Path) -> bytes:
    """The file without the time it was written: the same input gives the same bytes."""
    with zipfile.ZipFile(source) as before:
        names = before.namelist()
        about = before.read("docProps/core.xml") if "docProps/core.xml" in names else b""
    found = _MODIFIED.search(about)
    stamp = found[0] if found else b""
    made = io.BytesIO()
    with zipfile.ZipFile(written) as parts, zipfile.ZipFile(made, "w") as file:
        for name in parts.namelist():
            data = parts.read(name)
            if name == "docProps/core.xml":
                data = _MODIFIED.sub(lambda _: stamp, data)
            info = zipfile.ZipInfo(name, date_time=_EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(info, data)
    return made.getvalue()
