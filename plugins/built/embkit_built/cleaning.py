"""What a row says of its thing, without tags, sizes and makers, abbreviations written out."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from embkit.errors import InvalidData

from embkit_built.demo import ABBREVIATIONS
from embkit_built.sheets import read_sheet

__all__ = ["Cleaner", "read_glossary"]

_SPLIT = re.compile(r"[\s,;:()\[\]{}|\"·“”*=?!@#]+")
_JOINED = re.compile(r"[-_/+&.\\]+")
_BLANK = {"n/a", "na", "tbc", "tba", "nil", "unknown", "null", "none", "w/", "c/w", "wi", "no", "x"}
# 600x600, 3.2m3/s, 36w, 230/1/50, 2", ø125
_SIZE = re.compile(r"[ø<>~±]?\d[\d.,/x×-]*(?P<unit>[a-zµ°'²³%]*[\d²³]?(/[a-z]+\d?)?)")
_COUNTED = re.compile(r"(\d{1,2})-?([a-z]{3,})")  # 4pipe, 3-port
_UNITS = {
    "amp", "amps", "bar", "bhp", "btu", "cfm", "cumec", "cumecs", "deg", "dia", "gal", "gpm",
    "hrs", "kva", "kvar", "kwe", "kwp", "litre", "litres", "liter", "ltr", "ltrs", "lps", "lumen",
    "mah", "mbar", "mva", "nos", "pax", "pcs", "ppm", "psi", "rpm", "sqm", "sqmm", "tonne", "volt",
    "volts", "vdc", "watt", "watts",
}  # fmt: skip
_GRADE = re.compile(r"(dn|ip|pn|nb|od|ie|[a-z])\.?\d+[a-z]?")  # dn50, ip65, k2, r32
_NUMBERED = re.compile(r"([a-z]{2,})\d+[a-z]?")  # ahu1, pump2
_SERIAL = re.compile(r"(?=.*\d)(?=.*[a-z])[a-z0-9]{7,}")


def read_glossary(path: Path) -> dict[str, str]:
    """Abbreviations and what they stand for: a table with the columns `short` and `long`.

    Raises InvalidRequest without these columns, InvalidData for one that stands for two things.
    """
    table = read_sheet(path, wanted=("short", "long"))
    short, long = table.column("short"), table.column("long")
    found: dict[str, str] = {}
    for line, cells in table.rows:
        key, meant = cells[short].strip().casefold(), cells[long].strip().casefold()
        if not key or not meant:
            raise table.error(line, "an abbreviation and what it stands for are needed")
        if found.setdefault(key, meant) != meant:
            raise InvalidData(
                f"'{key}' stands for '{found[key]}' and for '{meant}'; keep one",
                path=path,
                line=line,
            )
    return found


class Cleaner:
    """Cleans texts; what it does depends on the text, its makers and what it was made with.

    fold: a text without the distinction of case. words: those of the classes, which are kept even
    where a maker is called so. glossary: a user's, which goes before the shipped one.
    """

    def __init__(
        self,
        fold: Callable[[str], str],
        words: Collection[str] = (),
        glossary: Mapping[str, str] | None = None,
    ) -> None:
        self._fold = fold
        self._words = frozenset(words)
        self._glossary = read_glossary(ABBREVIATIONS) | dict(glossary or {})
        self.clean = lru_cache(maxsize=1 << 16)(self._clean)

    def _clean(self, text: str, makers: str = "") -> str:
        """The words of a text that say what a thing is, in order; "" where none is left.

        makers: words that name who made it, which model and serial; they are taken out.
        """
        folded = self._fold(text)
        named = {part for part in _SPLIT.split(self._fold(makers)) if part}
        named -= self._words | self._glossary.keys()
        found: list[str] = []
        for token in _SPLIT.split(folded):
            for word in self._meant(token.strip(".-_/+'"), named):
                if word not in found:
                    found.append(word)
        return " ".join(found)

    def _meant(self, token: str, named: Collection[str]) -> Iterator[str]:
        """The words a token stands for: none, itself or what is written out."""
        if not token or token in named:
            return
        known = self._glossary.get(token) or self._glossary.get(token.replace(".", ""))
        if known:
            yield from known.split(" ")
        elif token in _BLANK or token in _UNITS:
            return
        elif counted := _COUNTED.fullmatch(token):
            if counted[2] not in _UNITS:
                yield from counted.groups()
        elif token[0].isdigit() or _SIZE.fullmatch(token):
            return
        elif _JOINED.search(token):
            yield from self._parts(token, named)
        elif any(map(str.isdigit, token)):
            yield from self._numbered(token)
        elif len(token) > 1:
            yield token

    def _parts(self, token: str, named: Collection[str]) -> Iterator[str]:
        """Of a tag, such as ahu-03-l02, what it is called after; of any other its parts."""
        parts = [part for part in _JOINED.split(token) if part]
        tag = any(map(str.isdigit, token))
        for part in parts:
            # In tags letters stand for floors and rooms: only what is known is a word.
            if not tag or part in self._glossary or (part.isalpha() and len(part) > 3):
                yield from self._meant(part, named)

    def _numbered(self, token: str) -> Iterator[str]:
        """What stands before a number: ahu1, pump2; nothing of sizes, grades and serials."""
        numbered = _NUMBERED.fullmatch(token)
        if numbered and numbered[1] in self._glossary:
            yield from self._glossary[numbered[1]].split(" ")
        elif _GRADE.fullmatch(token) or _SERIAL.fullmatch(token):
            return
        elif numbered and len(numbered[1]) > 2:
            yield numbered[1]
