"""The provider of any encoder, and what makes one of a model of the hub."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from embkit.records import Embedder, Provider, Request

from embkit_contextual.options import OPTIONS, options_with

__all__ = ["CONTEXTUAL", "encoder_provider"]


def _load(request: Request) -> Embedder:
    # Brings torch; waits until a provider is used.
    from embkit_contextual.embedder import load_embedder

    return load_embedder(request.argument, request)


CONTEXTUAL = Provider(
    name="contextual",
    summary="any transformer: encoders, decoders, models of sentence-transformers",
    load=_load,
    argument="a folder, or the id of a model on the Hugging Face hub",
    options=OPTIONS,
    connects=True,
)


def encoder_provider(
    *,
    name: str,
    model: str,
    summary: str,
    licence: str = "",
    download_bytes: int = 0,
    prompts: Mapping[str, str] | None = None,
    languages: Sequence[str] = (),
    trained_on: Sequence[str] = (),
    source: str = "",
    revision: str = "",
) -> Provider:
    """A provider of one model of the Hugging Face hub, with the options of `contextual`.

    model: its id. download_bytes: about what is fetched, shown behind the summary. prompts: what
    its publisher has stand before a `passage` and a `query`, where its files do not say. source: a
    paper; the page of the model is named anyway.
    """
    prompts = prompts or {}
    size = f"; {download_bytes / 1e9:.2f} GB" if download_bytes else ""
    page = f"https://huggingface.co/{model}"

    def load(request: Request) -> Embedder:
        return _load(replace(request, argument=model))

    return Provider(
        name=name,
        summary=summary + size,
        load=load,
        languages=languages,
        options=options_with(prompts.get("passage", ""), prompts.get("query", ""), revision),
        source=f"{page}; {source}" if source else page,
        licence=licence,
        trained_on=trained_on,
        connects=True,
    )
