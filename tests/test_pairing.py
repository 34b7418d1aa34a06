"""Paired differences: on paper, against enumeration and scipy, and where nothing differs."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from embkit import InvalidData, Predictions
from embkit.evaluators.similarity import spearman
from embkit.pairing import difference, exchanged, row_values, sample_together
from embkit.statistics import holm, resamples
from scipy import stats


def predicted(values, unit=None):
    unit = np.arange(len(values)) if unit is None else unit
    known = np.ones(len(values), dtype=bool)
    return Predictions({"value": np.asarray(values)}, unit=unit, known=known)


def mean(predictions):
    return float(predictions["value"].mean())


def median(predictions):
    return float(np.median(predictions["value"]))


def sampled(*providers, unit=None, measure=mean, draws=1000, seed=0):
    """Providers of one seed each, given as the values of their rows."""
    cells = [[predicted(values, unit)] for values in providers]
    return sample_together(measure, cells, np.random.default_rng(seed), draws=draws)


# which scores are means over rows -------------------------------------------------------------


def test_what_each_row_adds_to_a_mean_is_found_by_measuring():
    rows = Predictions(
        {"rank": np.array([1, 3, 0, 1, 12])}, unit=np.arange(5), known=np.ones(5, dtype=bool)
    )
    assert row_values(lambda p: float((p["rank"] == 1).mean()), rows).tolist() == [1, 0, 0, 1, 0]
    reciprocal = row_values(lambda p: float((1 / np.maximum(p["rank"], 1)).mean()), rows)
    assert reciprocal == pytest.approx([1, 1 / 3, 1, 1, 1 / 12])


def test_a_score_that_is_no_mean_over_rows_is_told_from_one_that_is():
    rng = np.random.default_rng(0)
    rows = predicted(rng.normal(size=40))
    assert row_values(median, rows) is None
    assert row_values(lambda p: float(p["value"].std()), rows) is None
    pairs = Predictions(
        {"gold": rng.normal(size=40), "predicted": rng.normal(size=40)},
        unit=np.arange(40), known=np.ones(40, dtype=bool),
    )  # fmt: skip
    assert row_values(lambda p: spearman(p["gold"], p["predicted"]), pairs) is None


def test_macro_f1_with_a_rare_label_is_no_mean_even_where_most_samples_lack_the_label():
    from embkit.evaluators.classification import accuracy_and_f1

    gold = np.array([0] * 199 + [1])
    rows = Predictions(
        {"gold": gold, "predicted": np.zeros(200, dtype=int)},
        unit=np.arange(200), known=np.ones(200, dtype=bool),
    )  # fmt: skip
    assert row_values(lambda p: accuracy_and_f1(p["gold"], p["predicted"])[1], rows) is None
    values = row_values(lambda p: accuracy_and_f1(p["gold"], p["predicted"])[0], rows)
    assert values.tolist() == [1] * 199 + [0]


# samples --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "unit",
    [np.arange(40), np.arange(40) // 4, np.stack([np.arange(40) // 8, np.arange(40) % 8], 1)],
)
def test_samples_of_a_mean_are_those_that_measuring_resampled_rows_gives(unit):
    values = np.random.default_rng(1).integers(0, 2, (2, 40)).astype(float)
    fast = sampled(*values, unit=unit, draws=50).samples
    # The same draws, row by row: a median of the two halves' means is a mean that hides its rows.
    for i, provider in enumerate(values):
        codes = np.unique(unit, return_inverse=True)[1].reshape(unit.shape)
        rng, slow = np.random.default_rng(0), []
        for _ in range(50):
            times = np.bincount(
                rng.integers(codes.max() + 1, size=codes.max() + 1), minlength=codes.max() + 1
            )
            weight = times[codes] if unit.ndim == 1 else times[codes].prod(axis=1)
            slow.append(np.repeat(provider, weight).mean())
        assert fast[:, i] == pytest.approx(slow, abs=1e-12)


def test_every_provider_is_measured_on_the_same_drawn_units():
    values = np.random.default_rng(0).normal(size=30)
    for measure in (mean, median):
        drawn = sampled(values, values + 1, measure=measure, draws=100).samples
        assert drawn[:, 1] - drawn[:, 0] == pytest.approx(np.ones(100))


def test_predictions_of_other_items_are_refused():
    with pytest.raises(InvalidData, match="of the same items"):
        sample_together(
            mean, [[predicted([1.0, 2.0])], [predicted([1.0, 2.0, 3.0])]], np.random.default_rng(0)
        )


def test_more_seeds_of_the_same_predictions_add_no_evidence():
    rng = np.random.default_rng(2)
    a, b = predicted(rng.normal(0.3, 1, 60)), predicted(rng.normal(0, 1, 60))
    one = sample_together(mean, [[a], [b]], np.random.default_rng(0))
    five = sample_together(mean, [[a] * 5, [b] * 5], np.random.default_rng(0))
    assert difference(five, 0, 1).p == pytest.approx(difference(one, 0, 1).p)
    assert difference(five, 0, 1).interval == pytest.approx(difference(one, 0, 1).interval)


# exchanges ------------------------------------------------------------------------------------


def test_an_exact_p_on_paper():
    # 3 gains of one: of 8 sign patterns + + + and - - - are as far from zero.
    assert exchanged([1, 1, 1]) == 2 / 8
    # 4 to 1: of 32 patterns those with at most one of the other sign, 2 · (1 + 5).
    assert exchanged([1, 1, 1, 1, -1]) == 12 / 32
    # Units without a gain are of no matter.
    assert exchanged([0, 1, 0, 1, 1, 0]) == 2 / 8


def test_an_exact_p_is_that_of_every_exchange_measured_one_by_one():
    rng = np.random.default_rng(5)
    unit = np.array([0, 0, 0, 1, 2, 2, 3, 4, 5, 5, 6, 7])
    first, second = rng.random((2, 12)).round(2)
    far = abs(first.mean() - second.mean())
    as_far = []
    for swap in product([False, True], repeat=8):
        moved = np.array(swap)[unit]
        a, b = np.where(moved, second, first), np.where(moved, first, second)
        as_far.append(abs(a.mean() - b.mean()) >= far - 1e-12)
    found = difference(sampled(first, second, unit=unit), 0, 1)
    assert found.p == pytest.approx(np.mean(as_far))


def test_an_exact_p_agrees_with_scipys_permutation_test():
    first, second = np.random.default_rng(6).normal([[0.5], [0]], 1, (2, 12))
    expected = stats.permutation_test(
        (first, second), lambda a, b: np.mean(a - b), permutation_type="samples", n_resamples=np.inf
    )
    assert difference(sampled(first, second), 0, 1).p == pytest.approx(expected.pvalue)


def test_few_items_on_which_two_differ_are_little_evidence_whatever_the_score():
    # 4 of 100 answers differ, all to the good of one: 2 / 2^4, as a sign test has it.
    worse = np.arange(100) < 60
    better = np.arange(100) < 64
    assert difference(sampled(better * 1.0, worse * 1.0), 0, 1).p == 2 / 16

    def squared(predictions):  # the same order, but no mean over rows
        return float(predictions["value"].mean() ** 2)

    found = difference(sampled(better * 1.0, worse * 1.0, measure=squared), 0, 1)
    assert found.p == 2 / 16


# Student's t ----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [20, 200])
def test_beyond_enumeration_p_and_interval_agree_with_the_paired_t_test(size):
    rng = np.random.default_rng(size)
    first = rng.normal(0.25, 1, size)
    second = rng.normal(0, 1, size)
    expected = stats.ttest_rel(first, second)
    found = difference(sampled(first, second, draws=20_000), 0, 1)
    assert found.value == pytest.approx(first.mean() - second.mean())
    # The spread of 20,000 samples is known to half a percent.
    assert found.p == pytest.approx(expected.pvalue, rel=0.05)
    low, high = expected.confidence_interval()
    assert found.interval == pytest.approx((low, high), abs=0.02 * (high - low))


def test_p_goes_as_far_down_as_many_corrected_tests_need():
    noise = np.random.default_rng(0).normal(size=200)
    found = difference(sampled(noise + 1, noise + np.linspace(-1, 1, 200)), 0, 1)
    assert 0 < found.p < 1e-12


def test_a_difference_that_is_the_same_everywhere_has_the_p_that_exchanges_could_give():
    first = np.zeros(40)
    found = difference(sampled(first + 1, first), 0, 1)
    assert found.p == 2.0**-39
    assert found.interval == (1.0, 1.0)


def test_the_test_is_symmetric():
    first, second = np.random.default_rng(4).normal([[0.2], [0]], 1, (2, 60))
    both = sampled(first, second)
    forth, back = difference(both, 0, 1), difference(both, 1, 0)
    assert forth.value == -back.value and forth.p == back.p
    assert forth.interval == (-back.interval[1], -back.interval[0])


def test_identical_predictions_differ_by_nothing_with_a_p_of_one():
    values = np.random.default_rng(0).normal(size=50)
    for measure in (mean, median):
        found = difference(sampled(values, values, measure=measure), 0, 1)
        assert (found.value, found.interval, found.p) == (0.0, (0.0, 0.0), 1.0)


def test_a_column_that_only_one_has_makes_all_rows_differ():
    values = np.array([0.1, 0.5, 0.4, 0.2])
    wider = Predictions(
        {"value": values, "threshold": values}, unit=np.arange(4), known=np.ones(4, dtype=bool)
    )
    for cells in ([[predicted(values)], [wider]], [[wider], [predicted(values)]]):
        found = sample_together(median, cells, np.random.default_rng(0))
        assert found.differing[0, 1] == 4 and difference(found, 0, 1).p == 1


def test_of_one_unit_nothing_can_be_said():
    found = difference(sampled([1.0, 1.0], [0.0, 0.0], unit=np.zeros(2, int)), 0, 1)
    assert (found.value, found.interval, found.p) == (1.0, None, 1.0)


def test_pairing_finds_a_difference_that_two_intervals_would_hide():
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 10, 100)
    better = noise + 0.5 + rng.normal(0, 0.1, 100)
    both = sampled(better, noise)
    ends = np.percentile(both.samples, [2.5, 97.5], axis=0)
    assert ends[0, 0] < ends[1, 1]
    assert difference(both, 0, 1).p < 0.01


def test_rows_of_one_unit_are_no_evidence_of_their_own():
    first, second = 0.4 + stats.zscore(np.arange(30) % 7), np.zeros(30)
    alone = difference(sampled(first, second, draws=4000), 0, 1)
    copies = difference(
        sampled(first.repeat(10), second.repeat(10), unit=np.arange(30).repeat(10), draws=4000),
        0,
        1,
    )
    assert copies.p == pytest.approx(alone.p, rel=0.1)
    # Ten copies taken for ten items would have made it a tenth of the variance.
    naive = difference(sampled(first.repeat(10), second.repeat(10)), 0, 1)
    assert naive.p < alone.p / 100


def test_crossed_units_are_drawn_as_the_intervals_draw_them():
    unit = np.stack([np.repeat(np.arange(6), 6), np.tile(np.arange(6), 6) + 6], axis=1)
    first, second = np.random.default_rng(8).normal(size=(2, 36))
    found = sampled(first, second, unit=unit)
    rows = resamples(unit, np.random.default_rng(0))
    expected = np.std([first[r].mean() - second[r].mean() for r in rows if len(r)], ddof=1)
    spread = np.std(found.samples[:, 0] - found.samples[:, 1], ddof=1)
    assert spread == pytest.approx(expected)
    assert found.units == 12 and found.differing[0, 1] == 12


# the null -------------------------------------------------------------------------------------


def on_items(*providers):
    """Predictions for a score that reads a gold column: the correlation with it."""
    gold, *predicted = providers
    known = np.ones(len(gold), dtype=bool)
    return [
        [Predictions({"gold": gold, "value": p}, unit=np.arange(len(gold)), known=known)]
        for p in predicted
    ]


def correlation(predictions):
    """Pearson's, without the checks that cost most of the time of a small sample."""
    a, b = (predictions[name] - predictions[name].mean() for name in ("gold", "value"))
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


