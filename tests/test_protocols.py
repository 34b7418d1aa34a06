"""Protocols: measured by their name, each beside the default and never mixed up with it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from embkit.cli import cli
from embkit.datasets import Labelled
from embkit.errors import InvalidRequest, NotFound, PluginError
from embkit.evaluate import Run, evaluate
from embkit.evaluators import CLASSIFICATION
from embkit.languages import default_language
from embkit.protocols import FEW_SHOT, KNN, LEARNING_CURVE, embkit_protocols
from embkit.protocols.neighbours import votes
from embkit.records import Setting
from embkit.registry import Registry
from embkit.reporters.cells import notes
from embkit.reporters.plain import render_csv
from embkit.results import Results, Store
from embkit.testing import check_evaluator, check_plugin
from embkit.vectors import Vectors
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from threadpoolctl import threadpool_limits

PLUGIN = """
from dataclasses import replace

import numpy as np
from embkit import (
    Benchmark, Groups, Option, Pairs, Predictions, Protocol, Provider, Task, Variant, hookimpl
)

SEEN = []


class Letters:
    dim = 30
    fingerprint = "1" * 64

    def embed(self, texts):
        rows = [[text.count(chr(97 + i)) for i in range(30)] for text in texts]
        return np.array(rows, dtype=np.float32).reshape(-1, 30)


class Words(Letters):
    words = ("ab", "abc", "bcd")
    fingerprint = "2" * 64


def pairs():
    return Pairs(first=["ab", "ab", "ab", "ab"], second=["abc", "bcd", "cde", "xyz"],
                 scores=[4.0, 3.0, 2.0, 1.0])


def groups():
    return Groups(texts=["aa", "aab", "zz", "zzy"], labels=["a", "a", "z", "z"])


def share_known(predictions):
    return {"share": float(predictions["predicted"].mean())}


def predict(dataset, vectors, setting):
    SEEN.append((dataset, dict(setting.options)))
    return answers(dataset, [text != "" and text in vectors for text in dataset.second])


def answers(dataset, known):
    return Predictions({"predicted": known}, unit=range(dataset.items), known=known)


def inside(dataset, vocabulary):
    words = [word if not vocabulary or word in vocabulary else "" for word in dataset.second]
    return replace(dataset, second=words)


def shrink(dataset, vocabulary):
    return dataset.head(2) if vocabulary else dataset


@hookimpl
def embkit_providers():
    yield Provider(name="letters", summary="no vocabulary", load=lambda request: Letters())
    yield Provider(name="words", summary="a vocabulary", load=lambda request: Words())


@hookimpl
def embkit_benchmarks():
    tasks = [Task(name="pairs", summary="p", evaluator="similarity", load=pairs),
             Task(name="groups", summary="g", evaluator="clustering", load=groups)]
    yield Benchmark(name="tiny", summary="t", language="tr", tasks=tasks)


@hookimpl
def embkit_protocols():
    variant = Variant(summary="Only words of the vocabulary count\\nNothing is averaged",
                      predict=predict, measure=share_known, metric="share", floors={},
                      prepare=inside)
    yield Protocol(name="inside", summary="words inside", source="a test",
                   variants={"similarity": variant},
                   options=[Option(name="depth", type=int, default=3, help="how deep")],
                   version="VERSION")
    yield Protocol(name="shrinking", summary="other items for another embedder", source="a test",
                   variants={"similarity": Variant(summary="s", prepare=shrink)})
