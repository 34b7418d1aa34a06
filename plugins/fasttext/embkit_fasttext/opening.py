"""Which reader a file needs, and the store that comes of it."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from embkit.cache import file_digest
from embkit.errors import InvalidData
from embkit.records import Language
from embkit.words import WordEmbedder
from embkit.wordstore import Rows, open_store

from embkit_fasttext.binary import MAGIC, read_model, word_blocks
from embkit_fasttext.subwords import Composer
from embkit_fasttext.vec import read_vec

__all__ = ["open_file"]

# Raise it when the rows that a reader makes of a file change.
_READER = 1


def _first_bytes(path: Path) -> bytes:
    """The first four bytes of the content, decompressed."""
    try:
        with open(path, "rb") as file:
            head = file.read(4)
        if head[:2] == b"\x1f\x8b":
            with gzip.open(path, "rb") as unpacked:
                head = unpacked.read(4)
    except IsADirectoryError:
        raise InvalidData("is a folder, expected a .bin or .vec file", path=path) from None
    except FileNotFoundError:
        raise InvalidData("there is no such file", path=path) from None
    except PermissionError:
        raise InvalidData("cannot be read: permission denied", path=path) from None
    except (EOFError, gzip.BadGzipFile, OSError) as error:
        raise InvalidData(f"is damaged ({error}); fetch or copy it again", path=path) from error
    return head


def _unpacked(path: Path, folder: Path) -> Path:
    """The model itself: the file, or what a gzipped one holds, written beside the store."""
    with open(path, "rb") as file:
        if file.read(2) != b"\x1f\x8b":
            return path
    target = folder / "model.bin"
    try:
        with gzip.open(path, "rb") as source, open(target, "wb") as plain:
            shutil.copyfileobj(source, plain, 1 << 22)
    except (EOFError, gzip.BadGzipFile) as error:
        raise InvalidData(
            f"ends too early or is damaged ({error}); fetch or copy it again", path=path
        ) from error
    return target


def open_file(path: Path, language: Language, *, subwords: bool, pooling: str) -> WordEmbedder:
    """Open word vectors; see `embkit_fasttext.open_vectors`."""
    binary = _first_bytes(path) == MAGIC.to_bytes(4, "little")
    source = hashlib.sha256(
        json.dumps(["fasttext", _READER, file_digest(path)]).encode()
    ).hexdigest()

    def build(folder: Path, notes: dict[str, int]) -> tuple[Rows, int, Mapping[str, Any]]:
        if not binary:
            dim, rows = read_vec(path, notes)
            return rows, dim, {}
        model = read_model(_unpacked(path, folder), shown=path)
        notes.update(model.notes)
        extra = {**model.layout(), "unpacked": model.path.parent == folder}
        return word_blocks(model), model.dim, extra

    store = open_store(source, build)
    compose = None
    if subwords and store.extra.get("maxn", 0) > 0 and store.extra["bucket"] > 0:
        model_file = store.folder / "model.bin" if store.extra["unpacked"] else path
        compose = Composer(model_file, store.extra).compose
    return WordEmbedder(store, language, source=source, compose=compose, pooling=pooling)
