"""Word vectors in text files: word2vec's format, which fastText writes too, and GloVe's."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, takewhile
from pathlib import Path
from typing import NamedTuple

import numpy as np
from embkit.errors import InvalidData
from numpy.typing import NDArray

from embkit_fasttext.header import claims
from embkit_fasttext.numbers import MARGIN, parse_numbers
from embkit_fasttext.packed import unpacked
from embkit_fasttext.rows import BROKEN, decode

__all__ = ["read_vec"]

_BLOCK = 1 << 19  # the arrays made of it stay in the processor's cache
_THREADS = min(4, os.cpu_count() or 1)
_LONGEST_LINE = 1 << 24
# What can only be one more number of a row, in front of as many as there should be.
_DECIMAL = re.compile(rb"[+-]?\d*\.\d+(e[+-]?\d+)?")
_BLANK = re.compile(rb"[ \t]")
_MARK = b"\xef\xbb\xbf"  # byte-order mark
_TAB, _NEWLINE, _RETURN, _SPACE = b"\t\n\r "
Block = tuple[Sequence[str], NDArray[np.float32]]


class _Lines(NamedTuple):
    """Whole lines: text[MARGIN:end]."""

    text: bytearray
    end: int


class _Refused(Exception):
    """row: of its block, counted from 0."""

    def __init__(self, row: int, why: str) -> None:
        super().__init__(why)
        self.row = row


def _header(line: bytes, path: Path) -> tuple[int | None, int]:
    """Rows and numbers a row by the first line; no count of rows where there is no header."""
    line = line.removeprefix(_MARK).rstrip(b" \t\r\n")
    claimed = claims(line, path, number=2)  # of a number, a digit and the space before it
    if claimed is not None:
        return claimed
    fields = _BLANK.split(line)
    # The first line may begin with a word with spaces inside; a word may be a number.
    dim = sum(1 for _ in takewhile(_is_number, reversed(fields[1:])))
    if len(fields) < 3 or not dim:
        raise InvalidData(
            "expected a header (number of rows, length of a row) or a word and its numbers "
            f"with a space or tab between them, got {line[:60]!r}",
            path=path,
            line=1,
        )
    return None, dim


def read_vec(path: Path, notes: dict[str, int]) -> tuple[int, Iterator[Block]]:
    """The length of a row, and blocks of words and rows, read as a stream in bounded memory.

    A row is cut from the right at single spaces or tabs, so a word may hold white space, spaces
    included; but if a decimal fraction stands behind its last space, that is taken for a row too
    long. Broken UTF-8 in a word becomes U+FFFD and is counted in notes; so is a last line without
    an end, behind which digits may be missing. Raises InvalidData, naming the line, for a header
    that lies, a row of another length, and a number that is none or not finite.
    """
    with unpacked(path) as file:
        first = file.readline(_LONGEST_LINE)
    if not first:
        raise InvalidData("is empty", path=path)
    rows, dim = _header(first, path)
    return dim, _blocks(path, rows, dim, notes)


def _blocks(path: Path, claimed: int | None, dim: int, notes: dict[str, int]) -> Iterator[Block]:
    """Words and rows in the order of the file; numpy lets several blocks be read at once."""
    count = broken = 0
    first = 1 if claimed is None else 2
    waiting: deque[Future[tuple[list[bytes], NDArray[np.float32]]]] = deque()
    _keep_freed_memory()
    with ThreadPoolExecutor(_THREADS) as pool:
        for lines in chain(_lines(path, claimed is not None, notes), [None]):
            if lines is not None:
                waiting.append(pool.submit(_parse, lines, dim))
            while waiting and (lines is None or len(waiting) > _THREADS):
                try:
                    words, values = waiting.popleft().result()
                except _Refused as error:
                    raise InvalidData(
                        f"{error}; mend or remove the line",
                        path=path,
                        line=first + count + error.row,
                    ) from None
                decoded, wrong = decode(words)
                broken += wrong
                count += len(words)
                yield decoded, values
    if claimed is not None and count != claimed:
        raise InvalidData(
            f"the header claims {claimed} rows, the file has {count}; fetch it again, or mend the "
            "first line if it is complete",
            path=path,
        )
    if broken:
        notes[BROKEN] = broken


def _lines(path: Path, headed: bool, notes: dict[str, int]) -> Iterator[_Lines]:
    """Blocks of whole lines, without the header."""
    with unpacked(path) as file:
        rest = file.read(len(_MARK)).removeprefix(_MARK)
        if headed:
            file.readline()
            rest = b""
        while True:
            begin = MARGIN + len(rest)
            text = bytearray(begin + _BLOCK + MARGIN)
            text[MARGIN:begin] = rest
            # Read to where it is needed: a copy of it takes as long as the reading.
            end = begin + file.readinto(memoryview(text)[begin:-MARGIN])
            if end == begin:
                break
            cut = text.rfind(b"\n", begin, end) + 1
            if cut:
                yield _Lines(text, cut)
            elif end > _LONGEST_LINE:
                raise InvalidData(f"has a line of over {_LONGEST_LINE} bytes", path=path)
            rest = bytes(memoryview(text)[cut or MARGIN : end])
        if rest:
            notes["last line without an end; if the file was cut, its last number is wrong"] = 1
            text[begin] = _NEWLINE
            yield _Lines(text, begin + 1)


def _keep_freed_memory() -> None:
    """Let the allocator keep what each block frees for the next one.

    glibc gives it back and asks for it anew, and a page fault every 4 kB then is half of the time.
    It keeps as much as the largest array it has seen freed, up to 32 MB; this one costs nothing.
    """
    np.empty(31 << 20, dtype=np.uint8)


def _cut(lines: _Lines, dim: int) -> tuple[list[bytes], NDArray[np.int64], NDArray[np.int64]]:
    """Words of whole lines, and where each number starts and stops, shape (lines, dim)."""
    text = lines.text
    data = np.frombuffer(text, dtype=np.uint8)[: lines.end]
    newlines = np.flatnonzero(data == _NEWLINE)
    begins = np.concatenate(([MARGIN], newlines[:-1] + 1))
    ends = newlines
    while True:  # CRLF, and the space that fastText leaves at the end
        last = data[ends - 1]
        trailing = ((last == _SPACE) | (last == _RETURN) | (last == _TAB)) & (ends > begins)
        if not trailing.any():
            break
        ends = ends - trailing
    blank = data == _SPACE
    if text.find(_TAB, MARGIN, lines.end) >= 0:
        blank |= data == _TAB
    blanks = np.flatnonzero(blank)
    # The numbers of a line stand behind its last `dim` blanks.
    behind = np.searchsorted(blanks, ends)
    inside = behind - np.searchsorted(blanks, begins)
    for row in np.flatnonzero(inside != dim).tolist():
        content = text[begins[row] : ends[row]]
        if inside[row] < dim:
            found = f"{inside[row]} numbers" if content else "an empty line"
        else:
            pieces = _BLANK.split(content)[1:-dim]
            if not _DECIMAL.fullmatch(pieces[-1]):
                continue  # a word with spaces inside
            found = (
                f"{dim + sum(_DECIMAL.fullmatch(piece) is not None for piece in pieces)} numbers"
            )
        raise _Refused(row, f"expected a word and {dim} numbers, got {found}")
    each, odd = divmod(len(blanks), len(ends))
    skipped = behind[0] - dim
    if not odd and (behind - np.arange(len(ends)) * each == behind[0]).all():
        cuts = blanks.reshape(-1, each)[:, skipped : skipped + dim]  # all lines are alike
    else:
        cuts = blanks[(behind - dim)[:, None] + np.arange(dim)]
    words = [bytes(text[a:b]) for a, b in zip(begins.tolist(), cuts[:, 0].tolist(), strict=True)]
    return words, cuts + 1, np.concatenate((cuts[:, 1:], ends[:, None]), axis=1)


def _parse(lines: _Lines, dim: int) -> tuple[list[bytes], NDArray[np.float32]]:
    """Words and numbers of whole lines."""
    words, starts, stops = _cut(lines, dim)
    text = np.frombuffer(lines.text, dtype=np.uint8)
    values = parse_numbers(text, starts.ravel(), stops.ravel()).reshape(-1, dim)
    finite = np.isfinite(values)
    if not finite.all():
        row, column = np.argwhere(~finite)[0].tolist()
        raw = bytes(lines.text[starts[row, column] : stops[row, column]])
        kind = "is not finite" if _is_number(raw) else "is no number"
        shown = raw[:40].decode(errors="replace")
        raise _Refused(row, f"{shown!r} {kind}, in place {column + 1} of {dim}")
    return words, values


def _is_number(raw: bytes) -> bool:
    try:
        float(raw)
    except ValueError:
        return False
    return b"_" not in raw
