"""An approximate index of a store's rows, made once and kept beside it: for large vocabularies."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embkit.cache import atomic_folder, atomic_write, file_digest, lock
from embkit.errors import InvalidRequest, StorageError
from embkit.neighbors import nearest
from embkit.search import Best, Found, paired_cosines, unit_rows, usable, without
from embkit.wordstore import WordStore

__all__ = ["ApproximateIndex", "open_index"]

# Raise it when an index is to be made anew.
_VERSION = 1
# Recall is measured on so many words.
_NEIGHBORS, _PROBES = 10, 500
# Twice as many are found as are asked for: float16 may have put them in another order.
_MORE = 2


class ApproximateIndex:
    """Nearest neighbours by usearch: a millisecond for a word in any vocabulary; a few are missed.

    Only which rows are found is approximate: their cosines are exact. recall: the share of the 10
    nearest of 500 words that was found when the index was made.
    Source: hierarchical navigable small worlds, Malkov and Yashunin 2018.
    """

    def __init__(self, store: WordStore, index: Any, recall: float) -> None:
        self.recall = recall
        self._store = store
        self._index = index

    def nearest(self, queries: NDArray[np.float32], k: int, *, exclude: NDArray[np.int64]) -> Found:
        """As the function `nearest` of `embkit.neighbors`."""
        wanted = k + exclude.shape[1]
        units = unit_rows(queries)
        asked = np.flatnonzero(units.any(axis=1))
        best = Best(len(queries), wanted)
        if len(asked):
            found = self._index.search(units[asked].astype(np.float32), _MORE * wanted)
            # Of a single query it returns one row, without what is lacking.
            keys = np.atleast_2d(found.keys)
            counts = found.counts if len(asked) > 1 else np.array([len(found)])
            there = np.arange(keys.shape[1]) < counts[:, None]
            query = asked[np.nonzero(there)[0]]
            rows = keys[there].astype(np.int64)
            best.offer(query, rows, paired_cosines(units[query], self._store.take(rows)))
        return without(best.found(), exclude, k)


def _recall(store: WordStore, index: ApproximateIndex) -> float:
    """The share of the nearest of some words, spread over the vocabulary, that an index finds."""
    known = np.flatnonzero(store.norms)
    probes = known[np.linspace(0, len(known) - 1, min(_PROBES, len(known))).astype(np.int64)]
    queries, itself = store.take(probes), probes[:, None]
    exact, _ = nearest(store, queries, _NEIGHBORS, exclude=itself)
    found, _ = index.nearest(queries, _NEIGHBORS, exclude=itself)
    hits = (exact[:, :, None] == found[:, None, :]) & (exact >= 0)[:, :, None]
    return float(hits.sum() / max((exact >= 0).sum(), 1))


def _fill(store: WordStore, folder: Path) -> None:
    """Make the index in a folder, all of it in memory, and note its digest and recall there."""
    from usearch.index import Index

    index = Index(ndim=store.dim, metric="cos", dtype="f16")
    for start, rows in store.blocks():
        norms = store.norms[start : start + len(rows)]
        here = np.flatnonzero(usable(norms))
        # Rows of length one, since float16 ends at 65,504.
        index.add(start + here, rows[here] / norms[here, None])
    file = folder / "index.usearch"
    try:
        index.save(str(file))
    except RuntimeError as error:
        raise StorageError(f"{file}: cannot be written ({error}); free some space") from None
    about = {
        "version": _VERSION,
        "digest": file_digest(file),
        "recall": _recall(store, ApproximateIndex(store, index, 0.0)),
    }
    atomic_write(folder / "about.json", json.dumps(about).encode())


def _opened(store: WordStore, folder: Path) -> ApproximateIndex | None:
    """The index in a folder, None where it is not there, not whole, or of another version."""
    from usearch.index import Index

    file = folder / "index.usearch"
    try:
        about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
        # usearch trusts what it maps: an altered file would end the process.
        if about["version"] != _VERSION or about["digest"] != file_digest(file):
            return None
        return ApproximateIndex(store, Index.restore(str(file), view=True), about["recall"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def open_index(store: WordStore) -> ApproximateIndex:
    """The approximate index of a store, made first when it is not there or was altered.

    Making it takes about a millisecond a word, shared by all cores. It lies in the folder of the
    store and goes with it.
    Raises InvalidRequest where the package usearch is not installed, and StorageError.
    """
    if importlib.util.find_spec("usearch") is None:
        raise InvalidRequest(
            "an approximate search needs the package usearch; pip install 'embkit[ann]'"
        )
    folder = store.folder / "neighbors"
    index = _opened(store, folder)
    if index is None:
        with lock(store.folder / "neighbors.lock"):
            index = _opened(store, folder)
            if index is None:
                with atomic_folder(folder) as working:
                    _fill(store, working)
                index = _opened(store, folder)
                if index is None:
                    raise StorageError(f"{folder}: was altered while it was made; try again")
    return index
