"""From what a person calls an encoder, a folder, a model of the hub or a spec, to the encoder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from embkit.embedding import load
from embkit.errors import InvalidRequest
from embkit.records import Language
from embkit.registry import registry
from embkit.spec import parse_spec

from embkit_static.output import licence_of
from embkit_static.settings import Distillation

if TYPE_CHECKING:
    from embkit_contextual import Encoder

__all__ = ["open_named"]

_SENTENCE = 200  # pieces of a sentence that a teacher of x2static reads


def open_named(asked: Distillation, language: Language) -> tuple[Encoder, str]:
    """The encoder that was named, and the licence that its provider or its card states.

    Raises InvalidRequest for what is no encoder, and for a decoder where one is no use.
    """
    plugins = registry()
    spec = asked.encoder
    named = parse_spec(spec)
    here = Path(spec.rpartition("?")[0] or spec).expanduser()
    if here.exists() or named.name not in {provider.name for provider in plugins.providers}:
        spec = f"contextual:{spec}"
    specs = [spec]
    if asked.method == "x2static" and "max_tokens" not in parse_spec(spec).options:
        specs.insert(0, f"{spec}{'&' if '?' in spec else '?'}max_tokens={_SENTENCE}")
    while True:
        try:
            loaded = load(
                plugins, specs[0], language, device=asked.device, offline=asked.offline,
                progress=True,
            )  # fmt: skip
            break
        except InvalidRequest:  # the encoder may have positions for fewer
            if len(specs) == 1:
                raise
            del specs[0]
    encoder: Encoder | None = getattr(loaded.embedder, "encoder", None)
    if encoder is None:
        raise InvalidRequest(f"'{asked.encoder}' is no encoder; name one that contextual: opens")
    if asked.method != "input":
        _check_both_ways(encoder)
    return encoder, loaded.provider.licence or licence_of(here)


def _check_both_ways(encoder: Encoder) -> None:
    from embkit_contextual.shaping import is_causal

    if is_causal(encoder.model):
        raise InvalidRequest(
            f"'{encoder.source}' is a decoder, whose pieces see only what stands before them; take "
            "--method input, or ?bidirectional=true behind its name"
        )
