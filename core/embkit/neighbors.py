"""Nearest neighbours and arithmetic over the vocabulary of a store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from embkit.errors import InvalidRequest, NotFound
from embkit.search import (
    ROWS,
    Best,
    Block,
    Found,
    margin,
    search,
    unit_rows,
    usable,
    without,
)
from embkit.spelling import nearest_spelling
from embkit.words import WordEmbedder
from embkit.wordstore import WordStore

if TYPE_CHECKING:
    from embkit.approximate import ApproximateIndex

__all__ = [
    "cosines",
    "most_similar",
    "most_similar_cosmul",
    "named",
    "nearest",
    "nearest_by_product",
    "weighted_sum",
]

# Few queries wait for memory, and larger blocks keep the threads of a product from waiting too.
_FEW, _FEW_ROWS = 16, 8 * ROWS
# What keeps the quotient of 3CosMul finite; Levy and Goldberg's value.
_EPSILON = 1e-6

Term = str | tuple[str, float]


def _blocks(store: WordStore, first: int | None, size: int = ROWS) -> Iterator[Block]:
    """The first rows of a store with their lengths, so many at once; None for all."""
    end = len(store) if first is None else first
    for start, rows in store.blocks(size):
        if start >= end:
            return
        rows = rows[: end - start]
        yield rows, store.norms[start : start + len(rows)]


def nearest(
    store: WordStore,
    queries: NDArray[np.float32],
    k: int,
    *,
    exclude: NDArray[np.int64] | None = None,
    first: int | None = None,
) -> Found:
    """The k rows of a store with the largest cosine to each query; see `search`.

    exclude: rows not to be found, for each query, shape (n, m), -1 for none. first: search only so
    many rows, the most frequent words where a vocabulary is in order of frequency.
    """
    blocks = _blocks(store, first, _FEW_ROWS if len(queries) <= _FEW else ROWS)
    if exclude is None:
        return search(blocks, queries, k)
    return without(search(blocks, queries, k + exclude.shape[1]), exclude, k)


def cosines(
    store: WordStore, query: NDArray[np.float32], *, first: int | None = None
) -> NDArray[np.float32]:
    """Cosine of one query, shape (dim,), with each row, shape (n,); NaN for a row of zeros."""
    (unit,) = unit_rows(query[None])
    found = []
    for rows, lengths in _blocks(store, first):
        values = (rows @ unit.astype(np.float32)) / np.where(usable(lengths), lengths, np.nan)
        found.append(values)
    return np.concatenate(found)


def _quotients(near: NDArray[Any], far: NDArray[Any]) -> NDArray[Any]:
    """For each row the product of some cosines over that of others, each moved to 0 to 1."""
    above, below = (1 + near) / 2, (1 + far) / 2
    quotients: NDArray[Any] = above.prod(axis=1) / (below.prod(axis=1) + _EPSILON)
    return quotients


def nearest_by_product(
    store: WordStore,
    positive: NDArray[np.float32],
    negative: NDArray[np.float32],
    k: int,
    *,
    exclude: NDArray[np.int64],
    first: int | None = None,
) -> Found:
    """The k rows near to each positive vector and far from each negative one, shape (1, k).

    positive, negative: shape (n, dim). A row's score is the product of its cosines with the former
    over that with the latter, each cosine moved to 0 to 1. exclude, first: as in `nearest`.
    Source: 3CosMul, equation 4 of Levy and Goldberg 2014.
    """
    units = unit_rows(np.concatenate([positive, negative]))
    narrow, slack = units.astype(np.float32), margin(units.shape[1])
    wanted = k + exclude.shape[1]
    best = Best(1, wanted)
    start = 0
    for rows, lengths in _blocks(store, first):
        divisors = np.where(usable(lengths), lengths, np.nan)
        near, far = np.split((rows @ narrow.T) / divisors[:, None], [len(positive)], axis=1)
        # What a score is at most, and then, in float64, what it is: a small divisor makes the
        # rounding of a cosine large.
        most = _quotients(near + slack, np.maximum(far - slack, -1))
        bar = best.scores[0, -1]
        if np.isneginf(bar) and len(rows) > wanted:
            least = _quotients(np.maximum(near - slack, -1), far + slack)
            bar = np.partition(np.nan_to_num(least, nan=-1), -wanted)[-wanted]
        hopeful = np.flatnonzero(most > bar)
        if len(hopeful):
            wide = np.einsum("ij,kj->ik", unit_rows(rows[hopeful]), units)
            scores = _quotients(*np.split(wide, [len(positive)], axis=1))
            best.offer(np.zeros_like(hopeful), start + hopeful, scores)
        start += len(rows)
    return without(best.found(), exclude, k)


def weighted_sum(vectors: NDArray[np.float32], weights: Sequence[float]) -> NDArray[np.float32]:
    """The sum of vectors, each scaled to length one and then weighted, shape (1, dim).

    Raises InvalidRequest when there is none or they cancel out.
    """
    if not len(vectors):
        raise InvalidRequest("expected at least one word to look for the neighbours of")
    total = np.array(weights, dtype=np.float64) @ unit_rows(vectors)
    if np.abs(total).max() < np.finfo(np.float32).eps * np.abs(weights).sum():
        raise InvalidRequest("the words cancel out: nothing is left to look for the neighbours of")
    return total.astype(np.float32)[None]


def _looked_up(
    embedder: WordEmbedder, words: Sequence[str]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The vector of each word, and its row or -1; raises NotFound for one without a vector."""
    prepared = [embedder.prepare(word) for word in words]
    vectors = embedder.word_vectors(prepared)
    for word, spelling, vector in zip(words, prepared, vectors, strict=True):
        if not vector.any():
            near = nearest_spelling(embedder.store, spelling)
            hint = f"; did you mean '{near}'?" if near else ""
            raise NotFound(f"no vector for the word '{word}'{hint}")
    return vectors, embedder.rows(prepared)