def alike(kind, rng):
    """Score and two providers that differ by chance alone."""
    if kind == "right or wrong":  # an item is as hard for one as for the other
        easy = rng.random(80)
        return mean, [[predicted(row)] for row in (rng.random((2, 80)) < easy).astype(float)]
    if kind == "clusters":
        rows = rng.normal(size=(2, 30)).repeat(3, axis=1) + rng.normal(size=(2, 90)) / 3
        return mean, [[predicted(row, np.arange(90) // 3)] for row in rows]
    if kind == "correlation":
        gold = rng.normal(size=40)
        return correlation, on_items(gold, *(gold + rng.normal(size=(2, 40))))
    return mean, [[predicted(row)] for row in rng.normal(size=(2, 30))]


@pytest.mark.parametrize(
    ("kind", "families", "least", "most"),
    [
        # Of 200 families with a chance of 5 %, 1.9 to 8.1 % within two standard errors.
        ("continuous", 200, 0.015, 0.09),
        ("right or wrong", 100, 0, 0.1),
        ("clusters", 50, 0, 0.12),
        ("correlation", 30, 0, 0.15),
    ],
)
def test_of_families_without_a_difference_about_5_in_100_claim_one(kind, families, least, most):
    rng = np.random.default_rng(9)
    claimed = 0
    for _ in range(families):
        tests = [sample_together(*alike(kind, rng), rng, draws=150) for _ in range(3)]
        claimed += min(holm([difference(found, 0, 1).p for found in tests])) < 0.05
    assert least <= claimed / families <= most
