"""Word vectors seen as gensim's `KeyedVectors`, so that code written for it runs."""

from __future__ import annotations

import logging
from collections.abc import ItemsView, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embkit.errors import InvalidRequest
from embkit.neighbors import cosines, named, nearest, nearest_by_product
from embkit.records import Embedder
from embkit.search import unit_rows
from embkit.words import WordEmbedder
from embkit.wordstore import WordStore

__all__ = ["KeyedView"]

# So many look-ups in the store take about as long as making a dictionary of 400,000 words.
_FEW = 500
log = logging.getLogger("embkit")

Key = str | int | np.integer
Term = Key | NDArray[np.floating]
Weighted = Term | tuple[Term, float]


class _Rows(Mapping[str, int]):
    """The row of each word, looked up in the store; in a dictionary, made then, if often asked."""

    def __init__(self, store: WordStore) -> None:
        self._store = store
        self._asked = 0

    @cached_property
    def _all(self) -> dict[str, int]:
        return {word: row for row, word in enumerate(self._store.words)}

    def __getitem__(self, word: str) -> int:
        if self._asked == _FEW:
            return self._all[word]
        self._asked += 1
        row = int(self._store.rows([word])[0]) if isinstance(word, str) else -1
        if row < 0:
            raise KeyError(word)
        return row

    def __iter__(self) -> Iterator[str]:
        return iter(self._store.words)

    def __len__(self) -> int:
        return len(self._store)

    def items(self) -> ItemsView[str, int]:
        """The words with their rows, in order, without looking one up."""
        return _Items(self)


class _Items(ItemsView[str, int]):
    def __iter__(self) -> Iterator[tuple[str, int]]:
        return zip(self._mapping, range(len(self)), strict=True)  # type: ignore[attr-defined]


