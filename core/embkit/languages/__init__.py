"""The languages that come with embkit, and a Unicode-correct one for every other BCP 47 tag."""

from __future__ import annotations

from collections.abc import Iterable

from embkit.hookspecs import hookimpl
from embkit.records import Language
from embkit.text import clean, fold_case, fold_dotted, words

__all__ = ["default_language", "embkit_languages", "turkish"]

# Their alphabets tell dotted i from dotless ı, as Turkish does.
_DOTTED = {"az", "crh", "gag"}


def default_language(tag: str, script: str = "", english: str = "") -> Language:
    """The language of any tag: NFC, words with all their marks, Unicode's own lower case."""
    return Language(
        name=tag,
        summary=f"{english or tag}: words by Unicode's rules, marks and joiners kept",
        normalize=clean,
        tokenize=words,
        fold=fold_dotted if tag.split("-")[0] in _DOTTED else fold_case,
        script=script,
        space_separates=True,
    )


def turkish(apostrophe: str = "keep") -> Language:
    """Turkish; İ and I lower to i and ı, ısı and isi stay two words.

    apostrophe: what becomes of İstanbul'da: "keep" leaves one word, "split" gives İstanbul and da,
    "join" gives İstanbulda, as vectors trained on text without punctuation have it.
    """
    quotes = str.maketrans({"\u2019": "'"})
    ways = {
        "keep": words,
        "split": lambda text: words(text.replace("'", " ")),
        "join": lambda text: words(text.replace("'", "")),
    }
    return Language(
        name="tr",
        summary=f"Turkish: dotted and dotless i, apostrophe: {apostrophe}",
        normalize=lambda text: clean(text).translate(quotes),
        tokenize=ways[apostrophe],
        fold=fold_dotted,
        script="Latn",
        space_separates=True,
    )


@hookimpl
def embkit_languages() -> Iterable[Language]:
    """English and Turkish; other tags get `default_language`."""
    return (default_language("en", "Latn", "English"), turkish())
