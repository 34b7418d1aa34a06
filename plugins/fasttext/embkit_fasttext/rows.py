"""Words and rows as any reader makes them: text that is text, numbers that are finite."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from embkit.errors import InvalidData
from numpy.typing import NDArray

__all__ = ["BROKEN", "as_float32", "decode"]

BROKEN = "words with broken UTF-8, read with U+FFFD in its place"


def decode(words: Sequence[bytes]) -> tuple[list[str], int]:
    """Words as text, and how many of them are no UTF-8."""
    try:
        decoded = b"\n".join(words).decode().split("\n")
    except UnicodeDecodeError:
        decoded = []
    if len(decoded) == len(words):
        return decoded, 0
    decoded = [word.decode(errors="replace") for word in words]
    exact = sum(word.encode() == raw for word, raw in zip(decoded, words, strict=True))
    return decoded, len(words) - exact


def as_float32(
    rows: NDArray[Any], words: Sequence[str], first: int, path: Path
) -> NDArray[np.float32]:
    """Rows of numbers of any float type as float32, in C's order.

    words: of these rows; first: the number of the first, counted from 0. Raises InvalidData for a
    number that is not finite, as float32 at least.
    """
    with np.errstate(over="ignore"):
        numbers = np.ascontiguousarray(rows, dtype=np.float32)
    finite = np.isfinite(numbers)
    if not finite.all():
        row, column = np.argwhere(~finite)[0].tolist()
        raise InvalidData(
            f"row {first + row + 1} ({words[row][:40]!r}) holds {rows[row, column]} in place "
            f"{column + 1} of {rows.shape[1]}, expected a finite float32; remove the row, or "
            "fetch or copy the file again",
            path=path,
        )
    return numbers