def named(store: WordStore, found: Found) -> list[tuple[str, float]]:
    """What was found for a single query as words with their scores, best first."""
    (rows,), (scores,) = found
    pairs = zip(rows.tolist(), scores.tolist(), strict=True)
    return [(store.words[row], score) for row, score in pairs if row >= 0]


def most_similar(
    embedder: WordEmbedder,
    positive: Sequence[Term],
    negative: Sequence[Term] = (),
    k: int = 10,
    *,
    index: ApproximateIndex | None = None,
) -> list[tuple[str, float]]:
    """The k words nearest to a sum of words, with their cosines; the asked words are left out.

    Each word counts as its unit vector, times its weight where it is given as (word, weight); those
    of `negative` are subtracted. Words are looked up in the spelling of the vocabulary; an unknown
    one gets the vector of its subwords where the embedder has them. index: search in this one,
    approximately.
    Raises NotFound for a word without a vector, InvalidRequest when nothing is asked or the words
    cancel out.
    Source: 3CosAdd, Mikolov et al. 2013; the answers of gensim's method of this name.
    """
    signed = [(term, 1.0) for term in positive] + [(term, -1.0) for term in negative]
    words = [term if isinstance(term, str) else term[0] for term, _ in signed]
    weights = [sign if isinstance(term, str) else sign * term[1] for term, sign in signed]
    vectors, rows = _looked_up(embedder, words)
    query = weighted_sum(vectors, weights)
    k = min(k, len(embedder.store))
    if index is not None:
        return named(embedder.store, index.nearest(query, k, exclude=rows[None]))
    return named(embedder.store, nearest(embedder.store, query, k, exclude=rows[None]))


def most_similar_cosmul(
    embedder: WordEmbedder, positive: Sequence[str], negative: Sequence[str] = (), k: int = 10
) -> list[tuple[str, float]]:
    """The k words near to all of `positive` and far from all of `negative`, with their scores.

    The scores are those of `nearest_by_product`; otherwise as `most_similar`, without weights.
    """
    if not positive:
        raise InvalidRequest("expected at least one word to look for the neighbours of")
    vectors, rows = _looked_up(embedder, [*positive, *negative])
    near, far = vectors[: len(positive)], vectors[len(positive) :]
    k = min(k, len(embedder.store))
    found = nearest_by_product(embedder.store, near, far, k, exclude=rows[None])
    return named(embedder.store, found)
