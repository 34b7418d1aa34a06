"""Encoders by name, with embkit-contextual and without."""

from __future__ import annotations

import sys

import pytest
from embkit import Request
from embkit.errors import Unreachable
from embkit.languages import default_language
from embkit_turkish import embkit_providers
from embkit_turkish.encoders import encoders

NAMES = ["berturk", "berturk-128k", "berturk-uncased", "distilberturk", "convberturk"]


def test_encoders_are_offered_beside_word_vectors() -> None:
    assert [provider.name for provider in embkit_providers()][-len(NAMES) :] == NAMES


def test_with_the_extra_they_have_its_options() -> None:
    pytest.importorskip("embkit_contextual", reason="needs embkit-turkish[contextual]")
    for provider in encoders():
        assert provider.languages == ("tr",) and provider.licence and provider.connects
        assert provider.source.startswith("https://huggingface.co/")
        assert {"layer", "pooling", "dtype"} < {option.name for option in provider.options}


def test_without_the_extra_they_say_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "embkit_contextual", None)
    offered = list(encoders())
    assert [provider.name for provider in offered] == NAMES
    for provider in offered:
        assert provider.summary.endswith("; needs embkit-contextual")
        with pytest.raises(Unreachable, match=r"pip install 'embkit-turkish\[contextual\]'"):
            provider.load(Request(language=default_language("tr")))
