"""Other programming languages by Pygments: their words, their tokens, their files."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest
from embkit.errors import InvalidRequest
from embkit.registry import Registry
from embkit.testing import check_language
from embkit_code import others
from embkit_code.others import other_languages

LANGUAGES = {language.name: language for language in other_languages()}
JAVA = """\
/** Reads a file. */
int readHTTP(String name) { return name.length() > 2 ? 'x' : 0x1F; } // Not "yet"
"""


@pytest.fixture(autouse=True)
def pygments() -> None:
    pytest.importorskip("pygments", reason="needs embkit-code[languages]")


def test_words_are_those_of_names_numbers_operators_and_prose() -> None:
    java = LANGUAGES["zxx-x-java"]
    assert java.tokenize(JAVA) == [
        "Reads", "a", "file", "int", "read", "HTTP", "String", "name", "return", "name",
        "length", ">", "2", "x", "0x1F", "Not", "yet",
    ]  # fmt: skip


def test_models_of_words_learn_brackets_and_names_whole() -> None:
    java = LANGUAGES["zxx-x-java"]
    assert java.lex is not None
    assert java.lex('f(readHTTP, "a b");') == ["f", "(", "readHTTP", ",", "a", "b", ")", ";"]


def test_a_function_of_php_is_code_without_the_mark_of_its_file() -> None:
    php = LANGUAGES["zxx-x-php"]
    assert php.lex is not None
    assert php.lex("function f($a) { return $a . 'x'; }")[:4] == ["function", "f", "(", "$a"]


def test_every_language_keeps_its_promises_and_is_found_by_its_tag() -> None:
    plugins = Registry(only=["code"])
    for name, language in LANGUAGES.items():
        assert check_language(language)[0] == f"language {name}: normalises, tokenises, folds"
        assert plugins.language(name).name == name
        assert all(1 <= len(part) <= 8 for part in name.split("-"))
    assert plugins.language("TypeScript").name == "zxx-x-ts"


def test_files_of_the_language_are_read_and_no_others(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("f(1)\n")
    (tmp_path / "b.mjs").write_text("g(2)\n")
    (tmp_path / "c.py").write_text("x = 3\n")
    js = LANGUAGES["zxx-x-js"]
    assert js.read is not None
    assert list(js.read(tmp_path, Counter()) or ()) == ["f(1)\n", "g(2)\n"]
    assert js.read(tmp_path / "c.py", Counter()) is None


def test_without_pygments_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygments.lexers", None)
    others._lexer.cache_clear()
    with pytest.raises(InvalidRequest, match=r"java is cut by Pygments, .*code\[languages\]"):
        LANGUAGES["zxx-x-java"].tokenize("x")
