"""`embkit compare` as people use it: what it prints, at which width, and how it ends."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import unicodedata

import click
import pytest
from click.testing import CliRunner
from embkit.cli.compare import compare_command
from embkit.errors import EmbkitError, InvalidData, NotFound

LONG = "fasttext:vectors/marathi-skipgram-300.bin?pooling=sif"


@pytest.fixture
def shown(tmp_path, monkeypatch):
    """A function that runs the command in a folder of its own and gives what it prints."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EMBKIT_PLUGINS", "")

    def run(*words, columns="120"):
        monkeypatch.setenv("COLUMNS", columns)
        done = CliRunner().invoke(compare_command, words)
        if isinstance(done.exception, EmbkitError):
            raise done.exception
        assert done.exit_code == 0, (done.output, done.exception)
        return done.stdout

    return run


@pytest.fixture
def two(stored):
    """Two providers on two tasks: told apart on one, alike on the other."""
    stored("set/told", "ngrams", "1" * 4 + "0" * 16)
    stored("set/told", "ngrams?dim=50", "1" * 20)
    stored("set/alike", "ngrams", "10" * 10)
    stored("set/alike", "ngrams?dim=50", "10" * 9 + "01")


def test_two_providers_are_shown_with_their_difference_and_p(shown, two):
    lines = shown().splitlines()
    assert lines[0] == "mr · 2 tasks · 2 providers · seed 0 · 95 % intervals"
    head = next(line for line in lines if line.startswith("task"))
    assert head.split() == ["task", "metric", "units", "1", "ngrams", "2", "ngrams?dim=50",
                            "1", "-", "2", "p"]  # fmt: skip
    told = next(line for line in lines if line.startswith("  told"))
    # 16 items differ, all to the good of one: 2 / 2^16, and Holm over two tests.
    assert told.split()[:5] == ["told", "accuracy", "20", "0.200", "1.000"]
    assert told.split()[5] == "-0.800" and told.split()[-1] == "<0.001"
    alike = next(line for line in lines if line.startswith("  alike"))
    assert alike.split()[-1] == "1.000"
    assert "Holm over the 2 tests shown" in "\n".join(lines)


def test_more_providers_are_shown_with_letters(shown, stored):
    for spec, right in (("a", "1" * 20), ("b", "1" * 12 + "0" * 8), ("c", "0" * 20)):
        stored("set/told", spec, right)
    out = shown()
    # a and b differ on 8 items: 3 · 2 / 2^8 is below 5 %; all three are told apart.
    assert "1.000 a   0.600 b   0.000 c" in out
    assert "providers that share a letter on a task are tied" in out


def test_what_stands_out_is_bold(two, tmp_path):
    words = [
        sys.executable,
        "-c",
        "import click; from embkit.cli.compare import compare_command as c;"
        "click.echo = lambda text, nl: print(repr(text)); c([], standalone_mode=False)",
    ]
    done = subprocess.run(
        words, cwd=tmp_path, capture_output=True, text=True, check=True,
        env={**os.environ, "EMBKIT_PLUGINS": "", "COLUMNS": "120"},
    )  # fmt: skip
    assert r"\x1b[1m1.000" in done.stdout and r"\x1b[1m0.200" not in done.stdout


def test_names_are_specs_and_folders_are_results(shown, stored):
    for folder, score in (("mine", "1110"), ("yours", "1000")):
        for spec in ("ngrams", "indicft"):
            stored(f"set/{folder}", spec, score, folder=folder)
    out = shown("mine", "ngrams", "yours", "indicft")
    assert "2 tasks · 2 providers" in out and "1 ngrams" in out and "2 indicft" in out
    with pytest.raises(InvalidData, match="results: holds no results"):
        shown("ngrams", "indicft")


def test_a_provider_that_is_called_like_a_folder_has_an_option(shown, stored, tmp_path):
    for spec in ("ngrams", "indicft"):
        stored("set/one", spec, "10")
    (tmp_path / "ngrams").mkdir()
    assert "1 indicft" in shown("-p", "indicft", "-p", "ngrams")


def test_a_glob_of_tasks_makes_the_family_smaller(shown, two):
    assert "Holm over the 1 test shown" in shown("-t", "*/told")
    with pytest.raises(InvalidData, match=r"matches \*/toad"):
        shown("-t", "*/toad")


def test_ranks_by_language_have_a_block_each(shown, stored):
    for task, language in (("one", "mr"), ("two", "tr")):
        for spec in "ab":
            stored(f"set/{task}", spec, "1100", language=language)
    lines = shown("--by", "language").splitlines()
    assert {"2 tasks", "mr (1)", "tr (1)"} <= set(lines)


