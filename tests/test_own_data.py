"""A user's own files: how they are read, what is refused, and the task they become."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from embkit.audit.findings import audit
from embkit.datasets import Labelled, Pairs
from embkit.errors import InvalidData, InvalidRequest
from embkit.languages import default_language
from embkit.own_data import own_benchmark, own_split
from embkit.own_tables import Columns, read_own

NONE = Columns()


@pytest.fixture
def write(tmp_path):
    def write(name: str, content: str, encoding: str = "utf-8"):
        path = tmp_path / name
        path.write_text(content, encoding=encoding)
        return path

    return write


def fields(table):
    return [(row.line, *row.fields) for row in table.rows]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", 'id,Text,Label\n1,"good, very",a\n2,"two\nlines",b\n'),
        ("a.csv", '\ufeffid;Text;Label\n1;good, very;a\n2;"two\nlines";b\n'),
        ("a.tsv", 'id\tText\tLabel\n1\tgood, very\ta\n2\t"two\nlines"\tb\n'),
        (
            "a.jsonl",
            '{"id": 1, "Text": "good, very", "Label": "a"}\n'
            '{"Label": "b", "Text": "two\\nlines", "id": 2}\n',
        ),
    ],
)
def test_csv_tsv_and_jsonl_give_the_same_rows(name, content, write):
    table = read_own(write(name, content), Columns(texts=["Text"], label="Label"))
    assert [row.fields for row in table.rows] == [("good, very", "a"), ("two\nlines", "b")]
    assert (table.columns, table.header, table.labelled) == (("Text", "Label"), True, "label")
    assert table.rows[0].line == (1 if name == "a.jsonl" else 2)


@pytest.mark.parametrize(
    ("header", "columns", "labelled"),
    [
        ("Text,Label", ("Text", "Label"), "label"),
        ("tweet,label,political", ("tweet", "label"), "label"),
        ("review,rating,sentiment", ("review", "sentiment"), "label"),
        (",marathi_sentence,label", ("marathi_sentence", "label"), "label"),
        ("sid,score,sentence1,sentence2", ("sentence1", "sentence2", "score"), "score"),
        ("text", ("text",), ""),
    ],
)
def test_columns_with_usual_names_need_not_be_named(header, columns, labelled, write):
    table = read_own(
        write("a.csv", f"{header}\n{','.join('1' for _ in header.split(','))}\n"), NONE
    )
    assert (table.columns, table.labelled) == (columns, labelled)


@pytest.mark.parametrize(
    ("content", "rows", "labelled"),
    [
        ("ev\tyuva\t7.5\nkedi\tev\t\n", [(1, "ev", "yuva", "7.5"), (2, "kedi", "ev", "")], "score"),
        ("ev yuva 7.5\nkedi ev 1\nev ev 9\na b 2\n", [(1, "ev", "yuva", "7.5")], "score"),
        ("ev\tyuva\tsyn\n", [(1, "ev", "yuva", "syn")], "label"),
        ("ev\tN\n", [(1, "ev", "N")], "label"),
        ("ev evler göz gözler\n" * 5, [(1, "ev", "evler", "göz", "gözler")], ""),
        ("dört sözcüklü bir cümle\n", [(1, "dört sözcüklü bir cümle")], ""),
        ("üç sözcük burada\n", [(1, "üç sözcük burada")], ""),
        ("ilk cümle burada\n\nbir tane daha var\n", [(1, "ilk cümle burada")], ""),
    ],
)
def test_lines_of_text_are_known_by_their_shape(content, rows, labelled, write):
    table = read_own(write("a.txt", content), NONE)
    assert fields(table)[: len(rows)] == rows
    assert not table.header


def test_numbers_name_the_columns_of_a_file_without_a_header(write):
    path = write("a.csv", "1,good,x,a\n2,bad,y,b\n")
    table = read_own(path, Columns(texts=["2"], label="4"))
    assert fields(table) == [(1, "good", "a"), (2, "bad", "b")]


def test_quotation_marks_stay_where_fields_between_tabs_are_not_quoted(write):
    path = write("a.tsv", 'text\tlabel\n"To be" or not\ta\n"she said\tb\n')
    assert fields(read_own(path, NONE)) == [(2, '"To be" or not', "a"), (3, '"she said', "b")]
    quoted = write("b.tsv", 'text\tlabel\n"say ""yes"""\ta\n')
    assert fields(read_own(quoted, NONE)) == [(2, 'say "yes"', "a")]


