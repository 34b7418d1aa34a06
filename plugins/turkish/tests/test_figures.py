"""Figures that others measured on the same files come out here."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest
from embkit import Predictions, Setting
from embkit.evaluators import ANALOGY, CLASSIFICATION, SIMILARITY, TAGGING
from embkit.languages import turkish
from embkit.statistics import intervals

SETTING = Setting(language=turkish())


@pytest.mark.skipif(
    bool(os.environ.get("EMBKIT_SKIP_SLOW")), reason="takes half a minute; EMBKIT_SKIP_SLOW is set"
)
def test_the_lexical_floor_of_movie_reviews_is_the_published_one(load) -> None:
    floor = CLASSIFICATION.floors["char TF-IDF"](load("movie-sentiment"), SETTING)
    assert CLASSIFICATION.measure(floor)["accuracy"] == pytest.approx(0.918, abs=0.01)


def test_spelling_ranks_the_pairs_of_wordsimtr_backwards(load) -> None:
    floor = SIMILARITY.floors["n-gram overlap"](load("wordsimtr"), SETTING)
    assert SIMILARITY.measure(floor)["spearman"] == pytest.approx(-0.59, abs=0.005)


def test_the_constant_tag_is_right_on_a_third_of_the_words_and_not_on_padding(load) -> None:
    dataset = load("pos-boun")
    constant = TAGGING.floors["majority"](dataset, SETTING)
    words = sum(map(len, dataset.test_sentences))
    assert len(constant) == words == 12_210
    assert TAGGING.measure(constant)["accuracy"] == 3955 / words < 0.35
    # The published figure is this one: the same tags over 128 places a sentence, the empty ones
    # counted as right.
    places = 128 * len(dataset.test_sentences)
    padding = sum(max(0, 128 - len(sentence)) for sentence in dataset.test_sentences)
    assert (padding + 3955) / places == pytest.approx(0.93, abs=0.005)


def test_questions_made_of_few_pairs_have_an_interval_more_than_twice_that_of_their_rows(
    load,
) -> None:
    verbs = load("analogy-verb")
    rows = [i for i, name in enumerate(verbs.categories) if name == "present-yor"]
    asked = replace(
        verbs, questions=[verbs.questions[i] for i in rows], categories=["present-yor"] * len(rows)
    )
    answers = ANALOGY.floors["n-gram arithmetic"](asked, SETTING)
    columns = {"rank_add": answers["rank_add"], "rank_mul": answers["rank_mul"]}
    alone = Predictions(columns, unit=np.arange(len(rows)), known=np.ones(len(rows), dtype=bool))

    def width(predictions: Predictions) -> float:
        generator = np.random.default_rng(0)
        low, high = intervals(ANALOGY.measure, predictions, generator)["mrr@10_mul"]
        return high - low

    assert width(answers) > 2 * width(alone)
