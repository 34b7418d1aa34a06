"""Building blocks for languages: cleaning, words, case, and the digest of a text layer.

Nothing here is meant for one language; what a language needs beyond it stands in its `Language`.
"""

from __future__ import annotations

import hashlib
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    from embkit.records import Language

__all__ = ["clean", "fold_case", "fold_dotted", "layer_digest", "words"]

# UAX #15 calls text "stream-safe" with at most 30 marks in a row. Without the cap normalisation is
# quadratic in the run: 0.8 MB of marks took 235 s.
_LONG_RUN = regex.compile(r"(\p{M}{30})\p{M}+")
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
    text = _LONG_RUN.sub(r"\1", _SURROGATE.sub("\ufffd", text))
    normal = unicodedata.normalize("NFC", text)
    # Some marks come apart into two, so a run may have grown.
    return normal if normal == text else _LONG_RUN.sub(r"\1", normal)


def words(text: str) -> list[str]:
    """The words of a normalised text, in order; punctuation and white space are left out.

    Source: Unicode Standard Annex 29, without dictionaries: a run of Thai, Lao, Khmer or Burmese
    letters stays one word, Han ideographs are words of one character.
    """
    found: list[str] = _WORD.findall(text)
    return found


def fold_case(text: str) -> str:
    """Lower case by Unicode's default rules; İ becomes i, without the dot `str.lower` leaves."""
    # NFC again: J̌ has no composed form and ǰ has.
    return unicodedata.normalize("NFC", text.replace("İ", "i").lower())


def fold_dotted(text: str) -> str:
    """Lower case where I and ı, İ and i are two letters: Turkish, Azerbaijani, Crimean Tatar."""
    return unicodedata.normalize("NFC", text.replace("İ", "i").replace("I", "ı").lower())


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