def test_values_of_json_are_what_they_would_be_in_a_table(write):
    path = write(
        "a.jsonl", '\n{"text": "x", "label": 1, "tokens": []}\n{"text": null, "label": true}\n'
    )
    assert fields(read_own(path, NONE)) == [(2, "x", "1"), (3, "", "true")]


@pytest.mark.parametrize(
    ("name", "content", "columns", "message"),
    [
        ("a.csv", "text,label\nx,a\n", Columns(texts=["body"]),
         "a.csv has no column 'body'; it has text, label"),
        ("a.csv", "yorum,durum\nx,a\n", NONE,
         "a.csv: which columns hold texts and label? It has yorum, durum; say it with --text-col"),
        ("a.txt", "a\tb\tc\td\te\n", NONE, "a.txt: which of its 5 columns hold texts and label?"),
        ("a.csv", "text,label\nx,a\n", Columns(label="label"), "give --text-column once, twice"),
        ("a.csv", "t,l,s\nx,a,1\n", Columns(texts=["t"], label="l", score="s"), "not both"),
        ("a.csv", "text,label\nx,a\nx\n", NONE, "a.csv, line 3: expected 2 columns, got 1"),
        ("a.csv", "text,label\n", NONE, "a.csv: there is a header and no row"),
        ("a.csv", "\n", NONE, "a.csv: the file is empty"),
        ("a.jsonl", '{"text": "x"}\n{"text": \n', NONE, "a.jsonl, line 2: not JSON: "),
        ("a.jsonl", '["x"]\n', NONE, "a.jsonl, line 1: expected a JSON object, got [\"x\"]"),
        ("a.jsonl", '{"text": "x"}\n{"text": ["x"]}\n', NONE,
         "a.jsonl, line 2: expected a text or number in 'text', got [\"x\"]"),
        ("a.jsonl", '{"text": ["x"], "id": 1}\n', Columns(texts=["text"]),
         "a.jsonl has no column 'text'; it has id"),
        ("a.jsonl", '{"text": "\\ud800"}\n', NONE, "line 1: half of a surrogate pair"),
        ("a.xlsx", "PK", NONE, "a.xlsx: not a table embkit reads; save it as .csv, .tsv or .jsonl"),
    ],
)  # fmt: skip
def test_a_file_of_another_shape_is_an_error_that_says_what_to_do(
    name, content, columns, message, write
):
    with pytest.raises((InvalidData, InvalidRequest)) as caught:
        read_own(write(name, content), columns)
    assert message in str(caught.value)


def test_a_byte_that_is_no_utf_8_is_named_with_its_line(write):
    path = write("a.csv", "text,label\ngüzel,a\n", "cp1254")
    with pytest.raises(InvalidData, match=r"a\.csv, line 2: not UTF-8: byte 0xfc at place 2; "):
        read_own(path, NONE)


TRAIN = "text,label\ngood day,a\nbad night,b\ngood  day,a\n,a\n"
TEST = "text,label\ntext,label\ngood day,b\nfine,a\nfine,a\nodd,\n"


def test_labelled_texts_become_a_classification_with_a_second_one_without_repeats(write):
    paths = [write("reviews_train.csv", TRAIN), write("reviews_test.csv", TEST)]
    benchmark = own_benchmark(paths, NONE, "en")
    assert (benchmark.name, benchmark.language) == ("data", "en")
    whole, once = benchmark.tasks
    assert [task.name for task in (whole, once)] == ["reviews", "reviews-dedup"]
    assert {task.evaluator for task in (whole, once)} == {"classification"}
    dataset = whole.load()
    assert isinstance(dataset, Labelled)
    assert dataset.train_texts == ("good day", "bad night", "good  day")
    assert dataset.test_labels == ("b", "a", "a")
    assert dict(dataset.dropped) == {
        "empty text (train)": 1, "stray header row (test)": 1, "no label (test)": 1,
    }  # fmt: skip
    dataset = once.load()
    assert (dataset.train_texts, dataset.test_texts) == (("good day", "bad night"), ("fine",))
    assert dict(dataset.dropped) == {
        "empty text (train)": 1, "repeated text (train)": 1, "stray header row (test)": 1,
        "test text also in train": 1, "repeated text (test)": 1, "no label (test)": 1,
    }  # fmt: skip


