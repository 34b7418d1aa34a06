"""Pairs with a judgement of people: words that are similar or related, sentences that are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from embkit.datasets import Pairs
from embkit.records import File, Task
from embkit.rows import read_columns, read_fields, scored_pairs

__all__ = ["similarity_tasks"]

_ANLAMVER = (
    "Ercan and Yıldız 2018, https://aclanthology.org/C18-1323, by way of "
    "https://github.com/bunyamink/word-embedding-models (datasets/similarity)"
)
_UNLICENSED = "No licence is stated; treat it as research data."


def _load_wordsimtr(path: Path) -> Pairs:
    return scored_pairs(read_fields(path, 3, delimiter=" "), 0, 10)


def _load_anlamver(path: Path) -> Pairs:
    return scored_pairs(read_fields(path, 3), 0, 10)


def _load_stsb(path: Path) -> Pairs:
    names = ("sentence1", "sentence2", "score")
    return scored_pairs(read_columns(path, *names, delimiter="\t", quotes=False), 0, 5)


def similarity_tasks(files: Mapping[str, File]) -> tuple[Task, ...]:
    """Word pairs, then sentence pairs."""
    return (
        Task(
            name="wordsimtr",
            summary="Similarity of inflected words, 0 to 10; 140 pairs",
            evaluator="similarity",
            load=_load_wordsimtr,
            needs=(files["wordsimtr.txt"],),
            source="WordSimTr, Üstün et al. 2018, https://aclanthology.org/W18-3019, by way of "
            "https://github.com/Turkish-Word-Embeddings/Word-Embeddings-Repository-for-Turkish "
            "(tasks/similarity/syntactic.txt)",
            licence="none stated",
            notes="Pairs that share their suffixes and no meaning are the least similar: spelling "
            "alone gives -0.59. 140 pairs only: a correlation of 0.70 has the 95 % interval 0.60 "
            f"to 0.77. {_UNLICENSED}",
        ),
        Task(
            name="anlamver-similarity",
            summary="AnlamVer: similarity of words, 0 to 10; 500 pairs",
            evaluator="similarity",
            load=_load_anlamver,
            needs=(files["anlamver-similarity.tsv"],),
            source=_ANLAMVER,
            licence="none stated",
            notes="Rare and made-up words are part of the set. Its two judgements correlate 0.58 "
            f"only: read it beside anlamver-relatedness. {_UNLICENSED}",
        ),
        Task(
            name="anlamver-relatedness",
            summary="AnlamVer: relatedness of words, 0 to 10; 500 pairs",
            evaluator="similarity",
            load=_load_anlamver,
            needs=(files["anlamver-relatedness.tsv"],),
            source=_ANLAMVER,
            licence="none stated",
            notes="The file `semantic.txt` of the Turkish embedding repository, published as "
            "semantic similarity, holds these scores (500 of 500, rounded) and is not used. "
            f"{_UNLICENSED}",
        ),
        Task(
            name="stsb",
            summary="STS benchmark in Turkish, 0 to 5; 1,379 test pairs",
            evaluator="sts",
            load=_load_stsb,
            needs=(files["stsb-tr-test.tsv"],),
            source="https://github.com/verimsu/STSb-TR; Beken Fikri et al. 2021, "
            "https://aclanthology.org/2021.gem-1.3; after Cer et al. 2017",
            licence="scores CC BY-SA 4.0; parts of the text have terms of their own",
            notes="Machine translated from English and not corrected; the scores are those of the "
            "English pairs.",
        ),
    )
