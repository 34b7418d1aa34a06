"""Word vectors in text files: word2vec's format, which fastText writes too, and GloVe's."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from pathlib import Path

import numpy as np
from embkit.errors import InvalidData
from numpy.typing import NDArray

from embkit_fasttext.numbers import parse_numbers
from embkit_fasttext.packed import largest, unpacked

__all__ = ["read_vec"]

_BLOCK = 1 << 19  # the arrays made of it stay in the processor's cache
_THREADS = min(4, os.cpu_count() or 1)
_LONGEST_LINE = 1 << 26
# What can only be one more number of a row, in front of as many as there should be.
_DECIMAL = re.compile(rb"[+-]?\d*\.\d+(e[+-]?\d+)?")
_MARK = b"\xef\xbb\xbf"  # byte-order mark
_SPACE, _NEWLINE, _RETURN = 32, 10, 13
_WHOLE = re.compile(rb"-?\d{1,18}")
Block = tuple[Sequence[str], NDArray[np.float32]]


def _header(line: bytes, path: Path) -> tuple[int | None, int]:
    """Rows and numbers a row by the first line; no count of rows where there is no header."""
    fields = line.removeprefix(_MARK).split()
    if len(fields) == 2 and all(_WHOLE.fullmatch(field) for field in fields):
        rows, dim = int(fields[0]), int(fields[1])
        if rows < 1 or not 1 <= dim <= 100_000:
            raise InvalidData(
                f"the header claims {rows} rows of {dim} numbers; mend the first line",
                path=path,
                line=1,
            )
        # A number takes a space and a digit at least, and a row its end.
        if rows * (2 * dim + 1) - 1 > largest(path):
            raise InvalidData(
                f"the header claims {rows} rows of {dim} numbers, the file has "
                f"{path.stat().st_size} bytes; mend the first line or fetch the file again",
                path=path,
                line=1,
            )
        return rows, dim
    dim = line.rstrip(b" \r\n").count(b" ")
    if len(fields) < 3 or not dim:
        raise InvalidData(
            "expected a header (number of rows, length of a row) or a word and its numbers "
            f"with spaces between them, got {line[:60]!r}",
            path=path,
            line=1,
        )
    return None, dim


def read_vec(path: Path, notes: dict[str, int]) -> tuple[int, Iterator[Block]]:
    """The length of a row, and blocks of words and rows, read as a stream in bounded memory.

    A row is cut from the right at single spaces, so a word may hold white space, spaces included;
    but if a decimal fraction stands behind its last space, that is taken for a row too long. Broken
    UTF-8 in a word becomes U+FFFD and is counted in notes; so is a last line without an end, behind
    which digits may be missing. Raises InvalidData, naming the line, for a header that lies, a row
    of another length, and a number that is none or not finite.
    """
    with unpacked(path) as file:
        first = file.readline(_LONGEST_LINE)
    if not first:
        raise InvalidData("is empty", path=path)
    rows, dim = _header(first, path)
    return dim, _blocks(path, rows, dim, notes)


def _blocks(path: Path, claimed: int | None, dim: int, notes: dict[str, int]) -> Iterator[Block]:
    """Words and rows in the order of the file; numpy lets several blocks be read at once."""
    first = 1 if claimed is None else 2
    count = broken = 0
    waiting: deque[Future[tuple[list[bytes], NDArray[np.float32]]]] = deque()
    _keep_freed_memory()
    with ThreadPoolExecutor(_THREADS) as pool:
        for text, line in chain(_lines(path, first, notes), [(b"", 0)]):
            if text:
                waiting.append(pool.submit(_parse, text, dim, path, line))
            while waiting and (not text or len(waiting) > _THREADS):
                words, values = waiting.popleft().result()
                decoded, wrong = _decode(words)
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
        notes["words with broken UTF-8, read with U+FFFD in its place"] = broken


def _lines(path: Path, line: int, notes: dict[str, int]) -> Iterator[tuple[bytes, int]]:
    """Blocks of whole lines from a line on, each with the number of its first line."""
    with unpacked(path) as file:
        rest = file.read(len(_MARK)).removeprefix(_MARK)
        if line > 1:
            file.readline()
            rest = b""
        while data := file.read(_BLOCK):
            cut = data.rfind(b"\n") + 1
            if cut:
                yield rest + data[:cut], line
                line += data.count(b"\n")
                rest = data[cut:]
            else:
                rest += data
                if len(rest) > _LONGEST_LINE:
                    raise InvalidData(
                        f"the line is over {_LONGEST_LINE} bytes long", path=path, line=line
                    )
        if rest:
            notes["last line without an end; if the file was cut, its last number is wrong"] = 1
            yield rest + b"\n", line


def _keep_freed_memory() -> None:
    """Let the allocator keep what each block frees for the next one.

    glibc gives it back and asks for it anew, and a page fault every 4 kB then is half of the time.
    It keeps as much as the largest array it has seen freed, up to 32 MB; this one costs nothing.
    """
    np.empty(31 << 20, dtype=np.uint8)


def _decode(words: Sequence[bytes]) -> tuple[list[str], int]:
    try:
        return b"\n".join(words).decode().split("\n"), 0
    except UnicodeDecodeError:
        decoded = [word.decode(errors="replace") for word in words]
        exact = sum(w.encode() == raw for w, raw in zip(decoded, words, strict=True))
        return decoded, len(words) - exact


def _cut(
    text: bytes, dim: int, path: Path, line: int
) -> tuple[list[bytes], NDArray[np.int64], NDArray[np.int64]]:
    """Words of whole lines, and where each number starts and stops, shape (lines, dim)."""
    data = np.frombuffer(text, dtype=np.uint8)
    ends = np.flatnonzero(data == _NEWLINE)
    begins = np.concatenate(([0], ends[:-1] + 1))
    for blank in (_RETURN, _SPACE):  # CRLF, and the space that fastText leaves at the end
        full = ends > begins
        ends = ends - (full & (data[np.where(full, ends - 1, 0)] == blank))
    spaces = np.flatnonzero(data == _SPACE)
    # The numbers of a line stand behind its last `dim` spaces.
    behind = np.searchsorted(spaces, ends)
    inside = behind - np.searchsorted(spaces, begins)
    for row in np.flatnonzero(inside != dim).tolist():
        content = text[begins[row] : ends[row]]
        if inside[row] < dim:
            found = f"{inside[row]} numbers" if content else "an empty line"
        else:
            pieces = content.rsplit(b" ", dim)[0].split(b" ")[1:]
            if not _DECIMAL.fullmatch(pieces[-1]):
                continue  # a word with spaces inside
            found = (
                f"{dim + sum(_DECIMAL.fullmatch(piece) is not None for piece in pieces)} numbers"
            )
        raise InvalidData(
            f"expected a word and {dim} numbers, got {found}; mend or remove the line",
            path=path,
            line=line + row,
        )
    if len(spaces) == dim * len(ends):
        cuts = spaces.reshape(-1, dim)
    else:
        cuts = spaces[(behind - dim)[:, None] + np.arange(dim)]
    words = [text[a:b] for a, b in zip(begins.tolist(), cuts[:, 0].tolist(), strict=True)]
    return words, cuts + 1, np.concatenate((cuts[:, 1:], ends[:, None]), axis=1)


def _parse(text: bytes, dim: int, path: Path, line: int) -> tuple[list[bytes], NDArray[np.float32]]:
    """Words and numbers of whole lines; line: the number of the first."""
    words, starts, stops = _cut(text, dim, path, line)
    values = parse_numbers(text, starts.ravel(), stops.ravel()).reshape(-1, dim)
    finite = np.isfinite(values)
    if not finite.all():
        row, column = np.argwhere(~finite)[0].tolist()
        raw = text[starts[row, column] : stops[row, column]].decode(errors="replace")
        kind = "is not finite" if _is_number(raw) else "is no number"
        raise InvalidData(
            f"'{raw[:40]}' {kind}, in place {column + 1} of {dim}; mend or remove the line",
            path=path,
            line=line + row,
        )
    return words, values


def _is_number(raw: str) -> bool:
    try:
        float(raw)
    except ValueError:
        return False
    return "_" not in raw
