"""From the vectors of a text's words to the vector of the text.

A pooling takes texts as a sparse matrix that tells how often each of some distinct words stands in
each text, and a table with the vector of each word, zeros for none. A word may have several entries
in a row; what counts is their sum. A text without a word that has a vector gets a row of NaN. A
text's row does not depend on other texts, and on the order of its words only by rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from embkit.wordstore import WordStore

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["Table", "common_component", "pool", "word_shares", "word_weights"]

# float32 adds up so many vectors to within one in a million; longer texts are cut into pieces.
_PIECE = 64
_PIECES = 512  # looked at at once: their vectors stay in the processor's cache
_BLOCK = 4096
# A word with this share of all text counts half, a rarer one more. The value of the paper.
_SHARE = 1e-3


class Table(Protocol):
    """The vectors of n words; norms: their lengths, shape (n,), 0 for a word without a vector."""

    norms: NDArray[np.float32]

    def rows(self) -> NDArray[np.float32]:
        """The vectors, shape (n, dim)."""
        ...

    def sums(self, weights: csr_array) -> NDArray[np.float32]:
        """Sums of vectors times their weights, shape (m, dim); weights: shape (m, n)."""
        ...


def pool(
    pooling: str,
    words: csr_array,
    table: Table,
    weights: NDArray[np.float64] | None = None,
    component: NDArray[np.float64] | None = None,
) -> NDArray[np.float32]:
    """The vectors of texts by a pooling of `POOLINGS`, shape (texts, dim).

    words: shape (texts, distinct words); table: the vectors of these words. weights: of each word,
    from `word_weights`, for idf and sif, 1 where there are none; component: from
    `common_component`, for sif.

    mean, sum, max: of the vectors. idf: their mean, weighted. sif: the mean of the vectors times
    their weights, less its part along the component. fasttext: the mean of the vectors scaled to
    length one, which is what `get_sentence_vector` of an unsupervised fastText model gives.
    """
    norms = table.norms
    known = norms > 0
    match pooling:
        case "max":
            return _maxima(words, table.rows(), known)
        case "sum":
            vectors = _sums(words, table, None)
            vectors[words @ known.astype(np.float32) == 0] = np.nan
            return vectors
        case "idf" if weights is not None:
            return _means(words, table, weights, known * weights)
        case "sif":
            return _without(_means(words, table, weights, known), component)
        case "fasttext":
            return _means(words, table, 1 / np.where(known, norms, 1), known)
    return _means(words, table, None, known)


def _means(
    words: csr_array,
    table: Table,
    weights: NDArray[np.floating] | None,
    parts: NDArray[Any],
) -> NDArray[np.float32]:
    """The sum of each text's vectors, each times its weight, divided by the sum of the parts."""
    vectors = _sums(words, table, weights)
    with np.errstate(invalid="ignore"):
        vectors /= (words @ parts.astype(np.float64)).astype(np.float32)[:, None]  # 0 / 0 is NaN
    return vectors


