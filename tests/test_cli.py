"""The command line as people use it: what it prints where, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

ROOT = Path(__file__).parents[1]
SCHEMA = json.loads((ROOT / "core/embkit/result.schema.json").read_text())


@pytest.fixture
def embkit(tmp_path):
    """A function that runs the command in a folder of its own, offline."""

    def run(*words: str, path: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "embkit", *words],
            capture_output=True, text=True, cwd=tmp_path, check=False,
            env={**os.environ, "PYTHONPATH": path, "EMBKIT_OFFLINE": "1", **environment},
        )  # fmt: skip

    return run


def test_eval_with_a_language_alone_runs_and_says_what_else_there_is(embkit):
    done = embkit("eval", "--lang", "mr", "-b", "smoke-mr")
    assert done.returncode == 0, done.stderr
    assert "topics" in done.stdout and "ngrams" in done.stdout and "char TF-IDF" in done.stdout
    advised = embkit("eval", "--lang", "Türkçe", EMBKIT_PLUGINS="")
    assert advised.returncode == 0, advised.stderr
    assert "smoke-tr" in advised.stdout


def test_what_needs_a_download_is_named_with_its_size_and_the_command(embkit):
    done = embkit("eval", "--lang", "mr", EMBKIT_PLUGINS="marathi,fasttext")
    assert done.returncode == 0, done.stderr
    assert "14 more tasks need a download of" in done.stderr
    assert "marathi/mahahate-2" in done.stderr and "embkit fetch --lang mr" in done.stderr
    assert "provider mahaft: a download of 7.6 GB" in done.stderr
    assert "embkit eval --lang mr --plugin indicft --plugin mahaft" in done.stderr
    assert "provider muril: downloads what it lacks when it is used" in done.stderr


def test_of_languages_the_one_that_is_asked_for_is_listed(embkit):
    done = embkit("list", "languages", "--lang", "Yoruba")
    assert done.stdout == "  yo  Latn  Yoruba: words by Unicode's rules, marks and joiners kept\n"


def test_json_is_a_list_of_results_that_follow_the_schema(embkit):
    done = embkit("eval", "--lang", "mr", "-t", "smoke-*", "--json")
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)
    jsonschema.validate(results, {"type": "array", "items": SCHEMA, "minItems": 1})
    assert results[0]["task"]["id"] == "smoke-mr/topics"
    assert results[0]["provider"]["spec"] == "ngrams"


def test_running_twice_prints_the_same_and_measures_once(embkit, tmp_path):
    first = embkit("eval", "--lang", "mr", "-b", "smoke-mr", "--json")
    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "results").rglob("*.json")}
    second = embkit("eval", "--lang", "mr", "-b", "smoke-mr", "--json")
    assert first.stdout == second.stdout and stamps
    assert stamps == {p: p.stat().st_mtime_ns for p in (tmp_path / "results").rglob("*.json")}


def test_report_shows_what_eval_showed(embkit):
    evaluated = embkit("eval", "--lang", "mr", "-b", "smoke-mr")
    reported = embkit("report", "results")
    assert reported.returncode == 0, reported.stderr
    assert reported.stdout == evaluated.stdout


@pytest.mark.parametrize("name", ["md", "csv", "json"])
def test_report_writes_other_formats_to_a_file(embkit, tmp_path, name):
    embkit("eval", "--lang", "mr", "-b", "smoke-mr", "-q")
    done = embkit("report", "results", "--format", name, "-o", "out")
    assert done.returncode == 0, done.stderr
    assert "smoke-mr/topics" in (tmp_path / "out").read_text().replace("\\", "")


def test_fail_under_turns_a_low_score_into_exit_code_one(embkit):
    assert embkit("eval", "-b", "smoke-mr", "--fail-under", "0.01").returncode == 0
    done = embkit("eval", "-b", "smoke-mr", "--fail-under", "0.99")
    assert done.returncode == 1 and "is under 0.99" in done.stderr


def test_fail_under_is_no_nan_under_which_nothing_is(embkit):
    done = embkit("eval", "-b", "smoke-mr", "--fail-under", "nan")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--fail-under takes a number, got nan" in done.stderr


def test_a_task_that_cannot_be_had_offline_is_skipped_and_ends_with_69(embkit):
    for flag, variable in (("--offline", "0"), ("--quiet", "1")):
        done = embkit(
            "eval", "--lang", "mr", "-t", "marathi/wordsim", flag, EMBKIT_OFFLINE=variable
        )
        assert done.returncode == 69
        assert "skipped" in done.stdout and "embkit fetch --from DIR" in done.stdout


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["--lang", "maratii"], 3, "no language is called 'maratii'; did you mean 'marathi'?"),
        (["--lang", "mr", "-p", "indcft"], 3, "called 'indcft'; did you mean 'indicft'?"),
        (["--lang", "mr", "-p", "ngrams?dmi=3"], 2, "has no option 'dmi'; did you mean 'dim'?"),
        (["--lang", "mr", "-p", "ngrams?dim=x"], 2, "'dim' takes a value of type int, got 'x'"),
        (["--lang", "mr", "-p", "fasttext"], 2, "needs a path or https address"),
        (["--lang", "tr", "-p", "indicft"], 2, "provider 'indicft' covers mr; you asked for tr"),
        (["-t", "smoke-mr/topic"], 3, "called 'smoke-mr/topic'; did you mean 'smoke-mr/topics'?"),
        (["-t", "smoke-mr/x*"], 3, "no task matches 'smoke-mr/x*'"),
        (["-b", "smok-mr"], 3, "no benchmark is called 'smok-mr'; did you mean 'smoke-mr'?"),
        (["--lang", "mr", "--format", "tabel"], 3, "called 'tabel'; did you mean 'table'?"),
        (["--lang", "xyz-Latn"], 3, "there is no task for language xyz-Latn"),
        ([], 2, "say what to evaluate with --lang"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)  # fmt: skip
def test_a_wrong_name_is_answered_in_one_line_with_the_right_one(embkit, words, status, message):
    done = embkit("eval", *words)
    assert (done.returncode, done.stdout) == (status, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("embkit: ") and message in line


def test_a_terminal_obeys_nothing_that_an_error_quotes(embkit):
    done = embkit("info", "\x1b[2Jnothing")
    assert done.returncode == 3 and "'<U+001B>[2Jnothing'" in done.stderr


def test_a_broken_plugin_is_one_line_and_the_rest_works(embkit, install):
    path = install("broken_plugin", "raise SystemExit('no')")
    for words in (["list"], ["eval", "-b", "smoke-mr", "--json"]):
        done = embkit(*words, path=path)
        assert done.returncode == 0, done.stderr
        assert "plugin 'broken_plugin' was left out: SystemExit: no" in done.stderr
    failed = embkit("eval", "--lang", "mr", "-p", "nothere", path=path)
    assert "left out because they failed to load: broken_plugin" in failed.stderr
    assert "left out: SystemExit: no" in embkit("plugins", path=path).stdout


CLAIM = """
from embkit import Provider, hookimpl

