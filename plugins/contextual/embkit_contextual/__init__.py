"""Transformer encoders and decoders as providers of embkit.

Imports neither torch nor transformers until an encoder is opened.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from embkit.hookspecs import hookimpl
from embkit.records import Provider

from embkit_contextual.named import PROVIDERS
from embkit_contextual.providers import CONTEXTUAL, encoder_provider

if TYPE_CHECKING:
    from embkit_contextual.encoder import Encoder
    from embkit_contextual.opening import open_encoder

# Where each public name lives that needs numpy and more. Loaded when first used.
_HOMES = {"Encoder": "encoder", "open_encoder": "opening"}

__all__ = ["Encoder", "embkit_providers", "encoder_provider", "open_encoder"]


@hookimpl
def embkit_providers() -> Iterable[Provider]:
    """contextual, and models that cover many languages."""
    yield CONTEXTUAL
    yield from PROVIDERS


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'embkit_contextual' has no attribute '{name}'")
    from importlib import import_module

    value = getattr(import_module(f"embkit_contextual.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
