"""The site is built without a warning, and shows what there is: all commands, names and pages."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import click
import embkit
import pytest

pytest.importorskip("sphinx", reason="the site is built by Sphinx: requirements-dev.txt")
ROOT = Path(__file__).parents[1]


def sphinx(builder: str, target: Path, *options: str) -> None:
    done = subprocess.run(
        [
            sys.executable, "-m", "sphinx", "-n", "-W", "--keep-going", "-q", "-b", builder,
            *options, "-c", "docs", ".", target,
        ],
        cwd=ROOT, env={**os.environ, "EMBKIT_OFFLINE": "1"}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    sphinx("html", folder)
    return folder


def text_of(page: Path) -> str:
    """What a page says, with one space for each run of white space."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", page.read_text("utf-8"))).split())


def commands(
    group: click.Group, context: click.Context, path: str
) -> Iterator[tuple[str, click.Command]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from commands(command, context, f"{path} {name}")


def test_each_option_of_each_command_is_shown_with_its_help(site):
    from embkit.cli import cli

    shown = text_of(site / "docs/commands.html")
    for path, command in commands(cli, click.Context(cli, info_name="embkit"), "embkit"):
        assert f"{path} [OPTIONS]" in shown
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not parameter.hidden:
                assert all(option in shown for option in parameter.opts), (path, parameter.name)
                said = " ".join((parameter.help or "").replace("`", "").split())
                assert said in shown, (path, parameter.name)


def test_each_public_name_has_a_place_that_links_lead_to(site):
    shown = (site / "docs/api.html").read_text("utf-8")
    assert [name for name in embkit.__all__ if f'id="embkit.{name}"' not in shown] == []


def test_every_page_is_in_the_navigation(site):
    begin = (site / "docs/index.html").read_text("utf-8")
    for folder in ("docs", "docs/recipes", "docs/decisions", "benchmarks"):
        for page in ROOT.glob(f"{folder}/*.md"):
            link = os.path.relpath(page.with_suffix(".html"), ROOT / "docs")
            assert page.stem == "index" or f'href="{link}"' in begin, page


def test_no_page_asks_the_network_for_anything(site):
    for page in site.rglob("*.html"):
        html = page.read_text("utf-8")
        fetched = re.findall(r'<(?:link|script|img|iframe)[^>]*(?:src|href)="(https?:)', html)
        assert not fetched, page


@pytest.fixture(scope="module")
def catalogues(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("catalogues")
    sphinx("gettext", folder)
    return folder


@pytest.mark.parametrize("language", ["mr", "tr"])
def test_a_translation_has_all_texts_of_its_page_and_no_other(catalogues, language):
    pofile = pytest.importorskip("babel.messages.pofile")
    for translated in sorted((ROOT / f"docs/locale/{language}").rglob("*.po")):
        page = translated.relative_to(ROOT / f"docs/locale/{language}/LC_MESSAGES")
        with (
            translated.open("rb") as done,
            (catalogues / page).with_suffix(".pot").open("rb") as to,
        ):
            texts = {message.id: message.string for message in pofile.read_po(done) if message.id}
            wanted = {message.id for message in pofile.read_po(to) if message.id}
        assert set(texts) == wanted, page
        assert all(texts.values()), page


@pytest.mark.parametrize(("language", "says"), [("mr", "कोणते एम्बेडिंग"), ("tr", "en iyi gömme")])
def test_the_first_page_is_shown_in_its_language(tmp_path, language, says):
    # One page alone: its links lead nowhere, so warnings are no errors here.
    subprocess.run(
        [
            sys.executable, "-m", "sphinx", "-q", "-D", "include_patterns=docs/index.md",
            "-D", f"language={language}", "-c", "docs", ".", tmp_path,
        ],
        cwd=ROOT, capture_output=True, check=True,
    )  # fmt: skip
    html = (tmp_path / "docs/index.html").read_text("utf-8")
    assert says in html and f'<html class="no-js" lang="{language}"' in html


def test_the_first_page_of_the_folder_leads_into_the_site(site):
    assert "url=docs/index.html" in (site / "index.html").read_text("utf-8")