class KeyedView:
    """The vocabulary of an embedder under the names of gensim 4's `KeyedVectors`, read-only.

    Words stand in the spelling of their file: nothing is normalised or made of subwords, and a word
    that is not there is a KeyError. A key is a word or the number of its row. Methods take and
    return what gensim's do; only, words of equal score come in the order of the vocabulary, a word
    whose vector is zeros is never similar, and `restrict_vocab` holds for `most_similar_cosmul`
    too.

    key_to_index: words to rows, looked up in the store, or in a dictionary once many have been.
    index_to_key: rows to words.
    Raises InvalidRequest for an embedder without a vocabulary.
    """

    def __init__(self, embedder: Embedder) -> None:
        if not isinstance(embedder, WordEmbedder):
            raise InvalidRequest(
                f"{type(embedder).__name__} has no vocabulary to view; load word vectors, such as "
                "'fasttext:FILE'"
            )
        self._store = embedder.store
        self.key_to_index: Mapping[str, int] = _Rows(self._store)
        self.index_to_key: Sequence[str] = self._store.words

    def __len__(self) -> int:
        return len(self._store)

    def __repr__(self) -> str:
        return f"KeyedView<vector_size={self.vector_size}, {len(self)} keys>"

    def __contains__(self, key: Key) -> bool:
        return self.has_index_for(key)

    def __getitem__(self, keys: Key | Sequence[Key]) -> NDArray[np.float32]:
        """The vector of a key, shape (dim,), read-only; of several keys, shape (n, dim)."""
        if isinstance(keys, Key):
            return self.get_vector(keys)
        return self._take([self.get_index(key) for key in keys])

    @property
    def vector_size(self) -> int:
        """Length of a vector."""
        return self._store.dim

    @cached_property
    def vectors(self) -> NDArray[np.float32]:
        """All vectors, shape (n, dim), read-only: the mapped file where it holds float32.

        Of vectors stored as float16 or int8 they are a copy in memory, made once.
        """
        ((_, rows),) = self._store.blocks(len(self))
        rows.flags.writeable = False
        return rows

    def has_index_for(self, key: Key) -> bool:
        """Whether a key is a word of the vocabulary, or the number of a row."""
        return self.get_index(key, -1) >= 0

    def get_index(self, key: Key, default: int | None = None) -> int:
        """The row of a key, else the default; raises KeyError where there is none."""
        if isinstance(key, int | np.integer):
            row = int(key)
        else:
            row = self.key_to_index.get(key, -1)
        if 0 <= row < len(self):
            return row
        if default is None:
            raise KeyError(f"Key '{key}' not present")
        return default

    def get_vector(self, key: Key, norm: bool = False) -> NDArray[np.float32]:
        """The vector of a key, shape (dim,), read-only. norm: scaled to length one."""
        vector: NDArray[np.float32] = self._take([self.get_index(key)], norm)[0]
        vector.flags.writeable = False
        return vector

    def _take(self, rows: Sequence[int], norm: bool = False) -> NDArray[np.float32]:
        vectors = self._store.take(np.array(rows, dtype=np.int64))
        return unit_rows(vectors).astype(np.float32, copy=False) if norm else vectors

    def get_mean_vector(
        self,
        keys: Sequence[Term],
        weights: Sequence[float] | NDArray[np.floating] | None = None,
        pre_normalize: bool = True,
        post_normalize: bool = False,
        ignore_missing: bool = True,
    ) -> NDArray[np.float32]:
        """The weighted mean of the vectors of keys, shape (dim,); a vector counts as it is.

        pre_normalize: scale the vector of each key to length one first; post_normalize: the mean.
        ignore_missing: leave out keys that are not there, else KeyError.
        """
        if not len(keys):
            raise ValueError("cannot compute mean with no input")
        weights = np.ones(len(keys)) if weights is None else np.asarray(weights)
        if len(weights) != len(keys):
            raise ValueError("keys and weights array must have same number of elements")
        total, divisor = np.zeros(self.vector_size), 0.0
        for key, weight in zip(keys, weights.tolist(), strict=True):
            if isinstance(key, np.ndarray):
                total += weight * key
            elif key in self:
                total += weight * self.get_vector(key, pre_normalize)
            elif ignore_missing:
                continue
            else:
                raise KeyError(f"Key '{key}' not present in vocabulary")
            divisor += abs(weight)
        mean = total[None] / (divisor or 1.0)
        if post_normalize:
            mean = unit_rows(mean)
        narrow: NDArray[np.float32] = mean[0].astype(np.float32)
        return narrow

    def most_similar(
        self,
        positive: Weighted | Sequence[Weighted] | None = None,
        negative: Weighted | Sequence[Weighted] | None = None,
        topn: int | None = 10,
        *,
        restrict_vocab: int | None = None,
    ) -> list[tuple[str, float]] | NDArray[np.float32]:
        """The words nearest to the sum of `positive` less that of `negative`, with their cosines.

        A term is a key, a vector, or a pair of one and its weight. topn: None for the cosines of
        all words, in order of row. restrict_vocab: search only so many rows, from the first.
        """
        if topn is not None and topn < 1:
            return []
        signed = [(term, 1.0) for term in _listed(positive)]
        signed += [(term, -1.0) for term in _listed(negative)]
        pairs = [term if isinstance(term, tuple) else (term, sign) for term, sign in signed]
        terms = [term for term, _ in pairs]
        mean = self.get_mean_vector(terms, [weight for _, weight in pairs], ignore_missing=False)
        if topn is None:
            return cosines(self._store, mean, first=restrict_vocab)
        k, asked = min(topn, len(self)), self._rows_of(terms)
        found = nearest(self._store, mean[None], k, exclude=asked, first=restrict_vocab)
        return named(self._store, found)

    def most_similar_cosmul(
        self,
        positive: Term | Sequence[Term] | None = None,
        negative: Term | Sequence[Term] | None = None,
        topn: int | None = 10,
        restrict_vocab: int | None = None,
    ) -> list[tuple[str, float]] | NDArray[np.float32]:
        """As `most_similar`, by the product of cosines; terms have no weights.

        Source: equation 4 of Levy and Goldberg 2014.
        """
        if topn is not None and topn < 1:
            return []
        near, far = _listed(positive), _listed(negative)
        if not near:
            raise ValueError("cannot compute similarity with no input")
        asked = self._rows_of([*near, *far])
        found = nearest_by_product(
            self._store,
            self._vectors_of(near),
            self._vectors_of(far),
            len(self) if topn is None else min(topn, len(self)),
            exclude=asked[:, :0] if topn is None else asked,
            first=restrict_vocab,
        )
        if topn is not None:
            return named(self._store, found)
        (rows,), (scores,) = found
        every = np.full(len(self), np.nan, dtype=np.float32)
        every[rows[rows >= 0]] = scores[rows >= 0]
        return every[:restrict_vocab]

    def _rows_of(self, terms: Sequence[Term]) -> NDArray[np.int64]:
        """The rows of those terms that are keys, shape (1, n)."""
        rows = [self.get_index(term) for term in terms if not isinstance(term, np.ndarray)]
        return np.array([rows], dtype=np.int64)

    def _vectors_of(self, terms: Sequence[Term]) -> NDArray[np.float32]:
        """The vector of each term, shape (n, dim)."""
        vectors = [t if isinstance(t, np.ndarray) else self.get_vector(t) for t in terms]
        return np.array(vectors, dtype=np.float32).reshape(-1, self.vector_size)

    def similar_by_word(
        self, word: Key, topn: int | None = 10, restrict_vocab: int | None = None
    ) -> list[tuple[str, float]] | NDArray[np.float32]:
        """As `most_similar` of one key."""
        return self.most_similar([word], topn=topn, restrict_vocab=restrict_vocab)

    def similar_by_vector(
        self,
        vector: NDArray[np.floating],
        topn: int | None = 10,
        restrict_vocab: int | None = None,
    ) -> list[tuple[str, float]] | NDArray[np.float32]:
        """As `most_similar` of one vector; a word that has this very vector is found too."""
        return self.most_similar([vector], topn=topn, restrict_vocab=restrict_vocab)

    def similarity(self, w1: Key, w2: Key) -> np.float32:
        """The cosine of two keys."""
        return _cosine(self.get_vector(w1), self.get_vector(w2))

    def distance(self, w1: Key, w2: Key) -> np.float32:
        """One less the cosine of two keys."""
        return np.float32(1) - self.similarity(w1, w2)

    def n_similarity(self, ws1: Sequence[Key], ws2: Sequence[Key]) -> np.float32:
        """The cosine of the mean vectors of two sets of keys; unknown ones are left out."""
        if not (len(ws1) and len(ws2)):
            raise ZeroDivisionError("At least one of the passed list is empty.")
        first, second = (self.get_mean_vector(keys, pre_normalize=False) for keys in (ws1, ws2))
        return _cosine(first, second)

    def doesnt_match(self, words: Sequence[Key]) -> Key:
        """The key farthest from the mean of all; unknown ones are left out, with a warning."""
        known = [word for word in words if word in self]
        if len(known) < len(words):
            missing = ", ".join(f"'{word}'" for word in words if word not in self)
            log.warning("no vector for %s, left out", missing)
        if not known:
            raise ValueError("cannot select a word from an empty list")
        units = self._take([self.get_index(word) for word in known], norm=True)
        scores = units @ self.get_mean_vector(list(units), post_normalize=True)
        return min(zip(scores.tolist(), known, strict=True))[1]


def _listed(terms: Any) -> list[Any]:
    """One term, some or none as a list; an array of two dimensions is its rows."""
    if terms is None:
        return []
    single = isinstance(terms, Key) or (isinstance(terms, np.ndarray) and terms.ndim == 1)
    return [terms] if single else list(terms)


def _cosine(first: NDArray[np.float32], second: NDArray[np.float32]) -> np.float32:
    left, right = unit_rows(np.stack([first, second]))
    return np.float32(left @ right)
