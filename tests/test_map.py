"""Pictures of vectors: what is drawn, where it lies, and that the same map is the same file."""

from __future__ import annotations

import re

import numpy as np
import pytest
from click.testing import CliRunner
from embkit import drawing
from embkit.cli import cli
from embkit.datasets import Groups, Labelled, Pairs
from embkit.errors import InvalidData, InvalidRequest
from embkit.maps import Placed, labelled_texts, place
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

pytest.importorskip("matplotlib", reason="needs matplotlib, embkit[viz]")


@pytest.fixture(scope="module")
def rows():
    """Forty rows of eight numbers, in two directions."""
    generator = np.random.default_rng(0)
    centres = np.repeat(np.eye(8)[:2], 20, axis=0)
    return (3 * centres + generator.normal(size=(40, 8))).astype(np.float32)


LABELS = ["खेळ"] * 20 + ["देश"] * 20


def test_tsne_is_scikit_learns_of_rows_of_length_one(rows):
    found = place("p", rows, LABELS, method="tsne", seed=3)
    unit = rows / np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
    model = TSNE(2, perplexity=13, init="pca", random_state=3, n_jobs=1)
    assert found.places == pytest.approx(model.fit_transform(unit), rel=1e-3, abs=1e-3)
    assert 0.5 < found.trust < 1


def test_principal_components_are_scikit_learns(rows):
    found = place("p", rows, LABELS, method="pca", seed=0)
    unit = rows / np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
    assert found.places == pytest.approx(PCA(2).fit_transform(unit), abs=1e-9)


def test_what_lies_on_a_plane_already_can_be_trusted_wholly():
    angles = np.linspace(0, 6, 50)
    flat = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    assert place("p", flat, ["a"] * 50, method="pca", seed=0).trust == pytest.approx(1)


def test_a_text_without_a_vector_has_no_place_and_is_counted(rows):
    holes = rows.copy()
    holes[1], holes[30] = np.nan, 0
    found = place("p", holes, LABELS, method="pca", seed=0)
    assert (len(found.places), found.unknown) == (38, 2)
    assert list(found.labels) == ["खेळ"] * 19 + ["देश"] * 19


def test_too_few_texts_are_no_map(rows):
    with pytest.raises(InvalidData, match=r"provider 'p' has vectors for 20 of these texts; .* 21"):
        place("p", rows[:20], LABELS[:20], method="pca", seed=0)


def test_each_text_is_drawn_once_in_order_and_the_seed_tells_which():
    dataset = Groups(texts=["a", "b", "a", "c", "d"], labels=["1", "2", "2", "1", "2"])
    everything = labelled_texts(dataset, 4, np.random.default_rng(0))
    assert everything == (["a", "b", "c", "d"], ["1", "2", "1", "2"], 4)
    texts, labels, count = labelled_texts(dataset, 2, np.random.default_rng(0))
    assert (texts, labels, count) == labelled_texts(dataset, 2, np.random.default_rng(0))
    assert texts == sorted(texts) and len(texts) == 2 and count == 4
    draws = {tuple(labelled_texts(dataset, 2, np.random.default_rng(s))[0]) for s in range(9)}
    assert len(draws) > 1


def test_of_splits_the_test_texts_are_drawn():
    dataset = Labelled(
        train_texts=["x", "y"], train_labels=["1", "2"], test_texts=["z"], test_labels=["1"]
    )
    assert labelled_texts(dataset, 9, np.random.default_rng(0)) == (["z"], ["1"], 1)


def test_texts_without_labels_are_no_map():
    pairs = Pairs(first=["a", "b"], second=["c", "d"], scores=[0.0, 1.0])
    with pytest.raises(InvalidRequest, match="this task holds Pairs"):
        labelled_texts(pairs, 9, np.random.default_rng(0))


def placed(labels):
    places = np.random.default_rng(0).normal(size=(len(labels), 2))
    return Placed(spec="indicft", places=places, labels=labels, unknown=0, trust=0.875)


def picture(kind, labels=LABELS, caption=("40 texts", "seed 0")):
    return drawing.draw([placed(labels)], title="marathi/topics", caption=caption, kind=kind)


def test_the_text_of_an_svg_is_text_in_any_script_and_its_bytes_are_the_same_again():
    svg = picture("svg")
    told = re.findall(r"<text[^>]*>([^<]+)</text>", svg.decode())
    assert {"marathi/topics", "indicft", "trustworthiness 0.875"} <= set(told)
    assert {"खेळ", "देश", "40 texts · seed 0"} <= set(told)
    assert b"dc:date" not in svg
    assert svg == picture("svg")


def test_a_png_is_the_same_again():
    assert picture("png", ["a", "b"] * 20) == picture("png", ["a", "b"] * 20)


def test_a_letter_that_no_font_has_stops_a_png_with_what_to_do():
    with pytest.raises(InvalidRequest, match=r"no font on this machine has .*write .svg"):
        picture("png", ["\U00050000"] * 40)


def test_twenty_eight_labels_look_different_and_the_rest_is_named():
    labels = [f"label {i:02}" for i in range(30) for _ in range(40 - i)]
    styles = drawing._styles([placed(labels)])
    assert list(styles)[:2] == ["label 00", "label 01"]
    assert len(set(list(styles.values())[:28])) == 28
    assert styles["label 28"] == styles["label 29"] == drawing._REST
    told = picture("svg", labels).decode()
    assert "2 more labels" in told and "label 27" in told and "label 28" not in told


def run(*words):
    return CliRunner().invoke(cli, ["map", *words], standalone_mode=False)


def test_the_command_draws_a_panel_for_each_provider_and_tells_how_far_to_trust_it(tmp_path):
    made = []
    for name in ("one.svg", "two.svg"):
        done = run("smoke-mr/topics", "-p", "ngrams", "-p", "ngrams?dim=50", "--points", "60",
                   "-o", str(tmp_path / name), "-q")  # fmt: skip
        assert done.exception is None, done.exception
        made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1]
    lines = done.stdout.splitlines()
    assert re.fullmatch(r"ngrams: trustworthiness 0\.\d{3}", lines[0])
    assert lines[1].startswith("ngrams?dim=50: trustworthiness 0.")
    picture = made[0].decode()
    for words in ("smoke-mr/topics", "ngrams?dim=50", "60 of ", "seed 0", "mean nothing"):
        assert words in picture
    other = run("smoke-mr/topics", "-p", "ngrams", "-p", "ngrams?dim=50", "--points", "60",
                "--seed", "1", "-o", str(tmp_path / "one.svg"), "-q")  # fmt: skip
    assert other.exception is None and (tmp_path / "one.svg").read_bytes() != made[1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["smoke-*", "-o", "x.svg"], "a map is of one task; .* smoke-mr/topics, smoke-tr/topics"),
        (["smoke-mr/topics", "-o", "x.jpg"], "'x.jpg' must end in .svg or .png"),
    ],
)
def test_what_cannot_be_drawn_is_said_before_anything_is_loaded(
    words, message, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    done = run(*words, "-p", "ngrams")
    assert isinstance(done.exception, InvalidRequest)
    assert re.search(message, str(done.exception))
