"""Pooling and compression of any file, by the provider's options and by `open_vectors`."""

from __future__ import annotations

import numpy as np
import pytest
from embkit import InvalidRequest
from embkit.embedding import load
from embkit.registry import registry
from embkit.word_options import POOLINGS, Compression
from embkit_fasttext import open_vectors

WORDS = "मराठी भाषा सुंदर आहे पुणे शहर पाऊस पडतो"
TEXTS = ["पुणे शहर सुंदर आहे", "पुणे", "पुण्यात पाऊस पाऊस", "अबकड मराठी भाषा"]


@pytest.fixture(scope="module")
def model(train_on):
    return train_on(WORDS, minn=2, maxn=4, dim=12)


def opened(path, request_mr, options):
    return load(registry(), f"fasttext:{path}{options}", request_mr.language).embedder


def test_fasttext_pooling_is_get_sentence_vector(model, request_mr):
    trained, path = model
    rows = open_vectors(path, request_mr, pooling="fasttext").embed(TEXTS)
    expected = [trained.get_sentence_vector(text) for text in TEXTS]
    assert rows == pytest.approx(np.array(expected), abs=1e-6)


def test_words_are_weighed_by_the_counts_in_the_model(model, request_mr):
    trained, path = model
    words, counts = trained.get_words(include_freq=True)
    row = open_vectors(path, request_mr, pooling="idf").embed(["पुणे पाऊस"])[0]
    here = [words.index(word) for word in ("पुणे", "पाऊस")]
    # As if one word more had been seen, as often as the rarest.
    weights = [np.log((counts.sum() + counts.min()) / counts[i]) for i in here]
    vectors = [trained.get_word_vector(words[i]) for i in here]
    assert row == pytest.approx(np.average(vectors, axis=0, weights=weights), abs=1e-6)


def test_known_and_composed_words_are_compressed_alike(model, request_mr):
    trained, path = model
    compression = Compression(center=True, dim=3, whiten=True)
    embedder = open_vectors(path, request_mr, compression=compression)
    words = trained.get_words()
    whole = np.array([trained.get_word_vector(word) for word in words], dtype=np.float64)
    mean = whole.mean(axis=0)
    values, axes = np.linalg.eigh(np.cov(whole.T, ddof=0))
    axes = axes[:, ::-1][:, :3] / np.sqrt(values[::-1][:3])
    asked = [*words, "पुण्यात", "शहरात"]
    expected = np.array([trained.get_word_vector(word) for word in asked] - mean) @ axes
    assert np.abs(embedder.word_vectors(asked)) == pytest.approx(np.abs(expected), abs=1e-4)


def test_options_of_the_provider_reach_the_vectors(model, request_mr):
    _, path = model
    options = "?keep=5&center=true&remove=1&dim=3&whiten=1&dtype=int8&pooling=sif"
    embedder = opened(path, request_mr, options)
    assert (embedder.dim, len(embedder.words), embedder.store.dtype) == (3, 5, "int8")
    compression = Compression(keep=5, center=True, remove=1, dim=3, whiten=True, dtype="int8")
    same = open_vectors(path, request_mr, pooling="sif", compression=compression)
    assert embedder.fingerprint == same.fingerprint
    assert np.array_equal(embedder.embed(TEXTS), same.embed(TEXTS))


def test_each_option_changes_the_fingerprint(model, request_mr):
    _, path = model
    options = [
        "", "?keep=5", "?center=true", "?remove=1", "?dim=4", "?dim=4&whiten=true", "?dtype=int8",
        "?dtype=float16", *(f"?pooling={pooling}" for pooling in POOLINGS if pooling != "mean"),
    ]  # fmt: skip
    prints = [opened(path, request_mr, option).fingerprint for option in options]
    assert len(set(prints)) == len(options)


def test_more_dimensions_than_there_are_is_an_error_that_names_both(model, request_mr):
    _, path = model
    with pytest.raises(InvalidRequest, match=r"dim=13 is more than the 12 dimensions of '.*bin'"):
        opened(path, request_mr, "?dim=13")
    with pytest.raises(InvalidRequest, match="is one of mean, sum, max, idf"):
        opened(path, request_mr, "?pooling=first")
