"""Building blocks for languages: cleaning, words, case, and the digest of a text layer.

Nothing here is meant for one language; what a language needs beyond it stands in its `Language`.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    from embkit.records import Language

__all__ = ["MARKS", "clean", "collapsed", "fold_case", "fold_dotted", "layer_digest", "words"]

# UAX #15 calls text "stream-safe" with at most 30 marks in a row. Without the cap normalisation is
# quadratic in the run: 0.8 MB of marks took 235 s.
MARKS = 30
_LONG_RUN = regex.compile(rf"(\p{{M}}{{{MARKS}}})\p{{M}}+")
_nfc = partial(unicodedata.normalize, "NFC")
_is_nfc = partial(unicodedata.is_normalized, "NFC")
_STRETCH = 200
_LONG_TEXT = 2000
_SURROGATE = regex.compile(r"[\ud800-\udfff]")

# UAX #29 words, simplified: letters with all their marks and joiners, an apostrophe or middle dot
# between letters, a point, comma or colon between digits; an ideograph alone; one emoji or flag.
# Python's `\w` leaves out vowel signs and so cuts every Devanagari word.
_WORD = regex.compile(
    r"""(?V1)
    \p{Han} \p{M}*
    | [[\p{Alphabetic}\p{M}\p{N}\p{Pc}]--\p{Han}]
      (?: [[\p{Alphabetic}\p{M}\p{N}\p{Pc}\u200c\u200d]--\p{Han}]
        | (?<=[\p{Alphabetic}\p{M}]) ['\u2019\u00b7\u05f3\u05f4\u0f0b] (?=[\p{Alphabetic}])
        | (?<=\p{Nd}) [.,:\u066b\u066c] (?=\p{Nd})
      )*
    | \p{Extended_Pictographic} [\p{M}\p{Emoji_Modifier}]*
      (?: \u200d \p{Extended_Pictographic} [\p{M}\p{Emoji_Modifier}]* )*
    | \p{Regional_Indicator}{2}
    """,
    regex.VERBOSE,
)


def clean(text: str) -> str:
    """NFC, with lone surrogates as U+FFFD and runs of over 30 combining marks cut; linear time."""
    if text.isascii():
        return text
    text = _SURROGATE.sub("\ufffd", text)
    if _longest(text) > MARKS:
        return " ".join(map(_capped, text.split(" ")))
    return _by_stretch(text, lambda stretch: " ".join(map(_capped, stretch.split(" "))))


def _longest(text: str) -> int:
    """How many characters the longest part between spaces has."""
    if len(text) > _LONG_TEXT:
        from embkit.wordbreaks import longest  # brings numpy

        return longest(text)
    return max(map(len, text.split(" ")))


def collapsed(text: str) -> str:
    """A text cleaned, with one space for each run of white space: what makes texts the same."""
    return " ".join(clean(text).split())


def _by_stretch(text: str, composed: Callable[[str], str]) -> str:
    """A text with every stretch between spaces composed that is not NFC yet: few are, in any text.

    Nothing composes across a space.
    """
    found = []
    start = 0
    while start < len(text):
        end = text.find(" ", start + _STRETCH)
        stretch = text[start:] if end < 0 else text[start:end]
        start += len(stretch)
        found.append(stretch if _is_nfc(stretch) else composed(stretch))
    return "".join(found)


def _capped(part: str) -> str:
    if 3 * len(part) <= MARKS:  # no character comes apart into more than three
        return _nfc(part)
    part = _LONG_RUN.sub(r"\1", part)
    normal = _nfc(part)
    # Some marks come apart into two, so a run may have grown.
    return normal if normal == part else _LONG_RUN.sub(r"\1", normal)


def words(text: str) -> list[str]:
    """The words of a normalised text, in order; punctuation and white space are left out.

    Source: Unicode Standard Annex 29, without dictionaries: a run of Thai, Lao, Khmer or Burmese
    letters stays one word, Han ideographs are words of one character.
    """
    if len(text) > _LONG_TEXT:
        from embkit.wordbreaks import split_words  # brings numpy

        return split_words(text, _WORD)
    found: list[str] = _WORD.findall(text)
    return found


def fold_case(text: str) -> str:
    """Lower case by Unicode's default rules; İ becomes i, without the dot `str.lower` leaves."""
    return _lower(text, text.replace("İ", "i"))


def fold_dotted(text: str) -> str:
    """Lower case where I and ı, İ and i are two letters: Turkish, Azerbaijani, Crimean Tatar."""
    return _lower(text, text.replace("İ", "i").replace("I", "ı"))


def _lower(text: str, dotted: str) -> str:
    lower = dotted.lower()
    if lower == text or lower.isascii():
        return lower
    # NFC again: J̌ has no composed form and ǰ has.
    return _by_stretch(lower, _nfc)


_PROBE = (
    "The Cat's 3,141.5 PUPPIES—don't e.g. naïve façade Straße ΣΊΣΥΦΟΣ",
    "İSTANBUL'da IĞDIR ısı isi Kâğıt çiğ ŞIK",
    "मराठी भाषेतील वृत्तपत्रे, पुण्यातील ॲप अॅप ऱ्हास र्‍हास शिक्षण‌संस्था १२३। क़लम",
    "தமிழ் తెలుగు ಕನ್ನಡ മലയാളം বাংলা ગુજરાતી ਪੰਜਾਬੀ ଓଡ଼ିଆ සිංහල ไทย ລາວ မြန်မာ ខ្មែរ བོད་ཡིག",
    "العربيّة اردو עברית فارسی‌ها አማርኛ ქართული Հայերեն Українська մ",
    "中文字 日本語のテキスト 한국어 👩🏽‍🚀 e\u0301 \ud800x a" + "\u0301" * 40,
)


@cache
def _layer_digest(language: Language) -> str:
    seen = [language.name, language.version]
    for text in _PROBE:
        normal = language.normalize(text)
        seen += [normal, language.fold(normal), *language.tokenize(normal)]
    return hashlib.sha256("\0".join(seen).encode("utf-8", "backslashreplace")).hexdigest()


def layer_digest(language: Language) -> str:
    """sha256 of what a language does to a fixed text in twenty scripts, and of its version.

    Part of every fingerprint that depends on words: a changed rule changes it by itself where the
    probe meets the rule, and by `Language.version` where it does not.
    """
    return _layer_digest(language)
