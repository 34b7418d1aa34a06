"""Encoders with the paper's instructions, with embkit-contextual and without."""

from __future__ import annotations

import sys

import pytest
from embkit import Request
from embkit.errors import Unreachable
from embkit.languages import default_language
from embkit_built import embkit_providers
from embkit_built.encoders import encoders

CATEGORY = (
    "Instruct: Given the description of a built product, identify the category of the product "
    "similar to classification systems such as IFC or Uniclass.\nQuery: "
)
UNICLASS = (
    "Instruct: Retrieve relevant Uniclass built product descriptions that are semantically similar "
    "to the provided IFC product description\nQuery: "
)
SIMILAR = (
    "Instruct: Given the provided built product description, retrieve relevant built product "
    "descriptions that are semantically similar to the query\nQuery: "
)
# What stands before every text, and before a query.
PROMPTS = {
    "built-e5-instruct": ("none", UNICLASS),
    "built-e5-instruct-clustering": (CATEGORY, "none"),
    "built-gte-qwen2": ("none", SIMILAR),
    "built-gte-qwen2-clustering": (CATEGORY, "none"),
    "built-mxbai": ("none", "Represent this sentence for searching relevant passages: "),
}


def test_the_plugin_offers_them() -> None:
    assert [provider.name for provider in embkit_providers()] == list(PROMPTS)


@pytest.mark.parametrize("name", PROMPTS)
def test_the_instructions_are_the_papers(name) -> None:
    pytest.importorskip("embkit_contextual", reason="needs embkit-built[contextual]")
    (provider,) = (provider for provider in encoders() if provider.name == name)
    options = {option.name: option.default for option in provider.options}
    assert (options["prompt"], options["query_prompt"]) == PROMPTS[name]
    assert options["bidirectional"] is ("qwen2" in name)
    assert provider.languages == ("en",) and provider.licence and provider.connects
    assert provider.source.startswith("https://huggingface.co/")


def test_without_the_extra_they_say_how_to_get_it(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "embkit_contextual", None)
    offered = list(encoders())
    assert [provider.name for provider in offered] == list(PROMPTS)
    for provider in offered:
        assert provider.summary.endswith("; needs embkit-contextual")
        with pytest.raises(Unreachable, match=r"pip install 'embkit-built\[contextual\]'"):
            provider.load(Request(language=default_language("en")))
