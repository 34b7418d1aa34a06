"""Word vectors written to files, block by block, whole or not at all.

The format is told by the ending of the name, and no ending stands for two: `.bin` is fastText's
alone, so word2vec's binary format is `.w2v` here.
"""

from __future__ import annotations

import bz2
import contextlib
import gzip
import os
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import IO, NamedTuple, cast

import numpy as np
from embkit.cache import atomic_file
from embkit.errors import InvalidRequest
from embkit.records import Language
from embkit.wordstore import WordStore
from numpy.typing import NDArray

from embkit_fasttext.static_writing import write_static_model

__all__ = ["Target", "check_words", "target_of", "words_beside"]

_NUMBERS, _GROUP = 1 << 18, 1 << 22  # in a block, and in a row group of Parquet
_PACKED = (".gz", ".bz2", ".zst")
_FLOATS = ("float32", "float16")
Advance = Callable[[int], None]


class Target(NamedTuple):
    """A format to write.

    name: with its article, for messages. write: (store, language, path, advance) to what it left
    behind, a line each; advance is told how many rows were written. dtypes: what its numbers can
    be. odd: a word that it cannot hold. counts: whether it has a place for how often a word was
    seen. cuts: whether it depends on how a language cuts texts.
    """

    name: str
    endings: Sequence[str]
    write: Callable[[WordStore, Language, Path, Advance], list[str]]
    dtypes: Sequence[str] = ("float32",)
    odd: re.Pattern[str] | None = None
    packed: bool = False
    counts: bool = False
    cuts: bool = False


def words_beside(path: Path) -> Path:
    """The list of words that belongs to a `.npy` file, one a line."""
    return path.with_suffix(".words.txt")


