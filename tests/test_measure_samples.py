"""Many samples measured at once give what each would alone."""

from __future__ import annotations

import numpy as np
import pytest
from embkit import Predictions
from embkit.evaluators import CLUSTERING, SIMILARITY, STS
from embkit.pairing import sample_together
from embkit.records import Protocol, Variant
from embkit.statistics import intervals, resamples


def pairs(rows, rng, *, kinds=1000, missing=0.0):
    """Predictions of similarity; few kinds make many ties."""
    return Predictions(
        {"gold": rng.integers(0, kinds, rows) / 2, "predicted": rng.integers(0, kinds, rows) / 8},
        unit=np.arange(rows),
        known=rng.random(rows) >= missing,
    )


def clusters(rows, rng):
    return Predictions(
        {"gold": rng.integers(0, 3, rows), "clusters": rng.integers(0, 4, (rows, 10))},
        unit=np.arange(rows),
        known=np.ones(rows, dtype=bool),
    )


def agrees(evaluator, predictions, rng, draws=30):
    rows = len(predictions)
    drawn = rng.integers(rows, size=(draws, rows))
    weights = np.array([np.bincount(each, minlength=rows) for each in drawn])
    many = evaluator.measure_samples(predictions, weights)
    for i, each in enumerate(drawn):
        alone = evaluator.measure(predictions.take(each))
        assert {name: values[i] for name, values in many.items()} == pytest.approx(alone, abs=1e-9)


@pytest.mark.parametrize("rows", [2, 3, 7, 60])
@pytest.mark.parametrize("missing", [0.0, 0.3, 0.9, 1.0])
@pytest.mark.parametrize("kinds", [1, 2, 1000])
def test_correlations_of_samples_are_those_of_each_sample(rows, missing, kinds):
    rng = np.random.default_rng(rows)
    agrees(SIMILARITY, pairs(rows, rng, kinds=kinds, missing=missing), rng)


@pytest.mark.parametrize("rows", [1, 2, 50])
def test_v_measures_of_samples_are_those_of_each_sample(rows):
    rng = np.random.default_rng(rows)
    agrees(CLUSTERING, clusters(rows, rng), rng)


def test_intervals_are_the_same_either_way():
    rng = np.random.default_rng(0)
    for evaluator, predictions in (
        (STS, pairs(40, rng, missing=0.2)),
        (CLUSTERING, clusters(40, rng)),
    ):
        slow, fast = (
            intervals(
                evaluator.measure, predictions, np.random.default_rng(0),
                measure_samples=many, draws=100,
            )
            for many in (None, evaluator.measure_samples)
        )  # fmt: skip
        assert fast.keys() == slow.keys()
        for name in slow:
            assert fast[name] == pytest.approx(slow[name], abs=1e-9)


def test_rows_that_share_units_are_drawn_alike_either_way():
    rng = np.random.default_rng(1)
    for unit in (np.arange(36) // 3, np.stack([np.arange(36) // 6, np.arange(36) % 6 + 6], 1)):
        rows = pairs(36, rng)
        rows = Predictions(
            {name: rows[name] for name in ("gold", "predicted")}, unit=unit, known=rows.known
        )
        found = sample_together(
            lambda p: SIMILARITY.measure(p)["spearman"], [[rows]], np.random.default_rng(0),
            measure_samples=lambda p, w: SIMILARITY.measure_samples(p, w)["spearman"], draws=50,
        )  # fmt: skip
        alone = [
            SIMILARITY.measure(rows.take(each))["spearman"]
            for each in resamples(unit, np.random.default_rng(0), draws=50)
            if len(each)
        ]
        assert found.samples[:, 0] == pytest.approx(alone, abs=1e-9)


def test_a_protocol_that_measures_otherwise_has_no_part_in_it():
    own = Protocol(
        name="own", summary="", source="",
        variants={
            "sts": Variant(summary="", measure=lambda p: {"spearman": 1.0}),
            "similarity": Variant(summary="", predict=SIMILARITY.predict),
        },
    )  # fmt: skip
    assert own.of(STS).measure_samples is None
    assert own.of(SIMILARITY).measure_samples is SIMILARITY.measure_samples
