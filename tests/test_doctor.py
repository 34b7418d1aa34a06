"""`embkit doctor`: what it shows, what it finds wrong, and how it ends."""

from __future__ import annotations

import importlib.metadata
import json
import os
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from embkit.cli import cli
from embkit.errors import InvalidRequest
from embkit.health import health


@pytest.fixture
def present(tmp_path, monkeypatch):
    """A function that makes a distribution seem installed, before others of its name."""
    site = tmp_path / "present"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))

    def present(name: str, version: str, *needs: str, plugin: bool = False) -> None:
        about = site / f"{name.replace('-', '_')}-{version}.dist-info"
        about.mkdir()
        lines = [f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {n}" for n in needs)]
        extras = {n.split("'")[1] for n in needs if "extra ==" in n}
        lines += [f"Provides-Extra: {extra}" for extra in sorted(extras)]
        if plugin:
            (site / f"{name}.py").write_text("")
            about.joinpath("entry_points.txt").write_text(f"[embkit]\n{name} = {name}\n")
        about.joinpath("METADATA").write_text("\n".join(["Metadata-Version: 2.1", *lines]) + "\n")

    return present


@pytest.fixture
def alone(monkeypatch):
    """No plugin but those a test names."""
    monkeypatch.setenv("EMBKIT_PLUGINS", "")
    return monkeypatch


def doctor(*words):
    return CliRunner().invoke(cli, ["doctor", *words])


def test_versions_plugins_and_places_are_shown_and_all_is_well(alone):
    alone.setenv("EMBKIT_PLUGINS", "turkish")
    done = doctor()
    assert done.exit_code == 0, done.output
    shown = dict(line.split(maxsplit=1) for line in done.stdout.splitlines() if line[0] == " ")
    assert shown["embkit"].startswith(f"{importlib.metadata.version('embkit')} in ")
    assert shown["python"] == ".".join(map(str, sys.version_info[:3]))
    assert shown["numpy"] == importlib.metadata.version("numpy")
    assert shown["embkit-turkish"].endswith("14 providers, 1 benchmark, 1 protocol")
    assert shown["cache"].startswith(os.environ["EMBKIT_CACHE"])
    assert done.stdout.endswith("all is well\n")


def test_the_cache_is_counted_in_files_and_bytes(alone, tmp_path):
    folder = tmp_path / "cache"
    (folder / "deep").mkdir(parents=True)
    (folder / "a").write_bytes(b"x" * 1500)
    (folder / "deep/b").write_bytes(b"y" * 500)
    alone.setenv("EMBKIT_CACHE", str(folder))
    assert (health().cache.files, health().cache.bytes) == (2, 2000)
    assert f"{folder}: 2 kB in 2 files, " in doctor().stdout


def test_json_holds_the_same(alone):
    alone.setenv("EMBKIT_PLUGINS", "static")
    found = json.loads(doctor("--json").stdout)
    assert found["plugins"] == [
        {
            "distribution": "embkit-static", "version": "0.1.0", "module": "embkit_static",
            "offers": {"providers": ["static"], "commands": ["distill", "merge"]}, "error": "",
        }
    ]  # fmt: skip
    assert found["problems"] == [] and found["variables"]["EMBKIT_PLUGINS"] == "static"


def test_markdown_is_a_list_for_each_heading_without_the_home_folder(alone, tmp_path):
    alone.setenv("HOME", str(tmp_path))
    alone.setenv("EMBKIT_CACHE", str(tmp_path / "cache"))
    lines = doctor("--markdown").stdout.splitlines()
    assert lines[:2] == ["### system", ""] and "### packages" in lines
    assert f"- numpy: {importlib.metadata.version('numpy')}" in lines
    assert any(line.startswith("- cache: ~/cache: 0 kB in 0 files") for line in lines)


def test_json_and_markdown_at_once_are_refused():
    assert isinstance(doctor("--json", "--markdown").exception, InvalidRequest)


def test_a_plugin_that_was_left_out_is_a_problem_with_its_reason(install, alone):
    install("broken_one", "import nothing_of_this_name")
    alone.setenv("EMBKIT_PLUGINS", "broken_one")
    done = doctor()
    assert done.exit_code == 5
    assert "\nproblems\n  plugin 'broken_one' was left out: ModuleNotFoundError: No" in done.stdout
    assert "all is well" not in done.stdout


def test_two_plugins_that_claim_one_name_are_a_problem_naming_both(install, alone):
    code = "from embkit import hookimpl, Provider\n@hookimpl\ndef embkit_providers():\n"
    code += "    yield Provider(name='twin', summary='x', load=print)\n"
    install("clash_one", code)
    install("clash_two", code)
    alone.setenv("EMBKIT_PLUGINS", "clash_one,clash_two")
    done = doctor()
    assert done.exit_code == 5
    assert "provider 'twin' is offered by both 'clash_one'" in done.stdout
    assert {"clash_one", "clash_two"} <= {plugin.distribution for plugin in health().plugins}


def test_mteb_beside_mteb_core_is_a_problem_with_its_remedy(present, alone):
    present("mteb", "2.24.5")
    assert not [problem for problem in health().problems if "mteb" in problem]
    present("mteb-core", "2.24.5")
    done = doctor()
    assert done.exit_code == 5
    assert "mteb and mteb-core own the same files" in done.stdout
    assert "pip uninstall mteb mteb-core, then install one of them" in done.stdout


def test_an_old_torch_is_a_problem_naming_who_needs_which(present, alone):
    alone.setenv("EMBKIT_PLUGINS", "heavy")
    present("heavy", "1.0", "torch>=2.10,<2.14", "numpy", "nothing-here; extra == 'more'",
            plugin=True)  # fmt: skip
    present("torch", "2.1.0+cu118")
    assert health().problems == (
        "heavy needs torch <2.14,>=2.10 and 2.1.0+cu118 is installed: "
        "pip install 'torch<2.14,>=2.10'",
    )


def test_what_is_required_and_not_there_is_a_problem_and_what_an_extra_names_is_none(
    present, alone
):
    alone.setenv("EMBKIT_PLUGINS", "heavy")
    present("old-extra", "0.9")
    present(
        "heavy", "1.0", "missing-thing>=3", "absent; extra == 'more'",
        "old-extra>=1; extra == 'more'", "nowhere; sys_platform == 'nowhere'",
        plugin=True,
    )  # fmt: skip
    assert health().problems == (
        "heavy needs missing-thing >=3 and it is not installed: pip install 'missing-thing>=3'",
        "heavy needs old-extra >=1 and 0.9 is installed: pip install 'old-extra>=1'",
    )


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_cache_without_permission_is_a_problem(alone, tmp_path):
    tmp_path.chmod(0o500)
    alone.setenv("EMBKIT_CACHE", str(tmp_path))
    assert "cannot be written to: mend its permissions" in doctor().stdout
    tmp_path.chmod(0o700)


def test_a_file_in_place_of_the_cache_is_a_problem(alone, tmp_path):
    tmp_path.joinpath("file").write_text("")
    alone.setenv("EMBKIT_CACHE", str(tmp_path / "file"))
    (problem,) = health().problems
    assert problem.startswith(f"the cache folder {tmp_path / 'file'} cannot be written to")


def test_what_is_good_to_know_is_a_note_and_no_problem(alone):
    alone.setenv("EMBKIT_OFFLINE", "1")
    alone.setenv("PATH", str(Path(sys.executable).parent / "nowhere"))
    done = doctor()
    assert done.exit_code == 0
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["network", "offline"] in lines and ["compiler", "none", "found"] in lines
    assert "EMBKIT_OFFLINE is set: no connection is opened" in done.stdout
    assert "EMBKIT_PLUGINS is ''" in done.stdout
