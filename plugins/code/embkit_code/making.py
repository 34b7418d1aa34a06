"""Datasets out of a corpus; each is the same to the byte whenever it is made."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from embkit.datasets import Dataset, Retrieval
from embkit.errors import InvalidData

from embkit_code.corpus import SPLITS, Corpus, chance, corpus_of
from embkit_code.functions import Function, Places, parsed
from embkit_code.lexing import lex
from embkit_code.mutants import Misuse, misuse, swapped_operands, wrong_operator
from embkit_code.scopes import visible
from embkit_code.shapes import Described, Functions, Repairs

__all__ = ["HOLE", "dataset"]

HOLE = "__HOLE__"
# Of a pointer task as many functions as a contextual encoder can read token by token on two cores.
_REPAIRS = {"train": 1500, "valid": 250, "test": 750}
_CLASSES, _LEAST = 8, 10
_WORDS = 3
# Other names that Python itself has for OSError.
_ALIASES = {"IOError": "OSError", "EnvironmentError": "OSError", "WindowsError": "OSError"}


def dataset(root: Path | None, task: str) -> Dataset:
    """The dataset of one task from a tree, or from the standard library by its manifest.

    Raises as `corpus_of`, and InvalidData when the tree has too little for the task.
    """
    return _MAKERS[task](corpus_of(root))


def _versions(mutate: Callable[[Function], str | None]) -> Callable[[Corpus], Dataset]:
    """Each function that can get the bug, without and with it."""

    def made(corpus: Corpus) -> Dataset:
        dropped = Counter(corpus.dropped)
        rows: dict[str, list[tuple[str, str, str]]] = {split: [] for split in SPLITS}
        for split, functions in corpus.splits.items():
            for function in functions:
                mutant = mutate(function)
                if mutant is None:
                    dropped["function without a place for the bug"] += 1
                    continue
                rows[split] += (
                    (function.text, "correct", _id(function)),
                    (mutant, "bug", _id(function)),
                )
        return _labelled(rows, dropped)

    return made


def _misused(function: Function) -> str | None:
    found = misuse(function)
    return found.text if found else None


def _id(function: Function) -> str:
    return f"{function.path}:{function.name}:{function.digest}"


def _labelled(
    rows: Mapping[str, Sequence[tuple[str, str, str]]], dropped: Mapping[str, int]
) -> Functions:
    for split in ("train", "test"):
        if not rows[split]:
            raise InvalidData(f"no function of the {split} files has what this task asks about")
    columns: dict[str, Any] = {
        f"{split}_{name}": [row[i] for row in rows[split]]
        for split in SPLITS
        for i, name in enumerate(("texts", "labels"))
    }
    return Functions(**columns, test_functions=[row[2] for row in rows["test"]], dropped=dropped)


def _exceptions(corpus: Corpus) -> Dataset:
    """Functions in which the type of one `except` is hidden, labelled by it."""
    dropped = Counter(corpus.dropped)
    rows = {
        split: [(*hidden, _id(f)) for f in functions if (hidden := _hidden(f))]
        for split, functions in corpus.splits.items()
    }
    counts = Counter(label for _, label, _ in rows["train"])
    frequent = sorted(counts, key=lambda label: (-counts[label], label))[:_CLASSES]
    classes = {label for label in frequent if counts[label] >= _LEAST}
    if len(classes) < 2:
        raise InvalidData(
            f"fewer than two types of exceptions are caught in {_LEAST} functions of train"
        )
    for split in SPLITS:
        kept = [row for row in rows[split] if row[1] in classes]
        dropped["function with a rarer exception"] += len(rows[split]) - len(kept)
        dropped["function without an `except` of one type"] += len(corpus.splits[split]) - len(
            rows[split]
        )
        rows[split] = kept
    return _labelled(rows, dropped)


def _hidden(function: Function) -> tuple[str, str] | None:
    """The text of a function with one type hidden and its name without module, or None."""
    if "except" not in function.tokens:
        return None
    tree = parsed(function.text)
    if tree is None:
        return None
    types = [
        node.type
        for node in visible(tree)
        if isinstance(node, ast.ExceptHandler) and isinstance(node.type, ast.Name | ast.Attribute)
    ]
    if not types:
        return None
    places = Places(function.text)
    start, end = sorted(map(places.span, types))[int(chance("hole", function.text) * len(types))]
    name = function.text[start:end].rpartition(".")[2]
    return function.text[:start] + HOLE + function.text[end:], _ALIASES.get(name, name)


def _described(functions: Sequence[Function]) -> list[Function]:
    """Those with a docstring of three words or more."""
    return [function for function in functions if len(function.docstring.split()) >= _WORDS]


def _matches(corpus: Corpus) -> Dataset:
    """Each function with its docstring and with that of another of its split.

    Every docstring is once right and once wrong, so that none tells by itself which it is.
    """
    columns: dict[str, list[Any]] = {}
    for split, functions in corpus.splits.items():
        rows = sorted(_described(functions), key=lambda function: chance("match", _id(function)))
        pairs = [pair for i, row in enumerate(rows) for pair in _two(row, rows, i)]
        for name, column in zip(
            ("first", "second", "labels", "functions"), zip(*pairs, strict=True), strict=False
        ):
            columns.setdefault(f"{split}_{name}", []).extend(column)
    dropped = Counter(corpus.dropped)
    total = sum(map(len, corpus.splits.values()))
    found = sum(map(len, map(_described, corpus.splits.values())))
    dropped[f"function without a docstring of {_WORDS} words"] = total - found
    if not columns.get("train_first") or not columns.get("test_first"):
        raise InvalidData("too few functions have a docstring to learn from and to test on")
    return Described(
        first=columns["test_first"],
        second=columns["test_second"],
        labels=columns["test_labels"],
        functions=columns["test_functions"],
        train_first=columns["train_first"] + columns.get("valid_first", []),
        train_second=columns["train_second"] + columns.get("valid_second", []),
        train_labels=columns["train_labels"] + columns.get("valid_labels", []),
        dropped=dropped,
    )


def _two(row: Function, rows: Sequence[Function], i: int) -> Iterator[tuple[str, str, bool, str]]:
    """A function with its own docstring and with the next one that is another; none, if none is."""
    after = (rows[(i + step) % len(rows)].docstring for step in range(1, len(rows)))
    other = next((text for text in after if text != row.docstring), None)
    if other is not None:
        yield row.text, row.docstring, True, _id(row)
        yield row.text, other, False, _id(row)


def _found_by_docstring(corpus: Corpus) -> Dataset:
    return _retrieval(corpus, lambda f: f.docstring, lambda f: f.text)


def _found_by_code(corpus: Corpus) -> Dataset:
    return _retrieval(corpus, lambda f: f.text, lambda f: f.docstring)


def _retrieval(
    corpus: Corpus, query: Callable[[Function], str], document: Callable[[Function], str]
) -> Dataset:
    """Functions of test, or what is said of them, searched by the other; equal texts are one."""
    rows = _described(corpus.splits["test"])
    if not rows:
        raise InvalidData(f"no function of the test files has a docstring of {_WORDS} words")
    documents = {text: i for i, text in enumerate(dict.fromkeys(map(document, rows)))}
    relevant: dict[str, dict[int, float]] = {}
    for row in rows:
        relevant.setdefault(query(row), {})[documents[document(row)]] = 1.0
    dropped = Counter(corpus.dropped)
    dropped[f"function without a docstring of {_WORDS} words"] = len(corpus.splits["test"]) - len(
        rows
    )
    dropped["function of train and validation, which retrieval leaves to those who train"] = sum(
        len(corpus.splits[split]) for split in ("train", "valid")
    )
    return Retrieval(
        queries=list(relevant),
        documents=list(documents),
        relevant=list(relevant.values()),
        dropped=dropped,
    )


def _repairs(corpus: Corpus) -> Dataset:
    dropped = Counter(corpus.dropped)
    columns: dict[str, Any] = {}
    for split, functions in corpus.splits.items():
        names = ("sentences", "locations", "candidates", "targets", "functions")
        mine: dict[str, list[Any]] = {name: [] for name in names}
        drawn = sorted(functions, key=lambda function: chance("repairs", _id(function)))
        for number, function in enumerate(drawn):
            if len(mine["functions"]) == 2 * _REPAIRS[split]:
                dropped["function beyond those that a pointer task takes"] += len(drawn) - number
                break
            found = misuse(function)
            if found is None:
                dropped["function without a place for the bug"] += 1
                continue
            for version in _pointed(function, found):
                for name, value in zip(names, (*version, _id(function)), strict=True):
                    mine[name].append(value)
        columns |= {f"{split}_{name}": mine[name] for name in names}
    del columns["train_functions"], columns["valid_functions"]
    if not columns["train_sentences"] or not columns["test_sentences"]:
        raise InvalidData("too few functions use two variables to learn from and to test on")
    return Repairs(dropped=dropped, **columns)


def _pointed(
    function: Function, bug: Misuse
) -> Iterator[tuple[list[str], int, list[int], list[int]]]:
    """Tokens, location, candidates and targets of a function as it was, and with the bug."""
    tokens = [token for token in lex(function.text) if token.kind != "comment"]
    place = {token.start: number for number, token in enumerate(tokens)}
    candidates = [place[item.start] for item in bug.occurrences]
    location = place[bug.start]
    texts = [token.text for token in tokens]
    yield texts, -1, candidates, []
    targets = [
        place[item.start]
        for item in bug.occurrences
        if item.name == bug.right and item.start != bug.start
    ]
    yield [*texts[:location], bug.wrong, *texts[location + 1 :]], location, candidates, targets


_MAKERS: Mapping[str, Callable[[Corpus], Dataset]] = {
    "variable-misuse": _versions(_misused),
    "wrong-operator": _versions(wrong_operator),
    "swapped-operands": _versions(swapped_operands),
    "exception-type": _exceptions,
    "docstring-match": _matches,
    "docstring-to-function": _found_by_docstring,
    "function-to-docstring": _found_by_code,
    "misuse-repair": _repairs,
}
