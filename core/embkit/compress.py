"""Word vectors made smaller: fewer words, fewer dimensions, fewer bytes a number.

What comes of it is a store of its own, made once from the first, block by block. Where dimensions
change, the change is kept beside it, for the vectors of words that are put together of subwords.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from embkit.errors import InvalidData, InvalidRequest
from embkit.word_options import Compression
from embkit.wordstore import Rows, WordStore, open_store, save_array

__all__ = ["Compressed", "compress"]

# Raise it when the vectors that come of the same options change.
_VERSION = 1
_ROWS = 8192  # at once
_MEAN, _AXES = "mean.npy", "axes.npy"
Compose = Callable[[Sequence[str]], NDArray[np.float32]]


class Compressed(NamedTuple):
    """store, source, compose: as `WordEmbedder` takes them."""

    store: WordStore
    source: str
    compose: Compose | None


class _Affine(NamedTuple):
    """A change of vectors, (row - mean) @ axes. axes: shape (dim, new dim), None for as they are.

    In float64, so that rounding to float32 hides what depends on the number of rows.
    """

    mean: NDArray[np.float64]
    axes: NDArray[np.float64] | None

    def apply(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """The changed rows; one of zeros, which is no vector, stays one."""
        wide = rows - self.mean
        changed = (wide if self.axes is None else wide @ self.axes).astype(np.float32)
        changed[~rows.any(axis=1)] = 0
        return changed

    def save(self, folder: Path) -> None:
        save_array(folder / _MEAN, self.mean)
        if self.axes is not None:
            save_array(folder / _AXES, self.axes)

    @classmethod
    def load(cls, folder: Path) -> _Affine:
        axes = folder / _AXES
        return cls(np.load(folder / _MEAN), np.load(axes) if axes.exists() else None)


def compress(
    store: WordStore, source: str, compose: Compose | None, how: Compression, *, name: str
) -> Compressed:
    """A smaller store, with the digest of its source and what composes vectors of its dimensions.

    The steps and their order are those of `Compression`; mean and components are those of the words
    that are kept and have a vector, each counted once. A component's sign is such that its largest
    number is positive. Without a step to take, what was given is returned. A word that is not kept
    is composed where that is possible. name: of the source, for messages.
    Raises InvalidRequest for more dimensions than there are, for components to whiten along which
    the vectors do not vary and when no word would be kept, InvalidData where no word has a vector.
    Sources: Mu and Viswanath 2018, "All-but-the-Top", which is `center` with `remove`; the
    components agree with scikit-learn's PCA when centred, else with its TruncatedSVD.
    """
    if how.keep >= len(store):
        how = dataclasses.replace(how, keep=0)
    how = dataclasses.replace(how, dtype=how.dtype or store.dtype)
    if how == Compression(dtype=store.dtype):
        return Compressed(store, source, compose)
    _check(how, store, name)
    words = None if how.words is None else sorted(set(how.words))
    steps = dataclasses.asdict(how) | {"words": words}
    content = json.dumps(["compressed", _VERSION, source, store.key, steps])
    digest = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()

    def build(folder: Path, notes: dict[str, int]) -> tuple[Rows, int, Mapping[str, Any]]:
        kept = _kept(store, how, name)
        dim, affine = store.dim, None
        if _changes(how):
            affine = _fit(store, kept, how, name)
            affine.save(folder)
            dim = store.dim if affine.axes is None else affine.axes.shape[1]
        if store.counts is not None:
            save_array(folder / "counts.npy", store.counts[kept])
        return _rows(store, kept, affine), dim, {}

    smaller = open_store(digest, build, name=name, dtype=how.dtype)
    if compose is None or not _changes(how):
        return Compressed(smaller, digest, compose)
    affine, whole = _Affine.load(smaller.folder), compose
    return Compressed(smaller, digest, lambda words: affine.apply(whole(words)))


def _changes(how: Compression) -> bool:
    """Whether vectors become others, beside the rounding of a smaller dtype."""
    return how.center or how.remove > 0 or how.dim > 0 or how.whiten


def _check(how: Compression, store: WordStore, name: str) -> None:
    if how.remove >= store.dim:
        raise InvalidRequest(
            f"remove={how.remove} leaves nothing of the {store.dim} dimensions of '{name}'"
        )
    if how.dim > store.dim - how.remove:
        removed = f", of which remove={how.remove} takes its own" if how.remove else ""
        raise InvalidRequest(
            f"dim={how.dim} is more than the {store.dim} dimensions of '{name}'{removed}"
        )


def _kept(store: WordStore, how: Compression, name: str) -> NDArray[np.int64]:
    """The rows of the words to keep, in order."""
    kept = np.arange(len(store))
    if how.words is not None:
        rows = np.unique(store.rows(how.words))
        kept = rows[rows >= 0]
        if not len(kept):
            raise InvalidRequest(f"'{name}' has none of the {len(how.words):,} words to keep")
    return kept[: how.keep] if how.keep else kept


def _blocks(rows: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    for start in range(0, len(rows), _ROWS):
        yield rows[start : start + _ROWS]


def _rows(store: WordStore, kept: NDArray[np.int64], affine: _Affine | None) -> Rows:
    """Words and changed vectors of some rows of a store, which stand in order."""
    for here in _blocks(kept):
        first, last = int(here[0]), int(here[-1])
        # A few words may stand far apart: what lies between is not made into strings.
        if last - first < len(here):
            words = store.words[first : last + 1]
        else:
            words = [store.words[row] for row in here.tolist()]
        vectors = store.take(here)
        yield words, vectors if affine is None else affine.apply(vectors)


def _fit(store: WordStore, kept: NDArray[np.int64], how: Compression, name: str) -> _Affine:
    """The change that centring, removing, choosing dimensions and whitening amount to."""
    usable = kept[store.norms[kept] > 0]
    if not len(usable):
        raise InvalidData(f"'{name}': no word to keep has a vector")
    mean = _mean(store, usable) if how.center else np.zeros(store.dim)
    if not (how.remove or how.dim or how.whiten):
        return _Affine(mean, None)
    squares, axes = _components(store, usable, mean)
    if not (how.dim or how.whiten):
        removed = axes[:, : how.remove]
        return _Affine(mean, np.eye(store.dim) - removed @ removed.T)
    # What is smaller than this is the rounding of float32.
    least = store.dim * np.finfo(np.float32).eps ** 2 * squares[0]
    chosen = slice(how.remove, how.remove + how.dim if how.dim else None)
    squares, axes = squares[chosen], axes[:, chosen]
    if how.whiten:
        varying = int((squares > least).sum())
        if varying < len(squares):
            raise InvalidRequest(
                f"whiten: the vectors of '{name}' vary along {varying} of {len(squares)} "
                f"components; ask for dim={varying} or less, or leave out whiten"
            )
        axes = axes / np.sqrt(squares)
    return _Affine(mean, axes)


def _mean(store: WordStore, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    total = np.zeros(store.dim)
    for here in _blocks(rows):
        total += store.take(here).sum(axis=0, dtype=np.float64)
    return total / len(rows)


def _components(
    store: WordStore, rows: NDArray[np.int64], mean: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The directions along which rows lie most about a point, the first one most.

    Their mean squares, shape (dim,), and the directions, shape (dim, dim), a column each.
    """
    moment = np.zeros((store.dim, store.dim))
    for here in _blocks(rows):
        wide = store.take(here) - mean
        moment += wide.T @ wide
    squares, axes = np.linalg.eigh(moment / len(rows))
    squares, axes = squares[::-1], axes[:, ::-1]
    largest = np.abs(axes).argmax(axis=0)
    return squares, axes * np.sign(axes[largest, np.arange(store.dim)])
