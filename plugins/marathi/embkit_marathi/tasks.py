"""The tasks of the Marathi benchmark: where each comes from, how it is read, what ails it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from embkit.datasets import Labelled, LabelledPairs, Pairs
from embkit.pinned import pinned_files
from embkit.records import File, Task
from embkit.rows import Row, read_columns, read_fields, scored_pairs

from embkit_marathi.descriptions import description_tasks
from embkit_marathi.reading import read_sheet

__all__ = ["tasks"]

# The counts of repeated texts in the notes take texts for equal that differ in white space only.

_L3CUBE = "https://github.com/l3cube-pune/MarathiNLP"
_NON_COMMERCIAL = "For non-commercial research."
_UNLICENSED = "No licence is stated; treat it as non-commercial research data."

Split = Sequence[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class _Layout:
    """How the files of one classification set are laid out, and how they become a dataset.

    text, label: names of the columns. spelling: labels written in a second way, to the first.
    """

    text: str
    label: str
    labels: frozenset[str]
    read: Callable[..., Iterable[Row]] = read_columns
    spelling: Mapping[str, str] = field(default_factory=dict)

    def split(self, path: Path, name: str, dropped: Counter[str]) -> Split:
        """Texts with labels as they stand in the file; what is left out is counted in `dropped`."""
        rows = []
        for row in self.read(path, self.text, self.label):
            text, label = row.fields
            if (text, label) == (self.text, self.label):
                dropped[f"stray header row ({name})"] += 1
            elif not text.strip():
                dropped[f"empty text ({name})"] += 1
            else:
                if label in self.spelling:
                    dropped[f"label spelling mended, row kept ({name})"] += 1
                    label = self.spelling[label]
                rows.append((text, row.label(label, self.labels)))
        return rows

    def load(self, train: Path, valid: Path, test: Path) -> Labelled:
        dropped: Counter[str] = Counter()
        return _labelled(
            train=self.split(train, "train", dropped),
            valid=self.split(valid, "valid", dropped),
            test=self.split(test, "test", dropped),
            dropped=dropped,
        )


def _labelled(*, train: Split, test: Split, dropped: Counter[str], valid: Split = ()) -> Labelled:
    return Labelled(
        train_texts=[text for text, _ in train],
        train_labels=[label for _, label in train],
        valid_texts=[text for text, _ in valid],
        valid_labels=[label for _, label in valid],
        test_texts=[text for text, _ in test],
        test_labels=[label for _, label in test],
        dropped=dropped,
    )


_SENTIMENT = frozenset({"-1", "0", "1"})
_HATE_2 = _Layout(text="text", label="label", labels=frozenset({"HOF", "NOT"}), read=read_sheet)
_HATE_4 = _Layout(
    text="text", label="label", labels=frozenset({"HATE", "OFFN", "PRFN", "NOT"}), read=read_sheet
)
_SENT_GT = _Layout(text="tweet", label="label", labels=_SENTIMENT)
_SENT_MR = _Layout(text="marathi_sentence", label="label", labels=_SENTIMENT)
_SENT_ST = _Layout(text="marathi_text", label="label", labels=_SENTIMENT)
_EMOTIONS = _Layout(
    text="Tweet",
    label="Label",
    labels=frozenset(
        {
            "Anger/Disgust",
            "Excitement",
            "Fear",
            "Happiness",
            "Neutral",
            "Pride",
            "Respect",
            "Sadness",
            "Sarcasm",
            "Surprise",
        }
    ),
    spelling={"respect": "Respect", "sadness": "Sadness"},
)
_SHC = _Layout(
    text="Text",
    label="Label",
    labels=frozenset(
        {
            "Auto",
            "Bhakti",
            "Crime",
            "Education",
            "Fashion",
            "Health",
            "International",
            "Manoranjan",
            "Politics",
            "Sports",
            "Tech",
            "Travel",
        }
    ),
)


def _load_shc(valid: Path, test: Path) -> Labelled:
    """The published rows; the validation file is the train split, for no train file was at hand."""
    dropped: Counter[str] = Counter()
    return _labelled(
        train=_SHC.split(valid, "train", dropped),
        test=_SHC.split(test, "test", dropped),
        dropped=dropped,
    )


def _load_shc_dedup(valid: Path, test: Path) -> Labelled:
    """Each text once, at its first place: train before test, top before bottom.

    Texts are compared as they stand; one that comes with two labels keeps the first.
    """
    dropped: Counter[str] = Counter()
    seen: set[str] = set()
    train = []
    for text, label in _SHC.split(valid, "train", dropped):
        if text in seen:
            dropped["repeated text (train)"] += 1
        else:
            train.append((text, label))
        seen.add(text)
    in_train, kept = frozenset(seen), []
    for text, label in _SHC.split(test, "test", dropped):
        if text in in_train:
            dropped["test text also in train"] += 1
        elif text in seen:
            dropped["repeated text (test)"] += 1
        else:
            kept.append((text, label))
        seen.add(text)
    return _labelled(train=train, test=kept, dropped=dropped)


_TWO_SENTENCES = re.compile(r'"([^\n]*)"\r?\n"([^\n]*)"')


def _load_semrel(test: Path) -> Pairs:
    """Both sentences stand in one field, each in double quotes, on two lines."""
    rows = []
    for row in read_columns(test, "Text", "Score"):
        text, score = row.fields
        found = _TWO_SENTENCES.fullmatch(text)
        if found is None:
            raise row.error(f"expected two sentences in quotes on two lines, got {text[:60]!r}")
        rows.append(row._replace(fields=(found[1], found[2], score)))
    return scored_pairs(rows, 0, 1)


def _load_mahasts(test: Path) -> Pairs:
    return scored_pairs(read_columns(test, "Sentence1", "Sentence2", "Label"), 0, 5)


def _load_stsb(test: Path) -> Pairs:
    """Columns: genre, file, year, id, score and the two sentences."""
    rows = (row._replace(fields=(*row.fields[5:], row.fields[4])) for row in read_fields(test, 7))
    return scored_pairs(rows, 0, 5)


def _load_wordsim(path: Path) -> Pairs:
    """Only the first part of the file is scored; a word paired with itself stays."""
    dropped: Counter[str] = Counter()
    rows = []
    for row in read_fields(path, 3):
        if row.fields[2].strip():
            rows.append(row)
        else:
            dropped["pair without a score"] += 1
    return scored_pairs(rows, 0, 10, dropped)


def _paraphrases(path: Path, name: str, dropped: Counter[str]) -> list[tuple[str, str, bool]]:
    pairs = []
    for row in read_columns(path, "Sentence1", "Sentence2", "Label"):
        first, second, label = row.fields
        if first.strip() and second.strip():
            pairs.append((first, second, row.label(label, {"P", "NP"}) == "P"))
        else:
            dropped[f"empty text ({name})"] += 1
    return pairs


def _load_mahaparaphrase(train: Path, valid: Path, test: Path) -> LabelledPairs:
    """Train and validation choose the threshold, without the pairs that stand in test, too."""
    dropped: Counter[str] = Counter()
    scored = _paraphrases(test, "test", dropped)
    held_out = {frozenset(pair[:2]) for pair in scored}
    chosen = []
    for name, path in (("train", train), ("valid", valid)):
        for pair in _paraphrases(path, name, dropped):
            if frozenset(pair[:2]) in held_out:
                dropped[f"pair also in test ({name})"] += 1
            else:
                chosen.append(pair)
    return LabelledPairs(
        first=[first for first, _, _ in scored],
        second=[second for _, second, _ in scored],
        labels=[label for _, _, label in scored],
        train_first=[first for first, _, _ in chosen],
        train_second=[second for _, second, _ in chosen],
        train_labels=[label for _, _, label in chosen],
        dropped=dropped,
    )


def tasks() -> tuple[Task, ...]:
    """All tasks, in the order in which a table is pleasant to read."""
    files = pinned_files("embkit_marathi")

    def needs(name: str, *splits: str) -> tuple[File, ...]:
        return tuple(files[f"{name}-{split}"] for split in splits)

    def sheets(name: str) -> tuple[File, ...]:
        return needs(name, "train.xlsx", "valid.xlsx", "test.xlsx")

    def tables(name: str) -> tuple[File, ...]:
        return needs(name, "train.csv", "valid.csv", "test.csv")

    hate = f"{_L3CUBE} (L3Cube-MahaHate); Velankar et al. 2022, arXiv 2203.13778"
    sentiment = f"{_L3CUBE} (L3Cube-MahaSent-MD); Pingle et al. 2023, arXiv 2306.13888"
    news = f"{_L3CUBE} (L3Cube-MahaNews/SHC); Mittal et al. 2024, arXiv 2404.18216"
    nc = "CC BY-NC-SA 4.0"
    nc_news = "CC BY-NC-SA 4.0 in l3cube-pune/indic-nlp, none stated in l3cube-pune/MarathiNLP"
    by_card = "CC BY 4.0 by the model-hub card, none stated in the repository"
    return (
        Task(
            name="mahahate-2",
            summary="Tweets: hateful or offensive (HOF), or not (NOT); 30,000 / 3,750 / 3,750",
            evaluator="classification",
            load=_HATE_2.load,
            needs=sheets("mahahate-2"),
            source=hate,
            licence=nc,
            notes="Hate speech: the texts are abusive by design. 59 % of the test texts are in the "
            "train split of mahahate-4: fine-tune on neither to test on the other. 58 test texts "
            f"are in train, 15 of them with another label. {_NON_COMMERCIAL}",
        ),
        Task(
            name="mahahate-4",
            summary="Tweets: hate, offensive, profane or none of these; 21,500 / 1,500 / 2,000",
            evaluator="classification",
            load=_HATE_4.load,
            needs=sheets("mahahate-4"),
            source=hate,
            licence=nc,
            notes="Hate speech: the texts are abusive by design. 80 % of the test texts are in the "
            "train split of mahahate-2: fine-tune on neither to test on the other. 21 test texts "
            f"are in train, 18 of them with another label. {_NON_COMMERCIAL}",
        ),
        Task(
            name="mahasent-gt",
            summary="Sentiment of tweets: -1, 0, 1; 11,998 / 1,500 / 1,500",
            evaluator="classification",
            load=_SENT_GT.load,
            needs=tables("mahasent-gt"),
            source=sentiment,
            licence=nc,
            notes="48 test texts are in train, 4 of them with another label. The texts are those "
            f"of mahaemotions. {_NON_COMMERCIAL}",
        ),
        Task(
            name="mahasent-mr",
            summary="Sentiment of movie reviews: -1, 0, 1; 12,000 / 1,500 / 1,500",
            evaluator="classification",
            load=_SENT_MR.load,
            needs=tables("mahasent-mr"),
            source=sentiment,
            licence=nc,
            notes=_NON_COMMERCIAL,
        ),
        Task(
            name="mahasent-st",
            summary="Sentiment of subtitles: -1, 0, 1; 12,000 / 1,500 / 1,500",
            evaluator="classification",
            load=_SENT_ST.load,
            needs=tables("mahasent-st"),
            source=sentiment,
            licence=nc,
            notes=_NON_COMMERCIAL,
        ),
        Task(
            name="shc",
            summary="Headlines in 12 topics, as published; 2,750 train (valid file), 2,761 test",
            evaluator="classification",
            load=_load_shc,
            needs=needs("shc", "valid.csv", "test.csv"),
            source=news,
            licence=nc_news,
            notes="14.7 % of the test headlines are in train word for word; the largest class, "
            "Manoranjan, is 38 headlines over and over, all of them in train. 135 test and 146 "
            "train (valid file) headlines are UTF-8 read as code page 866, Cyrillic for "
            "Devanagari. Read it beside shc-dedup. The published train file is not used. "
            f"{_NON_COMMERCIAL}",
        ),
        Task(
            name="shc-dedup",
            summary="Headlines in 12 topics, each headline once; 2,393 train, 2,332 test",
            evaluator="classification",
            load=_load_shc_dedup,
            needs=needs("shc", "valid.csv", "test.csv"),
            source=news,
            licence=nc_news,
            notes="shc without repeats. Not one headline of the class Manoranjan is left in test. "
            "133 test and 146 train headlines are UTF-8 read as code page 866, Cyrillic for "
            f"Devanagari. {_NON_COMMERCIAL}",
        ),
        Task(
            name="mahaemotions",
            summary="Emotion of tweets, 10 labels; 11,998 / 1,500 / 1,500",
            evaluator="classification",
            load=_EMOTIONS.load,
            needs=tables("mahaemotions"),
            source=f"{_L3CUBE} (L3Cube-MahaEmotions); Kowtal and Joshi 2025, arXiv 2506.00863",
            licence=by_card,
            notes="Train labels are GPT-4's, validation and test labels are human. 48 test texts "
            "are in train, 10 of them with another label. Rare labels: Sarcasm 8 and Fear 20 test "
            "rows. The texts are those of mahasent-gt, which is CC BY-NC-SA 4.0.",
        ),
        Task(
            name="semrel",
            summary="Relatedness of sentence pairs, 0 to 1; 298 test pairs",
            evaluator="sts",
            load=_load_semrel,
            needs=needs("semrel", "test.csv"),
            source="https://github.com/semantic-textual-relatedness/"
            "Semantic_Relatedness_SemEval2024 (Track A, mar); Ousidhoum et al. 2024, "
            "arXiv 2402.08638",
            licence="none stated",
            notes=_UNLICENSED,
        ),
        Task(
            name="mahasts",
            summary="Similarity of sentence pairs, 0 to 5; 1,692 test pairs",
            evaluator="sts",
            load=_load_mahasts,
            needs=needs("mahasts", "test.csv"),
            source=f"{_L3CUBE} (L3Cube-MahaSTS); Mirashi et al. 2025, arXiv 2508.21569",
            licence=by_card,
        ),
        Task(
            name="stsb-mr",
            summary="STS benchmark in Marathi, 0 to 5; 1,379 test pairs",
            evaluator="sts",
            load=_load_stsb,
            needs=needs("stsb-mr", "test.tsv"),
            source=f"{_L3CUBE} (STSb-translated); Joshi et al. 2022, arXiv 2211.11187; after "
            "Cer et al. 2017",
            licence="none stated",
            notes=f"Machine translated from English, the scores are those of the English pairs. "
            f"{_UNLICENSED}",
        ),
        Task(
            name="mahaparaphrase",
            summary="Paraphrases or not; 2,000 test pairs",
            evaluator="pair-classification",
            load=_load_mahaparaphrase,
            needs=tables("mahaparaphrase"),
            source=f"{_L3CUBE} (L3Cube-MahaParaphrase); Jadhav et al. 2025, arXiv 2508.17444",
            licence="none stated",
            notes="54 of the test pairs are in the published train and validation files, in either "
            f"order; they are left out there. {_UNLICENSED}",
        ),
        Task(
            name="wordsim",
            summary="Similarity of word pairs, 0 to 10; the 104 pairs of Marathi-WS with a score",
            evaluator="similarity",
            load=_load_wordsim,
            needs=(files["wordsim.tsv"],),
            source="https://github.com/syedsarfarazakhtar/"
            "Word-Similarity-Datasets-for-Indian-Languages; Akhtar et al. 2017",
            licence="none stated",
            notes="104 pairs only: a correlation of 0.50 has the 95 % interval 0.34 to 0.63. Two "
            "pairs stand twice, one word is paired with itself; all stay, so that n is the "
            f"published one. {_UNLICENSED}",
        ),
        *description_tasks(_SENT_MR.load, tables("mahasent-mr"), sentiment, nc),
    )
