"""Training text: files of several kinds, read as a stream into one file of prepared lines."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from embkit.errors import InvalidData, InvalidRequest
from embkit.records import Language

from embkit_fasttext.packed import unpacked

__all__ = ["Corpus", "Prepared", "Progress", "kept_lines", "prepare"]

# A stage, how much of it is done, and how much there is in all, 0 while nobody knows.
Progress = Callable[[str, int, int], None]

_PACKED = {".gz", ".bz2", ".xz", ".zst"}
_KINDS = {".txt", ".csv", ".tsv", ".jsonl"}
_STDIN = Path("-")
_PIECE = 1 << 20  # what is worked on at once: a longer line of a text file comes in pieces
_LONGEST_ROW = 1 << 26
# gensim leaves out what stands behind the 10,000th word of a line, fasttext cuts after 1,024.
_WORDS = 1000
_EVERY = 5000


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """Which text to train on.

    paths: files, folders, and "-" for standard input. What the language reads in a way of its own,
    such as a tree of source code, is as many texts as that gives. Of the rest, `.csv`, `.tsv` and
    `.jsonl` are tables with named columns, everything else is one text a line; each may be packed.
    columns: those that hold text. exclude: test texts; a text that stands there, in whichever
    column, is left out. cased: capital letters are kept. keep_duplicates: a text may stand several
    times.
    """

    paths: Sequence[Path]
    columns: Sequence[str] = ()
    exclude: Sequence[Path] = ()
    cased: bool = False
    keep_duplicates: bool = False


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """What became of a corpus.

    lines: how many were written. counts: of their words, in order of appearance. sha256: of the
    written lines. empty, duplicate, excluded: how many lines were left out for which reason.
    """

    lines: int
    counts: Counter[str]
    sha256: str
    empty: int
    duplicate: int
    excluded: int


def kept_lines(
    corpus: Corpus,
    language: Language,
    left_out: Counter[str],
    *,
    progress: Progress,
    tell: Callable[[str], None],
) -> Iterator[tuple[str, list[str]]]:
    """The lines of a corpus, normalised, each with its words, folded unless the corpus is cased.

    Lines are compared by their words. Of a line only a digest stays in memory; with
    `keep_duplicates` not even that. left_out: counts how many are left out for which reason: empty,
    duplicate, excluded. Raises InvalidData, naming file and line, for what cannot be read.
    """
    if [*corpus.paths, *corpus.exclude].count(_STDIN) > 1:
        raise InvalidRequest("standard input ('-') can be read only once")

    def words(normal: str, own: bool) -> list[str]:
        cut = language.lex if own and language.lex else language.tokenize
        return cut(normal if corpus.cased else language.fold(normal))

    excluded = {
        _digest(words(language.normalize(text), own))
        for text, own in _texts(corpus.exclude, None, language, tell)
    }
    seen: set[bytes] = set()
    texts = _texts(corpus.paths, corpus.columns, language, tell)
    for read, (text, own) in enumerate(texts, start=1):
        if read % _EVERY == 0:
            progress("reading", read, 0)
        normal = language.normalize(text)
        found = words(normal, own)
        digest = _digest(found)
        if not found:
            left_out["empty"] += 1
        elif digest in excluded:
            left_out["excluded"] += 1
        elif digest in seen:
            left_out["duplicate"] += 1
        else:
            if not corpus.keep_duplicates:
                seen.add(digest)
            yield normal, found


def prepare(
    corpus: Corpus,
    language: Language,
    target: Path,
    *,
    progress: Progress,
    tell: Callable[[str], None],
) -> Prepared:
    """Write the words of each line of a corpus that `kept_lines` keeps, a space between them.

    A line of over 1,000 words goes on in the next. Raises as `kept_lines` does.
    """
    left_out: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    sha256 = hashlib.sha256()
    written = 0
    with open(target, "wb") as file:
        for _, found in kept_lines(corpus, language, left_out, progress=progress, tell=tell):
            counts.update(found)
            for start in range(0, len(found), _WORDS):
                written += 1
                line = (" ".join(found[start : start + _WORDS]) + "\n").encode()
                sha256.update(line)
                file.write(line)
    return Prepared(
        lines=written,
        counts=counts,
        sha256=sha256.hexdigest(),
        empty=left_out["empty"],
        duplicate=left_out["duplicate"],
        excluded=left_out["excluded"],
    )


def _digest(words: Iterable[str]) -> bytes:
    # Of a hundred million lines two different ones share one with a probability of 0.0003.
    return hashlib.blake2b(" ".join(words).encode(), digest_size=8).digest()


def _kind(path: Path) -> str:
    """The ending of a name that tells its format: the one before that of its packing."""
    name = path.with_suffix("") if path.suffix.lower() in _PACKED else path
    return name.suffix.lower()


def _texts(
    paths: Iterable[Path],
    columns: Sequence[str] | None,
    language: Language,
    tell: Callable[[str], None],
) -> Iterator[tuple[str, bool]]:
    """The texts of files and folders, and whether the language read them in a way of its own."""
    for path in paths:
        skipped: Counter[str] = Counter()
        own = language.read(path, skipped) if language.read and path != _STDIN else None
        if own is None:
            for file in _files([path], tell):
                yield from ((text, False) for text in _lines(file, columns))
            continue
        yield from ((text, True) for text in own)
        if skipped:
            reasons = ", ".join(f"{count:,} × {why}" for why, count in sorted(skipped.items()))
            tell(f"{path}: left out are {reasons}")


def _files(paths: Iterable[Path], tell: Callable[[str], None]) -> Iterator[Path]:
    """The files that are meant; those of a folder in order of their paths."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        inside = [
            item
            for item in sorted(path.rglob("*"))
            if item.is_file() and not any(p.startswith(".") for p in item.relative_to(path).parts)
        ]
        known = [item for item in inside if _kind(item) in _KINDS]
        if not known:
            raise InvalidData(f"holds no {', '.join(sorted(_KINDS))} file", path=path)
        if others := [item.name for item in inside if _kind(item) not in _KINDS]:
            names = ", ".join(others[:3]) + (", …" if len(others) > 3 else "")
            tell(f"{path}: {len(others)} files of other kinds are left out: {names}")
        yield from known


