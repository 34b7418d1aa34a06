"""Tags of words: windows and the probe against their definitions, spans against conlleval's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from embkit import InvalidData, Setting, Tagged, Vectors
from embkit.evaluators import ENTITIES, TAGGING, linear
from embkit.evaluators.linear import Rows, Scaling, answer, fit, learn, tuned
from embkit.evaluators.tagging import _rows, spans
from embkit.evaluators.windows import OUTSIDE, SYMBOL, UNKNOWN, Windows, around
from embkit.languages import default_language
from embkit.statistics import intervals
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

NAN = float("nan")
SETTING = Setting(language=default_language("mr"), task="test/task")


def scored(evaluator, dataset, vectors, setting=SETTING):
    return evaluator.measure(evaluator.predict(dataset, vectors, setting))


# the probe -------------------------------------------------------------------------------------


def test_the_probe_agrees_with_scikit_learn(monkeypatch):
    monkeypatch.setattr(linear, "_FLAT", 1e-6)
    generator = np.random.default_rng(0)
    x = generator.normal(size=(200, 6)).astype(np.float32)
    y = np.argmax(x[:, :4] + generator.normal(size=(200, 4)), axis=1)
    for strength in (0.01, 1.0):
        weights = fit(Rows(x), y, 4, strength)
        reference = LogisticRegression(C=strength, tol=1e-8, max_iter=5000).fit(x, y)
        # Softmax is blind to what all classes share; the penalty alone makes coefficients sum to 0.
        shared = reference.intercept_ - reference.intercept_.mean()
        np.testing.assert_allclose(weights[:-1].T, reference.coef_, atol=1e-3)
        np.testing.assert_allclose(weights[-1] - weights[-1].mean(), shared, atol=1e-3)
        assert (answer(Rows(x), weights) == reference.predict(x)).all()


def test_stopping_early_costs_no_accuracy(monkeypatch):
    generator = np.random.default_rng(1)
    x = generator.normal(size=(2000, 30)).astype(np.float32)
    y = np.argmax(x[:, :5] + generator.normal(size=(2000, 5)), axis=1)
    train, test = Rows(x[:1000]), Rows(x[1000:])
    early = (answer(test, fit(train, y[:1000], 5, 1.0)) == y[1000:]).mean()
    monkeypatch.setattr(linear, "_FLAT", 1e-7)
    late = (answer(test, fit(train, y[:1000], 5, 1.0)) == y[1000:]).mean()
    assert early == pytest.approx(late, abs=0.005)


def test_scaling_agrees_with_scikit_learn_and_counts_rows_as_often_as_they_stand():
    rows = np.random.default_rng(2).normal(size=(5, 3)).astype(np.float32)
    rows[:, 2] = 7
    times = np.array([1, 3, 0, 2, 1])
    expected = StandardScaler().fit(np.repeat(rows, times, axis=0)).transform(rows)
    assert Scaling(rows, times)(rows) == pytest.approx(expected, abs=1e-5)


def test_the_strength_is_the_least_of_the_most_accurate_on_held_out_rows():
    generator = np.random.default_rng(3)
    x = generator.normal(size=(60, 40)).astype(np.float32)
    y = (x[:, 0] + generator.normal(0, 2, 60) > 0).astype(np.int64)
    held_x, held_y = Rows(x[30:]), y[30:]
    accuracies, weights = [], None
    for strength in (0.01, 0.1, 1.0):
        weights = fit(Rows(x[:30]), y[:30], 2, strength, weights)
        accuracies.append((answer(held_x, weights) == held_y).mean())
    best = max(accuracies[:2]) if accuracies[1] < accuracies[0] else max(accuracies)
    chosen, strength = tuned(Rows(x[:30]), y[:30], 2, held_x, held_y)
    assert strength == (0.01, 0.1, 1.0)[accuracies.index(best)]
    assert (answer(held_x, chosen) == held_y).mean() == best


def test_without_validation_rows_a_fifth_of_the_groups_is_held_out_whole():
    asked = []
    x = np.random.default_rng(4).normal(size=(40, 3)).astype(np.float32)
    groups = np.arange(40) // 4
    y = (x[:, 0] > 0).astype(np.int64)

    def design(positions):
        asked.append(positions.tolist())
        return Rows(x[positions])

    none = np.empty(0, dtype=np.int64)
    learn(design, y, 2, np.arange(40), none, groups, np.random.default_rng(5))
    kept, held, all_of_them = asked
    assert sorted(kept + held) == all_of_them == list(range(40))
    assert len(set(groups[held])) == 2
    assert not set(groups[held]) & set(groups[kept])


# windows ---------------------------------------------------------------------------------------


def test_the_neighbours_of_a_word_end_where_its_sentence_does():
    rows = np.array([5, UNKNOWN, 7, 8])
    assert around(rows, [3, 1], 1).tolist() == [
        [OUTSIDE, 5, UNKNOWN],
        [5, UNKNOWN, 7],
        [UNKNOWN, 7, OUTSIDE],
        [OUTSIDE, 8, OUTSIDE],
    ]
    assert around(rows, [3, 1], 0).tolist() == [[5], [UNKNOWN], [7], [8]]


def test_windows_multiply_as_the_array_they_stand_for():
    generator = np.random.default_rng(6)
    table = generator.normal(size=(4, 2)).astype(np.float32)
    places = np.array([[0, 3, UNKNOWN], [OUTSIDE, 3, SYMBOL], [1, 0, 3]])
    zero = [0, 0]
    array = np.array(
        [
            [*table[0], *table[3], *zero, 0, 0, 1, 0, 0, 0, 0, 0, 0],
            [*zero, *table[3], *zero, 0, 0, 0, 0, 0, 1, 1, 0, 0],
            [*table[1], *table[0], *table[3], 0, 0, 0, 0, 0, 0, 0, 0, 0],
        ]
    )
    windows = Windows(table, places)
    assert windows.shape == array.shape
    weights, residuals = generator.normal(size=(15, 5)), generator.normal(size=(3, 5))
    assert windows @ weights.astype(np.float32) == pytest.approx(array @ weights, abs=1e-5)
    found = windows.transposed(residuals.astype(np.float32))
    assert found == pytest.approx(array.T @ residuals, abs=1e-5)


# tagging ---------------------------------------------------------------------------------------

# A word's tag is its first letter; c is tagged as the word before it, so it takes a window.
WORDS = {"a1": [1, 0, 0], "a2": [1, 0, 0.2], "b1": [0, 1, 0], "b2": [0, 1, 0.2], "c": [0, 0, 1]}
VECTORS = Vectors(list(WORDS), list(WORDS.values()))
TRAIN = [["a1", "c"], ["b1", "c"], ["c", "a1"], ["c", "b1"]] * 20
LETTERS = Tagged(
    train_sentences=TRAIN, train_tags=[["A", "A"], ["B", "B"], ["C", "A"], ["C", "B"]] * 20,
    test_sentences=[["a1", "c"], ["c", "b2"], ["b1", "c"]],
    test_tags=[["A", "A"], ["C", "B"], ["B", "B"]],
)  # fmt: skip


def test_a_word_is_tagged_by_itself_and_its_neighbours():
    assert scored(TAGGING, LETTERS, VECTORS) == {
        "accuracy": 1.0,
        "accuracy_seen": 1.0,
        "accuracy_unseen": 1.0,
        "macro_f1": 1.0,
    }


def test_without_a_window_a_word_alone_cannot_tell():
    alone = Setting(language=SETTING.language, task="t", options={"window": 0})
    predictions = TAGGING.predict(LETTERS, VECTORS, alone)
    wrong = np.flatnonzero(predictions["gold"] != predictions["predicted"])
    assert set(wrong) < {1, 2, 5}


def test_seen_words_are_those_that_stand_in_train():
    predictions = TAGGING.predict(LETTERS, VECTORS, SETTING)
    assert predictions["seen"].tolist() == [True, True, True, False, True, True]
    assert predictions.unit.tolist() == [0, 0, 1, 1, 2, 2]


def test_a_word_without_a_vector_is_wrong_and_its_neighbour_is_still_tagged():
    known = {word: row for word, row in WORDS.items() if word != "b2"}
    predictions = TAGGING.predict(LETTERS, Vectors(list(known), list(known.values())), SETTING)
    assert predictions.known.tolist() == [True, True, True, False, True, True]
    assert predictions["predicted"][3] == -1
    assert (predictions["predicted"][[0, 1, 4, 5]] == predictions["gold"][[0, 1, 4, 5]]).all()


def with_full_stops(dataset: Tagged) -> Tagged:
    change = {}
    for split in ("train", "test"):
        for field, item in (("sentences", "."), ("tags", "PUNCT")):
            rows = getattr(dataset, f"{split}_{field}")
            change[f"{split}_{field}"] = [(*row, item) for row in rows]
    return replace(dataset, **change)


def test_punctuation_without_a_vector_is_no_gap_in_a_vocabulary():
    predictions = TAGGING.predict(with_full_stops(LETTERS), VECTORS, SETTING)
    assert predictions.known.all()
    assert TAGGING.measure(predictions)["accuracy"] == 1.0


def test_an_embedder_that_knows_no_word_gets_no_punctuation_right():
    nothing = Vectors(list(WORDS), np.full((5, 3), NAN))
    predictions = TAGGING.predict(with_full_stops(LETTERS), nothing, SETTING)
    assert not predictions.known.any()
    assert set(TAGGING.measure(predictions).values()) == {0.0}


def test_no_padding_counts_whatever_the_lengths_of_sentences():
    long = replace(LETTERS, test_sentences=[["a1"], ["b1"] * 99], test_tags=[["A"], ["B"] * 99])
    assert len(TAGGING.predict(long, VECTORS, SETTING)) == long.items == 100
    floor = TAGGING.floors["majority"](replace(long, train_tags=[["B", "A"]] * 80), SETTING)
    # In train A is as frequent as B and stands before it; it is right on one word.
    assert TAGGING.measure(floor)["accuracy"] == 0.01


def test_the_order_of_sentences_changes_no_tag():
    turned = replace(
        LETTERS,
        test_sentences=LETTERS.test_sentences[::-1],
        test_tags=LETTERS.test_tags[::-1],
    )
    assert scored(TAGGING, turned, VECTORS) == scored(TAGGING, LETTERS, VECTORS)
    alone = replace(LETTERS, test_sentences=[["b1", "c"]], test_tags=[["B", "B"]])
    together = TAGGING.predict(LETTERS, VECTORS, SETTING)["predicted"][4:]
    predictions = TAGGING.predict(alone, VECTORS, SETTING)
    names = ["A", "B", "C"]
    assert [names[i] for i in predictions["predicted"]] == [names[i] for i in together]


def test_words_in_context_are_tagged_by_their_vectors_there():
    data = Tagged(
        train_sentences=[("x", "y"), ("y", "x")], train_tags=[["A", "B"], ["A", "B"]],
        valid_sentences=[("x", "y")], valid_tags=[["A", "B"]],
        test_sentences=[("x", "x")], test_tags=[["A", "B"]],
    )  # fmt: skip
    place = np.array([[1, 0.5], [-1, 0.5]], np.float32)
    vectors = Vectors([], np.empty((0, 2)), sentences=dict.fromkeys(data.needed_sentences, place))
    assert scored(TAGGING, data, vectors)["accuracy"] == 1.0


def test_a_tag_that_train_lacks_is_wrong_and_an_item():
    data = replace(LETTERS, test_tags=[["A", "A"], ["C", "Z"], ["B", "B"]])
    assert scored(TAGGING, data, VECTORS)["accuracy"] == pytest.approx(5 / 6)


def test_floors_are_the_most_frequent_tag_of_all_of_the_word_and_of_its_ending():
    data = Tagged(
        train_sentences=[["kalem", "kalem", "kalem", "evler", "Evlerde"]],
        train_tags=[["N", "N", "V", "P", "L"]],
        test_sentences=[["kalem", "KİTAPLAR", "otelde", "xyz", "nem"]],
        test_tags=[["N", "N", "N", "N", "N"]],
    )
    turkish = Setting(language=default_language("tr"), task="t")
    names = ["L", "N", "P", "V"]

    def floor(name):
        return [names[i] for i in TAGGING.floors[name](data, turkish)["predicted"]]

    assert floor("majority") == ["N"] * 5
    # "r" ends evler alone; "de" ends Evlerde; nothing of train ends in z; "em" ends kalem.
    assert floor("word and suffix") == ["N", "P", "L", "N", "N"]


# entities --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tags", "entities"),
    [
        ("O O", set()),
        ("B-P I-P O", {(0, 2, "P")}),
        ("B-P B-P", {(0, 1, "P"), (1, 2, "P")}),
        ("I-P I-P I-L", {(0, 2, "P"), (2, 3, "L")}),
        ("O I-P O", {(1, 2, "P")}),
        ("B-P I-L", {(0, 1, "P"), (1, 2, "L")}),
        ("B-P O I-P", {(0, 1, "P"), (2, 3, "P")}),
    ],
)
def test_an_inside_tag_begins_an_entity_where_none_of_its_type_goes_on(tags, entities):
    assert spans(tags.split()) == entities


def conlleval(tags):
    """Entities by conlleval's two rules of where a chunk ends and where one starts."""
    found, start = set(), None
    before, old = "O", ""
    for place, tag in enumerate([*tags, "O"]):
        part, kind = [*tag.split("-"), ""][:2]
        ends = before != "O" and (part in ("B", "O") or kind != old)
        starts = part == "B" or (part == "I" and (before == "O" or kind != old))
        if ends:
            found.add((start, place, old))
        if starts:
            start = place
        before, old = part, kind
    return found


