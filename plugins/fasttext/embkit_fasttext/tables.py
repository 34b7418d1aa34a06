"""Word vectors in columnar files: Parquet, and Arrow's own format, which Feather is.

One column of words; one of lists of floats, or one of floats for each dimension. A column `count`
of whole numbers says how often a word was seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from embkit.arrow import flags
from embkit.errors import InvalidData
from embkit.wordstore import Rows, save_array
from numpy.typing import NDArray

from embkit_fasttext.packed import largest_of
from embkit_fasttext.rows import BROKEN, as_float32, decode

__all__ = ["build_table", "is_table"]

_ROWS = 4096  # at once
_WORDS, _VECTORS, _COUNT = ("word", "text"), ("vector",), "count"
_DTYPES = {pa.float16(): np.float16, pa.float32(): np.float32, pa.float64(): np.float64}
_UNUSED = "columns that are neither words, vectors nor counts, left out"


class _Columns(NamedTuple):
    """Names of columns. vectors: one of lists, or as many as there are dimensions."""

    words: str
    vectors: Sequence[str]
    counts: str | None


def is_table(path: Path, head: bytes) -> bool:
    """Whether a file begins as Parquet or Arrow does."""
    return head.startswith((b"PAR1", b"ARROW1", b"FEA1"))


def build_table(
    path: Path, folder: Path, notes: dict[str, int]
) -> tuple[Rows, int, Mapping[str, Any]]:
    """The rows of a table, read batch by batch; counts are left in the folder of the store.

    Columns are told by their types; where several could be meant, by the names `word` or `text`,
    `vector` and `count`. Raises InvalidData for a table that is damaged or has other columns than
    these, and naming the row, for a word or number that is missing, a row of another length, and
    a number that is not finite.
    """
    batches = _batches(path, notes)
    columns, first = next(batches, (None, None))
    if columns is None or first is None:
        raise InvalidData("holds no rows", path=path)
    dim = _numbers(first, columns, None, 0, path).shape[1]
    rest = chain([first], (batch for _, batch in batches))
    return _blocks(rest, columns, dim, path, folder, notes), dim, {}


def _blocks(
    batches: Iterator[pa.RecordBatch], columns: _Columns, dim: int, path: Path, folder: Path,
    notes: dict[str, int],
) -> Rows:  # fmt: skip
    counts = []
    start = broken = 0
    most = largest_of(path.stat().st_size)
    for batch in batches:
        if (start + batch.num_rows) * dim > most:
            raise InvalidData(
                f"unpacks to over {most} numbers, which word vectors do not; write it anew if you "
                "trust it",
                path=path,
            )
        words, wrong = _words(batch, columns, start, path)
        yield words, as_float32(_numbers(batch, columns, dim, start, path), words, start, path)
        if columns.counts is not None:
            counts.append(_counts(batch.column(columns.counts), start, path))
        start += len(words)
        broken += wrong
    if columns.counts is not None:
        save_array(folder / "counts.npy", np.concatenate(counts))
    if broken:
        notes[BROKEN] = broken


def _batches(path: Path, notes: dict[str, int]) -> Iterator[tuple[_Columns, pa.RecordBatch]]:
    """The rows of a file, few at a time, in the columns that are used."""
    with open(path, "rb") as file:
        magic = file.read(6)
    if magic.startswith(b"FEA1"):
        raise InvalidData("is Feather of version 1; write it anew as version 2", path=path)
    read = _parquet_batches if magic.startswith(b"PAR1") else _arrow_batches
    try:
        for columns, batch in read(path, notes):
            # Else nothing has looked at what a mapped file says about lengths and places.
            batch.validate(full=True)
            for start in range(0, batch.num_rows, _ROWS):
                yield columns, batch.slice(start, _ROWS)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InvalidData(f"is damaged ({reason}); fetch or copy it again", path=path) from error


def _parquet_batches(
    path: Path, notes: dict[str, int]
) -> Iterator[tuple[_Columns, pa.RecordBatch]]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path, memory_map=True, page_checksum_verification=True) as file:
        columns = _columns(file.schema_arrow, notes, path)
        count = 0
        for batch in file.iter_batches(_ROWS, columns=_used(columns)):
            yield columns, batch
            count += batch.num_rows
        # Each part of a file says how many rows it has; of fewer, fewer are read.
        if count != file.metadata.num_rows:
            raise InvalidData(
                f"claims {file.metadata.num_rows} rows, its parts {count}; it was altered: fetch "
                "or copy it again",
                path=path,
            )


def _arrow_batches(path: Path, notes: dict[str, int]) -> Iterator[tuple[_Columns, pa.RecordBatch]]:
    with pa.memory_map(str(path)) as mapped, pa.ipc.open_file(mapped) as file:
        columns = _columns(file.schema, notes, path)
        for i in range(file.num_record_batches):
            yield columns, file.get_batch(i).select(_used(columns))


def _used(columns: _Columns) -> list[str]:
    return [columns.words, *columns.vectors, *([columns.counts] if columns.counts else [])]


def _columns(schema: pa.Schema, notes: dict[str, int], path: Path) -> _Columns:
    """Which columns are what; those that are nothing are noted."""
    names = list(schema.names)
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InvalidData(f"has the column {twice[:40]!r} twice; write it anew", path=path)

    def of(fits: Callable[[pa.DataType], bool]) -> list[str]:
        return [field.name for field in schema if fits(field.type)]

    words = _one(of(_is_text), _WORDS, "words", schema, path)
    lists = of(_is_list)
    numbers = of(_DTYPES.__contains__)
    if not lists and not numbers:
        _no_column("a column of lists of floats, or columns of floats", schema, path)
    vectors = [_one(lists, _VECTORS, "lists of floats", schema, path)] if lists else numbers
    counts = next((name for name in of(pa.types.is_integer) if name == _COUNT), None)
    columns = _Columns(words, vectors, counts)
    if len(names) > len(_used(columns)):
        notes[_UNUSED] = len(names) - len(_used(columns))
    return columns


def _one(
    fitting: Sequence[str], preferred: Sequence[str], what: str, schema: pa.Schema, path: Path
) -> str:
    """The one column that fits, or the one that is called as preferred."""
    called = [name for name in preferred if name in fitting]
    if len(fitting) == 1 or called:
        return (called or fitting)[0]
    if not fitting:
        _no_column(f"a column of {what}", schema, path)
    listed = ", ".join(f"{name[:40]!r}" for name in fitting[:5])
    raise InvalidData(
        f"has {len(fitting)} columns of {what}: {listed}; rename the one that is meant to "
        f"'{preferred[0]}'",
        path=path,
    )


def _no_column(expected: str, schema: pa.Schema, path: Path) -> NoReturn:
    held = ", ".join(f"{field.name[:40]!r} ({field.type})" for field in list(schema)[:5])
    more = ", …" if len(schema) > 5 else ""
    raise InvalidData(f"has no {expected.removeprefix('a ')}: {held}{more}", path=path)


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return kind in (pa.string(), pa.large_string(), pa.binary(), pa.large_binary())


def _is_list(kind: pa.DataType) -> bool:
    types = pa.types
    return (
        types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind)
    ) and kind.value_type in _DTYPES


def _words(
    batch: pa.RecordBatch, columns: _Columns, start: int, path: Path
) -> tuple[list[str], int]:
    column = batch.column(columns.words)
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    _check_there(column, columns.words, start, path)
    return decode(column.cast(pa.large_binary()).to_pylist())


def _numbers(
    batch: pa.RecordBatch, columns: _Columns, dim: int | None, start: int, path: Path
) -> NDArray[Any]:
    """The vectors of a batch, shape (n, dim); dim: None takes that of the first row."""
    listed = batch.column(columns.vectors[0])
    if not _is_list(listed.type):
        parts = []
        for name in columns.vectors:
            column = batch.column(name)
            _check_there(column, name, start, path)
            parts.append(_array(column))
        return np.stack(parts, axis=1)
    name = columns.vectors[0]
    _check_there(listed, name, start, path)
    lengths = _array(pc.list_value_length(listed).cast(pa.int64()))
    if dim is None:
        dim = int(lengths[0])
    if not dim:
        raise InvalidData(f"row 1 holds no number in the column '{name}'", path=path)
    other = np.flatnonzero(lengths != dim)
    if len(other):
        row = int(other[0])
        raise InvalidData(
            f"row {start + row + 1} has {lengths[row]} numbers in the column '{name}', row 1 has "
            f"{dim}; remove the row or mend it",
            path=path,
        )
    values = listed.flatten()
    if values.null_count:
        place = int(np.flatnonzero(flags(values.is_null()))[0])
        _missing(start + place // dim, f"{name}[{place % dim}]", path)
    return _array(values).reshape(-1, dim)


def _counts(column: pa.Array, start: int, path: Path) -> NDArray[np.int64]:
    _check_there(column, _COUNT, start, path)
    counts: NDArray[np.int64] = _array(column.cast(pa.int64()))
    return counts


def _check_there(column: pa.Array, name: str, start: int, path: Path) -> None:
    if column.null_count:
        _missing(start + int(np.flatnonzero(flags(column.is_null()))[0]), name, path)


def _missing(row: int, name: str, path: Path) -> NoReturn:
    raise InvalidData(f"row {row + 1} lacks {name[:40]!r}; remove the row or mend it", path=path)


def _array(column: pa.Array) -> NDArray[Any]:
    """Numbers without nulls, as they lie."""
    dtype = np.dtype(_DTYPES.get(column.type, np.int64))
    return np.frombuffer(column.buffers()[1], dtype, len(column), column.offset * dtype.itemsize)
