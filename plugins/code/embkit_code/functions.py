"""The functions of a source file: as they stand there, and bare of comments and docstring."""

from __future__ import annotations

import ast
import hashlib
import re
import sys
import warnings
from collections import Counter
from collections.abc import Container, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from embkit_code.lexing import code_tokens, comments_and_strings
from embkit_code.sources import read_tree

__all__ = ["Function", "Places", "functions_in", "functions_of", "parsed"]

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")


@dataclass(frozen=True, kw_only=True)
class Function:
    """One function of a file.

    path: of its file below the root, with slashes. name: qualified, `Path.open` or
    `outer.<locals>.inner`. digest: 16 hexadecimal digits of the sha256 of its source, from `def` to
    its last character, decorators left out. text: the source as tasks show it, dedented, without
    comments, blank lines and its docstring. docstring: cleaned, "" for none. acts: whether there is
    more to it than a docstring, `pass`, `...` and a refusal by NotImplementedError. line: of `def`,
    from 1. source: as it stands there.
    """

    path: str
    name: str
    digest: str
    text: str
    docstring: str = ""
    acts: bool = True
    line: int = 0
    source: str = ""

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """The tokens of its text."""
        return tuple(map(sys.intern, code_tokens(self.text)))


class Places:
    """Offsets in characters of the places that `ast` gives as a line and a column in bytes."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line) + 1)

    def offset(self, line: int, column: int) -> int:
        """line: from 1; column: in bytes of UTF-8, from 0."""
        text = self._lines[line - 1]
        if not text.isascii():
            column = len(text.encode()[:column].decode())
        return self._starts[line - 1] + column

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Where a node begins and ends."""
        start = self.offset(node.lineno, node.col_offset)
        assert node.end_lineno is not None and node.end_col_offset is not None
        return start, self.offset(node.end_lineno, node.end_col_offset)


def parsed(text: str, *, compiled: bool = False) -> ast.Module | None:
    """The tree of a source, or None for what is none: it does not parse, or nests too deep.

    compiled: None also for what the compiler refuses or warns of.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error" if compiled else "ignore")
        try:
            tree = ast.parse(text)
            if compiled:
                compile(tree, "<function>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
    return tree


def _definitions(tree: ast.Module) -> Iterator[tuple[str, FunctionNode]]:
    """Every function of a file with its qualified name, in order of place."""
    waiting: list[tuple[str, ast.AST]] = [("", tree)]
    while waiting:
        prefix, node = waiting.pop()
        if isinstance(node, FunctionNode):
            yield prefix + node.name, node
            prefix += f"{node.name}.<locals>."
        elif isinstance(node, ast.ClassDef):
            prefix += f"{node.name}."
        inner = [child for block in _BLOCKS for child in getattr(node, block, ())]
        waiting += [(prefix, child) for child in reversed(inner)]


def functions_of(
    path: str, text: str, wanted: Container[str] | None = None
) -> list[Function] | None:
    """The functions of a file in order of place; None when it does not parse.

    wanted: digests of those to give, all without it.
    """
    tree = parsed(text)
    if tree is None:
        return None
    places, found = Places(text), []
    for name, node in _definitions(tree):
        start, end = places.span(node)
        source = text[start:end]
        digest = hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        if wanted is not None and digest not in wanted:
            continue
        docstring, gone = ast.get_docstring(node) or "", None
        if docstring:
            left, right = places.span(node.body[0])
            gone = left - start, right - start
        found.append(
            Function(
                path=path,
                name=name,
                digest=digest,
                text=_bare(source, node.col_offset, gone),
                docstring=docstring,
                acts=_acts(node),
                line=node.lineno,
                source=source,
            )
        )
    return found


def _acts(node: FunctionNode) -> bool:
    for statement in node.body:
        if isinstance(statement, ast.Pass):
            continue
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue
        if isinstance(statement, ast.Raise) and statement.exc is not None:
            raised = statement.exc
            raised = raised.func if isinstance(raised, ast.Call) else raised
            if isinstance(raised, ast.Name) and raised.id == "NotImplementedError":
                continue
        return True
    return False


def _bare(source: str, indent: int, docstring: tuple[int, int] | None) -> str:
    """A function without comments, docstring and blank lines, and dedented.

    Lines that begin inside a string stay as they are.
    """
    gone = [] if docstring is None else [docstring]
    inside = []
    for token in comments_and_strings(source):
        if token.kind == "comment":
            gone.append((token.start, token.end))
        elif token.kind == "string" and "\n" in token.text:
            inside.append((token.start, token.end))
    characters = list(source)
    for start, end in inside:
        for place in range(start, end):
            if characters[place] == "\n":
                characters[place] = "\0"  # no source has one
    for start, end in gone:
        characters[start:end] = [""] * (end - start)
    margin = re.compile(rf"[ \t]{{0,{indent}}}")
    first, *rest = (line.rstrip() for line in "".join(characters).split("\n"))
    lines = [first, *(line[margin.match(line).end() :] for line in rest if line)]  # type: ignore[union-attr]
    return "\n".join(lines).replace("\0", "\n")


def functions_in(root: Path, dropped: Counter[str]) -> list[Function]:
    """Every function of the Python files of a tree, in order of path and place.

    dropped: counts in words which files are left out. Raises InvalidRequest when root is no folder.
    """
    found: list[Function] = []
    for path, text in read_tree(root, dropped):
        functions = functions_of(path, text)
        if functions is None:
            dropped["file that does not parse as this Python"] += 1
        else:
            found += functions
    return found
