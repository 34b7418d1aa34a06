"""Python as a language of embkit: the words that names, strings and prose beside code are made of.

`zxx` is BCP 47's tag for what has no linguistic content, `x-python` is private use.
"""

from __future__ import annotations

import regex
from embkit.records import Language, deferred
from embkit.text import clean, fold_case

from embkit_code.lexing import lex

__all__ = ["PYTHON", "TAG", "fold_names", "lexical", "name_words", "words"]

TAG = "zxx-x-python"
# Operators are words, as far as Python's reference calls them so; brackets, commas and the like are
# its punctuation. Quotes only separate: what stands between them is read like everything else, so
# that a docstring, a comment and a search query have the words of the code they are about.
_WORD = regex.compile(
    r"""(?V1)
      (?P<name> [\p{Alphabetic}\p{M}_] [\p{Alphabetic}\p{M}\p{N}_\u200c\u200d]* )
    | 0[xX][\da-fA-F_]+ | (?: \p{Nd}[\p{Nd}_]* (?: \.\p{Nd}+ )? | \.\p{Nd}+ ) (?: [eE][+-]?\d+ )?
    | \p{N}+
    | \*\*=? | //=? | <<=? | >>=? | [-+*/%@\&|\^=!<>:]= | [-+*/%@\&|\^~<>]
    """,
    regex.VERBOSE,
)
_HUMP = r"(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})"
_INSIDE = regex.compile(_HUMP, flags=regex.VERSION1)
_EDGE = regex.compile(rf"_+|{_HUMP}", flags=regex.VERSION1)


def name_words(name: str) -> list[str]:
    """The words of a name, cut at underscores and where case changes: readHTTPHeader_2 has four."""
    return [word for word in _EDGE.split(name) if word]


def words(text: str) -> list[str]:
    """The words of code or prose: words of names, numbers, and operators."""
    found: list[str] = []
    for match in _WORD.finditer(text):
        found += name_words(match[0]) if match["name"] else [match[0]]
    return found


def fold_names(text: str) -> str:
    """A text without case; where case cuts a name stands an underscore: readFile gives read_file.

    Texts are folded before they are cut, and a name must not grow together by it.
    """
    return fold_case(_INSIDE.sub("_", text))


def lexical(text: str) -> list[str]:
    """The tokens of code, names whole and brackets among them; of strings and comments the words.

    A model that is trained on them knows `(` and `read_file`, which a token of a task is looked up
    as before it is cut into words.
    """
    found: list[str] = []
    for token in lex(text):
        prose = token.kind in ("string", "comment")
        found += words(token.text) if prose else [token.text]
    return found


PYTHON = Language(
    name=TAG,
    summary="Python: words of names, cut at underscores and capitals, numbers and operators",
    normalize=clean,
    tokenize=words,
    fold=fold_names,
    space_separates=True,
    read=deferred("embkit_code.sources:texts"),
    lex=lexical,
)
