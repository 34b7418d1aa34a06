"""Encoders with the instructions that the paper of 2024 gave them; opened by embkit-contextual."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from embkit.errors import Unreachable
from embkit.records import Embedder, OptionValue, Provider, Request

__all__ = ["encoders"]

_PAPER = "Shahinmoghadam and Motamedi 2024, arXiv 2411.12056"
_NONE = "none"


def _instruct(task: str) -> str:
    return f"Instruct: {task}\nQuery: "


_CATEGORY = _instruct(
    "Given the description of a built product, identify the category of the product similar to "
    "classification systems such as IFC or Uniclass."
)


class _Model(NamedTuple):
    """A model of the hub and what the paper has stand before a query, or before every text."""

    name: str
    model: str
    summary: str
    licence: str
    megabytes: int
    query: str = _NONE
    text: str = _NONE
    options: Mapping[str, OptionValue] = {}


_E5 = "intfloat/multilingual-e5-large-instruct"
_QWEN = "Alibaba-NLP/gte-Qwen2-7B-instruct"
# In the paper their own code ran, which lets every piece see all others.
_BOTH_WAYS = {"bidirectional": True, "max_tokens": 8192}

_MODELS = (
    _Model(
        "built-e5-instruct", _E5,
        "E5 instruct of 560 M parameters, told to retrieve products of Uniclass", "MIT", 1120,
        query=_instruct(
            "Retrieve relevant Uniclass built product descriptions that are semantically similar "
            "to the provided IFC product description"
        ),
    ),
    _Model(
        "built-e5-instruct-clustering", _E5,
        "the same, told to identify the category of a product", "MIT", 1120, text=_CATEGORY,
    ),
    _Model(
        "built-gte-qwen2", _QWEN,
        "gte-Qwen2 of 7.6 B parameters, told to retrieve descriptions of products", "Apache-2.0",
        30_500,
        query=_instruct(
            "Given the provided built product description, retrieve relevant built product "
            "descriptions that are semantically similar to the query"
        ),
        options=_BOTH_WAYS,
    ),
    _Model(
        "built-gte-qwen2-clustering", _QWEN,
        "the same, told to identify the category of a product", "Apache-2.0", 30_500,
        text=_CATEGORY, options=_BOTH_WAYS,
    ),
    _Model(
        "built-mxbai", "mixedbread-ai/mxbai-embed-large-v1",
        "mxbai-embed-large of 335 M parameters, with its prompt for queries", "Apache-2.0", 670,
        query="Represent this sentence for searching relevant passages: ",
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
                languages=("en",),
                source=f"https://huggingface.co/{model.model}; {_PAPER}",
                licence=model.licence,
                connects=True,
            )
        return
    for model in _MODELS:
        offered = encoder_provider(
            name=model.name,
            model=model.model,
            summary=model.summary,
            licence=model.licence,
            download_bytes=model.megabytes * 1_000_000,
            prompts={"passage": model.text, "query": model.query},
            languages=("en",),
            source=_PAPER,
        )
        options = [
            replace(option, default=model.options.get(option.name, option.default))
            for option in offered.options
        ]
        yield replace(offered, options=options)


def _missing(_: Request) -> Embedder:
    raise Unreachable(
        "encoders are opened by embkit-contextual, which is not installed; "
        "pip install 'embkit-built[contextual]'"
    )
