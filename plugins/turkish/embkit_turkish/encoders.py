"""Encoders for Turkish, by name; opened by embkit-contextual, which is not required."""

from __future__ import annotations

from collections.abc import Iterable

from embkit.hub_models import HubModel, hub_providers
from embkit.records import Provider

__all__ = ["encoders"]

_BERTURK = "Schweter 2020, doi 10.5281/zenodo.3770924"

_MODELS = (
    HubModel(
        "berturk", "dbmdz/bert-base-turkish-cased",
        "BERTurk, cased, 32 k pieces, 768 d", "MIT", 445, _BERTURK,
    ),
    HubModel(
        "berturk-128k", "dbmdz/bert-base-turkish-128k-cased",
        "BERTurk, cased, 128 k pieces, 768 d", "MIT", 740, _BERTURK,
    ),
    HubModel(
        "berturk-uncased", "dbmdz/bert-base-turkish-uncased",
        "BERTurk, uncased, 32 k pieces, 768 d", "MIT", 0, _BERTURK,
    ),
    HubModel(
        "distilberturk", "dbmdz/distilbert-base-turkish-cased",
        "DistilBERTurk: half the layers of BERTurk, 768 d", "MIT", 0, _BERTURK,
    ),
    HubModel(
        "convberturk", "dbmdz/convbert-base-turkish-mc4-cased",
        "ConvBERTurk on the Turkish part of mC4, cased, 768 d", "MIT", 0, _BERTURK,
    ),
)  # fmt: skip


def encoders() -> Iterable[Provider]:
    """A provider a model; without embkit-contextual they are offered and say what is missing."""
    return hub_providers(_MODELS, "tr", "embkit-turkish[contextual]")
