"""The names that CLDR gives to territories, languages, currencies, scripts, units and days."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

__all__ = ["CLASSES", "alike", "names", "share_letters", "spread", "tags"]

CLASSES = ("territory", "language", "currency", "script", "unit", "calendar")
# Codes of CLDR that name no country: unions, outlying and test regions.
_NO_COUNTRY = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}
_NO_LANGUAGE = {"und", "mul", "zxx", "root"}
_NO_CURRENCY = {"XXX", "XTS"}
_NASAL = {"ANUSVARA", "CANDRABINDU", "BINDI", "TIPPI"}
_NO_SCRIPT = {"Zinh", "Zyyy", "Zzzz", "Zxxx", "Zsym", "Zmth", "Zsye"}
_ABBREVIATION = re.compile(r"[/.·²³]")
_QUALIFIED = re.compile(r"[()（）\[\]]|[–—]|\s-\s|\d")


@cache
def _data(tag: str) -> Mapping[str, Any]:
    """What CLDR has for a language itself, nothing inherited.

    Not by Babel's own `load`: whoever asks it first for a language, with what is inherited or
    without, decides what everybody gets.
    """
    import pickle

    from babel.localedata import resolve_locale_filename

    with open(resolve_locale_filename(tag), "rb") as file:
        data: Mapping[str, Any] = pickle.load(file)  # Babel's own, out of its package
    return data


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
    units = {}
    for code, forms in data.get("unit_display_names", {}).items():
        # CLDR leaves the long form out where the short one is the same (मीटर); what has a slash, a
        # point or a superscript is an abbreviation all the same.
        name = forms.get("long") or forms.get("short", "")
        if "long" in forms or not _ABBREVIATION.search(name):
            units[code] = name
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


_IDEOGRAPHS = ("CJK",)
_SYLLABLES = (
    "HANGUL", "HIRAGANA", "KATAKANA", "ETHIOPIC", "CHEROKEE", "DEVANAGARI", "BENGALI", "GUJARATI",
    "GURMUKHI", "ORIYA", "TAMIL", "TELUGU", "KANNADA", "MALAYALAM", "SINHALA",
)  # fmt: skip


def _telling(run: str) -> bool:
    """Whether a run of letters is long enough to give a name away in its script."""
    name = unicodedata.name(run[0], "")
    return len(run) >= (
        1 if name.startswith(_IDEOGRAPHS) else 2 if name.startswith(_SYLLABLES) else 3
    )


def share_letters(first: str, second: str) -> bool:
    """Whether two names share a run of letters wherever it stands: India and Indian rupee.

    Three letters of an alphabet, two of a script whose letters are syllables, one ideograph; marks
    do not count. Looking inside words matters: Kihindi, የሕንድ ሩፒ and ดอลลาร์จาเมกา carry the country
    behind a prefix.
    """

    def runs(name: str) -> set[str]:
        letters = "".join(
            c
            for c in unicodedata.normalize("NFKD", name.casefold())
            if unicodedata.category(c)[0] != "M"
        )
        words = re.findall(r"[^\W\d_]+", unicodedata.normalize("NFC", letters))
        return {w[i : i + n] for w in words for n in (1, 2, 3) for i in range(len(w) - n + 1)}

    return any(_telling(run) for run in runs(first) & runs(second))


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
