"""What a word's vector tells of its morphology: probes, and the neighbours of inflected forms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from embkit.datasets import Dataset, Inflections, Labelled, Relations
from embkit.records import File, Task
from embkit.rows import Row, read_fields

__all__ = ["morphology_tasks"]


class _Probe(NamedTuple):
    """One probe of LINSPECTOR; folder: its name there."""

    folder: str
    asks: str
    notes: str = ""


_REPEATED_WORDS = "Two words: {} of the 1,000 test pairs have a word that is in a train pair."
_PROBES: Mapping[str, _Probe] = {
    "probe-case": _Probe("Case", "the case of a noun, or none"),
    "probe-possession": _Probe("Possession", "whose a noun is, or nobody's"),
    "probe-person": _Probe("Person", "the person of a verb, or none"),
    "probe-tense": _Probe("Tense", "the tense of a verb, or none"),
    "probe-polarity": _Probe("Polarity", "whether a verb is negated, or none"),
    "probe-pos": _Probe(
        "POS", "noun, verb or adjective", "8 of the 1,000 test words are adjectives."
    ),
    "probe-tags": _Probe("TagCount", "the number of morphological features"),
    "probe-length": _Probe(
        "CharacterCount", "the number of letters", "It is spelling, not morphology."
    ),
    "probe-length-bin": _Probe(
        "CharacterBin", "the number of letters in six steps", "It is spelling, not morphology."
    ),
    "probe-pseudo": _Probe(
        "Pseudo",
        "a word (1) or a made-up word (0)",
        "21 test words stand in train, too; kar and yar carry both labels.",
    ),
    "probe-same-feature": _Probe(
        "SameFeat", "the one feature that two forms share", _REPEATED_WORDS.format(860)
    ),
    "probe-odd-feature": _Probe(
        "OddFeat", "the one feature in which two forms differ", _REPEATED_WORDS.format(469)
    ),
}
_PAIRS = {"probe-same-feature", "probe-odd-feature"}


def _splits(paths: Collection[Path], width: int) -> Iterator[list[Row]]:
    """The rows of train, validation and test; a label that train lacks is an error."""
    known: set[str] = set()
    for path in paths:
        rows = list(read_fields(path, width))
        known = known or {row.fields[-1] for row in rows}
        for row in rows:
            row.label(row.fields[-1], known)
        yield rows


def _column(rows: Collection[Row], position: int) -> list[str]:
    return [row.fields[position] for row in rows]


def _load_words(*paths: Path) -> Labelled:
    train, valid, test = _splits(paths, 2)
    return Labelled(
        train_texts=_column(train, 0),
        train_labels=_column(train, 1),
        valid_texts=_column(valid, 0),
        valid_labels=_column(valid, 1),
        test_texts=_column(test, 0),
        test_labels=_column(test, 1),
    )


def _load_pairs(*paths: Path) -> Relations:
    train, valid, test = _splits(paths, 3)
    return Relations(
        train_first=_column(train, 0),
        train_second=_column(train, 1),
        train_labels=_column(train, 2),
        valid_first=_column(valid, 0),
        valid_second=_column(valid, 1),
        valid_labels=_column(valid, 2),
        test_first=_column(test, 0),
        test_second=_column(test, 1),
        test_labels=_column(test, 2),
    )


def _load_inflection(train: Path, valid: Path, test: Path) -> Inflections:
    """The forms of all three files are searched, those of the test file are asked for."""
    forms: list[str] = []
    lemmas: list[str] = []
    cells: list[str] = []
    queries: list[int] = []
    dropped: Counter[str] = Counter()
    for path in (train, valid, test):
        for row in read_fields(path, 3):
            lemma, cell, form = row.fields
            if " " in lemma or " " in form:
                dropped["form or lemma of several words"] += 1
                continue
            if path == test:
                queries.append(len(forms))
            forms.append(form)
            lemmas.append(lemma)
            cells.append(cell)
    return Inflections(forms=forms, lemmas=lemmas, cells=cells, queries=queries, dropped=dropped)


def _probe(name: str, probe: _Probe, files: Mapping[str, File]) -> Task:
    load: Callable[..., Dataset] = _load_pairs if name in _PAIRS else _load_words
    return Task(
        name=name,
        summary=f"LINSPECTOR: {probe.asks}; 7,000 / 2,000 / 1,000",
        evaluator="pair-probing" if name in _PAIRS else "probing",
        load=load,
        needs=tuple(
            files[f"linspector-{probe.folder}-{split}.tsv"] for split in ("train", "dev", "test")
        ),
        source="https://github.com/UKPLab/linspector; Şahin et al. 2020, arXiv 1903.09442",
        licence="Apache-2.0; derived from UniMorph, CC BY-SA 3.0",
        notes=probe.notes,
    )


def morphology_tasks(files: Mapping[str, File]) -> tuple[Task, ...]:
    """Twelve probes and inflection."""
    return (
        *(_probe(name, probe, files) for name, probe in _PROBES.items()),
        Task(
            name="inflection",
            summary="Is a form near its lemma, and near the same form of other words? 557 forms",
            evaluator="inflection",
            load=_load_inflection,
            needs=tuple(files[f"sigmorphon-2023-{split}.tsv"] for split in ("trn", "dev", "tst")),
            source="https://github.com/sigmorphon/2023InflectionST (part1, tur); Goldman et al. "
            "2023, https://aclanthology.org/2023.sigmorphon-1.13",
            licence="none stated; derived from unimorph/tur, CC BY-SA 3.0",
            notes="Searched are the one-word forms of 433 words, asked for are those of the 40 "
            "words among them that the test split has; a lemma of one split is in no other.",
        ),
    )
