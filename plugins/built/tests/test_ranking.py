"""Opinions become an order, an order a confidence; each can be followed on paper."""

from __future__ import annotations

import numpy as np
import pytest
from embkit_built.confidence import ENOUGH, calibration_error, fit_confidence, wilson
from embkit_built.first_mix import first_mix
from embkit_built.ranking import Mix, Ranking, Tree, best_mix
from embkit_built.scorers import Candidates, Scorers
from embkit_built.taxonomies import AssetClass, Taxonomy

# Pumps below water, fans below air; none is place 4.
TREE = Taxonomy(
    name="four",
    classes=[
        AssetClass(code="W", title="water"),
        AssetClass(code="W1", title="pump", parent="W"),
        AssetClass(code="A", title="air"),
        AssetClass(code="A1", title="fan", parent="A", synonyms=("blower",)),
    ],
)
AXES = {"water": 0, "pump": 1, "air": 2, "fan": 3, "blower": 3}


def embed(texts):
    """Each known word is an axis, a text the sum of its words; no known word, no vector."""
    rows = np.zeros((len(texts), 4), dtype=np.float32)
    for row, text in zip(rows, texts, strict=True):
        for word in text.replace(".", "").split():
            if word in AXES:
                row[AXES[word]] += 1
    rows[~rows.any(axis=1)] = np.nan
    return rows


@pytest.fixture
def scorers():
    return Scorers(TREE, embed, embed, str.casefold)


def scores(found, text, place):
    """The three scores of a text's candidate."""
    (column,) = np.flatnonzero(found.classes[text] == place)
    return found.scores[text, column]


def made(*rows, likeness=0.0, known=True):
    """Candidates out of their three scores for the classes 0 to 4 of each text."""
    scores = np.array(rows, dtype=np.float32)
    n = len(rows)
    return Candidates(
        classes=np.tile(np.arange(5), (n, 1)),
        scores=scores,
        nearest=np.full(n, -1),
        likeness=np.full(n, likeness, dtype=np.float32),
        known=np.full(n, known),
    )


def test_meaning_is_a_cosine_and_letters_are_another(scorers):
    found = scorers.candidates(["pump"], {})
    meaning, letters, decided = scores(found, 0, 1)
    assert meaning == pytest.approx(1)
    assert letters == pytest.approx(1)
    assert decided == 0
    assert scores(found, 0, 3).tolist() == [0, 0, 0]


def test_a_cosine_is_measured_from_what_pairs_of_classes_have():
    # Three classes, every pair at a cosine of 0.5: a text at 0.75 is half way to the same.
    rows = {"a": [1, 0, 0], "b": [0.5, 0.75**0.5, 0], "c": [0.5, 0.75**0.5 / 3, (2 / 3) ** 0.5]}

    def embed(texts):
        return np.array([rows[text] for text in texts], dtype=np.float32)

    classes = [AssetClass(code=name, title=name) for name in rows]
    three = Scorers(Taxonomy(name="three", classes=classes), embed, embed, str.casefold)
    cosines = np.array([1, 0.75, 0.5, 0.2], dtype=np.float32)
    assert three.meaning(cosines) == pytest.approx([1, 0.5, 0, 0], abs=1e-6)
    one = Scorers(Taxonomy(name="one", classes=classes[:1]), embed, embed, str.casefold)
    assert one.meaning(cosines[:1]) == pytest.approx([1])


def test_letters_agree_with_the_cosines_of_scikit_learn(scorers):
    from sklearn.feature_extraction.text import TfidfVectorizer

    names = ["water", "pump", "air", "fan. blower"]
    full = ["water", "pump", "air", "fan. blower"]
    reference = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
    rows = reference.fit_transform(names + full).toarray()
    asked = reference.transform(["pumps and blowers"]).toarray()
    found = scorers.candidates(["pumps and blowers"], {})
    for place in range(4):
        mean = (rows[place] + rows[4 + place]) / 2
        assert scores(found, 0, place)[1] == pytest.approx((asked @ mean).item(), abs=1e-6)


def test_a_decision_speaks_for_texts_like_it_and_not_for_itself(scorers):
    found = scorers.candidates(["pump fan", "pump"], {"pump fan": "A1"})
    assert scores(found, 0, 3)[2] == 0
    assert scores(found, 1, 3)[2] > 0.3
    assert found.nearest.tolist() == [0, 0]


def test_a_decision_for_none_is_a_candidate(scorers):
    found = scorers.candidates(["air water"], {"air fan": "none"})
    assert scores(found, 0, 4)[2] > 0
    assert scores(found, 0, 4)[:2].tolist() == [0, 0]


def test_a_text_without_a_vector_is_ranked_by_letters_alone(scorers):
    found = scorers.candidates(["pmup pump1x"], {})
    assert found.known.tolist() == [False]
    ranking = Ranking(candidates=found, tree=Tree(TREE), mix=Mix(), none_decided=False)
    (column,) = np.flatnonzero(found.classes[0] == 1)
    assert ranking.totals[0, column] == pytest.approx(found.scores[0, column, 1])


def test_totals_are_the_weighted_sum_and_none_needs_a_decision_for_it():
    found = made([[0, 0, 0], [0.8, 0.2, 0.1], [0.4, 0.4, 0], [0, 0, 0], [0, 0, 0.6]])
    mix = Mix(embedding=0.5, words=0.5, decisions=1, none=0.3)
    without = Ranking(candidates=found, tree=Tree(TREE), mix=mix, none_decided=False)
    assert without.totals[0, :4].tolist() == pytest.approx([0, 0.6, 0.4, 0])
    assert without.top(2)[0].tolist() == [[1, 2]]
    decided = Ranking(candidates=found, tree=Tree(TREE), mix=mix, none_decided=True)
    assert decided.totals[0, 4] == pytest.approx(0.9)
    assert decided.best.tolist() == [4]


