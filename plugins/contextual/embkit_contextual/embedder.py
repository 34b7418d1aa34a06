"""An encoder as an embedder: arrays in the order that was asked for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from embkit.progress import bar
from embkit.records import Embedder, Request
from numpy.typing import NDArray

from embkit_contextual.encoder import Encoder
from embkit_contextual.opening import open_encoder

__all__ = ["load_embedder"]


class _Texts:
    """An `Embedder`: texts, in the role of a document. progress: whether a bar is drawn."""

    def __init__(self, encoder: Encoder, *, progress: bool) -> None:
        self.encoder = encoder
        self.progress = progress
        self.dim = encoder.dim
        self.fingerprint = encoder.fingerprint

    @property
    def model_bytes(self) -> int:
        """Bytes of the weights of the transformer, as they are loaded."""
        return self.encoder.model_bytes

    @property
    def texts_cut(self) -> int:
        """Texts that were too long so far."""
        return self.encoder.texts_cut

    @property
    def tokens_cut(self) -> int:
        """Their pieces that were not read."""
        return self.encoder.tokens_cut

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of the texts, shape (len(texts), dim); NaN for a text without a piece."""
        return self._rows(texts, self.encoder.prompt)

    def _rows(self, texts: Sequence[str], prompt: str) -> NDArray[np.float32]:
        places: dict[str, int] = {}
        chosen = [places.setdefault(text, len(places)) for text in texts]
        rows = np.empty((len(places), self.dim), dtype=np.float32)
        stream = self.encoder.stream_texts(list(places), prompt=prompt)
        with bar("texts", len(places), wanted=self.progress) as show:
            for done, (number, row) in enumerate(stream, 1):
                rows[number] = row
                show(done)
        return rows[chosen] if len(rows) < len(chosen) else rows


class _Queries(_Texts):
    """A `QueryEmbedder`: another prompt before a query."""

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As `embed`, for texts in the role of a query."""
        return self._rows(texts, self.encoder.query_prompt)


class _Words(_Texts):
    """A `TokenEmbedder`: words in their sentence."""

    def embed_tokens(self, sentences: Sequence[Sequence[str]]) -> Sequence[NDArray[np.float32]]:
        """For each sentence the vectors of its words, shape (len(sentence), dim)."""
        found: list[NDArray[np.float32]] = [np.empty((0, self.dim), np.float32)] * len(sentences)
        stream = self.encoder.stream_tokens(sentences)
        with bar("sentences", len(sentences), wanted=self.progress) as show:
            for done, (number, rows) in enumerate(stream, 1):
                found[number] = rows
                show(done)
        return found


class _QueriesAndWords(_Queries, _Words):
    pass


def load_embedder(source: str, request: Request) -> Embedder:
    """The embedder of a folder or of a model of the hub; see `open_encoder`.

    It tells queries from documents where their prompts differ, and gives words in context where
    their vectors are as long as those of texts.
    """
    encoder = open_encoder(source, request)
    queries = encoder.query_prompt != encoder.prompt
    words = encoder.token_dim == encoder.dim
    kinds = {
        (False, False): _Texts,
        (True, False): _Queries,
        (False, True): _Words,
        (True, True): _QueriesAndWords,
    }
    return kinds[queries, words](encoder, progress=request.progress)
