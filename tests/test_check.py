"""`embkit check`, and plugins in folders: what is checked, what is said, how it ends."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner
from embkit.cli import cli
from embkit.errors import InvalidData, NotFound
from embkit.registry import registry
from embkit.testing import local_plugin

LETTERS = '''
"""Counts of a, b and c."""
from embkit import Provider, hookimpl


class Letters:
    dim = 3
    fingerprint = "letters-1"

    def embed(self, texts):
        import numpy as np

        return np.array([[t.count(c) for c in "abc"] for t in texts], np.float32).reshape(-1, 3)


@hookimpl
def embkit_providers():
    yield Provider(name="abc", summary="Counts of a, b and c", load=lambda request: Letters())
'''
CHECKED = [
    "embkit_abc: hooks are cheap and silent",
    "provider abc: embeds",
    "provider abc: has a fingerprint",
]


@pytest.fixture
def folder(tmp_path):
    """A function that writes a plugin, not installed, of one module."""

    def write(code: str = LETTERS, *, inside: str = ".", name: str = "embkit-abc"):
        path = tmp_path / name
        (path / inside).mkdir(parents=True)
        path.joinpath("pyproject.toml").write_text(
            f'[project]\nname = "{name}"\nversion = "2.0"\n'
            '[project.entry-points.embkit]\nabc = "embkit_abc"\n'
        )
        path.joinpath(inside, "embkit_abc.py").write_text(code, encoding="utf-8")
        return path

    return write


def check(*words):
    return CliRunner().invoke(cli, ["check", *map(str, words)])


@pytest.mark.parametrize("inside", [".", "src"])
def test_a_plugin_in_a_folder_is_checked_line_by_line_with_a_total(folder, inside):
    done = check(folder(inside=inside))
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines == [
        "embkit-abc 2.0",
        *(f"  {line}" for line in CHECKED),
        "3 checks of 1 plugin passed",
    ]


def test_as_json_the_same_is_a_list_of_plugins(folder):
    (found,) = json.loads(check(folder(), "--json").stdout)
    assert found == {
        "plugin": "abc", "distribution": "embkit-abc", "version": "2.0", "module": "embkit_abc",
        "checked": CHECKED, "failed": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("np.float32", "np.float64", "provider abc: expected a float32 array, got float64"),
        ("reshape(-1, 3)", "ravel()", "provider abc: expected shape (12, 3), got (36,)"),
        ("for t in texts", "for t in sorted(texts)", "the row of a text depends on its order"),
        ('"letters-1"', '"1"', "provider abc: fingerprint must be a digest"),
        ('"""Counts', 'import scipy\n"""Counts', "asking its hooks imports or prints scipy"),
        ("yield Provider", "yield dict", "PluginError: embkit_providers yielded dict"),
        ("embkit_providers", "embkit_provider", "unknown hook 'embkit_provider'"),
        ("import Provider", "import Provide", "cannot import name 'Provide' from 'embkit'"),
        ("t.count(c)", "t.count(3)", "provider abc: TypeError: must be str, not int ("),
    ],
)
def test_the_first_promise_that_does_not_hold_is_a_sentence_and_ends_with_five(
    folder, before, after, sentence
):
    done = check(folder(LETTERS.replace(before, after)))
    assert done.exit_code == 5, done.output
    *_, failed, total = done.stdout.splitlines()
    assert failed.startswith("  failed: ") and sentence in failed
    assert total.endswith("and one failed of embkit-abc")


def test_a_refusal_of_embkit_says_of_which_record_it_is(folder):
    asked = LETTERS.replace("t.count(c)", "t.count(embkit.load('abx').dim)")
    done = check(folder(f"import embkit\n{asked}"))
    assert "  failed: provider abc: no provider is called 'abx'; did you mean" in done.stdout


def test_an_error_of_the_plugins_own_is_named_with_its_line(folder):
    path = folder(LETTERS.replace("t.count(c)", "t.count(3)"))
    assert f"({path}/embkit_abc.py, line 13)" in check(path).stdout


@pytest.mark.parametrize("typed", ["turkish", "embkit-turkish", "embkit_turkish"])
def test_an_installed_plugin_is_named_by_entry_point_distribution_or_module(typed):
    done = check(typed)
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("embkit-turkish 0.1.0\n  embkit_turkish: hooks are cheap")


def test_without_a_name_all_installed_plugins_are_checked(monkeypatch):
    monkeypatch.setenv("EMBKIT_PLUGINS", "fasttext,static")
    done = check()
    heads = [line for line in done.stdout.splitlines() if not line.startswith(" ")]
    assert heads == ["embkit-fasttext 0.1.0", "embkit-static 0.1.0", "8 checks of 2 plugins passed"]


def test_a_module_of_embkits_own_is_checked_as_a_part_of_it():
    lines = check("embkit.providers").stdout.splitlines()
    assert lines[0] == f"embkit {importlib.metadata.version('embkit')}"
    assert lines[-1] == "3 checks of 1 plugin passed"


def test_where_no_plugin_is_installed_that_is_said(monkeypatch):
    monkeypatch.setenv("EMBKIT_PLUGINS", "")
    assert str(check().exception).startswith("no plugin is installed; `embkit check embkit`")


def test_one_plugin_that_fails_does_not_hide_the_next(install, monkeypatch):
    install("abc_one", "import nothing_of_this_name")
    monkeypatch.setenv("PYTHONPATH", install("abc_two", LETTERS))
    monkeypatch.setenv("EMBKIT_PLUGINS", "abc_one,abc_two")
    done = check()
    assert done.exit_code == 5
    assert "failed: abc_one: ModuleNotFoundError: No module named 'nothing_of" in done.stdout
    assert done.stdout.endswith("3 checks of 2 plugins passed, and one failed of abc_one\n")


def test_a_provider_that_needs_an_argument_is_checked_by_a_spec(folder):
    argued = LETTERS.replace('name="abc"', 'name="abc", argument="anything"')
    assert "  provider abc: needs an argument, not loaded" in check(folder(argued)).stdout
    assert "  provider abc: embeds" in check(folder(argued, name="b"), "-p", "abc:x").stdout


def test_a_folder_without_a_project_does_not_hide_a_plugin_of_its_name(tmp_path, monkeypatch):
    (tmp_path / "static").mkdir()
    monkeypatch.chdir(tmp_path)
    assert check("static").stdout.startswith("embkit-static 0.1.0\n")


def test_what_is_no_plugin_is_refused_with_what_to_do(folder, tmp_path):
    error = check("turkisch").exception
    assert isinstance(error, NotFound) and "'turkisch'; did you mean 'turkish'?" in str(error)
    for content, sentence in [
        (None, "is not there, so this folder is no plugin; `embkit new` writes one"),
        ("[project", "is no TOML"),
        ("[project]\nname = 'x'", "offers nothing to embkit"),
        (
            "[project]\nname='x'\nentry-points.embkit.x='y'",
            "names the module 'y', which is neither",
        ),
        ("project = 3", "expected a table 'project', got 3"),
        ("[project]\nentry-points = 4", "expected a table 'entry-points', got 4"),
        ("[project]\nentry-points.embkit = ['a']", "expected a table 'embkit', got ['a']"),
        ("[project]\nname=3\nentry-points.embkit.x='y'", "3 cannot name a package"),
        (
            "[project]\nname='x'\nversion='1 2'\nentry-points.embkit.x='y'",
            "'1 2' is no version, such as 0.1",
        ),
    ]:
        if content is not None:
            (tmp_path / "pyproject.toml").write_text(content)
        error = check(f"{tmp_path}/").exception
        assert isinstance(error, InvalidData) and sentence in str(error)


@pytest.mark.parametrize(
    "line", ["name = '../../up'\nversion = '1'", "name = 'x'\nversion = '/../1'"]
)
def test_a_name_or_version_that_is_a_path_writes_nothing_outside(line, folder, monkeypatch):
    plugin = folder()
    plugin.joinpath("pyproject.toml").write_text(
        f"[project]\n{line}\n[project.entry-points.embkit]\nabc = 'embkit_abc'\n"
    )
    inner = plugin / "some" / "place"
    inner.mkdir(parents=True)
    monkeypatch.setattr("tempfile.tempdir", str(inner))
    before = sorted(plugin.rglob("*"))
    assert isinstance(check(f"{plugin}/").exception, InvalidData)
    assert sorted(plugin.rglob("*")) == before


def test_a_pyproject_that_is_a_folder_or_below_a_file_is_refused(tmp_path):
    (tmp_path / "pyproject.toml").mkdir()
    assert "cannot be read: Is a directory" in str(check(f"{tmp_path}/").exception)
    (tmp_path / "file").touch()
    assert "this folder is no plugin" in str(check(tmp_path / "file").exception)


def test_a_local_plugin_is_there_for_this_process_and_its_children_and_then_gone(folder):
    code = "from embkit.registry import registry; print(registry().provider('abc').name)"
    before = list(sys.path), os.environ.get("PYTHONPATH")
    with local_plugin(folder()):
        assert registry().provider("abc").summary == "Counts of a, b and c"
        assert importlib.metadata.version("embkit-abc") == "2.0"
        child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert child.stdout == "abc\n", child.stderr
    assert (list(sys.path), os.environ.get("PYTHONPATH")) == before
    with pytest.raises(NotFound):
        registry().provider("abc")


def test_a_local_plugin_stands_before_an_installed_one_of_its_name(folder, install):
    install("embkit_abc", LETTERS.replace("Counts of a", "The installed a"))
    with local_plugin(folder(name="embkit_abc")):
        assert registry().provider("abc").summary == "Counts of a, b and c"


def test_a_plugin_that_embkit_plugins_leaves_out_is_said_to_be(folder, monkeypatch):
    monkeypatch.setenv("EMBKIT_PLUGINS", "turkish")
    error = check(folder()).exception
    assert "'embkit-abc' is not among the plugins that EMBKIT_PLUGINS allows" in str(error)
