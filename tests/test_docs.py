"""What the documentation says is so."""

from __future__ import annotations

import re
from pathlib import Path

import click
import embkit
import numpy as np
import pytest
from embkit import hookspecs
from embkit.evaluators import embkit_evaluators
from embkit.registry import Registry

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("*/*/README.md"),
        ROOT / "core/README.md",
    ]
)


def blocks(page: str, language: str) -> list[str]:
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("hook", hookspecs.HOOKS)
def test_every_hook_has_a_section_and_an_example_that_works_when_pasted(hook, install):
    assert f"\n## {hook}\n" in (ROOT / "docs/hooks.md").read_text(encoding="utf-8")
    docstring = getattr(hookspecs, hook).__doc__
    lines = docstring.split("Example:\n", 1)[1].splitlines()
    name = f"example_{hook}"
    install(name, "\n".join(line.removeprefix("        ") for line in lines))
    registry = Registry(only=[name])
    (plugin,) = [plugin for plugin in registry.plugins if plugin.name == name]
    assert plugin.error == ""
    assert len(plugin.offers[hook]) == 1


@pytest.mark.parametrize("hook", hookspecs.HOOKS)
def test_every_hook_has_a_test_by_name_and_is_needed_by_what_is_installed(hook):
    tests = [path for path in ROOT.glob("tests/test_*.py") if path != Path(__file__)]
    assert any(hook in path.read_text(encoding="utf-8") for path in tests)
    assert any(plugin.offers.get(hook) for plugin in Registry().plugins)


@pytest.mark.parametrize("name", embkit.__all__)
def test_every_public_name_is_explained(name):
    text = "".join(
        (ROOT / "docs" / page).read_text("utf-8")
        for page in ("nouns.md", "hooks.md", "first-plugin.md")
    )
    assert re.search(rf"\b{name}\b", text)
    assert getattr(embkit, name) is not None


def test_every_evaluator_and_each_of_its_floors_is_explained():
    text = (ROOT / "docs/evaluators.md").read_text(encoding="utf-8")
    for evaluator in embkit_evaluators():
        assert f"`{evaluator.name}`" in text or f"`{evaluator.name}`," in text
        assert f"`{evaluator.metric}`" in text
        for floor in evaluator.floors:
            assert f"`{floor}`" in text, floor


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files_and_headings_that_exist(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        assert file.exists(), f"{page.name} links to {target}"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            anchors = {re.sub(r"[^\w\- ]", "", h).lower().replace(" ", "-") for h in headings}
            assert anchor in anchors, f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_and_options_in_the_docs_exist(page):
    from embkit.cli import cli

    context = cli.make_context("embkit", [], resilient_parsing=True)
    text = page.read_text(encoding="utf-8")
    lines = re.findall(r"^\$ (embkit .*)$", text, re.MULTILINE) + re.findall(
        r"`(embkit [^`]+)`", text
    )
    for line in lines:
        words = re.split(r"#| \|", line)[0].split()  # without a comment, or what it is piped into
        command, rest = cli.get_command(context, words[1]), words[2:]
        while isinstance(command, click.Group) and rest:
            command, rest = command.get_command(context, rest[0]), rest[1:]
        assert command is not None, line
        known = {option for parameter in command.params for option in parameter.opts}
        for word in rest:
            if word.startswith("-"):
                assert word.split("=")[0] in known | {"--help"}, line


def test_the_python_of_the_readme_runs():
    (code,) = blocks("README.md", "python")
    scope: dict[str, object] = {}
    exec(code, scope)
    assert scope["vectors"].shape == (2, 100)


def test_the_python_of_the_page_on_word_vectors_runs(tmp_path, monkeypatch):
    words = ["मुसळधार", "पाऊस", "सामना", "जिंकला", "पावसाळा", "वादळ"]
    rows = np.random.default_rng(0).normal(size=(len(words), 3))
    lines = [
        f"{word} {' '.join(f'{x:.4f}' for x in row)}" for word, row in zip(words, rows, strict=True)
    ]
    (tmp_path / "mr.vec").write_text("\n".join([f"{len(words)} 3", *lines, ""]), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    scope: dict[str, object] = {}
    for code in blocks("docs/word-vectors.md", "python"):
        exec(code, scope)
    assert scope["vectors"].shape == (2, 3)
    texts = ["मुसळधार पाऊस", "सामना जिंकला", "पावसाळा", "सामना"] * 2
    search = scope["search"].fit(texts, [0, 1, 0, 1] * 2)
    assert set(search.predict(texts)) <= {0, 1}
    assert scope["keyed"].vectors.shape == (6, 3)
