"""A user's own files as a task: the rows, the evaluator that fits, and the name it goes by."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Literal

from embkit.audit.splits import Entry, Split
from embkit.datasets import Dataset, Labelled, Pairs
from embkit.errors import InvalidData, InvalidRequest
from embkit.own_tables import Columns, OwnTable, read_own
from embkit.records import Benchmark, Task
from embkit.rows import Row
from embkit.text import collapsed

__all__ = ["own_benchmark", "own_split"]

Role = Literal["train", "valid", "test"]
_ROLES: Mapping[str, Role] = {
    "train": "train", "training": "train", "trn": "train", "valid": "valid", "val": "valid",
    "validation": "valid", "dev": "valid", "test": "test", "tst": "test",
}  # fmt: skip
_WORD = re.compile("[^A-Za-z]+")
# One row in so many is a test row where one file is all there is.
_TESTED = 5


def own_split(table: OwnTable, name: str) -> Split:
    """The rows of a file as an audit takes them; its name tells which split it is, else test."""
    entries = [
        Entry(row.line, row.fields[: table.texts], "".join(row.fields[table.texts :]))
        for row in table.rows
    ]
    return Split(
        name=name,
        rows=entries,
        role=_role(table.path) or "test",
        header=table.columns if table.header else (),
        labelled=table.labelled,
    )


def _role(path: Path) -> Role | None:
    """Which split the name of a file says it is."""
    words = _WORD.split(path.name.lower())
    return next((_ROLES[word] for word in reversed(words) if word in _ROLES), None)


def own_benchmark(paths: Sequence[Path], columns: Columns, language: str) -> Benchmark:
    """The benchmark `data` of one user's files: TRAIN,TEST or TRAIN,VALID,TEST; one file is cut.

    One text a row with a label is classification; two with a score are similarity, or sts when
    most are more than a word. Where texts repeat there is a second task, NAME-dedup, without them.
    Raises InvalidData and InvalidRequest as `read_own` does, and for what is no such task.
    """
    tables = [read_own(path, columns) for path in paths]
    first = tables[0]
    for table in tables[1:]:
        if (table.texts, table.labelled) != (first.texts, first.labelled):
            raise InvalidRequest(
                f"{table.path} has {_shape(table)} a row, {first.path} has {_shape(first)}"
            )
    if (first.texts, first.labelled) == (1, "label"):
        make: Callable[[bool], Dataset] = partial(_labelled, _splits(tables))
        evaluator = "classification"
    elif (first.texts, first.labelled) == (2, "score"):
        if len(tables) > 1:
            raise InvalidRequest(f"scored pairs come in one file, got {len(tables)}")
        make = partial(_pairs, first)
        several = sum(" " in text.strip() for row in first.rows for text in row.fields[:2])
        evaluator = "sts" if several > len(first.rows) else "similarity"
    else:
        raise InvalidRequest(
            f"{first.path} has {_shape(first)} a row; embkit evaluates a text with a label "
            "(--text-column, --label-column) or two texts with a score (--text-column twice, "
            "--score-column)"
        )
    whole = make(False)
    sources = ", ".join(str(path) for path in paths)
    name = _name(paths[-1])

    def task(name: str, dataset: Dataset, notes: str) -> Task:
        return Task(
            name=name,
            summary=sources,
            evaluator=evaluator,
            load=lambda: dataset,
            source=sources,
            notes=notes,
        )

    tasks = [task(name, whole, "")]
    try:
        once = make(True)
    except InvalidData:  # such as when every test text stands in train
        tasks = [task(name, whole, "Without its repeated texts nothing is left to measure.")]
    else:
        if sum(once.dropped.values()) > sum(whole.dropped.values()):
            tasks.append(task(f"{name}-dedup", once, f"{name} without repeated texts."))
    return Benchmark(
        name="data", summary="data of your own", language=language, domain="own", tasks=tasks
    )


def _shape(table: OwnTable) -> str:
    texts = "1 text" if table.texts == 1 else f"{table.texts} texts"
    return f"{texts} and {f'a {table.labelled}' if table.labelled else 'no label'}"


def _name(path: Path) -> str:
    """What files are called, without the word for the split; else their folder."""
    words = [word for word in re.split(r"[^\w]+|_", path.stem) if word.lower() not in _ROLES]
    name = "-".join(filter(None, words)) or path.resolve().parent.name
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._") or "own"


def _splits(tables: Sequence[OwnTable]) -> dict[str, OwnTable]:
    """Tables by the split each is; one table is cut by what its texts are."""
    if len(tables) == 1:
        (table,) = tables
        parts: dict[bool, list[Row]] = {True: [], False: []}
        for row in table.rows:
            parts[_is_tested(row.fields[0])].append(row)
        return {
            name: OwnTable(
                path=table.path, rows=parts[tested], columns=table.columns, header=table.header,
                labelled=table.labelled,
            )
            for name, tested in (("train", False), ("test", True))
        }  # fmt: skip
    if len(tables) > 3:
        raise InvalidRequest(
            f"--data takes TRAIN,TEST or TRAIN,VALID,TEST, got {len(tables)} files"
        )
    names = ("train", "test") if len(tables) == 2 else ("train", "valid", "test")
    for name, table in zip(names, tables, strict=True):
        said = _role(table.path)
        if said in ("train", "test") and said != name:
            raise InvalidRequest(
                f"'{table.path}' stands where {name} is expected; --data takes "
                "TRAIN,TEST or TRAIN,VALID,TEST in this order"
            )
    return dict(zip(names, tables, strict=True))


def _is_tested(text: str) -> bool:
    """One text in five, the same ones in every run and file; a text that repeats is never torn."""
    digest = sha256(collapsed(text).encode("utf-8", "surrogatepass")).digest()
    return digest[0] % _TESTED == 0


def _usable(table: OwnTable, name: str, dropped: Counter[str]) -> list[Row]:
    """The rows that can be scored; what is left out is counted in `dropped`."""
    rows = []
    for row in table.rows:
        *texts, label = row.fields
        if table.header and row.fields == table.columns:
            dropped[f"stray header row ({name})"] += 1
        elif not all(text.strip() for text in texts):
            dropped[f"empty text ({name})"] += 1
        elif not label.strip():
            dropped[f"no {table.labelled} ({name})"] += 1
        else:
            rows.append(row)
    return rows


def _labelled(splits: dict[str, OwnTable], once: bool) -> Labelled:
    """once: each text once, at its first place, train before valid before test."""
    dropped: Counter[str] = Counter()
    seen: dict[str, str] = {}
    texts: dict[str, list[str]] = {}
    labels: dict[str, list[str]] = {}
    for name in ("train", "valid", "test"):
        texts[name], labels[name] = [], []
        for row in _usable(splits[name], name, dropped) if name in splits else ():
            text, label = row.fields
            before = seen.setdefault(collapsed(text), "")
            seen[collapsed(text)] = before or name
            if once and before:
                again = f"repeated text ({name})"
                dropped[again if before == name else f"{name} text also in {before}"] += 1
                continue
            texts[name].append(text)
            labels[name].append(label.strip())
    if not (texts["train"] and texts["test"]):
        empty = splits["test" if texts["train"] else "train"]
        raise InvalidData("no row is left to learn from or to score", path=empty.path)
    return Labelled(
        train_texts=texts["train"],
        train_labels=labels["train"],
        valid_texts=texts["valid"],
        valid_labels=labels["valid"],
        test_texts=texts["test"],
        test_labels=labels["test"],
        dropped=dropped,
    )


def _pairs(table: OwnTable, once: bool) -> Pairs:
    """once: each pair once, at its first place, whichever text comes first."""
    dropped: Counter[str] = Counter()
    seen: set[frozenset[str]] = set()
    kept = []
    for row in _usable(table, "test", dropped):
        first, second, score = row.fields
        pair = frozenset((collapsed(first), collapsed(second)))
        if once and pair in seen:
            dropped["repeated pair"] += 1
        else:
            kept.append((first, second, _number(row, score)))
        seen.add(pair)
    if not kept:
        raise InvalidData("no row has two texts and a score", path=table.path)
    first_texts, second_texts, scores = zip(*kept, strict=True)
    return Pairs(first=first_texts, second=second_texts, scores=scores, dropped=dropped)


def _number(row: Row, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InvalidData(
            f"expected a number as score, got {text!r}; mend it or leave it empty",
            path=row.path,
            line=row.line,
        )
    return value
