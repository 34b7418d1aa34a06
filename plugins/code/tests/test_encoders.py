"""Encoders for code by name, with embkit-contextual and without."""

from __future__ import annotations

import sys

import pytest
from embkit import Request
from embkit.errors import Unreachable
from embkit_code.encoders import encoders
from embkit_code.language import PYTHON

NAMES = ["codebert", "graphcodebert", "unixcoder", "codesearch-roberta"]


def test_with_the_extra_they_have_its_options() -> None:
    pytest.importorskip("embkit_contextual", reason="needs embkit-code[contextual]")
    offered = list(encoders())
    assert [provider.name for provider in offered] == NAMES
    for provider in offered:
        assert provider.languages == ("zxx-x-python",) and provider.licence and provider.connects
        assert provider.source.startswith("https://huggingface.co/")
        assert {"layer", "pooling", "dtype"} < {option.name for option in provider.options}


def test_without_the_extra_they_say_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "embkit_contextual", None)
    offered = list(encoders())
    assert [provider.name for provider in offered] == NAMES
    for provider in offered:
        assert provider.summary.endswith("; needs embkit-contextual")
        with pytest.raises(Unreachable, match=r"pip install 'embkit-code\[contextual\]'"):
            provider.load(Request(language=PYTHON))
