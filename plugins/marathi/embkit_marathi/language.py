"""Marathi text: one spelling for what looks the same, and words that keep their vowel signs."""

from __future__ import annotations

import re
import unicodedata

from embkit.records import Language
from embkit.text import clean, fold_case, words

__all__ = ["marathi"]

# Soft hyphen, zero-width space, both joiners, word joiner, byte-order mark. An expression is quick
# to skip what cannot begin a match when its first element is one character or one set.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff][\u00ad\u200b-\u200d\u2060\ufeff]*")
_JOINERS = "\u200c\u200d"

# Spellings that are drawn alike and that NFC leaves apart, in this order. ॲ and ऱ् each occur both
# ways in CLDR's Marathi data; the vowels below them are typed in two strokes for one. How often in
# the 28 million characters of shared/data/mr: अॅ 753 (and अ, ZWJ, ॅ 380) beside ॲ 301, र् with ZWJ
# 720 beside ऱ् 14,333, ाॅ 728, ाे 292, ाै 14, अा 110, अॉ 15, आॅ 138, the rest 2 each.
# Source: The Unicode Standard, chapter 12, "Vowel Letters" and "Eyelash RA".
_ONE_SPELLING = (
    ("र्\u200d", "ऱ्"),
    ("ऱ्\u200d", "ऱ्"),
    ("\u093e\u0945", "\u0949"),  # ाॅ ॉ
    ("\u093e\u0947", "\u094b"),  # ाे ो
    ("\u093e\u0948", "\u094c"),  # ाै ौ
    ("अ\u0945", "ॲ"),
    ("अ\u093e", "आ"),
    ("अ\u0949", "ऑ"),
    ("आ\u0945", "ऑ"),
    ("अ\u094b", "ओ"),
    ("आ\u0947", "ओ"),
    ("आ\u0948", "औ"),
)
_ANUSVARAS = re.compile("ंं+")

# Marathi has no apostrophe inside words: in यूजीसी'ची a quotation ends before the suffix.
_CLOSING_QUOTE = re.compile("['\u2019](?<=[\u0900-\u097f].)(?=[\u0900-\u097f])")
_LATIN_DIGITS = str.maketrans("०१२३४५६७८९", "0123456789")


def _joins(character: str) -> bool:
    """Whether a joiner behind it shows: a virama of any script, an emoji, an Arabic letter."""
    return (
        unicodedata.combining(character) == 9
        or unicodedata.category(character) in ("So", "Sk")
        or unicodedata.bidirectional(character) == "AL"
        or character == "\ufe0f"
    )


def _seen(match: re.Match[str]) -> str:
    """What is left of a run of invisible characters: the first joiner where it has an effect."""
    before = match.string[match.start() - 1 : match.start()]
    if not before or not _joins(before):
        return ""
    return next((mark for mark in match[0] if mark in _JOINERS), "")


def _normalize(text: str) -> str:
    text = clean(text)
    if text.isascii():
        return text
    mended = _INVISIBLE.sub(_seen, text)
    for written, spelling in _ONE_SPELLING:
        mended = mended.replace(written, spelling)
    mended = _ANUSVARAS.sub("ं", mended)
    # What stood between two marks is gone: they may have to be put in order.
    return text if mended == text else clean(mended)


def _tokenize(text: str) -> list[str]:
    return words(_CLOSING_QUOTE.sub(" ", text))


def marathi(digits: str = "keep") -> Language:
    """Marathi; no mark is ever stripped: the vowel signs are marks.

    digits: what becomes of ०१२३: "keep" leaves them as written, "latin" gives 0123, as vectors
    trained on text with Latin digits have it.
    """
    ways = {
        "keep": _normalize,
        "latin": lambda text: _normalize(text).translate(_LATIN_DIGITS),
    }
    return Language(
        name="mr",
        summary=f"Marathi: one spelling of ॲ and ऱ्, words keep their marks, digits: {digits}",
        normalize=ways[digits],
        tokenize=_tokenize,
        fold=fold_case,
        script="Deva",
        space_separates=True,
    )
