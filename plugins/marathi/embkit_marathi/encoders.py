"""Encoders for Marathi, by name; opened by embkit-contextual, which is not required."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from embkit.errors import Unreachable
from embkit.records import Embedder, Provider, Request

__all__ = ["encoders"]

_L3CUBE = "Joshi 2022, arXiv 2202.01159"
_SBERT = "Joshi et al. 2022, arXiv 2211.11187"


class _Model(NamedTuple):
    """A model of the hub; megabytes: of its weights, 0 where its publisher does not say."""

    name: str
    model: str
    summary: str
    licence: str
    megabytes: int
    source: str


_MODELS = (
    _Model(
        "muril", "google/muril-base-cased",
        "MuRIL: BERT of 238 M parameters for 17 languages of India, cased, 768 d",
        "Apache-2.0", 951, "Khanuja et al. 2021, arXiv 2103.10730",
    ),
    _Model(
        "mahabert", "l3cube-pune/marathi-bert-v2",
        "MahaBERT v2: MuRIL trained on with Marathi, 238 M parameters, 768 d",
        "CC BY 4.0", 951, _L3CUBE,
    ),
    _Model(
        "mahabert-small", "l3cube-pune/marathi-bert-small",
        "a smaller MahaBERT, with a vocabulary of its own",
        "CC BY 4.0", 0, _L3CUBE,
    ),
    _Model(
        "maharoberta", "l3cube-pune/marathi-roberta",
        "MahaRoBERTa: XLM-RoBERTa trained on with Marathi, 768 d",
        "CC BY 4.0", 0, _L3CUBE,
    ),
    _Model(
        "marathi-sbert-nli", "l3cube-pune/marathi-sentence-bert-nli",
        "sentences: MahaBERT trained on translated inferences, 768 d",
        "CC BY 4.0", 951, _SBERT,
    ),
    _Model(
        "marathi-sbert", "l3cube-pune/marathi-sentence-similarity-sbert",
        "sentences: the same, trained on with translated similarities, 768 d",
        "CC BY 4.0", 951, _SBERT,
    ),
)  # fmt: skip


def encoders() -> Iterable[Provider]:
    """A provider a model; without embkit-contextual they are offered and say what is missing."""
    try:
        from embkit_contextual import encoder_provider
    except ModuleNotFoundError:
        for model in _MODELS:
            yield Provider(
                name=model.name,
                summary=f"{model.summary}; needs embkit-contextual",
                load=_missing,
                languages=("mr",),
                source=f"https://huggingface.co/{model.model}; {model.source}",
                licence=model.licence,
                connects=True,
            )
        return
    for model in _MODELS:
        yield encoder_provider(
            name=model.name,
            model=model.model,
            summary=model.summary,
            licence=model.licence,
            download_bytes=model.megabytes * 1_000_000,
            languages=("mr",),
            source=model.source,
        )


def _missing(_: Request) -> Embedder:
    raise Unreachable(
        "encoders are opened by embkit-contextual, which is not installed; "
        "pip install 'embkit-marathi[contextual]'"
    )
