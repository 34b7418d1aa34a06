"""Texts cut together have the words that each has alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from embkit.cutting import cut
from embkit.languages import default_language, turkish
from embkit.records import Language
from hypothesis import example, given, settings
from hypothesis import strategies as st

MARATHI = default_language("mr")
MARK = "\ua500"
KNOWN = {"e-mail", "3.14", "-", "ısı:"}


def known(spellings: Sequence[str]) -> np.ndarray:
    return np.array([spelling in KNOWN for spelling in spellings], dtype=bool)


def texts_of(texts: Sequence[str], language: Language, *, fold: bool = False) -> list[list[str]]:
    """The words of each text, as `cut` gives them."""
    found = cut(texts, language, fold=fold, known=known)
    words = [word.decode("utf-8", "surrogatepass") for word in found.words.to_pylist()]
    listed = [words[number] for number in found.numbers]
    return [listed[start:end] for start, end in zip(found.ends, found.ends[1:], strict=False)]


def one_by_one(text: str, language: Language, *, fold: bool) -> list[str]:
    """The words of a text by the letter of the rules."""
    text = language.normalize(text)
    text = language.fold(text) if fold else text
    if text.split(maxsplit=1) == [text] and text in KNOWN:
        return [text]
    return language.tokenize(text)


PIECES = st.sampled_from([
    "घर", "नदी,", "e-mail", "E-mail", "3.14", "İstanbul'da", "ISI:", "-", "", " ", "\n", "\u00a0",
    "a" * 40, "e\u0301", "e" + "\u0301" * 40, MARK, "\0", "\ud800", "漢字", "😂", "'s", "\u0301a",
    "\u200db", "ΑΣ",
])  # fmt: skip


@given(st.lists(st.lists(PIECES, max_size=6).map(" ".join), max_size=8), st.booleans())
@settings(deadline=None)  # the first call loads Arrow
@example([], False)
@example(["e-mail", "e-mail me", "E-MAIL", "e-mail"], True)
@example(["", "", " "], False)
@example(["a\0b", "c d"], False)
@example([MARK, "a b"], False)
def test_texts_cut_together_have_the_words_that_each_has_alone(texts, fold):
    for language in (default_language("mr"), turkish()):
        assert language.space_separates
        expected = [one_by_one(text, language, fold=fold) for text in texts]
        assert texts_of(texts, language, fold=fold) == expected
        looks_across = replace(language, space_separates=False)
        assert texts_of(texts, looks_across, fold=fold) == expected


def test_a_word_that_two_texts_share_is_listed_once():
    found = cut(["घर नदी", "नदी, घर"], MARATHI, fold=False, known=known)
    assert [word.decode() for word in found.words.to_pylist()] == ["घर", "नदी"]
    assert found.numbers.tolist() == [0, 1, 1, 0]
    assert found.ends.tolist() == [0, 2, 4]


def test_a_language_is_asked_once_for_all_pieces():
    calls = []

    def tokenize(text: str) -> list[str]:
        calls.append(text)
        return MARATHI.tokenize(text)

    language = replace(MARATHI, tokenize=tokenize)
    assert texts_of(["घर नदी", "नदी"] * 100, language) == [["घर", "नदी"], ["नदी"]] * 100
    assert len(calls) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"normalize": lambda text: text.replace("_", " ")},
        {"tokenize": lambda text: [word for word in text.split() if word.isascii()]},
        {"tokenize": lambda text: [half for word in text.split() for half in (word, word)]},
    ],
    ids=["makes spaces", "drops the mark", "doubles the mark"],
)
def test_a_language_that_cannot_take_all_at_once_gets_each(changes):
    language = replace(MARATHI, **changes)
    texts = ["a_b c", "c d", "a_b"]
    assert texts_of(texts, language) == [one_by_one(text, language, fold=False) for text in texts]


def test_a_text_that_is_a_word_stays_whole_and_as_part_of_a_text_it_is_cut():
    assert texts_of(["e-mail", "an e-mail"], MARATHI) == [["e-mail"], ["an", "e", "mail"]]
