"""A classification: classes with codes in a tree, checked when it is made."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from embkit.errors import InvalidData, NotFound, suggestion

__all__ = ["NONE", "AssetClass", "Taxonomy"]

# The answer that a thing is none of the classes; no class may be called so.
NONE = "none"


@dataclass(frozen=True, kw_only=True)
class AssetClass:
    """parent: a code, "" at the top. line: where it stands in its file, 0 where there is none."""

    code: str
    title: str
    parent: str = ""
    description: str = ""
    synonyms: Sequence[str] = ()
    line: int = 0


@dataclass(frozen=True, kw_only=True)
class Taxonomy:
    """Classes in the order of their source.

    path: what messages name. Raises InvalidData, naming the row, for a code that is empty, stands
    twice or is "none", a parent that is not there, and classes that are parents of each other.
    """

    name: str
    classes: Sequence[AssetClass]
    path: Path | None = None
    _place: Mapping[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        place: dict[str, int] = {}
        for number, found in enumerate(self.classes):
            if not found.code or not found.title:
                what = "code" if not found.code else "title"
                raise self._error(found, f"there is a class without a {what}; fill it in")
            if found.code.casefold() == NONE:
                raise self._error(found, f"no class may be called '{found.code}'; it is an answer")
            if found.code in place:
                first = self.classes[place[found.code]]
                raise self._error(
                    found,
                    f"code '{found.code}' stands twice, for '{first.title}'"
                    f"{f' in line {first.line}' if first.line else ''} and for '{found.title}'; "
                    "keep one",
                )
            place[found.code] = number
        object.__setattr__(self, "_place", MappingProxyType(place))
        if not place:
            raise InvalidData("there is no class", path=self.path)
        for found in self.classes:
            self._check_ancestors(found)

    def _error(self, found: AssetClass, message: str) -> InvalidData:
        return InvalidData(message, path=self.path, line=found.line or None)

    def _check_ancestors(self, found: AssetClass) -> None:
        seen = [found.code]
        while (parent := self.classes[self._place[seen[-1]]].parent) != "":
            last = self.classes[self._place[seen[-1]]]
            if parent not in self._place:
                raise self._error(
                    last,
                    f"the parent of '{last.code}' is '{parent}', which is no class"
                    f"{suggestion(parent, self._place)}; add it or leave the parent empty",
                )
            if parent in seen:
                ring = " > ".join([*seen[seen.index(parent) :], parent])
                raise self._error(last, f"classes are parents of each other: {ring}; cut the ring")
            seen.append(parent)

    def __len__(self) -> int:
        return len(self.classes)

    def __contains__(self, code: object) -> bool:
        return code in self._place

    def place(self, code: str) -> int:
        """The position of a class. Raises NotFound."""
        if code not in self._place:
            raise NotFound(f"'{self.name}' has no class '{code}'{suggestion(code, self._place)}")
        return self._place[code]

    def get(self, code: str) -> AssetClass:
        """The class of a code. Raises NotFound."""
        return self.classes[self.place(code)]

    def line_of(self, code: str) -> tuple[str, ...]:
        """The codes from the top of the tree to a class, itself included."""
        codes = [code]
        while parent := self.get(codes[-1]).parent:
            codes.append(parent)
        return tuple(reversed(codes))

    @cached_property
    def version(self) -> str:
        """12 digits of a digest over codes, parents and all texts."""
        total = hashlib.sha256()
        for found in self.classes:
            fields = (found.code, found.parent, found.title, found.description, *found.synonyms)
            total.update("\x1f".join((*fields, "\x1e")).encode("utf-8", "surrogatepass"))
        return total.hexdigest()[:12]
