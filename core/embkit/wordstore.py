"""A vocabulary and its matrix in a cached folder: made once, opened in milliseconds, never copied.

Folder `<cache>/words/<key>/`: words.arrow (the words, in order), matrix.bin (rows one after the
other, as float32, float16 or int8), scales.npy (int8 only: what a row's numbers are multiplied by),
norms.npy (the length of each row), hashes.npy and rows.npy (64-bit hashes of the words, sorted, and
the row of each), counts.npy where the source knows how often a word occurs, manifest.json (what the
store holds; size, time and CRC-32 of each file), and what else the reader of the source left there.
Everything is mapped, so processes share one copy in memory.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from embkit.arrow import flags, numbers, offsets, strings
from embkit.cache import atomic_file, atomic_folder, atomic_write, cache_dir, lock
from embkit.errors import InvalidData, InvalidRequest, PluginError, StorageError

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = [
    "DTYPES",
    "Rows",
    "WordStore",
    "hash_words",
    "open_store",
    "row_norms",
    "save_array",
    "write_array",
]

DTYPES = ("float32", "float16", "int8")
_VERSION = 4
_SAMPLE = 20_000
_BLOCK = 8192
_SYNC = 1 << 26
_HALF_MAX = 65504.0
log = logging.getLogger("embkit")

Rows = Iterable[tuple[Sequence[str], NDArray[np.float32]]]
_U = np.uint64
# Of the last eight bytes of a word, its own; of a whole eight, all.
_OWN = np.array([(1 << 8 * count) - 1 for count in range(9)], dtype=np.uint64)


def hash_words(words: Sequence[str], seed: int = 0) -> NDArray[np.uint64]:
    """64-bit hashes of words, shape (len(words),), each from its UTF-8 bytes and the seed alone."""
    return _hashes(strings(words), seed)


def _hashes(words: pa.Array, seed: int) -> NDArray[np.uint64]:
    """The same of an Arrow array of 64-bit offsets, without making a string of any word."""
    blocks = [_hash_block(words[i : i + _BLOCK], seed) for i in range(0, len(words), _BLOCK)]
    return np.concatenate([np.zeros(0, dtype=np.uint64), *blocks])


def _hash_block(words: pa.Array, seed: int) -> NDArray[np.uint64]:
    """A polynomial over the mixed eights of bytes of each word, mixed once more."""
    places, data = offsets(words)
    size = len(data)
    padded = np.zeros(size + 16, dtype=np.uint8)
    padded[:size] = data
    # Eight bytes of text at every byte.
    windows = np.ndarray((size + 9,), dtype="<u8", buffer=padded.data, strides=(1,))
    lengths = np.diff(places)
    eights = lengths // 8 + 1  # one at least, so that no word is empty
    begins = np.cumsum(eights) - eights
    place = np.arange(int(eights.sum())) - np.repeat(begins, eights)
    value = windows[np.repeat(places[:-1], eights) + 8 * place]
    value &= _OWN[np.minimum(np.repeat(lengths, eights) - 8 * place, 8)]
    # A product carries nothing downwards: without this, last bytes would meet in the top bits.
    value = (value ^ (value >> _U(32))) * _U(0xD6E8FEB86659FD93)
    value ^= value >> _U(29)
    powers = np.full(int(eights.max()) + 1, 0x9E3779B97F4A7C15 + 2 * seed, dtype=np.uint64)
    powers[0] = 1
    hashes: NDArray[np.uint64] = np.add.reduceat(
        value * np.multiply.accumulate(powers)[place], begins
    )
    hashes ^= lengths.astype(np.uint64)
    hashes = (hashes ^ (hashes >> _U(31))) * _U(0xBF58476D1CE4E5B9)
    return hashes ^ (hashes >> _U(29))


def row_norms(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """The length of each row, shape (len(rows),), of any size a float32 can have."""
    squares: NDArray[np.float32] = np.einsum("ij,ij->i", rows, rows)
    norms = np.sqrt(squares)
    # The square of 1e30 is no float32, nor is that of 1e-30.
    odd = np.flatnonzero(~((squares > 1e-30) & (squares < 1e30)))
    if len(odd):
        norms[odd] = np.linalg.norm(rows[odd].astype(np.float64), axis=1)
    return norms


def save_array(path: Path, array: NDArray[Any]) -> None:
    """Write a `.npy` file, whole or with the OSError of the system.

    Of a full disk `np.save` says nothing when only the end was lost, and else no error's number.
    """
    with open(path, "wb") as file:
        write_array(file, array)


def write_array(file: IO[bytes], array: NDArray[Any]) -> None:
    """Write an array as a `.npy` file that is open, without a copy of it."""
    array = np.ascontiguousarray(array)
    header = np.lib.format.header_data_from_array_1_0(array)
    np.lib.format.write_array_header_1_0(file, header)
    file.write(array.data)


class _Words(Sequence[str]):
    """Words in an Arrow array: a Python string is made of a word when it is asked for."""

    def __init__(self, column: pa.Array) -> None:
        self._column = column

    def __len__(self) -> int:
        return len(self._column)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            listed: list[str] = self._column[place].to_pylist()
            return listed
        word: str = self._column[place].as_py()
        return word

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self), _BLOCK):
            yield from self[start : start + _BLOCK]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)


class WordStore:
    """An opened store: look words up, take their rows.

    norms: shape (n,), float32, the length of each row, 0 for a word without a vector. counts: shape
    (n,), int64, how often each word stands in the corpus of the source, or None where it does not
    say. dtype: what the rows are stored as; whoever takes them gets float32. lowercase: the
    vocabulary holds hardly a capital letter, so text must be folded before it is looked up. notes:
    what was found when the source was read, a count for each remark in words. extra: what its
    reader wants to know again. key: tells this store from all others.
    """

    def __init__(self, folder: Path) -> None:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        self.folder = folder
        self.key: str = folder.name
        self.dim: int = manifest["dim"]
        self.dtype: str = manifest["dtype"]
        self.lowercase: bool = manifest["lowercase"]
        self.notes: Mapping[str, int] = manifest["notes"]
        self.extra: Mapping[str, Any] = manifest["extra"]
        self._seed: int = manifest["seed"]
        shape = (manifest["rows"], self.dim)
        self.matrix = np.memmap(folder / "matrix.bin", dtype=self.dtype, mode="r", shape=shape)
        self._scales = _mapped(folder / "scales.npy")
        self.norms: NDArray[np.float32] = np.load(folder / "norms.npy", mmap_mode="r")
        self.counts: NDArray[np.int64] | None = _mapped(folder / "counts.npy")
        self._hashes = np.load(folder / "hashes.npy", mmap_mode="r")
        self._rows = np.load(folder / "rows.npy", mmap_mode="r")
        table = pa.ipc.open_file(pa.memory_map(str(folder / "words.arrow"))).read_all()
        self._column = table["word"].chunk(0)

    def __len__(self) -> int:
        return len(self._column)

    @property
    def nbytes(self) -> int:
        """Bytes of the rows, on disk and, at most, in memory."""
        return int(self.matrix.nbytes + (0 if self._scales is None else self._scales.nbytes))

    @property
    def words(self) -> Sequence[str]:
        """All words in the order of the source; each is made into a string when it is asked for."""
        return _Words(self._column)

    def take(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """These rows of the matrix as float32, shape (len(rows), dim)."""
        return _decoded(self.matrix[rows], None if self._scales is None else self._scales[rows])

    def blocks(self, size: int = _BLOCK) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """All rows in order as float32: the number of the first row of a block, and the block."""
        for start in range(0, len(self), size):
            here = slice(start, start + size)
            yield (
                start,
                _decoded(self.matrix[here], None if self._scales is None else self._scales[here]),
            )

    def beside(
        self, name: str, shape: tuple[int, ...], dtype: type, make: Callable[[], NDArray[Any]]
    ) -> NDArray[Any]:
        """An array that follows from the store, made once and then kept beside it.

        name: of the file, another one where another array would be made. shape, dtype: what a kept
        one must have. On a disk that refuses, it is made anew each time.
        """
        file = self.folder / name
        with contextlib.suppress(OSError, ValueError, EOFError):
            kept: NDArray[Any] = np.load(file, allow_pickle=False)
            if kept.shape == shape and kept.dtype == dtype:
                return kept
        made = make()
        with contextlib.suppress(StorageError), atomic_file(file) as opened:
            write_array(opened, made)
        return made

    def sums(self, weights: csr_array) -> NDArray[np.float32]:
        """Sums of rows times their weights, shape (n, dim); weights: shape (n, len(self))."""
        if self._scales is None and self.dtype == "float32":
            sums: NDArray[np.float32] = weights @ self.matrix.view(np.ndarray)
            return sums
        used, columns = np.unique(weights.indices, return_inverse=True)
        entries = (weights.data, columns, weights.indptr)
        sums = type(weights)(entries, shape=(weights.shape[0], len(used))) @ self.take(used)
        return sums

    def rows(self, words: Sequence[str]) -> NDArray[np.int64]:
        """The row of each word, -1 for a word that is not there, shape (len(words),)."""
        return self.find(strings(words))

    def find(self, words: pa.Array) -> NDArray[np.int64]:
        """The same for words in an Arrow array of type large_binary."""
        hashes = _hashes(words, self._seed)
        # In order, neighbours in the search are neighbours in memory.
        order = np.argsort(hashes)
        place = np.minimum(np.searchsorted(self._hashes, hashes[order]), len(self) - 1)
        near = self._hashes[place] == hashes[order]
        found, asked = self._rows[place[near]], order[near]
        # Equal hashes are almost certainly equal words; "almost" is not enough.
        stored = self._column.take(numbers(found)).cast(pa.large_binary())
        same = flags(pc.equal(stored, words.take(numbers(asked))))
        rows = np.full(len(words), -1, dtype=np.int64)
        rows[asked[same]] = found[same]
        return rows


def _mapped(path: Path) -> NDArray[Any] | None:
    return np.load(path, mmap_mode="r", allow_pickle=False) if path.exists() else None


def _decoded(rows: NDArray[Any], scales: NDArray[np.float32] | None) -> NDArray[np.float32]:
    decoded = rows.astype(np.float32, copy=False)
    return decoded if scales is None else decoded * scales[:, None]


def _encode(rows: NDArray[np.float32], dtype: str) -> tuple[NDArray[Any], NDArray[np.float32]]:
    """Rows as they are stored, and what an int8 row must be multiplied by, shape (len(rows),)."""
    if dtype == "float32":
        return rows, np.zeros(0, dtype=np.float32)
    largest = np.abs(rows).max(axis=1, initial=0)
    if dtype == "float16":
        if (largest > _HALF_MAX).any():
            raise InvalidData(
                f"a vector holds {largest.max():g}, float16 ends at {_HALF_MAX:g}; take dtype int8"
            )
        return rows.astype(np.float16), np.zeros(0, dtype=np.float32)
    scales = (largest / 127).astype(np.float32)
    steps = np.divide(rows, scales[:, None], out=np.zeros_like(rows), where=scales[:, None] > 0)
    return np.clip(np.rint(steps), -127, 127).astype(np.int8), scales


def _text(words: pa.Array) -> pa.Array:
    """Words as text, with U+FFFD for each lone surrogate."""
    try:
        return words.cast(pa.large_string())
    except pa.ArrowInvalid:
        pairs = [
            word.decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass")
            for word in words.to_pylist()
        ]
        return strings([pair.decode("utf-16", "replace") for pair in pairs]).cast(pa.large_string())


def _write_rows(path: Path, rows: Rows, dtype: str) -> tuple[pa.Array, dict[str, Any], int]:
    """Write the matrix block by block; the words, columns beside them, and the file's CRC-32."""
    words, norms, scales = [], [], []
    crc = unsynced = 0
    with open(path, "wb") as file, ThreadPoolExecutor(1) as disk:
        synced = disk.submit(os.fsync, file.fileno())
        for block, values in rows:
            stored, scale = _encode(values, dtype)
            words.append(strings(block))
            scales.append(scale)
            norms.append(row_norms(_decoded(stored, scale if dtype == "int8" else None)))
            data = np.ascontiguousarray(stored).data.cast("B")
            crc = zlib.crc32(data, crc)
            file.write(data)
            unsynced += data.nbytes
            if unsynced > _SYNC:  # else all of it would be waited for at the end
                synced.result()
                synced = disk.submit(os.fsync, file.fileno())
                unsynced = 0
        synced.result()
    if not any(map(len, words)):
        raise InvalidData("there is no word vector in it")
    columns: dict[str, NDArray[Any]] = {"norms": np.concatenate(norms)}
    if dtype == "int8":
        columns["scales"] = np.concatenate(scales)
    return _text(pa.chunked_array(words).combine_chunks()), columns, crc


