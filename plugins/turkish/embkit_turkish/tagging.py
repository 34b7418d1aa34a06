"""Tagged sentences: parts of speech of two treebanks, and names in newspapers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from embkit.datasets import Tagged
from embkit.records import File, Task
from embkit.rows import Row, read_lines

__all__ = ["tagging_tasks"]

# https://universaldependencies.org/u/pos
_PARTS_OF_SPEECH = frozenset(
    {
        "ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON", "PROPN",
        "PUNCT", "SCONJ", "SYM", "VERB", "X",
    }
)  # fmt: skip
_ENTITIES = frozenset({"O", "I-PER", "I-ORG", "I-LOC"})
Word = tuple[str, str]
Sentence = tuple[Word, ...]


def _blocks(path: Path) -> Iterator[list[Row]]:
    """The lines of each sentence; an empty line ends it."""
    block: list[Row] = []
    for row in read_lines(path):
        if row.fields[0].strip():
            block.append(row)
        elif block:
            yield block
            block = []
    if block:
        yield block


def _parts_of_speech(path: Path, split: str, dropped: Counter[str]) -> list[Sentence]:
    """Words and universal part of speech out of a CoNLL-U file.

    Where a written word is cut into several, those are the words. One of them without a form is
    left out.
    """
    sentences = []
    for block in _blocks(path):
        sentence: list[Word] = []
        for row in block:
            (text,) = row.fields
            if text.startswith("#"):
                continue
            columns = text.split("\t")
            if len(columns) != 10:
                raise row.error(f"expected 10 columns, got {len(columns)}")
            number, form, tag = columns[0], columns[1], columns[3]
            if not number.isdecimal():
                continue  # the written word before its parts, or a word that is only understood
            if form == "_":
                dropped[f"word without a form ({split})"] += 1
            else:
                sentence.append((form, row.label(tag, _PARTS_OF_SPEECH)))
        sentences.append(tuple(sentence))
    return sentences


def _entities(path: Path) -> list[Sentence]:
    """Words and entity tags; between them stand morphological analyses, at least two."""
    sentences = []
    for block in _blocks(path):
        sentence = []
        for row in block:
            columns = row.fields[0].split(" ")
            if len(columns) < 4:
                raise row.error(f"expected 4 columns or more, got {len(columns)}")
            sentence.append((columns[0], row.label(columns[-1], _ENTITIES)))
        sentences.append(tuple(sentence))
    return sentences


def _words(sentences: Collection[Sentence]) -> list[tuple[str, ...]]:
    return [tuple(word for word, _ in sentence) for sentence in sentences]


def _tags(sentences: Collection[Sentence]) -> list[tuple[str, ...]]:
    return [tuple(tag for _, tag in sentence) for sentence in sentences]


def _load_imst(train: Path, valid: Path, test: Path) -> Tagged:
    dropped: Counter[str] = Counter()
    trained = _parts_of_speech(train, "train", dropped)
    chosen = _parts_of_speech(valid, "valid", dropped)
    tested = _parts_of_speech(test, "test", dropped)
    return Tagged(
        train_sentences=_words(trained),
        train_tags=_tags(trained),
        valid_sentences=_words(chosen),
        valid_tags=_tags(chosen),
        test_sentences=_words(tested),
        test_tags=_tags(tested),
        dropped=dropped,
    )


def _dev_and_test(
    dev: list[Sentence], test: list[Sentence], dropped: Counter[str], scheme: str = ""
) -> Tagged:
    """The dev split is the train split, without the sentences that stand in test."""
    tested = set(_words(test))
    train = [sentence for sentence in dev if _words([sentence])[0] not in tested]
    dropped["sentence also in test (train)"] = len(dev) - len(train)
    return Tagged(
        train_sentences=_words(train),
        train_tags=_tags(train),
        test_sentences=_words(test),
        test_tags=_tags(test),
        scheme=scheme,
        dropped=dropped,
    )


def _load_boun(dev: Path, test: Path) -> Tagged:
    dropped: Counter[str] = Counter()
    return _dev_and_test(
        _parts_of_speech(dev, "train", dropped), _parts_of_speech(test, "test", dropped), dropped
    )


def _load_ner(dev: Path, test: Path) -> Tagged:
    return _dev_and_test(_entities(dev), _entities(test), Counter(), scheme="IO")


def tagging_tasks(files: Mapping[str, File]) -> tuple[Task, ...]:
    """Parts of speech first."""
    return (
        Task(
            name="pos-imst",
            summary="Part of speech in UD IMST; 3,435 train, 1,100 valid, 1,100 test sentences",
            evaluator="tagging",
            load=_load_imst,
            needs=tuple(files[f"imst-{split}.conllu"] for split in ("train", "dev", "test")),
            source="https://github.com/UniversalDependencies/UD_Turkish-IMST; Sulubacak et al. "
            "2016, https://aclanthology.org/C16-1325",
            licence="CC BY-NC-SA 4.0",
            notes="29 % of the test words are not in train. For non-commercial use.",
        ),
        Task(
            name="pos-boun",
            summary="Part of speech in UD BOUN, dev to test; 974 train, 979 test sentences",
            evaluator="tagging",
            load=_load_boun,
            needs=tuple(files[f"boun-{split}.conllu"] for split in ("dev", "test")),
            source="https://github.com/UniversalDependencies/UD_Turkish-BOUN; Türk et al. 2022, "
            "arXiv 2002.10416",
            licence="CC BY-SA 4.0",
            notes="Trained on the dev split, a ninth of the published train split: not to be "
            "compared with scores from it. 43 % of the test words are not in train.",
        ),
        Task(
            name="ner",
            summary="Names of people, organisations and places in newspapers, dev to test; 2,915 "
            "test sentences",
            evaluator="entities",
            load=_load_ner,
            needs=tuple(files[f"gungor-ner-{split}.txt"] for split in ("dev", "test")),
            source="https://github.com/Turkish-Word-Embeddings/"
            "Word-Embeddings-Repository-for-Turkish (NLP/NER); Güngör et al. 2018, "
            "https://aclanthology.org/C18-1177",
            licence="MIT, by https://github.com/onurgu/joint-ner-and-md-tagger",
            notes="Trained on the dev split: not to be compared with scores from the published "
            "train split. The tags say what is inside a name, not where one begins: two names side "
            "by side are one. Two sentences that are alike may be tagged differently.",
        ),
    )
