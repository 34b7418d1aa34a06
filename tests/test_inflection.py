"""Inflection on cases checked by hand, and against plain numpy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from embkit import Inflections, Setting, Vectors, search
from embkit.evaluators import INFLECTION, inflection
from embkit.languages import default_language

NAN = float("nan")
SETTING = Setting(language=default_language("tr"), task="test/task")
# Words as directions in a plane, in degrees: houses near 0, rivers near 90; the locatives lean
# towards each other.
ANGLES = {"ev": 0, "evde": 30, "evler": 10, "nehir": 90, "nehirde": 50, "nehirler": 85}
FORMS = Inflections(
    forms=["evde", "evler", "nehirde", "nehirler"],
    lemmas=["ev", "ev", "nehir", "nehir"],
    cells=["LOC", "PL", "LOC", "PL"],
)


def plane(angles):
    turned = np.deg2rad(list(angles.values()))
    return Vectors(list(angles), np.stack([np.cos(turned), np.sin(turned)], axis=1))


def ranks(dataset, vectors):
    predictions = INFLECTION.predict(dataset, vectors, SETTING)
    return predictions["lemma_rank"].tolist(), predictions["cell_rank"].tolist()


def test_lemma_and_cell_are_ranked_among_the_words_of_other_lemmas():
    # evde, at 30: rivals nehirde 20 away, nehirler 55, nehir 60, so ev, 30 away, is second; its
    # cell is first. evler, at 10: ev is 10 away and first, nehirler behind nehirde.
    # nehirde, at 50: evde 20, evler 40, ev 50; nehir, 40 away, ties with evler and is third.
    # nehirler, at 85: nehir is first; evler is second, behind evde.
    assert ranks(FORMS, plane(ANGLES | {"nehirde": 50.5})) == ([2, 1, 2, 1], [1, 2, 1, 2])


def test_scores_are_means_over_the_forms():
    predictions = INFLECTION.predict(FORMS, plane(ANGLES | {"nehirde": 50.5}), SETTING)
    assert INFLECTION.measure(predictions) == {
        "lemma_mrr@10": 0.75, "lemma_hits@10": 1.0, "cell_mrr@10": 0.75, "cell_hits@10": 1.0,
    }  # fmt: skip
    assert predictions.unit.tolist() == [0, 0, 1, 1]
    assert predictions.known.all()


def test_a_rival_that_ties_stands_before_the_answer_in_any_order_of_words():
    same = Vectors(list(ANGLES), np.ones((6, 2)))
    # Three rivals of each lemma; of a cell, two words of the other lemma that are not in it.
    assert ranks(FORMS, same) == ([4] * 4, [3] * 4)
    turned = replace(
        FORMS, forms=FORMS.forms[::-1], lemmas=FORMS.lemmas[::-1], cells=("PL", "LOC") * 2
    )
    assert ranks(turned, same) == ([4] * 4, [3] * 4)


def test_what_ties_with_an_eleventh_word_is_not_among_the_ten():
    others = [f"w{i}" for i in range(11)]
    forms = Inflections(
        forms=["x", "y", *others], lemmas=["l", "y", *others],
        cells=["A", "A", *["B"] * 11], queries=[0],
    )  # fmt: skip
    rows = {"x": [1, 0], "l": [1, 1], "y": [1, 1], **{word: [1, 1] for word in others}}
    assert ranks(forms, Vectors(list(rows), list(rows.values()))) == ([0], [0])
    rows |= {"w0": [0, 1], "w1": [0, 1]}
    # Nine others and y are as near as l, which is eleventh; y itself is tenth.
    assert ranks(forms, Vectors(list(rows), list(rows.values()))) == ([0], [10])


def test_a_form_spelt_as_its_lemma_and_a_cell_of_one_lemma_are_no_questions():
    forms = replace(
        FORMS, forms=["ev", "evler", "nehirde", "nehirler"], cells=["NOM", "PL", "LOC", "PL"]
    )
    lemma, cell = ranks(forms, plane(ANGLES))
    assert (lemma[0], cell) == (-1, [-1, 2, -1, 1])
    predictions = INFLECTION.predict(forms, plane(ANGLES), SETTING)
    assert INFLECTION.measure(predictions)["cell_mrr@10"] == 0.75
    assert INFLECTION.measure(predictions.take([0]))["cell_mrr@10"] == 0.0


def test_a_word_of_two_lemmas_is_no_rival_in_either():
    forms = Inflections(
        forms=["yeri", "yeri", "yerin"], lemmas=["yer", "yeri", "yer"], cells=["ACC", "NOM", "GEN"]
    )
    vectors = plane({"yeri": 0, "yerin": 1, "yer": 60})
    # Of yeri as the accusative of yer; of yeri, its own lemma; of yerin, whose sister yeri is.
    assert ranks(forms, vectors)[0] == [1, -1, 1]


def test_an_unknown_form_finds_nothing_and_an_unknown_lemma_is_not_found():
    vectors = Vectors(["evler", "nehir", "nehirler"], [[1, 0], [0, 1], [1, 2]])
    predictions = INFLECTION.predict(FORMS, vectors, SETTING)
    assert predictions["lemma_rank"].tolist() == [0, 0, 0, 1]
    assert predictions["cell_rank"].tolist() == [0, 1, 0, 1]
    assert predictions.known.tolist() == [False, False, False, True]
    assert INFLECTION.measure(predictions)["lemma_mrr@10"] == 0.25


def test_only_the_asked_forms_are_scored_and_all_words_are_searched():
    predictions = INFLECTION.predict(replace(FORMS, queries=[2]), plane(ANGLES), SETTING)
    assert predictions["cell_rank"].tolist() == [1]


def reference(dataset, table):
    """One form after the other, every cosine, no search."""
    units = {word: row / np.linalg.norm(row) for word, row in table.items()}
    lemma_ranks, cell_ranks = [], []
    rows = list(zip(dataset.forms, dataset.lemmas, dataset.cells, strict=True))
    for form, lemma, cell in rows:
        own = {lemma} | {f for f, other, _ in rows if other == lemma}
        mates = {f for f, _, other in rows if other == cell} - own
        cosines = {word: units[form] @ row for word, row in units.items()}
        rivals = [cosines[word] for word in units if word not in own]
        rank = 1 + sum(cosine >= cosines[lemma] for cosine in rivals)
        lemma_ranks.append(-1 if form == lemma else rank if rank <= 10 else 0)
        best = max((cosines[word] for word in mates), default=None)
        rank = best is not None and 1 + sum(cosine > best for cosine in rivals)
        cell_ranks.append(-1 if best is None else rank if rank <= 10 else 0)
    return lemma_ranks, cell_ranks


@pytest.mark.parametrize("batch", [7, 256])
def test_it_agrees_with_every_cosine_computed_one_by_one(batch, monkeypatch):
    monkeypatch.setattr(inflection, "_QUERIES", batch)
    monkeypatch.setattr(search, "ROWS", 32)
    generator = np.random.default_rng(0)
    lemmas = [f"l{i}" for i in generator.integers(30, size=200)]
    cells = [f"c{i}" for i in generator.integers(12, size=200)]
    # Some forms stand for several cells and lemmas, some are lemmas; one cell has one form.
    forms = [f"f{i}" if i < 180 else f"l{i % 30}" for i in generator.integers(200, size=200)]
    forms[0], cells[1] = lemmas[0], "alone"
    dataset = Inflections(forms=forms, lemmas=lemmas, cells=cells)
    words = list(dict.fromkeys(dataset.needed))
    table = dict(zip(words, generator.normal(size=(len(words), 4)), strict=True))
    expected = reference(dataset, table)
    assert ranks(dataset, Vectors(words, list(table.values()))) == expected
    assert {-1, 0, 1} < set(expected[0]) and {-1, 0, 1} < set(expected[1])


def test_the_floor_of_spelling_finds_lemmas_by_their_stem_and_cells_by_their_suffix():
    dataset = Inflections(
        forms=["EVLERDE", "köylerde", "evden", "köyden"], lemmas=["ev", "köy"] * 2,
        cells=["LOC", "LOC", "ABL", "ABL"],
    )  # fmt: skip
    scores = INFLECTION.measure(INFLECTION.floors["n-gram cosine"](dataset, SETTING))
    assert (scores["lemma_hits@10"], scores["cell_mrr@10"]) == (1.0, 1.0)


def test_chance_finds_what_is_one_of_many_seldom():
    forms = [f"f{i}" for i in range(400)]
    dataset = Inflections(
        forms=forms, lemmas=[f"l{i}" for i in range(400)], cells=[f"c{i % 2}" for i in range(400)]
    )
    scores = INFLECTION.measure(INFLECTION.floors["chance"](dataset, SETTING))
    # Ten of 800 words; a cell holds a quarter of them, so ten neighbours miss it in 0.75 ** 10.
    assert scores["lemma_hits@10"] == pytest.approx(10 / 800, abs=0.015)
    assert scores["cell_hits@10"] == pytest.approx(1 - 0.75**10, abs=0.03)
