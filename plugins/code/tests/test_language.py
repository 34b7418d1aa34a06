"""Words of code and of the prose beside it."""

from __future__ import annotations

import heapq
import io
import subprocess
import sys
import tokenize
from collections import Counter
from pathlib import Path

import embkit
import numpy as np
import pytest
from click.testing import CliRunner
from embkit.cli import cli
from embkit.registry import Registry
from embkit.testing import check_language
from embkit_code.language import PYTHON, lexical, name_words
from embkit_code.lexing import code_tokens, lex


def test_names_are_cut_where_people_cut_them() -> None:
    assert name_words("readHTTPHeader_2") == ["read", "HTTP", "Header", "2"]
    assert name_words("__init__") == ["init"]
    assert name_words("utf8_decode") == ["utf8", "decode"]
    assert name_words("___") == []


def test_code_and_the_prose_about_it_have_the_same_words() -> None:
    code = PYTHON.tokenize(PYTHON.fold("def readHeader(self): return self.x ** 2"))
    assert code == ["def", "read", "header", "self", "return", "self", "x", "**", "2"]
    assert PYTHON.tokenize(PYTHON.fold("Read the header; don't use HTTP.")) == [
        "read", "the", "header", "don", "t", "use", "http",
    ]  # fmt: skip


def test_folding_before_cutting_loses_no_word_of_a_name() -> None:
    assert PYTHON.tokenize(PYTHON.fold("JSONDecoder")) == ["json", "decoder"]


def test_a_comment_in_devanagari_keeps_its_vowel_signs() -> None:
    assert PYTHON.tokenize("# मराठी भाषा") == ["मराठी", "भाषा"]


def test_models_of_words_learn_names_whole_brackets_and_the_words_of_prose() -> None:
    code = "self.readFile(x, 10) # Not a 'name'\nreturn f'{x} is it'"
    assert lexical(PYTHON.fold(code)) == [
        "self", ".", "read_file", "(", "x", ",", "10", ")", "not", "a", "name",
        "return", "f", "x", "is", "it",
    ]  # fmt: skip


def test_the_language_reads_trees_and_python_files_and_no_others(tmp_path: Path) -> None:
    (tmp_path / "b.py").write_text("x = 1\n")
    (tmp_path / "a.py").write_bytes(b"# caf\xe9\n")
    (tmp_path / "notes.txt").write_text("x = 2\n")
    assert PYTHON.read is not None
    skipped: Counter[str] = Counter()
    assert list(PYTHON.read(tmp_path, skipped) or ()) == ["x = 1\n"]
    assert list(PYTHON.read(tmp_path / "b.py", skipped) or ()) == ["x = 1\n"]
    assert list(PYTHON.read(tmp_path / "a.py", skipped) or ()) == []
    assert skipped == {"file that cannot be decoded as it says it is encoded": 2}
    assert PYTHON.read(tmp_path / "notes.txt", skipped) is None
    assert PYTHON.read(tmp_path / "gone.py", skipped) is None


def test_embkit_train_learns_tokens_from_a_tree(tmp_path: Path) -> None:
    pytest.importorskip("embkit_fasttext", reason="needs embkit-fasttext, which has `embkit train`")
    pytest.importorskip("gensim", reason="needs gensim to train with")
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "a.py").write_text("def readFile(self):\n    return self.x(1)\n" * 9)
    out = tmp_path / "vectors"
    words = ["train", "word2vec", str(tmp_path / "tree"), "--lang", "Python", "-o", str(out)]
    done = CliRunner().invoke(cli, [*words, "--dim", "5", "--deterministic"])
    assert done.exit_code == 0, done.output
    assert done.stdout == f"embkit eval --lang zxx-x-python -p fasttext:{out / 'model.bin'}\n"
    embedder = embkit.load(f"fasttext:{out / 'model.bin'}", language="Python")
    known = ~np.isnan(embedder.embed(["(", "readFile", ".", "xs"])).any(axis=1)
    assert known.tolist() == [True, True, True, False]


def test_the_language_keeps_its_promises() -> None:
    assert check_language(PYTHON) == [
        "language zxx-x-python: normalises, tokenises, folds",
        "language zxx-x-python: lexes",
        "language zxx-x-python: spaces separate",
    ]


def test_the_language_is_found_by_its_tag_and_by_its_name() -> None:
    plugins = Registry()
    assert plugins.language("zxx-x-python") is PYTHON
    assert plugins.language("Python") is PYTHON


def test_asking_all_hooks_imports_nothing_heavy() -> None:
    code = (
        "import sys, embkit_code as c\n"
        "list(c.embkit_languages()), list(c.embkit_benchmarks()), list(c.embkit_evaluators())\n"
        "list(c.embkit_protocols())\n"
        "print(sorted({'numpy', 'scipy', 'pyarrow', 'embkit_code.making'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_tokens_have_a_kind_and_a_place() -> None:
    source = 'if x != f"a{b}": # no'
    found = [(token.kind, token.text) for token in lex(source)]
    assert found == [
        ("keyword", "if"), ("name", "x"), ("operator", "!="), ("string", 'f"a{b}"'),
        ("operator", ":"), ("comment", "# no"),
    ]  # fmt: skip
    assert all(source[token.start : token.end] == token.text for token in lex(source))


def test_strings_of_every_prefix_are_one_token() -> None:
    source = "(rb'\\'', B\"x\", '''a\n'b' ''', \"\"\"\"\"\", f'{x}')"
    assert [token.text for token in lex(source) if token.kind == "string"] == [
        "rb'\\''", 'B"x"', "'''a\n'b' '''", '""""""', "f'{x}'",
    ]  # fmt: skip


def test_tokens_are_those_of_the_tokenize_module() -> None:
    layout = {
        tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
        tokenize.ENDMARKER,
    }  # fmt: skip
    numbers = "x = [0x1F, 1_000.5e-3, .5, 1., 2j, 0b1, 0o7, 1e5]; x //= ~x @ (x := ...) -> x\n"
    for source in (Path(heapq.__file__).read_text(encoding="utf-8"), numbers):
        theirs = tokenize.generate_tokens(io.StringIO(source).readline)
        expected = [token.string for token in theirs if token.type not in layout]
        assert code_tokens(source) == expected


def test_what_is_no_python_is_cut_without_an_error() -> None:
    assert code_tokens("print \"unclosed\n$ ? '''") == ["print", "unclosed", "''"]
