"""What is published: that it builds, is complete, and works where the repository is not."""

from __future__ import annotations

import email
import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from email.message import Message
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
CORE = ROOT / "core"
PLUGINS = sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))
EXAMPLES = sorted(path.parent for path in ROOT.glob("examples/*/pyproject.toml"))
HEAVY = {"torch", "transformers", "sentence-transformers", "fasttext", "gensim", "mteb"}


def project(folder: Path) -> dict:
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def module(folder: Path) -> str:
    return project(folder)["name"].replace("-", "_")


def wheel(distributions: Path, folder: Path) -> Path:
    (found,) = distributions.glob(f"{module(folder)}-{project(folder)['version']}-*.whl")
    return found


def metadata(path: Path) -> Message:
    with zipfile.ZipFile(path) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return email.message_from_bytes(archive.read(name))


@pytest.fixture(scope="session")
def outside(distributions, environment) -> Path:
    """The programs of an environment that has core and both examples, as wheels."""
    return environment(*(wheel(distributions, folder) for folder in [CORE, *EXAMPLES]))


def test_each_distribution_builds_and_an_index_accepts_what_was_built(distributions, run_outside):
    built = sorted(distributions.iterdir())
    assert len(built) == 2 * len([CORE, *PLUGINS, *EXAMPLES])
    run_outside(sys.executable, "-m", "twine", "check", "--strict", *built, cwd=distributions)


@pytest.mark.parametrize("folder", [CORE, *PLUGINS], ids=lambda folder: folder.name)
def test_the_metadata_say_what_a_reader_of_an_index_asks(distributions, folder):
    about = metadata(wheel(distributions, folder))
    assert about["License-Expression"] == "Apache-2.0" and about["License-File"] == "LICENSE"
    assert about["Author"] and about["Keywords"] and about["Requires-Python"] == ">=3.11"
    assert about["Description-Content-Type"] == "text/markdown"
    assert "Typing :: Typed" in about.get_all("Classifier")
    readme = about.get_payload()
    assert len(readme) > 300 and readme.startswith(f"# {about['Name']}\n")
    # An index shows the readme alone: nothing lies beside it.
    assert not re.findall(r"\]\((?!https?://|#)[^)]*\)", readme)


