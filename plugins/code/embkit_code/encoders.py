"""Encoders for code, by name; opened by embkit-contextual, which is not required.

Not here are those whose files are no encoder of transformers without code of their own (CodeT5+
and Jina's embeddings), which embkit-contextual does not run, and CuBERT, whose tokens no tokenizer
of transformers makes.
"""

from __future__ import annotations

from collections.abc import Iterable

from embkit.hub_models import HubModel, hub_providers
from embkit.records import Provider

from embkit_code.language import TAG

__all__ = ["encoders"]

_REPOSITORY = "MIT by its repository, not stated beside the weights"

_MODELS = (
    HubModel(
        "codebert", "microsoft/codebert-base",
        "CodeBERT: RoBERTa of 125 M parameters on functions in six languages and their docstrings",
        _REPOSITORY, 499, "Feng et al. 2020, arXiv 2002.08155",
    ),
    HubModel(
        "graphcodebert", "microsoft/graphcodebert-base",
        "GraphCodeBERT: the same, trained with data flow; here it reads the text alone, 125 M",
        _REPOSITORY, 499, "Guo et al. 2020, arXiv 2009.08366",
    ),
    HubModel(
        "unixcoder", "microsoft/unixcoder-base",
        "UniXcoder: code, comments and trees, 126 M parameters; here without its prefix of a mode",
        "Apache-2.0", 504, "Guo et al. 2022, arXiv 2203.03850",
    ),
    HubModel(
        "codesearch-roberta", "flax-sentence-embeddings/st-codesearch-distilroberta-base",
        "sentences: DistilRoBERTa trained to find functions by their docstrings, 82 M parameters",
        "not stated", 329, "Husain et al. 2019, arXiv 1909.09436, is what it was trained on",
    ),
)  # fmt: skip


def encoders() -> Iterable[Provider]:
    """A provider a model; without embkit-contextual they are offered and say what is missing."""
    return hub_providers(_MODELS, TAG, "embkit-code[contextual]")
