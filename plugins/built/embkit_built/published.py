"""The published files of IFC classes and Uniclass products, read as they are.

Both files are under CC BY-ND 4.0: nothing derived from them is written anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from embkit.rows import Row, read_columns

__all__ = ["IfcClass", "Product", "entity_of", "read_ifc_classes", "read_products"]

_UPPER = ("1st_lev_superclass", "2nd_lev_superclass", "3rd_lev_superclass")
_TYPE, _UNSPECIFIC = "type", "userdefined"


def entity_of(name: str) -> str:
    """The class in a name, case folded: ifcactuator of IfcActuatorType.ELECTRICACTUATOR.

    Two mappings are spelt with the case of another word, and one lacks its full stop.
    """
    entity = name.casefold().partition(".")[0].removesuffix(_UNSPECIFIC)
    return entity.removesuffix(_TYPE)


@dataclass(frozen=True, kw_only=True)
class IfcClass:
    """A class of IFC 4.3 or one of its predefined types.

    title: in words, for a type with its class in brackets. text: the title, a full stop and the
    definition, or "". above: superclasses below IfcElement, the highest first. tag: a discipline,
    or "".
    """

    name: str
    title: str
    text: str
    above: Sequence[str]
    tag: str

    @cached_property
    def entity(self) -> str:
        return entity_of(self.name)

    @property
    def definition(self) -> str:
        """The text without the title before it."""
        return self.text.removeprefix(f"{self.title}. ")


@dataclass(frozen=True, kw_only=True)
class Product:
    """A product of Uniclass.

    above: titles of its group, subgroup and section. mapping: the class or type of IFC that NBS
    publishes for it. text: written by a language model out of the title and those above.
    """

    title: str
    text: str
    above: Sequence[str]
    mapping: str

    @property
    def document(self) -> str:
        """Title and text, as a document to be found."""
        return f"{self.title} {self.text}"

    @property
    def entity(self) -> str:
        return entity_of(self.mapping)

    @property
    def unspecific(self) -> bool:
        """Whether IFC has the class of the product and no type for it."""
        return self.mapping.casefold().endswith(_UNSPECIFIC)


def _filled(row: Row, *places: int) -> None:
    for place in places:
        if not row.fields[place]:
            raise row.error("a name or a title is empty")


def read_ifc_classes(path: Path) -> tuple[IfcClass, ...]:
    """All 977 rows, in file order; eleven invented types of vibration dampers have no text.

    Raises InvalidData, naming the line, for an empty name and a text that lacks its title.
    """
    found = []
    for row in read_columns(path, "entity_name", "natural_name", "description", "tags", *_UPPER):
        name, title, text, tag, *above = row.fields
        _filled(row, 0, 1)
        if text and not text.startswith(f"{title}. "):
            raise row.error(f"expected a description that begins with '{title}. '")
        upper = tuple(filter(None, above))
        found.append(IfcClass(name=name, title=title, text=text, above=upper, tag=tag))
    return tuple(found)


def read_products(path: Path) -> tuple[Product, ...]:
    """All 4,234 rows, in file order.

    Raises InvalidData, naming the line, for an empty field.
    """
    found = []
    columns = ("natural_name", "description", "mapping_IFC_4x3Add2_TC1", *_UPPER)
    for row in read_columns(path, *columns):
        title, text, mapping, *above = row.fields
        _filled(row, *range(len(columns)))
        found.append(Product(title=title, text=text, above=tuple(above), mapping=mapping))
    return tuple(found)
