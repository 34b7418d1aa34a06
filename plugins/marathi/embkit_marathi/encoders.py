"""Encoders for Marathi, by name; opened by embkit-contextual, which is not required."""

from __future__ import annotations

from collections.abc import Iterable

from embkit.hub_models import HubModel, hub_providers
from embkit.records import Provider

__all__ = ["encoders"]

_L3CUBE = "Joshi 2022, arXiv 2202.01159"
_SBERT = "Joshi et al. 2022, arXiv 2211.11187"

_MODELS = (
    HubModel(
        "muril", "google/muril-base-cased",
        "MuRIL: BERT of 238 M parameters for 17 languages of India, cased, 768 d",
        "Apache-2.0", 951, "Khanuja et al. 2021, arXiv 2103.10730",
    ),
    HubModel(
        "mahabert", "l3cube-pune/marathi-bert-v2",
        "MahaBERT v2: MuRIL trained on with Marathi, 238 M parameters, 768 d",
        "CC BY 4.0", 951, _L3CUBE,
    ),
    HubModel(
        "mahabert-small", "l3cube-pune/marathi-bert-small",
        "a smaller MahaBERT, with a vocabulary of its own",
        "CC BY 4.0", 0, _L3CUBE,
    ),
    HubModel(
        "maharoberta", "l3cube-pune/marathi-roberta",
        "MahaRoBERTa: XLM-RoBERTa trained on with Marathi, 768 d",
        "CC BY 4.0", 0, _L3CUBE,
    ),
    HubModel(
        "marathi-sbert-nli", "l3cube-pune/marathi-sentence-bert-nli",
        "sentences: MahaBERT trained on translated inferences, 768 d",
        "CC BY 4.0", 951, _SBERT,
    ),
    HubModel(
        "marathi-sbert", "l3cube-pune/marathi-sentence-similarity-sbert",
        "sentences: the same, trained on with translated similarities, 768 d",
        "CC BY 4.0", 951, _SBERT,
    ),
)  # fmt: skip


def encoders() -> Iterable[Provider]:
    """A provider a model; without embkit-contextual they are offered and say what is missing."""
    return hub_providers(_MODELS, "mr", "embkit-marathi[contextual]")
