"""Resampling by unit, intervals that hold what they promise, and paired tests."""

from __future__ import annotations

import numpy as np
import pytest
from embkit import Predictions
from embkit.evaluators import SIMILARITY, embkit_evaluators
from embkit.statistics import holm, intervals, resamples, span
from scipy import stats


def seeded():
    return np.random.default_rng(0)


def predicted(values, unit=None):
    rows = len(values)
    unit = np.arange(rows) if unit is None else unit
    return Predictions({"value": values}, unit=unit, known=np.ones(rows, dtype=bool))


def mean(predictions):
    return {"mean": float(predictions["value"].mean())}


# resamples -------------------------------------------------------------------------------------


def test_rows_of_their_own_are_drawn_with_replacement_as_many_as_there_are():
    samples = resamples(np.arange(10), seeded(), draws=200)
    assert [len(rows) for rows in samples] == [10] * 200
    counts = np.bincount(np.concatenate(samples), minlength=10)
    assert counts.min() > 0.75 * 200 and counts.max() < 1.25 * 200
    assert any(len(set(rows.tolist())) < 10 for rows in samples)


def test_rows_of_one_unit_come_together_and_equally_often():
    unit = np.array([7, 7, 7, 3, 3, 9])
    for rows in resamples(unit, seeded(), draws=100):
        times = np.bincount(rows, minlength=6)
        assert times[0] == times[1] == times[2]
        assert times[3] == times[4]
        # Three units are drawn in every sample.
        assert times[0] + times[3] + times[5] == 3


def test_a_row_of_two_units_comes_as_often_as_the_product_of_their_draws():
    # Rows 0 to 2 are the pairs of three units, 3 to 5 tell how often each unit was drawn, squared.
    unit = np.array([[0, 1], [0, 2], [1, 2], [0, 0], [1, 1], [2, 2]])
    for rows in resamples(unit, seeded(), draws=100):
        times = np.bincount(rows, minlength=6)
        a, b, c = np.sqrt(times[3:]).tolist()
        assert a + b + c == 3
        assert times[:3].tolist() == [a * b, a * c, b * c]


