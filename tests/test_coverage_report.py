"""`embkit report --coverage`: what each score is of, at two widths and in four formats."""

from __future__ import annotations

import csv
import io
import json

import click
import numpy as np
import pytest
from click.testing import CliRunner
from embkit import Predictions
from embkit.cli.report import report_command
from embkit.coverage import Covered, Items, Slice
from embkit.errors import EmbkitError, InvalidData, InvalidRequest
from embkit.reporters.cells import percent
from embkit.reporters.coverage import FORMATS
from embkit.results import Result, Store

RESULT = Result(
    status="ok",
    task={"id": "marathi/words", "language": "mr"},
    provider={"spec": "fasttext:mr.bin"},
    protocol={"id": "default", "seed": 0, "options": {}},
    metric="spearman", score=0.5, interval=(0.25, 0.75), coverage=0.9375,
)  # fmt: skip
COVERED = Covered(
    result=RESULT,
    forms=[
        Slice("all items", 1600, 1500, 0.5, (0.25, 0.75)),
        Slice("known items", 1500, 1500, 0.5625, (0.3125, 0.8125)),
        Slice("vocabulary alone", 1600, 800, 0.25),
    ],
    slices={
        "letters": [Slice("1–3", 400, 400, 0.75, (0.5, 1.0)), Slice("4–6", 1200, 1100, 0.25)],
        "affix": [Slice("-ler", 1600, 1500, 0.5)],
    },
    missing=[("मुसळधार", 60), ("पाऊस", 1), ("नदी", 1)],
)


def shown(one=COVERED, style="table", most=20):
    return click.unstyle(FORMATS[style]([one], most))


