"""The plugin keeps embkit's promises, and each of them is checked."""

from __future__ import annotations

import pytest
from embkit.testing import check_plugin
from embkit_code.others import other_languages


def promises(language: str) -> list[str]:
    return [f"language {language}: normalises, tokenises, folds", f"language {language}: lexes"]


def test_the_plugin_keeps_its_promises() -> None:
    pytest.importorskip("torch", reason="the protocol bilstm needs PyTorch")
    pytest.importorskip("pygments", reason="the other languages need it")
    hooks, *checked = check_plugin("embkit_code")
    assert hooks == "embkit_code: hooks are cheap and silent"
    named = ("codebert", "graphcodebert", "unixcoder", "codesearch-roberta")
    assert [line.partition(": loads ")[0] for line in checked] == [
        *(f"provider {name}: its files are not here, not loaded" for name in named),
        "language zxx-x-python: normalises, tokenises, folds",
        "language zxx-x-python: lexes",
        "language zxx-x-python: spaces separate",
        *(line for language in other_languages() for line in promises(language.name)),
        "task code/docstring-match",
        "task code/docstring-to-function",
        "task code/function-to-docstring",
        "evaluator code-classification: predicts and measures",
        "evaluator code-classification: 3 floors",
        "evaluator docstring-match: predicts and measures",
        "evaluator docstring-match: 2 floors",
        "evaluator localisation-repair: predicts and measures",
        "evaluator localisation-repair: 2 floors",
        "protocol token-order of code-classification: predicts and measures",
        "protocol bilstm of code-classification: predicts and measures",
        "protocol bilstm of localisation-repair: predicts and measures",
        "command search: offered",
        "command code: offered",
    ]