def _lines(path: Path, columns: Sequence[str] | None) -> Iterator[str]:
    """The lines of text of a file; columns: of a table, None for all."""
    kind = _kind(path)
    with _opened(path) as file:
        if kind == ".jsonl":
            cells = _objects(file, path, columns)
        elif kind in (".csv", ".tsv"):
            cells = _rows(file, path, kind, columns)
        else:
            for line, piece in _pieces(file):
                yield _decoded(piece, path, line)
            return
        for cell in cells:
            yield from cell.split("\n")


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    if path == _STDIN:
        yield sys.stdin.buffer
    else:
        with unpacked(path) as file:
            yield file


def _decoded(line: bytes, path: Path, number: int) -> str:
    try:
        return (line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line).decode()
    except UnicodeDecodeError as error:
        raise InvalidData(
            f"is no UTF-8 (byte 0x{line[error.start]:02x} at place {error.start + 1}); convert it "
            "with `iconv -f ENCODING -t UTF-8`, or remove the line",
            path="standard input" if path == _STDIN else path,
            line=number,
        ) from None


def _pieces(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The lines of a file and their numbers; a long one in pieces, cut at spaces where it has any.

    A whole corpus in one line is a common format.
    """
    number, rest = 1, b""
    while line := file.readline(_PIECE):
        piece, rest = rest + line, b""
        if not line.endswith(b"\n") and len(line) == _PIECE:
            cut = piece.rfind(b" ")
            if cut <= 0:
                cut = len(piece) - 1
                while cut and piece[cut] & 0xC0 == 0x80:  # not inside a character
                    cut -= 1
            piece, rest = piece[:cut], piece[cut:]
        yield number, piece
        number += line.endswith(b"\n")
    if rest:
        yield number, rest


def _whole_lines(file: BinaryIO, path: Path) -> Iterator[str]:
    """The lines of a table."""
    number = 1
    while line := file.readline(_LONGEST_ROW):
        if len(line) == _LONGEST_ROW:
            raise InvalidData(f"is over {_LONGEST_ROW} bytes long", path=path, line=number)
        yield _decoded(line, path, number)
        number += 1


def _rows(file: BinaryIO, path: Path, kind: str, columns: Sequence[str] | None) -> Iterator[str]:
    """The cells of a table's columns, row by row."""
    # Texts are longer than the 131,072 characters that csv allows; the limit is one for all.
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_ROW))
    if kind == ".tsv":
        reader = csv.reader(_whole_lines(file, path), delimiter="\t", quoting=csv.QUOTE_NONE)
    else:
        reader = csv.reader(_whole_lines(file, path), strict=True)
    header: list[str] | None = None
    begin = 1
    try:
        for row in reader:
            if columns is None:
                yield from row
            elif header is None:
                header = row
                chosen = _chosen(header, columns, path, begin)
            elif len(row) == len(header):
                yield from (row[i] for i in chosen)
            elif row:
                raise InvalidData(
                    f"expected {len(header)} columns, got {len(row)}", path=path, line=begin
                )
            begin = reader.line_num + 1
    except csv.Error as error:
        raise InvalidData(f"is no row of a {kind} file: {error}", path=path, line=begin) from error


def _objects(file: BinaryIO, path: Path, columns: Sequence[str] | None) -> Iterator[str]:
    """The texts under some keys of JSON objects, one object a line."""
    for number, line in enumerate(_whole_lines(file, path), start=1):
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InvalidData(f"is no JSON: {error}", path=path, line=number) from error
        if not isinstance(entry, dict):
            raise InvalidData(f"expected a JSON object, got {line[:40]!r}", path=path, line=number)
        if columns is None:
            yield from (value for value in entry.values() if isinstance(value, str))
            continue
        keys = list(entry)
        for i in _chosen(keys, columns, path, number):
            value = entry[keys[i]]
            if not isinstance(value, str | None):
                raise InvalidData(
                    f"expected text under '{keys[i]}', got {json.dumps(value)[:40]}",
                    path=path,
                    line=number,
                )
            yield value or ""


def _chosen(header: Sequence[str], columns: Sequence[str], path: Path, line: int) -> list[int]:
    """The places of the columns that hold text."""
    if not columns:
        raise InvalidData(
            f"is a table; say with --column which column holds text: {', '.join(header)}", path=path
        )
    places = [i for i, name in enumerate(header) if name in columns]
    if not places:
        wanted = " or ".join(f"'{name}'" for name in columns)
        raise InvalidData(
            f"has no column {wanted}; it has: {', '.join(header)}", path=path, line=line
        )
    return places