@pytest.mark.parametrize("columns", [80, 120])
def test_the_forms_stand_first_then_each_breakdown_then_what_is_missing(monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = [line for line in shown().splitlines() if line.strip()]
    assert max(map(len, lines)) <= columns
    assert lines[0] == "marathi/words · fasttext:mr.bin"
    assert [" ".join(line.split()) for line in lines if "─" not in line][1:10] == [
        "items known spearman",
        "all items 1,600 94 % 0.500 [0.250, 0.750]",
        "known items 1,500 100 % 0.562 [0.312, 0.812]",
        "vocabulary alone 1,600 50 % 0.250",
        "letters of the longest text",
        "1–3 400 100 % 0.750 [0.500, 1.000]",
        "4–6 1,200 92 % 0.250",
        "3 texts without a vector: मुसळधार (60), पाऊस, नदी",
        "known items: of each provider others, so these scores compare nobody",
    ]


@pytest.mark.parametrize(
    ("known", "shown"), [(0, "0 %"), (1, "1 %"), (502, "50 %"), (999, "99 %"), (1000, "100 %")]
)
def test_all_and_none_are_told_from_nearly_all_and_hardly_any(known, shown):
    assert percent(known / 1000) == shown


def test_a_breakdown_into_one_is_none():
    assert "-ler" not in shown()
    assert "-ler" not in shown(style="md")


def test_as_many_missing_texts_are_named_as_asked_for():
    assert "3 texts without a vector: मुसळधार (60) and 2 more" in shown(most=1)
    assert "without a vector" not in shown(most=0)
    assert json.loads(shown(style="json", most=1))["results"][0]["missing"] == {
        "texts": 3, "named": [{"text": "मुसळधार", "items": 60}],
    }  # fmt: skip


def test_of_many_labels_thirty_are_shown_and_csv_has_them_all():
    many = Covered(
        result=RESULT, forms=COVERED.forms[:1], missing=(),
        slices={"affix": [Slice(f"-a{i}", 40, 40, 0.5) for i in range(40)]},
    )  # fmt: skip
    assert "-a29" in shown(many) and "-a30" not in shown(many)
    assert "… and 10 more in --format csv" in shown(many)
    assert "… and 10 more" in shown(many, "md")
    assert len(shown(many, "csv").splitlines()) == 1 + 1 + 40


def test_markdown_has_as_many_cells_in_every_row():
    rows = [line for line in shown(style="md").splitlines() if line.startswith("|")]
    assert {line.count("|") for line in rows} == {5}
    assert "| vocabulary alone | 1,600 | 50 % | 0.250 |" in rows


def test_csv_has_a_line_for_each_form_and_slice():
    lines = list(csv.DictReader(io.StringIO(shown(style="csv"))))
    assert [(line["slice"], line["label"], line["known"]) for line in lines] == [
        ("", "all items", "1500"), ("", "known items", "1500"), ("", "vocabulary alone", "800"),
        ("letters", "1–3", "400"), ("letters", "4–6", "1100"), ("affix", "'-ler", "1500"),
    ]  # fmt: skip
    assert (lines[3]["score"], lines[3]["low"], lines[4]["low"]) == ("0.75", "0.5", "")


@pytest.mark.parametrize("style", FORMATS)
def test_nothing_that_a_terminal_obeys_gets_through(style):
    bad = "\x1b[2J\u202e| **x**"
    one = Covered(
        result=RESULT, forms=COVERED.forms, missing=[(bad, 1)],
        slices={bad: [Slice(bad, 1, 1, 0.5), Slice("b", 1, 1, 0.5)]},
    )  # fmt: skip
    assert not set(shown(one, style)) & {"\x1b", "\u202e"}
    assert "**x**" not in shown(one, "md")


# the command -------------------------------------------------------------------------------------


@pytest.fixture
def report(tmp_path, monkeypatch):
    """A function that runs the command on the folder `results` and gives what it prints."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EMBKIT_PLUGINS", "")
    monkeypatch.setenv("COLUMNS", "80")

    def run(*words):
        done = CliRunner().invoke(report_command, ["results", *words])
        if isinstance(done.exception, EmbkitError):
            raise done.exception
        assert done.exit_code == 0, (done.output, done.exception)
        return done

    return run


@pytest.fixture
def kept(stored):
    """The result of a classification of 24 items, 4 of them unknown, with what they are."""
    folder = stored("set/few", "ngrams", "1" * 12 + "0" * 12)
    store = Store(folder)
    [(path, result)] = store.scan()
    rows = store.predictions(path)
    known = np.arange(24) < 20
    items = Items(
        slices={"affix": ["-ler"] * 12 + ["-siz"] * 12},
        unknown=[[]] * 20 + [["kar", "göl"], ["kar"], ["kar"], ["su"]],
    )
    changed = Predictions(
        {name: rows[name] for name in ("gold", "predicted")},
        unit=rows.unit, known=known, names={"gold": ["no", "yes"], "predicted": ["no", "yes"]},
    )  # fmt: skip
    store.save(path, result, changed, items)
    return folder


def test_a_stored_result_is_broken_down_without_its_provider(report, kept):
    lines = [" ".join(line.split()) for line in report("--coverage").stdout.splitlines()]
    assert "set/few · ngrams" in lines
    assert any(line.startswith("known items 20 100 % 0.600 [0.4") for line in lines)
    assert "-ler 12 100 % 1.000 [1.000, 1.000]" in lines
    assert "-siz 12 67 % 0.000 [0.000, 0.000]" in lines
    assert "3 texts without a vector: kar (3), göl, su" in lines


def test_of_missing_texts_the_first_are_named(report, kept):
    out = report("--coverage", "--missing", "1", "--task", "set/*").stdout
    assert "3 texts without a vector: kar (3) and 2 more" in out


def test_what_cannot_be_measured_again_is_left_out_and_named(report, kept, stored):
    stored("set/other", "ngrams", "1100", score=0.9)
    done = report("--coverage")
    assert "left out: ngrams on set/other: measured by an evaluator that is not" in done.stderr
    assert "set/other" not in done.stdout
    with pytest.raises(InvalidData, match="there are no scores to break down"):
        report("--coverage", "--task", "set/other")


def test_a_format_that_a_breakdown_does_not_have_is_refused(report, kept):
    with pytest.raises(InvalidRequest, match="has the formats table, md, csv, json; got 'tex'"):
        report("--coverage", "--format", "tex")


def test_a_result_without_kept_items_has_its_forms_alone(report, stored):
    stored("set/old", "ngrams", "1100")
    out = report("--coverage").stdout
    assert "all items" in out and "without a breakdown" in out


def test_the_report_itself_stays_as_it_was_but_for_where_to_read_on(report, kept):
    out = report().stdout
    assert "without a vector" not in out and "-siz" not in out
