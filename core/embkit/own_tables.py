"""A user's own file, CSV, TSV, JSONL or plain text, as rows of texts with a label or score each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, Literal, NamedTuple

from embkit.errors import InvalidData, InvalidRequest
from embkit.rows import Row, read_lines, read_table, same_width

__all__ = ["Columns", "OwnTable", "read_own"]

Fields = tuple[int, tuple[str, ...]]  # the line a row begins at, and its fields

# What columns are called that hold texts and labels, where nobody says which do.
_TEXT = re.compile(
    r"(.*_)?(text|sentence|tweet|review|headline|comment|content|title|document|word|question)s?"
    r"[ _]?([12ab])?|first|second|premise|hypothesis"
)
_LABEL = re.compile(r"(.*_)?(labels?|class|category|sentiment|emotion|topic)")
_SCORE = re.compile(r"(.*_)?(score|similarity|relatedness|rating)")
_NO_TABLE = {".xlsx", ".xls", ".ods", ".parquet", ".arrow", ".json", ".npy", ".gz", ".zip", ".bin"}
_SNIFFED = 50
# Two words and a number on each line; so many lines of four words, for they may be sentences.
_PAIRS = re.compile(r"([^ \n]+ [^ \n]+ -?[0-9.]+\n?)+")
_ENOUGH = 5
# JSON may spell half a character, which no other file can hold.
_SURROGATE = re.compile("[\ud800-\udfff]")


class Columns(NamedTuple):
    """Which columns hold what: names, or numbers from 1 in a file without a header.

    texts: one, the two of a pair, or the four words of an analogy; empty to find out.
    """

    texts: Sequence[str] = ()
    label: str = ""
    score: str = ""


@dataclass(frozen=True, kw_only=True)
class OwnTable:
    """Rows with their texts and, at the end, their label or score.

    columns: where each field was found. header: whether the columns have names. labelled: what the
    last field is; "" when there is none.
    """

    path: Path
    rows: Sequence[Row]
    columns: tuple[str, ...]
    header: bool
    labelled: Literal["label", "score", ""]

    @property
    def texts(self) -> int:
        """How many texts a row has."""
        return len(self.columns) - bool(self.labelled)


def read_own(path: Path, asked: Columns) -> OwnTable:
    """The table in a file, by its ending: .csv, .tsv, .jsonl; any other is lines of text.

    Raises InvalidData, naming file, line and remedy, for a file of another shape or without a row,
    InvalidRequest for a column that is not there or, when none is named, cannot be told.
    """
    if path.suffix.lower() in _NO_TABLE:
        raise InvalidData("not a table embkit reads; save it as .csv, .tsv or .jsonl", path=path)
    if not path.is_file():
        raise InvalidRequest(f"there is no file '{path}'")
    _check_encoding(path)
    rows = _rows(path)
    first = next(rows, None)
    if first is None:
        raise InvalidData("the file is empty", path=path)
    named = path.suffix.lower() in (".csv", ".tsv", ".jsonl")
    wanted = [*asked.texts, *filter(None, (asked.label, asked.score))]
    if wanted:
        numbers = all(name.isdecimal() for name in wanted) and not set(wanted) <= set(first[1])
        named = not numbers
    names = first[1] if named else tuple(str(i + 1) for i in range(len(first[1])))
    body = list(same_width(path, rows if named else chain([first], rows), len(names)))
    if not body:
        raise InvalidData("there is a header and no row", path=path)
    if wanted:
        chosen, labelled = _chosen(path, names, asked)
    elif named:
        chosen, labelled = _by_name(path, names)
    else:
        chosen, labelled = _by_shape(path, body)
    places = [names.index(name) for name in chosen]
    picked = [row._replace(fields=tuple(row.fields[i] for i in places)) for row in body]
    if labelled == "label" and len(chosen) == 3 and not asked.label and _scores(picked, chosen):
        labelled = "score"
    return OwnTable(path=path, rows=picked, columns=tuple(chosen), header=named, labelled=labelled)


def _check_encoding(path: Path) -> None:
    with open(path, "rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                message = (
                    f"not UTF-8: byte 0x{line[error.start]:02x} at place {error.start + 1}; "
                    "convert it with `iconv -f ENCODING -t UTF-8`"
                )
                raise InvalidData(message, path=path, line=number) from None


def _rows(path: Path) -> Iterator[Fields]:
    """Line and fields of each row, the header first where there is one."""
    kind = path.suffix.lower()
    if kind == ".jsonl":
        return _objects(path)
    head = [row.fields[0] for row in islice(read_lines(path), _SNIFFED) if row.fields[0].strip()]
    if not head:
        return iter(())
    if kind == ".csv":
        # Excel writes ; where a comma stands in numbers.
        comma = ";" if ";" in head[0] and "," not in head[0] else ","
        return read_table(path, delimiter=comma, quotes=True)
    if "\t" in head[0] or kind == ".tsv":
        return read_table(path, delimiter="\t", quotes=_quoted(path))
    if _PAIRS.fullmatch("\n".join(head)) or (
        len(head) >= _ENOUGH and all(line.count(" ") == 3 for line in head)
    ):
        return read_table(path, delimiter=" ", quotes=False)
    return ((row.line, row.fields) for row in read_lines(path) if row.fields[0].strip())


def _quoted(path: Path) -> bool:
    """Whether quotation marks at the ends of fields between tabs are there to be taken off.

    They are not when every line is a row already and a field begins with one that does not end.
    """
    lines = [row.fields[0] for row in read_lines(path) if row.fields[0]]
    whole = len({line.count("\t") for line in lines}) == 1
    fields = (field for line in lines for field in line.split("\t") if field.startswith('"'))
    return not whole or all(re.fullmatch('"([^"]|"")*"', field) for field in fields)


def _objects(path: Path) -> Iterator[Fields]:
    """The names in the first JSON object, then the values of each object; null is empty.

    What is an object or a list there is no column.
    """
    names: tuple[str, ...] = ()
    for row in read_lines(path):
        text = row.fields[0].removeprefix("\ufeff")
        if not text.strip():
            continue
        try:
            found = json.loads(text)
        except ValueError as error:
            raise InvalidData(f"not JSON: {error}", path=path, line=row.line) from None
        if not isinstance(found, dict):
            raise InvalidData(f"expected a JSON object, got {text[:60]}", path=path, line=row.line)
        if not names:
            names = tuple(n for n, value in found.items() if not isinstance(value, dict | list))
            yield row.line, names
        yield row.line, tuple(_value(row, name, found.get(name)) for name in names)


def _value(row: Row, name: str, value: Any) -> str:
    if isinstance(value, str) and _SURROGATE.search(value):
        message = "half of a surrogate pair, which is no text"
        raise InvalidData(message, path=row.path, line=row.line)
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, dict | list):
        message = f"expected a text or number in '{name}', got {json.dumps(value)[:60]}"
        raise InvalidData(message, path=row.path, line=row.line)
    return json.dumps(value)


Chosen = tuple[list[str], Literal["label", "score", ""]]


def _chosen(path: Path, names: Sequence[str], asked: Columns) -> Chosen:
    """The columns that were asked for."""
    if asked.label and asked.score:
        raise InvalidRequest("give --label-column or --score-column, not both")
    last = asked.label or asked.score
    chosen = [*asked.texts, last] if last else list(asked.texts)
    for name in chosen:
        if name not in names:
            raise InvalidRequest(f"{path} has no column '{name}'; it has {', '.join(names)}")
    if len(asked.texts) not in (1, 2, 4):
        raise InvalidRequest(
            "give --text-column once, twice for pairs or four times for analogies, "
            f"not {len(asked.texts)} times"
        )
    return chosen, "label" if asked.label else "score" if asked.score else ""


def _by_name(path: Path, names: Sequence[str]) -> Chosen:
    """The columns whose names tell what they hold."""

    def called(pattern: re.Pattern[str]) -> list[str]:
        return [name for name in names if pattern.fullmatch(name.strip().lower())]

    texts, labels, scores = called(_TEXT), called(_LABEL), called(_SCORE)
    exact = [name for name in labels if name.strip().lower() in ("label", "labels")]
    labels = exact or labels or (scores if len(texts) == 2 else [])
    if len(texts) not in (1, 2) or len(labels) > 1:
        raise InvalidRequest(
            f"{path}: which columns hold texts and label? It has {', '.join(names)}; say it with "
            "--text-column and --label-column (or --score-column), by number when that is no header"
        )
    labelled: Literal["label", "score", ""] = "label" if labels else ""
    return [*texts, *labels], "score" if labels and labels == scores else labelled


def _by_shape(path: Path, rows: Sequence[Row]) -> Chosen:
    """The columns of a file without a header: a text, its label; two texts; four words."""
    width = len(rows[0].fields)
    if width > 4:
        raise InvalidRequest(
            f"{path}: which of its {width} columns hold texts and label? The first row is "
            f"{' | '.join(rows[0].fields)[:80]}; say it with --text-column 1 --label-column 2"
        )
    names = [str(number + 1) for number in range(width)]
    return names, "label" if width in (2, 3) else ""


def _scores(rows: Sequence[Row], names: Sequence[str]) -> bool:
    """Whether what stands behind two texts are numbers, of more than three values."""
    values = {row.fields[2] for row in rows if row.fields != tuple(names)}
    numbers = set()
    for value in values - {""}:
        try:
            numbers.add(float(value))
        except ValueError:
            return False
    return len(numbers) > 3