def test_results_of_another_protocol_are_compared_when_asked_for(shown, stored):
    for protocol in ("default", "other"):
        for spec in "ab":
            stored("set/one", spec, "1100", protocol=protocol)
    out = shown()
    assert "left out, measured by protocol other: set/one" in out
    # The plugin that offers the protocol is not there: its scores cannot be measured again.
    with pytest.raises(EmbkitError, match="an evaluator that is not installed now"):
        shown("--protocol", "other")


@pytest.mark.parametrize("columns", [60, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal_and_no_number_is_cut(shown, stored, columns):
    specs = [LONG, f"{LONG}&dim=100", "indicft", "ngrams", "mahaft", "fasttext-cc"]
    for seed in (0, 1):
        for i, spec in enumerate(specs):
            stored(
                "set/a-task-of-some-length", spec, ("1" * (4 + i + seed)).ljust(20, "0"), seed=seed
            )
    out = click.unstyle(shown(columns=str(columns)))
    wide = [line for line in out.splitlines() if len(line) > columns]
    assert wide == []
    assert "…" not in out
    flat = unicodedata.normalize("NFC", out).replace("\n", "")
    assert LONG in flat
    assert all(name in out for name in ("a-task-of-some-length", "indicft", "mahaft"))


def test_csv_has_a_line_for_each_pair_on_each_task(shown, stored):
    for task in ("one", "two"):
        for spec in "abc":
            stored(f"set/{task}", spec, "1" * 8 if spec == "a" else "0" * 8)
    lines = list(csv.DictReader(io.StringIO(shown("--format", "csv"))))
    assert [(line["task"], line["first"], line["second"]) for line in lines[:3]] == [
        ("set/one", "a", "b"), ("set/one", "a", "c"), ("set/one", "b", "c"),
    ]  # fmt: skip
    assert len(lines) == 6
    first = lines[0]
    assert (first["items"], first["units"], first["difference"], first["better"]) == (
        "8", "8", "1.0", "a",
    )  # fmt: skip
    assert float(first["p"]) == 2 / 2**8
    assert float(first["p_holm"]) == 6 * 2 / 2**8


def test_json_holds_everything(shown, two):
    found = json.loads(shown("--json"))
    assert found["schema"] == "embkit.comparison/1"
    assert found["specs"] == ["ngrams", "ngrams?dim=50"] and found["tests"] == 2
    told = next(task for task in found["tasks"] if task["id"] == "set/told")
    assert told["tied"] == ["ngrams?dim=50"]
    assert told["scores"]["ngrams"]["score"] == 0.2
    assert told["pairs"][0]["p_holm"] == 2 * told["pairs"][0]["p"]
    (ranking,) = found["rankings"]
    assert {standing["spec"] for standing in ranking["standings"]} == set(found["specs"])
    assert json.loads(shown("--format", "json")) == found


def test_markdown_escapes_what_would_break_a_table(shown, stored):
    for spec in ("file:a|b", "ngrams"):
        stored("set/one", spec, "10")
    out = shown("--format", "md")
    assert r"file:a\|b" in out and "| task | metric | units |" in out


def test_words_that_a_terminal_would_obey_are_shown_as_codes(shown, stored):
    for spec in ("evil\x1b[2J\u202e", "ngrams"):
        stored("set/one", spec, "10")
    for style in ("table", "md", "csv", "json"):
        out = click.unstyle(shown("--format", style))
        assert "\x1b" not in out and "\u202e" not in out


def test_a_file_gets_what_the_terminal_would(shown, two, tmp_path):
    assert shown("-o", "out.md", "--format", "md") == ""
    assert (tmp_path / "out.md").read_text() == shown("--format", "md")


def test_a_name_mistyped_says_what_there_is(shown, two):
    with pytest.raises(NotFound, match=r"did you mean 'ngrams\?dim=50'"):
        shown("ngrams", "ngrams?dim=5O")


def test_what_eval_measured_can_be_compared(tmp_path):
    def run(*words):
        return subprocess.run(
            [sys.executable, "-m", "embkit", *words], cwd=tmp_path, capture_output=True,
            text=True, check=True,
            env={**os.environ, "EMBKIT_OFFLINE": "1", "EMBKIT_PLUGINS": "", "COLUMNS": "100"},
        ).stdout  # fmt: skip

    run("eval", "-b", "smoke-mr", "-p", "ngrams", "-p", "ngrams?dim=20", "-q")
    out = run("compare", "ngrams?dim=20", "ngrams")
    assert "mr · 1 task · 2 providers" in out and "  topics" in out
    assert out == run("compare", "results", "ngrams?dim=20", "ngrams")
