"""Texts as a floor sees them: in their one spelling, without case, and as counts of n-grams."""

from __future__ import annotations

from collections.abc import Iterable

from embkit.ngrams import hashed_ngrams
from embkit.records import Setting
from embkit.vectors import Vectors

__all__ = ["folded", "ngram_vectors"]


def folded(texts: Iterable[str], setting: Setting) -> list[str]:
    """The texts normalised and case folded, each the way of the setting's language."""
    language = setting.language
    return [language.fold(language.normalize(text)) for text in texts]


def ngram_vectors(texts: Iterable[str], setting: Setting) -> Vectors:
    """Each distinct text as hashed counts of its character 2- to 5-grams, folded."""
    distinct = list(dict.fromkeys(texts))
    return Vectors(distinct, hashed_ngrams(folded(distinct, setting), 1024))
