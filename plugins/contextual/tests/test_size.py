"""What of an encoder has to be carried."""

from __future__ import annotations

import embkit
from transformers import AutoModel, T5EncoderModel

from .test_families import family  # noqa: F401


def test_the_size_of_an_encoder_is_that_of_its_parameters(model):
    count = sum(parameter.numel() for parameter in AutoModel.from_pretrained(model()).parameters())
    embedder = embkit.load(f"contextual:{model()}", language="mr")
    assert isinstance(embedder, embkit.SizedEmbedder)
    assert embedder.model_bytes == 4 * count


def test_a_table_that_a_model_keeps_under_two_names_is_one(family):  # noqa: F811
    folder = family("T5")
    network = T5EncoderModel.from_pretrained(folder)
    tables = [tensor for tensor in network.state_dict().values() if tensor.shape[0] > 64]
    assert len(tables) == 2 and tables[0].data_ptr() == tables[1].data_ptr()
    count = sum(parameter.numel() for parameter in network.parameters())
    assert embkit.load(f"contextual:{folder}", language="en").model_bytes == 4 * count
