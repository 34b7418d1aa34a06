"""Encoders for Turkish, by name; opened by embkit-contextual, which is not required."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from embkit.errors import Unreachable
from embkit.records import Embedder, Provider, Request

__all__ = ["encoders"]

_BERTURK = "Schweter 2020, doi 10.5281/zenodo.3770924"


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
        "berturk", "dbmdz/bert-base-turkish-cased",
        "BERTurk, cased, 32 k pieces, 768 d", "MIT", 445, _BERTURK,
    ),
    _Model(
        "berturk-128k", "dbmdz/bert-base-turkish-128k-cased",
        "BERTurk, cased, 128 k pieces, 768 d", "MIT", 740, _BERTURK,
    ),
    _Model(
        "berturk-uncased", "dbmdz/bert-base-turkish-uncased",
        "BERTurk, uncased, 32 k pieces, 768 d", "MIT", 0, _BERTURK,
    ),
    _Model(
        "distilberturk", "dbmdz/distilbert-base-turkish-cased",
        "DistilBERTurk: half the layers of BERTurk, 768 d", "MIT", 0, _BERTURK,
    ),
    _Model(
        "convberturk", "dbmdz/convbert-base-turkish-mc4-cased",
        "ConvBERTurk on the Turkish part of mC4, cased, 768 d", "MIT", 0, _BERTURK,
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
                languages=("tr",),
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
            languages=("tr",),
            source=model.source,
        )


def _missing(_: Request) -> Embedder:
    raise Unreachable(
        "encoders are opened by embkit-contextual, which is not installed; "
        "pip install 'embkit-turkish[contextual]'"
    )
