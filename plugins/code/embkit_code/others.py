"""Other programming languages, cut into tokens by the lexers of Pygments.

Their words are made as those of Python are: names cut at underscores and capitals, numbers and
operators; of strings and comments the words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

from embkit.errors import InvalidRequest
from embkit.records import Language
from embkit.text import clean

from embkit_code.language import fold_names, words

__all__ = ["other_languages"]


class _Known(NamedTuple):
    """subtag: behind `zxx-x-`, of eight letters at most. lexer: its name in Pygments."""

    subtag: str
    english: str
    lexer: str
    endings: tuple[str, ...]


_KNOWN = (
    _Known("java", "Java", "java", (".java",)),
    _Known("js", "JavaScript", "javascript", (".js", ".mjs")),
    _Known("ts", "TypeScript", "typescript", (".ts",)),
    _Known("go", "Go", "go", (".go",)),
    _Known("ruby", "Ruby", "ruby", (".rb",)),
    _Known("php", "PHP", "php", (".php",)),
    _Known("c", "C", "c", (".c", ".h")),
    _Known("cpp", "C++", "cpp", (".cc", ".cpp", ".hpp")),
    _Known("csharp", "C#", "csharp", (".cs",)),
    _Known("rust", "Rust", "rust", (".rs",)),
    _Known("kotlin", "Kotlin", "kotlin", (".kt",)),
    _Known("scala", "Scala", "scala", (".scala",)),
    _Known("swift", "Swift", "swift", (".swift",)),
    _Known("shell", "Shell", "bash", (".sh",)),
    _Known("sql", "SQL", "sql", (".sql",)),
)


@cache
def _lexer(name: str) -> Any:
    try:
        from pygments.lexers import get_lexer_by_name
    except ImportError:
        raise InvalidRequest(
            f"{name} is cut by Pygments, which is not here: pip install 'embkit-code[languages]'"
        ) from None
    # A function of PHP stands without the `<?php` of its file.
    options = {"startinline": True} if name == "php" else {}
    return get_lexer_by_name(name, stripnl=False, ensurenl=False, **options)


def _tokens(lexer: str, text: str) -> Iterator[tuple[bool, str]]:
    """The tokens of a text, and whether each is prose: a string or a comment."""
    from pygments.token import Comment, String

    for kind, token in _lexer(lexer).get_tokens(text):
        yield kind in Comment or kind in String, token


def _prose(text: str) -> list[str]:
    """The words of a string or a comment, without the signs that mark it as one."""
    return [word for word in words(text) if any(letter.isalnum() for letter in word)]


def _words(lexer: str, text: str) -> list[str]:
    found: list[str] = []
    for prose, token in _tokens(lexer, text):
        found += _prose(token) if prose else words(token)
    return found


def _lexical(lexer: str, text: str) -> list[str]:
    found: list[str] = []
    for prose, token in _tokens(lexer, text):
        found += _prose(token) if prose else token.split()
    return found


def _read(endings: tuple[str, ...], path: Path, dropped: Counter[str]) -> Iterator[str] | None:
    from embkit_code.sources import texts

    return texts(path, dropped, endings)


def other_languages() -> Iterator[Language]:
    """A language each; Pygments is imported when a text is cut."""
    for known in _KNOWN:
        yield Language(
            name=f"zxx-x-{known.subtag}",
            summary=f"{known.english}: words of names, numbers and operators, by Pygments",
            normalize=clean,
            tokenize=partial(_words, known.lexer),
            fold=fold_names,
            read=partial(_read, known.endings),
            lex=partial(_lexical, known.lexer),
        )
