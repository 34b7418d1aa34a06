"""A vocabulary and its matrix in a cached folder: made once, opened in milliseconds, never copied.

Folder `<cache>/words/<key>/`: words.arrow (the words, in order), matrix.f32 (rows of float32 one
after the other), hashes.npy and rows.npy (64-bit hashes of the words, sorted, and the row of each),
manifest.json (sizes, sha256, notes). Everything is mapped, so processes share one copy in memory.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from embkit.cache import atomic_folder, atomic_write, cache_dir, lock
from embkit.errors import InvalidData

__all__ = ["Rows", "WordStore", "hash_words", "open_store"]

_VERSION = 1
_FILES = ("words.arrow", "matrix.f32", "hashes.npy", "rows.npy")
_SAMPLE = 20_000
log = logging.getLogger("embkit")

Rows = Iterable[tuple[Sequence[str], NDArray[np.float32]]]


def hash_words(words: Sequence[str], seed: int = 0) -> NDArray[np.uint64]:
    """64-bit hashes of words, shape (len(words),): a polynomial over the UTF-8 bytes, mixed.

    Vectorised over all words: a tenth of a microsecond a word, without a table of Python strings.
    """
    encoded = [word.encode("utf-8", "surrogatepass") for word in words]
    lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
    data = np.frombuffer(b"".join(encoded), dtype=np.uint8).astype(np.uint64)
    if not len(data):
        return np.zeros(len(words), dtype=np.uint64)
    starts = np.cumsum(lengths) - lengths
    place = np.arange(len(data)) - np.repeat(starts, lengths)
    base = 0x9E3779B97F4A7C15 + 2 * seed
    powers = np.array([pow(base, i, 1 << 64) for i in range(int(lengths.max()))], dtype=np.uint64)
    terms = (data + np.uint64(1)) * powers[place]
    sums = np.add.reduceat(terms, np.minimum(starts, len(data) - 1))
    hashes: NDArray[np.uint64] = np.where(lengths > 0, sums, np.uint64(0))
    hashes ^= lengths.astype(np.uint64)
    hashes = (hashes ^ (hashes >> np.uint64(31))) * np.uint64(0xBF58476D1CE4E5B9)
    return hashes ^ (hashes >> np.uint64(29))


class WordStore:
    """An opened store: look words up, take their rows.

    matrix: shape (n, dim), float32, mapped and read-only. lowercase: the vocabulary holds hardly a
    capital letter, so text must be folded before it is looked up. notes: what was found when the
    source was read, a count for each remark in words.
    """

    def __init__(self, folder: Path) -> None:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        self.folder = folder
        self.dim: int = manifest["dim"]
        self.lowercase: bool = manifest["lowercase"]
        self.notes: Mapping[str, int] = manifest["notes"]
        self.extra: Mapping[str, Any] = manifest["extra"]
        self._seed: int = manifest["seed"]
        shape = (manifest["rows"], self.dim)
        self.matrix = np.memmap(folder / "matrix.f32", dtype=np.float32, mode="r", shape=shape)
        self._hashes = np.load(folder / "hashes.npy", mmap_mode="r", allow_pickle=False)
        self._rows = np.load(folder / "rows.npy", mmap_mode="r", allow_pickle=False)
        table = pa.ipc.open_file(pa.memory_map(str(folder / "words.arrow"))).read_all()
        self._words = table["word"]

    def __len__(self) -> int:
        return len(self._hashes)

    @property
    def words(self) -> Sequence[str]:
        """All words in the order of the source, made into Python strings when asked for."""
        listed: list[str] = self._words.to_pylist()
        return listed

    def rows(self, words: Sequence[str]) -> NDArray[np.int64]:
        """The row of each word, -1 for a word that is not there, shape (len(words),)."""
        if not len(words) or not len(self):
            return np.full(len(words), -1, dtype=np.int64)
        hashes = hash_words(words, self._seed)
        place = np.searchsorted(self._hashes, hashes)
        place = np.minimum(place, len(self) - 1)
        rows = np.where(self._hashes[place] == hashes, self._rows[place].astype(np.int64), -1)
        # Equal hashes are almost certainly equal words; "almost" is not enough.
        there = np.flatnonzero(rows >= 0)
        stored = self._words.take(pa.array(rows[there])).to_pylist()
        for position, word in zip(there.tolist(), stored, strict=True):
            if words[position] != word:
                rows[position] = -1
        return rows


def _write(
    folder: Path, rows: Rows, dim: int, notes: dict[str, int], extra: Mapping[str, Any]
) -> None:
    """Fill a folder with a store, in one pass over the rows."""
    words: dict[str, None] = {}
    repeated = 0
    zero = 0
    with open(folder / "matrix.f32", "wb") as matrix:
        for block, values in rows:
            keep = []
            for i, word in enumerate(block):
                if word in words:
                    repeated += 1
                else:
                    words[word] = None
                    keep.append(i)
            values = np.ascontiguousarray(
                values if len(keep) == len(block) else values[keep], dtype=np.float32
            )
            zero += int((~values.any(axis=1)).sum())
            matrix.write(values.data)
    if repeated:
        notes["repeated words, the first of each kept"] = repeated
    if zero:
        notes["rows of zeros, which count as no vector"] = zero
    listed = list(words)
    if not listed:
        raise InvalidData("there is no word vector in it")
    for seed in range(16):
        hashes = hash_words(listed, seed)
        order = np.argsort(hashes, kind="stable")
        if (hashes[order][1:] != hashes[order][:-1]).all():
            break
    np.save(folder / "hashes.npy", hashes[order])
    np.save(folder / "rows.npy", order.astype(np.uint32))
    column = pa.table({"word": pa.array(listed, type=pa.large_string())})
    with (
        pa.OSFile(str(folder / "words.arrow"), "wb") as file,
        pa.ipc.new_file(file, column.schema) as writer,
    ):
        writer.write_table(column)
    cased = [word for word in listed[:_SAMPLE] if word.lower() != word.upper()]
    capitals = sum(any(letter.isupper() for letter in word) for word in cased)
    manifest = {
        "version": _VERSION,
        "rows": len(listed),
        "dim": dim,
        "seed": seed,
        "lowercase": capitals <= 0.005 * len(cased),
        "notes": notes,
        "extra": dict(extra),
        "files": {name: _state(folder / name) for name in _FILES},
    }
    atomic_write(folder / "manifest.json", json.dumps(manifest, ensure_ascii=False).encode())


def _state(path: Path) -> list[int]:
    state = path.stat()
    return [state.st_size, state.st_mtime_ns]


def _sound(folder: Path) -> bool:
    """Whether a store is whole: every file as long, and as old, as when it was made.

    Reading everything to compare digests would take longer than all the rest of opening it.
    """
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        return manifest["version"] == _VERSION and all(
            _state(folder / name) == state for name, state in manifest["files"].items()
        )
    except (OSError, ValueError, KeyError):
        return False


Build = Callable[[Path, dict[str, int]], tuple[Rows, int, Mapping[str, Any]]]


def open_store(key: str, build: Build) -> WordStore:
    """The store with this key, made first when it is not there, is cut short or was altered.

    key: covers the source's content and how it is read. build: given the folder in which further
    files may be left and a dictionary for notes, returns blocks of (words, rows of shape
    (n, dim)), dim, and what else the manifest is to keep. It is called when a store must be made.
    Raises what `build` raises, and StorageError; then no store is left behind.
    """
    folder = cache_dir() / "words" / key[:32]
    if not _sound(folder):
        with lock(folder.with_name(folder.name + ".lock")):
            if not _sound(folder):
                notes: dict[str, int] = {}
                with atomic_folder(folder) as working:
                    rows, dim, extra = build(working, notes)
                    _write(working, rows, dim, notes, extra)
                for remark, count in notes.items():
                    log.warning("%s %s", f"{count:,}", remark)
    return WordStore(folder)
