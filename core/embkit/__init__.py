"""embkit: measure and use embeddings for low-resource and domain languages, through plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from embkit.datasets import (
        Analogies,
        Associations,
        Dataset,
        Groups,
        Inflections,
        Labelled,
        LabelledPairs,
        Pairs,
        Parallel,
        Relations,
        Retrieval,
        Tagged,
        Texts,
    )
    from embkit.errors import EmbkitError, InvalidData, InvalidRequest, NotFound, UnknownText
    from embkit.fetching import fetch
    from embkit.hookspecs import hookimpl
    from embkit.keyed import KeyedView
    from embkit.loading import load
    from embkit.predictions import Predictions
    from embkit.records import (
        Benchmark,
        ComposingEmbedder,
        Embedder,
        Evaluator,
        File,
        Language,
        Option,
        Protocol,
        Provider,
        QueryEmbedder,
        RankingEmbedder,
        Reporter,
        Request,
        Setting,
        SizedEmbedder,
        Task,
        TokenEmbedder,
        TruncatingEmbedder,
        Variant,
        VocabularyEmbedder,
        deferred,
    )
    from embkit.sklearn import Embedding
    from embkit.vectors import Vectors

# Where each public name lives. Loaded when first used: `import embkit` must not wait for numpy.
_HOMES = {
    "Analogies": "datasets",
    "Associations": "datasets",
    "Benchmark": "records",
    "ComposingEmbedder": "records",
    "Dataset": "datasets",
    "Embedder": "records",
    "Embedding": "sklearn",
    "EmbkitError": "errors",
    "Evaluator": "records",
    "File": "records",
    "Groups": "datasets",
    "Inflections": "datasets",
    "InvalidData": "errors",
    "InvalidRequest": "errors",
    "KeyedView": "keyed",
    "Labelled": "datasets",
    "LabelledPairs": "datasets",
    "Language": "records",
    "NotFound": "errors",
    "Option": "records",
    "Pairs": "datasets",
    "Parallel": "datasets",
    "Predictions": "predictions",
    "Protocol": "records",
    "Provider": "records",
    "QueryEmbedder": "records",
    "RankingEmbedder": "records",
    "Relations": "datasets",
    "Reporter": "records",
    "Request": "records",
    "Retrieval": "datasets",
    "Setting": "records",
    "SizedEmbedder": "records",
    "Tagged": "datasets",
    "Task": "records",
    "Texts": "datasets",
    "TokenEmbedder": "records",
    "TruncatingEmbedder": "records",
    "UnknownText": "errors",
    "Variant": "records",
    "Vectors": "vectors",
    "VocabularyEmbedder": "records",
    "deferred": "records",
    "fetch": "fetching",
    "hookimpl": "hookspecs",
    "load": "loading",
}

__all__ = [
    "Analogies",
    "Associations",
    "Benchmark",
    "ComposingEmbedder",
    "Dataset",
    "Embedder",
    "Embedding",
    "EmbkitError",
    "Evaluator",
    "File",
    "Groups",
    "Inflections",
    "InvalidData",
    "InvalidRequest",
    "KeyedView",
    "Labelled",
    "LabelledPairs",
    "Language",
    "NotFound",
    "Option",
    "Pairs",
    "Parallel",
    "Predictions",
    "Protocol",
    "Provider",
    "QueryEmbedder",
    "RankingEmbedder",
    "Relations",
    "Reporter",
    "Request",
    "Retrieval",
    "Setting",
    "SizedEmbedder",
    "Tagged",
    "Task",
    "Texts",
    "TokenEmbedder",
    "TruncatingEmbedder",
    "UnknownText",
    "Variant",
    "Vectors",
    "VocabularyEmbedder",
    "deferred",
    "fetch",
    "hookimpl",
    "load",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'embkit' has no attribute '{name}'")
    from importlib import import_module

    value = getattr(import_module(f"embkit.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
