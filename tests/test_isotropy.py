"""Isotropy on vectors whose spread is known, and against the published steps."""

from __future__ import annotations

import numpy as np
import pytest
from embkit import Setting, Texts, Vectors, search
from embkit.evaluators import ISOTROPY, isotropy
from embkit.languages import default_language
from embkit.statistics import intervals
from scipy.stats import skew
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

SETTING = Setting(language=default_language("tr"), task="test/task")


def predicted(rows):
    texts = [f"t{i}" for i in range(len(rows))]
    return ISOTROPY.predict(Texts(texts=texts), Vectors(texts, rows), SETTING)


def scored(rows):
    return ISOTROPY.measure(predicted(rows))


def test_vectors_on_two_axes_of_four_have_two_dimensions():
    scores = scored([[1, 0, 0, 0], [-1, 0, 0, 0], [0, 1, 0, 0], [0, -1, 0, 0]])
    assert scores["effective_dimension"] == pytest.approx(2)
    assert scores["isoscore"] == pytest.approx(1 / 3)
    # Of six pairs two are opposite and four at right angles.
    assert scores["anisotropy"] == pytest.approx(-1 / 3)


def test_vectors_on_a_line_have_one_dimension_and_those_on_every_axis_all():
    assert scored([[1, 2], [2, 4], [3, 6]])["isoscore"] == pytest.approx(0, abs=1e-6)
    assert scored([[1, 1], [1, -1], [-1, 1], [-1, -1]])["isoscore"] == pytest.approx(1)


def test_equal_vectors_have_no_dimension():
    scores = scored(np.full((50, 3), 0.1))
    assert (scores["isoscore"], scores["effective_dimension"]) == (0.0, 0.0)
    assert scores["anisotropy"] == pytest.approx(1)


def test_neither_the_length_of_all_vectors_nor_a_shift_of_the_mean_changes_isoscore():
    rows = np.random.default_rng(0).normal(size=(300, 5)) * [5, 3, 2, 1, 1]
    expected = scored(rows)["isoscore"]
    assert scored(rows * 1e30)["isoscore"] == pytest.approx(expected, rel=1e-5)
    assert scored(rows + 10)["isoscore"] == pytest.approx(expected, rel=1e-4)


def test_a_text_that_is_near_all_others_is_a_hub():
    # Twelve axes and the middle of them: each axis is as far from every other, and nearest to it.
    rows = np.vstack([np.eye(12), np.ones(12)])
    predictions = predicted(rows)
    assert predictions["occurrence"][-1] == 12
    assert predictions["occurrence"].sum() == 13 * 10


def test_points_of_a_ring_are_neighbours_alike():
    ring = np.arange(25) * 2 * np.pi / 25
    predictions = predicted(np.stack([np.cos(ring), np.sin(ring)], axis=1))
    assert predictions["occurrence"].tolist() == [10] * 25
    assert ISOTROPY.measure(predictions)["hubness"] == 0.0


def test_unknown_texts_are_left_out():
    vectors = Vectors(["a", "b", "c"], [[1, 0], [np.nan, 0], [-1, 0]])
    predictions = ISOTROPY.predict(Texts(texts=["a", "b", "c"]), vectors, SETTING)
    assert predictions.known.tolist() == [True, False, True]
    assert ISOTROPY.measure(predictions) == {
        "isoscore": 0.0, "effective_dimension": 1.0, "anisotropy": -1.0, "hubness": 0.0,
    }  # fmt: skip


def published_isoscore(points):
    """Algorithm 1 of Rudman et al. 2022, step by step."""
    n = points.shape[1]
    spread = np.diag(np.cov(PCA(n_components=n).fit_transform(points).T))
    normed = np.sqrt(n) * spread / np.linalg.norm(spread)
    defect = np.linalg.norm(normed - 1) / np.sqrt(2 * (n - np.sqrt(n)))
    share = (n - defect**2 * (n - np.sqrt(n))) ** 2 / n**2
    return (n * share - 1) / (n - 1)


@pytest.mark.parametrize("block", [64, 4096])
def test_it_agrees_with_the_published_steps_and_with_all_pairs(block, monkeypatch):
    for module in (isotropy, search):
        monkeypatch.setattr(module, "ROWS", block)
    rows = np.random.default_rng(0).normal(1, 1, size=(300, 8)) * np.arange(1, 9)
    scores = scored(rows)
    assert scores["isoscore"] == pytest.approx(published_isoscore(rows), rel=1e-5)
    units = rows / np.linalg.norm(rows, axis=1)[:, None]
    cosines = (units @ units.T)[np.triu_indices(300, 1)]
    assert scores["anisotropy"] == pytest.approx(cosines.mean(), rel=1e-5)
    # Of points of length one the nearest by distance are the nearest by cosine.
    near = NearestNeighbors(n_neighbors=10).fit(units).kneighbors(return_distance=False)
    times = np.bincount(near.ravel(), minlength=300)
    assert predicted(rows)["occurrence"].tolist() == times.tolist()
    assert scores["hubness"] == pytest.approx(skew(times))


def test_intervals_are_as_wide_as_scores_of_new_samples_vary():
    def sample(seed):
        return np.random.default_rng(seed).normal(0.3, 1, size=(150, 4)) * [3, 2, 1, 1]

    samples = [scored(sample(seed)) for seed in range(200)]
    spans = intervals(ISOTROPY.measure, predicted(sample(0)), SETTING.generator("interval"))
    for name in ("anisotropy", "effective_dimension"):
        width = spans[name][1] - spans[name][0]
        expected = 2 * 1.96 * np.std([scores[name] for scores in samples])
        assert width == pytest.approx(expected, rel=0.35)
