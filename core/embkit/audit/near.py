"""Texts that say nearly the same: found by the words they share, without comparing all with all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice

from embkit.audit.sound import Finding, Sound
from embkit.records import Language

__all__ = ["NearTexts", "near"]

# Texts compared with one text at most: where the rarest words of thousands are common to all, some
# may be missed, and the time stays in proportion to the number of texts.
_COMPARED = 200


class NearTexts:
    """Texts as sets of words, searched for one that is nearly the same as another.

    Two texts are when four fifths of the words of both together stand in each (Jaccard 0.8). A word
    is its place among all words, the rarest first: of n words, one of the n/5 + 1 rarest must be
    among the rarest of the other text as well. Source: the prefix filter of Chaudhuri, Ganti and
    Kaushik 2006.
    """

    def __init__(self) -> None:
        self._texts: list[tuple[int, frozenset[int]]] = []
        self._places: dict[int, list[int]] = defaultdict(list)

    def add(self, number: int, words: frozenset[int]) -> None:
        """Take in a text under a number."""
        for word in _rarest(words):
            self._places[word].append(len(self._texts))
        self._texts.append((number, words))

    def find(self, words: frozenset[int]) -> int | None:
        """The number of a text that is nearly the same as one of these words, or None."""
        compared: set[int] = set()
        for word in _rarest(words):
            for place in self._places.get(word, ()):
                if place in compared:
                    continue
                compared.add(place)
                number, other = self._texts[place]
                shared = len(words & other)
                if 5 * shared >= 4 * (len(words) + len(other) - shared):
                    return number
                if len(compared) == _COMPARED:
                    return None
        return None


def _rarest(words: frozenset[int]) -> list[int]:
    return sorted(words)[: len(words) // 5 + 1]


def _by_rarity(texts: Sequence[str], language: Language) -> list[frozenset[int]]:
    """The words of each text, without distinction of case, each as its place by rarity."""
    import numpy as np

    from embkit.cutting import cut

    found = cut(texts, language, fold=True, known=lambda spellings: np.zeros(len(spellings), bool))
    # A word that was cut out of two places may stand twice among the words.
    first: dict[bytes, int] = {}
    same = [first.setdefault(word, number) for number, word in enumerate(found.words.to_pylist())]
    once = np.array(same, np.int32)[found.numbers]
    rarest_first = np.argsort(np.bincount(once, minlength=len(same)), kind="stable")
    place = np.empty_like(rarest_first)
    place[rarest_first] = np.arange(len(same))
    return [frozenset(text.tolist()) for text in np.split(place[once], found.ends[1:-1])]


def near(sound: Sequence[Sound], language: Language) -> Iterator[Finding]:
    """Texts that are nearly the same; those that are the same were found before."""
    single = sorted(
        (one for one in sound if one.rows and len(one.rows[0].texts) == 1),
        key=lambda one: one.split.rank,
    )
    if not single:
        return
    words_of = iter(_by_rarity([row.texts[0] for one in single for row in one.rows], language))
    known: list[tuple[Sound, NearTexts]] = []
    for one in single:
        texts = list(islice(words_of, len(one.rows)))
        own = NearTexts()
        again = []
        for position, *_ in one.places.values():
            words = texts[position]
            if words:
                twin = own.find(words)
                if twin is not None:
                    again.append(one.example(position, f"like {one.rows[twin].line}"))
                own.add(position, words)
        if again:
            what = f"{one.of_all(len(again))} are nearly an earlier one"
            yield one.finding("near-repeat", what, again)
        for other, index in known:
            if other.split.source != one.split.source or other.split.rank == one.split.rank:
                continue
            leaks = []
            for position, (key, words) in enumerate(zip(one.keys, texts, strict=True)):
                twin = index.find(words) if words and key not in other.places else None
                if twin is not None:
                    leaks.append(one.example(position, f"there at {other.rows[twin].line}"))
            if leaks:
                what = f"{one.of_all(len(leaks))} are nearly one of {other.split.name}"
                yield one.finding("near-leak", what, leaks)
        known.append((one, own))