def test_what_speaks_for_a_class_and_for_the_one_above_it():
    found = made([[0, 0, 0], [0.8, 0.2, 0], [0, 0, 0], [0.2, 0.6, 0], [0, 0, 0]], likeness=0.25)
    ranking = Ranking(candidates=found, tree=Tree(TREE), mix=Mix(), none_decided=False)
    # Pump 0.5, fan 0.4; the embedding says pump, the letters fan, nothing was decided.
    score, margin, agreement, likeness, share = ranking.features(0)[0]
    assert (score, margin, agreement, likeness) == pytest.approx((0.5, 0.1, 0.5, 0.25))
    weights = np.exp(12 * np.array([0, 0.5, 0, 0.4]))
    assert share == pytest.approx(weights[1] / weights.sum())
    above = ranking.features(1)[0]
    assert above[:3] == pytest.approx((0.5, 0.1, 0.5))
    assert above[4] == pytest.approx((weights[0] + weights[1]) / weights.sum())


def test_lines_lead_from_the_top_to_each_class():
    tree = Tree(TREE)
    assert tree.above(np.array([1, 3, 0, 4]), 1).tolist() == [0, 2, -1, -1]
    assert tree.under(np.array([1, 0, 3, -1]), np.array([0, 0, 0, 0])).tolist() == [
        True, True, False, False,
    ]  # fmt: skip


def test_the_mix_follows_the_opinion_that_was_right():
    right, wrong = [0, 0.9, 0], [0.9, 0, 0]
    rows = [[[0, 0, 0], right, [0, 0, 0], wrong, [0, 0, 0]]] * 5
    assert best_mix(made(*rows), Tree(TREE), np.full(5, 1)).words > 0.5
    assert best_mix(made(*rows), Tree(TREE), np.full(5, 3)).embedding > 0.5


@pytest.mark.parametrize(("shift", "share"), [(0, 0.5), (1, 0.4)])
def test_before_any_decision_definitions_tell_which_opinion_counts_more(shift, share):
    """Forty classes: by meaning a definition is that of the class `shift` places on.

    With 1 only the letters are right: about 0.65 of the name's in the definition, against a
    meaning of 1 for another class, so that less than 0.4 of meaning leaves the class first.
    """
    names = [f"{a}{b}{a}{b}" for a in "abcdefgh" for b in "klmno"]
    axes = {name: n for n, name in enumerate(names)}
    axes |= {f"x{n:02}": (n + shift) % 40 for n in range(40)}

    def embed(texts):
        rows = np.zeros((len(texts), 40), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[axes[text.replace(".", "").split()[-1]]] = 1
        return rows

    classes = [
        AssetClass(code=name, title=name, description=f"{name} x{n:02}")
        for n, name in enumerate(names)
    ]
    scorers = Scorers(Taxonomy(name="forty", classes=classes), embed, embed, str.casefold)
    assert first_mix(scorers) == Mix(embedding=share, words=1 - share)
    few = Taxonomy(name="few", classes=classes[:5])
    assert first_mix(Scorers(few, embed, embed, str.casefold)) == Mix()


def test_confidence_needs_forty_decisions_and_tells_right_from_wrong():
    rng = np.random.default_rng(0)
    gap = rng.uniform(0, 1, 400)
    right = rng.uniform(size=400) < gap
    rows = [[[0, 0, 0], [g, g, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]] for g in gap.tolist()]
    gold = np.where(right, 1, 3)
    ranking = Ranking(candidates=made(*rows), tree=Tree(TREE), mix=Mix(), none_decided=False)
    few = Ranking(
        candidates=made(*rows[: ENOUGH - 1]), tree=Tree(TREE), mix=Mix(), none_decided=False
    )
    assert fit_confidence(few, gold[: ENOUGH - 1]) is None
    fitted = fit_confidence(ranking, gold)
    assert fitted is not None
    sure = fitted.of(ranking)
    assert sure[gap > 0.9, 0].mean() > 0.85
    assert sure[gap < 0.1, 0].mean() < 0.15
    assert (sure[:, 1] >= sure[:, 0]).all()
    assert fitted.error < 0.08
    bar = fitted.bar(0.8)
    assert fitted.held_out[fitted.held_out >= bar].mean() >= 0.8
    assert fitted.bar(1.0) == 1


def test_calibration_error_is_the_gap_of_each_group():
    sure = np.array([0.9, 0.9, 0.1, 0.1])
    # The lower half is 0.1 sure and half right, the upper 0.9 sure and all right.
    right = np.array([True, True, True, False])
    assert calibration_error(sure, right, groups=2) == pytest.approx((0.4 + 0.1) / 2)
    assert calibration_error(np.zeros(0), np.zeros(0, dtype=bool)) == 0


@pytest.mark.parametrize(("right", "count"), [(0, 10), (9, 10), (10, 10), (190, 200)])
def test_the_interval_of_wilson_is_that_of_scipy(right, count):
    from scipy.stats import binomtest

    expected = binomtest(right, count).proportion_ci(method="wilson")
    assert wilson(right, count) == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert wilson(0, 0) == (0, 1)
