"""Classifications out of files: any table of codes and titles, NBS's Uniclass tables among them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from embkit.errors import InvalidRequest

from embkit_built.demo import TAXONOMY
from embkit_built.sheets import read_sheet
from embkit_built.taxonomies import AssetClass, Taxonomy

__all__ = ["open_taxonomy", "read_taxonomy"]

_IFC = ("ifc4x3", "ifc4", "ifc2x3")
# What columns are called, in the order they are looked for: ours, NBS's, BuiltBench's.
_CODE = ("code", "class code", "entity name", "number", "id")
_TITLE = ("title", "natural name", "class title", "name", "label")
_PARENT = ("parent", "parent code", "broader")
_DESCRIPTION = ("description", "definition", "scope")
_SYNONYMS = ("synonyms", "synonym", "aliases", "alternative terms")
_SEPARATORS = "_-. "


def open_taxonomy(name: str) -> Taxonomy:
    """The classification a person names: demo, ifc4x3, ifc4, ifc2x3, or a file.

    Raises InvalidRequest and InvalidData as `read_taxonomy` and `read_ifc` do.
    """
    if name == "demo":
        return read_taxonomy(TAXONOMY, name="demo")
    if name.casefold() in _IFC:
        from embkit_built.ifc import read_ifc

        return read_ifc(name.casefold())
    path = Path(name)
    if not path.is_file():
        raise InvalidRequest(f"there is no file '{name}'; a taxonomy is a file, demo or {_IFC[0]}")
    return read_taxonomy(path)


def read_taxonomy(path: Path, *, name: str = "", sheet: str = "") -> Taxonomy:
    """The classes in a table with a column of codes and one of titles.

    Where there is no column of parents they are told from the codes: Pr_65_53 stands below Pr_65.
    Synonyms are separated by semicolons.
    Raises InvalidRequest when there is no column of codes or titles, InvalidData for a table that
    cannot be read and a tree that is none.
    """
    # NBS's tables have their title and a date above the header.
    table = read_sheet(path, sheet=sheet, wanted=(_CODE[0], _TITLE[0]))
    code, title = table.first_column(*_CODE), table.first_column(*_TITLE)
    if code is None or title is None:
        what = "codes" if code is None else "titles"
        names = _CODE if code is None else _TITLE
        raise InvalidRequest(
            f"{path} has no column of {what}; call it '{names[0]}'. It has "
            f"{', '.join(filter(None, table.header))}"
        )
    parent = table.first_column(*_PARENT)
    description, synonyms = table.first_column(*_DESCRIPTION), table.first_column(*_SYNONYMS)

    def cell(cells: tuple[str, ...], place: int | None) -> str:
        return "" if place is None else " ".join(cells[place].split())

    codes = {cell(cells, code) for _, cells in table.rows}
    classes = [
        AssetClass(
            code=cell(cells, code),
            title=cell(cells, title),
            parent=_above(cell(cells, code), codes) if parent is None else cell(cells, parent),
            description=cell(cells, description),
            synonyms=_parts(cell(cells, synonyms)),
            line=line,
        )
        for line, cells in table.rows
    ]
    return Taxonomy(name=name or path.name, classes=classes, path=path)


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())


def _above(code: str, codes: Iterable[str]) -> str:
    """The longest code that another one continues after a separator."""
    for end in range(len(code) - 1, 0, -1):
        if code[end] in _SEPARATORS and code[:end] in codes:
            return code[:end]
    return ""