def _sorted_hashes(words: pa.Array) -> tuple[int, NDArray[np.uint64], NDArray[np.int64]]:
    """A seed that gives unequal words unequal hashes; the hashes in order, the row of each."""
    for seed in range(16):
        hashes = _hashes(words, seed)
        order = np.argsort(hashes)
        hashes = hashes[order]
        alike = np.flatnonzero(hashes[1:] == hashes[:-1])
        left, right = (words.take(numbers(order[alike + side])) for side in (0, 1))
        if flags(pc.equal(left, right)).all():
            return seed, hashes, order
    raise InvalidData("its words cannot be told apart by 16 hashes; no text has such words")


def _drop_rows(path: Path, kept: NDArray[np.int64], width: int) -> None:
    """Leave only some rows of a matrix file, each `width` bytes long; kept: which, in order."""
    rows = np.memmap(path, dtype=np.uint8, mode="r").reshape(-1, width)
    with open(path, "rb+") as file:
        for start in range(0, len(kept), _BLOCK):
            file.write(rows[kept[start : start + _BLOCK]].data)
        file.truncate()


def _lowercase(words: Sequence[str]) -> bool:
    """Whether at most 1 in 200 of the words that could be cased holds a capital letter."""
    cased = [word for word in words if word.lower() != word.upper()]
    capitals = sum(any(letter.isupper() for letter in word) for word in cased)
    return capitals <= 0.005 * len(cased)


