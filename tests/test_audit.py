"""Findings in data: each on a few rows that show it, and those that real files must give."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from embkit.audit.findings import audit
from embkit.audit.kinds import KINDS
from embkit.audit.repeats import shared as shared_rows
from embkit.audit.sound import Sound
from embkit.audit.splits import Entry, Split, splits_of
from embkit.audit.texts import scripts
from embkit.cli.audit import audit_command
from embkit.datasets import Analogies, Labelled, LabelledPairs, Pairs, Relations, Tagged
from embkit.errors import InvalidRequest
from embkit.languages import default_language, turkish
from embkit.own_data import own_split
from embkit.own_tables import Columns, read_own

ANY = default_language("und")


def split(*rows, name="test", role="test", **more) -> Split:
    """Rows of text and label, or of two texts and a score."""
    entries = [Entry(number, row[:-1], row[-1]) for number, row in enumerate(rows, start=2)]
    return Split(name=name, rows=entries, role=role, **more)


def found(*splits, kind=None, language=ANY):
    """Kind, sentence and lines of each finding; of one kind without the kind."""
    every = [
        (finding.kind, finding.what, [example.line for example in finding.examples])
        for finding in audit(splits, language)
    ]
    return every if kind is None else [rest for name, *rest in every if name == kind]


def notes(*splits, kind):
    return [
        [example.note for example in finding.examples]
        for finding in audit(splits, ANY)
        if finding.kind == kind
    ]


def test_sound_data_give_no_finding():
    train = split(("one good day", "a"), ("another bad night", "b"), name="train", role="train")
    assert found(train, split(("what a fine film", "a"), ("how dull it was", "b"))) == []


def test_rows_that_cannot_be_scored_are_found_and_not_looked_at_again():
    data = split(
        ("Text", "Label"), ("Text", "Label"), (" \u200b", "a"), ("good", "a"), ("bad", " "),
        header=("Text", "Label"),
    )  # fmt: skip
    assert found(data) == [
        ("stray-header", "2 of 5 rows repeat the header", [2, 3]),
        ("empty-text", "1 of 5 rows have no text", [4]),
        ("unscored", "1 of 5 rows have no label", [6]),
    ]


def test_a_word_that_is_the_name_of_a_column_is_no_header():
    assert found(split(("Text", "Tech"), ("good", "b"), header=("Text", "Label"))) == []


def test_what_a_task_left_out_is_told():
    data = split(("good", "a"), dropped={"empty text (test)": 3, "no label (test)": 0})
    assert found(data) == [("left-out", "3 × empty text (test)", [])]


def test_a_repeat_is_told_from_a_text_with_several_labels():
    data = split(("one", "a"), ("two", "a"), ("one", "a"), ("two", "b"), ("two", "b"))
    assert found(data) == [
        ("contradiction", "3 of 5 rows are 1 text with several labels", [3]),
        ("repeat", "3 of 5 rows repeat an earlier one; 2 are distinct", [4, 5, 6]),
    ]
    assert notes(data, kind="contradiction") == [["a × 1, b × 2"]]
    assert notes(data, kind="repeat") == [["first at 2", "first at 3", "first at 3"]]


def test_texts_that_differ_in_white_space_or_unicode_form_only_are_the_same():
    train = split(("caf\u00e9  noir", "a"), name="train", role="train")
    test = split(("cafe\u0301 noir\n", "a"))
    assert found(train, test, kind="leak") == [
        ["1 of 1 rows stand in train, all with the same label", [2]]
    ]


def test_leaks_are_counted_with_the_label_they_have_there():
    train = split(("one", "a"), ("two", "b"), ("two", "a"), name="train", role="train")
    test = split(("one", "b"), ("two", "a"), ("three", "a"), ("one", "a"))
    assert found(train, test, kind="leak") == [
        ["3 of 4 rows stand in train, 2 with the same label, 1 with another", [2, 3, 5]]
    ]
    assert notes(train, test, kind="leak") == [
        ["there at 2 with a, here b", "there at 3", "there at 2"]
    ]


def test_the_scored_split_is_the_one_that_leaks_whichever_is_named_first():
    train = split(("one", "a"), name="train", role="train")
    valid = split(("one", "a"), name="valid", role="valid")
    assert [f.split for f in audit([valid, train], ANY) if f.kind == "leak"] == ["valid"]


def test_two_sources_overlap_where_one_is_scored_and_labels_compare_where_they_are_the_same():
    train = split(("one", "a"), ("two", "c"), name="A train", source="A", role="train")
    other = split(("one", "x"), name="B train", source="B", role="train")
    test = split(("one", "x"), ("three", "y"), name="B test", source="B")
    assert found(train, other) == []
    assert found(train, test) == [("overlap", "1 of 2 rows stand in A train", [2])]
    same = split(("one", "a"), ("three", "c"), ("four", "d"), name="C test", source="C")
    assert found(train, same) == [
        ("overlap", "1 of 3 rows stand in A train, all with the same label", [2])
    ]


def test_pairs_are_the_same_turned_round_unless_their_order_matters():
    rows = (("a", "b", "1.5"), ("b", "a", "1.5"))
    assert [kind for kind, *_ in found(split(*rows, labelled="score"))] == ["repeat"]
    assert found(split(*rows, ordered=True)) == []


def test_scores_that_were_rounded_make_a_copy_and_others_do_not():
    exact = split(("a", "b", "0.083333333"), ("c", "d", "7.166666667"), labelled="score")
    rounded = split(("a", "b", "0.083"), ("d", "c", "7.167"), name="r", labelled="score")
    other = split(("a", "b", "0.083"), ("c", "d", "1.167"), name="o", labelled="score")
    assert found(exact, rounded) == [
        ("copy", "2 of 2 rows stand in test, all with the same score", [2, 3])
    ]
    assert found(exact, other) == [
        ("overlap", "2 of 2 rows stand in test, 1 with the same score, 1 with another", [2, 3])
    ]


def test_a_text_paired_with_itself_asks_nothing():
    data = split(("a", "a", "10"), ("a", "b", "1"), labelled="score")
    assert found(data) == [("degenerate", "1 of 2 rows hold one text twice", [2])]


def test_questions_are_counted_beside_the_pairs_they_are_made_of():
    words = ("ev evler göz gözler", "ev evler kuş kuşlar", "göz gözler kuş kuşlar", "x y x z")
    data = [Entry(i, tuple(row.split(" ")), "plural") for i, row in enumerate(words, start=1)]
    other = [Entry(1, ("kuş", "kuşlar", "yol", "yollar"), "plural")]
    questions, more = Split(name="q", rows=data[:3]), Split(name="r", rows=other)
    assert found(questions) == []
    assert found(Split(name="q", rows=data), kind="degenerate") == [
        ["1 of 4 rows hold one text twice", [4]]
    ]
    assert found(questions, more, kind="overlap") == [
        ["1 of its 2 word pairs are among the 3 of q", [1]]
    ]


def test_six_questions_of_four_pairs_are_four_units():
    pairs = ("ev evler", "göz gözler", "kuş kuşlar", "yol yollar")
    rows = [f"{a} {b}" for i, a in enumerate(pairs) for b in pairs[i + 1 :]]
    data = [Entry(i, tuple(row.split(" ")), "plural") for i, row in enumerate(rows, start=1)]
    assert found(Split(name="q", rows=data)) == [
        ("units", "6 questions are made of 4 word pairs; 3 words are answers", [])
    ]


def test_a_label_carried_by_few_texts_is_found_with_the_text_that_repeats_most():
    rows = [("same old song", "a")] * 18 + [("new", "a"), ("other", "a")]
    data = split(*rows, *((f"text {i}", "b") for i in range(20)))
    assert found(data, kind="few-texts") == [
        ["the 20 rows of 'a' hold 3 distinct texts", [2, 20, 21]]
    ]
    assert notes(data, kind="few-texts") == [["× 18", "× 1", "× 1"]]


def test_rare_labels_misspelt_labels_and_labels_that_train_lacks():
    many = [(f"text {i}", "Sad") for i in range(11)]
    train = split(*many, ("once", "Mad"), name="train", role="train")
    test = split(("this", "sad"), ("that", "Mad"))
    assert found(train, test) == [
        ("imbalance", "of 2 labels, Sad has 11 rows and Mad 1", []),
        ("label-spelling", "one label in several spellings: 'Sad' × 11, 'sad' × 1", [2]),
        ("unseen-label", "1 of 2 rows carry a label that train lacks: sad", [2]),
    ]


def test_texts_that_share_four_fifths_of_their_words_are_nearly_the_same():
    five = "the bank raised interest rates"
    data = split((five, "a"), (f"{five.upper()}!", "a"), ("the bank raised interest loans", "a"))
    assert found(data) == [("near-repeat", "1 of 3 rows are nearly an earlier one", [3])]
    nine = "one two three four five six seven eight nine"
    train = split((nine, "a"), name="train", role="train")
    test = split((f"{nine} ten", "a"), (f"{nine} ten eleven twelve thirteen", "a"))
    assert found(train, test) == [("near-leak", "1 of 2 rows are nearly one of train", [2])]
    assert notes(train, test, kind="near-leak") == [["there at 2"]]


def test_nearness_is_that_of_all_pairs_compared():
    """Against the definition, on texts of words drawn so that many are near."""
    import numpy as np

    generator = np.random.default_rng(0)
    texts = [
        " ".join(f"w{word}" for word in generator.permutation(9)[: generator.integers(3, 9)])
        for _ in range(200)
    ]
    distinct = list(dict.fromkeys(texts))
    near = []
    for i, text in enumerate(distinct):
        words = set(text.split())
        before = [set(other.split()) for other in distinct[:i]]
        if any(len(words & b) / len(words | b) >= 0.8 for b in before):
            near.append(i + 2)
    assert 20 < len(near) < len(distinct)
    assert found(split(*((text, "a") for text in distinct)), kind="near-repeat")[0][1] == near


def test_a_language_decides_what_is_the_same_word():
    data = split(("ISI ARTTI BUGÜN", "a"), ("ısı arttı bugün", "a"))
    assert [kind for kind, *_ in found(data, language=turkish())] == ["near-repeat"]
    assert found(data) == []


@pytest.mark.parametrize(
    ("text", "kind", "note"),
    [
        ("cafe\u0301", "not-nfc", ""),
        ("a\u200bb", "invisible", "U+200B"),
        ("a\u202eb\x07", "invisible", "U+0007, U+202E"),
        ("gÃ¼zel bir gÃ¼n", "mojibake", "was güzel bir gün"),
        ("ÅŸeker", "mojibake", "was şeker"),
        ("à¤®à¤°à¤¾à¤\u00a0à¥€", "mojibake", "was मराठी"),
        ("рдорд░рд╛рдареА", "mojibake", "was मराठी"),
        ("Привет".encode().decode("cp1251"), "mojibake", "was Привет"),
        ("lost \ufffd", "mojibake", "U+FFFD: a character that is lost"),
        ("p\u0430ypal", "look-alike", ""),
        ("Привет", "other-script", "Cyrillic"),
        ("12:30 🙂", "other-script", "no letters"),
    ],
)  # fmt: skip
def test_a_fault_of_characters_is_found(text, kind, note):
    data = split((text, "a"), ("plain", "a"), ("letters", "a"))
    assert [(f.kind, f.examples[0].line) for f in audit([data], ANY)] == [(kind, 2)]
    assert notes(data, kind=kind) == [[note]]


@pytest.mark.parametrize(
    "text",
    [
        "“BAKÜ” dedi; CAFÉ», Spaß“", "déjà vu, naïve, Åse, Ärger", "“MAÇÃ”", "é…",
        "👩\u200d👩\u200d👧 ailesi", "Привет, радуга и восторг", "मराठी भाषा", "日本語の文",
    ],
)  # fmt: skip
def test_right_texts_are_left_in_peace(text):
    assert found(split((text, "a"))) == []


def test_lengths_far_from_the_middle_are_found_the_farthest_first():
    usual = [(f"{chr(97 + i)}" * (20 + i), "a") for i in range(20)]
    data = split(*usual, ("z" * 400, "a"), ("y" * 4000, "a"), ("xy", "a"))
    assert found(data, kind="length") == [
        ["3 of 23 rows are far from the usual 30 characters: 2 to 4,000", [23, 24, 22]]
    ]


def test_words_have_lengths_of_their_own():
    words = [(f"word{chr(97 + i)}", "a") for i in range(20)]
    assert found(split(*words, ("w", "a"), ("w" * 40, "a"))) == []


def test_scripts_are_counted_by_row():
    data = split(("मराठी", "a"), ("मराठी news", "a"), ("東京へ", "a"), ("1", "a"))
    assert dict(scripts(data)) == {
        "Devanagari": 1, "Devanagari + Latin": 1, "Han + Japanese": 1, "no letters": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("dataset", "shape"),
    [
        (
            Labelled(
                train_texts=["x", "y"], train_labels=["a", "b"], test_texts=["z"],
                test_labels=["a"], dropped={"empty text (train)": 1},
            ),
            [("T train", 2, "train", "label"), ("T test", 1, "test", "label")],
        ),
        (Pairs(first=["a"], second=["b"], scores=[1]), [("T pairs", 1, "test", "score")]),
        (
            LabelledPairs(first=["a", "c"], second=["b", "d"], labels=[True, False]),
            [("T test", 2, "test", "label")],
        ),
        (
            Analogies(questions=[("a", "b", "c", "d")], categories=["x"]),
            [("T questions", 1, "test", "label")],
        ),
        (
            Relations(
                train_first=["a", "b"], train_second=["c", "d"], train_labels=["s", "t"],
                test_first=["e"], test_second=["f"], test_labels=["s"],
            ),
            [("T train", 2, "train", "label"), ("T test", 1, "test", "label")],
        ),
        (
            Tagged(
                train_sentences=[["a", "b"]], train_tags=[["X", "Y"]], test_sentences=[["c"]],
                test_tags=[["X"]],
            ),
            [("T train", 1, "train", "tagging"), ("T test", 1, "test", "tagging")],
        ),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_a_dataset_is_audited_split_by_split(dataset, shape):
    splits = splits_of(dataset, "T")
    assert [(s.name, len(s.rows), s.role, s.labelled) for s in splits] == shape
    assert splits[-1].dropped == dataset.dropped
    audit(splits, ANY)


def test_a_sentence_tagged_in_two_ways_is_a_contradiction():
    dataset = Tagged(
        train_sentences=[["can", "fish"], ["can", "fish"]],
        train_tags=[["AUX", "VERB"], ["VERB", "NOUN"]],
        test_sentences=[["fish"]],
        test_tags=[["NOUN"]],
    )
    assert found(*splits_of(dataset, "T"), kind="contradiction") == [
        ["2 of 2 rows are 1 text with several taggings", [1]]
    ]


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A function that runs the command in a folder with a file of leaks."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)  # as where it is piped
    (tmp_path / "train.csv").write_text("text,label\ngood day,a\nbad night,b\n", "utf-8")
    (tmp_path / "test.csv").write_text("text,label\ntext,label\ngood day,b\n", "utf-8")
    return lambda *words: CliRunner().invoke(audit_command, words)


def test_the_command_shows_what_was_found_where_and_what_to_do(run):
    done = run("train.csv", "test.csv")
    assert done.exit_code == 0
    assert "test.csv  2 rows, columns text, label" in done.stdout
    assert (
        "leak  rows of a later split that stand in an earlier one\n"
        "  test.csv: 1 of 1 rows stand in train.csv, 0 with the same label, 1 with another\n"
        "    test.csv:3  good day  there at 2 with a, here b\n"
        "  embkit  scores the data as they are"
    ) in done.stdout


def test_lines_are_no_wider_than_the_terminal_unless_a_word_is(run, tmp_path, monkeypatch):
    long = " ".join(["मराठी"] * 60)
    (tmp_path / "more.csv").write_text(f"text,label\n{long},a\n{long},b\n", "utf-8")
    monkeypatch.setenv("COLUMNS", "60")
    from rich.cells import cell_len

    lines = run("more.csv", "train.csv").stdout.splitlines()
    assert len(lines) > 10 and max(map(cell_len, lines)) <= 60


def test_fail_on_ends_with_one_when_there_is_such_a_finding(run):
    assert run("train.csv", "test.csv", "--fail-on", "leak").exit_code == 1
    assert run("train.csv", "test.csv", "--fail-on", "any").exit_code == 1
    assert run("train.csv", "test.csv", "--fail-on", "mojibake").exit_code == 0
    assert run("train.csv", "--fail-on", "any").exit_code == 0
    assert "nothing found" in run("train.csv").stdout
    wrong = run("train.csv", "--fail-on", "leek")
    assert wrong.exit_code == 2 and "'leak'" in wrong.stderr


def test_json_holds_splits_and_findings_with_as_many_examples_as_asked(run):
    found = json.loads(run("train.csv", "test.csv", "--json", "--examples", "1").stdout)
    assert found["splits"][1] == {
        "name": "test.csv", "role": "test", "rows": 2, "labels": {"b": 1}, "scripts": {"Latin": 2},
    }  # fmt: skip
    (leak,) = [finding for finding in found["findings"] if finding["kind"] == "leak"]
    assert leak["count"] == 1 and leak["remedy"] == KINDS["leak"].remedy
    assert leak["examples"] == [
        {"split": "test.csv", "line": 3, "text": "good day", "note": "there at 2 with a, here b"}
    ]


def test_what_is_neither_task_nor_file_is_an_error_that_says_so(run):
    assert isinstance(run("nothere.csv").exception, InvalidRequest)
    assert "there is no file 'nothere.csv'" in str(run("nothere.csv").exception)
    message = str(run("smoke-mr/topic").exception)
    assert "did you mean 'smoke-mr/topics'? (and there is no such file)" in message
    assert "are for files" in str(run("smoke-mr/topics", "--label-column", "x").exception)
    assert "no task matches 'smoke-mr/x*'" in str(run("smoke-mr/x*").exception)


def test_a_task_is_audited_in_its_language(run):
    done = run("smoke-mr/topics")
    assert done.exit_code == 0 and "smoke-mr/topics train" in done.stdout
    assert "say with --lang" in str(run("smoke-mr/topics", "smoke-tr/topics").exception)
    assert run("smoke-mr/topics", "smoke-tr/topics", "--lang", "mr").exit_code == 0


def real(shared, *paths, columns=Columns()):  # noqa: B008
    return [own_split(read_own(shared / path, columns), path.rsplit("/", 1)[1]) for path in paths]


SHC = "mr/MarathiNLP/L3Cube-MahaNews/SHC"
TURKISH = "tr/Word-Embeddings-Repository-for-Turkish/tasks"
ANLAMVER = "tr/word-embedding-models/datasets/similarity"


def test_real_headlines_hold_11_headers_407_leaks_and_38_texts_in_374_rows(shared):
    splits = real(shared, f"{SHC}/SHC_Valid.csv", f"{SHC}/SHC_Test.csv")
    every = found(*splits)
    sentences = [(kind, what) for kind, what, _ in every]
    assert ("stray-header", "11 of 2,772 rows repeat the header") in sentences
    assert (
        "leak",
        "407 of 2,761 rows stand in SHC_Valid.csv, 398 with the same label, 9 with another",
    ) in sentences
    assert ("few-texts", "the 374 rows of 'Manoranjan' hold 38 distinct texts") in sentences
    assert ("mojibake", "135 of 2,761 rows hold characters of a wrong encoding") in sentences


def test_real_word_pairs_are_unscored_for_the_most_part(shared):
    path = "mr/Word-Similarity-Datasets-for-Indian-Languages/Marathi-WS.txt"
    sentences = [(kind, what) for kind, what, _ in found(*real(shared, path))]
    assert ("unscored", "149 of 253 rows have no score") in sentences
    assert ("repeat", "2 of 104 rows repeat an earlier one; 102 are distinct") in sentences
    assert ("degenerate", "1 of 104 rows hold one text twice") in sentences


def test_real_semantic_similarity_is_anlamver_relatedness(shared):
    semantic = f"{TURKISH}/similarity/semantic.txt"
    same = real(shared, f"{ANLAMVER}/anlamver_relatdness.txt", semantic)
    other = real(shared, f"{ANLAMVER}/anlamver_similarity.txt", semantic)
    assert found(*same, kind="copy")[0][0].endswith("all with the same score")
    assert found(*other, kind="copy") == []
    assert found(*other, kind="overlap")[0][0].endswith("21 with the same score, 479 with another")


def test_real_questions_are_made_of_49_pairs_and_two_files_share_35(shared):
    nouns = f"{TURKISH}/analogy/isim çekim ekleri"
    splits = real(shared, f"{nouns}/3. tekil kişi iyelik eki.txt", f"{nouns}/ismin -i hali.txt")
    assert [what for what, _ in found(*splits, kind="units")] == [
        "1,176 questions are made of 49 word pairs; 48 words are answers"
    ] * 2
    assert found(*splits, kind="overlap")[0][0] == (
        "35 of its 49 word pairs are among the 49 of 3. tekil kişi iyelik eki.txt"
    )


def test_real_tweets_of_one_task_are_those_of_another(shared):
    tasks = pytest.importorskip("embkit_marathi.tasks").tasks()
    pytest.importorskip("python_calamine")
    folder = shared / "mr/MarathiNLP/L3Cube-MahaHate"
    files = {"mahahate-2": "2-class/hate_bin_{}.xlsx", "mahahate-4": "4-class/hate_{}.xlsx"}
    sound = {
        f"{task.name} {one.role}": Sound(one)
        for task in tasks
        if task.name in files
        for one in splits_of(
            task.load(*(folder / files[task.name].format(s) for s in ("train", "valid", "test"))),
            task.name,
        )
    }
    (finding,) = shared_rows(sound["mahahate-2 train"], sound["mahahate-4 test"])
    assert (finding.kind, finding.what) == (
        "overlap",
        "1,597 of 2,000 rows stand in mahahate-2 train",
    )
    (finding,) = shared_rows(sound["mahahate-4 train"], sound["mahahate-2 test"])
    assert finding.what == "2,200 of 3,750 rows stand in mahahate-4 train"


def test_the_page_explains_every_kind_and_shows_what_the_command_prints(tmp_path, monkeypatch):
    page = (Path(__file__).parents[1] / "docs/auditing.md").read_text(encoding="utf-8")
    for name, kind in KINDS.items():
        assert f"| `{name}` | {kind.summary} | {kind.remedy} |" in page
    (block, *_) = re.findall(r"^```console\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    _, train, test, audited = re.split(r"^\$ .*\n", block, flags=re.MULTILINE)
    (tmp_path / "train.csv").write_text(train)
    (tmp_path / "test.csv").write_text(test)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "96")
    assert CliRunner().invoke(audit_command, ["train.csv", "test.csv"]).stdout == audited
