"""Every task out of the real files, and an error for every fault that must not pass in silence."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from embkit.datasets import Dataset
from embkit.errors import InvalidData
from embkit.records import Task

Load = Callable[[str], Any]

# train, valid and test rows; what was left out.
CLASSIFICATION = {
    "mahahate-2": ((30000, 3750, 3750), {}),
    "mahahate-4": ((21500, 1500, 2000), {}),
    "mahasent-gt": ((11998, 1500, 1500), {"empty text (train)": 2}),
    "mahasent-mr": ((12000, 1500, 1500), {}),
    "mahasent-st": ((12000, 1500, 1500), {}),
    "shc": ((2750, 0, 2761), {"stray header row (train)": 11, "stray header row (test)": 11}),
    "shc-dedup": (
        (2393, 0, 2332),
        {
            "stray header row (train)": 11,
            "stray header row (test)": 11,
            "repeated text (train)": 357,
            "test text also in train": 407,
            "repeated text (test)": 22,
        },
    ),
    "mahaemotions": ((11998, 1500, 1500), {"label spelling mended, row kept (valid)": 11}),
}
# test pairs, lowest and highest score, mean; what was left out.
SCORED = {
    "semrel": (298, 0, 1, 0.50, {}),
    "mahasts": (1692, 0, 5, 2.11, {}),
    "stsb-mr": (1379, 0, 5, 2.61, {}),
    "wordsim": (104, 0, 10, 5.84, {"pair without a score": 149}),
}
EVALUATORS = {
    **dict.fromkeys(CLASSIFICATION, "classification"),
    "semrel": "sts",
    "mahasts": "sts",
    "stsb-mr": "sts",
    "mahaparaphrase": "pair-classification",
    "wordsim": "similarity",
    "words-isotropy": "isotropy",
    "bias-career": "bias",
    "bias-science": "bias",
}


def test_the_tasks_and_their_evaluators_are_these(all_tasks: dict[str, Task]) -> None:
    assert {name: task.evaluator for name, task in all_tasks.items()} == EVALUATORS


def test_every_task_has_a_source_a_licence_and_files_at_a_pinned_commit(
    all_tasks: dict[str, Task],
) -> None:
    for task in all_tasks.values():
        assert task.source.startswith("https://github.com/") or not task.needs
        assert task.source and task.licence
        for file in task.needs:
            (url,) = file.urls
            host, commit = "https://raw.githubusercontent.com/", url.split("/")[5]
            assert url.startswith(host) and " " not in url
            assert len(commit) == 40 and len(file.sha256) == 64 and file.bytes > 0


def test_digests_and_sizes_are_those_of_the_shared_files(
    all_tasks: dict[str, Task], place: Callable[[str], Path]
) -> None:
    files = {file.name: file for task in all_tasks.values() for file in task.needs}
    assert len(files) == 27
    for name, file in files.items():
        content = place(name).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (file.sha256, file.bytes)


@pytest.mark.parametrize("name", CLASSIFICATION)
def test_a_classification_task_has_the_published_rows_and_says_what_it_left_out(
    name: str, load: Load
) -> None:
    dataset, (sizes, dropped) = load(name), CLASSIFICATION[name]
    found = (len(dataset.train_texts), len(dataset.valid_texts), len(dataset.test_texts))
    assert found == sizes
    assert dict(dataset.dropped) == dropped


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("mahahate-2", {"HOF": 1875, "NOT": 1875}),
        ("mahahate-4", {"HATE": 500, "OFFN": 500, "PRFN": 500, "NOT": 500}),
        ("mahasent-gt", {"-1": 500, "0": 500, "1": 500}),
        ("mahasent-mr", {"-1": 500, "0": 500, "1": 500}),
        ("mahasent-st", {"-1": 500, "0": 500, "1": 500}),
        (
            "shc",
            {
                "Manoranjan": 374,
                "Crime": 295,
                "Politics": 282,
                "Tech": 264,
                "International": 256,
                "Health": 249,
                "Fashion": 241,
                "Sports": 236,
                "Auto": 209,
                "Bhakti": 174,
                "Travel": 95,
                "Education": 86,
            },
        ),
        (
            "mahaemotions",
            {
                "Neutral": 546,
                "Anger/Disgust": 398,
                "Happiness": 201,
                "Respect": 104,
                "Sadness": 75,
                "Pride": 68,
                "Surprise": 48,
                "Excitement": 32,
                "Fear": 20,
                "Sarcasm": 8,
            },
        ),
    ],
)
def test_the_test_labels_are_those_of_the_publication(
    name: str, labels: dict[str, int], load: Load
) -> None:
    assert dict(Counter(load(name).test_labels)) == labels


def test_emotions_in_lower_case_join_their_label(load: Load) -> None:
    found = Counter(load("mahaemotions").valid_labels)
    assert (found["Respect"], found["Sadness"]) == (141 + 6, 76 + 5)


def test_no_headline_stands_twice_in_shc_dedup_and_manoranjan_is_gone_from_test(
    load: Load,
) -> None:
    dataset = load("shc-dedup")
    texts = [*dataset.train_texts, *dataset.test_texts]
    assert len(texts) == len(set(texts)) == 4725
    assert "Manoranjan" not in dataset.test_labels


@pytest.mark.parametrize(("name", "test"), [("shc", 135), ("shc-dedup", 133)])
def test_headlines_read_in_a_wrong_encoding_are_as_many_as_the_notes_say(
    name: str, test: int, load: Load, all_tasks: dict[str, Task]
) -> None:
    dataset = load(name)
    cyrillic = re.compile("[\u0400-\u04ff]")
    found = [
        sum(map(bool, map(cyrillic.search, t))) for t in (dataset.test_texts, dataset.train_texts)
    ]
    assert found == [test, 146]
    assert f"{test} test and 146 train" in all_tasks[name].notes
    damaged = next(filter(cyrillic.search, dataset.train_texts))
    assert "महिलांना आवडतात असे पुरुष" in damaged.encode("cp866").decode()


def _spaced(texts: Sequence[str]) -> list[str]:
    """The texts with one space for any white space."""
    return [" ".join(text.split()) for text in texts]


def test_the_two_hate_tasks_hold_each_others_test_texts_as_their_notes_say(load: Load) -> None:
    two, four = load("mahahate-2"), load("mahahate-4")
    in_two, in_four = set(_spaced(two.train_texts)), set(_spaced(four.train_texts))
    assert sum(text in in_two for text in _spaced(four.test_texts)) == 1597
    assert sum(text in in_four for text in _spaced(two.test_texts)) == 2200


@pytest.mark.parametrize("name", SCORED)
def test_a_scored_task_has_the_published_pairs_and_says_what_it_left_out(
    name: str, load: Load
) -> None:
    dataset, (count, low, high, mean, dropped) = load(name), SCORED[name]
    assert (dataset.items, min(dataset.scores), max(dataset.scores)) == (count, low, high)
    assert sum(dataset.scores) / count == pytest.approx(mean, abs=0.005)
    assert dict(dataset.dropped) == dropped


def test_the_first_pairs_are_those_of_the_files(load: Load) -> None:
    words, sentences, related = load("wordsim"), load("stsb-mr"), load("semrel")
    assert (words.first[0], words.second[0], words.scores[0]) == ("वाघ", "मांजर", 7.0)
    assert (words.first[1], words.second[1], words.scores[1]) == ("वाघ", "वाघ", 10.0)
    assert sentences.first[0] == "एक मुलगी आपले केस स्टाईल करीत आहे."
    assert sentences.second[0] == "एक मुलगी आपले केस ब्रश करीत आहे."
    assert related.first[0] == "सोनूसोबत ज्युनियर कलकत्ता नावाचा बुकीही तेव्हा रॅकेटमध्ये होता."
    assert not any('"\n"' in text for text in (*related.first, *related.second))


def test_paraphrases_leave_the_test_pairs_out_of_the_pairs_for_the_threshold(load: Load) -> None:
    dataset = load("mahaparaphrase")
    assert (dataset.items, sum(dataset.labels)) == (2000, 1000)
    assert len(dataset.train_labels) == 5000 + 999 - 37 - 17
    assert dict(dataset.dropped) == {
        "pair also in test (train)": 37,
        "pair also in test (valid)": 17,
    }
    held_out = {frozenset(pair) for pair in zip(dataset.first, dataset.second, strict=True)}
    chosen = zip(dataset.train_first, dataset.train_second, strict=True)
    assert not any(frozenset(pair) in held_out for pair in chosen)


@pytest.mark.parametrize("name", ["mahahate-2", "shc", "wordsim", "mahaparaphrase"])
def test_reading_twice_gives_the_same_digest(
    name: str, load: Load, all_tasks: dict[str, Task], place: Callable[[str], Path]
) -> None:
    again: Dataset = all_tasks[name].load(*(place(file.name) for file in all_tasks[name].needs))
    assert again.digest == load(name).digest


# Small files for the faults. A good one first, so that each fault is the only one.
GOOD = {"train.csv": "tweet,label\nबरे,1\nवाईट,-1\n", "rest.csv": 'tweet,label\n"ओळ\nदोन",0\nNA,1\n'}


@pytest.fixture
def small(tmp_path: Path) -> Callable[[str, str], Path]:
    def write(name: str, content: str) -> Path:
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        return path

    return write


Write = Callable[[str, str], Path]


def _sentiment(all_tasks: dict[str, Task], small: Write, train: str) -> Any:
    rest = small("rest.csv", GOOD["rest.csv"])
    return all_tasks["mahasent-gt"].load(small("train.csv", train), rest, rest)


def test_line_breaks_stay_in_a_text_and_na_is_a_text(
    all_tasks: dict[str, Task], small: Write
) -> None:
    dataset = _sentiment(all_tasks, small, GOOD["train.csv"])
    assert dataset.test_texts == ("ओळ\nदोन", "NA")
    assert dataset.test_labels == ("0", "1")
    assert dict(dataset.dropped) == {}


def test_empty_texts_and_stray_headers_are_counted_by_split(
    all_tasks: dict[str, Task], small: Write
) -> None:
    dataset = _sentiment(all_tasks, small, GOOD["train.csv"] + "tweet,label\n ,0\n,1\n")
    assert dataset.train_texts == ("बरे", "वाईट")
    assert dict(dataset.dropped) == {"stray header row (train)": 1, "empty text (train)": 2}


@pytest.mark.parametrize(
    ("train", "message"),
    [
        ("text,label\nबरे,1\n", "train.csv, line 1: expected a column 'tweet', got text, label"),
        (
            'tweet,label\n"दोन\nओळी",1\nवाईट,2\n',
            "train.csv, line 4: expected a label among -1, 0, 1, got '2'",
        ),
        ("tweet,label\nबरे\n", "train.csv, line 2: expected 2 columns, got 1"),
        ("tweet,label\nबरे,1\n\n0,बरे,1\n", "train.csv, line 4: expected 2 columns, got 3"),
        (
            'tweet,label\nवाईट,1\n"बरे,1\n',
            "train.csv, line 3: not readable as .csv: unexpected end of data",
        ),
        ("", "train.csv, line 1: expected a column 'tweet', got an empty file"),
    ],
)
def test_a_table_that_is_not_what_it_should_be_is_an_error_with_its_place_and_a_remedy(
    train: str, message: str, all_tasks: dict[str, Task], small: Write
) -> None:
    with pytest.raises(InvalidData) as caught:
        _sentiment(all_tasks, small, train)
    assert message in str(caught.value)
    assert str(caught.value).endswith("delete it and let embkit fetch it again")


def test_bytes_that_are_no_utf_8_are_an_error(all_tasks: dict[str, Task], tmp_path: Path) -> None:
    path = tmp_path / "train.csv"
    path.write_bytes(b"tweet,label\n\xff\xfe,1\n")
    with pytest.raises(InvalidData, match=r"train\.csv, line 1: not readable as \.csv: 'utf-8'"):
        all_tasks["mahasent-gt"].load(path, path, path)


def test_a_text_file_called_xlsx_is_an_error(all_tasks: dict[str, Task], small: Write) -> None:
    path = small("train.xlsx", "text,label\nबरे,NOT\n")
    with pytest.raises(InvalidData, match=r"train\.xlsx: not readable as \.xlsx: .*fetch it again"):
        all_tasks["mahahate-2"].load(path, path, path)


def test_a_sheet_with_an_unexpected_label_is_an_error(
    all_tasks: dict[str, Task], place: Callable[[str], Path]
) -> None:
    two, four = place("mahahate-2-valid.xlsx"), place("mahahate-4-valid.xlsx")
    with pytest.raises(
        InvalidData, match=r"hate_valid\.xlsx, line \d+: expected a label among HOF"
    ):
        all_tasks["mahahate-2"].load(two, two, four)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("wordsim", "घर\tदार\tx\n", "line 1: expected a score from 0 to 10, got 'x'"),
        ("wordsim", "घर\tदार\t7\nघर\tनदी\t11\n", "line 2: expected a score from 0 to 10, got '11'"),
        ("wordsim", "घर\tदार\tnan\n", "line 1: expected a score from 0 to 10, got 'nan'"),
        (
            "mahasts",
            "Sentence1,Sentence2,Label\nघर,दार,\n",
            "line 2: expected a score from 0 to 5, got ''",
        ),
        ("mahasts", "Sentence1,Label\nघर,1\n", "line 1: expected a column 'Sentence2'"),
        ("stsb-mr", "g\tf\ty\t1\tघर\tदार\n", "line 1: expected 7 columns, got 6"),
        ("wordsim", "घर\tदार\n", "line 1: expected 3 columns, got 2"),
        (
            "semrel",
            'PairID,Text,Score\n1,"एक ""ओळ""",0.5\n',
            "line 2: expected two sentences in quotes on two lines",
        ),
    ],
)
def test_a_scored_file_that_is_not_what_it_should_be_is_an_error_with_its_line(
    name: str, content: str, message: str, all_tasks: dict[str, Task], small: Write
) -> None:
    with pytest.raises(InvalidData) as caught:
        all_tasks[name].load(small("pairs.txt", content))
    assert f"pairs.txt, {message}" in str(caught.value)
    assert str(caught.value).endswith("delete it and let embkit fetch it again")


def test_a_pair_with_an_empty_sentence_is_left_out_and_counted(
    all_tasks: dict[str, Task], small: Write
) -> None:
    path = small("sts.csv", "Sentence1,Sentence2,Label\nघर,दार,1\nघर,,2\n")
    dataset: Any = all_tasks["mahasts"].load(path)
    assert dataset.first == ("घर",)
    assert dict(dataset.dropped) == {"empty text": 1}


def test_a_paraphrase_label_other_than_p_and_np_is_an_error(
    all_tasks: dict[str, Task], small: Write
) -> None:
    path = small("pairs.csv", "Sentence1,Sentence2,Label\nघर,दार,P\nघर,नदी,no\n")
    with pytest.raises(InvalidData, match=r"line 3: expected a label among NP, P, got 'no'"):
        all_tasks["mahaparaphrase"].load(path, path, path)
