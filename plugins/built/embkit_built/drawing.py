"""A random order that no version of a library changes: by digest."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import TypeVar

__all__ = ["drawn"]

Item = TypeVar("Item")


def drawn(items: Iterable[Item], name: Callable[[Item], str], purpose: str) -> list[Item]:
    """The items in an order that depends on their names and the purpose alone."""

    def digest(item: Item) -> bytes:
        return hashlib.sha256(f"{purpose}\0{name(item)}".encode()).digest()

    return sorted(items, key=digest)
