"""Relations between two words, split so that no word stands in both train and test."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from embkit.datasets import Relations
from embkit.records import File, Task
from embkit.rows import read_fields

__all__ = ["lexical_split", "relation_tasks"]

_LABELS = frozenset({"syn", "ant", "hyp", "mer", "unrel"})
_TRAIN_SHARE = 2 / 3
Pair = tuple[str, str, str]


def _pairs(path: Path, dropped: Counter[str]) -> list[Pair]:
    """Each pair once, whatever its order; one with two relations not at all."""
    found: dict[frozenset[str], list[Pair]] = defaultdict(list)
    for row in read_fields(path, 3, delimiter=","):
        first, second, label = row.fields
        found[frozenset((first, second))].append((first, second, row.label(label, _LABELS)))
    kept = []
    for same in found.values():
        if len({label for _, _, label in same}) > 1:
            dropped["pair with two relations"] += len(same)
        else:
            kept.append(same[0])
            dropped["pair repeated the other way round"] += len(same) - 1
    return kept


def lexical_split(pairs: Sequence[Pair]) -> dict[str, bool]:
    """Whether each word is one of train, so that few pairs have a word on either side.

    Words are placed one by one, those of most pairs first (in the order of their digests where
    equal): where most of their partners are, else on the side that is short of its share. Drawing
    the side of each word would lose four pairs in ten.
    """
    partners: dict[str, list[str]] = defaultdict(list)
    for first, second, _ in pairs:
        partners[first].append(second)
        partners[second].append(first)

    def place(word: str) -> tuple[int, bytes]:
        return -len(partners[word]), hashlib.sha256(word.encode()).digest()

    in_train: dict[str, bool] = {}
    placed = Counter({True: 0, False: 0})
    for word in sorted(partners, key=place):
        votes = Counter(in_train[other] for other in partners[word] if other in in_train)
        if votes[True] == votes[False]:
            side = placed[True] <= _TRAIN_SHARE * placed.total()
        else:
            side = votes[True] > votes[False]
        in_train[word] = side
        placed[side] += len(partners[word])
    return in_train


def _load(path: Path) -> Relations:
    dropped: Counter[str] = Counter()
    pairs = _pairs(path, dropped)
    in_train = lexical_split(pairs)
    train = [pair for pair in pairs if in_train[pair[0]] and in_train[pair[1]]]
    test = [pair for pair in pairs if not (in_train[pair[0]] or in_train[pair[1]])]
    dropped["pair between train and test words"] = len(pairs) - len(train) - len(test)
    return Relations(
        train_first=[first for first, _, _ in train],
        train_second=[second for _, second, _ in train],
        train_labels=[label for _, _, label in train],
        test_first=[first for first, _, _ in test],
        test_second=[second for _, second, _ in test],
        test_labels=[label for _, _, label in test],
        dropped=dropped,
    )


def relation_tasks(files: Mapping[str, File]) -> tuple[Task, ...]:
    """relations."""
    return (
        Task(
            name="relations",
            summary="Synonym, antonym, hyponym, part or unrelated; no word in train and test",
            evaluator="relation",
            load=_load,
            needs=(files["relation-pairs.csv"],),
            source="https://github.com/savasy/TurkishWordEmbeddings; Yıldırım, Classification of "
            "Semantic Relation Pairs in Turkish Using Word Embeddings",
            licence="none stated",
            notes="Split for embkit, the source has none. Of the 616 test pairs hayvan and meslek "
            "are the first word of 82 each. No licence is stated; treat it as research data.",
        ),
    )
