"""Languages by BCP 47 tag, by ISO 639-3 code, by English name or by their own name."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from embkit.text import clean, fold_case

__all__ = ["NamedLanguage", "english_names", "find_name", "known_names", "own_name", "short_tag"]

_TAG = re.compile(r"([A-Za-z]{2,3}|x-[a-z0-9-]+)((?:[-_][A-Za-z0-9]{2,8})*)")


class NamedLanguage(NamedTuple):
    """A canonical tag, the usual script (ISO 15924) and the English name."""

    tag: str
    script: str
    english: str


def _lines() -> list[list[str]]:
    """Tag, codes, script, English name and own name of each language.

    Source: CLDR, see resources/SOURCES.toml.
    """
    text = files(__package__).joinpath("names.tsv").read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines()[1:]]


@cache
def _table() -> tuple[dict[str, NamedLanguage], dict[str, NamedLanguage]]:
    """By code and by folded name."""
    codes: dict[str, NamedLanguage] = {}
    names: dict[str, NamedLanguage] = {}
    for tag, alpha3, script, english, autonym in _lines():
        entry = NamedLanguage(tag, script, english)
        for code in (tag, *filter(None, alpha3.split(","))):
            codes.setdefault(code, entry)
        for name in (english, autonym):
            if name:
                names.setdefault(fold_case(clean(name)), entry)
    return codes, names


def _in_any_language(name: str) -> NamedLanguage | None:
    """Search the names of languages in all languages, when Babel is installed (about a second)."""
    try:
        from babel import Locale
        from babel.localedata import locale_identifiers
    except ImportError:
        return None
    codes, _ = _table()
    for identifier in sorted(locale_identifiers()):
        if "_" not in identifier:
            for code, word in Locale.parse(identifier).languages.items():
                if code in codes and fold_case(clean(word)) == name:
                    return codes[code]
    return None


def find_name(name: str) -> NamedLanguage | None:
    """The language of a tag, code or name, or None. A region is left off, so is the usual script.

    A tag that CLDR does not name is taken when it is written with a script (xyz-Latn).
    """
    codes, names = _table()
    folded = fold_case(clean(name.strip()))
    match = _TAG.fullmatch(name.strip())
    if folded in names and not (match and folded in codes):
        return names[folded]
    if match:
        base, rest = match[1].lower(), re.split("[-_]", match[2])[1:]
        script = next((part.title() for part in rest if len(part) == 4 and part.isalpha()), "")
        if base in codes:
            known = codes[base]
            if script and script != known.script:
                return NamedLanguage(f"{known.tag}-{script}", script, known.english)
            return known
        if script or base.startswith("x-"):
            return NamedLanguage(f"{base}-{script}" if script else base, script, base)
    return _in_any_language(folded) if len(folded) > 3 else None


def english_names() -> dict[str, str]:
    """The English name of each language by its tag."""
    return {tag: english for tag, _, _, english, _ in _lines()}


def own_name(tag: str) -> str:
    """What a language calls itself, by its canonical tag; "" where CLDR does not say."""
    return next((autonym for known, *_, autonym in _lines() if known == tag), "")


def known_names() -> set[str]:
    """Every name and code that `find_name` knows, folded."""
    codes, names = _table()
    return {*codes, *names}


def short_tag(name: str) -> str:
    """The canonical tag of a tag as plugins write it: mar-Deva-IN and mr both give mr."""
    found = find_name(name) if _TAG.fullmatch(name) else None
    return found.tag if found else name
