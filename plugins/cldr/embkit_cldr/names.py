"""The names that CLDR gives to territories, languages, currencies, scripts, units and days."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

__all__ = ["CLASSES", "alike", "names", "same_stem", "spread", "tags"]

CLASSES = ("territory", "language", "currency", "script", "unit", "calendar")
# Codes of CLDR that name no country: unions, outlying and test regions.
_NO_COUNTRY = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}
_NO_LANGUAGE = {"und", "mul", "zxx", "root"}
_NO_CURRENCY = {"XXX", "XTS"}
_NASAL = {"ANUSVARA", "CANDRABINDU", "BINDI", "TIPPI"}
_NO_SCRIPT = {"Zinh", "Zyyy", "Zzzz", "Zxxx", "Zsym", "Zmth", "Zsye"}
_QUALIFIED = re.compile(r"[()（）\[\]]|[–—]|\d")


@cache
def _data(tag: str) -> Mapping[str, Any]:
    """What CLDR has for a language itself, nothing inherited."""
    from babel import localedata

    return localedata.load(tag, merge_inherited=False)


def tags() -> list[str]:
    """The languages that Babel's CLDR data knows, in order, one tag a language."""
    from babel import localedata

    return sorted(tag for tag in localedata.locale_identifiers() if "_" not in tag)


def _raw(tag: str) -> dict[str, dict[str, str]]:
    """Code and name of every class, as CLDR has them."""
    data = _data(tag)

    def plain(table: str, skip: set[str], code: str) -> dict[str, str]:
        return {
            k: v for k, v in data.get(table, {}).items() if re.fullmatch(code, k) and k not in skip
        }

    calendar = {}
    for kind in ("months", "days"):
        for context in ("stand-alone", "format"):
            wide = data.get(kind, {}).get(context, {})
            # Babel stands an alias where one form is taken from the other.
            if isinstance(wide, Mapping) and isinstance(wide.get("wide"), Mapping):
                calendar.update({f"{kind}-{n}": v for n, v in wide["wide"].items()})
                break
    units = {
        code: forms["long"]
        for code, forms in data.get("unit_display_names", {}).items()
        if isinstance(forms, Mapping) and isinstance(forms.get("long"), str)
    }
    return {
        "territory": plain("territories", _NO_COUNTRY, "[A-Z]{2}"),
        "language": plain("languages", _NO_LANGUAGE, "[a-z]{2,3}"),
        "currency": plain("currency_names", _NO_CURRENCY, "[A-Z]{3}"),
        "script": plain("scripts", _NO_SCRIPT, "[A-Z][a-z]{3}"),
        "unit": units,
        "calendar": calendar,
    }


@cache
def names(tag: str) -> tuple[dict[str, dict[str, str]], int]:
    """Names by class and code, codes in order, and how many were left out.

    Left out: empty names, codes in place of a name, and names with brackets, dashes or digits
    ("Congo - Kinshasa", "US Dollar (Same day)"), which are descriptions.
    """
    clean: dict[str, dict[str, str]] = {}
    dropped = 0
    for kind, table in _raw(tag).items():
        clean[kind] = {}
        for code, name in sorted(table.items()):
            if not name or name == code or _QUALIFIED.search(name):
                dropped += 1
            else:
                clean[kind][code] = name
    return clean, dropped


def spread(items: Iterable[str], *salt: str) -> list[str]:
    """The items in an order that is arbitrary but always the same: that of their sha256."""

    def key(item: str) -> str:
        return hashlib.sha256("\0".join((*salt, item)).encode()).hexdigest()

    return sorted(items, key=key)


def same_stem(first: str, second: str, length: int = 3) -> bool:
    """Whether a word of one name begins as a word of the other: India and Indian rupee."""

    def stems(name: str) -> set[str]:
        return {
            word[:length].casefold() for word in re.split(r"[\s-]+", name) if len(word) >= length
        }

    return bool(stems(first) & stems(second))


_GROUPS = {
    letter: str(i)
    for i, row in enumerate(("bfpv", "cgjkqsxz", "dt", "l", "mn", "r"))
    for letter in row
}


@cache
def _sound(letter: str) -> str:
    """The Latin consonants of a letter, by its name in Unicode: क is LETTER KA, so k."""
    if letter.isascii():
        return letter.lower()
    base = unicodedata.normalize("NFKD", letter)[0]
    if base.isascii():
        return base.lower()
    words = unicodedata.name(letter, "").split(" ")
    if _NASAL & set(words):
        return "n"
    if "SIGN" in words or "VOWEL" in words:
        return ""
    for mark in ("LETTER", "SYLLABLE", "CHARACTER"):
        if mark in words[:-1]:
            name = words[words.index(mark) + 1].lower()
            if mark == "SYLLABLE" and words[0] == "HANGUL":
                return name
            # EL, EM, ES: the consonant stands second; ALEF, ALPHA: no consonant at all.
            if name[0] in "aeiou":
                return name[1:] if len(name) == 2 else ""
            return re.match("[^aeiou]+", name)[0]  # type: ignore[index]
    return ""


def _skeleton(name: str) -> str:
    """Groups of like consonants in order, none twice in a row: Soundex without its cut at four."""
    sounds = "".join(_sound(letter) for letter in unicodedata.normalize("NFC", name))
    codes = "".join(_GROUPS.get(letter, "") for letter in sounds)
    return re.sub(r"(.)\1+", r"\1", codes)


def alike(first: str, second: str) -> bool:
    """Whether two names are one, or seem to be one name in two spellings or scripts.

    Compared by their consonants in six groups of like sound (Russell 1918): केनिया is Kenya. It is
    rough: it knows no ideographs, and short names can fall together by chance.
    """
    if first.casefold() == second.casefold():
        return True
    skeleton = _skeleton(first)
    return len(skeleton) >= 2 and skeleton == _skeleton(second)