def test_data_of_nothing_but_leaks_are_measured_with_a_note(write):
    rows = "text,label\nx,a\ny,b\n"
    paths = [write("train.csv", rows), write("test.csv", rows)]
    (task,) = own_benchmark(paths, NONE, "en").tasks
    assert task.load().items == 2
    assert task.notes == "Without its repeated texts nothing is left to measure."


def test_three_files_are_train_valid_and_test(write):
    rows = ("x,a\ny,b\n", "v,a\n", "t,a\n")
    paths = [write(f"{n}.csv", f"text,label\n{row}") for n, row in zip("abc", rows, strict=True)]
    (task,) = own_benchmark(paths, NONE, "en").tasks
    assert (task.load().valid_texts, task.load().test_texts) == (("v",), ("t",))


def test_one_file_is_cut_the_same_way_in_any_order_and_repeats_stay_together(write):
    rows = [f"text number {i % 60},{'ab'[i % 2]}" for i in range(120)]
    first = write("one.csv", "\n".join(["text,label", *rows]))
    second = write("two.csv", "\n".join(["text,label", *reversed(rows)]))
    whole = own_benchmark([first], NONE, "en").tasks[0].load()
    assert set(whole.test_texts) == set(
        own_benchmark([second], NONE, "en").tasks[0].load().test_texts
    )
    assert not set(whole.test_texts) & set(whole.train_texts)
    assert 6 <= len(set(whole.test_texts)) <= 20 and len(whole.test_texts) % 2 == 0


@pytest.mark.parametrize(
    ("rows", "evaluator"),
    [
        ("ev,yuva,7\nNew York,ev,1\n", "similarity"),
        ("a home,a house,7\na cat,home,1\n", "sts"),
    ],
)
def test_scored_pairs_become_similarity_of_words_or_of_sentences(rows, evaluator, write):
    path = write("pairs.csv", f"word1,word2,score\n{rows}")
    (task,) = own_benchmark([path], NONE, "tr").tasks
    assert (task.name, task.evaluator) == ("pairs", evaluator)
    assert isinstance(task.load(), Pairs) and task.load().scores == (7.0, 1.0)


def test_a_pair_turned_round_is_the_same_pair(write):
    path = write("pairs.csv", "word1,word2,score\nev,yuva,7\nyuva,ev,7\nkedi,ev,\n")
    whole, once = own_benchmark([path], NONE, "tr").tasks
    assert (whole.load().items, once.load().items) == (2, 1)
    assert dict(once.load().dropped) == {"no score (test)": 1, "repeated pair": 1}


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"test.csv": "text,label\nx,a\n", "train.csv": "text,label\ny,b\n"},
         "test.csv' stands where train is expected; --data takes TRAIN,TEST"),
        ({"a.csv": "text,label\nx,a\n", "b.csv": "text\nx\n"},
         "b.csv has 1 text and no label a row"),
        ({"a.csv": "text\nx\n"}, "has 1 text and no label a row; embkit evaluates a text with"),
        ({"a.csv": "word1,word2,score\na,b,1\n", "b.csv": "word1,word2,score\na,b,1\n"},
         "scored pairs come in one file, got 2"),
        ({"a.csv": "word1,word2,score\na,b,high\n"},
         "a.csv, line 2: expected a number as score, got 'high'"),
        ({"a.csv": "text,label\nx,a\n", "b.csv": "text,label\n ,a\n"},
         "b.csv: no row is left to learn from or to score"),
        ({"a.csv": "text,label\nx,a\n", "b.csv": "text,label\ny,a\n"},
         "a classifier needs two labels in the train split, found only 'a' in 1 rows"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_files_that_make_no_task_are_an_error_that_names_them(files, message, write):
    paths = [write(name, content) for name, content in files.items()]
    with pytest.raises((InvalidData, InvalidRequest)) as caught:
        own_benchmark(paths, NONE, "en")
    assert message in str(caught.value)


def test_a_folder_lends_its_name_to_files_that_have_none(tmp_path):
    folder = tmp_path / "my reviews"
    folder.mkdir()
    for name, rows in (("train", "x,a\ny,b\n"), ("test", "z,a\n")):
        (folder / f"{name}.csv").write_text(f"text,label\n{rows}")
    (task,) = own_benchmark([folder / "train.csv", folder / "test.csv"], NONE, "en").tasks
    assert task.name == "my-reviews"


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("SHC_Valid.csv", "valid"), ("hate_bin_train.csv", "train"), ("tur.dev", "valid"),
        ("a.csv", "test"),
    ],
)  # fmt: skip
def test_the_name_of_a_file_tells_its_split(name, role, write):
    table = read_own(write(name, "text,label\nx,a\n"), Columns(texts=["1"]))
    assert own_split(table, name).role == role


