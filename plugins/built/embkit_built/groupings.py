"""The eight groupings that are clustered: whose texts, by which label, how many of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from embkit_built.drawing import drawn
from embkit_built.grouping import GroupSets
from embkit_built.published import IfcClass, Product, read_ifc_classes, read_products

__all__ = ["GROUPINGS", "Grouping", "clustering_p2p", "clustering_s2s", "read_rows"]

Entry = IfcClass | Product
_TAG = 0


class Grouping(NamedTuple):
    """level: which superclass is the label, from 1 at the top, or 0 for the tag of IFC.

    size: at most so many texts of a label in a set. sets: how many of them.
    """

    name: str
    ifc: bool
    level: int
    labels: tuple[str, ...]
    size: int
    sets: int

    def label(self, entry: Entry) -> str:
        """What an entry is labelled with, "" for nothing."""
        if self.level == _TAG:
            return entry.tag if isinstance(entry, IfcClass) else ""
        return entry.above[self.level - 1] if len(entry.above) >= self.level else ""


# As published, sizes and numbers of sets too.
GROUPINGS = (
    Grouping(
        "IFC by discipline", True, _TAG,
        ("structural_elements", "building_control", "hvac", "electrical"), 50, 4,
    ),
    Grouping(
        "IFC elements", True, 1,
        (
            "IfcGeotechnicalElement", "IfcFurnishingElement", "IfcTransportationDevice",
            "IfcBuiltElement", "IfcDistributionElement",
        ), 40, 6,
    ),
    Grouping(
        "IFC built or distribution", True, 1,
        ("IfcBuiltElement", "IfcDistributionElement"), 70, 3,
    ),
    Grouping(
        "IFC reinforcing, control, flow", True, 2,
        (
            "IfcReinforcingElement", "IfcDistributionControlElement",
            "IfcDistributionFlowElement",
        ), 40, 3,
    ),
    Grouping(
        "IFC flow elements", True, 3,
        (
            "IfcFlowTreatmentDevice", "IfcFlowStorageDevice", "IfcFlowMovingDevice",
            "IfcFlowFitting", "IfcFlowSegment", "IfcFlowController",
            "IfcEnergyConversionDevice", "IfcFlowTerminal",
        ), 30, 2,
    ),
    Grouping(
        "Uniclass groups", False, 1,
        (
            "services and process general products", "services and process control products",
            "opening products", "skin products", "services and process distribution products",
            "covering and finishing products",
        ), 100, 2,
    ),
    Grouping(
        "Uniclass structure", False, 2,
        (
            "formless structure and general products", "sectional products",
            "support and restraint products", "fastener products",
        ), 100, 2,
    ),
    Grouping(
        "Uniclass fittings", False, 2,
        (
            "signage products", "sanitary fittings and accessories", "equipment", "fittings",
            "furnishings",
        ), 100, 3,
    ),
)  # fmt: skip


def read_rows(classes: Path, products: Path) -> Mapping[bool, Sequence[Entry]]:
    """The entries of both files, those of IFC under True."""
    return {True: read_ifc_classes(classes), False: read_products(products)}


def clustering_s2s(classes: Path, products: Path) -> GroupSets:
    """Titles."""
    return _dataset(classes, products, lambda entry: entry.title)


def clustering_p2p(classes: Path, products: Path) -> GroupSets:
    """Descriptions."""
    return _dataset(classes, products, lambda entry: entry.text)


def _dataset(classes: Path, products: Path, text: Callable[[Entry], str]) -> GroupSets:
    """25 sets. The texts of a label are drawn once, and dealt to one set after the other.

    A label with too few for all sets begins again, so that sets of a grouping are equally large;
    those of a large label have no text in common.
    """
    rows = read_rows(classes, products)
    sets: list[list[str]] = []
    labels: list[list[str]] = []
    kinds: list[str] = []
    for grouping in GROUPINGS:
        heaps = []
        for label in grouping.labels:
            found = [entry for entry in rows[grouping.ifc] if grouping.label(entry) == label]
            heaps.append([text(entry) for entry in drawn(found, _title, grouping.name)])
        for number in range(grouping.sets):
            dealt, own = [], []
            for label, heap in zip(grouping.labels, heaps, strict=True):
                size = min(grouping.size, len(heap))
                dealt += [heap[(number * size + i) % len(heap)] for i in range(size)]
                own += [label] * size
            sets.append(dealt)
            labels.append(own)
            kinds.append(grouping.name)
    return GroupSets(sets=sets, labels=labels, slices={"grouping": kinds})


def _title(entry: Entry) -> str:
    return entry.title
