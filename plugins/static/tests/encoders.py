"""A tiny BERT with a tokenizer to fit, saved as its folder is."""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, GPT2Config, GPT2Model, PreTrainedTokenizerFast

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = ["पुणे", "शहर", "नदी", "मोठी", "आहे", "the", "cat", "sat"]
LETTERS = "abcdeghnostय़ाचीतपुणेशहरनदीमोठआकळवस"


def word_pieces() -> list[str]:
    letters = sorted(set(LETTERS))
    return [*SPECIAL, ",", ".", *WORDS, *letters, *(f"##{letter}" for letter in letters)]


def tokenizer_of(pieces: list[str]) -> PreTrainedTokenizerFast:
    made = Tokenizer(
        models.WordPiece({piece: n for n, piece in enumerate(pieces)}, unk_token="[UNK]")
    )
    made.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return PreTrainedTokenizerFast(
        tokenizer_object=made, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]",
        sep_token="[SEP]", mask_token="[MASK]", model_max_length=64,
    )  # fmt: skip


def save_bert(folder: Path, *, seed: int = 0, layers: int = 2, pieces: list[str] | None = None):
    """A BERT of 16 dimensions and random weights."""
    torch.manual_seed(seed)
    tokenizer = tokenizer_of(pieces or word_pieces())
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=layers,
        num_attention_heads=2, intermediate_size=32, max_position_embeddings=64,
        initializer_range=0.5,
    )  # fmt: skip
    BertModel(config).eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def save_gpt(folder: Path) -> Path:
    """A decoder."""
    torch.manual_seed(1)
    tokenizer = tokenizer_of(word_pieces())
    config = GPT2Config(
        vocab_size=len(tokenizer), n_embd=16, n_layer=2, n_head=2, n_positions=64,
        bos_token_id=2, eos_token_id=3,
    )  # fmt: skip
    GPT2Model(config).eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
