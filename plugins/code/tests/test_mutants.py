"""Bugs are put where they are meant, by position, and what means the same is not made."""

from __future__ import annotations

import ast
from collections import Counter

import pytest
from embkit_code.corpus import corpus_of
from embkit_code.functions import Function, functions_of, parsed
from embkit_code.lexing import code_tokens
from embkit_code.mutants import misuse, swapped_operands, wrong_operator
from embkit_code.scopes import Scope


def function(text: str) -> Function:
    (found,) = functions_of("a.py", text) or []
    return found


@pytest.fixture(scope="module")
def real() -> list[Function]:
    """One function in thirty of the standard library."""
    return [f for split in corpus_of(None).splits.values() for f in split][::30]


def test_operands_are_exchanged_with_their_brackets() -> None:
    for before, after in (
        ("def f(a, b, c):\n    return (a + b) / c", "def f(a, b, c):\n    return c / (a + b)"),
        ("def f(a, é):\n    return 'ü', a[0] not in é.x(1)",
         "def f(a, é):\n    return 'ü', é.x(1) not in a[0]"),
        ("def f(a, b):\n    return (a <\n            (b))",
         "def f(a, b):\n    return ((b) <\n            a)"),
    ):  # fmt: skip
        assert swapped_operands(function(before)) == after


@pytest.mark.parametrize(
    "text",
    [
        "def f(a, b, c):\n    return a + b == c",  # commutative, as far as one can know
        "def f(a):\n    return a - a",
        "def f(a, b):\n    return '%s' % a, a % (b, b), a % b",  # text is formatted
        "def f(a, b):\n    return f'{a - b}'",  # no place before Python 3.12
    ],
)
def test_operands_are_left_alone_where_exchanging_them_means_nothing(text: str) -> None:
    assert swapped_operands(function(text)) is None


def test_a_modulo_of_numbers_is_one() -> None:
    assert (
        swapped_operands(function("def f(a):\n    return a % 2")) == "def f(a):\n    return 2 % a"
    )


def test_an_operator_becomes_another_of_its_kind() -> None:
    for before, others in (
        ("a and b", {"a or b"}),
        ("a is None", {"a is not None"}),
        ("a not in b", {"a in b"}),
        ("a < b", {f"a {sign} b" for sign in ("<=", ">", ">=", "==", "!=")}),
        ("a - 1", {f"a {sign} 1" for sign in ("+", "*", "/", "//", "%", "**")}),
        ("a - 0", {f"a {sign} 0" for sign in ("*", "/", "//", "%", "**")}),  # a + 0 is the same
        ("len(a) > 0", {f"len(a) {sign} 0" for sign in ("<", "<=", ">=", "==")}),
    ):
        start = "def f(a, b):\n    return "
        found = wrong_operator(function(start + before))
        assert found is not None
        assert found.removeprefix(start) in others, before


@pytest.mark.parametrize("text", ["'%s' % a", "a is 1", "a == a", "2 + 2", "f'{a == b}'", "-a"])
def test_no_operator_is_exchanged_where_nothing_would_change(text: str) -> None:
    assert wrong_operator(function(f"def f(a, b):\n    return {text}")) is None


def test_a_variable_is_replaced_by_another_of_the_function() -> None:
    text = "def f(self, n):\n    total = other\n    return n"
    found = misuse(function(text))
    assert found is not None
    assert found.right == "n"
    assert found.wrong in ("self", "total")
    assert found.text == f"def f(self, n):\n    total = other\n    return {found.wrong}"
    assert found.text[found.start :] == found.wrong


def test_names_that_are_the_same_thing_are_not_exchanged() -> None:
    assert misuse(function("def f(a):\n    b = a\n    return b")) is None


def test_variables_of_another_scope_are_none_of_the_function() -> None:
    text = (
        "def f(a, *b, c=d):\n"
        "    global g\n    g = 1\n"
        "    h: int = [x for x in a]\n"
        "    def inner(y): return y + h\n"
        "    for i in b: print(f'{i}', i)\n"
        "    try: pass\n    except E as e: raise"
    )
    tree = parsed(text)
    assert tree is not None and isinstance(tree.body[0], ast.FunctionDef)
    scope = Scope(tree.body[0], text)
    assert scope.variables == {"a", "b", "c", "h", "i"}
    assert [(item.name, item.read) for item in scope.occurrences] == [
        ("a", False), ("b", False), ("c", False), ("h", False), ("i", False), ("b", True),
        ("i", True),
    ]  # fmt: skip


def test_every_mutant_of_real_functions_compiles_and_differs(real) -> None:
    made = Counter()
    for function in real:
        found = misuse(function)
        mutants = {
            "misuse": found and found.text,
            "operator": wrong_operator(function),
            "operands": swapped_operands(function),
        }
        for kind, mutant in mutants.items():
            if mutant is not None:
                made[kind] += 1
                assert mutant != function.text
                assert parsed(mutant, compiled=True) is not None
        if mutants["operands"] is not None:
            tokens = code_tokens(mutants["operands"])
            assert Counter(tokens) == Counter(function.tokens)
            assert tokens != list(function.tokens)
        if found is not None:
            own, bug = list(function.tokens), code_tokens(found.text)
            differing = [i for i, (a, b) in enumerate(zip(own, bug, strict=True)) if a != b]
            assert len(differing) == 1
            assert (own[differing[0]], bug[differing[0]]) == (found.right, found.wrong)
    assert min(made["misuse"], made["operator"], made["operands"]) > 50


def test_a_mutant_is_drawn_by_the_text_alone(real) -> None:
    again = [Function(path="b.py", name="g", digest="", text=f.text) for f in real[:40]]
    assert [wrong_operator(f) for f in real[:40]] == [wrong_operator(f) for f in again]
