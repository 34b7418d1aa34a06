"""The word-vector engine: texts to one vector of their words' vectors, in bulk."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from embkit.arrow import numbers, strings
from embkit.cache import atomic_write
from embkit.cutting import Cut, cut
from embkit.errors import InvalidRequest, StorageError
from embkit.pooling import common_component, pool, word_shares, word_weights
from embkit.records import Language
from embkit.text import layer_digest
from embkit.word_options import POOLINGS
from embkit.wordstore import WordStore, row_norms

__all__ = ["WordEmbedder", "runs"]

# What is worked on at once: memory is bounded by it, whatever the number of texts.
_TEXTS, _CHARACTERS = 32_768, 4_000_000
Compose = Callable[[Sequence[str]], NDArray[np.float32]]


class WordEmbedder:
    """Static word vectors as an `Embedder`.

    A text is normalised by its language, folded to one case when the vocabulary is, and cut into
    words; its vector is the mean of those that have one, or what else `pooling` makes of them. A
    text without white space is first looked up whole, so that a word with a hyphen or a point
    inside is found if it is there. A text none of whose words has a vector gets a row of NaN.

    compose: vectors of words that are not in the store, shape (n, dim), a row of zeros for none
    (fastText's n-grams); without it such words are left out. source: digest of what the store was
    made from and how, a part of the fingerprint. pooling: one of `POOLINGS`; see `embkit.pooling`.
    """

    def __init__(
        self,
        store: WordStore,
        language: Language,
        *,
        source: str,
        compose: Compose | None = None,
        pooling: str = "mean",
    ) -> None:
        if pooling not in POOLINGS:
            raise InvalidRequest(f"pooling is one of {', '.join(POOLINGS)}; got '{pooling}'")
        self.store = store
        self.language = language
        self._compose = compose
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
    def vector_bytes(self) -> int:
        """Bytes of the words' vectors, on disk and, at most, in memory."""
        return self.store.nbytes

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
            spelt = ((row, word, self.prepare(word)) for row, word in enumerate(self.words))
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

    def word_vectors(self, words: Sequence[str]) -> NDArray[np.float32]:
        """The vector of each prepared word, shape (len(words), dim); zeros for none."""
        listed = strings(words)
        return self._table(listed, self._find(listed))[0]

    def _table(
        self, words: pa.Array, rows: NDArray[np.int64]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The vectors of words that stand in these rows, and the lengths of the vectors."""
        if rows.min(initial=0) >= 0:
            return self.store.take(rows), self.store.norms[rows]
        vectors = np.zeros((len(words), self.dim), dtype=np.float32)
        norms = np.zeros(len(words), dtype=np.float32)
        known = np.flatnonzero(rows >= 0)
        vectors[known] = self.store.take(rows[known])
        norms[known] = self.store.norms[rows[known]]
        if self._compose is not None:
            unknown = np.flatnonzero(rows < 0)
            composed = self._compose(_listed(words, unknown))
            vectors[unknown] = composed
            norms[unknown] = row_norms(composed)
        return vectors, norms

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
        )

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

        rows = self._find(texts.words)
        weights = None if self._weights is None else self._weights[rows]
        # Entries are added up in the order of the words of a text, whatever the batch holds.
        entries = (np.ones(len(texts.numbers), dtype=np.float32), texts.numbers, texts.ends)
        words = csr_array(entries, shape=(len(texts.ends) - 1, len(rows)))
        table, norms = self._table(texts.words, rows)
        out[:] = pool(self._pooling, words, table, norms, weights, self._component)


def _listed(words: pa.Array, places: NDArray[np.int64]) -> list[str]:
    """The words at some places, as strings."""
    listed = words.take(numbers(places)).to_pylist()
    return [word.decode("utf-8", "surrogatepass") for word in listed]


def runs(texts: Sequence[str], most: int, characters: int) -> Iterator[slice]:
    """Runs of texts that are small enough to be worked on at once, in order.

    Each has at most so many texts, and so many characters unless a single text has more.
    """
    start = 0
    while start < len(texts):
        lengths = np.fromiter(map(len, texts[start : start + most]), np.int64)
        count = int(np.searchsorted(np.cumsum(lengths), characters, side="right"))
        yield slice(start, start := start + max(count, 1))
