"""The paper's protocol: what scikit-learn answers when it is called as the paper describes it."""

from __future__ import annotations

import numpy as np
import pytest
from embkit.datasets import Labelled
from embkit.errors import InvalidRequest
from embkit.evaluate import Run, evaluate
from embkit.evaluators import CLASSIFICATION
from embkit.predictions import Predictions
from embkit.records import Benchmark, Setting, Task
from embkit.registry import Registry
from embkit.results import Store
from embkit.testing import check_evaluator
from embkit.vectors import Vectors
from embkit_marathi import as_published
from embkit_marathi.as_published import all_rows
from embkit_marathi.language import marathi
from embkit_marathi.protocol import PAPER
from sklearn.decomposition import TruncatedSVD
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.random_projection import GaussianRandomProjection
from threadpoolctl import threadpool_limits

PROBE = PAPER.of(CLASSIFICATION)


@pytest.fixture(autouse=True)
def one_thread():
    """So little data is no work for two."""
    with threadpool_limits(limits=1):
        yield


def setting(**options):
    values = {option.name: option.default for option in PAPER.options}
    return Setting(language=marathi(), task="test/task", options={**values, **options})


def cut(texts, labels):
    """Rows as train, validation and test: 90, 20 and 40 of 150."""
    return Labelled(
        train_texts=texts[:90], train_labels=labels[:90],
        valid_texts=texts[90:110], valid_labels=labels[90:110],
        test_texts=texts[110:], test_labels=labels[110:],
    )  # fmt: skip


@pytest.fixture(scope="module")
def topics():
    """A hundred and fifty texts of three topics, their labels and vectors of 40 dimensions."""
    generator = np.random.default_rng(0)
    numbers = generator.integers(3, size=150)
    rows = generator.normal(size=(3, 40))[numbers] + 2 * generator.normal(size=(150, 40))
    labels = [("खेळ", "देश", "सिनेमा")[number] for number in numbers]
    return [f"मजकूर {i}" for i in range(150)], labels, rows.astype(np.float32)


def whole(dataset):
    return all_rows(dataset, ())


def predicted(dataset, vectors, **options):
    return PROBE.predict(whole(dataset), vectors, setting(**options))


def named(predictions):
    return [predictions.to_arrow()["predicted"][i].as_py() for i in range(len(predictions))]


def folds(**options):
    return StratifiedKFold(5, shuffle=True, random_state=setting(**options).seed_for("folds"))


def svd(size):
    return TruncatedSVD(size, random_state=setting().seed_for("svd"))


def test_all_rows_are_scored_in_the_order_of_the_splits(topics):
    texts, labels, rows = topics
    dataset = whole(cut(texts, labels))
    assert (list(dataset.test_texts), list(dataset.test_labels)) == (texts, labels)
    assert len(predicted(cut(texts, labels), Vectors(texts, rows))) == 150


def test_inside_each_fold_it_is_scikit_learns_pipeline(topics):
    texts, labels, rows = topics
    model = make_pipeline(svd(10), LogisticRegression(max_iter=1000))
    expected = cross_val_predict(model, rows, labels, cv=folds())
    found = predicted(cut(texts, labels), Vectors(texts, rows), size=10)
    assert named(found) == expected.tolist()
    scores = cross_val_score(model, rows, labels, cv=folds())
    assert PROBE.measure(found)["accuracy"] == pytest.approx(scores.mean())
    assert PROBE.measure(found)["accuracy_std"] == pytest.approx(scores.std())
    assert 0.4 < scores.mean() < 1


def test_outside_the_folds_the_svd_has_seen_the_test_rows(topics):
    texts, labels, rows = topics
    shorter = svd(10).fit_transform(rows)
    expected = cross_val_predict(LogisticRegression(max_iter=1000), shorter, labels, cv=folds())
    found = predicted(cut(texts, labels), Vectors(texts, rows), size=10, reduce="svd-outside")
    assert named(found) == expected.tolist()
    assert named(found) != named(predicted(cut(texts, labels), Vectors(texts, rows), size=10))


def test_a_random_projection_is_scikit_learns_of_the_seed_and_the_same_in_every_fold(topics):
    texts, labels, rows = topics
    drawn = GaussianRandomProjection(10, random_state=setting().seed_for("random"))
    model = make_pipeline(drawn, LogisticRegression(max_iter=1000))
    expected = cross_val_predict(model, rows, labels, cv=folds())
    found = predicted(cut(texts, labels), Vectors(texts, rows), size=10, reduce="random")
    assert named(found) == expected.tolist()
    shorter = drawn.fit_transform(rows)
    outside = cross_val_predict(LogisticRegression(max_iter=1000), shorter, labels, cv=folds())
    assert outside.tolist() == expected.tolist()
    assert named(found) != named(predicted(cut(texts, labels), Vectors(texts, rows), size=10))


