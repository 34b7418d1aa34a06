"""The paper's sets, with a stand-in for its embedders: everything that does not depend on them."""

from __future__ import annotations

import numpy as np
import pytest
from embkit import Setting, Vectors, load
from embkit.errors import InvalidRequest, NotFound
from embkit.registry import registry
from embkit_built.grouping import SET_CLUSTERING, GroupSets
from embkit_built.groupings import GROUPINGS, read_rows
from embkit_built.paper import PAPER
from embkit_built.paper_clustering import v_measure_once
from embkit_built.paper_sets import (
    clustering_s2s,
    reranking_p2p,
    reranking_s2p,
    sampled,
    spread,
)

# Sizes of the sets before the gate, and which of them were kept, as published.
SIZES = {
    "IFC by discipline": (196, 172, 196, 196),
    "IFC elements": (116, 116, 116, 116, 116, 110),
    "IFC built or distribution": (140, 140, 140),
    "IFC reinforcing, control, flow": (106, 106, 67),
    "IFC flow elements": (217, 135),
    "Uniclass groups": (569, 553),
    "Uniclass structure": (366, 303),
    "Uniclass fittings": (452, 318, 400),
}


@pytest.fixture(scope="module")
def paths(shared):
    return shared / "ifc_entities.csv", shared / "uniclass_entities.csv"


# Few dimensions: the stand-in has to be fast, not good.
STAND_IN = "ngrams?dim=16"


@pytest.fixture(scope="module")
def reranked(paths):
    return {load: load(STAND_IN, *paths) for load in (reranking_s2p, reranking_p2p)}


def test_each_next_one_is_the_least_like_the_one_before():
    # On a circle, at these degrees. numpy's generator of seed 42 draws place 6 % 8 first.
    degrees = np.radians([0, 10, 20, 90, 170, 180, 190, 270])
    rows = np.stack([np.cos(degrees), np.sin(degrees)], axis=1)
    first = int(np.random.RandomState(42).choice(8))
    assert first == 6
    # 190: furthest is 10; from there 180 (190 is gone); from there 0.
    assert spread(rows, 4, 1) == [[6, 1, 5, 0]]


def test_sets_have_nothing_in_common_and_the_last_is_what_is_left():
    rows = np.eye(10)
    sets = spread(rows, 4, 4)
    assert [len(chosen) for chosen in sets] == [4, 4, 2, 0]
    assert sorted(place for chosen in sets for place in chosen) == list(range(10))


@pytest.mark.parametrize(("load", "characters"), [(reranking_s2p, 4_992), (reranking_p2p, 25_139)])
def test_there_are_179_sets_of_7_and_21_of_82_queries(load, characters, reranked):
    dataset = reranked[load]
    assert (dataset.items, len(set(dataset.queries))) == (179, 82)
    assert sum(map(len, dataset.queries)) == characters
    assert {len(row) for row in dataset.relevant} == {7}
    assert {len(row) for row in dataset.candidates} == {28}
    positives = [place for row in dataset.relevant for place in row]
    assert len(positives) == len(set(positives)) == 1253
    counts = [dataset.queries.count(query) for query in dict.fromkeys(dataset.queries)]
    assert counts == sorted(counts, reverse=True)
    assert [counts.count(sets) for sets in (1, 2, 3, 4)] == [35, 17, 10, 20]


def test_negatives_of_a_query_are_nearest_first_and_never_twice(reranked):
    dataset = reranked[reranking_s2p]
    own = [
        [place for place in row if place not in relevant]
        for query, row, relevant in zip(
            dataset.queries, dataset.candidates, dataset.relevant, strict=True
        )
        if query == dataset.queries[0]
    ]
    assert [len(set(row)) for row in own] == [21] * 4
    assert len({place for row in own for place in row}) == 84


@pytest.mark.parametrize("text", ["title", "text"])
def test_the_sets_are_as_large_as_published_before_the_gate(text, paths):
    rows = read_rows(*paths)
    texts = list(dict.fromkeys(getattr(row, text) for part in rows.values() for row in part))
    table = np.random.default_rng(0).normal(size=(len(texts), 8)).astype(np.float32)
    found = sampled(rows, lambda row: getattr(row, text), Vectors(texts, table))
    assert len(found) == 25
    for grouping in GROUPINGS:
        own = [texts for group, _, texts, _ in found if group is grouping]
        assert tuple(map(len, own)) == SIZES[grouping.name]


