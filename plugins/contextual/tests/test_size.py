"""What of an encoder has to be carried."""

from __future__ import annotations

import embkit
from transformers import AutoModel


def test_the_size_of_an_encoder_is_that_of_its_parameters(model):
    count = sum(parameter.numel() for parameter in AutoModel.from_pretrained(model()).parameters())
    embedder = embkit.load(f"contextual:{model()}", language="mr")
    assert isinstance(embedder, embkit.SizedEmbedder)
    assert embedder.model_bytes == 4 * count