"""


@pytest.fixture(autouse=True)
def one_thread():
    """So little data is no work for two, on a busy machine it takes ten times as long."""
    with threadpool_limits(limits=1):
        yield


@pytest.fixture
def plugins(install):
    install("a_protocol", PLUGIN)
    return Registry(only=["a_protocol"])


def run(plugins, folder, protocol="inside", specs=("letters",), pattern="tiny/pairs", **options):
    run = Run(registry=plugins, store=Store(folder), protocol=protocol, **options)
    return [result for _, result in evaluate(run, list(specs), plugins.tasks(pattern))]


# the record -------------------------------------------------------------------------------------


def test_a_protocol_changes_what_it_names_and_nothing_else():
    found = KNN.of(CLASSIFICATION)
    assert found.predict is KNN.variants["classification"].predict
    assert (found.measure, found.metric, found.floors) == (
        CLASSIFICATION.measure, "accuracy", CLASSIFICATION.floors,
    )  # fmt: skip
    assert found.version == "2, knn 1"


def test_what_a_protocol_says_nothing_about_is_refused(plugins):
    with pytest.raises(InvalidRequest, match="'knn' says nothing about evaluator 'tagging', only "):
        plugins.evaluator("tagging", "knn")


def test_a_protocol_is_found_by_name_or_suggested(plugins):
    assert plugins.protocol("inside").variants["similarity"].metric == "share"
    with pytest.raises(NotFound, match="no protocol is called 'insid'; did you mean 'inside'"):
        plugins.protocol("insid")


def test_no_protocol_may_be_called_as_the_default(install):
    install("false_default", PLUGIN.replace('"shrinking"', '"default"'))
    (plugin,) = Registry(only=["false_default"]).left_out
    assert "'default', which is that of no protocol" in plugin.error


# the run ----------------------------------------------------------------------------------------


def test_a_result_carries_the_protocol_its_options_and_its_scores(plugins, tmp_path):
    (result,) = run(plugins, tmp_path)
    assert result.protocol == {"id": "inside", "seed": 0, "options": {"depth": 3}}
    assert (result.metric, result.score, result.floors) == ("share", 1.0, {})
    assert result.task["evaluator_version"] == "1, inside VERSION"


def test_options_of_a_protocol_are_typed_and_reach_the_evaluator(plugins, tmp_path):
    (result,) = run(plugins, tmp_path, "inside?depth=5")
    assert result.protocol["options"] == {"depth": 5}
    import a_protocol

    assert a_protocol.SEEN[-1][1] == {"depth": 5}


@pytest.mark.parametrize(
    ("protocol", "message"),
    [
        ("inside?xyz=1", "protocol 'inside' has no option 'xyz'; it has: depth"),
        ("inside?depth=x", "'depth' takes a value of type int, got 'x'"),
        ("inside:deep", "protocol 'inside' takes no argument, got 'deep'"),
        ("knnn", "no protocol is called 'knnn'; did you mean 'knn'"),
        ("default?seed=1", "no protocol is called 'default'"),
    ],
)
def test_a_protocol_that_cannot_be_is_refused_before_anything_runs(
    plugins, tmp_path, protocol, message
):
    with pytest.raises((InvalidRequest, NotFound), match=re.escape(message)):
        Run(registry=plugins, store=Store(tmp_path), protocol=protocol)


def test_protocols_never_share_a_row_nor_a_file(plugins, tmp_path):
    both = [*run(plugins, tmp_path, "default"), *run(plugins, tmp_path)]
    results = Results(both)
    assert results.rows == (
        "tiny/pairs (seed 0)", "tiny/pairs (inside, seed 0, depth 3)",
    )  # fmt: skip
    assert len(Store(tmp_path).scan()) == 2
    assert [line.split(",")[-4] for line in render_csv(results).splitlines()] == [
        "protocol", "default", "inside",
    ]  # fmt: skip


def test_a_row_of_one_protocol_alone_says_so(plugins, tmp_path):
    assert Results(run(plugins, tmp_path)).rows == ("tiny/pairs (inside, seed 0, depth 3)",)


def test_a_raised_version_of_a_protocol_is_measured_anew(plugins, install, tmp_path):
    run(plugins, tmp_path)
    install("a_protocol_2", PLUGIN.replace("VERSION", "2"))
    run(Registry(only=["a_protocol_2"]), tmp_path)
    assert len(list(tmp_path.rglob("*.json"))) == 2


def test_prepare_sees_the_words_of_an_embedder_that_has_some(plugins, tmp_path):
    letters, words = run(plugins, tmp_path, specs=("letters", "words"))
    # Of abc, bcd, cde and xyz the vocabulary has two.
    assert (letters.score, words.score) == (1.0, 0.5)
    assert letters.task["digest"] == words.task["digest"]
    assert words.coverage == 0.5


def test_floors_see_what_is_scored(install, tmp_path):
    floor = (
        'floors={"all": lambda data, setting: answers(data, [text != "" for text in data.second])}'
    )
    install("with_floor", PLUGIN.replace("floors={}", floor).replace("not vocabulary or ", ""))
    (result,) = run(Registry(only=["with_floor"]), tmp_path)
    # Of no words none is inside.
    assert result.floors == {"all": 0.0}


def test_other_items_for_another_embedder_are_a_fault_of_the_protocol(plugins, tmp_path):
    letters, words = run(plugins, tmp_path, "shrinking", specs=("letters", "words"))
    assert letters.ok
    assert words.status == "failed"
    assert "makes 2 items of a dataset for one embedder and 4 for another" in words.reason


def test_the_limit_holds_after_a_protocol_has_changed_the_dataset(plugins, tmp_path):
    (result,) = run(plugins, tmp_path, limit=3)
    assert result.task["items"] == 3


def test_a_task_that_a_protocol_says_nothing_about_is_skipped_with_the_reason(plugins, tmp_path):
    (result,) = run(plugins, tmp_path, pattern="tiny/groups")
    assert result.status == "skipped"
    assert "says nothing about evaluator 'clustering'" in result.reason


def test_a_report_shows_the_spread_over_draws_and_what_unknown_items_count_as(plugins, tmp_path):
    (words,) = run(plugins, tmp_path, specs=("words",))
    drawn = replace(
        words, protocol={"id": "few-shot", "seed": 0, "options": {"draws": 2}},
        scores={"accuracy": 0.5, "accuracy_std": 0.125, "macro_f1": 0.25}, coverage=1.0,
    )  # fmt: skip
    usual = replace(drawn, protocol={"id": "default", "seed": 0, "options": {}})
    told = notes(Results([words, drawn, usual]))
    assert [line for line in told if "percentage" in line or "±" in line] == [
        "a percentage is the share of items whose texts all have a vector; `embkit info inside` "
        "says what the rest count as",
        "± is the standard deviation over the draws or folds",
    ]


# the command line -------------------------------------------------------------------------------


def command(*words):
    return CliRunner().invoke(cli, list(words))


@pytest.fixture
def here(plugins, monkeypatch):
    monkeypatch.setattr("embkit.registry.registry", lambda: plugins)


def test_eval_says_which_tasks_a_protocol_leaves_out(here, tmp_path):
    done = command("eval", "-b", "tiny", "-p", "letters", "--protocol", "inside", "--json",
                   "--out", str(tmp_path))  # fmt: skip
    assert done.exit_code == 0, done.output
    assert (
        "protocol 'inside' is for similarity; left out are the other tasks, 1 of clustering"
        in done.stderr
    )
    assert '"tiny/pairs"' in done.stdout and '"tiny/groups"' not in done.stdout


def test_eval_refuses_a_protocol_none_of_whose_tasks_is_chosen(here, tmp_path):
    done = command("eval", "-t", "tiny/groups", "--protocol", "inside", "--out", str(tmp_path))
    assert isinstance(done.exception, InvalidRequest)
    assert str(done.exception) == (
        "protocol 'inside' is for similarity; the chosen tasks are 1 of clustering"
    )


def test_info_says_line_by_line_how_a_protocol_differs(here):
    lines = [" ".join(line.split()) for line in command("info", "inside").stdout.splitlines()]
    assert lines == [
        "protocol inside",
        "summary words inside",
        "source a test",
        "version VERSION",
        "?depth= how deep (default 3)",
        "similarity Only words of the vocabulary count",
        "similarity Nothing is averaged",
        "similarity Main score: share, not spearman",
        "similarity Floors: none, not chance, n-gram overlap",
    ]


def test_info_says_when_a_protocol_is_for_an_evaluator_that_is_not_installed(install, monkeypatch):
    install("for_another", PLUGIN.replace('{"similarity": variant}', '{"absent": variant}'))
    plugins = Registry(only=["for_another"])
    monkeypatch.setattr("embkit.registry.registry", lambda: plugins)
    lines = [" ".join(line.split()) for line in command("info", "inside").stdout.splitlines()]
    assert lines[-1] == "absent No installed plugin offers this evaluator"


def test_list_shows_protocols_with_the_evaluators_they_are_for(here):
    lines = command("list", "protocols").stdout.splitlines()
    assert [line.split()[:2] for line in lines][-2:] == [
        ["inside", "similarity"], ["shrinking", "similarity"],
    ]  # fmt: skip


# what an author checks ---------------------------------------------------------------------------


@pytest.fixture
def checked(install, monkeypatch):
    """A function that checks a plugin of this source as its author would."""

    def check(source):
        monkeypatch.setenv("PYTHONPATH", install("checked_protocol", source))
        plugins = Registry(only=["checked_protocol"])
        monkeypatch.setattr("embkit.testing.registry", lambda: plugins)
        return [line for line in check_plugin("checked_protocol") if "protocol" in line]

    return check


def test_a_protocol_is_checked_as_the_evaluators_it_makes(checked):
    sound, _, other = PLUGIN.partition('    yield Protocol(name="shrinking"')
    assert other
    assert checked(sound) == [
        "checked_protocol: hooks are cheap and silent",
        "protocol inside of similarity: predicts and measures",
    ]


def test_words_that_decide_about_what_is_scored_are_found(checked):
    with pytest.raises(PluginError, match="shrinking of similarity: words decide about what is sc"):
        checked(PLUGIN)


# classification: knn, few-shot, learning-curve --------------------------------------------------


def setting(protocol, seed=0, **options):
    values = {option.name: option.default for option in protocol.options}
    return Setting(
        language=default_language("tr"), task="test/task", seed=seed, options={**values, **options}
    )


def topics(train=60, test=200, valid=0, seed=0):
    """Texts named by number, with vectors in three overlapping clouds."""
    generator = np.random.default_rng(seed)
    count = train + valid + test
    labels = generator.integers(3, size=count)
    rows = (generator.normal(size=(3, 6))[labels] + generator.normal(size=(count, 6))).astype("f4")
    texts, names = [f"t{i}" for i in range(count)], [f"topic {label}" for label in labels]
    dataset = Labelled(
        train_texts=texts[:train], train_labels=names[:train],
        valid_texts=texts[train : train + valid], valid_labels=names[train : train + valid],
        test_texts=texts[train + valid :], test_labels=names[train + valid :],
    )  # fmt: skip
    return dataset, texts, rows


def measured(protocol, dataset, vectors, **options):
    evaluator = protocol.of(CLASSIFICATION)
    return evaluator.measure(evaluator.predict(dataset, vectors, setting(protocol, **options)))


def scored_by_default(dataset, vectors):
    return CLASSIFICATION.measure(CLASSIFICATION.predict(dataset, vectors, setting(KNN)))


@pytest.mark.parametrize("protocol", embkit_protocols(), ids=lambda protocol: protocol.name)
@pytest.mark.parametrize("valid", [0, 20])
def test_a_protocol_of_classification_keeps_the_promises_of_an_evaluator(protocol, valid):
    dataset, _, _ = topics(train=40, test=30, valid=valid)
    draws = {"draws": 2} if protocol is not KNN else {}
    checked = check_evaluator(protocol.of(CLASSIFICATION), dataset, setting(protocol, **draws))
    assert checked[0] == "evaluator classification: predicts and measures"


def test_the_majority_votes_and_of_equals_the_nearest():
    near = np.array([[0, 1, 1, 2], [2, 1, 1, 2], [1, 0, 2, -1], [-1, -1, -1, -1]])
    assert votes(near, 3).tolist() == [1, 2, 1, -1]


@pytest.mark.parametrize("k", [1, 5])
def test_knn_agrees_with_scikit_learn(k):
    dataset, texts, rows = topics()
    dataset = Labelled(**{
        **{name: getattr(dataset, name) for name in ("train_texts", "test_texts")},
        # Two labels and an odd k: nothing ties.
        "train_labels": [label.replace("2", "1") for label in dataset.train_labels],
        "test_labels": [label.replace("2", "1") for label in dataset.test_labels],
    })  # fmt: skip
    model = KNeighborsClassifier(k, metric="cosine", algorithm="brute")
    expected = model.fit(rows[:60], dataset.train_labels).score(rows[60:], dataset.test_labels)
    scores = measured(KNN, dataset, Vectors(texts, rows), k=k)
    assert scores["accuracy"] == pytest.approx(expected, abs=1e-12)
    assert 0.5 < expected < 1


def test_knn_chooses_k_on_the_validation_rows():
    # Alone near each validation row is a wrong neighbour, behind it stand two right ones.
    angles = {"w1": 0.00, "r1": 0.10, "r2": 0.11, "w2": 1.50, "r3": 1.40, "r4": 1.39}
    labels = {"w1": "b", "r1": "a", "r2": "a", "w2": "a", "r3": "b", "r4": "b"}
    others = {"v1": 0.01, "v2": 1.49, "t1": 0.02, "t2": 1.48}
    points = {**angles, **others}
    rows = [[np.cos(angle), np.sin(angle)] for angle in points.values()]
    dataset = Labelled(
        train_texts=list(labels), train_labels=list(labels.values()),
        valid_texts=["v1", "v2"], valid_labels=["a", "b"],
        test_texts=["t1", "t2"], test_labels=["a", "b"],
    )  # fmt: skip
    vectors = Vectors(list(points), rows)
    assert measured(KNN, dataset, vectors, k=1)["accuracy"] == 0.0
    assert measured(KNN, dataset, vectors)["accuracy"] == 1.0


def test_knn_without_validation_leaves_a_train_row_out_of_its_own_neighbours():
    # One neighbour would be right on every train row that counts itself, and on none that does not.
    points = {"a1": 0.0, "b1": 0.1, "a2": 0.2, "b2": 0.3, "a3": 0.4, "b3": 0.5}
    rows = [[np.cos(angle), np.sin(angle)] for angle in [*points.values(), 0.11]]
    dataset = Labelled(
        train_texts=list(points), train_labels=[name[0] for name in points],
        test_texts=["t"], test_labels=["a"],
    )  # fmt: skip
    # Left out: one neighbour is right on 0 of 6 rows; of three, two are the other label at the ends
    # and inside as well; all five others are two of the own and three of the other label.
    assert measured(KNN, dataset, Vectors([*points, "t"], rows))["accuracy"] == 0.0


@pytest.mark.parametrize("k", [-1, -5])
def test_a_negative_number_of_neighbours_is_refused(k):
    dataset, texts, rows = topics()
    with pytest.raises(InvalidRequest, match=f"k is 1 or more, or 0 to choose it; got {k}"):
        measured(KNN, dataset, Vectors(texts, rows), k=k)


def test_few_shots_of_everything_are_the_default_without_validation():
    dataset, texts, rows = topics()
    vectors = Vectors(texts, rows)
    scores = measured(FEW_SHOT, dataset, vectors, shots=1000, draws=2)
    usual = scored_by_default(dataset, vectors)
    assert scores["accuracy"] == usual["accuracy"]
    assert scores["accuracy_std"] == 0.0


def test_few_shots_vary_with_the_draw_and_the_spread_is_shown():
    dataset, texts, rows = topics()
    evaluator = FEW_SHOT.of(CLASSIFICATION)
    few = setting(FEW_SHOT, shots=2, draws=4)
    predictions = evaluator.predict(dataset, Vectors(texts, rows), few)
    assert predictions["predicted"].shape == (200, 4)
    each = (predictions["predicted"] == predictions["gold"][:, None]).mean(axis=0)
    scores = evaluator.measure(predictions)
    assert scores["accuracy"] == pytest.approx(each.mean())
    assert scores["accuracy_std"] == pytest.approx(each.std())
    assert each.std() > 0.01


def test_a_draw_is_the_same_for_every_provider_and_however_many_there_are():
    from embkit.protocols.shares import _few

    dataset, _, _ = topics()
    three, five = (list(_few(dataset, setting(FEW_SHOT, draws=draws))) for draws in (3, 5))
    assert three == five[:3]
    assert len({drawn.train_texts for drawn in five}) == 5
    for drawn in five:
        assert Counter(drawn.train_labels) == {"topic 0": 8, "topic 1": 8, "topic 2": 8}
        assert set(drawn.train_texts) < set(dataset.train_texts)


@pytest.mark.parametrize("option", ["shots", "draws"])
def test_no_shots_and_no_draws_are_refused(option):
    dataset, texts, rows = topics()
    with pytest.raises(InvalidRequest, match=f"option '{option}' of the protocol is 1 or more"):
        measured(FEW_SHOT, dataset, Vectors(texts, rows), **{option: 0})


def test_a_learning_curve_ends_at_the_default_score_and_rises_to_it():
    dataset, texts, rows = topics(train=600, valid=50)
    vectors = Vectors(texts, rows)
    scores = measured(LEARNING_CURVE, dataset, vectors, draws=3)
    usual = CLASSIFICATION.measure(
        CLASSIFICATION.predict(dataset, vectors, setting(LEARNING_CURVE))
    )
    assert scores["accuracy"] == usual["accuracy"]
    assert scores["accuracy@1%"] < scores["accuracy@10%"] <= scores["accuracy"] + 0.02
    assert scores["accuracy@1%_std"] > scores["accuracy@10%_std"] > 0


def test_a_point_of_a_learning_curve_is_the_probe_on_one_per_cent_of_each_label():
    # 200 rows of a label make two at 1 %. All rows of one label are alike, so any two give the
    # same probe, which can be fitted here: C = 0.01, the least of five that are all right in folds.
    labels = ["a", "b"] * 200
    texts = [f"{label}{i}" for i, label in enumerate(labels)]
    rows = [[1.0, 0.5] if label == "a" else [-1.0, 0.5] for label in labels]
    dataset = Labelled(
        train_texts=texts, train_labels=labels, test_texts=["x", "y"], test_labels=["a", "a"]
    )
    vectors = Vectors([*texts, "x", "y"], [*rows, [0.3, 2.0], [-0.3, 2.0]])
    predictions = LEARNING_CURVE.of(CLASSIFICATION).predict(
        dataset, vectors, setting(LEARNING_CURVE, draws=3)
    )
    model = LogisticRegression(C=0.01).fit([[1, 0], [-1, 0], [1, 0], [-1, 0]], ["a", "b"] * 2)
    expected = [list("ab").index(label) for label in model.predict([[0.3, 1.5], [-0.3, 1.5]])]
    assert predictions["predicted@1%"].T.tolist() == [expected] * 3
    assert LEARNING_CURVE.of(CLASSIFICATION).measure(predictions)["accuracy@1%"] == 0.5


def test_predictions_of_protocols_survive_being_stored(tmp_path):
    dataset, texts, rows = topics()
    from embkit.predictions import Predictions

    for protocol in embkit_protocols():
        evaluator = protocol.of(CLASSIFICATION)
        draws = {"draws": 2} if protocol is not KNN else {}
        made = evaluator.predict(dataset, Vectors(texts, rows), setting(protocol, **draws))
        again = Predictions.from_arrow(made.to_arrow())
        assert evaluator.measure(again) == evaluator.measure(made)


def test_a_protocol_named_twice_names_both_plugins(install):
    install("one_protocol", PLUGIN)
    install("two_protocol", PLUGIN.replace('"letters"', '"l2"').replace('"words"', '"w2"')
            .replace('"tiny"', '"t2"'))  # fmt: skip
    with pytest.raises(PluginError, match="protocol 'inside' is offered by both 'one_protocol'"):
        Registry(only=["one_protocol", "two_protocol"])
