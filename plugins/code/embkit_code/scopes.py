"""The variables of a function and where they stand in its text."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from embkit_code.functions import FunctionNode, Places

__all__ = ["Occurrence", "Scope", "visible"]

# What is in an f-string has its place from Python 3.12 on, and another or none before.
UNPLACED = ("JoinedStr", "TemplateStr")
_SCOPES = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.ListComp, ast.SetComp,
    ast.DictComp, ast.GeneratorExp,
)  # fmt: skip


class Occurrence(NamedTuple):
    """A variable where it stands: its name, its offset, and whether its value is read there."""

    name: str
    start: int
    read: bool


class Scope:
    """What a function knows of its own variables: parameters, and names that it assigns to.

    Left out is what stands in an f-string, in an annotation, in a function, class or comprehension
    inside, and what the function declares as global or nonlocal. occurrences: in order of place.
    aliases: pairs of names of which one was assigned to the other as it is.
    """

    def __init__(self, node: FunctionNode, text: str) -> None:
        places = Places(text)
        arguments = node.args
        parameters = [
            *arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs,
            *filter(None, (arguments.vararg, arguments.kwarg)),
        ]  # fmt: skip
        found = [
            Occurrence(p.arg, places.offset(p.lineno, p.col_offset), False) for p in parameters
        ]
        outer: set[str] = set()
        self.aliases: set[frozenset[str]] = set()
        for inner in _own(node):
            if isinstance(inner, ast.Name) and not isinstance(inner.ctx, ast.Del):
                start = places.offset(inner.lineno, inner.col_offset)
                found.append(Occurrence(inner.id, start, isinstance(inner.ctx, ast.Load)))
            elif isinstance(inner, ast.Global | ast.Nonlocal):
                outer.update(inner.names)
            elif isinstance(inner, ast.Assign) and isinstance(inner.value, ast.Name):
                targets = (target for target in inner.targets if isinstance(target, ast.Name))
                self.aliases |= {frozenset((target.id, inner.value.id)) for target in targets}
        self.variables = {name for name, _, read in found if not read} - outer
        self.occurrences = sorted(
            (item for item in found if item.name in self.variables), key=lambda item: item.start
        )


def _own(node: FunctionNode) -> Iterator[ast.AST]:
    """The nodes of a function's body that are of its own scope and have a place."""
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, _SCOPES) or type(inner).__name__ in UNPLACED:
            continue
        yield inner
        if isinstance(inner, ast.AnnAssign):
            waiting += filter(None, (inner.target, inner.value))
        else:
            waiting += ast.iter_child_nodes(inner)


def visible(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes below one, itself included, but what stands in an f-string."""
    waiting = [node]
    while waiting:
        inner = waiting.pop()
        if type(inner).__name__ not in UNPLACED:
            yield inner
            waiting += ast.iter_child_nodes(inner)
