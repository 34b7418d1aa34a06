"""Many samples measured at once give what each would alone."""

from __future__ import annotations

import numpy as np
import pytest
from embkit import Predictions
from embkit.evaluators import CLUSTERING, PAIR_CLASSIFICATION, SIMILARITY, STS, embkit_evaluators
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


def marked(rows, rng):
    """Columns of entities: a right one begins where both a gold and a predicted one do."""
    gold, predicted = rng.random((2, rows)) < 0.3
    right = gold & predicted & (rng.random(rows) < 0.7)
    return {"gold_entity": gold, "predicted_entity": predicted, "right_entity": right}


def labelled(rows, rng, **more):
    """Predictions of labels: seven of them, one rare, -1 where nothing was known."""
    gold = np.minimum(rng.integers(0, 12, rows), 6)
    predicted = np.where(rng.random(rows) < 0.6, gold, rng.integers(-1, 7, rows))
    return {"gold": gold, "predicted": predicted, **more}


def part(rows, rng, share=0.4):
    return rng.random(rows) < share


# For each evaluator what its predictions hold, with what is unknown and what is not there.
COLUMNS = {
    "analogy": lambda n, rng: {
        "category": rng.integers(0, 3, n), "rank_add": rng.integers(0, 14, n),
        "rank_mul": rng.integers(0, 3, n),
    },
    "categorisation": lambda n, rng: {
        "gold": rng.integers(0, 3, n), "clusters": rng.integers(0, 4, (n, 10)),
    },
    "outlier": lambda n, rng: {"position": rng.integers(0, 5, n), "members": np.full(n, 4)},
    "retrieval": lambda n, rng: {name: rng.random(n) for name in ("ndcg@10", "mrr", "map")},
    "reranking": lambda n, rng: {name: rng.random(n) for name in ("ndcg@10", "mrr", "map")},
    "bilingual-lexicon": lambda n, rng: {
        "rank": rng.integers(0, 9, n), "rank_csls": rng.integers(0, 3, n),
    },
    "inflection": lambda n, rng: {
        "lemma_rank": rng.integers(-1, 11, n), "cell_rank": rng.integers(-1, 2, n),
    },
    "classification": labelled,
    "probing": labelled,
    "pair-probing": lambda n, rng: labelled(
        n, rng, control_gold=rng.integers(0, 3, n), control_predicted=rng.integers(-1, 3, n)
    ),
    "relation": lambda n, rng: labelled(
        n, rng, by_second=rng.integers(-1, 7, n), new=part(n, rng, 0.1)
    ),
    "tagging": lambda n, rng: labelled(n, rng, seen=part(n, rng, 0.9)),
    "entities": lambda n, rng: labelled(n, rng, seen=part(n, rng), **marked(n, rng)),
    "isotropy": lambda n, rng: {
        "square": rng.random(n) + 1, "product": rng.normal(0.5, 0.3, n),
        "cosine": rng.normal(size=n), "occurrence": rng.integers(8, 11, n), "dim": np.full(n, 5),
    },
    "pair-classification": lambda n, rng: {
        "gold": part(n, rng), "score": rng.integers(0, 9, n) / 8, "predicted": part(n, rng),
    },
}  # fmt: skip
EVALUATORS = {evaluator.name: evaluator for evaluator in embkit_evaluators()}


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


@pytest.mark.parametrize("rows", [1, 2, 5, 200])
@pytest.mark.parametrize("name", COLUMNS)
def test_scores_of_samples_are_those_of_each_sample(name, rows):
    rng = np.random.default_rng(rows)
    for missing in (0.0, 0.3, 1.0):
        known = rng.random(rows) >= missing
        rows_of = Predictions(COLUMNS[name](rows, rng), unit=np.arange(rows), known=known)
        agrees(EVALUATORS[name], rows_of, rng)


def test_an_evaluator_that_measures_many_samples_has_a_case_here():
    many = {name for name, evaluator in EVALUATORS.items() if evaluator.measure_samples}
    assert many == {*COLUMNS, "similarity", "sts", "clustering"}


def test_pairs_without_a_threshold_have_their_average_precision_alone():
    rng = np.random.default_rng(5)
    columns = {"gold": part(30, rng), "score": rng.random(30)}
    rows = Predictions(columns, unit=np.arange(30), known=part(30, rng, 0.8))
    agrees(PAIR_CLASSIFICATION, rows, rng)


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
