"""IFC by way of ifcopenshell: a schema's classes with their definitions, a model's assets."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

from embkit.errors import InvalidData, InvalidRequest

from embkit_built.sheets import Table
from embkit_built.taxonomies import AssetClass, Taxonomy

__all__ = ["read_ifc", "read_model"]

_SCHEMAS = {"ifc4x3": "IFC4X3_ADD2", "ifc4": "IFC4", "ifc2x3": "IFC2X3"}
# In IFC2X3 pumps, fans and valves are types of a flow device, no elements of their own.
_ROOTS = {"ifc2x3": ("IfcElement", "IfcElementType")}
_UNNAMED = {"USERDEFINED", "NOTDEFINED"}
_CAMEL = re.compile("[A-Z][a-z0-9]*|[A-Z]+(?![a-z])")
_COLUMNS = ("GlobalId", "Class", "Name", "Description", "ObjectType", "TypeName", "Tag", "Location")


def _ifcopenshell() -> ModuleType:
    try:
        import ifcopenshell
        import ifcopenshell.util.doc
        import ifcopenshell.util.element
    except ImportError as error:
        raise InvalidRequest(
            "IFC needs the package ifcopenshell; install it with `pip install embkit-built[ifc]`"
        ) from error
    module: ModuleType = ifcopenshell
    return module


def read_ifc(name: str) -> Taxonomy:
    """The elements of an IFC schema and their predefined types, with buildingSMART's definitions.

    name: ifc4x3, ifc4 or ifc2x3. Codes are IfcPump and below it IfcPump.CIRCULATOR. The texts are
    read out of the installed package; none of them is shipped here.
    Raises InvalidRequest when ifcopenshell is not installed.
    """
    module = _ifcopenshell()
    version = _SCHEMAS[name]
    schema = module.schema_by_name(version)
    raw: list[AssetClass] = []
    for root in _ROOTS.get(name, ("IfcElement",)):
        raw += _below(module, version, schema.declaration_by_name(root), "")
    texts = [f"{one.description} {'' if '.' in one.code else one.title}" for one in raw]
    words = {word for text in texts for word in re.findall("[a-z]+", text.lower())}
    classes = [replace(found, title=_readable(found.title, words)) for found in raw]
    return Taxonomy(name=name, classes=classes)


def _below(module: ModuleType, version: str, entity: Any, parent: str) -> Iterator[AssetClass]:
    """A class, its predefined types and all that stands below it; VALUE (Class) is their title."""
    code = entity.name()
    about = module.util.doc.get_entity_doc(version, code) or {}
    title = " ".join(_CAMEL.findall(code.removeprefix("Ifc")))
    yield AssetClass(
        code=code, title=title, parent=parent, description=_one_line(about.get("description"))
    )
    texts = about.get("predefined_types") or {}
    for value in sorted(_values(entity) - _UNNAMED):
        yield AssetClass(
            code=f"{code}.{value}",
            title=f"{value} ({title})",
            parent=code,
            description=_one_line(texts.get(value)),
        )
    for child in sorted(entity.subtypes(), key=lambda child: str(child.name())):
        yield from _below(module, version, child, code)


def _values(entity: Any) -> set[str]:
    for attribute in entity.all_attributes():
        if attribute.name() == "PredefinedType":
            kind = attribute.type_of_attribute().declared_type()
            return set(kind.enumeration_items()) if hasattr(kind, "enumeration_items") else set()
    return set()


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


def _readable(title: str, words: Collection[str]) -> str:
    """The title with a value that stands in one, such as SUBMERSIBLEPUMP, cut into words."""
    value, bracket, rest = title.partition(" (")
    if not bracket:
        return title
    parts = [_cut(part, words) for part in value.lower().split("_")]
    return f"{' '.join(parts).capitalize()} ({rest}"


def _cut(name: str, words: Collection[str]) -> str:
    """A name as the fewest words it can be cut into, itself where there are none."""
    if name in words:
        return name
    best: list[list[str] | None] = [[], *[None] * len(name)]
    for end in range(1, len(name) + 1):
        for start in range(end - 2):
            before, here, part = best[start], best[end], name[start:end]
            if (
                before is not None
                and part in words
                and (here is None or len(before) < len(here) - 1)
            ):
                best[end] = [*before, part]
    return " ".join(best[-1] or [name])


def read_model(path: Path) -> Table:
    """The elements in a model file, one row each, in the order of their GlobalId.

    Location is the space or storey that contains the element. A row's line is its number from 2.
    Raises InvalidRequest when ifcopenshell is not installed, InvalidData for a file that is no
    model or holds no element.
    """
    module = _ifcopenshell()
    try:
        model = module.open(str(path))
    except (OSError, RuntimeError, module.Error) as error:
        message = f"not readable as .ifc: {error}; export it anew as IFC-SPF"
        raise InvalidData(message, path=path) from error
    element = module.util.element
    rows = []
    for found in model.by_type("IfcElement"):
        kind, place = element.get_type(found), element.get_container(found)
        predefined = element.get_predefined_type(found) or ""
        named = predefined if predefined not in _UNNAMED else ""
        rows.append(
            (
                found.GlobalId,
                f"{found.is_a()}.{named}" if named else found.is_a(),
                found.Name or "",
                found.Description or "",
                found.ObjectType or "",
                (kind.Name or "") if kind else "",
                found.Tag or "",
                (place.Name or "") if place else "",
            )
        )
    if not rows:
        raise InvalidData("the model holds no element", path=path)
    return Table(path=path, header=_COLUMNS, rows=list(enumerate(sorted(rows), start=2)))
