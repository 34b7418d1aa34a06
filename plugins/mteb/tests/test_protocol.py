"""The protocol gives MTEB's figures, those it gives now and those it gave; the default does not."""

from __future__ import annotations

import numpy as np
import pytest
from embkit.datasets import Groups, Labelled, LabelledPairs, Pairs, Retrieval
from embkit.embedding import Loaded, dataset_vectors
from embkit.errors import InvalidRequest
from embkit.evaluators import embkit_evaluators
from embkit.records import Provider, Setting
from embkit.registry import Registry
from embkit.spec import parse_spec
from embkit.testing import check_evaluator
from embkit.vectors import Vectors
from embkit_mteb.counting import label_scores
from embkit_mteb.protocol import BITEXT, MTEB
from embkit_mteb.searching import query_scores
from sklearn.metrics import f1_score, precision_score, recall_score

KINDS = (
    "classification",
    "binary",
    "clustering",
    "sts",
    "pair-classification",
    "bitext",
    "retrieval",
    "reranking",
)
EVALUATORS = {evaluator.name: evaluator for evaluator in (*embkit_evaluators(), BITEXT)}
LANGUAGE = Registry(only=[]).language("mr")


def evaluator_of(kind):
    return EVALUATORS["classification" if kind == "binary" else kind]


def setting(task="test/task", documents=0, seed=0):
    return Setting(language=LANGUAGE, task=task, seed=seed, options={"documents": documents})


def vectors_of(embedder, dataset):
    provider = Provider(name="words", summary="", load=lambda request: embedder)
    loaded = Loaded(
        spec=parse_spec("words"), provider=provider, embedder=embedder, language=LANGUAGE
    )
    return dataset_vectors(loaded, dataset, cached=False)[0]


def scores_of(kind, dataset, vectors, given=None):
    evaluator = MTEB.of(evaluator_of(kind))
    return evaluator.measure(evaluator.predict(dataset, vectors, given or setting()))