def test_a_label_that_is_used_up_stands_in_with_its_first_set(paths):
    rows = read_rows(*paths)
    titles = [row.title for part in rows.values() for row in part]
    distinct = list(dict.fromkeys(titles))
    table = np.random.default_rng(0).normal(size=(len(distinct), 8)).astype(np.float32)
    found = sampled(rows, lambda row: row.title, Vectors(distinct, table))
    signs = [
        {text for text, label in zip(texts, labels, strict=True) if label == "signage products"}
        for grouping, _, texts, labels in found
        if grouping.name == "Uniclass fittings"
    ]
    assert [len(texts) for texts in signs] == [52, 52, 52]
    assert signs[0] == signs[1] == signs[2]


def test_a_set_that_is_too_easy_or_too_hard_is_left_out_and_told(paths):
    second = "ngrams?dim=8"
    dataset = clustering_s2s(STAND_IN, second, *paths)
    assert 0 < dataset.items < 25
    assert dataset.items + sum(dataset.dropped.values()) == 25
    assert set(dataset.dropped) <= {
        f"set that '{STAND_IN}' parts too well",
        f"set that '{second}' does not part",
    }
    texts = list(dict.fromkeys(dataset.needed))
    first, other = (Vectors(texts, load(spec, "en").embed(texts)) for spec in (STAND_IN, second))
    for own, labels in zip(dataset.sets, dataset.labels, strict=True):
        assert v_measure_once(own, labels, first, 42) < 0.8
        assert v_measure_once(own, labels, other, 42) > 1 / len(set(labels))


def test_one_run_of_small_batches_is_that_of_scikit_learn():
    from sklearn.cluster import MiniBatchKMeans
    from sklearn.metrics import v_measure_score

    generator = np.random.default_rng(0)
    texts = [str(number) for number in range(60)]
    labels = [str(number % 3) for number in range(60)]
    rows = generator.normal(size=(60, 5)).astype(np.float32) + np.arange(60)[:, None] % 3
    model = MiniBatchKMeans(n_clusters=3, batch_size=500, n_init="auto", random_state=7)
    expected = v_measure_score(labels, model.fit_predict(rows))
    assert v_measure_once(texts, labels, Vectors(texts, rows), 7) == pytest.approx(expected)


def test_the_protocol_clusters_in_ten_seeded_runs():
    setting = Setting(language=registry().language("en"), task="built/test")
    evaluator = PAPER.of(SET_CLUSTERING)
    dataset = GroupSets(sets=["abcd"], labels=["xxyy"])
    rows = np.array([(1, 0), (1, 0.1), (0, 1), (0.1, 1)], dtype=np.float32)
    predictions = evaluator.predict(dataset, Vectors("abcd", rows), setting)
    assert predictions["v_measure"].tolist() == [[1.0] * 10]


def find(name):
    ((_, task),) = registry().tasks(f"built/{name}")
    return task


def test_a_paper_task_is_found_by_name_with_its_embedders():
    task = find("paper-clustering-s2s")
    assert task.connects
    assert "mxbai-embed-large-v1 and contextual:sentence-transformers/para" in task.summary
    stand_in = find("paper-clustering-s2s@ngrams,static:folder/model")
    assert not stand_in.connects
    assert stand_in.summary.endswith("by ngrams and static:folder/model")
    assert find("paper-reranking-p2p@ngrams").evaluator == "reranking"


@pytest.mark.parametrize(
    "name", ["paper-retrieval-s2p", "paper-reranking-s2p@a,b", "paper-none", "reranking"]
)
def test_another_name_is_no_paper_task(name):
    with pytest.raises(NotFound, match="no task is called"):
        find(name)


def test_a_baseline_that_lacks_a_text_is_refused(tmp_path, paths):
    vectors = tmp_path / "tiny.vec"
    vectors.write_text("1 2\npump 1 0\n", encoding="utf-8")
    with pytest.raises(InvalidRequest, match="has no vector for"):
        reranking_s2p(f"fasttext:{vectors}", *paths)
