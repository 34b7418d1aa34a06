"""What the plugin offers, and that offering it is cheap."""

from __future__ import annotations

from embkit.records import Request
from embkit.testing import check_plugin
from embkit_contextual import encoder_provider
from embkit_contextual.named import PROVIDERS
from embkit_contextual.options import settings_of


def test_the_plugin_keeps_its_promises(monkeypatch, tmp_path):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))  # whatever the user has there
    named = [f"provider {p.name}: its files are not here, not loaded" for p in PROVIDERS]
    assert set(named) < set(check_plugin("embkit_contextual"))


def test_a_provider_of_one_model_opens_that_model(model, asked):
    provider = encoder_provider(
        name="tiny",
        model=str(model()),
        summary="four layers of chance",
        licence="CC0-1.0",
        download_bytes=12_345_678,
        prompts={"query": "query: "},
        languages=("mr",),
        trained_on=("marathi/*",),
        source="a test",
    )
    assert provider.summary == "four layers of chance; 0.01 GB"
    assert provider.source == f"https://huggingface.co/{model()}; a test"
    assert (provider.argument, provider.languages, provider.trained_on) == (
        "", ("mr",), ("marathi/*",)
    )  # fmt: skip
    options = {option.name: option.default for option in provider.options}
    settings = settings_of(options, "cpu")
    assert (settings.prompt, settings.query_prompt) == ("auto", "query: ")
    embedder = provider.load(Request(language=asked().language, options=options))
    assert embedder.dim == 16 and hasattr(embedder, "embed_queries")


def test_every_named_model_says_whose_it_is():
    names = [provider.name for provider in PROVIDERS]
    assert len(set(names)) == len(names) == 5
    for provider in PROVIDERS:
        assert provider.licence and "huggingface.co/" in provider.source
        assert " GB" in provider.summary and not provider.argument
