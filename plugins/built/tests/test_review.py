"""A review ends in decisions: those of a spreadsheet, and those of keys on a terminal."""

from __future__ import annotations

import csv
import io

import pytest
from click.testing import CliRunner
from embkit.cli import cli
from embkit.errors import EmbkitError
from embkit_built import review as reviewing
from embkit_built.taxonomy_files import open_taxonomy

HEADER = "text,makers,cleaned,things,rows,line,code,title,confidence,why,1,2,decision,taxonomy"


@pytest.fixture
def sheet(write):
    """A function that writes a review of three texts with these decisions."""

    def sheet(*choices):
        texts = ("gas blr", "twin fan,", "mystery")
        rows = [
            f"{text.rstrip(',')},Ostrel,x,{3 - n},1,{n + 2},HV-30-05,Boiler,0.5,w,"
            f"HV-30-05 : Boiler,HV-10-25 : Supply or extract fan,{choice},demo"
            for n, (text, choice) in enumerate(zip(texts, choices, strict=True))
        ]
        return write("review.csv", HEADER, *rows)

    return sheet


@pytest.fixture
def at_keyboard(monkeypatch):
    """The keys that are pressed come from the test instead of a terminal."""
    monkeypatch.setattr(reviewing, "check_terminal", lambda: None)


def run(path, *words, code=0, keys=""):
    decisions = path.with_name("decisions.csv")
    done = CliRunner().invoke(
        cli,
        ["align", "review", str(path), "--decisions", str(decisions), "--who", "ann", *words],
        input=keys,
    )
    if isinstance(done.exception, EmbkitError):
        assert code == done.exception.exit_code
        return str(done.exception)
    assert done.exit_code == code, (done.output, done.exception)
    return done.output


def decisions(path):
    file = path.with_name("decisions.csv")
    if not file.exists():
        return []
    rows = csv.DictReader(io.StringIO(file.read_text(encoding="utf-8")))
    return [(row["text"], row["code"], row["replaces"]) for row in rows]


def test_a_column_that_was_filled_in_a_spreadsheet_is_taken_in(sheet):
    path = sheet("2", "none", "later")
    before = path.read_bytes()
    assert "2 decided, 1 left" in run(path, "--sheet")
    assert decisions(path) == [("gas blr", "HV-10-25", ""), ("twin fan", "none", "")]
    assert path.read_bytes() == before


def test_a_sheet_is_taken_in_once_and_a_change_says_what_it_replaces(sheet):
    run(sheet("HV-30-05", "", ""), "--sheet")
    run(sheet("HV-30-05", "", ""), "--sheet")
    path = sheet("none", "", "")
    run(path, "--sheet")
    assert decisions(path) == [("gas blr", "HV-30-05", ""), ("gas blr", "none", "HV-30-05")]


def test_a_decision_that_is_no_code_is_refused_with_its_row(sheet):
    said = run(sheet("", "HV-99", ""), "--sheet", code=4)
    assert "line 3: 'HV-99' is no class of 'demo'; write a code" in said
    assert decisions(sheet("", "", "")) == []


def test_keys_accept_choose_refuse_and_put_off(sheet, at_keyboard):
    path = sheet("", "", "")
    said = run(path, keys="\r2l")
    assert "1 of 3 · 3 things · row 2 · confidence 0.5" in said
    assert "Heating, ventilation and cooling > Heating > Boiler" in said
    assert decisions(path) == [("gas blr", "HV-30-05", ""), ("twin fan", "HV-10-25", "")]
    assert "2 decided, 1 left" in said


def test_a_review_goes_on_where_it_was_left(sheet, at_keyboard):
    path = sheet("", "", "")
    run(path, keys="1q")
    said = run(path, keys="nn")
    assert "1 of 2 · 2 things" in said
    assert [code for _, code, _ in decisions(path)] == ["HV-30-05", "none", "none"]


def test_going_back_adds_a_decision_that_replaces_the_first(sheet, at_keyboard):
    path = sheet("", "", "")
    run(path, keys="1u2q")
    assert decisions(path) == [("gas blr", "HV-30-05", ""), ("gas blr", "HV-10-25", "HV-30-05")]


def test_a_class_is_found_by_words_or_code(sheet, at_keyboard):
    path = sheet("", "", "")
    run(path, keys="/heat exchanger\n1/HV-20-05\n/zzz\nq")
    assert decisions(path) == [("gas blr", "HV-30-20", ""), ("twin fan", "HV-20-05", "")]


def test_the_shortest_title_with_all_words_comes_first():
    found = reviewing.search_classes("fire pump", open_taxonomy("demo"))
    assert [one.code for one in found][:1] == ["FI-20-10"]


def test_without_a_terminal_the_sheet_is_recommended(sheet):
    assert "there is no terminal; fill in the column" in run(sheet("", "", ""), code=2)


def test_what_was_decided_with_a_maker_is_found_again(sheet, at_keyboard, write, tmp_path):
    path = sheet("", "", "")
    run(path, keys="1q")
    register = write("r.csv", "Description,Make", "Ostrel gas blr,Ostrel")
    # The decision is about 'gas blr'; the maker is no part of it.
    done = CliRunner().invoke(
        cli,
        ["align", str(register), "--taxonomy", "demo", "--decisions",
         str(path.with_name("decisions.csv")), "--json"],
    )  # fmt: skip
    assert '"decided": 1' in done.output
