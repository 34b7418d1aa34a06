"""The word of a vocabulary that is spelt most like one it does not hold."""

from __future__ import annotations

from difflib import get_close_matches
from itertools import islice

from embkit.wordstore import WordStore

__all__ = ["nearest_spelling"]

_LONGEST = 40
# The first words of a vocabulary use all its letters; so many that begin alike are compared.
_COMMON, _ALIKE = 20_000, 5_000


def _one_edit(word: str, letters: list[str]) -> list[str]:
    """Every spelling that one letter left out, added, replaced or moved by one place gives."""
    cuts = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    return [
        *(left + right[1:] for left, right in cuts if right),
        *(left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1),
        *(left + letter + right[1:] for left, right in cuts if right for letter in letters),
        *(left + letter + right for left, right in cuts for letter in letters),
    ]


def nearest_spelling(store: WordStore, word: str) -> str:
    """The word with a vector that differs in one letter; else one that begins alike and is alike.

    Of several the first in the vocabulary, as most are in order of frequency; "" when none is near.
    Spellings are looked up: the words are gone through only where no spelling is there.
    """
    if not 1 < len(word) <= _LONGEST:
        return ""
    letters = sorted(set("".join(islice(store.words, _COMMON))))
    rows = store.rows(_one_edit(word, letters))
    rows = rows[(rows >= 0) & (store.norms[rows] > 0)]
    if len(rows):
        return store.words[int(rows.min())]
    pairs = zip(store.words, store.norms, strict=True)
    alike = (known for known, norm in pairs if known[:1] == word[0] and norm > 0)
    near = get_close_matches(word, list(islice(alike, _ALIKE)), n=1, cutoff=0.6)
    return near[0] if near else ""
