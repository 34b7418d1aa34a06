"""A run as a file: what it says is what is run, what it cannot say is refused with the line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from embkit.cli import cli
from embkit.cli.config import read_config
from embkit.errors import InvalidData

RUN = """
# Two providers, two tasks, three ways to measure.
language = "mr"
tasks = ["smoke-mr/topics"]
providers = ["ngrams", "ngrams?dim=50"]
protocols = ["default", "knn?k=3", "learning-curve?draws=2"]
seed = 3
limit = 40
results = "from-file"
format = "csv"
"""


@pytest.fixture
def embkit(tmp_path, monkeypatch):
    """A function that runs the command in a folder with the file run.toml."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    Path("run.toml").write_text(RUN, encoding="utf-8")

    def run(*words):
        return CliRunner().invoke(cli, list(words), standalone_mode=False)

    return run


def stored(folder):
    """The results of a folder by the names of their files, without what differs between runs."""
    found = {}
    for path in sorted(Path(folder).rglob("*.json")):
        content = json.loads(path.read_text())
        del content["cost"]
        found[str(path.relative_to(folder))] = content
    return found


FLAGS = [
    "--lang", "mr", "-t", "smoke-mr/topics", "-p", "ngrams", "-p", "ngrams?dim=50",
    "--protocol", "default", "--protocol", "knn?k=3", "--protocol", "learning-curve?draws=2",
    "--seed", "3", "--limit", "40", "--format", "csv",
]  # fmt: skip


def test_a_file_runs_what_the_same_flags_run(embkit):
    by_file = embkit("eval", "--config", "run.toml", "-q")
    by_flags = embkit("eval", *FLAGS, "--out", "from-flags", "-q")
    assert by_file.return_value is by_flags.return_value is None
    assert by_file.stdout.count("\n") == 1 + 6
    assert len(stored("from-file")) == 6
    assert stored("from-file") == stored("from-flags")


