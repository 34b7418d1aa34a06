"""Encoders of the Hugging Face hub that a plugin knows by name and another plugin opens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple, NoReturn

from embkit.errors import Unreachable
from embkit.records import OptionValue, Provider, Request

__all__ = ["HubModel", "hub_providers"]


class HubModel(NamedTuple):
    """A model of the hub.

    model: its id. megabytes: of its weights, 0 where its publisher does not say. source: a paper.
    prompts: what stands before a `passage` and a `query`, where its files do not say. options:
    other defaults than those of `contextual`.
    """

    name: str
    model: str
    summary: str
    licence: str
    megabytes: int = 0
    source: str = ""
    prompts: Mapping[str, str] = {}
    options: Mapping[str, OptionValue] = {}


def hub_providers(models: Iterable[HubModel], language: str, extra: str) -> Iterator[Provider]:
    """A provider a model, for one language; without embkit-contextual they say what is missing.

    extra: what is installed to get it, such as `embkit-marathi[contextual]`.
    """
    try:
        from embkit_contextual import encoder_provider
    except ModuleNotFoundError:
        yield from (_unopened(model, language, extra) for model in models)
        return
    for model in models:
        offered = encoder_provider(
            name=model.name,
            model=model.model,
            summary=model.summary,
            licence=model.licence,
            download_bytes=model.megabytes * 1_000_000,
            prompts=model.prompts,
            languages=(language,),
            source=model.source,
        )
        options = [
            replace(option, default=model.options.get(option.name, option.default))
            for option in offered.options
        ]
        yield replace(offered, options=options)


def _unopened(model: HubModel, language: str, extra: str) -> Provider:
    def load(_: Request) -> NoReturn:
        raise Unreachable(
            "encoders are opened by embkit-contextual, which is not installed; "
            f"pip install '{extra}'"
        )

    return Provider(
        name=model.name,
        summary=f"{model.summary}; needs embkit-contextual",
        load=load,
        languages=(language,),
        source=f"https://huggingface.co/{model.model}; {model.source}",
        licence=model.licence,
        connects=True,
    )
