"""Bugs put into functions: a wrong variable, a wrong operator, operands the wrong way round.

A mutant is the text of the function with a slice exchanged, never a tree written out again, which
every version of Python does its own way. It compiles without a warning, its tree differs from the
function's in what was changed alone, and what is known to mean the same is not made.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from embkit_code.corpus import chance
from embkit_code.functions import Function, FunctionNode, Places, parsed
from embkit_code.lexing import code_tokens, lex
from embkit_code.scopes import Occurrence, Scope, visible

__all__ = ["Misuse", "misuse", "swapped_operands", "wrong_operator"]

_Kind = dict[type[ast.AST], str]
_ARITHMETIC: _Kind = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
    ast.Pow: "**",
}  # fmt: skip
_COMPARISON: _Kind = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip
_KINDS: tuple[_Kind, ...] = (
    _ARITHMETIC,
    _COMPARISON,
    {ast.In: "in", ast.NotIn: "not in"},
    {ast.Is: "is", ast.IsNot: "is not"},
    {ast.And: "and", ast.Or: "or"},
)
_SWAPPABLE = (
    ast.Sub, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.LShift, ast.RShift,
    ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn,
)  # fmt: skip
# Operators that give the same beside a number: x + 0 and x - 0. Right of them, and left.
_SAME_RIGHT: dict[float, set[str]] = {0: {"+", "-"}, 1: {"*", "/", "//", "**"}}
_SAME_LEFT: dict[float, set[str]] = {0: {"*", "/", "//", "%"}}
# A length is never below zero.
_SAME_LENGTH = ({">", "!="}, {"==", "<="})
_SAME_LENGTH_RIGHT = ({"<", "!="}, {"==", ">="})


class _Site(NamedTuple):
    """An operation with two operands; left, right and operator as (start, end) in the text.

    The operands are wide: with the brackets around them.
    """

    node: ast.BinOp | ast.Compare | ast.BoolOp
    kind: type[ast.AST]
    left: ast.expr
    right: ast.expr
    wide_left: tuple[int, int]
    operator: tuple[int, int]
    wide_right: tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Misuse:
    """A function in which a variable stands where another belongs.

    text: of the mutant; start: offset of the wrong name; wrong, right: the names. occurrences: of
    all variables of the function as it was, among them the right name at `start`.
    """

    text: str
    start: int
    wrong: str
    right: str
    occurrences: Sequence[Occurrence]


def _definition(text: str) -> FunctionNode | None:
    """The function that a text is; whether it compiles, its mutants show."""
    tree = parsed(text)
    if tree is None or len(tree.body) != 1 or not isinstance(tree.body[0], FunctionNode):
        return None
    return tree.body[0]


def misuse(function: Function) -> Misuse | None:
    """The function with one use of a variable replaced by another variable of its own, or None.

    The use and the variable are drawn by the text of the function. Names of which one is assigned
    to the other are not exchanged.
    """
    node = _definition(function.text)
    if node is None:
        return None
    scope = Scope(node, function.text)
    reads = [item for item in scope.occurrences if item.read]
    for place in _order(len(reads), "misuse", function.text):
        right, start, _ = reads[place]
        others = sorted(
            name
            for name in scope.variables
            if name != right and frozenset((name, right)) not in scope.aliases
        )
        if others:
            wrong = others[int(chance("wrong", function.text) * len(others))]
            text = function.text[:start] + wrong + function.text[start + len(right) :]
            if parsed(text, compiled=True) is not None:
                return Misuse(
                    text=text, start=start, wrong=wrong, right=right,
                    occurrences=scope.occurrences,
                )  # fmt: skip
    return None


def _order(count: int, *key: str) -> list[int]:
    """The numbers below count in an order that looks drawn and depends on the key alone."""
    return sorted(range(count), key=lambda number: chance(*key, str(number)))


def wrong_operator(function: Function) -> str | None:
    """The text of the function with one operator replaced by another of its kind, or None.

    Kinds: arithmetic, comparison, membership, identity, boolean. The `%` that formats a text is
    none of them, nor is `is` beside a literal.
    """

    def change(site: _Site, text: str) -> Iterator[str]:
        kinds = next((kinds for kinds in _KINDS if site.kind in kinds), None)
        if kinds is None or ast.dump(site.left) == ast.dump(site.right):
            return
        for place in _order(len(kinds), "operator", text, str(site.operator[0])):
            operator = list(kinds)[place]
            if operator is site.kind or _same(site, kinds[site.kind], kinds[operator]):
                continue
            _set_operator(site.node, operator)
            yield text[: site.operator[0]] + kinds[operator] + text[site.operator[1] :]
            _set_operator(site.node, site.kind)

    return _mutated(function, "wrong operator", change)


def swapped_operands(function: Function) -> str | None:
    """The text of the function with the operands of one operator exchanged, or None.

    Operators: - / // % ** << >> < <= > >= in, not in. What was a multiset of tokens is the same.
    """

    def change(site: _Site, text: str) -> Iterator[str]:
        if site.kind not in _SWAPPABLE or ast.dump(site.left) == ast.dump(site.right):
            return
        (start, end), (first, last) = site.wide_left, site.wide_right
        mutant = text[:start] + text[first:last] + text[end:first] + text[start:end] + text[last:]
        _set_operands(site.node, site.right, site.left)
        if sorted(code_tokens(mutant)) == sorted(function.tokens):
            yield mutant
        _set_operands(site.node, site.left, site.right)

    return _mutated(function, "swapped operands", change)


def _mutated(
    function: Function, purpose: str, change: Callable[[_Site, str], Iterator[str]]
) -> str | None:
    """The first mutant, of sites in a drawn order, whose tree is the one that was meant.

    change: the texts that a site can become; while it stands at one, the tree is changed alike.
    """
    node = _definition(function.text)
    if node is None:
        return None
    sites = list(_sites(node, function.text))
    for place in _order(len(sites), purpose, function.text):
        for mutant in change(sites[place], function.text):
            tree = parsed(mutant, compiled=True)
            if tree is not None and ast.dump(tree.body[0]) == ast.dump(node):
                return mutant
    return None


def _sites(node: FunctionNode, text: str) -> Iterator[_Site]:
    """The operations of a function that have two operands, in order of place."""
    places = Places(text)
    found = []
    for inner in visible(node):
        operands = _operands(inner)
        if operands is None:
            continue
        operation, kind, left, right = operands
        start, end = places.span(operation)
        between = places.span(left)[1], places.span(right)[0]
        # Between two operands stand the operator and the brackets around either.
        signs = [
            (between[0] + token.start, between[0] + token.end)
            for token in lex(text[slice(*between)])
            if token.text not in "()"
        ]
        operator = signs[0][0], signs[-1][1]
        wide_left = start, len(text[: operator[0]].rstrip(" \t\n\\"))
        first = operator[1] + len(text[operator[1] :]) - len(text[operator[1] :].lstrip(" \t\n\\"))
        found.append(_Site(operation, kind, left, right, wide_left, operator, (first, end)))
    yield from sorted(found, key=lambda site: site.operator)


def _operands(
    node: ast.AST,
) -> tuple[ast.BinOp | ast.Compare | ast.BoolOp, type[ast.AST], ast.expr, ast.expr] | None:
    if isinstance(node, ast.BinOp):
        if isinstance(node.op, ast.Mod) and not _counts(node):
            return None
        return node, type(node.op), node.left, node.right
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        kind, left, right = type(node.ops[0]), node.left, node.comparators[0]
        if kind in (ast.Is, ast.IsNot) and _literal(left, right):
            return None
        return node, kind, left, right
    if isinstance(node, ast.BoolOp) and len(node.values) == 2:
        return node, type(node.op), node.values[0], node.values[1]
    return None


def _counts(node: ast.BinOp) -> bool:
    """Whether a `%` is surely one of numbers: beside a number, a sum or a length."""
    return any(
        (isinstance(side, ast.Constant) and isinstance(side.value, int | float))
        or (isinstance(side, ast.BinOp) and isinstance(side.op, ast.Sub | ast.Mult | ast.FloorDiv))
        or _is_length(side)
        for side in (node.left, node.right)
    ) and not isinstance(getattr(node.left, "value", None), str | bytes)


def _literal(*sides: ast.expr) -> bool:
    """Whether a side is a literal other than None, True, False and the ellipsis."""
    return any(
        isinstance(side, ast.Constant)
        and side.value not in (None, ...)
        and not isinstance(side.value, bool)
        for side in sides
    )


def _is_length(side: ast.expr) -> bool:
    return isinstance(side, ast.Call) and getattr(side.func, "id", "") == "len"


def _number(side: ast.expr) -> int | float | None:
    value = side.value if isinstance(side, ast.Constant) else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _same(site: _Site, old: str, new: str) -> bool:
    """Whether another operator is known to mean the same between these operands."""
    both = {old, new}
    left, right = _number(site.left), _number(site.right)
    if left is not None and right is not None:
        return True  # 2 + 2 and 2 * 2: rather none of them
    if right == 0 and _is_length(site.left):
        return any(both <= same for same in _SAME_LENGTH)
    if left == 0 and _is_length(site.right):
        return any(both <= same for same in _SAME_LENGTH_RIGHT)
    return (right is not None and both <= _SAME_RIGHT.get(right, set())) or (
        left is not None and both <= _SAME_LEFT.get(left, set())
    )


def _set_operator(node: ast.BinOp | ast.Compare | ast.BoolOp, kind: type[ast.AST]) -> None:
    if isinstance(node, ast.Compare):
        node.ops = [kind()]  # type: ignore[list-item]
    else:
        node.op = kind()  # type: ignore[assignment]


def _set_operands(
    node: ast.BinOp | ast.Compare | ast.BoolOp, left: ast.expr, right: ast.expr
) -> None:
    if isinstance(node, ast.Compare):
        node.left, node.comparators = left, [right]
    elif isinstance(node, ast.BinOp):
        node.left, node.right = left, right
