"""`embkit new`: each kind of package works as written, and wrong names are refused."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from embkit import InvalidRequest, NotFound
from embkit.cli import cli
from embkit.cli import new as new_module
from embkit.errors import StorageError
from embkit.registry import registry
from embkit.scaffold import KINDS, NewPlugin, new_plugin, package_files
from embkit.testing import checks, local_plugin

WRITTEN = {
    "language": ("nepali", ["__init__.py", "groups.tsv", "topics.tsv"], 5),
    "domain": ("cooking", ["__init__.py", "terms.tsv"], 3),
    "provider": ("glyphs", ["__init__.py", "embedder.py"], 3),
    "evaluator": ("nearest", ["__init__.py", "scores.py", "words.tsv"], 4),
}


def run(*words: object, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, *map(str, words)], cwd=cwd, capture_output=True, text=True,
        env={**os.environ, "EMBKIT_OFFLINE": "1", **environment}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_passes_its_tests_and_check_within_a_minute(kind, tmp_path, monkeypatch):
    name, own, count = WRITTEN[kind]
    begun = time.perf_counter()
    monkeypatch.chdir(tmp_path)
    package, module = f"embkit-{name}", f"embkit_{name}"
    done = CliRunner().invoke(cli, ["new", kind, name])
    assert done.stdout.split() == sorted(
        str(Path(package, *path.split("/")))
        for path in [
            ".github/workflows/test.yml", "LICENSE", "README.md", "pyproject.toml",
            f"tests/test_{module}.py", *(f"{module}/{file}" for file in own),
        ]
    )  # fmt: skip
    site = tmp_path / "site"
    run("-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--target", site,
        tmp_path / package, cwd=tmp_path)  # fmt: skip
    assert sorted(path.name for path in (site / module).glob("*.*")) == own

    installed = {"PYTHONPATH": str(site), "EMBKIT_CACHE": str(tmp_path / "cache")}
    tested = run("-m", "pytest", "-q", package, cwd=tmp_path, **installed)
    assert "4 passed" in tested or "5 passed" in tested
    checked = run("-m", "embkit", "check", package, cwd=tmp_path, **installed)
    assert checked.endswith(f"{count} checks of 1 plugin passed\n")
    trial = new_plugin(registry(), kind, name).trial.split()
    measured = run("-m", "embkit", "eval", *trial, "--format", "csv", cwd=tmp_path, **installed)
    assert name in measured and "failed" not in measured
    assert time.perf_counter() - begun < 60


def write(plugin: NewPlugin, folder: Path) -> None:
    for path, content in package_files(plugin).items():
        folder.joinpath(path).parent.mkdir(parents=True, exist_ok=True)
        folder.joinpath(path).write_text(content, encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_is_formatted_and_holds_no_mark_of_a_template(kind, tmp_path):
    write(new_plugin(registry(), kind, WRITTEN[kind][0]), tmp_path)
    for path in tmp_path.rglob("*.*"):
        if path.is_file():
            content = path.read_text(encoding="utf-8").replace("\n$ ", "").replace("${{ ", "")
            assert "$" not in content and content.endswith("\n"), path
    for command in (["format", "--diff"], ["check", "--select", "E,F,I,B,UP,RUF,SIM"]):
        run("-m", "ruff", *command, ".", cwd=tmp_path)


@pytest.mark.parametrize(
    ("typed", "name", "tag"),
    [
        ("yo", "yoruba", "yo"),
        ("yor-Latn-NG", "yoruba", "yo"),
        ("नेपाली", "nepali", "ne"),
        ("Norwegian Bokmål", "norwegian-bokmal", "nb"),
        ("Chinese", "chinese", "zh"),
        ("العربية", "arabic", "ar"),
        ("az", "azerbaijani", "az"),
        ("N’Ko", "nko", "nqo"),
        ("pan-Arab", "punjabi", "pa-Arab"),
        ("xyz-Latn", "xyz", "xyz-Latn"),
    ],
)
def test_a_language_in_any_spelling_and_script_gives_a_plugin_that_keeps_its_promises(
    typed, name, tag, tmp_path
):
    plugin = new_plugin(registry(), "language", typed)
    assert (plugin.name, plugin.language.name) == (name, tag)
    write(plugin, tmp_path)
    with local_plugin(tmp_path):
        assert f"language {tag}: spaces separate" in list(checks(plugin.module))
        scope: dict[str, object] = {}
        exec(tmp_path.joinpath(f"tests/test_{plugin.module}.py").read_text("utf-8"), scope)
        scope["test_the_words_of_its_own_name_are_found"]()


def test_a_language_that_is_offered_already_is_not_offered_again():
    files = package_files(new_plugin(registry(), "language", "news", "Türkçe"))
    module = files["embkit_news/__init__.py"]
    assert 'language="tr"' in module and "embkit_languages" not in module
    assert "from embkit.text" not in module


def test_a_provider_covers_the_language_it_is_given_and_else_any():
    def module(language):
        plugin = new_plugin(registry(), "provider", "glyphs", language)
        return package_files(plugin)["embkit_glyphs/__init__.py"]

    assert 'languages=("ne",),' in module("Nepali")
    assert "languages=()," in module(None)


@pytest.mark.parametrize(
    ("words", "error", "sentence"),
    [
        (["language", "Nepalli"], NotFound, "no language is called 'Nepalli'; did you mean 'nepal"),
        (["language", "nepal-news"], NotFound, "of another name takes its language by --lang"),
        (["language", "mr"], InvalidRequest, "benchmark 'marathi' is offered by 'embkit-marathi'"),
        (["language", "mr"], InvalidRequest, "'embkit new language my-marathi --lang mr'"),
        (["domain", "Railway terms"], InvalidRequest, "single dashes, as in 'railway-terms'"),
        (["domain", "../up"], InvalidRequest, "'../up' cannot name a package"),
        (["domain", "9lives"], InvalidRequest, "'9lives' cannot name a package"),
        (["domain", "रेल"], InvalidRequest, "as in 'railway-terms'"),
        (["provider", "ngrams"], InvalidRequest, "provider 'ngrams' is offered by 'embkit'"),
        (["evaluator", "sts"], InvalidRequest, "'embkit new evaluator my-sts'"),
        (["evaluator", "far", "--lang", "mr"], InvalidRequest, "an evaluator is for every"),
        (["provider", "cldr"], InvalidRequest, "a module 'embkit_cldr' is installed already"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_what_cannot_be_written_is_refused_in_a_sentence(words, error, sentence, tmp_path):
    done = CliRunner().invoke(cli, ["new", *words, "-o", str(tmp_path / "new")])
    assert isinstance(done.exception, error) and sentence in str(done.exception)
    assert not any(tmp_path.iterdir())


def test_nothing_that_is_there_is_overwritten(tmp_path):
    tmp_path.joinpath("README.md").write_text("mine")
    done = CliRunner().invoke(cli, ["new", "domain", "cooking", "-o", str(tmp_path)])
    assert str(done.exception) == f"'{tmp_path}' is there already; name a new folder with -o"
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]
    empty = tmp_path / "empty"
    empty.mkdir()
    assert CliRunner().invoke(cli, ["new", "domain", "cooking", "-o", str(empty)]).exit_code == 0


def test_a_link_that_leads_nowhere_is_there_too(tmp_path):
    tmp_path.joinpath("link").symlink_to("nowhere")
    done = CliRunner().invoke(cli, ["new", "domain", "cooking", "-o", str(tmp_path / "link")])
    assert "is there already" in str(done.exception)


def test_a_name_longer_than_files_have_is_an_error_of_the_disk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli, ["new", "provider", "a" * 300])
    assert isinstance(done.exception, StorageError) and not any(tmp_path.iterdir())
    assert str(done.exception).endswith("(File name too long); take a shorter name")


def test_commands_to_go_on_with_can_be_pasted_whatever_the_folder_is_called(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli, ["new", "domain", "cooking", "-o", "my cook's"])
    pasted = [shlex.split(line) for line in done.stderr.splitlines()[1:3]]
    assert pasted == [["pip", "install", "-e", "./my cook's[test]"], ["pytest", "my cook's"]]


def test_the_command_offers_every_kind():
    assert new_module._KINDS == KINDS