@pytest.mark.parametrize("folder", [CORE, *PLUGINS, *EXAMPLES], ids=lambda folder: folder.name)
def test_a_wheel_holds_the_whole_package_its_licence_and_nothing_else(distributions, folder):
    own = module(folder)
    with zipfile.ZipFile(wheel(distributions, folder)) as archive:
        names = set(archive.namelist())
        (licence,) = [name for name in names if name.endswith(".dist-info/licenses/LICENSE")]
        assert archive.read(licence) == (ROOT / "LICENSE").read_bytes()
    there = {
        path.relative_to(folder).as_posix()
        for path in (folder / own).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {name for name in names if ".dist-info/" not in name} == there


@pytest.mark.parametrize("folder", PLUGINS, ids=lambda folder: folder.name)
def test_a_plugin_asks_for_the_core_whose_promises_it_knows(folder):
    needs = {need.name: need for need in map(Requirement, project(folder)["dependencies"])}
    core = project(CORE)["version"]
    assert core in needs["embkit"].specifier
    major, minor = core.split(".")[:2]
    assert f"{major}.{int(minor) + 1}.0" not in needs["embkit"].specifier


def test_each_plugin_is_brought_by_an_extra_of_its_name_and_all_of_them_by_all():
    extras = project(CORE)["optional-dependencies"]
    short = {"marathi": "mr", "turkish": "tr"}
    brought = {name: list(map(Requirement, needs)) for name, needs in extras.items()}
    for folder in PLUGINS:
        about = project(folder)
        (need,) = [
            need
            for need in brought[short.get(folder.name, folder.name)]
            if need.name == about["name"]
        ]
        assert about["version"] in need.specifier
    (everything,) = brought["all"]
    assert everything.name == "embkit" and everything.extras == set(extras) - {"all"}


def test_the_workspace_knows_every_distribution():
    uv = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["uv"]
    names = {project(folder)["name"] for folder in [CORE, *PLUGINS]}
    assert uv["sources"] == {name: {"workspace": True} for name in names}


def test_core_needs_no_torch_no_compiler_and_less_than_500_mb(outside):
    """`environment` installs wheels alone, so nothing was compiled."""
    (site,) = outside.parent.glob("lib/python*/site-packages")
    installed = {canonicalize_name(path.name.split("-")[0]) for path in site.glob("*.dist-info")}
    assert {"embkit", "numpy", "scikit-learn", "pyarrow"} <= installed
    assert not installed & HEAVY
    size = sum(path.stat().st_size for path in site.rglob("*") if path.is_file())
    assert size < 500e6, f"{size / 1e6:.0f} MB"


def test_the_examples_are_listed_checked_and_measured_without_the_repository(
    outside, run_outside, tmp_path
):
    def embkit(*words: str) -> str:
        return run_outside(outside / "embkit", *words, cwd=tmp_path, EMBKIT_OFFLINE="1")

    where = run_outside(outside / "python", "-c", "import embkit; print(embkit.__file__)", cwd="/")
    assert str(ROOT) not in where
    listed = embkit("list", "--lang", "Nepali")
    assert "Nepali: Unicode" not in listed and "joiners in conjuncts left out" in listed
    assert "nepali/topics" in listed and "railways/" not in listed
    checked = embkit("check")
    assert "task nepali/topics: loads 40 items" in checked
    assert checked.endswith("9 checks of 2 plugins passed\n")
    results = json.loads(embkit("eval", "-b", "nepali", "-b", "railways", "--json"))
    assert {r["task"]["id"]: (r["status"], r["task"]["items"]) for r in results} == {
        "nepali/groups": ("ok", 80),
        "nepali/topics": ("ok", 40),
        "railways/abbreviations": ("ok", 60),
        "railways/definitions": ("ok", 60),
        "railways/groups": ("ok", 60),
    }
    assert all("has read" in r["task"]["notes"] for r in results)
    assert "all is well" in embkit("doctor")


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda folder: folder.name)
def test_the_tests_of_an_example_pass(folder, tmp_path):
    from embkit.testing import local_plugin

    shutil.copytree(folder, tmp_path / "copy")
    with local_plugin(tmp_path / "copy"):
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "."],
            cwd=tmp_path / "copy", capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_the_extra_of_a_language_brings_its_plugins(distributions, environment, run_outside):
    folders = [folder for folder in PLUGINS if folder.name in ("marathi", "cldr", "fasttext")]
    core = wheel(distributions, CORE)
    programs = environment(
        f"embkit[mr] @ {core.as_uri()}", *(wheel(distributions, folder) for folder in folders)
    )
    listed = run_outside(programs / "embkit", "plugins", cwd=programs)
    assert [line.split()[0] for line in listed.splitlines()] == [
        "embkit", "embkit-cldr", "embkit-fasttext", "embkit-marathi",
    ]  # fmt: skip
    assert "all is well" in run_outside(programs / "embkit", "doctor", cwd=programs)


def copied(tmp_path: Path) -> Path:
    """The projects of the workspace, in a folder of their own."""
    skip = shutil.ignore_patterns("__pycache__", "tests", "dist", ".venv")
    for name in ("core", "plugins"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=skip)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_a_member_of_the_workspace_is_set_up_by_uv_sync(run_uv, run_outside, tmp_path):
    workspace = copied(tmp_path)
    run_uv("sync", "--quiet", "--python", sys.executable, "--package", "embkit-marathi",
           cwd=workspace)  # fmt: skip
    programs = workspace / ".venv/bin"
    where = run_outside(programs / "python", "-c", "import embkit_marathi as m; print(m.__file__)",
                        cwd="/")  # fmt: skip
    assert where.strip() == str(workspace / "plugins/marathi/embkit_marathi/__init__.py")
    assert "embkit-marathi" in run_outside(programs / "embkit", "plugins", cwd=tmp_path)


def test_a_checkout_is_installed_editable_by_pip(environment, run_outside, tmp_path):
    programs = environment(*project(CORE)["dependencies"], "babel", "hatchling", "editables")
    checkout = copied(tmp_path)
    run_outside(
        sys.executable, "-m", "pip", "--python", programs / "python", "install", "--quiet",
        "--no-deps", "--no-build-isolation",
        "-e", checkout / "core", "-e", checkout / "plugins/cldr", cwd=tmp_path,
    )  # fmt: skip
    where = run_outside(programs / "python", "-c", "import embkit; print(embkit.__file__)", cwd="/")
    assert where.strip() == str(checkout / "core/embkit/__init__.py")
    assert "embkit-cldr" in run_outside(programs / "embkit", "plugins", cwd=tmp_path)