@hookimpl
def embkit_providers():
    yield Provider(name="words", summary="w", load=print)
"""


def test_two_plugins_that_claim_one_name_are_both_named_and_help_still_works(embkit, install):
    install("first_claim", CLAIM)
    path = install("second_claim", CLAIM)
    done = embkit("list", path=path)
    assert done.returncode == 5
    assert "'words' is offered by both 'first_claim'" in done.stderr
    assert "'second_claim'" in done.stderr and "EMBKIT_PLUGINS" in done.stderr
    assert embkit("--help", path=path).returncode == 0
    assert embkit("list", path=path, EMBKIT_PLUGINS="first_claim").returncode == 0


def test_a_plugin_may_bring_a_command_and_print_at_import(embkit, install):
    source = (
        "import click\nfrom embkit import hookimpl\nprint('noise')\n"
        "@click.command()\ndef greet():\n    click.echo('hello')\n"
        "@hookimpl\ndef embkit_commands():\n    yield greet\n"
    )
    path = install("greeting", source)
    done = embkit("greet", path=path)
    assert (done.stdout, done.returncode) == ("hello\n", 0)
    assert "greet" in embkit("--help", path=path).stdout


@pytest.mark.parametrize("where", ["--out", "EMBKIT_CACHE"])
def test_a_folder_that_cannot_be_written_ends_the_run_in_one_line_with_74(embkit, tmp_path, where):
    (tmp_path / "file").touch()
    place = str(tmp_path / "file/below")
    if where == "--out":
        done = embkit("eval", "-b", "smoke-mr", "-q", "--out", place)
    else:
        done = embkit("eval", "-b", "smoke-mr", "-q", EMBKIT_CACHE=place)
    assert done.returncode == 74 and done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert place in line and where in line


def test_lists_can_be_read_by_programs(embkit):
    listed = json.loads(embkit("list", "--lang", "mr", "--json").stdout)
    assert "smoke-mr/topics" in {task["name"] for task in listed["tasks"]}
    assert {"indicft", "mahaft", "fasttext-cc", "ngrams"} <= {
        p["name"] for p in listed["providers"]
    }


@pytest.mark.parametrize(
    "name", ["ngrams", "smoke-mr", "smoke-mr/topics", "similarity", "md", "tr"]
)
def test_info_knows_every_kind_of_thing(embkit, name):
    done = embkit("info", name)
    assert done.returncode == 0 and name in done.stdout


def test_info_on_nothing_suggests_what_was_meant(embkit):
    done = embkit("info", "ngram")
    assert done.returncode == 3 and "did you mean 'ngrams'?" in done.stderr


def test_fetch_from_a_folder_takes_what_any_plugin_needs(embkit, shared):
    done = embkit("fetch", "--from", str(shared / "mr"))
    assert done.returncode == 0, done.stderr
    assert "wordsim" in done.stdout
    scored = embkit("eval", "-t", "marathi/wordsim", "--json")
    assert scored.returncode == 0, scored.stderr
    (result,) = json.loads(scored.stdout)
    assert result["task"]["items"] == 104
    assert result["task"]["dropped"] == {"pair without a score": 149}


def test_fetch_from_says_which_copy_it_refused_and_why(embkit, shared, tmp_path):
    name = "Word-Similarity-Datasets-for-Indian-Languages/Marathi-WS.txt"
    good = (shared / "mr" / name).read_bytes()
    (tmp_path / "stick").mkdir()
    (tmp_path / "stick/wordsim.tsv").write_bytes(good[:-1] + b"9")
    done = embkit("fetch", "--from", "stick")
    assert done.returncode == 1
    assert "wordsim.tsv has its name, but sha256" in done.stderr
    (tmp_path / "stick/any name").write_bytes(good)
    done = embkit("fetch", "--from", "stick")
    assert done.returncode == 0 and "1 of" in done.stderr


def test_fetch_from_a_folder_without_any_of_them_says_so(embkit, tmp_path):
    (tmp_path / "empty").mkdir()
    done = embkit("fetch", "--from", "empty")
    assert done.returncode == 1 and "holds none of the" in done.stderr


_CONNECTING = """
from embkit import Provider, hookimpl
from embkit.errors import Unreachable