def test_spans_agree_with_the_rules_of_conlleval_on_any_tags():
    generator = np.random.default_rng(7)
    for _ in range(500):
        tags = generator.choice(["O", "B-P", "I-P", "B-L", "I-L"], size=8).tolist()
        assert spans(tags) == conlleval(tags)


NAMES = Tagged(
    train_sentences=[["x", "y"]], train_tags=[["B-P", "O"]],
    test_sentences=[["Ada", "Naz", "geldi"], ["Can", "Ali"], ["Van"]],
    test_tags=[["B-P", "I-P", "O"], ["B-P", "B-P"], ["B-L"]],
    scheme="IOB",
)  # fmt: skip


def predicted(tags):
    """The predictions of an embedder whose words are tagged so."""
    tags = [tag for row in tags for tag in row.split()]
    return _rows(NAMES, tags, np.ones(6, dtype=bool))


def test_an_entity_counts_as_a_whole():
    # Gold: Ada Naz, Can, Ali, Van. Found: Ada alone, Can Ali as one, Van as a place: one is right.
    scores = ENTITIES.measure(predicted(["B-P O O", "B-P I-P", "I-L"]))
    assert scores["span_precision"] == pytest.approx(1 / 3)
    assert scores["span_recall"] == pytest.approx(1 / 4)
    assert scores["span_f1"] == pytest.approx(2 / 7)
    assert scores["accuracy"] == pytest.approx(3 / 6)


