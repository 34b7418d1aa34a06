"""Sets of texts are clustered one by one; the groupings are the published ones."""

from __future__ import annotations

import numpy as np
import pytest
from embkit import Setting, Vectors
from embkit.errors import InvalidData
from embkit.registry import registry
from embkit.testing import check_evaluator
from embkit_built.grouping import SET_CLUSTERING, GroupSets
from embkit_built.groupings import GROUPINGS, clustering_p2p, clustering_s2s

# Two sets of four: in the first the groups lie apart, in the second across.
TEXTS = ("a", "b", "c", "d")
ROWS = np.array([(1, 0), (1, 0.1), (0, 1), (0.1, 1)], dtype=np.float32)
SIZES = (
    [196] * 4 + [116] * 6 + [140] * 3 + [106] * 3 + [217] * 2 + [569] * 2 + [366] * 2 + [452] * 3
)


@pytest.fixture(scope="module")
def setting():
    return Setting(language=registry().language("en"), task="built/test")


@pytest.fixture(scope="module")
def real(shared):
    paths = shared / "ifc_entities.csv", shared / "uniclass_entities.csv"
    return clustering_s2s(*paths), clustering_p2p(*paths)


def two_sets():
    return GroupSets(sets=[TEXTS, TEXTS], labels=["xxyy", "xyxy"])


def test_the_score_is_the_mean_over_sets(setting):
    predictions = SET_CLUSTERING.predict(two_sets(), Vectors(TEXTS, ROWS), setting)
    assert predictions["v_measure"].tolist() == [[1.0] * 10, [0.0] * 10]
    assert SET_CLUSTERING.measure(predictions) == {"v_measure": 0.5, "v_measure_std": 0.0}


def test_samples_of_sets_are_measured_as_one_by_one(setting):
    generator = np.random.default_rng(0)
    predictions = SET_CLUSTERING.predict(
        two_sets(), Vectors(TEXTS, generator.normal(size=(4, 8)).astype(np.float32)), setting
    )
    weights = np.array([[2, 0], [1, 1], [0, 2]])
    many = SET_CLUSTERING.measure_samples(predictions, weights)
    for number, rows in enumerate(([0, 0], [0, 1], [1, 1])):
        single = SET_CLUSTERING.measure(predictions.take(rows))
        assert single == pytest.approx({name: many[name][number] for name in single})


def test_a_set_with_an_unknown_text_is_not_known(setting):
    rows = ROWS.copy()
    rows[3] = np.nan
    other = GroupSets(sets=[TEXTS, "abc"], labels=["xxyy", "xxy"])
    predictions = SET_CLUSTERING.predict(other, Vectors(TEXTS, rows), setting)
    assert predictions.known.tolist() == [False, True]
    assert predictions["v_measure"][1].tolist() == [1.0] * 10


def test_the_evaluator_keeps_its_promises(setting):
    assert check_evaluator(SET_CLUSTERING, two_sets(), setting) == [
        "evaluator set-clustering: predicts and measures",
        "evaluator set-clustering: 2 floors",
    ]


@pytest.mark.parametrize(
    ("labels", "message"),
    [("xxy", "set 1 has 3 labels for 4 texts"), ("xxxx", "set 1 is of one group")],
)
def test_a_set_that_cannot_be_parted_is_refused(labels, message):
    with pytest.raises(InvalidData, match=message):
        GroupSets(sets=[TEXTS], labels=[labels])


def test_the_25_sets_are_as_large_as_the_published_first_ones(real):
    for dataset in real:
        assert [len(texts) for texts in dataset.sets] == SIZES
        assert all(len(set(texts)) == len(texts) for texts in dataset.sets)
        assert [len(set(labels)) for labels in dataset.labels] == [
            len(grouping.labels) for grouping in GROUPINGS for _ in range(grouping.sets)
        ]


def test_a_large_label_gives_each_set_other_texts_and_a_small_one_the_same(real):
    titles, _ = real

    def texts(number, label):
        pairs = zip(titles.sets[number], titles.labels[number], strict=True)
        return {text for text, own in pairs if own == label}

    assert not texts(4, "IfcDistributionElement") & texts(5, "IfcDistributionElement")
    assert texts(4, "IfcTransportationDevice") == texts(5, "IfcTransportationDevice")
    assert len(texts(4, "IfcTransportationDevice")) == 15


def test_descriptions_of_products_leak_their_labels_and_titles_do_not(real, setting):
    structure = [name == "Uniclass structure" for name in real[0].slices["grouping"]]
    scores = []
    for dataset in real:
        chosen = [number for number, wanted in enumerate(structure) if wanted]
        part = GroupSets(
            sets=[dataset.sets[number] for number in chosen],
            labels=[dataset.labels[number] for number in chosen],
        )
        floor = SET_CLUSTERING.floors["n-gram clusters"](part, setting)
        scores.append(SET_CLUSTERING.measure(floor)["v_measure"])
    assert scores[0] < 0.25
    assert scores[1] > 0.6
