"""Word vectors in text files: word2vec's format, which fastText writes too, and GloVe's."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
from embkit.errors import InvalidData
from numpy.typing import NDArray

from embkit_fasttext.numbers import parse_numbers

__all__ = ["read_vec"]

_BLOCK = 1 << 23
_LONGEST_LINE = 1 << 26
_SPACE, _NEWLINE, _RETURN = 32, 10, 13
Block = tuple[Sequence[str], NDArray[np.float32]]


def _open(path: Path) -> BinaryIO:
    with open(path, "rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if packed else open(path, "rb")  # type: ignore[return-value]


def _header(line: bytes, path: Path) -> tuple[int | None, int]:
    """Rows and numbers a row by the first line; no count of rows where there is no header."""
    fields = line.removeprefix(b"\xef\xbb\xbf").split()
    if len(fields) == 2 and all(field.lstrip(b"-").isdigit() for field in fields):
        rows, dim = int(fields[0]), int(fields[1])
        if rows < 1 or not 1 <= dim <= 100_000:
            raise InvalidData(
                f"the header claims {rows} rows of {dim} numbers; mend the first line",
                path=path,
                line=1,
            )
        size = path.stat().st_size
        # A number takes two bytes at least, and gzip makes text a thousandth at the very best.
        if 2 * rows * dim > 1032 * size:
            raise InvalidData(
                f"the header claims {rows} rows of {dim} numbers, the file has {size} bytes; "
                "mend the first line or fetch the file again",
                path=path,
                line=1,
            )
        return rows, dim
    if len(fields) < 3:
        raise InvalidData(
            "expected a header (number of rows, length of a row) or a word and its numbers, "
            f"got {line[:60]!r}",
            path=path,
            line=1,
        )
    return None, len(line.rstrip(b" \r\n").split(b" ")) - 1


def read_vec(path: Path, notes: dict[str, int]) -> tuple[int, Iterator[Block]]:
    """The length of a row, and blocks of words and rows, read as a stream in bounded memory.

    A row is cut from the right at single spaces, so a word may hold any other white space. Broken
    UTF-8 in a word becomes U+FFFD and is counted in notes. Raises InvalidData, naming the line, for
    a header that lies, a row of another length, and a number that is none or not finite.
    """
    with _open(path) as file:
        first = file.readline(_LONGEST_LINE)
    if not first:
        raise InvalidData("is empty", path=path)
    rows, dim = _header(first, path)
    return dim, _blocks(path, rows, dim, notes)


def _blocks(path: Path, claimed: int | None, dim: int, notes: dict[str, int]) -> Iterator[Block]:
    line = 1
    broken = 0
    with _open(path) as file:
        if claimed is not None:
            file.readline()
            line = 2
        rest = b""
        ended = False
        while not ended:
            try:
                data = file.read(_BLOCK)
            except (EOFError, gzip.BadGzipFile) as error:
                raise InvalidData(
                    f"ends too early or is damaged ({error}); fetch or copy it again", path=path
                ) from error
            ended = not data
            if ended:
                text = rest if rest.endswith(b"\n") or not rest else rest + b"\n"
                rest = b""
            else:
                cut = data.rfind(b"\n") + 1
                text, rest = (rest + data[:cut], data[cut:]) if cut else (b"", rest + data)
            if len(rest) > _LONGEST_LINE:
                raise InvalidData(
                    f"the line is over {_LONGEST_LINE} bytes long", path=path, line=line
                )
            if text:
                words, values = _parse(text, dim, path, line)
                decoded, wrong = _decode(words)
                broken += wrong
                line += len(words)
                yield decoded, values
    count = line - (1 if claimed is None else 2)
    if claimed is not None and count != claimed:
        raise InvalidData(
            f"the header claims {claimed} rows, the file has {count}; fetch it again, or mend the "
            "first line if it is complete",
            path=path,
        )
    if broken:
        notes["words with broken UTF-8, read with U+FFFD in its place"] = broken


def _decode(words: Sequence[bytes]) -> tuple[list[str], int]:
    try:
        return b"\n".join(words).decode().split("\n"), 0
    except UnicodeDecodeError:
        decoded = [word.decode(errors="replace") for word in words]
        exact = sum(w.encode() == raw for w, raw in zip(decoded, words, strict=True))
        return decoded, len(words) - exact


def _parse(text: bytes, dim: int, path: Path, line: int) -> tuple[list[bytes], NDArray[np.float32]]:
    """Words and numbers of whole lines; line: the number of the first."""
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
    if (inside < dim).any():
        row = int(np.argmax(inside < dim))
        content = text[begins[row] : ends[row]]
        found = f"{inside[row]} numbers" if content else "an empty line"
        raise InvalidData(
            f"expected a word and {dim} numbers, got {found}; mend or remove the line",
            path=path,
            line=line + row,
        )
    cuts = spaces[(behind - dim)[:, None] + np.arange(dim)]
    starts = cuts + 1
    stops = np.concatenate((cuts[:, 1:], ends[:, None]), axis=1)
    values = parse_numbers(text, starts.ravel(), stops.ravel()).reshape(-1, dim)
    finite = np.isfinite(values)
    if not finite.all():
        row, column = (int(i) for i in np.argwhere(~finite)[0])
        raw = text[starts[row, column] : stops[row, column]]
        kind = "is not finite" if raw.lower().strip(b"+-") in (b"nan", b"inf", b"infinity") else (
            "is no number"
        )  # fmt: skip
        shown = raw[:40].decode(errors="replace")
        raise InvalidData(
            f"'{shown}' {kind}, in place {column + 1} of {dim}; mend or remove the line",
            path=path,
            line=line + row,
        )
    words = [text[a:b] for a, b in zip(begins.tolist(), cuts[:, 0].tolist(), strict=True)]
    return words, values
