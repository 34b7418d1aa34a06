"""Train a small Marathi BERT on the text of the shared data: an encoder where none can be fetched.

    python benchmarks/train_marathi_bert.py --output /tmp/mr-bert

The text is that of train_marathi_fasttext.py, without any line that a test file holds. What it
writes is a folder as transformers writes them: config.json, model.safetensors, tokenizer. It is
far too small to be good (3 layers of 192, half an hour on two cores), and learns nothing but how
frequent pieces are in that time from random rows, so its input layer begins with skip-gram vectors
of its pieces. It shows that what embkit does with an encoder works, and what static vectors keep of
it, not which encoder to choose.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from embkit.registry import registry
from gensim.models import Word2Vec
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from torch.nn.functional import cross_entropy
from train_marathi_fasttext import SHARED, sentences
from transformers import BertConfig, BertForMaskedLM, PreTrainedTokenizerFast

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
PAD, CLS, SEP, MASK = 0, 2, 3, 4
LENGTH = 96


def pieces_of(lines: list[str], size: int) -> Tokenizer:
    """A WordPiece tokenizer that keeps vowel signs: NFC, split at spaces, accents untouched."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=200))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.WordPieceTrainer(
        vocab_size=size, special_tokens=SPECIAL, min_frequency=3, show_progress=False
    )
    tokenizer.train_from_iterator(lines, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", CLS), ("[SEP]", SEP)],
    )
    return tokenizer


def skip_grams(rows: list[list[int]], size: int, dim: int, seed: int) -> torch.Tensor:
    """Vectors of pieces by the pieces around them, with the spread that BERT begins with."""
    model = Word2Vec(
        vector_size=dim, window=5, min_count=1, sg=1, negative=5, epochs=5, seed=seed, workers=2
    )
    model.build_vocab(rows)
    model.train(rows, total_examples=len(rows), epochs=model.epochs)
    table = 0.02 * torch.randn(size, dim)
    known = torch.tensor(model.wv.index_to_key)
    vectors = torch.from_numpy(model.wv.vectors)
    table[known] = 0.02 / vectors.std() * (vectors - vectors.mean(0))
    return table


def batches(
    rows: list[list[int]], tokens: int, generator: np.random.Generator
) -> Iterator[torch.Tensor]:
    """Rows of much the same length padded to one, at most so many tokens a batch, in any order."""
    order = np.argsort([len(row) for row in rows], kind="stable")
    cuts, start = [], 0
    while start < len(order):
        # The longest of a batch is its last one.
        end = start + 1
        while end < len(order) and len(rows[order[end]]) * (end + 1 - start) <= tokens:
            end += 1
        cuts.append(order[start:end])
        start = end
    for i in generator.permutation(len(cuts)):
        batch = [torch.tensor(rows[j]) for j in cuts[i]]
        yield torch.nn.utils.rnn.pad_sequence(batch, batch_first=True, padding_value=PAD)


def masked(
    batch: torch.Tensor, size: int, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """What the network sees, and where it must guess: 15 % of the pieces, as BERT does it."""
    chosen = (torch.rand(batch.shape, generator=generator) < 0.15) & (batch > MASK)
    how = torch.rand(batch.shape, generator=generator)
    random = torch.randint(len(SPECIAL), size, batch.shape, generator=generator)
    seen = torch.where(chosen & (how < 0.8), MASK, batch)
    return torch.where(chosen & (how >= 0.9), random, seen), chosen


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--output", type=Path, required=True, help="the folder to write")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--layers", type=int, default=3)
    parser.add_argument("--dim", type=int, default=192)
    parser.add_argument("--pieces", type=int, default=12_000)
    parser.add_argument("--rate", type=float, default=1e-3, help="learning rate at its highest")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    lines = list(sentences(SHARED / "mr", registry().language("mr")))
    tokenizer = pieces_of(lines, options.pieces)
    tokenizer.enable_truncation(LENGTH)
    rows = [encoding.ids for encoding in tokenizer.encode_batch_fast(lines)]
    tokenizer.no_truncation()
    size = tokenizer.get_vocab_size()
    print(f"{sum(map(len, rows)):,} tokens in {len(rows):,} lines, {size:,} pieces", flush=True)

    torch.manual_seed(options.seed)
    model = BertForMaskedLM(
        BertConfig(
            vocab_size=size, hidden_size=options.dim, num_hidden_layers=options.layers,
            num_attention_heads=max(1, options.dim // 64), intermediate_size=4 * options.dim,
            max_position_embeddings=512, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
        )
    )  # fmt: skip
    with torch.no_grad():
        model.bert.embeddings.word_embeddings.weight.copy_(
            skip_grams(rows, size, options.dim, options.seed)
        )
    print("skip-gram vectors of the pieces are made", flush=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=options.rate, weight_decay=0.01)
    shuffle = np.random.default_rng(options.seed)
    draw = torch.Generator().manual_seed(options.seed)
    steps = options.epochs * sum(1 for _ in batches(rows, 4096, np.random.default_rng(0)))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: min((step + 1) / 200, 0.5 + 0.5 * math.cos(math.pi * step / steps)),
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, model_max_length=512, pad_token="[PAD]", unk_token="[UNK]",
        cls_token="[CLS]", sep_token="[SEP]", mask_token="[MASK]",
    ).save_pretrained(options.output)  # fmt: skip
    start, step, recent = time.perf_counter(), 0, []
    for epoch in range(options.epochs):
        for batch in batches(rows, 4096, shuffle):
            seen, chosen = masked(batch, size, draw)
            hidden = model.bert(input_ids=seen, attention_mask=(batch != PAD).long())[0]
            # The output layer is the larger half of the work, so it sees what is guessed alone.
            loss = cross_entropy(model.cls(hidden[chosen]), batch[chosen])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad(set_to_none=True)
            recent.append(loss.item())
            step += 1
            if step % 50 == 0 or step == steps:
                seconds = time.perf_counter() - start
                print(
                    f"epoch {epoch + 1}, step {step:,} of {steps:,}: loss "
                    f"{sum(recent) / len(recent):.3f}, {seconds:,.0f} s",
                    flush=True,
                )
                recent = []
        model.bert.save_pretrained(options.output)


if __name__ == "__main__":
    main()