def test_what_eval_leaves_out_is_what_audit_finds(write):
    paths = [write("train.csv", TRAIN), write("test.csv", TEST)]
    (_, once) = own_benchmark(paths, NONE, "en").tasks
    splits = [own_split(read_own(path, NONE), path.name) for path in paths]
    found = {
        f.kind: f.count for f in audit(splits, default_language("en")) if f.split == "test.csv"
    }
    dropped = once.load().dropped
    assert found["stray-header"] == dropped["stray header row (test)"]
    assert found["unscored"] == dropped["no label (test)"]
    assert found["leak"] == dropped["test text also in train"]
    assert found["repeat"] == dropped["repeated text (test)"]


@pytest.fixture
def embkit(tmp_path):
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "embkit", *words],
            capture_output=True, text=True, cwd=tmp_path, check=False,
            env={**os.environ, "EMBKIT_OFFLINE": "1", "EMBKIT_PLUGINS": ""},
        )  # fmt: skip

    return run


def test_eval_scores_files_with_floors_and_intervals_and_measures_once(embkit, write, tmp_path):
    write("train.csv", TRAIN)
    write("test.csv", TEST)
    words = ("eval", "--lang", "en", "--data", "train.csv,test.csv", "--json")
    done = embkit(*words)
    assert done.returncode == 0, done.stderr
    whole, once = json.loads(done.stdout)
    assert whole["task"]["id"].startswith("data/") and once["task"]["id"].endswith("-dedup")
    assert (whole["task"]["items"], once["task"]["items"]) == (3, 1)
    assert set(whole["floors"]) == {"majority", "char TF-IDF"} and whole["interval"]
    assert whole["task"]["digest"] and whole["task"]["digest"] != once["task"]["digest"]
    assert "embkit audit train.csv test.csv" in done.stderr
    stamps = {p: p.stat().st_mtime_ns for p in (tmp_path / "results").rglob("*.json")}
    assert embkit(*words).stdout == done.stdout
    assert stamps == {p: p.stat().st_mtime_ns for p in (tmp_path / "results").rglob("*.json")}
    write("test.csv", TEST + "more,a\n")
    assert json.loads(embkit(*words).stdout)[0]["task"]["items"] == 4


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["--data", "a.csv"], 2, "say in which language the data are, as in --lang mr"),
        (["--lang", "en", "--text-column", "text"], 2, "and --score-column need --data"),
        (["--lang", "en", "--data", "nothere.csv"], 2, "there is no file 'nothere.csv'"),
        (["--lang", "en", "--data", "a.csv", "--text-column", "body", "--label-column", "label"], 2,
         "a.csv has no column 'body'; it has text, label"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)  # fmt: skip
def test_what_cannot_be_evaluated_is_one_line(embkit, write, words, status, message):
    write("a.csv", "text,label\nx,a\ny,b\n")
    done = embkit("eval", *words)
    assert (done.returncode, done.stdout) == (status, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("embkit: ") and message in line
