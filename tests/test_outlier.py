"""Outliers and categories on cases checked by hand, and against plain numpy."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from embkit import Groups, InvalidData, Predictions, Setting, Vectors
from embkit.evaluators import CATEGORISATION, CLUSTERING, OUTLIER, outlier
from embkit.languages import default_language
from sklearn.datasets import make_blobs
from sklearn.metrics.cluster import contingency_matrix

SETTING = Setting(language=default_language("tr"), task="test/task")
FRUIT = ["elma", "armut", "kiraz"]
CITIES = ["bursa", "konya"]
GROUPS = Groups(texts=[*FRUIT, *CITIES], labels=["fruit"] * 3 + ["city"] * 2)


def directions(angles):
    turned = np.deg2rad(list(angles.values()))
    return Vectors(list(angles), np.stack([np.cos(turned), np.sin(turned)], axis=1))


def columns(predictions, *names):
    return [predictions[name].tolist() for name in names]


def test_each_text_is_once_the_outlier_among_another_group():
    vectors = directions({"elma": 0, "armut": 10, "kiraz": 20, "bursa": 90, "konya": 100})
    predictions = OUTLIER.predict(GROUPS, vectors, SETTING)
    # A fruit among two cities is last of three, position 2; a city among three fruits position 3.
    assert columns(predictions, "position", "members") == [[2, 2, 2, 3, 3]] * 2
    assert OUTLIER.measure(predictions) == {"accuracy": 1.0, "opp": 1.0}


def test_the_position_counts_the_members_that_are_closer_to_the_set():
    vectors = directions({"elma": 0, "armut": 10, "kiraz": 80, "bursa": 50, "konya": 180})
    predictions = OUTLIER.predict(GROUPS, vectors, SETTING)
    # Sums of cosines among elma, armut, kiraz: of bursa 0.64 + 0.77 + 0.87 = 2.28 is the largest;
    # konya's are all negative but kiraz' -0.17. Among bursa and konya: elma 0.64 - 1 = -0.36,
    # bursa 0, konya -1.64, so one member is closer; armut 0.77 - 0.98, and kiraz 0.87 - 0.17.
    assert columns(predictions, "position")[0][3:] == [0, 3]
    assert columns(predictions, "position")[0][:3] == [1, 1, 0]
    assert OUTLIER.measure(predictions) == {"accuracy": 0.2, "opp": (0.5 + 0.5 + 0 + 0 + 1) / 5}


def test_members_as_close_as_the_outlier_are_no_closer():
    same = Vectors(GROUPS.texts, np.full((5, 3), 0.1))
    assert columns(OUTLIER.predict(GROUPS, same, SETTING), "position") == [[0] * 5]


def test_a_set_with_an_unknown_text_is_wrong_and_shows_in_coverage():
    vectors = directions({"elma": 0, "armut": 10, "kiraz": 20, "bursa": 90})
    predictions = OUTLIER.predict(GROUPS, vectors, SETTING)
    assert predictions.known.tolist() == [False, False, False, True, False]
    assert OUTLIER.measure(predictions) == {"accuracy": 0.2, "opp": 0.2}


def test_sets_of_one_group_are_drawn_together():
    predictions = OUTLIER.predict(GROUPS, directions(dict.fromkeys(GROUPS.texts, 1)), SETTING)
    assert predictions.unit.tolist() == [0, 0, 0, 1, 1]


def test_a_set_has_eight_members_or_all_and_nothing_of_the_outliers_group():
    letters, ends = list("abcdefghijklmnop"), list("xyza")
    data = Groups(
        texts=[*letters, *ends, "1", "2"], labels=["letter"] * 16 + ["end"] * 4 + ["digit"] * 2
    )
    for text, label, (host, members) in zip(
        data.texts, data.labels, outlier._sets(data, SETTING), strict=True
    ):
        of_host = {t for t, own in zip(data.texts, data.labels, strict=True) if own == host}
        if {host, label} == {"letter", "end"}:
            of_host.remove("a")
        assert host != label and set(members) <= of_host
        assert len(set(members)) == len(members) == min(8, len(of_host))
        assert text != "a" or host == "digit"


def test_a_text_that_can_be_no_outlier_is_named():
    data = Groups(texts=["a", "b", "c"], labels=["x", "x", "y"])
    with pytest.raises(InvalidData, match="among which 'a' of group 'x' could be the outlier"):
        OUTLIER.predict(data, directions({"a": 1, "b": 2, "c": 3}), SETTING)


def test_it_agrees_with_compactness_as_it_was_published():
    points, labels = make_blobs(60, 5, centers=4, cluster_std=6, random_state=0)
    texts = [f"t{i}" for i in range(60)]
    data = Groups(texts=texts, labels=[str(label) for label in labels])
    units = points / np.linalg.norm(points, axis=1, keepdims=True)
    unit = dict(zip(texts, units, strict=True))
    expected = []
    for text, (_, members) in zip(texts, outlier._sets(data, SETTING), strict=True):
        words = [*members, text]
        compactness = {}
        for word in words:
            rest = [unit[other] for other in words if other != word]
            compactness[word] = np.mean([a @ b for a, b in permutations(rest, 2)])
        ranked = sorted(words, key=compactness.__getitem__)
        expected.append(ranked.index(text))
    predictions = OUTLIER.predict(data, Vectors(texts, points), SETTING)
    assert predictions["position"].tolist() == expected
    assert len(set(expected)) > 4
    scores = OUTLIER.measure(predictions)
    assert scores["opp"] == pytest.approx(np.mean(expected) / 8)


def test_the_floor_of_chance_finds_one_outlier_of_nine():
    data = Groups(texts=[f"t{i}" for i in range(2000)], labels=["a", "b"] * 1000)
    scores = OUTLIER.measure(OUTLIER.floors["chance"](data, SETTING))
    assert scores["accuracy"] == pytest.approx(1 / 9, abs=0.02)
    assert scores["opp"] == pytest.approx(0.5, abs=0.02)


def test_the_floor_of_spelling_tells_words_by_their_letters():
    data = Groups(texts=["evler", "İLLER", "eller", "masada", "rafta"], labels=list("aaabb"))
    scores = OUTLIER.measure(OUTLIER.floors["n-gram cosine"](data, SETTING))
    assert scores["accuracy"] >= 0.8


# categories ------------------------------------------------------------------------------------


def pure(gold, clusters, known=None):
    predictions = Predictions(
        {"gold": np.array(gold), "clusters": np.array(clusters)},
        unit=np.arange(len(gold)), known=np.ones(len(gold)) if known is None else known,
    )  # fmt: skip
    return CATEGORISATION.measure(predictions)


def test_purity_is_the_share_of_the_largest_group_of_each_cluster():
    # Three of four in the first cluster, two of two in the second; of the second run three of six.
    runs = [[0, 0], [0, 0], [0, 0], [0, 0], [1, 0], [1, 0]]
    scores = pure([0, 0, 0, 1, 1, 1], runs)
    assert scores["purity"] == pytest.approx((5 / 6 + 3 / 6) / 2)
    assert scores["purity_std"] == pytest.approx(1 / 6)


def test_a_text_without_a_vector_is_in_no_cluster():
    scores = pure([0, 0, 1, 1], [[0], [0], [2], [2]], known=[True, True, False, False])
    assert scores["purity"] == 0.5


def test_purity_agrees_with_counting_by_scikit_learn():
    generator = np.random.default_rng(0)
    gold, clusters = generator.integers(5, size=200), generator.integers(7, size=200)
    expected = contingency_matrix(gold, clusters).max(axis=0).sum() / 200
    assert pure(gold, clusters[:, None])["purity"] == pytest.approx(expected)


def test_categories_are_the_clusters_of_clustering():
    vectors = directions({"elma": 0, "armut": 10, "kiraz": 20, "bursa": 90, "konya": 100})
    first, second = (e.predict(GROUPS, vectors, SETTING) for e in (CATEGORISATION, CLUSTERING))
    assert np.array_equal(first["clusters"], second["clusters"])
    assert CATEGORISATION.measure(first)["purity"] == 1.0
