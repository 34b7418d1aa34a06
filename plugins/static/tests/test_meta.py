"""Word vectors merged: three words by hand, and the union of what several files know."""

from __future__ import annotations

import json

import embkit
import numpy as np
import pytest
from embkit_static.merges import Merge, merge_models
from sklearn.decomposition import PCA

# Each of length one when divided by 5 or 13.
LEFT = {"पुणे": [3, 4], "नदी": [0, 5], "शहर": [-3, 4]}
RIGHT = {"पुणे": [5, 0, 12], "घर": [0, 2, 0]}


@pytest.fixture
def merged(vec, tmp_path):
    def merge(*tables, **options):
        paths = [str(vec(f"{i}.vec", table)) for i, table in enumerate(tables)]
        merge_models(Merge(models=paths, **options), tmp_path / "out", None)
        return embkit.load(f"static:{tmp_path / 'out'}", language="mr")

    return merge


def test_an_average_fills_shorter_vectors_up_and_takes_what_there_is(merged):
    meta = merged(LEFT, RIGHT, method="average")
    expected = {
        "पुणे": [(3 / 5 + 5 / 13) / 2, 4 / 5 / 2, 12 / 13 / 2],
        "नदी": [0, 1, 0],
        "शहर": [-3 / 5, 4 / 5, 0],
        "घर": [0, 1, 0],
    }
    assert set(meta.words) == set(expected)
    for word, row in expected.items():
        np.testing.assert_allclose(meta.embed([word])[0], row, atol=1e-6)


def test_words_stand_where_they_stood_first_in_any_file(merged):
    # Best places: पुणे 0, नदी 1 (left), घर 1 (right), शहर 2.
    assert list(merged(LEFT, RIGHT, method="average").words) == ["पुणे", "नदी", "घर", "शहर"]


def test_vectors_side_by_side_have_a_mean_where_a_file_lacks_a_word(merged):
    meta = merged(LEFT, RIGHT, method="concat", dim=0)
    mean_left = [0, (4 / 5 + 1 + 4 / 5) / 3]
    mean_right = [5 / 13 / 2, 1 / 2, 12 / 13 / 2]
    np.testing.assert_allclose(
        meta.embed(["पुणे", "घर", "नदी"]),
        [[3 / 5, 4 / 5, 5 / 13, 0, 12 / 13], [*mean_left, 0, 1, 0], [0, 1, *mean_right]],
        atol=1e-6,
    )


def test_concat_with_pca_agrees_with_scikit_learn(merged):
    draw = np.random.default_rng(0)
    words = [f"w{i}" for i in range(40)]
    tables = [
        dict(zip(words, draw.normal(size=(40, dim)).astype(np.float32), strict=True))
        for dim in (4, 6)
    ]
    meta = merged(*tables, method="concat", dim=3)
    unit = [np.array([t[w] / np.linalg.norm(t[w]) for w in words]) for t in tables]
    reference = PCA(3).fit_transform(np.concatenate(unit, axis=1))
    ours = meta.embed(words)
    assert ours.shape == (40, 3)
    np.testing.assert_allclose(np.abs(ours), np.abs(reference), atol=1e-5)


def test_the_record_tells_how_many_words_all_files_know(merged, tmp_path):
    merged(LEFT, RIGHT, method="average")
    record = json.loads((tmp_path / "out/embkit.json").read_text())
    assert (record["words"], record["shared"], record["dim"]) == (4, 1, 3)
    assert "4 words of 3 numbers, 1 of them in every model" in (
        tmp_path / "out/README.md"
    ).read_text(encoding="utf-8")


def test_nothing_stays_in_the_cache_but_what_is_opened_again(merged, tmp_path, monkeypatch):
    monkeypatch.setenv("EMBKIT_CACHE", str(tmp_path / "cache"))
    merged(LEFT, RIGHT, method="concat", dim=2)
    stores = [path for path in (tmp_path / "cache/words").iterdir() if path.is_dir()]
    assert len(stores) == 3  # two that were merged, and what `embkit.load` opened


@pytest.mark.parametrize("form", ["vec", "w2v", "npy", "parquet"])
def test_every_format_opens_to_the_same_vectors(merged, form):
    meta = merged(LEFT, RIGHT, method="average", form=form)
    np.testing.assert_allclose(meta.embed(["नदी"]), [[0, 1, 0]], atol=1e-6)


def test_a_static_model_is_opened_by_model2vec(vec, tmp_path, run):
    from model2vec import StaticModel

    paths = [vec("a.vec", LEFT), vec("b.vec", RIGHT)]
    out = tmp_path / "out"
    code, _, err = run("merge", *paths, "-o", out, "--method", "average",
                       "--format", "static-model", "--lang", "mr")  # fmt: skip
    assert code == 0, err
    ours = embkit.load(f"static:{out}", language="mr").embed(["पुणे नदी", "घर"])
    theirs = StaticModel.from_pretrained(out).encode(["पुणे नदी", "घर"])
    np.testing.assert_allclose(ours, theirs, atol=1e-6)
