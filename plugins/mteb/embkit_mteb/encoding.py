"""An embkit provider as MTEB takes a model: its EncoderProtocol, without torch."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from embkit import load
from embkit.records import Embedder, QueryEmbedder
from numpy.typing import NDArray

from embkit_mteb.package import mteb_package
from embkit_mteb.rows import pairwise, similarity

__all__ = ["Encoder", "encoder", "model_meta", "model_name"]


def model_name(spec: str) -> str:
    """A spec as a name of MTEB, `embkit/…`: letters, digits and . _ = - are kept."""
    return f"embkit/{re.sub(r'[^A-Za-z0-9._=-]+', '-', spec).strip('-.') or 'provider'}"


class Encoder:
    """An embedder that MTEB can call.

    mteb_model_meta: the ModelMeta of MTEB; its revision is the embedder's fingerprint, so that
    results of other weights or options are never taken for these. texts, unknown: how many texts
    were encoded so far and how many of them had no vector; MTEB knows no unknown text and sees rows
    of zeros.
    """

    def __init__(self, embedder: Embedder, mteb_model_meta: Any) -> None:
        self.mteb_model_meta = mteb_model_meta
        self.texts = 0
        self.unknown = 0
        self._embedder = embedder

    def encode(
        self,
        inputs: Iterable[Mapping[str, Any]],
        *,
        task_metadata: Any,
        hf_split: str,
        hf_subset: str,
        prompt_type: Any = None,
        **_: Any,
    ) -> NDArray[np.float32]:
        """The rows of all texts of all batches, in order, shape (n, dim).

        inputs: batches with their texts under `text`. Queries go to `embed_queries` where the
        embedder has it. Batch size, precision and progress bar, which MTEB passes on, are ignored.
        """
        texts = [text for batch in inputs for text in batch["text"]]
        query = getattr(prompt_type, "value", prompt_type) == "query"
        if query and isinstance(self._embedder, QueryEmbedder):
            rows = self._embedder.embed_queries(texts)
        else:
            rows = self._embedder.embed(texts)
        lacking = np.logical_not(np.isfinite(rows).all(axis=1))
        self.texts += len(texts)
        self.unknown += int((lacking | ~rows.any(axis=1)).sum())
        return np.where(lacking[:, None], np.float32(0), rows)

    def similarity(self, embeddings1: Any, embeddings2: Any) -> NDArray[np.float32]:
        """The cosine of every row of one array with every row of the other; 0 with a row of zeros.

        Arrays of numpy or tensors on the CPU.
        """
        return similarity(embeddings1, embeddings2)

    def similarity_pairwise(self, embeddings1: Any, embeddings2: Any) -> NDArray[np.float32]:
        """The cosine of each row with the one beside it; 0 with a row of zeros."""
        return pairwise(embeddings1, embeddings2)


def model_meta(name: str, revision: str, dim: int) -> Any:
    """What MTEB wants to know of a model; raises NotFound when it is not installed."""
    mteb_package("a model of MTEB")
    from mteb.models import ModelMeta
    from mteb.models.model_meta import ScoringFunction

    return ModelMeta.create_empty(
        overwrites={
            "name": name,
            "revision": revision,
            "embed_dim": dim,
            "framework": ["NumPy"],
            "similarity_fn_name": ScoringFunction.COSINE,
            "modalities": ["text"],
        }
    )


def encoder(
    provider: str | Embedder, language: str = "", *, name: str = "", offline: bool = False
) -> Encoder:
    """A provider for mteb.evaluate: `mteb.evaluate(encoder("ngrams", "mr"), task)`.

    provider: a spec as on the command line, or an embedder that is loaded already. language: of its
    text layer, for all tasks; may be left out where the provider covers one only. name: what MTEB
    calls the model, organisation/name; by default made from the spec.
    Raises NotFound when mteb is not installed, and what `embkit.load` raises.
    """
    mteb_package("an encoder for MTEB")
    if isinstance(provider, str):
        embedder, called = load(provider, language, offline=offline), model_name(provider)
    else:
        embedder, called = provider, model_name(type(provider).__name__)
    return Encoder(embedder, model_meta(name or called, embedder.fingerprint, embedder.dim))
