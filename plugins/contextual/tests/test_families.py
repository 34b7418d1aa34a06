"""Models of other families, of chance weights, each beside sentence-transformers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import transformers
from embkit import InvalidRequest
from embkit_contextual import open_encoder
from transformers import AutoTokenizer

from .models import bert_tokenizer, byte_tokenizer
from .test_texts import TEXTS, reference, vectors

_SMALL = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
}
_FAMILIES = {
    "XLMRoberta": {**_SMALL, "max_position_embeddings": 34, "pad_token_id": 0},
    "DistilBert": {"dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 32},
    "Albert": {**_SMALL, "embedding_size": 8, "num_hidden_groups": 1},
    "MPNet": {**_SMALL, "max_position_embeddings": 34, "pad_token_id": 0},
    "Electra": {**_SMALL, "embedding_size": 8},
    "ConvBert": {**_SMALL, "embedding_size": 8, "head_ratio": 1, "conv_kernel_size": 3},
    "DebertaV2": {**_SMALL, "relative_attention": True, "pos_att_type": ["p2c", "c2p"]},
    "ModernBert": {**_SMALL, "pad_token_id": 0, "global_attn_every_n_layers": 1},
    "T5": {"d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 2, "num_heads": 2},
    "Qwen3": {**_SMALL, "num_key_value_heads": 1, "head_dim": 8},
    "GPTNeoX": {**_SMALL},
    "OPT": {"hidden_size": 16, "word_embed_proj_dim": 16, "num_hidden_layers": 2,
            "num_attention_heads": 2, "ffn_dim": 32, "max_position_embeddings": 64},
}  # fmt: skip
_DECODERS = {"Qwen3", "GPTNeoX", "OPT"}


@pytest.fixture(scope="module")
def family(tmp_path_factory):
    def save(name: str):
        folder = tmp_path_factory.mktemp(name)
        torch.manual_seed(5)
        tokenizer = byte_tokenizer() if name in _DECODERS else bert_tokenizer()
        if name in _DECODERS:
            tokenizer.pad_token = tokenizer.eos_token
        config = getattr(transformers, f"{name}Config")(
            vocab_size=len(tokenizer), **_FAMILIES[name]
        )
        config.initializer_range = 0.5
        kind = "T5EncoderModel" if name == "T5" else f"{name}Model"
        getattr(transformers, kind)(config).eval().save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        return folder

    return save


@pytest.mark.parametrize("name", _FAMILIES)
def test_texts_and_words_of_a_family(family, asked, name):
    folder = family(name)
    encoder = open_encoder(str(folder), asked("en", pooling="mean"))
    rows = vectors(encoder)
    # ConvBERT reads what fills up a batch, and gives a text other vectors there beside others.
    alone = [reference(folder, [text])[0] for text in TEXTS] if name == "ConvBert" else None
    expected = reference(folder) if alone is None else np.stack(alone)
    assert rows == pytest.approx(expected, abs=2e-5)
    ((_, words),) = encoder.stream_tokens([["the", "cat", "sat"] * 20])
    assert words.shape == (60, 16) and np.isfinite(words).all()
    # One layer below, of each text alone as of all.
    lower = open_encoder(str(folder), asked("en", layer="1", batch_tokens=1))
    together = open_encoder(str(folder), asked("en", layer="1"))
    assert vectors(lower) == pytest.approx(vectors(together), abs=1e-4)
    assert encoder.input_table()[1].shape[0] == len(AutoTokenizer.from_pretrained(folder))


@pytest.mark.parametrize("name", sorted(_DECODERS))
def test_decoders_of_a_family_can_see_both_ways(family, asked, name):
    folder = family(name)
    causal, both = (
        vectors(open_encoder(str(folder), asked("en", pooling="cls", bidirectional=on)), TEXTS[:3])
        for on in (False, True)
    )
    assert np.abs(causal - both).max() > 1e-3


def test_what_a_family_does_not_allow_is_one_sentence(family, asked):
    with pytest.raises(InvalidRequest, match="type 'albert' has no layers that could be left out"):
        open_encoder(str(family("Albert")), asked("en", layers=1))
