"""Texts as a floor sees them: in their one spelling, without case."""

from __future__ import annotations

from collections.abc import Iterable

from embkit.records import Setting

__all__ = ["folded"]


def folded(texts: Iterable[str], setting: Setting) -> list[str]:
    """The texts normalised and case folded, each the way of the setting's language."""
    language = setting.language
    return [language.fold(language.normalize(text)) for text in texts]
