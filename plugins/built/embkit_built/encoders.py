"""Encoders with the instructions that the paper of 2024 gave them; opened by embkit-contextual."""

from __future__ import annotations

from collections.abc import Iterable

from embkit.hub_models import HubModel, hub_providers
from embkit.records import Provider

__all__ = ["encoders"]

_PAPER = "Shahinmoghadam and Motamedi 2024, arXiv 2411.12056"


def _instruct(task: str) -> str:
    return f"Instruct: {task}\nQuery: "


def _before(*, query: str = "none", text: str = "none") -> dict[str, str]:
    """What the paper has stand before a query, or before every text."""
    return {"passage": text, "query": query}


_CATEGORY = _instruct(
    "Given the description of a built product, identify the category of the product similar to "
    "classification systems such as IFC or Uniclass."
)


_E5 = "intfloat/multilingual-e5-large-instruct"
_QWEN = "Alibaba-NLP/gte-Qwen2-7B-instruct"
# In the paper their own code ran, which lets every piece see all others.
_BOTH_WAYS = {"bidirectional": True, "max_tokens": 8192}

_MODELS = (
    HubModel(
        "built-e5-instruct", _E5,
        "E5 instruct of 560 M parameters, told to retrieve products of Uniclass", "MIT", 1120,
        _PAPER, _before(query=_instruct(
            "Retrieve relevant Uniclass built product descriptions that are semantically similar "
            "to the provided IFC product description"
        )),
    ),
    HubModel(
        "built-e5-instruct-clustering", _E5,
        "the same, told to identify the category of a product", "MIT", 1120,
        _PAPER, _before(text=_CATEGORY),
    ),
    HubModel(
        "built-gte-qwen2", _QWEN,
        "gte-Qwen2 of 7.6 B parameters, told to retrieve descriptions of products", "Apache-2.0",
        30_500, _PAPER, _before(query=_instruct(
            "Given the provided built product description, retrieve relevant built product "
            "descriptions that are semantically similar to the query"
        )), _BOTH_WAYS,
    ),
    HubModel(
        "built-gte-qwen2-clustering", _QWEN,
        "the same, told to identify the category of a product", "Apache-2.0", 30_500,
        _PAPER, _before(text=_CATEGORY), _BOTH_WAYS,
    ),
    HubModel(
        "built-mxbai", "mixedbread-ai/mxbai-embed-large-v1",
        "mxbai-embed-large of 335 M parameters, with its prompt for queries", "Apache-2.0", 670,
        _PAPER, _before(query="Represent this sentence for searching relevant passages: "),
    ),
)  # fmt: skip


def encoders() -> Iterable[Provider]:
    """A provider a model; without embkit-contextual they are offered and say what is missing."""
    return hub_providers(_MODELS, "en", "embkit-built[contextual]")
