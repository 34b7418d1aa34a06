"""The input layer of an encoder as word vectors: what it knows of a piece before any context."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from embkit.compress import compress
from embkit.errors import InvalidData, InvalidRequest
from embkit.records import Embedder, Language
from embkit.text import layer_digest
from embkit.word_options import Compression
from embkit.words import WordEmbedder
from embkit.wordstore import Rows, WordStore, open_store
from numpy.typing import NDArray

if TYPE_CHECKING:
    from embkit_contextual import Encoder

__all__ = ["InputLayer", "input_embedder", "whole_words"]

_BLOCK = 8192
_TEXTS = 1024


class InputLayer:
    """The rows of an encoder's input layer and how words are made of them.

    names: the pieces as the tokenizer spells them; rows: shape (len(names), dim).
    Raises InvalidData where an encoder has no such rows.
    """

    def __init__(self, encoder: Encoder) -> None:
        try:
            self.names, self.rows = encoder.input_table()
        except (NotImplementedError, AttributeError, TypeError) as error:
            raise InvalidData(
                "has no input layer with a row for each piece of its tokenizer",
                path=encoder.source,
            ) from error
        self.dim = int(self.rows.shape[1])
        self._encoder = encoder
        self._unknown = encoder.tokenizer.unk_token_id

    def vectors(self, words: Sequence[str]) -> NDArray[np.float32]:
        """The mean of the rows of each word's pieces, shape (len(words), dim).

        Zeros for a word without a piece, or with one that stands for what the tokenizer does not
        know.
        """
        from scipy.sparse import csr_array

        listed = [self._known(pieces) for pieces in self._encoder.pieces(words)]
        return _means(csr_array, listed, self.rows)

    def _known(self, pieces: Sequence[int]) -> Sequence[int]:
        return () if self._unknown in pieces else pieces

    def text_pieces(self, texts: Sequence[str]) -> list[list[int]]:
        """The pieces of each text but unknown ones."""
        return [
            [piece for piece in pieces if piece != self._unknown]
            for pieces in self._encoder.pieces(texts)
        ]


def _means(
    csr_array: Any, listed: Sequence[Sequence[int]], rows: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The mean of some rows for each entry, zeros for none."""
    ends = np.cumsum([0, *map(len, listed)])
    pieces = np.fromiter((piece for some in listed for piece in some), np.int64, ends[-1])
    weights = np.ones(len(pieces), dtype=np.float32)
    sums: NDArray[np.float32] = csr_array((weights, pieces, ends), (len(listed), len(rows))) @ rows
    return sums / np.maximum(np.diff(ends), 1).astype(np.float32)[:, None]


def whole_words(encoder: Encoder, language: Language) -> list[str]:
    """The words of a language that are one piece of the tokenizer, in its order.

    A piece counts when its text is a word by the language's rules and is cut into that piece alone.
    """
    tokenizer = encoder.tokenizer
    special = set(tokenizer.all_special_ids)
    count = max(tokenizer.get_vocab().values()) + 1
    ids = [number for number in range(count) if number not in special]
    names = tokenizer.convert_ids_to_tokens(ids)
    texts = [tokenizer.convert_tokens_to_string([str(name)]).strip() for name in names]
    found: dict[str, None] = {}
    for start in range(0, len(ids), _BLOCK):
        here = slice(start, start + _BLOCK)
        cut = encoder.pieces(texts[here])
        for number, text, pieces in zip(ids[here], texts[here], cut, strict=True):
            if pieces == [number] and _is_word(text, language):
                found.setdefault(text)
    return list(found)


def _is_word(text: str, language: Language) -> bool:
    # A vowel sign alone is a piece of many tokenizers, and no word.
    marked = not text or unicodedata.category(text[0]).startswith("M")
    return not marked and language.tokenize(language.normalize(text)) == [text]


