"""Tiny models of transformers with tokenizers to fit, saved as their folders are."""

from __future__ import annotations

import string
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import (
    BertConfig,
    BertModel,
    GPT2Config,
    GPT2Model,
    LlamaConfig,
    LlamaModel,
    PreTrainedTokenizerFast,
)

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
TEXT = "पुणे शहर मराठी भाषा the cat sat on a mat kuş İstanbul ev evler bir ıIiç ğüöşÇ 0123 .,"


def word_pieces() -> list[str]:
    letters = sorted({*TEXT, *string.ascii_letters} - {" "})
    return [*SPECIAL, *letters, *(f"##{letter}" for letter in letters), *TEXT.split(" ")[:12]]


def bert_tokenizer(*, lowercase: bool = False, strip_accents: bool = False):
    pieces = list(dict.fromkeys(word_pieces()))
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    made = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=lowercase, strip_accents=strip_accents)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    made.decoder = decoders.WordPiece()
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_max_length=32,
    )


def byte_tokenizer():
    """Bytes with a few merges, as GPT-2 has them; a word has its space before it."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = [("Ġ", "c"), ("Ġc", "a"), ("Ġca", "t"), ("t", "h"), ("th", "e")]
    pieces = [*alphabet, *("".join(pair) for pair in merges), "<end>"]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    made = Tokenizer(models.BPE(vocabulary, merges))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=made, eos_token="<end>", model_max_length=64)


def _save(folder: Path, model, tokenizer) -> Path:
    model.eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def save_bert(folder: Path, **options) -> Path:
    torch.manual_seed(0)
    tokenizer = bert_tokenizer(**options)
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=4, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=48, initializer_range=0.5,
    )  # fmt: skip
    return _save(folder, BertModel(config), tokenizer)


def save_gpt(folder: Path) -> Path:
    torch.manual_seed(1)
    tokenizer = byte_tokenizer()
    config = GPT2Config(
        vocab_size=len(tokenizer), n_embd=16, n_layer=3, n_head=2, n_positions=64,
        initializer_range=0.5, bos_token_id=None, eos_token_id=len(tokenizer) - 1,
    )  # fmt: skip
    return _save(folder, GPT2Model(config), tokenizer)


def save_llama(folder: Path) -> Path:
    torch.manual_seed(2)
    tokenizer = byte_tokenizer()
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=3, num_attention_heads=2,
        num_key_value_heads=1, intermediate_size=32, max_position_embeddings=64,
        initializer_range=0.5, bos_token_id=None, eos_token_id=len(tokenizer) - 1,
    )  # fmt: skip
    return _save(folder, LlamaModel(config), tokenizer)
