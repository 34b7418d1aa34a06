"""Word vectors in word2vec's binary format.

A line of two numbers, rows and the length of a row; then for each row a word, a space and its
float32, little-endian. The C program writes a line end behind each row, gensim does not. It also
cuts words at 100 bytes, wherever in a letter that may be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from embkit.errors import InvalidData
from numpy.typing import NDArray

from embkit_fasttext.header import claims
from embkit_fasttext.packed import unpacked
from embkit_fasttext.rows import BROKEN, as_float32, decode

__all__ = ["is_w2v", "read_w2v"]

_BLOCK = 1 << 22
_LONGEST_WORD = 1 << 16
_HEADER = re.compile(rb"(\d{1,18})[ \t]+(\d{1,6})[ \t\r]*\n")
# What stands behind the word of a text: of 256 bytes by chance, 18 are of these.
_DECIMAL = frozenset(b"0123456789+-.eE \t\r\n")
_CONTROL = re.compile(rb"[\0-\x08\x0b\x0c\x0e-\x1f]")


def is_w2v(path: Path, head: bytes) -> bool:
    """Whether a file begins with a header, and what stands behind its first word is no text."""
    header = _HEADER.match(head)
    if header is None:
        return False
    dim = int(header[2])
    behind = head[header.end() :].lstrip(b"\n").partition(b" ")[2]
    # As a text, a row has a digit a number and the spaces between.
    line = behind.partition(b"\n")[0]
    row = line if len(line) >= 2 * dim - 1 else behind[: 4 * dim]
    decimal = sum(byte in _DECIMAL for byte in row)
    if 2 * decimal >= len(row):
        return False
    # Few numbers behind the rest of a word, or none that can be read.
    try:
        row.decode()
    except UnicodeDecodeError:
        return True
    return _CONTROL.search(row) is not None


def read_w2v(
    path: Path, notes: dict[str, int]
) -> tuple[int, Iterator[tuple[Sequence[str], NDArray[np.float32]]]]:
    """The length of a row, and blocks of words and rows, read as a stream in bounded memory.

    Broken UTF-8 in a word becomes U+FFFD and is counted in notes. Raises InvalidData for a header
    that lies, a row that is cut or not finite, and for what stands behind the last row.
    """
    with unpacked(path) as file:
        claimed = claims(file.readline(), path, number=4)
    if claimed is None:
        raise InvalidData("expected a header: number of rows, length of a row", path=path, line=1)
    return claimed[1], _blocks(path, *claimed, notes)


def _blocks(
    path: Path, rows: int, dim: int, notes: dict[str, int]
) -> Iterator[tuple[Sequence[str], NDArray[np.float32]]]:
    broken = count = 0
    with unpacked(path) as file:
        place = len(file.readline())  # of the first byte of data
        data = b""
        while count < rows:
            more = file.read(_BLOCK)
            data += more
            words, numbers, end = _cut(data, rows - count, 4 * dim)
            if not words and len(data) > _LONGEST_WORD + 4 * dim:
                raise InvalidData(
                    f"row {count + 1} of {rows}, at byte {place}, has no word of at most "
                    f"{_LONGEST_WORD} bytes; the file was altered: fetch or copy it again",
                    path=path,
                )
            if not words and not more:
                raise InvalidData(
                    f"ends inside row {count + 1} of {rows}; it was cut short: fetch or copy it "
                    "again",
                    path=path,
                )
            decoded, wrong = decode(words)
            values = np.frombuffer(numbers, dtype="<f4").reshape(-1, dim)
            yield decoded, as_float32(values, decoded, count, path)
            broken += wrong
            count += len(words)
            place += end
            data = data[end:]
        while data:
            if data.strip(b"\r\n"):
                raise InvalidData(
                    f"goes on behind the {rows} rows that its header claims; fetch or copy it "
                    "again, or mend its first line",
                    path=path,
                )
            data = file.read(_BLOCK)
    if broken:
        notes[BROKEN] = broken


def _cut(data: bytes, most: int, width: int) -> tuple[list[bytes], bytes, int]:
    """Words and numbers of the whole rows at the beginning of data, and where the next begins.

    most: rows to cut at most. width: bytes of the numbers of a row.
    """
    words, numbers = [], []
    begin = 0
    for _ in range(most):
        space = data.find(b" ", begin, begin + _LONGEST_WORD)
        if space < 0 or space + 1 + width > len(data):
            break
        words.append(data[begin:space].lstrip(b"\n"))
        begin = space + 1 + width
        numbers.append(data[space + 1 : begin])
    return words, b"".join(numbers), begin