def test_an_entity_of_another_type_or_none_is_not_right():
    assert ENTITIES.measure(predicted(["O O O", "O O", "B-P"]))["span_f1"] == 0.0
    assert ENTITIES.measure(predicted(["O O O", "O O", "O"]))["span_f1"] == 0.0


def test_sentences_are_drawn_whole_and_their_entities_with_them():
    predictions = predicted(["B-P I-P O", "B-P O", "B-L"])
    twice = predictions.take([0, 0, 1, 1, 2, 2, 5, 5])
    # Two sentences, each twice, all three entities right, in whatever order the words stand.
    assert ENTITIES.measure(twice)["span_f1"] == 1.0
    low, high = intervals(ENTITIES.measure, predictions, np.random.default_rng(0))["span_f1"]
    assert 0 <= low < high <= 1


def test_the_constant_tagger_finds_no_entity_however_right_its_tags():
    train = {"train_sentences": [["x", "y", "z"]], "train_tags": [["O", "O", "B-P"]]}
    data = replace(NAMES, **train, test_tags=[["O"] * 3, ["O"] * 2, ["B-P"]])
    scores = ENTITIES.measure(ENTITIES.floors["majority"](data, SETTING))
    assert (scores["accuracy"], scores["span_f1"]) == (pytest.approx(5 / 6), 0.0)


def test_entities_need_a_scheme():
    floor = ENTITIES.floors["majority"](LETTERS, SETTING)
    with pytest.raises(InvalidData, match="scheme IO or IOB; this dataset has none"):
        ENTITIES.measure(floor)
