"""Probes of words and pairs, and relations, on cases checked by hand and against scikit-learn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from embkit import Labelled, Relations, Setting, Vectors
from embkit.evaluators import PAIR_PROBING, PROBING, RELATION, linear
from embkit.evaluators.probing import Items
from embkit.languages import default_language
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

NAN = float("nan")
SETTING = Setting(language=default_language("tr"), task="test/task")


def scored(evaluator, dataset, vectors):
    return evaluator.measure(evaluator.predict(dataset, vectors, SETTING))


def columns(predictions, *names):
    return [predictions[name].tolist() for name in names]


# words -----------------------------------------------------------------------------------------

WORDS = [f"w{i}" for i in range(60)]
SIDES = ["left" if i % 2 else "right" for i in range(60)]
ROWS = np.array([[-1.0 if i % 2 else 1.0, 0.01 * i] for i in range(60)])
CASES = Labelled(
    train_texts=WORDS[:40], train_labels=SIDES[:40], valid_texts=WORDS[40:50],
    valid_labels=SIDES[40:50], test_texts=WORDS[50:], test_labels=SIDES[50:],
)  # fmt: skip


def test_what_a_vector_holds_is_read_out():
    scores = scored(PROBING, CASES, Vectors(WORDS, ROWS))
    assert (scores["accuracy"], scores["macro_f1"]) == (1.0, 1.0)


def test_a_probe_is_logistic_regression_on_standardised_vectors(monkeypatch):
    monkeypatch.setattr(linear, "_FLAT", 1e-6)
    generator = np.random.default_rng(0)
    x = generator.normal(2, 3, size=(300, 10)).astype(np.float32)
    labels = np.array(list("abc"))[np.argmax(x[:, :3] + generator.normal(0, 3, (300, 3)), axis=1)]
    texts = [f"t{i}" for i in range(300)]
    data = Labelled(
        train_texts=texts[:150], train_labels=labels[:150].tolist(),
        valid_texts=texts[150:200], valid_labels=labels[150:200].tolist(),
        test_texts=texts[200:], test_labels=labels[200:].tolist(),
    )  # fmt: skip
    scaler = StandardScaler().fit(x[:150])
    train, valid, test = (scaler.transform(part) for part in (x[:150], x[150:200], x[200:]))
    models = [
        LogisticRegression(C=c, tol=1e-8, max_iter=5000).fit(train, labels[:150])
        for c in (0.01, 0.1, 1.0)
    ]
    scores = [model.score(valid, labels[150:200]) for model in models]
    best = models[int(np.argmax(scores))]
    predictions = PROBING.predict(data, Vectors(texts, x), SETTING)
    assert [list("abc")[i] for i in predictions["predicted"]] == best.predict(test).tolist()


def test_the_control_task_gives_a_word_one_label_wherever_it_stands():
    texts = ["x", "y"] * 30
    data = Labelled(
        train_texts=texts, train_labels=["a", "b", "b"] * 20,
        test_texts=texts, test_labels=["a"] * 60,
    )  # fmt: skip
    predictions = PROBING.predict(data, Vectors(["x", "y"], [[1, 0], [0, 1]]), SETTING)
    control, learnt = columns(predictions, "control_gold", "control_predicted")
    assert len({(word, label) for word, label in zip(texts, control, strict=True)}) == 2
    # Words that recur can be learnt by heart, so the probe is not selective at all.
    assert learnt == control
    scores = PROBING.measure(predictions)
    assert scores["selectivity"] == pytest.approx(scores["accuracy"] - 1)


def test_random_labels_of_new_words_cannot_be_learnt():
    generator = np.random.default_rng(1)
    texts = [f"t{i}" for i in range(800)]
    x = generator.normal(size=(800, 5))
    labels = np.where(x[:, 0] > 0, "a", "b").tolist()
    data = Labelled(
        train_texts=texts[:400], train_labels=labels[:400], test_texts=texts[400:],
        test_labels=labels[400:],
    )  # fmt: skip
    scores = scored(PROBING, data, Vectors(texts, x))
    assert scores["accuracy"] > 0.95
    assert scores["selectivity"] == pytest.approx(0.5, abs=0.08)


def test_a_word_without_a_vector_is_wrong_in_both_tasks():
    rows = ROWS.copy()
    rows[[3, 41, 50, 51]] = NAN
    predictions = PROBING.predict(CASES, Vectors(WORDS, rows), SETTING)
    assert predictions.known.tolist() == [False] * 2 + [True] * 8
    for name in ("predicted", "control_predicted"):
        assert predictions[name][:2].tolist() == [-1, -1]
    assert PROBING.measure(predictions)["accuracy"] == 0.8


def test_rows_of_one_word_are_drawn_together():
    data = replace(CASES, test_texts=["w50", "w51", "w50"], test_labels=["right", "left", "right"])
    assert PROBING.predict(data, Vectors(WORDS, ROWS), SETTING).unit.tolist() == [0, 1, 0]


def test_a_label_of_validation_alone_is_no_label_of_test():
    items = Items.of(replace(CASES, valid_labels=["other"] * 10))
    assert items.names == ["left", "right"]
    assert items.codes[40:50].tolist() == [-1] * 10


def test_floors_are_the_most_frequent_label_and_the_spelling():
    data = Labelled(
        train_texts=["evler", "evlerde", "atlar", "atlarda", "otlar", "otlarda", "eller"],
        train_labels=["nom", "loc", "nom", "loc", "nom", "loc", "nom"],
        test_texts=["kızlar", "kızlarda"], test_labels=["nom", "loc"],
    )  # fmt: skip
    accuracy = {
        name: PROBING.measure(floor(data, SETTING))["accuracy"]
        for name, floor in PROBING.floors.items()
    }
    assert accuracy == {"majority": 0.5, "char TF-IDF": 1.0}


def test_the_spelling_of_a_word_is_that_of_scikit_learn():
    generator = np.random.default_rng(2)
    texts = ["".join(generator.choice(list("abcdef"), 5)) for _ in range(200)]
    labels = ["x" if "a" in text else "y" if "b" in text else "z" for text in texts]
    data = Labelled(
        train_texts=texts[:150], train_labels=labels[:150], test_texts=texts[150:],
        test_labels=labels[150:],
    )  # fmt: skip
    features = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    model = LogisticRegression(C=3, max_iter=1000).fit(
        features.fit_transform(texts[:150]), labels[:150]
    )
    expected = model.predict(features.transform(texts[150:]))
    floor = PROBING.floors["char TF-IDF"](data, SETTING)
    assert ["xyz"[i] for i in floor["predicted"]] == expected.tolist()


# pairs -----------------------------------------------------------------------------------------


def pairs(first, second, labels, cut) -> Relations:
    return Relations(
        train_first=first[:cut], train_second=second[:cut], train_labels=labels[:cut],
        test_first=first[cut:], test_second=second[cut:], test_labels=labels[cut:],
    )  # fmt: skip


def test_whether_two_vectors_agree_in_a_direction_is_read_out_of_their_product():
    generator = np.random.default_rng(3)
    signs = generator.choice([-1.0, 1.0], size=(400, 3))
    words = [f"w{i}" for i in range(400)]
    first, second = words[:200], words[200:]
    labels = ["same" if signs[i, 0] == signs[200 + i, 0] else "other" for i in range(200)]
    data = pairs(first, second, labels, 120)
    vectors = Vectors(words, signs + generator.normal(0, 0.1, signs.shape))
    # Linear in both words it could not be told: agreement is an exclusive or.
    assert scored(PAIR_PROBING, data, vectors)["accuracy"] == 1.0
    assert scored(RELATION, data, vectors)["accuracy"] < 0.7


def test_a_pair_with_an_unknown_word_is_wrong():
    data = pairs(["a", "b"] * 10, ["b", "a"] * 10, ["x", "y"] * 10, 16)
    data = replace(data, test_second=["b", "a", "nowhere", "a"])
    for evaluator in (PAIR_PROBING, RELATION):
        predictions = evaluator.predict(data, Vectors(["a", "b"], [[1, 0], [0, 1]]), SETTING)
        assert predictions.known.tolist() == [True, True, False, True]
        assert evaluator.measure(predictions)["accuracy"] == 0.75


def test_pairs_are_drawn_by_the_word_that_repeats():
    first, second = ["t", "t", "a", "b", "b", "c"], ["t", "t", "x", "x", "y", "x"]
    data = pairs(first, second, ["p", "q"] * 3, 2)
    vectors = Vectors(list("tabcxy"), np.eye(6))
    assert RELATION.predict(data, vectors, SETTING).unit.tolist() == [0, 0, 1, 0]


# relations -------------------------------------------------------------------------------------

KINDS = {"x0": [1, 0], "x1": [1, 0.1], "k": [0, 1], "m": [0, -1], "y0": [1, 0.2]}
TYPICAL = Relations(
    train_first=["x0", "x1"] * 10, train_second=["k", "k", "m", "m"] * 5,
    train_labels=["kind", "kind", "part", "part"] * 5,
    test_first=["y0", "y0", "x0"], test_second=["k", "m", "m"],
    test_labels=["kind", "part", "part"],
)  # fmt: skip


def test_what_the_second_word_tells_alone_stands_beside_the_score():
    scores = scored(RELATION, TYPICAL, Vectors(list(KINDS), list(KINDS.values())))
    assert scores["accuracy"] == scores["accuracy_second"] == 1.0


def test_a_relation_that_both_words_make_is_not_told_by_the_second():
    generator = np.random.default_rng(4)
    size = generator.normal(size=400)
    words = [f"w{i}" for i in range(400)]
    labels = ["smaller" if size[i] < size[i + 200] else "larger" for i in range(200)]
    data = pairs(words[:200], words[200:], labels, 120)
    scores = scored(RELATION, data, Vectors(words, np.stack([size, np.ones(400)], axis=1)))
    assert scores["accuracy"] > 0.95
    assert scores["accuracy_second"] < 0.85


def test_new_pairs_are_those_neither_word_of_which_stands_in_train():
    data = replace(TYPICAL, test_second=["k", "y0", "m"])
    predictions = RELATION.predict(data, Vectors(list(KINDS), list(KINDS.values())), SETTING)
    assert predictions["new"].tolist() == [False, True, False]


def test_the_floor_of_the_second_word_sees_nothing_else():
    data = Relations(
        train_first=["abc", "bcd"], train_second=["zzz", "yyy"], train_labels=["p", "q"],
        test_first=["bcd", "abc"], test_second=["zzy", "yyz"], test_labels=["p", "q"],
    )  # fmt: skip
    turned = replace(data, test_first=["abc", "bcd"])
    floor = RELATION.floors["second word"]
    assert floor(data, SETTING)["predicted"].tolist() == [0, 1]
    assert floor(turned, SETTING)["predicted"].tolist() == [0, 1]