@pytest.mark.parametrize(
    ("flags", "changed"),
    [
        (["--seed", "1"], {"seed": 1}),
        (["--limit", "20"], {"limit": 20}),
        (["--protocol", "knn"], {"ids": {"knn"}}),
        (["-p", "ngrams?dim=20"], {"specs": {"ngrams?dim=20"}}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_flag_goes_before_what_the_file_says(embkit, flags, changed):
    done = embkit("eval", "--config", "run.toml", "--json", "-q", *flags)
    results = json.loads(done.stdout)
    told = {
        "seed": {r["protocol"]["seed"] for r in results},
        "limit": {r["protocol"]["options"]["limit"] for r in results},
        "ids": {r["protocol"]["id"] for r in results},
        "specs": {r["provider"]["spec"] for r in results},
    }
    assert told == {
        "seed": {changed.get("seed", 3)},
        "limit": {changed.get("limit", 40)},
        "ids": changed.get("ids", {"default", "knn", "learning-curve"}),
        "specs": changed.get("specs", {"ngrams", "ngrams?dim=50"}),
    }


def test_a_flag_may_stand_before_the_file(embkit):
    done = embkit(
        "eval", "--seed", "7", "--protocol", "knn", "--config", "run.toml", "--json", "-q"
    )
    assert {r["protocol"]["seed"] for r in json.loads(done.stdout)} == {7}


def test_a_run_from_a_file_goes_on_where_it_was(embkit):
    embkit("eval", "--config", "run.toml", "-q", "-p", "ngrams")
    stamps = {path: path.stat().st_mtime_ns for path in Path("from-file").rglob("*.json")}
    embkit("eval", "--config", "run.toml", "-q")
    assert len(stamps) == 3 and len(stored("from-file")) == 6
    assert stamps == {path: path.stat().st_mtime_ns for path in stamps}


def test_every_cell_is_measured_under_each_protocol_and_each_has_its_table(embkit):
    done = embkit("eval", "--config", "run.toml", "--format", "table")
    lines = done.stderr.splitlines()
    assert lines[0].startswith("1/6  smoke-mr/topics  ngrams  seed 3, limit 40  accuracy ")
    assert lines[5].startswith("6/6  smoke-mr/topics  ngrams?dim=50  learning-curve, seed 3, ")
    assert "mr · 1 task · 3 protocols · seed 3" in done.stdout
    headings = ["default, seed 3", "knn, seed 3, k 3", "learning-curve, seed 3, draws 2"]
    places = [done.stdout.index(heading) for heading in headings]
    assert places == sorted(places)
    assert "accuracy@1%" in done.stdout and "accuracy@10%" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100


def test_two_specs_of_one_protocol_are_one_result(embkit):
    done = embkit("eval", "--config", "run.toml", "-q", "--json", "-p", "ngrams",
                  "--protocol", "knn", "--protocol", "knn?k=0")  # fmt: skip
    assert len(json.loads(done.stdout)) == 1


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (
            'language = "mr"\nprovider = ["ngrams"]',
            2,
            "no key 'provider'; did you mean 'providers'?",
        ),
        ("seed = 1\n[tasks]\nmarathi = 1", 2, "'tasks' takes a list of texts, got {'marathi': 1}"),
        ('\n\ntasks = "marathi/*"', 3, "'tasks' takes a list of texts, got 'marathi/*'"),
        ('results = "a\\u0000b"', 1, "'results' takes a text, got 'a\\x00b'"),
        ("fail_under = nan", 1, "'fail_under' takes a number, got nan"),
        ("seed = true", 1, "'seed' takes a whole number, got True"),
        ('limit = "ten"', 1, "'limit' takes a whole number, got 'ten'"),
        ("limit = 1\nlimit = 2\nseed = 3", 2, "is no TOML: Cannot overwrite a value"),
        ("seed = 1\nseed: 2", 2, "is no TOML: Expected '=' after a key"),
        ("[run]\nseed = 1", 1, "no key 'run'"),
    ],
)
def test_what_a_file_cannot_say_is_an_error_that_names_the_line(tmp_path, text, line, message):
    path = tmp_path / "run.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidData) as caught:
        read_config(path)
    assert f"{path}, line {line}: " in str(caught.value) and message in str(caught.value)


def test_a_file_that_is_not_text_is_refused(tmp_path):
    path = tmp_path / "run.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidData, match="is not UTF-8"):
        read_config(path)


def test_a_byte_order_mark_of_windows_is_passed_over(tmp_path):
    path = tmp_path / "run.toml"
    path.write_text('language = "mr"', encoding="utf-8-sig")
    assert read_config(path) == {"lang": "mr"}


def test_the_error_of_an_unknown_key_lists_all_there_are(tmp_path):
    path = tmp_path / "run.toml"
    path.write_text("zzz = 1", encoding="utf-8")
    with pytest.raises(InvalidData) as caught:
        read_config(path)
    assert str(caught.value).endswith(
        "there are language, domain, benchmarks, tasks, data, source, text_columns, label_column, "
        "score_column, providers, protocols, seed, limit, fail_under, results, format"
    )


def test_a_value_out_of_range_is_refused_as_the_flag_refuses_it(embkit):
    Path("run.toml").write_text('tasks = ["smoke-mr/topics"]\nlimit = 0')
    done = embkit("eval", "--config", "run.toml")
    assert "0 is not in the range x>=1" in str(done.exception.format_message())


@pytest.mark.parametrize("name", ["marathi_paper", "marathi_grid_here"])
def test_the_grids_of_the_benchmarks_name_what_there_is(name, capsys):
    from embkit.cli.choose import chosen_specs, chosen_tasks, measured_tasks
    from embkit.registry import registry

    options = read_config(Path(__file__).parents[1] / f"benchmarks/{name}.toml")
    plugins = registry()
    if missing := {"contextual", "static", "indicft"} - {p.name for p in plugins.providers}:
        pytest.skip(f"no plugin here offers {', '.join(sorted(missing))}")
    tasks = chosen_tasks(plugins, options["lang"], "", [], options["tasks"])
    assert [f"marathi/{task.name}" for _, task in tasks] == options["tasks"]
    assert len(chosen_specs(plugins, options["specs"], tasks)) == len(options["specs"])
    for protocol in options["protocols"]:
        assert measured_tasks(plugins, protocol, tasks) == tasks
    assert capsys.readouterr().err == ""