def load(request):
    if request.argument == "gone":
        raise Unreachable("the hub has no model 'gone'")
    from embkit.providers import NgramEmbedder

    print("fetched", request.argument, "for", request.language.name)
    return NgramEmbedder(request.language, dim=8, shortest=3, longest=5)


@hookimpl
def embkit_providers():
    yield Provider(name="hub", summary="s", load=load, argument="a model", languages=("mr",),
                   connects=True)
"""


def test_fetch_loads_what_only_its_own_package_can_fetch(embkit, install):
    folder = install("hub_plugin", _CONNECTING)
    done = embkit("fetch", "-p", "hub:here", "-p", "hub:gone", path=folder)
    assert done.returncode == 69
    assert done.stdout == "fetched here for mr\nhub:here  is here\n"
    assert "the hub has no model 'gone'" in done.stderr
    assert "1 of 2 could not be fetched" in done.stderr
    done = embkit("fetch", "-p", "hub:here", "--from", ".", path=folder)
    assert done.returncode == 2 and "'hub:here' is fetched by a package of its own" in done.stderr


def test_a_reader_that_goes_away_is_no_error(embkit, tmp_path):
    command = f"{sys.executable} -m embkit list | (exec <&-; sleep 0); echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("141\n", "")


def test_a_full_disk_behind_the_output_is_one_line_and_ends_with_74(embkit):
    command = f"{sys.executable} -m embkit list > /dev/full"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 74
    assert done.stderr == "embkit: output cannot be written: No space left on device\n"


def test_an_interrupt_keeps_the_results_and_says_how_to_go_on(tmp_path, install):
    import signal
    import time

    source = (
        "import time, numpy as np\nfrom embkit import Provider, hookimpl\n"
        "class Slow:\n    dim = 2\n    fingerprint = 'slow-one'\n"
        "    def embed(self, texts):\n        print('embedding', flush=True); time.sleep(60)\n"
        "@hookimpl\ndef embkit_providers():\n"
        "    yield Provider(name='slow', summary='s', load=lambda request: Slow())\n"
    )
    path = install("slow_plugin", source)
    process = subprocess.Popen(
        [sys.executable, "-m", "embkit", "eval", "-b", "smoke-mr", "-p", "ngrams", "-p", "slow"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": path}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout.readline() == "embedding\n"
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "results so far are kept in results: 1" in errors and "Traceback" not in errors
