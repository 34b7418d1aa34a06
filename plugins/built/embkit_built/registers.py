"""An asset register: rows out of a table, a COBie workbook or an IFC model, each with its text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from embkit.errors import InvalidData, InvalidRequest

from embkit_built.demo import REGISTER
from embkit_built.sheets import Table, read_sheet, sheet_names

__all__ = ["Register", "open_register"]

# What columns are called that say what a thing is, in the order they are looked for.
_TEXT = (
    "description", "asset description", "item description", "equipment description",
    "long description", "asset name", "item", "equipment", "name", "type", "text",
)  # fmt: skip
_MAKERS = (
    "manufacturer", "make", "maker", "brand", "supplier", "model", "modelnumber", "model number",
    "make/model", "serial", "serialnumber", "serial number", "serial no",
)  # fmt: skip
_COBIE = {"Type": ("Name", "Description"), "Component": ("Name", "Description", "TypeName")}
_IFC = ("Name", "ObjectType", "TypeName", "Description")

Kind = Literal["table", "cobie", "ifc"]


@dataclass(frozen=True, kw_only=True)
class Register:
    """Rows of things to be classified.

    texts: what each row says of its thing, as written. makers: for each row the names, models and
    serials that stand in columns of their own. counts: how many things a row stands for, 1 except
    for the types of a COBie workbook, which count their components.
    """

    table: Table
    kind: Kind
    text_columns: Sequence[str]
    texts: Sequence[str]
    makers: Sequence[str]
    counts: Sequence[int]


def open_register(name: str, *, columns: Sequence[str] = (), sheet: str = "") -> Register:
    """The register a person names: a table, a COBie workbook, a model of IFC, or demo.

    columns: those whose texts say what a thing is; without any they are told from their names.
    sheet: of a workbook; of a COBie workbook it is Type without.
    Raises InvalidRequest for a file, sheet or column that is not there, InvalidData as `read_sheet`
    and `read_model` do and for a register without a row.
    """
    path = REGISTER if name == "demo" else Path(name)
    kind: Kind = "table"
    if path.suffix.lower() == ".ifc":
        if not path.is_file():
            raise InvalidRequest(f"there is no file '{name}'")
        from embkit_built.ifc import read_model

        kind, table, wanted = "ifc", read_model(path), tuple(columns or _IFC)
    else:
        if set(_COBIE) <= set(sheet_names(path)) and sheet in ("", *_COBIE):
            kind, sheet = "cobie", sheet or "Type"
            wanted = tuple(columns or _COBIE[sheet])
        else:
            wanted = tuple(columns)
        table = read_sheet(path, sheet=sheet, wanted=wanted or _TEXT[:1])
    if not table.rows:
        raise InvalidData("there is a header and no row", path=path)
    wanted = wanted or _told(table)
    places = [table.column(column) for column in wanted]
    makers = [p for p in (table.first_column(name) for name in _MAKERS) if p is not None]
    makers = [place for place in makers if place not in places]
    counts = [1] * len(table.rows)
    if kind == "cobie" and table.sheet == "Type":
        counts = _components(table)
    return Register(
        table=table,
        kind=kind,
        text_columns=wanted,
        texts=[_joined(cells, places) for _, cells in table.rows],
        makers=[_joined(cells, makers) for _, cells in table.rows],
        counts=counts,
    )


def _told(table: Table) -> tuple[str, ...]:
    place = table.first_column(*_TEXT)
    if place is None:
        raise InvalidRequest(
            f"{table.path}: which column says what a thing is? It has "
            f"{', '.join(filter(None, table.header))}; say it with --text"
        )
    return (table.header[place],)


def _joined(cells: Sequence[str], places: Sequence[int]) -> str:
    """The texts of some cells; one that another one holds already is left out."""
    found: list[str] = []
    for place in places:
        text = " ".join(cells[place].split())
        if text and not any(text in other for other in found):
            found.append(text)
    return " · ".join(found)


def _components(types: Table) -> list[int]:
    """How many components each type of a COBie workbook has; one that has none counts as one.

    Raises InvalidData for a component of a type that is not there.
    """
    components = read_sheet(types.path, sheet="Component", wanted=("Name", "TypeName"))
    place = components.column("TypeName")
    names = types.values(types.column("Name"))
    known = set(names)
    for line, cells in components.rows:
        if cells[place] not in known:
            message = f"sheet Component: type '{cells[place]}' is not in sheet Type; add it there"
            raise components.error(line, message)
    counted = Counter(components.values(place))
    return [max(1, counted[name]) for name in names]