def input_embedder(
    encoder: Encoder,
    language: Language,
    *,
    over: str = "words",
    pooling: str = "mean",
    compression: Compression | None = None,
) -> Embedder:
    """The input layer of an encoder as an embedder.

    over: `words`: a text is what `pooling` makes of its words, each the mean of its pieces' rows;
    the vocabulary is the words that are one piece, and all others are put together of theirs.
    `pieces`: a text is the mean of its pieces' rows, as Joshi's group has it for Marathi. In both,
    pieces around a text ([CLS], [SEP]) do not count, and what the tokenizer does not know is
    unknown. Components of a compression are those of the vocabulary, or of all pieces.
    Raises InvalidRequest for a pooling or a `keep` of pieces, and what `InputLayer` raises.
    Source: the non-contextual BERT of Chavan, Kadam and Joshi 2024.
    """
    layer = InputLayer(encoder)
    how = compression or Compression()
    if over == "pieces":
        if pooling != "mean" or how.keep:
            raise InvalidRequest(
                "a text over its pieces is their mean, all of them; leave out ?pooling= and "
                "?keep=, or take over=words"
            )
        return _pieces_embedder(layer, encoder, language, how)
    words = whole_words(encoder, language)
    if not words:
        raise InvalidData(
            f"has no piece that is a whole word of '{language.name}'; take ?over=pieces",
            path=encoder.source,
        )
    store, source, compose = _opened(encoder, language, words, layer, layer.vectors, how)
    return WordEmbedder(
        store,
        language,
        source=source,
        compose=compose,
        subword_bytes=layer.rows.nbytes,
        pooling=pooling,
    )


def _pieces_embedder(
    layer: InputLayer, encoder: Encoder, language: Language, how: Compression
) -> Embedder:
    store, source, _ = _opened(encoder, language, layer.names, layer, None, how)
    return _Pieces(layer, store, source)


def _opened(
    encoder: Encoder,
    language: Language,
    words: Sequence[str],
    layer: InputLayer,
    compose: Callable[[Sequence[str]], NDArray[np.float32]] | None,
    how: Compression,
) -> Any:
    """A store of words, or of pieces where nothing composes, made smaller."""
    content = ["static-input/1", encoder.fingerprint, layer_digest(language), compose is not None]
    key = hashlib.sha256(json.dumps(content).encode()).hexdigest()

    def rows() -> Iterator[tuple[Sequence[str], NDArray[np.float32]]]:
        for start in range(0, len(words), _BLOCK):
            here = slice(start, start + _BLOCK)
            yield words[here], compose(words[here]) if compose else layer.rows[here]

    def build(folder: Path, notes: dict[str, int]) -> tuple[Rows, int, Mapping[str, Any]]:
        return rows(), layer.dim, {}

    store = open_store(key, build, name=encoder.source)
    return compress(store, key, compose, how, name=encoder.source)


class _Pieces:
    """An `Embedder`: a text is the mean of its pieces' rows."""

    def __init__(self, layer: InputLayer, store: WordStore, source: str) -> None:
        self.dim = store.dim
        self.fingerprint = hashlib.sha256(f"static-pieces/1 {source}".encode()).hexdigest()
        self._layer = layer
        self._store = store

    @property
    def model_bytes(self) -> int:
        """Bytes of the pieces' rows, as they are stored."""
        return self._store.nbytes

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of the texts, shape (len(texts), dim); NaN for one without a known piece."""
        from scipy.sparse import csr_array

        vectors = np.empty((len(texts), self.dim), dtype=np.float32)
        for start in range(0, len(texts), _TEXTS):
            listed = self._layer.text_pieces(texts[start : start + _TEXTS])
            ends = np.cumsum([0, *map(len, listed)])
            pieces = np.fromiter((piece for some in listed for piece in some), np.int64, ends[-1])
            ones = np.ones(len(pieces), dtype=np.float32)
            weights = csr_array((ones, pieces, ends), (len(listed), len(self._store)))
            counts = np.diff(ends).astype(np.float32)[:, None]
            with np.errstate(invalid="ignore"):  # none of no pieces is NaN, as it should be
                vectors[start : start + _TEXTS] = self._store.sums(weights) / counts
        return vectors
