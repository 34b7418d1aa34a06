"""Products of a class of IFC among neighbours of theirs that belong elsewhere; no model chooses."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from pathlib import Path

from embkit.datasets import Retrieval

from embkit_built.drawing import drawn
from embkit_built.published import IfcClass, Product, read_ifc_classes, read_products
from embkit_built.searching import matched

__all__ = ["reranking_p2p", "reranking_s2p"]

# As in the published sets: classes of more than seven products, at most four times seven of them,
# and three others for each.
_LEAST, _MOST, _OTHERS = 8, 28, 3


def reranking_s2p(classes: Path, products: Path) -> Retrieval:
    """Titles of classes as queries."""
    return _dataset(classes, products, definitions=False)


def reranking_p2p(classes: Path, products: Path) -> Retrieval:
    """Definitions of classes as queries, without the title before them."""
    return _dataset(classes, products, definitions=True)


def _dataset(classes: Path, products: Path, *, definitions: bool) -> Retrieval:
    every = read_products(products)
    kept, found = matched(read_ifc_classes(classes), every)
    place = {product: number for number, product in enumerate(every)}
    queries, relevant, candidates = [], [], []
    for query, places in found:
        if len(places) < _LEAST:
            continue
        own = drawn((kept[i] for i in places), attrgetter("title"), query.name)[:_MOST]
        others = _neighbours(query, own, every)[: _OTHERS * len(own)]
        queries.append(query.definition if definitions else query.title)
        relevant.append({place[product]: 1.0 for product in own})
        candidates.append([place[product] for product in (*own, *others)])
    return Retrieval(
        queries=queries,
        documents=[product.document for product in every],
        relevant=relevant,
        candidates=candidates,
        dropped={f"class with fewer than {_LEAST} products": len(found) - len(queries)},
    )


def _neighbours(query: IfcClass, own: Sequence[Product], every: Sequence[Product]) -> list[Product]:
    """Products of other classes, those nearest to its own in Uniclass first, drawn where equal.

    One that NBS maps to any type of the query's class, or to none of its types, is left out: it may
    well be relevant.
    """
    groups = [{product.above[:depth] for product in own} for depth in (1, 2, 3)]

    def shared(product: Product) -> int:
        return sum(product.above[: depth + 1] in group for depth, group in enumerate(groups))

    others = [product for product in every if product.entity != query.entity]
    return sorted(drawn(others, attrgetter("title"), query.name), key=lambda p: -shared(p))
