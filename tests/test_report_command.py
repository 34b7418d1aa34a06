"""`embkit report`: which reporter writes, by --format or by the ending of the file."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from embkit.cli.report import report_command
from embkit.errors import InvalidData, NotFound


@pytest.fixture
def report(stored):
    """A function that runs the command on a small folder of results."""
    folder = stored("set/one", "a", "1101")

    def run(*words: str) -> str:
        done = CliRunner().invoke(report_command, [str(folder), *words], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    return run


@pytest.mark.parametrize(
    ("ending", "start"),
    [
        ("html", "<!doctype html>"), ("md", "mr · 1 task"), ("csv", "task,language"),
        ("json", "["), ("tex", "% mr"), ("txt", "mr · 1 task"), ("HTML", "<!doctype html>"),
    ],
)  # fmt: skip
def test_the_ending_of_the_file_chooses_the_reporter(report, tmp_path, ending, start):
    out = tmp_path / f"out.{ending}"
    assert report("-o", str(out)) == ""
    assert out.read_text(encoding="utf-8").startswith(start)


def test_a_format_that_is_named_goes_before_the_ending(report, tmp_path):
    out = tmp_path / "out.html"
    report("--format", "json", "-o", str(out))
    assert json.loads(out.read_text(encoding="utf-8"))[0]["provider"]["spec"] == "a"


def test_without_a_file_it_is_a_table(report):
    assert report().startswith("mr · 1 task") and "set" in report()


def test_a_page_can_leave_out_the_texts_of_data_sets(report, tmp_path):
    out = tmp_path / "out.html"
    report("--no-texts", "-o", str(out))
    assert "The hardest items" in out.read_text(encoding="utf-8")


def test_an_unknown_format_is_refused_with_a_suggestion(report):
    with pytest.raises(NotFound, match=r"no reporter is called 'htm'.*did you mean 'html'"):
        report("--format", "htm")


def test_a_pattern_that_matches_nothing_is_an_error_and_writes_nothing(report, tmp_path):
    out = tmp_path / "out.html"
    with pytest.raises(InvalidData, match=r"no result is of a task that matches other/\*"):
        report("-t", "other/*", "-o", str(out))
    assert not out.exists()
