"""The word-vector engine: texts to one vector of their words' vectors, in bulk."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from embkit.arrow import as_texts, flags, numbers, strings
from embkit.cache import atomic_write
from embkit.cutting import Cut, cut
from embkit.errors import InvalidRequest, StorageError
from embkit.pooling import common_component, pool, word_shares, word_weights
from embkit.records import Language
from embkit.text import layer_digest
from embkit.word_options import POOLINGS
from embkit.wordstore import WordStore, row_norms

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["WordEmbedder", "runs"]

# What is worked on at once: memory is bounded by it, whatever the number of texts.
_TEXTS, _CHARACTERS = 65_536, 8_000_000
Compose = Callable[[Sequence[str]], NDArray[np.float32]]


class WordEmbedder:
    """Static word vectors as an `Embedder`.

    A text is normalised by its language, folded to one case when the vocabulary is, and cut into
    words; its vector is the mean of those that have one, or what else `pooling` makes of them. A
    text without white space is first looked up whole, so that a word with a hyphen or a point
    inside is found if it is there. A text none of whose words has a vector gets a row of NaN.

    compose: vectors of words that are not in the store, shape (n, dim), a row of zeros for none
    (fastText's n-grams); without it such words are left out. subword_bytes: of the rows that it
    composes of. source: digest of what the store was
    made from and how, a part of the fingerprint. pooling: one of `POOLINGS`; see `embkit.pooling`.
    """

    def __init__(
        self,
        store: WordStore,
        language: Language,
        *,
        source: str,
        compose: Compose | None = None,
        subword_bytes: int = 0,
        pooling: str = "mean",
    ) -> None:
        if pooling not in POOLINGS:
            raise InvalidRequest(f"pooling is one of {', '.join(POOLINGS)}; got '{pooling}'")
        self.store = store
        self.language = language
        self._compose = compose
        self._subword_bytes = subword_bytes
        self._pooling = pooling
        self._source = source

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self.store.dim

    @property
    def words(self) -> Sequence[str]:
        """The vocabulary in the order of its source; a new list each time, so keep it."""
        return self.store.words

    @property
    def model_bytes(self) -> int:
        """Bytes of the vectors of words and of what others are composed of, as they are stored."""
        return self.store.nbytes + self._subword_bytes

    @cached_property
    def fingerprint(self) -> str:
        """sha256 over source, pooling, subwords and text layer."""
        parts = ["words/1", self._source, self._pooling, self._compose is not None]
        content = json.dumps([*parts, layer_digest(self.language)])
        return hashlib.sha256(content.encode()).hexdigest()

    def prepare(self, text: str) -> str:
        """The spelling under which a text is looked up."""
        text = self.language.normalize(text)
        return self.language.fold(text) if self.store.lowercase else text

    @cached_property
    def _aliases(self) -> dict[str, int]:
        """Row by prepared spelling, for words that the vocabulary holds in another spelling only.

        Vectors trained on raw text may know a word as typed with two strokes, or not as NFC. Found
        once for a store and a text layer, then kept beside the store.
        """
        file = self.store.folder / f"aliases-{layer_digest(self.language)[:16]}.json"
        try:
            found: dict[str, int] = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            rest = ((row, self.words[row]) for row in np.flatnonzero(~self._plain).tolist())
            spelt = ((row, word, self.prepare(word)) for row, word in rest)
            changed = [
                (row, spelling) for row, word, spelling in spelt if spelling not in ("", word)
            ]
            taken = self.store.rows([spelling for _, spelling in changed])
            found = {}
            for (row, spelling), there in zip(changed, taken.tolist(), strict=True):
                if there < 0:
                    found.setdefault(spelling, row)
            # On a disk that refuses, they are found anew next time.
            with contextlib.suppress(StorageError):
                atomic_write(file, json.dumps(found, ensure_ascii=False).encode())
        return found

    def rows(self, words: Sequence[str]) -> NDArray[np.int64]:
        """The row of each prepared word, -1 for one that is not there."""
        return self._find(strings(words))

    def _find(self, words: pa.Array) -> NDArray[np.int64]:
        rows = self.store.find(words)
        if self._aliases:
            missing = np.flatnonzero(rows < 0)
            for place, word in zip(missing.tolist(), _listed(words, missing), strict=True):
                rows[place] = self._aliases.get(word, -1)
        return rows

    def ranks(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """The place in the vocabulary, from 1, of the word of each text that comes last in it.

        Shape (len(texts),); 0 where a word is not there, or a text has none.
        """
        ranks = np.zeros(len(texts), dtype=np.int64)
        for block in runs(texts, _TEXTS, _CHARACTERS):
            found = self._cut(texts[block])
            rows = self._rows_of(found)[found.numbers]
            filled = np.flatnonzero(np.diff(found.ends))
            if len(filled):
                starts = found.ends[filled]
                whole = np.minimum.reduceat(rows, starts) >= 0
                last = np.maximum.reduceat(rows, starts) + 1
                ranks[block][filled] = np.where(whole, last, 0)
        return ranks

    @property
    def vocabulary_alone(self) -> WordEmbedder | None:
        """The same without composed vectors, None where nothing is composed."""
        if self._compose is None:
            return None
        return WordEmbedder(self.store, self.language, source=self._source, pooling=self._pooling)

    def word_vectors(self, words: Sequence[str]) -> NDArray[np.float32]:
        """The vector of each prepared word, shape (len(words), dim); zeros for none."""
        listed = strings(words)
        return _Table(self.store, self._find(listed), listed, self._compose).rows()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of the texts, shape (len(texts), dim); NaN where no word has a vector."""
        vectors = np.empty((len(texts), self.dim), dtype=np.float32)
        pooled: Future[None] | None = None
        # While the texts of a block are pooled, those of the next are cut.
        with ThreadPoolExecutor(1) as pooling:
            for block in runs(texts, _TEXTS, _CHARACTERS):
                words = self._cut(texts[block])
                if pooled is not None:
                    pooled.result()  # two blocks at most are in memory
                pooled = pooling.submit(self._pool, words, vectors[block])
            if pooled is not None:
                pooled.result()
        return vectors

    def _cut(self, texts: Sequence[str]) -> Cut:
        return cut(
            texts,
            self.language,
            fold=self.store.lowercase,
            known=lambda spellings: self.rows(spellings) >= 0,
            find=self._find_plain,
        )

    def _rows_of(self, texts: Cut) -> NDArray[np.int64]:
        """The row of each distinct word, -1 for one that is not there."""
        return np.concatenate([texts.rows, self._find(texts.words[len(texts.rows) :])])

    def _find_plain(self, words: pa.Array) -> NDArray[np.int64]:
        """The rows of words that the text layer gives back as they are, -1 for others."""
        rows = self.store.find(words)
        plain = rows >= 0
        plain[plain] = self._plain[rows[plain]]
        return np.where(plain, rows, -1)

    @cached_property
    def _plain(self) -> NDArray[np.bool_]:
        """Whether each word of the vocabulary, as a text, is that one word and no other.

        Found once for a store and a text layer, then kept beside the store.
        """

        def found() -> NDArray[np.bool_]:
            starts = range(0, len(self.store), _TEXTS)
            words = (self.store.words[start : start + _TEXTS] for start in starts)
            return np.concatenate([self._given_back(some) for some in words])

        name = f"plain-{layer_digest(self.language)[:16]}.npy"
        return self.store.beside(name, (len(self.store),), np.bool_, found)

    def _given_back(self, words: Sequence[str]) -> NDArray[np.bool_]:
        """Whether the text layer leaves the spelling of each word, and makes it that word alone."""
        found = cut(
            words, self.language, fold=self.store.lowercase,
            known=lambda spellings: np.zeros(len(spellings), dtype=bool),
        )  # fmt: skip
        same: NDArray[np.bool_] = np.diff(found.ends) == 1
        places = np.flatnonzero(same)
        first = found.words.take(numbers(found.numbers[found.ends[:-1][places]]))
        same[places] = flags(pc.equal(first, strings(words).take(numbers(places))))
        places = np.flatnonzero(same)
        given = [words[place] for place in places.tolist()]
        same[places] = [one == other for one, other in zip(given, self._spelt(given), strict=True)]
        return same

    def _spelt(self, words: Sequence[str]) -> list[str]:
        """Words as `prepare` spells them, all at once where it may."""
        if self.language.space_separates:
            spelt = self.prepare(" ".join(words)).split(" ")
            if len(spelt) == len(words):
                return spelt
        return [self.prepare(word) for word in words]

    @cached_property
    def _weights(self) -> NDArray[np.float64] | None:
        """What each row of the store counts, and last what other words count, where they differ."""
        if self._pooling not in ("idf", "sif"):
            return None
        return word_weights(self._pooling, word_shares(self.store))

    @cached_property
    def _component(self) -> NDArray[np.float64] | None:
        return common_component(self.store) if self._pooling == "sif" else None

    def _pool(self, texts: Cut, out: NDArray[np.float32]) -> None:
        """Write one vector for each text, shape (len(texts), dim)."""
        from scipy.sparse import csr_array

        rows = self._rows_of(texts)
        weights = None if self._weights is None else self._weights[rows]
        # Entries are added up in the order of the words of a text, whatever the batch holds.
        entries = (np.ones(len(texts.numbers), dtype=np.float32), texts.numbers, texts.ends)
        words = csr_array(entries, shape=(len(texts.ends) - 1, len(rows)))
        table = _Table(self.store, rows, texts.words, self._compose)
        out[:] = pool(self._pooling, words, table, weights, self._component)


class _Table:
    """Vectors of words: those in the store where they lie, all others composed.

    rows: of each word in the store, -1 for none.
    """

    def __init__(
        self, store: WordStore, rows: NDArray[np.int64], words: pa.Array, compose: Compose | None
    ) -> None:
        self._store = store
        self._rows = rows
        self._known = rows >= 0
        self.norms = np.zeros(len(rows), dtype=np.float32)
        self.norms[self._known] = store.norms[rows[self._known]]
        self._composed: NDArray[np.float32] | None = None
        if compose is not None and not self._known.all():
            self._composed = compose(_listed(words, np.flatnonzero(~self._known)))
            self.norms[~self._known] = row_norms(self._composed)

    def rows(self) -> NDArray[np.float32]:
        """The vectors, shape (n, dim)."""
        vectors = np.zeros((len(self._rows), self._store.dim), dtype=np.float32)
        vectors[self._known] = self._store.take(self._rows[self._known])
        if self._composed is not None:
            vectors[~self._known] = self._composed
        return vectors

    def sums(self, weights: csr_array) -> NDArray[np.float32]:
        """Sums of vectors times their weights, first of those in the store, shape (m, dim)."""
        known = self._known[weights.indices]
        sums = self._store.sums(_only(weights, known, self._rows, len(self._store)))
        if self._composed is not None:
            place = np.cumsum(~self._known) - 1
            sums += _only(weights, ~known, place, len(self._composed)) @ self._composed
        return sums


def _only(
    weights: csr_array, chosen: NDArray[np.bool_], columns: NDArray[np.int64], count: int
) -> csr_array:
    """Some entries of a matrix, in other columns: those that theirs became; count: of columns."""
    data, indices, ends = weights.data, weights.indices, weights.indptr
    if not chosen.all():
        data, indices = data[chosen], indices[chosen]
        ends = np.append(0, np.cumsum(chosen))[ends]
    return type(weights)((data, columns[indices], ends), shape=(len(ends) - 1, count))


def _listed(words: pa.Array, places: NDArray[np.int64]) -> list[str]:
    """The words at some places, as strings."""
    return as_texts(words.take(numbers(places)))


def runs(texts: Sequence[str], most: int, characters: int) -> Iterator[slice]:
    """Runs of texts that are small enough to be worked on at once, in order.

    Each has at most so many texts, and so many characters unless a single text has more.
    """
    start = 0
    while start < len(texts):
        lengths = np.fromiter(map(len, texts[start : start + most]), np.int64)
        count = int(np.searchsorted(np.cumsum(lengths), characters, side="right"))
        yield slice(start, start := start + max(count, 1))
