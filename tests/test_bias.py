"""Bias on associations checked by hand, and against scipy and scikit-learn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from embkit import Associations, Setting, Vectors
from embkit.evaluators import BIAS, bias, linear
from embkit.evaluators.bias import effect_size, permutation_p
from embkit.languages import default_language
from embkit.statistics import intervals
from scipy.stats import entropy, permutation_test
from sklearn.linear_model import LogisticRegression

SETTING = Setting(language=default_language("tr"), task="test/task")
NAMES = Associations(
    targets=["Ayşe", "Elif", "Ali", "Can"], groups=["f", "f", "m", "m"],
    first_kind=["aile"], second_kind=["iş"],
)  # fmt: skip
# Cosines with aile and iş, the two axes: 0.8 and 0.6 and so on, so associations of 0.2, 0.2 and
# -0.2, -0.2.
ROWS = {
    "aile": [1, 0], "iş": [0, 1],
    "Ayşe": [4, 3], "Elif": [8, 6], "Ali": [3, 4], "Can": [0.3, 0.4],
}  # fmt: skip


def predicted(dataset, rows):
    return BIAS.predict(dataset, Vectors(list(rows), list(rows.values())), SETTING)


def test_the_effect_is_the_difference_of_means_over_the_spread_of_all():
    predictions = predicted(NAMES, ROWS)
    assert predictions["association"].tolist() == pytest.approx([0.2, 0.2, -0.2, -0.2])
    scores = BIAS.measure(predictions)
    # The variance is 4 * 0.04 / 3, so 0.4 / 0.2309 = 1.7321.
    assert scores["weat_effect"] == pytest.approx(3**0.5)
    assert scores["balance"] == pytest.approx(1 - 3**0.5 / 2)
    # Of the six ways to part four names into two pairs one sets them apart as far.
    assert scores["weat_p"] == pytest.approx(1 / 6)
    assert scores["attributes_known"] == 1.0


def test_an_effect_in_the_other_direction_has_the_other_sign_and_a_high_p():
    scores = BIAS.measure(predicted(replace(NAMES, groups=["f", "m", "m", "f"]), ROWS))
    assert (scores["weat_effect"], scores["balance"]) == (pytest.approx(0), pytest.approx(1))
    turned = replace(NAMES, first_kind=["iş"], second_kind=["aile"])
    scores = BIAS.measure(predicted(turned, ROWS))
    assert scores["weat_effect"] == pytest.approx(-(3**0.5))
    assert scores["weat_p"] == 1.0


def test_names_that_are_all_alike_show_no_bias():
    same = {**ROWS, **{name: [1, 2] for name in NAMES.targets}}
    scores = BIAS.measure(predicted(NAMES, same))
    assert (scores["weat_effect"], scores["balance"], scores["weat_p"]) == (0.0, 1.0, 1.0)
    assert scores["rnsb"] == pytest.approx(0, abs=1e-9)


def test_an_unknown_name_counts_as_biased_and_an_unknown_group_as_wholly():
    rows = {name: row for name, row in ROWS.items() if name != "Can"} | {"Ali": [4, 3]}
    predictions = predicted(NAMES, rows)
    assert predictions.known.tolist() == [True, True, True, False]
    assert BIAS.measure(predictions)["balance"] == 0.75
    rows.pop("Ali")
    scores = BIAS.measure(predicted(NAMES, rows))
    assert (scores["balance"], scores["weat_p"]) == (0.0, 1.0)


def test_an_unknown_word_of_a_kind_is_left_out_and_shows():
    more = replace(NAMES, first_kind=["aile", "yuva"], second_kind=["iş"])
    scores = BIAS.measure(predicted(more, ROWS))
    assert scores["weat_effect"] == pytest.approx(3**0.5)
    assert scores["attributes_known"] == pytest.approx(2 / 3)
    none = predicted(replace(NAMES, first_kind=["yuva"]), ROWS)
    assert not none.known.any()
    assert BIAS.measure(none)["balance"] == 0.0


def test_the_effect_of_groups_that_are_wholly_apart_nears_two():
    values = np.repeat([1.0, -1.0], 500)
    assert effect_size(values, np.repeat([0, 1], 500)) == pytest.approx(2, abs=0.002)


def test_groups_of_other_sizes_reach_effects_beyond_two_and_no_balance_below_zero():
    names = [f"name{i}" for i in range(10)]
    data = Associations(
        targets=names, groups=["f"] + ["m"] * 9, first_kind=["aile"], second_kind=["iş"]
    )
    rows = {"aile": [1, 0], "iş": [0, 1], **{name: [0, 1] for name in names}, "name0": [1, 0]}
    predictions = predicted(data, rows)
    scores = BIAS.measure(predictions)
    # Associations are 1 and nine times -1: means 2 apart, a variance of 3.6 / 9 and effect of √10.
    assert scores["weat_effect"] == pytest.approx(10**0.5)
    assert scores["balance"] == 0.0
    found = intervals(BIAS.measure, predictions, SETTING.generator("i"), ranges=BIAS.ranges)
    assert found["balance"][0] == 0.0
    assert found["weat_effect"][1] > 2


def shifted(n, shift):
    generator = np.random.default_rng(0)
    values = generator.normal(size=2 * n)
    values[:n] += shift
    return values, np.repeat([0, 1], n)


def test_p_agrees_with_scipy_where_all_ways_are_looked_at():
    values, groups = shifted(7, 0.8)
    expected = permutation_test(
        (values[:7], values[7:]), lambda a, b, axis: a.mean(axis=axis) - b.mean(axis=axis),
        alternative="greater", vectorized=True, n_resamples=np.inf,
    ).pvalue  # fmt: skip
    assert permutation_p(values, groups, SETTING.generator("p")) == pytest.approx(expected)
    assert 0 < expected < 0.5


def test_p_agrees_with_itself_where_ways_are_drawn(monkeypatch):
    values, groups = shifted(7, 0.5)
    exact = permutation_p(values, groups, SETTING.generator("p"))
    monkeypatch.setattr(bias, "_WAYS", 0)
    drawn = permutation_p(values, groups, SETTING.generator("p"))
    assert drawn == pytest.approx(exact, abs=0.015)
    assert permutation_p(*shifted(30, 9), SETTING.generator("p")) == 1 / 10001


def test_rnsb_is_the_divergence_of_the_likelihoods_of_a_logistic_regression(monkeypatch):
    monkeypatch.setattr(linear, "_FLAT", 1e-7)
    generator = np.random.default_rng(0)
    good, bad, names = ([f"{kind}{i}" for i in range(20)] for kind in ("good", "bad", "name"))
    words = [*good, *bad, *names]
    rows = generator.normal(size=(60, 6))
    rows[20:40] += 1
    rows /= np.linalg.norm(rows, axis=1)[:, None]
    model = LogisticRegression(C=1.0, tol=1e-8).fit(rows[:40], [0] * 20 + [1] * 20)
    likely = model.predict_proba(rows[40:])[:, 1]
    data = Associations(targets=names, groups=["a", "b"] * 10, first_kind=good, second_kind=bad)
    predictions = BIAS.predict(data, Vectors(words, rows * 7), SETTING)
    assert predictions["second"] == pytest.approx(likely, abs=1e-4)
    expected = entropy(likely, np.full(20, 1 / 20))
    assert BIAS.measure(predictions)["rnsb"] == pytest.approx(expected, rel=1e-3)
    assert expected > 0.001