def check_figures(kind, own, figures):
    """Every score is MTEB's to six decimals, or five where MTEB keeps no more."""
    digits = 5 if kind in ("retrieval", "reranking") else 6
    ours = {name: value for name, value in own.items() if name != "accuracy_std"}
    theirs = {name: figures[name] for name in ours}
    assert ours == pytest.approx(theirs, rel=0, abs=0.51 * 10**-digits)
    assert figures[MTEB.of(evaluator_of(kind)).metric] == figures["main_score"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_protocol_gives_what_mteb_gave(kind, words, datasets, stored):
    own = scores_of(kind, datasets[kind], vectors_of(words, datasets[kind]))
    check_figures(kind, own, stored[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_the_protocol_gives_what_mteb_gives(kind, words, datasets, live):
    own = scores_of(kind, datasets[kind], vectors_of(words, datasets[kind]))
    check_figures(kind, own, live[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_the_stored_figures_are_those_of_mteb(kind, live, stored):
    assert live[kind] == pytest.approx(stored[kind], abs=1e-6, nan_ok=True)


def test_running_again_or_in_another_order_changes_nothing(words, datasets):
    vectors = {kind: vectors_of(words, datasets[kind]) for kind in KINDS}
    there = {kind: scores_of(kind, datasets[kind], vectors[kind]) for kind in KINDS}
    np.random.seed(1)  # what other code leaves behind
    back = {kind: scores_of(kind, datasets[kind], vectors[kind]) for kind in reversed(KINDS)}
    assert there == back


def test_clustering_in_mteb_goes_on_where_the_call_before_ended(evaluated, datasets, as_task):
    """The reason for the test above: one task, the same model, two figures."""
    task = as_task("clustering", datasets["clustering"])
    assert evaluated(task)["v_measure"] != evaluated(task)["v_measure"]


@pytest.mark.parametrize("kind", KINDS)
def test_it_keeps_the_promises_of_an_evaluator(kind, datasets):
    check_evaluator(MTEB.of(evaluator_of(kind)), datasets[kind].head(50), setting(documents=-1))


def test_another_seed_draws_other_texts(words, datasets):
    dataset = datasets["classification"]
    vectors = vectors_of(words, dataset)
    drawn = {seed: scores_of("binary", dataset, vectors, setting(seed=seed)) for seed in (0, 1)}
    assert drawn[0] != drawn[1]


def test_pairs_of_nothing_known_are_alike_for_mteb_and_failures_by_default():
    vectors = Vectors(["a", "b"], np.eye(2, dtype=np.float32))
    dataset = LabelledPairs(
        first=["?1", "?2", "a", "b"], second=["?3", "?4", "b", "a"],
        labels=[True, True, False, False],
    )  # fmt: skip
    default = EVALUATORS["pair-classification"]
    changed = MTEB.of(default)
    predicted = changed.predict(dataset, vectors, setting())
    assert predicted["cosine"].tolist() == [1.0, 1.0, 0.0, 0.0]
    assert predicted.known.tolist() == [False, False, True, True]
    assert changed.measure(predicted)["max_ap"] == 1.0
    # By default both positives stand last: at the fourth pair the precision is 2/4.
    scores = default.measure(default.predict(dataset, vectors, setting()))
    assert scores["average_precision"] == 0.5


def test_a_cosine_with_an_unknown_text_is_a_half():
    vectors = Vectors(["a"], np.array([[3.0, 4.0]], np.float32))
    dataset = Pairs(first=["a", "b", "a"], second=["b", "c", "a"], scores=[1, 2, 3])
    predicted = MTEB.of(EVALUATORS["sts"]).predict(dataset, vectors, setting())
    assert predicted["cosine"].tolist() == pytest.approx([0.5, 1.0, 1.0])
    assert predicted["similarity"].tolist() == pytest.approx([0.0, 0.0, 1.0])
    assert predicted["manhattan"].tolist() == pytest.approx([-7.0, 0.0, 0.0])
    assert predicted["euclidean"].tolist() == pytest.approx([-5.0, 0.0, 0.0])
    assert predicted.known.tolist() == [False, False, True]


def test_a_query_is_scored_as_on_paper():
    # Found are documents 4, 2 and 0; wanted are 2 with grade 2, and 1, which is not found.
    scores = query_scores(np.array([4, 2, 0]), {2: 2.0, 1: 1.0})
    ndcg, precision_means, recall, precision, reciprocal, success = scores
    ideal = 2 / np.log2(2) + 1 / np.log2(3)
    assert ndcg.tolist() == pytest.approx([0.0, *[2 / np.log2(3) / ideal] * 6])
    assert precision_means.tolist() == pytest.approx([0.0, *[0.25] * 6])
    assert recall.tolist() == pytest.approx([0.0, *[0.5] * 6])
    assert precision.tolist() == pytest.approx([0, 1 / 3, 1 / 5, 0.1, 0.05, 0.01, 0.001])
    assert reciprocal.tolist() == pytest.approx([0.0, *[0.5] * 6])
    assert success.tolist() == [0, 1, 1, 1, 1, 1, 1]


def test_of_equal_documents_the_later_comes_first():
    vectors = Vectors(["q", "same", "far"], np.array([[1, 0], [1, 1], [0, 1]], np.float32))
    dataset = Retrieval(queries=["q"], documents=["same", "same", "far"], relevant=[{0: 1.0}])
    evaluator = MTEB.of(EVALUATORS["retrieval"])
    scores = evaluator.measure(evaluator.predict(dataset, vectors, setting()))
    assert (scores["mrr_at_10"], scores["hit_rate_at_1"]) == (0.5, 0.0)


def test_only_the_first_thousand_documents_count():
    generator = np.random.default_rng(0)
    names = [f"d{i}" for i in range(1500)]
    rows = generator.normal(size=(1501, 8)).astype(np.float32)
    vectors = Vectors(["q", *names], rows)
    last = int(np.argmin(rows[1:] @ rows[0] / np.linalg.norm(rows[1:], axis=1)))
    dataset = Retrieval(queries=["q"], documents=names, relevant=[{last: 1.0}])
    evaluator = MTEB.of(EVALUATORS["retrieval"])
    assert evaluator.measure(evaluator.predict(dataset, vectors, setting()))["map_at_1000"] == 0.0


def test_a_copy_of_a_translation_is_right_by_default_and_wrong_for_mteb():
    vectors = Vectors(["a", "b", "x"], np.array([[1, 0], [0, 1], [1, 0]], np.float32))
    dataset = Retrieval(
        queries=["b", "a", "a"], documents=["b", "x", "x"],
        relevant=[{0: 2.0}, {1: 2.0, 2: 1.0}, {2: 2.0, 1: 1.0}],
    )  # fmt: skip
    default = BITEXT.measure(BITEXT.predict(dataset, vectors, setting()))
    assert default == {"accuracy": 1.0, "mrr": 1.0}
    changed = MTEB.of(BITEXT)
    scores = changed.measure(changed.predict(dataset, vectors, setting()))
    # Both x are found at the first position: F1 of the labels 0, 1 and 2 is 1, 2/3 and 0.
    assert scores["accuracy"] == pytest.approx(2 / 3)
    assert scores["f1"] == pytest.approx(5 / 9)


def test_four_per_cent_of_few_texts_is_an_error_that_names_the_option():
    texts = [f"t{i}" for i in range(24)]
    dataset = Groups(texts=texts, labels=["a", "b"] * 12)
    vectors = Vectors(texts, np.eye(24, dtype=np.float32))
    evaluator = MTEB.of(EVALUATORS["clustering"])
    with pytest.raises(InvalidRequest, match=r"which of 24 is none; give a number.*documents=-1"):
        evaluator.predict(dataset, vectors, setting())
    predicted = evaluator.predict(dataset, vectors, setting(documents=5))
    assert (predicted["times"].sum(axis=1) > 0).sum() == 5
    assert predicted["times"].sum(axis=0).tolist() == [16384] * 10


def test_eight_texts_of_each_label_are_drawn_and_all_of_a_rare_one():
    from embkit_mteb.classifying import draws

    labels = ["a"] * 50 + ["b"] * 3 + ["c"] * 20
    drawn = list(draws(labels, 42))
    assert len(drawn) == 10
    for rows in drawn:
        assert sorted(labels[row] for row in rows) == ["a"] * 8 + ["b"] * 3 + ["c"] * 8
    assert len({tuple(sorted(rows)) for rows in drawn}) == 10


def test_label_scores_are_those_of_scikit_learn():
    generator = np.random.default_rng(0)
    gold, predicted = generator.integers(5, size=60), generator.integers(1, 7, size=60)
    scores = label_scores(gold, predicted)
    for name, call in (("f1", f1_score), ("precision", precision_score), ("recall", recall_score)):
        for suffix, average in (("", "macro"), ("_weighted", "weighted")):
            expected = call(gold, predicted, average=average, zero_division=0)
            assert scores[name + suffix] == pytest.approx(expected, abs=1e-12)


def test_ap_is_given_for_two_labels_alone(words, datasets):
    for kind, here in (("binary", True), ("classification", False)):
        scores = scores_of(kind, datasets[kind], vectors_of(words, datasets[kind]))
        assert ("ap" in scores) is here


def test_validation_rows_are_not_used(words, datasets):
    dataset = datasets["binary"]
    more = Labelled(
        train_texts=dataset.train_texts, train_labels=dataset.train_labels,
        valid_texts=dataset.test_texts, valid_labels=dataset.test_labels,
        test_texts=dataset.test_texts, test_labels=dataset.test_labels,
    )  # fmt: skip
    vectors = vectors_of(words, dataset)
    assert scores_of("binary", more, vectors) == scores_of("binary", dataset, vectors)
