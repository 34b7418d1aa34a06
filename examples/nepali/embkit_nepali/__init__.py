"""Nepali for embkit: how its text is read, and a benchmark of word groups and topics."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.resources import files

from embkit import Benchmark, Groups, InvalidData, Labelled, Language, Task, hookimpl
from embkit.text import clean, fold_case, words

SOURCE = "written for embkit-nepali"
LICENCE = "CC0-1.0"
# Stands below every score.
NOTES = "a small set that no native speaker has read"
# Ra before a consonant is an eyelash with a joiner and a hook without: गर्\u200dयो and गर्यो are one
# word in two spellings, and keyboards and corpora have both.
_JOINERS = re.compile("(?<=\u094d)[\u200c\u200d]+(?=[\u0915-\u0939])")


def normalize(text: str) -> str:
    """NFC, without the joiners between a virama and a consonant."""
    return _JOINERS.sub("", clean(text))


def _rows(name: str, columns: int) -> list[list[str]]:
    """The rows of a table beside this module, without its line of headings."""
    lines = files(__package__).joinpath(name).read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines]
    for number, row in enumerate(rows, start=1):
        if len(row) != columns:
            raise InvalidData(f"expected {columns} columns, got {len(row)}", path=name, line=number)
    return rows[1:]


def load_groups() -> Groups:
    """Words and the group of each: which one does not belong among those of another group?"""
    rows = _rows("groups.tsv", 2)
    return Groups(texts=[word for _, word in rows], labels=[group for group, _ in rows])


def load_topics() -> Labelled:
    """Sentences and their topics; those of `train` are learnt from, those of `test` scored."""
    rows = _rows("topics.tsv", 3)
    train = [(text, topic) for split, topic, text in rows if split == "train"]
    test = [(text, topic) for split, topic, text in rows if split == "test"]
    return Labelled(
        train_texts=[text for text, _ in train],
        train_labels=[topic for _, topic in train],
        test_texts=[text for text, _ in test],
        test_labels=[topic for _, topic in test],
    )


@hookimpl
def embkit_languages() -> Iterable[Language]:
    """How Nepali is read: by the rules of every language, but joiners."""
    yield Language(
        name="ne",
        summary="Nepali: words by Unicode's rules, joiners in conjuncts left out",
        normalize=normalize,
        tokenize=words,
        fold=fold_case,
        script="Deva",
        space_separates=True,
    )


@hookimpl
def embkit_benchmarks() -> Iterable[Benchmark]:
    """The benchmark `nepali`, which needs no download."""
    groups = Task(
        name="groups",
        summary="80 words in ten groups: which one does not belong?",
        evaluator="outlier",
        load=load_groups,
        source=SOURCE,
        licence=LICENCE,
        notes=NOTES,
    )
    topics = Task(
        name="topics",
        summary="120 short sentences in five topics",
        evaluator="classification",
        load=load_topics,
        source=SOURCE,
        licence=LICENCE,
        notes=NOTES,
    )
    yield Benchmark(
        name="nepali",
        summary="Nepali: word groups and topics",
        language="ne",
        tasks=(groups, topics),
    )
