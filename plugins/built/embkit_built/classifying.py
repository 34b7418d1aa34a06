"""Which class of IFC is a product of Uniclass? The other way round, as practice asks."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from embkit_built.placing import Placed
from embkit_built.published import IfcClass, read_ifc_classes, read_products

__all__ = ["product_to_ifc", "product_to_ifc_specific"]


def product_to_ifc(classes: Path, products: Path) -> Placed:
    """Titles of products; one without a specific type belongs to the class itself."""
    return _dataset(classes, products, unspecific=True)


def product_to_ifc_specific(classes: Path, products: Path) -> Placed:
    """Titles of those products that have a specific type."""
    return _dataset(classes, products, unspecific=False)


def _dataset(classes: Path, products: Path, *, unspecific: bool) -> Placed:
    every = read_ifc_classes(classes)
    described = [found for found in every if found.text]
    names, parents, texts = _tree(described)
    place = {name.casefold(): number for number, name in enumerate(names)}
    entities = {found.entity: place[found.name.casefold()] for found in _entities(described)}
    taken, gold, kinds = [], [], []
    lacking = none = 0
    for product in read_products(products):
        own = (
            entities.get(product.entity)
            if product.unspecific
            else place.get(product.mapping.casefold())
        )
        if own is None:
            lacking += 1
        elif product.unspecific and not unspecific:
            none += 1
        else:
            taken.append(product.title)
            gold.append(own)
            kinds.append("no specific type" if product.unspecific else "specific type")
    dropped = {
        "class of IFC without a description": len(every) - len(described),
        "product of a class that the file of IFC lacks": lacking,
        "product without a specific type (USERDEFINED)": none,
    }
    tops = [_top(parents, number) for number in range(len(names))]
    own_entity = {found.name: entities[found.entity] for found in described}
    return Placed(
        texts=taken,
        gold=gold,
        classes=names,
        parents=parents,
        class_texts=texts,
        levels={"entity": [own_entity.get(name, -1) for name in names], "group": tops},
        dropped={reason: count for reason, count in dropped.items() if count},
        slices={"type": kinds} if unspecific else {},
    )


def _entities(classes: Iterable[IfcClass]) -> Iterable[IfcClass]:
    return (found for found in classes if "." not in found.name)


def _tree(classes: list[IfcClass]) -> tuple[list[str], list[int], list[str]]:
    """Names, parents and texts: superclasses, classes and types, a parent before its children."""
    entities = {found.entity: found.name for found in _entities(classes)}
    parent: dict[str, str] = {}
    for found in classes:
        above = [*found.above, entities[found.entity]]
        for upper, lower in zip(["", *above[:-1]], above, strict=True):
            parent.setdefault(lower, upper)
        if "." in found.name:
            parent[found.name] = above[-1]
    # A title and a description that begins with it, as the documents of retrieval are made.
    texts = {found.name: f"{found.title} {found.text}" for found in classes}
    names: list[str] = []
    for name in parent:
        line = [name]
        while parent[line[-1]]:
            line.append(parent[line[-1]])
        names += [upper for upper in reversed(line) if upper not in names]
    place = {name: number for number, name in enumerate(names)}
    parents = [place[parent[name]] if parent[name] else -1 for name in names]
    return names, parents, [texts.get(name, "") for name in names]


def _top(parents: list[int], place: int) -> int:
    while parents[place] >= 0:
        place = parents[place]
    return place
