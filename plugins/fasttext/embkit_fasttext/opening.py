"""Which reader a file needs, and the store that comes of it."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from embkit.cache import file_digest
from embkit.records import Language
from embkit.words import WordEmbedder
from embkit.wordstore import Rows, open_store

from embkit_fasttext.binary import MAGIC, read_model, word_blocks
from embkit_fasttext.packed import is_packed, unpacked
from embkit_fasttext.subwords import Composer
from embkit_fasttext.vec import read_vec

__all__ = ["open_file"]

# Raise it when the rows that a reader makes of a file change.
_READER = 1
_UNPACKED = "model.bin"


def open_file(path: Path, language: Language, *, subwords: bool, pooling: str) -> WordEmbedder:
    """Open word vectors; see `embkit_fasttext.open_vectors`."""
    with unpacked(path) as file:
        binary = file.read(4) == MAGIC.to_bytes(4, "little")
    source = hashlib.sha256(
        json.dumps(["fasttext", _READER, file_digest(path)]).encode()
    ).hexdigest()

    def build(folder: Path, notes: dict[str, int]) -> tuple[Rows, int, Mapping[str, Any]]:
        if not binary:
            dim, rows = read_vec(path, notes)
            return rows, dim, {}
        plain = path
        if is_packed(path):
            plain = folder / _UNPACKED
            with unpacked(path) as packed, open(plain, "wb") as target:
                shutil.copyfileobj(packed, target, 1 << 22)
        model = read_model(plain, shown=path)
        notes.update(model.notes)
        return word_blocks(model), model.dim, model.layout()

    store = open_store(source, build, name=str(path))
    compose = None
    if subwords and store.extra.get("maxn", 0) > 0:
        beside = store.folder / _UNPACKED
        compose = Composer(beside if beside.exists() else path, store.extra).compose
    return WordEmbedder(store, language, source=source, compose=compose, pooling=pooling)