@pytest.mark.parametrize("unit", [np.arange(20), np.arange(20) // 4, np.ones((20, 2), int)])
def test_one_seed_gives_one_list_of_samples(unit):
    first, second = (resamples(unit, seeded(), draws=5) for _ in range(2))
    assert all((a == b).all() for a, b in zip(first, second, strict=True))


def test_another_seed_gives_other_samples():
    first = resamples(np.arange(20), seeded(), draws=1)[0]
    assert (first != resamples(np.arange(20), np.random.default_rng(1), draws=1)[0]).any()


def test_the_numbers_that_name_units_are_of_no_matter():
    first, second = np.array([0, 0, 1, 2, 2]), np.array([-5, -5, 40, 1000, 1000])
    for a, b in zip(
        resamples(first, seeded(), draws=20), resamples(second, seeded(), draws=20), strict=True
    ):
        assert a.tolist() == b.tolist()


def test_without_rows_there_are_no_rows_to_draw():
    assert all(len(rows) == 0 for rows in resamples(np.array([], dtype=np.int64), seeded()))


# intervals -------------------------------------------------------------------------------------


def test_intervals_cover_the_truth_about_95_times_in_100():
    generator = seeded()
    covered = 0
    for _ in range(300):
        sample = predicted(generator.normal(10, 3, 40))
        low, high = intervals(mean, sample, generator, draws=300)["mean"]
        covered += low <= 10 <= high
    assert 0.88 <= covered / 300 <= 0.99


def test_an_interval_agrees_with_scipys_percentile_bootstrap():
    values = seeded().gamma(2, 2, 100)
    low, high = intervals(mean, predicted(values), seeded(), draws=5000)["mean"]
    expected = stats.bootstrap(
        (values,), np.mean, n_resamples=5000, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    # A percentile of 5000 draws is uncertain by about a twentieth of the width.
    tolerance = (expected.high - expected.low) / 20
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=tolerance)


def test_rows_that_share_a_unit_make_the_interval_wider():
    values = np.repeat(seeded().normal(size=30), 10)
    alone = intervals(mean, predicted(values), seeded())["mean"]
    grouped = intervals(mean, predicted(values, np.arange(300) // 10), seeded())["mean"]
    # Ten copies of 30 values are worth 30 values: wider by the root of ten.
    ratio = (grouped[1] - grouped[0]) / (alone[1] - alone[0])
    assert ratio == pytest.approx(10**0.5, rel=0.15)


def test_a_higher_level_gives_a_wider_interval():
    sample = predicted(seeded().normal(size=50))
    narrow, wide = (intervals(mean, sample, seeded(), level=level)["mean"] for level in (0.5, 0.99))
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_every_score_has_its_interval():
    def measure(predictions):
        value = predictions["value"]
        return {"lowest": float(value.min()), "constant": 3.0}

    found = intervals(measure, predicted(np.array([1.0, 1.0])), seeded(), draws=10)
    assert found == {"lowest": (1.0, 1.0), "constant": (3.0, 3.0)}


def test_samples_that_come_out_empty_are_left_out():
    # The one row belongs to two units; a sample that draws one of them twice holds no row.
    sample = predicted([5.0], unit=[[0, 1]])
    assert any(len(rows) == 0 for rows in resamples(sample.unit, seeded()))
    assert intervals(mean, sample, seeded())["mean"] == (5.0, 5.0)


def test_without_rows_there_is_no_interval():
    assert intervals(mean, predicted([]), seeded()) == {}


# holm ------------------------------------------------------------------------------------------


def test_holm_on_the_textbook_case():
    # Sorted 0.005·4, 0.01·3, 0.03·2, 0.04·1; the last is raised to the one before.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_holm_never_goes_above_one_and_leaves_one_test_alone():
    assert holm([0.9, 0.8, 0.7]) == [1.0, 1.0, 1.0]
    assert holm([0.04]) == [0.04]
    assert holm([]) == []


def test_holm_is_what_its_definition_says_of_any_family():
    for seed in range(20):
        family = np.random.default_rng(seed).random(12).round(1) / 10
        ranked = sorted(family)
        for p, corrected in zip(family, holm(family.tolist()), strict=True):
            upto = range(ranked.index(p) + 1, 0, -1)
            assert corrected == pytest.approx(max(min(1, (13 - i) * ranked[i - 1]) for i in upto))


def test_an_interval_holds_its_score_where_repeats_lift_the_measure():
    from embkit.evaluators.clustering import v_measure

    generator = np.random.default_rng(11)
    gold, clusters = generator.integers(0, 6, (2, 60))
    rows = Predictions(
        {"gold": gold, "clusters": clusters}, unit=np.arange(60), known=np.ones(60, dtype=bool)
    )

    def measure(predictions):
        return {"v": v_measure(predictions["gold"], predictions["clusters"])}

    score = measure(rows)["v"]
    samples = [measure(rows.take(r))["v"] for r in resamples(rows.unit, np.random.default_rng(0))]
    assert np.percentile(samples, 2.5) > score
    low, high = intervals(measure, rows, np.random.default_rng(0))["v"]
    assert 0 <= low < score < high <= 1


@pytest.mark.parametrize("answers", [[4, 3, 2, 1], [4, 3, 1, 2], [1, 2, 4, 3], [1, 2, 3, 4]])
def test_the_interval_of_a_correlation_of_four_pairs_stays_within_minus_one_and_one(answers):
    gold, predicted = np.arange(4.0), np.array(answers, dtype=float)
    rows = Predictions(
        {"gold": gold, "predicted": predicted}, unit=np.arange(4), known=np.ones(4, dtype=bool)
    )
    free = {name: (-np.inf, np.inf) for name in SIMILARITY.ranges}
    for ranges, kept in ((free, False), (SIMILARITY.ranges, True)):
        found = intervals(
            SIMILARITY.measure, rows, seeded(), ranges=ranges,
            measure_samples=SIMILARITY.measure_samples,
        )  # fmt: skip
        low, high = found["spearman"]
        assert low <= high
        assert (low >= -1 and high <= 1) == kept


def test_ends_are_cut_where_the_bootstraps_bias_moves_them_out_of_the_range():
    # From -0.9 to 0.7, mean -0.26: moved by -0.5, so that the mean is the score, to -1.4 and 0.2.
    values = np.array([-0.9, -0.9, -0.9, 0.7, 0.7])
    assert span(values, -0.76, (-1, 1), level=1) == pytest.approx((-1, 0.2))
    assert span(values, -0.76, (-np.inf, np.inf), level=1) == pytest.approx((-1.4, 0.2))


def test_a_sample_beyond_a_bound_shows_that_the_score_has_another_range():
    values = np.array([0.0, 0.5, 1.5])
    assert span(values, 2.0, level=1) == pytest.approx((2 - 2 / 3, 2 + 5 / 6))


RANGES = {
    "spearman": (-1, 1),
    "pearson": (-1, 1),
    "selectivity": (-1, 1),
    "anisotropy": (-1, 1),
    "weat_effect": (-np.inf, np.inf),
    "effective_dimension": (0, np.inf),
    "rnsb": (0, np.inf),
    "hubness": (-np.inf, np.inf),
}


def test_every_evaluator_says_which_of_its_scores_are_no_shares():
    stated = {}
    for evaluator in embkit_evaluators():
        stated.update(evaluator.ranges)
    assert stated == RANGES


def test_an_interval_stays_within_the_range_of_a_share():
    rows = Predictions(
        {"hit": np.arange(40) < 1}, unit=np.arange(40), known=np.ones(40, dtype=bool)
    )
    spans = intervals(lambda p: {"share": float(p["hit"].mean())}, rows, np.random.default_rng(0))
    assert spans["share"][0] == 0
