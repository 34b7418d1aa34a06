"""The word-vector engine: texts to the mean of their words' vectors, in bulk."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from embkit.cache import atomic_write
from embkit.errors import InvalidRequest
from embkit.records import Language
from embkit.text import layer_digest
from embkit.wordstore import WordStore

__all__ = ["POOLINGS", "WordEmbedder"]

POOLINGS = ("mean", "sum")
_BLOCK = 16_384
Compose = Callable[[Sequence[str]], NDArray[np.float32]]


class WordEmbedder:
    """Static word vectors as an `Embedder`.

    A text is normalised by its language, folded to one case when the vocabulary is, and cut into
    words; its vector is the mean (or sum) of those that have one. A text without white space is
    first looked up whole, so that a word with a hyphen or a point inside is found if it is there.
    A text none of whose words has a vector gets a row of NaN.

    compose: vectors of words that are not in the store, shape (n, dim), a row of zeros or NaN for
    none (fastText's n-grams); without it such words are left out. source: digest of what the store
    was made from and how, a part of the fingerprint.
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
            words = self.store.words
            changed = [(row, word) for row, word in enumerate(words) if self.prepare(word) != word]
            spellings = [self.prepare(word) for _, word in changed]
            taken = self.store.rows(spellings)
            found = {}
            for (row, _), spelling, there in zip(changed, spellings, taken.tolist(), strict=True):
                if there < 0:
                    found.setdefault(spelling, row)
            atomic_write(file, json.dumps(found, ensure_ascii=False).encode("utf-8", "replace"))
        return found

    def _rows(self, words: Sequence[str]) -> NDArray[np.int64]:
        """The row of each prepared word, -1 for one that is not there."""
        rows = self.store.rows(words)
        aliases = self._aliases
        if aliases:
            for position in np.flatnonzero(rows < 0).tolist():
                rows[position] = aliases.get(words[position], -1)
        return rows

    def word_vectors(self, words: Sequence[str]) -> NDArray[np.float32]:
        """The vector of each prepared word, shape (len(words), dim); zeros for none."""
        rows = self._rows(words)
        vectors = np.zeros((len(words), self.dim), dtype=np.float32)
        known = rows >= 0
        vectors[known] = self.store.matrix[rows[known]]
        if self._compose is not None and not known.all():
            composed = self._compose([words[i] for i in np.flatnonzero(~known).tolist()])
            vectors[~known] = np.nan_to_num(composed)
        return vectors

    def _split(self, texts: Sequence[str]) -> list[list[str]]:
        """The words of each text, prepared."""
        prepared = [self.prepare(text) for text in texts]
        words = [self.language.tokenize(text) for text in prepared]
        whole = [
            i
            for i, text in enumerate(prepared)
            if text and words[i] != [text] and not any(map(str.isspace, text))
        ]
        there = self._rows([prepared[i] for i in whole]) >= 0
        for i, found in zip(whole, there.tolist(), strict=True):
            if found:
                words[i] = [prepared[i]]
        return words

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of the texts, shape (len(texts), dim); NaN where no word has a vector."""
        from scipy.sparse import csr_array

        vectors = np.empty((len(texts), self.dim), dtype=np.float32)
        for start in range(0, len(texts), _BLOCK):
            words = self._split(texts[start : start + _BLOCK])
            place = {word: i for i, word in enumerate(_distinct(words))}
            table = self.word_vectors(list(place))
            has = np.any(table, axis=1)
            columns = np.fromiter((place[w] for ws in words for w in ws), np.int64)
            ends = np.cumsum([0, *map(len, words)])
            # Entries are added up in the order of the words of a text, whatever the batch holds.
            one = csr_array(
                (np.asarray(has, dtype=np.float32)[columns], columns, ends),
                shape=(len(words), len(place)),
            )
            counts = one.sum(axis=1)[:, None]
            sums = one @ table
            if self._pooling == "mean":
                sums /= np.maximum(counts, 1)
            vectors[start : start + _BLOCK] = np.where(counts > 0, sums, np.nan)
        return vectors


def _distinct(words: Iterable[Sequence[str]]) -> dict[str, None]:
    return dict.fromkeys(word for text in words for word in text)
