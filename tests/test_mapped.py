"""Maps of a report: whose vectors are drawn, and which texts are the nearest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from embkit import Benchmark, Groups, Pairs, Task, load
from embkit.details import Look
from embkit.evaluate import Run, evaluate
from embkit.mapped import mapped
from embkit.registry import Registry
from embkit.results import Store

WORDS = [f"{stem}{end}" for stem in ("pani", "zhad", "ghar") for end in "abcdefgh"]
GROUPS = Groups(texts=WORDS, labels=["water"] * 8 + ["tree"] * 8 + ["house"] * 8)


@pytest.fixture
def registry():
    return Registry(only=[])


@pytest.fixture
def results(registry, tmp_path):
    """The results of two providers on the words."""
    task = Task(name="words", summary="", evaluator="clustering", load=lambda: GROUPS)
    benchmark = Benchmark(name="set", summary="", language="mr", tasks=[task])
    run = Run(registry=registry, store=Store(tmp_path))
    return [result for _, result in evaluate(run, ["ngrams", "ngrams?dim=50"], [(benchmark, task)])]


def test_each_provider_has_a_map_of_the_same_texts_with_their_labels(registry, results):
    said = []
    maps, untold = mapped(registry, results, GROUPS, Look(maps="pca", say=said.append))
    assert [one.placed.spec for one in maps] == ["ngrams", "ngrams?dim=50"] and untold == ""
    for one in maps:
        assert list(one.texts) == WORDS and list(one.placed.labels) == list(GROUPS.labels)
        assert one.placed.places.shape == (24, 2) and one.count == 24
    assert said[0] == "map of set/words by ngrams: 24 texts"


def test_the_nearest_are_those_with_the_highest_cosines(registry, results):
    (one, _), _ = mapped(registry, results, GROUPS, Look(maps="pca"))
    rows = load("ngrams", language="mr").embed(WORDS)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    assert [near.text for near in one.nearest] == WORDS[::4]
    for near in one.nearest:
        cosines = {
            other: float(unit[WORDS.index(near.text)] @ unit[i])
            for i, other in enumerate(WORDS)
            if other != near.text
        }
        best = sorted(cosines.values(), reverse=True)[:5]
        assert [cosine for _, cosine in near.found] == pytest.approx(best, abs=1e-5)
        for text, cosine in near.found:
            assert cosine == pytest.approx(cosines[text], abs=1e-5)
        # All that share four letters come before any other.
        assert {text[:4] for text, _ in near.found} == {near.text[:4]}


def test_a_provider_whose_vectors_have_changed_is_not_drawn_and_that_is_said(registry, results):
    other = replace(results[0], provider={**results[0].provider, "fingerprint": "another"})
    maps, untold = mapped(registry, [other, results[1]], GROUPS, Look(maps="pca"))
    assert [one.placed.spec for one in maps] == ["ngrams?dim=50"]
    assert untold == ("No map of ngrams: its vectors are others than those that were measured")


def test_texts_without_labels_have_no_map_and_need_no_word_about_it(registry, results):
    pairs = Pairs(first=["a"], second=["b"], scores=[1.0])
    assert mapped(registry, results, pairs, Look(maps="pca")) == ([], "")