def _maxima(
    words: csr_array, table: NDArray[np.float32], known: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """The largest number of each text's vectors in each dimension, shape (texts, dim)."""
    known = known[words.indices] & (words.data > 0)
    columns = words.indices[known]
    cuts, first = _pieces(np.append(0, np.cumsum(known))[words.indptr])
    lengths = np.diff(cuts)
    pieces = np.full((len(lengths), table.shape[1]), -np.inf, dtype=np.float32)
    taken = np.empty((_PIECES, table.shape[1]), dtype=np.float32)
    for start in range(0, len(lengths), _PIECES):
        # The longest first, so that those which have a next word stand together.
        order = start + np.argsort(-lengths[start : start + _PIECES], kind="stable")
        begins, longest = cuts[order], lengths[order[0]]
        rows = np.full((len(order), table.shape[1]), -np.inf, dtype=np.float32)
        more = np.count_nonzero(lengths[order, None] > np.arange(longest), axis=0)
        for place, count in enumerate(more.tolist()):
            here = columns[begins[:count] + place]
            np.take(table, here, axis=0, out=taken[:count], mode="clip")
            np.maximum(rows[:count], taken[:count], out=rows[:count])
        pieces[order] = rows
    vectors = _joined(pieces, first, lambda rows: rows.max(axis=0))
    vectors[np.isneginf(vectors[:, 0])] = np.nan
    return vectors


def _sums(
    words: csr_array, table: Table, weights: NDArray[np.floating] | None
) -> NDArray[np.float32]:
    from scipy.sparse import csr_array

    counts = words.data.astype(np.float32, copy=False)
    if weights is not None:
        counts = counts * weights.astype(np.float32)[words.indices]
    weighted = csr_array((counts, words.indices, words.indptr), shape=words.shape)
    # Added up in the order of the words of a text, whatever other texts hold.
    sums = table.sums(weighted)
    long = np.flatnonzero(np.diff(words.indptr) > _PIECE)
    if len(long):
        some = weighted[long]
        cuts, first = _pieces(some.indptr)
        shape = (len(cuts) - 1, words.shape[1])
        pieces = table.sums(csr_array((some.data, some.indices, cuts), shape=shape))
        sums[long] = _joined(pieces, first, lambda rows: rows.sum(axis=0, dtype=np.float64))
    return sums


def _pieces(ends: NDArray[np.integer]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Texts cut into pieces: where each piece begins, with the last end; each text's first piece.

    ends: shape (texts + 1,), where each text begins, with the last end.
    """
    counts = np.maximum(-(-np.diff(ends) // _PIECE), 1)
    first = np.cumsum(counts) - counts
    within = np.arange(counts.sum()) - np.repeat(first, counts)
    return np.append(np.repeat(ends[:-1], counts) + _PIECE * within, ends[-1]), first


def _joined(
    pieces: NDArray[np.float32],
    first: NDArray[np.int64],
    join: Callable[[NDArray[np.float32]], NDArray[np.floating]],
) -> NDArray[np.float32]:
    """One row for each text, of the rows of its pieces."""
    if len(first) == len(pieces):
        return pieces
    vectors = pieces[first]
    ends = np.append(first[1:], len(pieces))
    for text in np.flatnonzero(ends - first > 1).tolist():
        vectors[text] = join(pieces[first[text] : ends[text]])
    return vectors


def _without(
    vectors: NDArray[np.float32], component: NDArray[np.float64] | None
) -> NDArray[np.float32]:
    """Rows less their part along a direction of length one."""
    if component is not None:
        for start in range(0, len(vectors), _BLOCK):
            rows = vectors[start : start + _BLOCK]
            rows -= np.einsum("ij,j->i", rows, component)[:, None] * component
    return vectors


def word_shares(store: WordStore) -> NDArray[np.float64]:
    """The share of each word of a vocabulary in the text that it was counted in, shape (n,).

    Where the source does not say how often words occur, the r-th is taken to occur 1/r times as
    often as the first (Zipf's law): vocabularies stand in the order of frequency as a rule.
    A word that was never counted has the share of one that was counted once.
    """
    if store.counts is None:
        counts = 1 / np.arange(1, len(store) + 1)
    else:
        counts = np.maximum(store.counts, 1).astype(np.float64)
    shares: NDArray[np.float64] = counts / counts.sum()
    return shares


def word_weights(pooling: str, shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """The weight of each word for "idf" or "sif", shape (n + 1,).

    The last is that of a word outside the vocabulary, which counts as one of the rarest. idf: -log
    of the share, for a vocabulary with one more word. sif: a / (a + share), with a = 0.001.
    """
    shares = np.append(shares, shares.min())
    if pooling == "idf":
        # One more word, so that the only word of a vocabulary has a weight.
        weights: NDArray[np.float64] = -np.log(shares / shares.sum())
        return weights
    return _SHARE / (_SHARE + shares)


def common_component(store: WordStore) -> NDArray[np.float64]:
    """The direction that texts of this vocabulary share, shape (dim,), of length one.

    The first eigenvector of the sum over words of share · weight² · v vᵀ. Arora, Liang and Ma 2017,
    "A Simple but Tough-to-Beat Baseline for Sentence Embeddings", take it from the texts at hand,
    so that a text's vector would depend on what else is embedded; this one is what they would find
    in texts of one word, drawn as often as it occurs. Its sign says nothing. Found once for a
    store, then kept beside it.
    """
    return store.beside("sif-1.npy", (store.dim,), np.float64, lambda: _first_eigenvector(store))


def _first_eigenvector(store: WordStore) -> NDArray[np.float64]:
    shares = word_shares(store)
    factors = word_weights("sif", shares)[:-1] * np.sqrt(shares)
    moment = np.zeros((store.dim, store.dim))
    for start, rows in store.blocks():
        scaled = rows * factors[start : start + len(rows), None]
        moment += scaled.T @ scaled
    component: NDArray[np.float64] = np.linalg.eigh(moment)[1][:, -1]
    return component