def _blocks(store: WordStore, numbers: int) -> Iterator[tuple[list[str], NDArray[np.float32]]]:
    """Words and rows in order, in blocks of about so many numbers."""
    for start, rows in store.blocks(max(1, numbers // store.dim)):
        yield list(store.words[start : start + len(rows)]), rows


@contextlib.contextmanager
def _packing(path: Path) -> Iterator[IO[bytes]]:
    """A file to write, packed as its ending says; the same content gives the same bytes."""
    with atomic_file(path) as file:
        match path.suffix:
            case ".gz":
                with gzip.GzipFile("", "wb", 6, file, mtime=0) as stream:
                    yield cast(IO[bytes], stream)
            case ".bz2":
                with bz2.BZ2File(file, "wb") as packed:
                    yield cast(IO[bytes], packed)
            case ".zst":
                import pyarrow as pa

                # Arrow closes what it writes to.
                with (
                    open(os.dup(file.fileno()), "wb") as twin,
                    pa.CompressedOutputStream(pa.PythonFile(twin, "w"), "zstd") as arrow,
                ):
                    yield arrow
            case _:
                yield file


def _lines(words: Sequence[str], rows: NDArray[np.float32]) -> bytes:
    """A line a word: the word and its numbers, each with as many digits as tell it apart."""
    import pyarrow as pa
    import pyarrow.compute as pc

    numbers = pa.array(rows.ravel()).cast(pa.string())
    cuts = pa.array(np.arange(0, rows.size + 1, rows.shape[1], dtype=np.int32))
    joined = pc.binary_join(pa.ListArray.from_arrays(cuts, numbers), " ")
    lines = pc.binary_join_element_wise(pa.array(words, pa.string()), joined, " ")
    whole = pa.ListArray.from_arrays(pa.array([0, len(lines)], pa.int32()), lines)
    text: bytes = pc.binary_join(whole, "\n")[0].as_buffer().to_pybytes()
    return text + b"\n"


def _head(store: WordStore) -> bytes:
    return f"{len(store)} {store.dim}\n".encode()


def _write_text(
    store: WordStore, language: Language, path: Path, advance: Advance, *, header: bool
) -> list[str]:
    if not header and store.dim == 1:
        raise InvalidRequest(
            f"'{path}': a row of one number looks like a header; write .vec, which has one"
        )
    with _packing(path) as file:
        if header:
            file.write(_head(store))
        for words, rows in _blocks(store, _NUMBERS):
            file.write(_lines(words, rows))
            advance(len(words))
    return []


def _write_w2v(store: WordStore, language: Language, path: Path, advance: Advance) -> list[str]:
    with atomic_file(path) as file:
        file.write(_head(store))
        for words, rows in _blocks(store, _NUMBERS):
            numbers = np.ascontiguousarray(rows, "<f4")
            # The line end behind each row is the C program's; gensim reads it as well.
            pairs = zip(words, numbers, strict=True)
            file.writelines(word.encode() + b" " + row.tobytes() + b"\n" for word, row in pairs)
            advance(len(words))
    return []


def _write_npy(store: WordStore, language: Language, path: Path, advance: Advance) -> list[str]:
    dtype = np.dtype(store.dtype).newbyteorder("<")
    header = {
        "descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False,
        "shape": (len(store), store.dim),
    }  # fmt: skip
    with atomic_file(words_beside(path)) as listed, atomic_file(path) as file:
        np.lib.format.write_array_header_1_0(file, header)
        for words, rows in _blocks(store, _NUMBERS):
            listed.writelines(word.encode() + b"\n" for word in words)
            file.write(np.ascontiguousarray(rows, dtype).data)
            advance(len(words))
        # Never does an array stand beside the list of an earlier one.
        words_beside(path).unlink(missing_ok=True)
    return []


def _write_parquet(store: WordStore, language: Language, path: Path, advance: Advance) -> list[str]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    kind = pa.from_numpy_dtype(store.dtype)
    fields = [pa.field("word", pa.string()), pa.field("vector", pa.list_(kind, store.dim))]
    if store.counts is not None:
        fields.append(pa.field("count", pa.int64()))
    schema = pa.schema(fields)
    start = 0
    with (
        atomic_file(path) as file,
        pq.ParquetWriter(
            file, schema, compression="zstd", use_dictionary=False, write_page_checksum=True
        ) as writer,
    ):
        for words, rows in _blocks(store, _GROUP):
            numbers = pa.array(rows.astype(store.dtype, copy=False).ravel())
            columns = [pa.array(words), pa.FixedSizeListArray.from_arrays(numbers, store.dim)]
            if store.counts is not None:
                columns.append(pa.array(store.counts[start : start + len(words)]))
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
            start += len(words)
            advance(len(words))
    return []


# Programs in C cut at any white space of ASCII; readers take U+FEFF at the beginning for a mark.
_SPACE, _LINE_END = re.compile(r"^$|^\ufeff|[ \t-\r]"), re.compile(r"^\ufeff|[\r\n]")
_TARGETS = (
    Target(
        "word2vec's text format", (".vec", ".txt"), partial(_write_text, header=True),
        odd=_SPACE, packed=True,
    ),
    Target(
        "GloVe's text format", (".glove",), partial(_write_text, header=False), odd=_SPACE,
        packed=True,
    ),
    Target("word2vec's binary format", (".w2v",), _write_w2v, odd=_SPACE),
    Target("a numpy array", (".npy",), _write_npy, dtypes=_FLOATS, odd=_LINE_END),
    Target("a table", (".parquet",), _write_parquet, dtypes=_FLOATS, counts=True),
    Target("a static model", ("",), write_static_model, dtypes=(*_FLOATS, "int8"), cuts=True),
)  # fmt: skip
_ELSEWHERE = {
    ".bin": "is the ending of fastText's models, which hold more than words; word2vec's binary "
    "format is .w2v here",
    ".kv": "is gensim's own; write .w2v and let gensim save it: "
    "KeyedVectors.load_word2vec_format('x.w2v', binary=True).save('x.kv')",
    ".safetensors": "is one file of a folder; name the folder, without an ending",
}


def target_of(path: Path, dtype: str) -> Target:
    """The format that the name of a path asks for.

    Raises InvalidRequest for none, and for one that has no such numbers.
    """
    packing = path.suffix if path.suffix in _PACKED else ""
    ending = Path(path.name.removesuffix(packing)).suffix
    target = next((target for target in _TARGETS if ending in target.endings), None)
    if target is None:
        known = ", ".join(end for target in _TARGETS for end in target.endings if end)
        why = _ELSEWHERE.get(ending, "is the ending of no format that is written here")
        raise InvalidRequest(
            f"'{path}': {ending} {why}; known are {known}, and a folder, which has no ending"
        )
    if packing and not target.packed:
        raise InvalidRequest(f"'{path}': {target.name} is not packed; leave out {packing}")
    if dtype not in target.dtypes:
        able = [end or "a folder" for t in _TARGETS if dtype in t.dtypes for end in t.endings]
        raise InvalidRequest(
            f"'{path}': {target.name} has no {dtype} numbers; leave out --dtype, or write "
            + " or ".join(able)
        )
    return target


def check_words(target: Target, store: WordStore, path: Path) -> None:
    """Raise InvalidRequest for a word that a format cannot hold, before anything is written."""
    if target.odd is None:
        return
    odd = filter(target.odd.search, store.words)
    first = next(odd, None)
    if first is not None:
        raise InvalidRequest(
            f"'{path}': {target.name} cannot hold {1 + sum(1 for _ in odd):,} of the words, which "
            f"are empty or have white space inside; the first is {first!r}; write .parquet, or "
            "name words to keep with --keep-words"
        )
