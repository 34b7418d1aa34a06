"""Tasks from emoji annotations, and the evaluator that this plugin brings."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from embkit import InvalidData, Setting, Vectors
from embkit.languages import default_language
from embkit.testing import check_evaluator
from embkit_cldr import covered, emoji
from embkit_cldr.odd_one_out import ODD_ONE_OUT, OddOneOut
from embkit_cldr.tasks import ANNOTATED, HELD

SETTING = Setting(language=default_language("mr"), task="cldr-mr/emoji-odd-one-out")


def test_languages_that_list_emoji_tasks_have_a_benchmark_and_stand_once():
    assert set(covered()) >= HELD | set(ANNOTATED)
    assert not HELD & set(ANNOTATED)


@pytest.mark.parametrize(
    ("tag", "words", "kinds"), [("mr", 426, 37), ("tr", 379, 32), ("sw", 394, 37), ("qu", 395, 35)]
)
def test_names_of_one_word_and_their_kinds_are_as_many_as_were_counted(
    annotations, tag, words, kinds
):
    data = emoji.categories(*annotations(tag))
    assert (data.items, len(set(data.labels))) == (words, kinds)
    assert min(Counter(data.labels).values()) >= 5


def test_marathi_animals_are_mammals(annotations):
    data = emoji.categories(*annotations("mr"))
    kinds = dict(zip(data.texts, data.labels, strict=True))
    assert kinds["उंट"] == kinds["कांगारू"] == "animal-mammal"


def test_the_odd_word_is_of_another_group_and_the_others_of_one_subgroup(annotations):
    data = emoji.odd_one_out(*annotations("mr"))
    kinds = dict(
        zip(*(lambda d: (d.texts, d.labels))(emoji.categories(*annotations("mr"))), strict=True)
    )
    for words, odd, kind in zip(data.sets, data.odd, data.kinds, strict=True):
        assert len(set(words)) == 5
        assert {kinds[word] for i, word in enumerate(words) if i != odd} == {kind}
        assert kinds[words[odd]] != kind
    assert data.item_texts == data.sets
    assert data.item_kinds == {}
    assert len(set(data.odd)) == 5


def test_relatedness_has_four_strata_of_at_most_250_pairs(annotations):
    data = emoji.relatedness(*annotations("tr"))
    strata = Counter(min(int(score), 3) for score in data.scores)
    assert set(strata) == {0, 1, 2, 3} and max(strata.values()) <= 250


def test_a_keyword_of_the_retrieval_task_stands_in_none_of_its_answers(annotations):
    data = emoji.retrieval(*annotations("mr"))
    for query, relevant in zip(data.queries, data.relevant, strict=True):
        assert not any(query in data.documents[i] for i in relevant)


@pytest.mark.parametrize("tag", sorted(ANNOTATED))
def test_every_listed_language_loads_from_the_stated_files(annotations, tag):
    import hashlib

    path, test = annotations(tag)
    data = path.read_bytes()
    assert ANNOTATED[tag] == (hashlib.sha256(data).hexdigest(), len(data))
    for make in (emoji.categories, emoji.odd_one_out, emoji.relatedness, emoji.retrieval):
        assert make(path, test).items >= 100


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"annotations": {}}',
        '{"annotations": {"annotations": {"x": {"tts": []}, "y": 3}}}',
    ],
)
def test_a_damaged_file_is_refused_with_its_path_and_the_remedy(tmp_path, content):
    path, test = tmp_path / "annotations.json", tmp_path / "emoji-test.txt"
    path.write_text(content)
    test.write_text("# group: A\n# subgroup: b\n1F600 ; fully-qualified # x\n")
    with pytest.raises(
        InvalidData, match=r"annotations\.json: is no file of CLDR annotations.*fetch it again"
    ):
        emoji.read(path, test)


def test_an_emoji_list_without_emoji_is_refused(tmp_path):
    path, test = tmp_path / "annotations.json", tmp_path / "emoji-test.txt"
    path.write_text('{"annotations": {"annotations": {}}}')
    test.write_text("nothing\n")
    with pytest.raises(InvalidData, match="holds no emoji"):
        emoji.read(path, test)
    test.write_text("# group: A\nzz ; fully-qualified\n")
    with pytest.raises(InvalidData, match="line 2: expected code points"):
        emoji.read(path, test)


ODD = OddOneOut(
    sets=[["a", "b", "c"], ["a", "c", "d"], ["a", "b", "e"]], odd=[2, 0, 2], kinds=["x", "y", "x"]
)
ROWS = {"a": [1, 0], "b": [1, 0.1], "c": [0, 1], "d": [0.1, 1], "e": [np.nan, 0]}


def test_the_word_with_the_lowest_mean_cosine_is_the_odd_one():
    predictions = ODD_ONE_OUT.predict(ODD, Vectors(list(ROWS), list(ROWS.values())), SETTING)
    assert predictions["right"].tolist() == [True, True, False]
    assert predictions.known.tolist() == [True, True, False]
    assert predictions.unit.tolist() == [0, 1, 0]
    assert ODD_ONE_OUT.measure(predictions)["accuracy"] == pytest.approx(2 / 3)


def test_a_tie_is_no_answer():
    vectors = Vectors(list("abcde"), [[1, 0]] * 5)
    assert ODD_ONE_OUT.measure(ODD_ONE_OUT.predict(ODD, vectors, SETTING))["accuracy"] == 0


def test_the_floor_of_chance_is_one_in_the_size_of_a_set():
    many = OddOneOut(
        sets=[[f"{i}{letter}" for letter in "abcde"] for i in range(4000)],
        odd=[0] * 4000, kinds=["x"] * 4000,
    )  # fmt: skip
    floor = ODD_ONE_OUT.floors["chance"](many, SETTING)
    assert ODD_ONE_OUT.measure(floor)["accuracy"] == pytest.approx(0.2, abs=0.02)


def test_the_evaluator_keeps_its_promises(annotations):
    data = emoji.odd_one_out(*annotations("mr")).head(40)
    assert data.items == 40
    assert check_evaluator(ODD_ONE_OUT, data, SETTING) == [
        "evaluator odd-one-out: predicts and measures",
        "evaluator odd-one-out: 2 floors",
    ]


def test_a_set_that_is_none_is_refused():
    with pytest.raises(InvalidData, match="set 1: expected three different words"):
        OddOneOut(sets=[["a", "a", "b"]], odd=[0], kinds=["x"])
