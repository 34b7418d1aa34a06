"""Descriptions of vectors: the words they are made on, and what hand-made vectors say."""

from __future__ import annotations

import unicodedata
from collections import Counter
from importlib.resources import files

import numpy as np
import pytest
from embkit import Setting, Vectors
from embkit.evaluators import BIAS
from embkit.evaluators.bias import effect_size
from embkit.languages import turkish

LISTS = ("man", "woman", "man-name", "woman-name", "career", "family", "science", "art")


@pytest.fixture(scope="module")
def lists() -> dict[str, list[str]]:
    """The words of each list, in order."""
    table = files("embkit_turkish").joinpath("word_lists.tsv").read_text("utf-8")
    found: dict[str, list[str]] = {}
    for line in table.splitlines()[1:]:
        name, word, meaning = line.split("\t")
        assert meaning
        found.setdefault(name, []).append(word)
    return found


def test_no_word_stands_in_two_lists_and_opposite_lists_are_equally_long(lists) -> None:
    assert set(lists) == set(LISTS)
    words = [word for part in lists.values() for word in part]
    assert len(words) == len(set(words)) == 80
    for first, second in zip(LISTS[::2], LISTS[1::2], strict=True):
        assert len(lists[first]) == len(lists[second]) >= 10


def test_each_word_is_one_word_in_its_one_spelling(lists) -> None:
    language = turkish()
    for part in lists.values():
        for word in part:
            assert language.normalize(word) == word == unicodedata.normalize("NFC", word)
            assert language.tokenize(word) == [word]


def test_men_stand_first_and_lean_to_career_by_hypothesis(load, lists) -> None:
    data = load("bias-career")
    assert list(data.targets) == lists["man-name"] + lists["woman-name"]
    assert (list(data.first_kind), list(data.second_kind)) == (lists["career"], lists["family"])
    assert Counter(data.groups) == {"man-name": 10, "woman-name": 10}
    assert load("bias-science").groups[0] == "man"


def test_vectors_that_put_men_beside_science_have_the_effect_that_is_worked_out(load) -> None:
    data = load("bias-science")
    rows = [[1.0, 0.0] if group == "man" else [0.0, 1.0] for group in data.groups]
    rows += [[1.0, 0.0]] * len(data.first_kind) + [[0.0, 1.0]] * len(data.second_kind)
    setting = Setting(language=turkish(), task="check/task")
    scores = BIAS.measure(BIAS.predict(data, Vectors(list(data.needed), rows), setting))
    # Associations 1 and -1, 10 of each: their mean differs by 2, their variance is 20 / 19.
    assert scores["weat_effect"] == pytest.approx(2 / np.sqrt(20 / 19))
    assert scores["weat_p"] < 0.001
    association, groups = np.repeat([1.0, -1.0], 10), np.repeat([0, 1], 10)
    assert effect_size(association, groups) == pytest.approx(scores["weat_effect"])


def test_words_are_those_that_reviews_have_often_enough(load) -> None:
    data = load("words-isotropy")
    assert data.items == 6662
    assert dict(data.dropped) == {
        "word that stands fewer than 10 times": 71368,
        "word not of letters alone": 4177,
    }
    assert {"filmi", "değil", "ışık"} <= set(data.texts)