@pytest.mark.parametrize(
    "options",
    [{"reduce": "none"}, {}, {"size": 40}, {"reduce": "svd-outside"}, {"reduce": "random"}],
)
def test_vectors_that_are_short_enough_are_taken_as_they_are(topics, options):
    texts, labels, rows = topics
    expected = cross_val_predict(LogisticRegression(max_iter=1000), rows, labels, cv=folds())
    assert named(predicted(cut(texts, labels), Vectors(texts, rows), **options)) == list(expected)


def test_a_text_without_a_vector_is_wrong_and_in_no_train(topics):
    texts, labels, rows = topics
    rows = rows.copy()
    rows[::10] = np.nan
    found = predicted(cut(texts, labels), Vectors(texts, rows))
    assert found.known.sum() == 135
    assert (found["predicted"][::10] == -1).all()
    expected = np.full(150, "", dtype=object)
    for train, test in folds().split(rows, labels):
        train, test = (part[part % 10 > 0] for part in (train, test))
        model = LogisticRegression(max_iter=1000).fit(rows[train], np.array(labels)[train])
        expected[test] = model.predict(rows[test])
    assert [name or "" for name in named(found)] == expected.tolist()


def test_the_order_of_the_vectors_changes_nothing_and_nothing_known_scores_nothing(topics):
    texts, labels, _ = topics
    checked = check_evaluator(PROBE, whole(cut(texts, labels)), setting(size=5))
    assert checked[0] == "evaluator classification: predicts and measures"
    nothing = predicted(cut(texts, labels), Vectors(texts, np.full((150, 4), np.nan)))
    assert PROBE.measure(nothing) == {"accuracy": 0.0, "macro_f1": 0.0, "accuracy_std": 0.0}


def test_the_floors_are_fitted_in_the_same_folds(topics):
    texts, labels, _ = topics
    dataset = whole(cut(texts, labels))
    expected = cross_val_predict(DummyClassifier(), np.zeros((150, 1)), labels, cv=folds())
    assert named(PROBE.floors["majority"](dataset, setting())) == expected.tolist()
    # The spelling tells: the label stands in the text.
    told = [f"{label} {i}" for i, label in enumerate(labels)]
    spelling = PROBE.floors["char TF-IDF"](whole(cut(told, labels)), setting())
    assert PROBE.measure(spelling)["accuracy"] == 1.0


def test_a_probe_is_the_same_to_the_last_bit_however_many_threads_there_are():
    generator = np.random.default_rng(0)
    rows, labels = generator.normal(size=(60, 6000)), generator.integers(0, 4, 60)
    fits = []
    for threads in (1, 2):
        with threadpool_limits(limits=threads):
            fits.append(as_published._probe(rows, labels).coef_)
    np.testing.assert_array_equal(*fits)


def test_a_label_with_fewer_rows_than_folds_is_no_error(topics):
    texts, labels, rows = topics
    rare = [*labels[:-1], "एकच"]
    found = predicted(cut(texts, rare), Vectors(texts, rows))
    assert len(named(found)) == 150
    assert named(found)[-1] != "एकच"


def test_a_size_of_nothing_is_refused(topics):
    texts, labels, rows = topics
    with pytest.raises(InvalidRequest, match="'paper-mr-2024': size is 1 or more; got 0"):
        predicted(cut(texts, labels), Vectors(texts, rows), size=0)


def test_scores_survive_being_stored(topics):
    texts, labels, rows = topics
    found = predicted(cut(texts, labels), Vectors(texts, rows))
    assert PROBE.measure(Predictions.from_arrow(found.to_arrow())) == PROBE.measure(found)


@pytest.fixture
def tiny(topics):
    texts, labels, _ = topics
    task = Task(
        name="topics", summary="", evaluator="classification", load=lambda: cut(texts, labels)
    )
    return Benchmark(name="tiny", summary="", language="mr", tasks=[task]), task


def run_with(folder, options):
    return Run(registry=Registry(only=["marathi"]), store=Store(folder),
               protocol=f"paper-mr-2024?{options}")  # fmt: skip


def test_floors_are_measured_once_for_all_reductions(tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("EMBKIT_CACHE", str(tmp_path / "cache"))
    floors = []
    for options in ("reduce=none", "reduce=random&size=20", "reduce=svd&size=30"):
        ((_, result),) = evaluate(run_with(tmp_path, options), ["ngrams?dim=40"], [tiny])
        floors.append(result.floors)
    assert floors[0] == floors[1] == floors[2]
    assert len(list((tmp_path / "cache/floors").iterdir())) == 1


def test_a_run_scores_every_row(tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("EMBKIT_CACHE", str(tmp_path / "cache"))
    ((_, result),) = evaluate(run_with(tmp_path, "reduce=none"), ["ngrams"], [tiny])
    assert result.ok, result.reason
    assert result.task["items"] == 150
    assert result.protocol == {
        "id": "paper-mr-2024", "seed": 0, "options": {"reduce": "none", "size": 300},
    }  # fmt: skip
    assert set(result.floors) == {"majority", "char TF-IDF"}
