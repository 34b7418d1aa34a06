"""An embedder as MTEB takes a model; what needs MTEB runs with either of its distributions."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from embkit import NotFound
from embkit_mteb import Encoder, encoder
from embkit_mteb.encoding import model_name

ABOUT = {"task_metadata": None, "hf_split": "test", "hf_subset": "default"}


def batches(*texts, size=2):
    rows = list(texts)
    return [{"text": rows[start : start + size]} for start in range(0, len(rows), size)]


def test_the_rows_are_those_of_the_embedder_in_order_whatever_the_batches(words):
    texts = ["one two", "three", "two", "one two", "four"]
    expected = words.embed(texts)
    for size in (1, 2, 5):
        rows = Encoder(words, None).encode(batches(*texts, size=size), **ABOUT)
        assert rows.dtype == np.float32
        assert np.array_equal(rows, expected)


def test_a_text_without_a_vector_is_a_row_of_zeros_and_is_counted(words):
    made = Encoder(words, None)
    rows = made.encode(batches("one", "?", "two"), batch_size=32, **ABOUT)
    assert np.isfinite(rows).all()
    assert rows.any(axis=1).tolist() == [True, False, True]
    assert (made.texts, made.unknown) == (3, 1)


def test_queries_are_embedded_as_queries_where_the_embedder_tells_them_apart(words):
    class Asked:
        dim, fingerprint, embed = words.dim, words.fingerprint, staticmethod(words.embed)

        def embed_queries(self, texts):
            return -words.embed(texts)

    document, query = (SimpleNamespace(value=value) for value in ("document", "query"))
    made = Encoder(Asked(), None)
    plain = made.encode(batches("one"), **ABOUT)
    assert np.array_equal(made.encode(batches("one"), prompt_type=document, **ABOUT), plain)
    assert np.array_equal(made.encode(batches("one"), prompt_type=query, **ABOUT), -plain)
    with_one_role = Encoder(words, None)
    assert np.array_equal(with_one_role.encode(batches("one"), prompt_type=query, **ABOUT), plain)


def test_similarity_is_the_cosine_and_zero_with_a_row_of_zeros(words):
    made = Encoder(words, None)
    first = np.array([[3, 4], [0, 0]], np.float32)
    second = np.array([[4, 3], [0, 0]], np.float32)
    assert made.similarity(first, second) == pytest.approx(np.array([[0.96, 0], [0, 0]]))
    assert made.similarity_pairwise(first, second) == pytest.approx(np.array([0.96, 0]))


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ("ngrams", "embkit/ngrams"),
        ("ngrams?dim=128", "embkit/ngrams-dim=128"),
        ("fasttext:/data/मराठी/wiki.bin?pooling=sif", "embkit/fasttext-data-wiki.bin-pooling=sif"),
    ],
)
def test_a_spec_becomes_a_name_that_mteb_allows(spec, name):
    assert model_name(spec) == name


def test_the_model_carries_the_fingerprint_as_its_revision(mteb, words):
    about = encoder(words, name="us/words").mteb_model_meta
    assert (about.name, about.revision) == ("us/words", words.fingerprint)
    assert about.embed_dim == 24
    assert encoder(words).mteb_model_meta.name == "embkit/Words"


def test_it_meets_the_protocol_of_mteb(mteb, words):
    from mteb.models import EncoderProtocol

    assert isinstance(encoder(words), EncoderProtocol)


def test_a_provider_is_loaded_by_its_spec_and_language(mteb):
    made = encoder("ngrams?dim=64", "mr")
    assert made.mteb_model_meta.name == "embkit/ngrams-dim=64"
    assert made.encode(batches("घर", "पाणी"), **ABOUT).shape == (2, 64)


def test_without_mteb_the_error_says_how_to_get_it(words, monkeypatch):
    monkeypatch.setitem(sys.modules, "mteb", None)
    with pytest.raises(NotFound, match=r"an encoder for MTEB needs the package mteb: pip install"):
        encoder(words)


def test_importing_the_plugin_imports_neither_mteb_nor_numpy():
    code = (
        "import sys, embkit_mteb as m\n"
        "list(m.embkit_protocols()), list(m.embkit_benchmarks()), list(m.embkit_evaluators())\n"
        "print(sorted({'mteb', 'numpy', 'torch', 'sklearn', 'datasets'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
