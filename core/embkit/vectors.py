"""A fixed table from texts to rows that knows what it lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain, compress

import numpy as np
from numpy.typing import ArrayLike, NDArray

from embkit.errors import InvalidData, UnknownText

__all__ = ["Vectors", "cosine"]


class Vectors:
    """Texts and one row of numbers for each, read-only.

    texts: n distinct texts; array: shape (n, dim), kept as float32. A row that is not finite or is
    all zeros is no vector (a cosine with it has no meaning): its text counts as unknown, and asking
    for it raises. queries: a second table for texts in the role of a query, where an embedder
    tells queries from passages; without it a query is a text like any other. sentences: for a
    sentence, as a tuple of its words, an array of shape (words, dim), where an embedder gives a
    word another vector in another sentence; a row is no vector under the same conditions.
    Raises InvalidData when the shapes disagree or a text stands twice.
    """

    def __init__(
        self,
        texts: Sequence[str],
        array: ArrayLike,
        *,
        queries: Vectors | None = None,
        sentences: Mapping[tuple[str, ...], NDArray[np.float32]] | None = None,
    ) -> None:
        table = np.asarray(array, dtype=np.float32)
        if table.ndim != 2 or table.shape[0] != len(texts):
            raise InvalidData(
                f"expected an array of shape ({len(texts)}, dim) for {len(texts)} texts, "
                f"got {table.shape}"
            )
        self._row = {text: number for number, text in enumerate(texts)}
        if len(self._row) != len(texts):
            raise InvalidData(f"{len(texts) - len(self._row)} texts stand more than once")
        self._array = table.view()
        self._array.flags.writeable = False
        self._queries = queries
        self._sentences = sentences
        self._known = _known(table)

    def __len__(self) -> int:
        return len(self._row)

    def __contains__(self, text: object) -> bool:
        row = self._row.get(text) if isinstance(text, str) else None
        return row is not None and bool(self._known[row])

    @property
    def dim(self) -> int:
        """Length of a row."""
        return int(self._array.shape[1])

    @property
    def queries(self) -> Vectors:
        """The table to look queries up in: this one, unless queries have their own vectors."""
        return self if self._queries is None else self._queries

    def known(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Which of the texts have a vector, shape (len(texts),)."""
        rows = np.fromiter((self._row.get(text, -1) for text in texts), np.int64, len(texts))
        return (rows >= 0) & self._known[rows] if len(self._row) else rows >= 0

    def rows(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The rows of the texts, shape (len(texts), dim).

        Raises UnknownText for a text without a vector: whoever asks must first decide, with
        `known`, what an unknown text counts as.
        """
        known = self.known(texts)
        if not known.all():
            missing = [text for text, here in zip(texts, known, strict=True) if not here]
            raise UnknownText(
                f"{len(missing)} of {len(texts)} texts have no vector, the first is {missing[0]!r}"
            )
        return self._array[[self._row[text] for text in texts]]

    def tokens(
        self, sentences: Sequence[Sequence[str]]
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The vectors of the words of sentences, and where in them each word's stands.

        Returns a table of shape (m, dim) and, for all words of all sentences in order, a row of
        that table, -1 for a word without a vector. Without vectors in context a word has the one
        it has alone, and the table holds each word once.
        """
        words = list(chain.from_iterable(sentences))
        if self._sentences is None:
            known = self.known(words)
            place = {word: row for row, word in enumerate(dict.fromkeys(compress(words, known)))}
            rows = np.fromiter((place.get(word, -1) for word in words), np.int64, len(words))
            return self.rows(list(place)), rows
        blocks = [
            np.empty((0, self.dim), np.float32),
            *(self._sentences[tuple(s)] for s in sentences),
        ]
        table = np.concatenate(blocks)
        known = _known(table)
        return table[known], np.where(known, np.cumsum(known) - 1, -1)

    def unit(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The rows of the texts scaled to length one, shape (len(texts), dim); raises as `rows`."""
        rows = self.rows(texts)
        # Scale by the largest value first: the square of 1e30 is no float32.
        rows = rows / np.abs(rows).max(axis=1, keepdims=True, initial=np.finfo(np.float32).tiny)
        unit: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit


def _known(table: NDArray[np.float32]) -> NDArray[np.bool_]:
    known = np.empty(len(table), dtype=bool)
    # One pass in blocks: the whole-table temporaries of isfinite would double the memory.
    for start in range(0, len(table), 8192):
        block = table[start : start + 8192]
        known[start : start + 8192] = np.isfinite(block).all(axis=1) & block.any(axis=1)
    return known


def cosine(vectors: Vectors, first: Sequence[str], second: Sequence[str]) -> NDArray[np.float64]:
    """Cosine of each pair, -1 to 1, shape (len(first),); NaN where a text of it is unknown."""
    values = np.full(len(first), np.nan)
    known = vectors.known(first) & vectors.known(second)
    left = vectors.unit(list(compress(first, known)))
    right = vectors.unit(list(compress(second, known)))
    values[known] = np.einsum("ij,ij->i", left, right, dtype=np.float64)
    return values
