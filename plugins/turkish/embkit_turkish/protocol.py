"""The protocol of the Turkish paper of 2024, as its published code measures words."""

from __future__ import annotations

from embkit.records import Protocol, Variant, deferred

__all__ = ["PAPER"]

_HERE = "embkit_turkish.as_published"

PAPER = Protocol(
    name="paper-tr-2024",
    summary="words as in Sarıtaş, Öz and Güngör 2024, by gensim's calls; to meet its figures, not "
    "to defend them",
    source="Expert Systems with Applications 252, 124123, https://arxiv.org/abs/2405.07778; the "
    "code is https://github.com/Turkish-Word-Embeddings/Word-Embeddings-Repository-for-Turkish "
    "(evaluation/)",
    variants={
        "analogy": Variant(
            summary="3CosMul: most_similar_cosmul of gensim, not 3CosAdd\n"
            "Searched is the whole vocabulary of the provider, not the words of the dataset; of a "
            "provider without a vocabulary the words of the dataset\n"
            "A word outside the vocabulary is unknown even where its subwords have a vector; an "
            "unknown word makes the question 0, as it does by default",
            metric="mrr@10_mul",
            predict=deferred(f"{_HERE}:predict_analogies"),
            prepare=deferred(f"{_HERE}:whole_vocabulary"),
            floors={},
        ),
        "similarity": Variant(
            summary="Only the first 300,000 words of the vocabulary count: evaluate_word_pairs of "
            "gensim by its defaults\n"
            "Words are compared after str.upper, which makes one word of ısı and isi; of several "
            "the first in the vocabulary is taken\n"
            "A pair with an unknown word is dropped, not given the mean: the coverage says how "
            "many are left, and they are others for each provider",
            predict=deferred(f"{_HERE}:predict_pairs"),
            measure=deferred(f"{_HERE}:measure_known"),
            prepare=deferred(f"{_HERE}:first_words"),
        ),
    },
)
