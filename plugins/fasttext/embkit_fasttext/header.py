"""The first line of word2vec's formats."""

from __future__ import annotations

import re
from pathlib import Path

from embkit.errors import InvalidData

from embkit_fasttext.packed import largest

__all__ = ["claims"]

_WHOLE = re.compile(rb"-?\d{1,18}")
_LONGEST_ROW = 100_000


def claims(line: bytes, path: Path, *, number: int) -> tuple[int, int] | None:
    """How many rows, and numbers a row, a first line claims; None where it is no header.

    number: bytes that a number takes at least. Raises InvalidData for more than the file can hold.
    """
    fields = line.split()
    if len(fields) != 2 or not all(_WHOLE.fullmatch(field) for field in fields):
        return None
    rows, dim = int(fields[0]), int(fields[1])
    # Each row takes one byte more; the last of a text may lack it.
    if rows < 1 or not 1 <= dim <= _LONGEST_ROW or rows * (number * dim + 1) - 1 > largest(path):
        raise InvalidData(
            f"the header claims {rows} rows of {dim} numbers, the file has {path.stat().st_size} "
            "bytes; mend the first line or fetch the file again",
            path=path,
            line=1,
        )
    return rows, dim
