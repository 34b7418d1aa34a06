"""Texts out of a file or standard input, one after the other, whatever its size."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from embkit.errors import InvalidData
from embkit.rows import read_columns

__all__ = ["TABLES", "batches", "read_texts"]

# Endings of tables, for which a column must be named; how the fields of some are delimited.
TABLES = {".csv": ",", ".tsv": "\t", ".jsonl": ""}
_LONGEST = 1 << 26
# JSON may spell half a character, which no other file can hold.
_SURROGATE = re.compile("[\ud800-\udfff]")
_TEXTS, _CHARACTERS = 8192, 4_000_000


def batches(texts: Iterable[str]) -> Iterator[list[str]]:
    """Runs of texts, in order, each small enough to be worked on at once."""
    batch: list[str] = []
    characters = 0
    for text in texts:
        if len(batch) == _TEXTS or (batch and characters + len(text) > _CHARACTERS):
            yield batch
            batch, characters = [], 0
        batch.append(text)
        characters += len(text)
    if batch:
        yield batch


def read_texts(path: Path, column: str = "") -> Iterator[str]:
    """The texts of a file in order; `-` is standard input.

    Each line is a text, without its end, an empty one too. column: a line is a JSON object with a
    text of that name; a file that ends in .csv or .tsv is a table with a header instead.
    Raises InvalidData, naming file and line, for what is not UTF-8, not such a table, or longer
    than 64 MB.
    """
    delimiter = TABLES.get(path.suffix.lower())
    if column and delimiter:
        for row in read_columns(path, column, delimiter=delimiter):
            yield row.fields[0]
    elif path == Path("-"):
        yield from _texts(sys.stdin.buffer, Path("standard input"), column)
    else:
        with open(path, "rb") as file:
            yield from _texts(file, path, column)


def _texts(file: IO[bytes], path: Path, column: str) -> Iterator[str]:
    """The texts of lines, or of JSON objects on lines."""
    for number, line in enumerate(_lines(file, path), start=1):
        if not column:
            yield line
        elif line.strip():
            yield _field(line, path, number, column)


def _lines(file: IO[bytes], path: Path) -> Iterator[str]:
    """Decoded lines without their ends."""
    number = 0
    while line := file.readline(_LONGEST + 1):
        number += 1
        if len(line) > _LONGEST:
            raise InvalidData("longer than 64 MB; put each text on a line", path=path, line=number)
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        try:
            yield line.removesuffix(b"\n").removesuffix(b"\r").decode()
        except UnicodeDecodeError as error:
            raise InvalidData(
                f"not UTF-8: byte 0x{line[error.start]:02x} at place {error.start + 1}; convert it "
                "with `iconv -f ENCODING -t UTF-8`",
                path=path,
                line=number,
            ) from None


def _field(line: str, path: Path, number: int, column: str) -> str:
    """The text that a JSON object has under a name."""
    try:
        row = json.loads(line)
    except ValueError as error:
        raise InvalidData(f"not JSON: {error}", path=path, line=number) from None
    text = row.get(column) if isinstance(row, dict) else None
    if not isinstance(text, str):
        raise InvalidData(
            f"expected a text in '{column}', got {line.strip()[:60]}", path=path, line=number
        )
    if _SURROGATE.search(text):
        raise InvalidData("half of a surrogate pair, which is no text", path=path, line=number)
    return text