def _state(path: Path) -> dict[str, object]:
    state = path.stat()
    return {"bytes": state.st_size, "time": state.st_mtime_ns}


def _checksum(path: Path) -> int:
    """CRC-32 of a file: what it guards against is a bad copy, not malice; thrice as fast as SHA."""
    crc = 0
    with open(path, "rb", buffering=0) as file:
        while data := file.read(1 << 20):
            crc = zlib.crc32(data, crc)
    return crc


def _same(path: Path, known: Mapping[str, object]) -> bool:
    """Whether a file is the one it was: as long, and as old or else with the same checksum.

    A store that was copied, into an image or from a stick, has new times; only then it is read.
    """
    state = _state(path)
    return state["bytes"] == known["bytes"] and (
        state["time"] == known["time"] or _checksum(path) == known["crc32"]
    )


def _sound(folder: Path) -> bool:
    """Whether a store is whole, unaltered and of this version."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        if manifest["version"] != _VERSION:
            return False
        return all(_same(folder / name, known) for name, known in manifest["files"].items())
    except (OSError, ValueError, KeyError, TypeError):
        return False


Build = Callable[[Path, dict[str, int]], tuple[Rows, int, Mapping[str, Any]]]


def _make(folder: Path, build: Build, dtype: str) -> Mapping[str, int]:
    """Fill a folder with a store, in one pass over the rows; what was noted on the way."""
    notes: dict[str, int] = {}
    rows, dim, extra = build(folder, notes)
    matrix = folder / "matrix.bin"
    words, columns, crc = _write_rows(matrix, rows, dtype)
    if (folder / "counts.npy").exists():
        columns["counts"] = np.load(folder / "counts.npy", allow_pickle=False)
        if len(columns["counts"]) != len(words):
            raise PluginError(f"{folder / 'counts.npy'}: expected a number for each row")
    seed, hashes, order = _sorted_hashes(words)
    first = np.append(True, hashes[1:] != hashes[:-1])
    if not first.all():
        notes["repeated words, the first of each kept"] = int((~first).sum())
        earliest = np.minimum.reduceat(order, np.flatnonzero(first))
        kept = np.sort(earliest)
        _drop_rows(matrix, kept, dim * np.dtype(dtype).itemsize)
        crc = _checksum(matrix)
        words = words.take(numbers(kept))
        columns = {name: column[kept] for name, column in columns.items()}
        hashes, order = hashes[first], np.searchsorted(kept, earliest)
    zero = int((columns["norms"] == 0).sum())
    if zero:
        notes["rows of zeros, which count as no vector"] = zero
    columns = columns | {"hashes": hashes, "rows": order.astype(np.uint32)}
    for name, column in columns.items():
        save_array(folder / f"{name}.npy", column)
    table = pa.Table.from_arrays([words], ["word"])
    with (
        pa.OSFile(str(folder / "words.arrow"), "wb") as file,
        pa.ipc.new_file(file, table.schema) as writer,
    ):
        writer.write_table(table)
    manifest = {
        "version": _VERSION,
        "rows": len(words),
        "dim": dim,
        "dtype": dtype,
        "seed": seed,
        "lowercase": _lowercase(words[:_SAMPLE].to_pylist()),
        "notes": notes,
        "extra": dict(extra),
        "files": {
            path.name: _state(path) | {"crc32": crc if path == matrix else _checksum(path)}
            for path in sorted(folder.iterdir())
        },
    }
    atomic_write(folder / "manifest.json", json.dumps(manifest, ensure_ascii=False).encode())
    return notes


def open_store(key: str, build: Build, *, name: str, dtype: str = "float32") -> WordStore:
    """The store with this key, made first when it is not there, is cut short or was altered.

    key: covers the source's content and how it is read; each dtype has a store of its own. build:
    given the folder in which further files may be left and a dictionary for notes, returns blocks
    of (words, rows of shape (n, dim)), dim, and what else the manifest is to keep. It is called
    when a store must be made. Where it knows how often each word occurs, it leaves counts.npy by
    `save_array`, int64, a number for each of its rows, by the time the last row is read. name: of
    the source, for messages: what was noted is told once, in the log "embkit".
    Raises what `build` raises, InvalidData for rows that dtype cannot hold, and StorageError; then
    no store is left behind.
    """
    if dtype not in DTYPES:
        raise InvalidRequest(f"dtype is one of {', '.join(DTYPES)}; got '{dtype}'")
    full_key = json.dumps([key, dtype]).encode()
    folder = cache_dir() / "words" / hashlib.sha256(full_key).hexdigest()[:32]
    if not _sound(folder):
        with lock(folder.with_name(folder.name + ".lock")):
            if not _sound(folder):
                with atomic_folder(folder) as working:
                    notes = _make(working, build, dtype)
                for remark, count in notes.items():
                    log.warning("%s: %s %s", name, f"{count:,}", remark)
    return WordStore(folder)
