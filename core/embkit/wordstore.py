"""A vocabulary and its matrix in a cached folder: made once, opened in milliseconds, never copied.

Folder `<cache>/words/<key>/`: words.arrow (the words, in order), matrix.f32 (rows of float32 one
after the other), hashes.npy and rows.npy (64-bit hashes of the words, sorted, and the row of each),
manifest.json (what the store holds; size, time and sha256 of each file), and what else the reader
of the source left there. Everything is mapped, so processes share one copy in memory.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from embkit.cache import atomic_folder, atomic_write, cache_dir, file_digest, lock
from embkit.errors import InvalidData

__all__ = ["Rows", "WordStore", "hash_words", "open_store"]

_VERSION = 3
_SAMPLE = 20_000
_BLOCK = 8192
log = logging.getLogger("embkit")

Rows = Iterable[tuple[Sequence[str], NDArray[np.float32]]]


def hash_words(words: Sequence[str], seed: int = 0) -> NDArray[np.uint64]:
    """64-bit hashes of words, shape (len(words),): a polynomial over the UTF-8 bytes, mixed.

    Vectorised over many words: a few tenths of a microsecond a word, without a table of strings.
    """
    blocks = [_hashes(words[i : i + _BLOCK], seed) for i in range(0, len(words), _BLOCK)]
    return np.concatenate([np.zeros(0, dtype=np.uint64), *blocks])


def _hashes(words: Sequence[str], seed: int) -> NDArray[np.uint64]:
    encoded = [word.encode("utf-8", "surrogatepass") for word in words]
    lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
    # An end byte each, so that no word is empty.
    data = np.frombuffer(b"\0".join([*encoded, b""]), dtype=np.uint8).astype(np.uint64)
    starts = np.cumsum(lengths + 1) - (lengths + 1)
    place = np.arange(len(data)) - np.repeat(starts, lengths + 1)
    powers = np.full(int(lengths.max()) + 1, 0x9E3779B97F4A7C15 + 2 * seed, dtype=np.uint64)
    powers[0] = 1
    terms = (data + np.uint64(1)) * np.multiply.accumulate(powers)[place]
    hashes: NDArray[np.uint64] = np.add.reduceat(terms, starts)
    hashes ^= lengths.astype(np.uint64)
    hashes = (hashes ^ (hashes >> np.uint64(31))) * np.uint64(0xBF58476D1CE4E5B9)
    return hashes ^ (hashes >> np.uint64(29))


class WordStore:
    """An opened store: look words up, take their rows.

    matrix: shape (n, dim), float32, mapped and read-only. lowercase: the vocabulary holds hardly a
    capital letter, so text must be folded before it is looked up. notes: what was found when the
    source was read, a count for each remark in words. extra: what its reader wants to know again.
    """

    def __init__(self, folder: Path) -> None:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        self.folder = folder
        self.dim: int = manifest["dim"]
        self.lowercase: bool = manifest["lowercase"]
        self.notes: Mapping[str, int] = manifest["notes"]
        self.extra: Mapping[str, Any] = manifest["extra"]
        self._seed: int = manifest["seed"]
        self._longest: int = manifest["longest"]
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

    def take(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """These rows of the matrix as float32, shape (len(rows), dim)."""
        taken: NDArray[np.float32] = self.matrix[rows]
        return taken

    def blocks(self, size: int = _BLOCK) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """All rows in order as float32: the number of the first row of a block, and the block."""
        for start in range(0, len(self), size):
            yield start, self.matrix[start : start + size]

    def rows(self, words: Sequence[str]) -> NDArray[np.int64]:
        """The row of each word, -1 for a word that is not there, shape (len(words),)."""
        rows = np.full(len(words), -1, dtype=np.int64)
        # A word longer than all that are there need not be hashed, though it be a book.
        short = [i for i, word in enumerate(words) if len(word) <= self._longest]
        if not short:
            return rows
        hashes = hash_words([words[i] for i in short], self._seed)
        place = np.minimum(np.searchsorted(self._hashes, hashes), len(self) - 1)
        near = np.flatnonzero(self._hashes[place] == hashes)
        found = self._rows[place[near]].astype(np.int64)
        # Equal hashes are almost certainly equal words; "almost" is not enough.
        stored = self._words.take(pa.array(found)).to_pylist()
        for i, row, word in zip(near.tolist(), found.tolist(), stored, strict=True):
            if words[short[i]] == word:
                rows[short[i]] = row
        return rows


def _write_matrix(path: Path, rows: Rows, notes: dict[str, int]) -> list[str]:
    """Write rows one after the other, the first of each word; the words they belong to."""
    words: dict[str, None] = {}
    repeated = zero = 0
    with open(path, "wb") as matrix:
        for block, values in rows:
            fresh = []
            for i, word in enumerate(block):
                if word not in words:
                    words[word] = None
                    fresh.append(i)
            repeated += len(block) - len(fresh)
            kept = values if len(fresh) == len(block) else values[fresh]
            zero += int((~kept.any(axis=1)).sum())
            matrix.write(np.ascontiguousarray(kept, dtype="<f4").data)
    if repeated:
        notes["repeated words, the first of each kept"] = repeated
    if zero:
        notes["rows of zeros, which count as no vector"] = zero
    return list(words)


def _write_words(folder: Path, words: Sequence[str]) -> int:
    """Write the words and the hashes to find them by; the seed under which no two are equal."""
    for seed in range(16):
        hashes = hash_words(words, seed)
        order = np.argsort(hashes, kind="stable")
        if (hashes[order][1:] != hashes[order][:-1]).all():
            break
    else:
        raise InvalidData("its words cannot be told apart by 16 hashes; no text has such words")
    np.save(folder / "hashes.npy", hashes[order])
    np.save(folder / "rows.npy", order.astype(np.uint32))
    column = pa.table({"word": pa.array(words, type=pa.large_string())})
    with (
        pa.OSFile(str(folder / "words.arrow"), "wb") as file,
        pa.ipc.new_file(file, column.schema) as writer,
    ):
        writer.write_table(column)
    return seed


def _lowercase(words: Sequence[str]) -> bool:
    """Whether at most 1 in 200 of the first words that could be cased holds a capital letter."""
    cased = [word for word in words[:_SAMPLE] if word.lower() != word.upper()]
    capitals = sum(any(letter.isupper() for letter in word) for word in cased)
    return capitals <= 0.005 * len(cased)


def _state(path: Path) -> dict[str, object]:
    state = path.stat()
    return {"bytes": state.st_size, "time": state.st_mtime_ns}


def _with_digest(path: Path) -> dict[str, object]:
    # Not `file_digest`: that would be remembered under the name of the working folder.
    with open(path, "rb") as file:
        return _state(path) | {"sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def _same(path: Path, known: Mapping[str, object]) -> bool:
    """Whether a file is the one it was: as long, and as old or else with the same digest.

    A store that was copied, into an image or from a stick, has new times; only then it is read.
    """
    state = _state(path)
    return state["bytes"] == known["bytes"] and (
        state["time"] == known["time"] or file_digest(path) == known["sha256"]
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


def _make(folder: Path, build: Build) -> Mapping[str, int]:
    """Fill a folder with a store, in one pass over the rows; what was noted on the way."""
    notes: dict[str, int] = {}
    rows, dim, extra = build(folder, notes)
    words = _write_matrix(folder / "matrix.f32", rows, notes)
    if not words:
        raise InvalidData("there is no word vector in it")
    manifest = {
        "version": _VERSION,
        "rows": len(words),
        "dim": dim,
        "seed": _write_words(folder, words),
        "longest": max(map(len, words)),
        "lowercase": _lowercase(words),
        "notes": notes,
        "extra": dict(extra),
    }
    manifest["files"] = {path.name: _with_digest(path) for path in sorted(folder.iterdir())}
    atomic_write(folder / "manifest.json", json.dumps(manifest, ensure_ascii=False).encode())
    return notes


def open_store(key: str, build: Build, *, name: str) -> WordStore:
    """The store with this key, made first when it is not there, is cut short or was altered.

    key: covers the source's content and how it is read. build: given the folder in which further
    files may be left and a dictionary for notes, returns blocks of (words, rows of shape
    (n, dim)), dim, and what else the manifest is to keep. It is called when a store must be made.
    name: of the source, for messages: what was noted is told once, in the log "embkit".
    Raises what `build` raises, and StorageError; then no store is left behind.
    """
    folder = cache_dir() / "words" / hashlib.sha256(key.encode()).hexdigest()[:32]
    if not _sound(folder):
        with lock(folder.with_name(folder.name + ".lock")):
            if not _sound(folder):
                with atomic_folder(folder) as working:
                    notes = _make(working, build)
                for remark, count in notes.items():
                    log.warning("%s: %s %s", name, f"{count:,}", remark)
    return WordStore(folder)
