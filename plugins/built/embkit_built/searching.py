"""Products of Uniclass as documents, classes of IFC as queries: the retrieval tasks."""

from __future__ import annotations

from pathlib import Path

from embkit.datasets import Retrieval

from embkit_built.published import IfcClass, Product, read_ifc_classes, read_products

__all__ = ["matched", "retrieval_p2p", "retrieval_s2p"]


def matched(
    classes: tuple[IfcClass, ...], products: tuple[Product, ...]
) -> tuple[list[Product], list[tuple[IfcClass, list[int]]]]:
    """Products whose mapping is a class of the file, and each such class with their positions.

    Both in file order. The case of letters does not count: four mappings differ in it alone, and
    the published figures are those with them.
    """
    named = {found.name.casefold(): found for found in classes}
    kept = [product for product in products if product.mapping.casefold() in named]
    places: dict[str, list[int]] = {}
    for place, product in enumerate(kept):
        places.setdefault(product.mapping.casefold(), []).append(place)
    return kept, [(found, places[name]) for name, found in named.items() if name in places]


def retrieval_s2p(classes: Path, products: Path) -> Retrieval:
    """Titles of classes as queries."""
    return _dataset(classes, products, definitions=False)


def retrieval_p2p(classes: Path, products: Path) -> Retrieval:
    """Definitions of classes as queries, without the title before them."""
    return _dataset(classes, products, definitions=True)


def _dataset(classes: Path, products: Path, *, definitions: bool) -> Retrieval:
    every = read_products(products)
    kept, found = matched(read_ifc_classes(classes), every)
    none = sum(product.unspecific for product in every)
    return Retrieval(
        queries=[query.definition if definitions else query.title for query, _ in found],
        documents=[product.document for product in kept],
        relevant=[dict.fromkeys(places, 1.0) for _, places in found],
        dropped={
            "product without a specific type (USERDEFINED)": none,
            "product of a class that the file of IFC lacks": len(every) - len(kept) - none,
        },
    )
