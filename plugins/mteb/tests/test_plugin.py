"""The plugin as embkit meets it."""

from __future__ import annotations

from embkit.registry import Registry
from embkit.testing import check_plugin


def test_it_offers_a_protocol_an_evaluator_a_benchmark_and_a_command() -> None:
    found = Registry(only=["mteb"])
    (plugin,) = [plugin for plugin in found.plugins if plugin.name == "mteb"]
    assert {hook: [record.name for record in offers] for hook, offers in plugin.offers.items()} == {
        "embkit_benchmarks": ["mteb"],
        "embkit_commands": ["mteb"],
        "embkit_evaluators": ["bitext"],
        "embkit_protocols": ["mteb"],
    }


def test_the_plugin_keeps_its_promises(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("EMBKIT_CACHE", str(tmp_path))
    hooks, *checked = check_plugin("embkit_mteb")
    assert hooks == "embkit_mteb: hooks are cheap and silent"
    protocol = [line.split(":")[0] for line in checked if line.startswith("protocol mteb of ")]
    assert [line.removeprefix("protocol mteb of ") for line in protocol] == [
        "classification",
        "clustering",
        "pair-classification",
        "sts",
        "bitext",
        "retrieval",
        "reranking",
    ]
