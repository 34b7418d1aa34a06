"""What the documentation shows is what happens: its commands are run, and print what it says.

The blocks of a page are run in order in one folder, commands as in a terminal of 100 columns. What
`cat` shows of a file, or a block that begins with its name, is written there first. `…` stands for
anything; seconds, speed and memory may differ. What is not run, or not compared, is listed in
docs_commands.toml with the reason.
"""

from __future__ import annotations

import csv
import difflib
import doctest
import importlib.util
import io
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md")), *sorted(ROOT.glob("docs/*/*.md"))]

SHARED = Path(os.environ.get("EMBKIT_SHARED", ROOT.parent / "shared/data"))


WORDS = ["पुणे", "मुलगा", "आई", "वडील", "मुसळधार", "पाऊस", "सामना", "जिंकला", "पावसाळा", "वादळ"]


def word_vectors(folder: Path, *names: str) -> None:
    """Word vectors, of random numbers, as text: what a file is, is told by content."""
    words = [*WORDS, *(f"शब्द{number}" for number in range(400))]
    rows = np.random.default_rng(0).normal(size=(len(words), 120))
    lines = [
        " ".join([word, *(f"{x:.4f}" for x in row)]) for word, row in zip(words, rows, strict=True)
    ]
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("\n".join([f"{len(words)} 120", *lines, ""]), "utf-8")


def text(folder: Path, name: str) -> None:
    lines = ["पुणे शहर मोठी आहे", "मुसळधार पाऊस", "सामना जिंकला"] * 40
    lines = [f"{line} {number}" for number, line in enumerate(lines)]
    (folder / name).write_text("\n".join([*lines, ""]), encoding="utf-8")


def made_by(path: str) -> ModuleType:
    """A module of another package's tests, which writes small models."""
    found = importlib.util.spec_from_file_location(f"docs_{Path(path).stem}", ROOT / path)
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def encoders(folder: Path, *names: str) -> None:
    """Encoders of 16 dimensions and random weights, that differ."""
    module = made_by("plugins/static/tests/encoders.py")
    for seed, name in enumerate(names):
        module.save_bert(folder / name, seed=seed)


def decisions(folder: Path) -> None:
    """What a person decided about every second row of the demonstration."""
    from embkit_built.demo import REGISTER, TAXONOMY

    def rows(path: Path) -> list[dict[str, str]]:
        return list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))

    titles = {row["code"]: row["title"] for row in rows(TAXONOMY)}
    decided = {row["Description"].casefold(): row for row in rows(REGISTER)[::2]}
    with (folder / "decisions.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "code", "title", "who", "when", "makers"])
        for row in decided.values():
            title = titles.get(row["Class"], "")
            writer.writerow([row["Description"], row["Class"], title, "ann", "2026-11-27", ""])


def stand_ins(page: str, folder: Path) -> None:
    """What a reader of the page has already."""
    if page == "README.md":
        word_vectors(folder, "vectors/my-model.bin")
    elif page == "docs/word-vectors.md":
        word_vectors(folder, "mr.vec")
        made_by("plugins/fasttext/tests/samples.py").write_bin(folder / "mr.bin", WORDS, bucket=50)
        text(folder, "texts.txt")
        text(folder, "corpus.txt")
    elif page == "docs/code.md":
        shutil.copytree(ROOT / "core", folder / "core")
    elif page == "docs/coverage.md":
        word_vectors(folder, "fasttext/model.bin")
    elif page == "docs/recipes/offline.md" and SHARED.is_dir():
        (folder / "stick").symlink_to(SHARED)
    elif page == "docs/built-assets.md":
        decisions(folder)
    elif page == "docs/encoders.md":
        encoders(folder, "my-model")
        text(folder, "texts.txt")
    elif page == "docs/static.md":
        encoders(folder, "mr-bert", "mr-nli", "mr-sts", "mr-sentences")
        word_vectors(folder, "mr.vec", "mr-static/vectors.parquet")
        (folder / "pairs.tsv").write_text("पुणे शहर\tशहर पुणे\nनदी\tमोठी नदी\n" * 8, "utf-8")


APART = tomllib.loads((ROOT / "tests/docs_commands.toml").read_text(encoding="utf-8"))
_BLOCK = re.compile(r"^```(console|python|toml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PROGRESS = re.compile(r"^(\d+/\d+  .*|.+: [\d,]+ texts)\n", re.MULTILINE)
_COMMAND = re.compile(r"((?:[^\n]*\\\n)*[^\n]*)\n(.*)", re.DOTALL)


class Step(NamedTuple):
    """A command and what it shows, or Python code, or a file and what stands in it."""

    kind: str
    code: str
    shown: str = ""


def steps(page: Path) -> Iterator[Step]:
    for kind, text in _BLOCK.findall(page.read_text(encoding="utf-8")):
        if kind == "python":
            yield Step("python", text)
        elif kind == "toml":
            if named := re.match(r"# (\S+\.toml)\n", text):
                yield Step("file", named[1], text)
        else:
            assert text.startswith("$ "), f"{page.name}: no prompt before {text}"
            for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
                command, shown = _COMMAND.fullmatch(part).groups()
                kind = "file" if command.startswith("cat ") else "command"
                yield Step(kind, command.removeprefix("cat "), shown)


def listed(kind: str, command: str) -> bool:
    return any(command in commands for commands in APART[kind].values())


def printed_by(command: str, folder: Path, environment: dict[str, str]) -> tuple[int, str]:
    """The exit status of a command and what it prints, without the lines that tell progress."""
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, stdin=subprocess.DEVNULL, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", timeout=600,
    )  # fmt: skip
    return done.returncode, _PROGRESS.sub("", done.stdout)


def run_python(code: str, scope: dict[str, object], page: str) -> None:
    """Run code of a page; what stands behind >>> must give what stands below it."""
    if not code.startswith(">>>"):
        exec(code, scope)
        return
    example = doctest.DocTestParser().get_doctest(code, scope, page, None, None)
    example.globs = scope  # what one block makes, the next can use
    said = io.StringIO()
    failures, _ = doctest.DocTestRunner().run(example, out=said.write, clear_globs=False)
    assert not failures, said.getvalue()


def measured(text: str) -> str:
    """A text without what a machine's speed and a terminal's width decide."""
    text = re.sub(r"[\d.,]+( s +)[\d,]+( +)[\d,]+ [kMG]B\b", r"0\1 0\2 0 MB", text)
    return re.sub(r"─+", "─", re.sub(r"\s+", " ", text)).strip()


def same(shown: str, printed: str) -> bool:
    """Whether this was printed; decimals may differ by a hundredth, as machines calculate."""
    pattern = re.escape(measured(shown)).replace("…", ".*?")
    decimals = re.findall(r"\d+\\\.\d+", pattern)
    match = re.fullmatch(
        re.sub(r"\d+\\\.\d+", r"(\\d+\.\\d+)", pattern), measured(printed), re.DOTALL
    )
    return match is not None and all(
        abs(float(number.replace("\\", "")) - float(found)) <= 0.01 + 0.01 * float(found)
        for number, found in zip(decimals, match.groups(), strict=True)
    )


@pytest.fixture(scope="module")
def caches(tmp_path_factory) -> dict[bool, Path]:
    """A cache for all pages, and one with the shared data in it where they are."""
    bare, filled = (tmp_path_factory.mktemp("cache") for _ in range(2))
    if SHARED.is_dir():
        subprocess.run(
            [sys.executable, "-m", "embkit", "fetch", "-t", "*", "--from", SHARED],
            env={**os.environ, "EMBKIT_CACHE": str(filled), "EMBKIT_OFFLINE": "1"},
            capture_output=True, check=False,
        )  # fmt: skip
    return {False: bare, True: filled}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_shows_happens(page, tmp_path, caches, monkeypatch):
    if os.environ.get("EMBKIT_SKIP_SLOW") and page.name != "README.md":
        pytest.skip("all pages take minutes; EMBKIT_SKIP_SLOW is set")
    monkeypatch.chdir(tmp_path)
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "EMBKIT_OFFLINE": "1",
        "COLUMNS": "100",
    }
    stand_ins(str(page.relative_to(ROOT)), tmp_path)
    scope: dict[str, object] = {}
    passed_over = 0
    for step in steps(page):
        if step.kind == "file":
            (tmp_path / step.code).write_text(step.shown, encoding="utf-8")
        elif step.kind == "python":
            run_python(step.code, scope, page.name)
        elif listed("with_data", step.code) and not SHARED.is_dir():
            passed_over += 1
        elif not listed("not_run", step.code):
            assert not step.code.startswith("pip"), f"list it in docs_commands.toml: {step.code}"
            compared = step.shown and not listed("not_compared", step.code)
            environment["EMBKIT_CACHE"] = str(caches[listed("with_data", step.code)])
            status, printed = printed_by(step.code, tmp_path, environment)
            assert status == 0, f"$ {step.code}\n{printed}"
            if compared:
                difference = "\n".join(
                    difflib.unified_diff(
                        step.shown.splitlines(), printed.splitlines(), "shown", "printed", n=1
                    )
                )
                assert same(step.shown, printed), f"$ {step.code}\n{difference}"
    if passed_over:
        pytest.skip(f"{passed_over} commands were not run: no shared data at {SHARED}")


def test_another_score_is_noticed_and_another_speed_is_not():
    shown = "ngrams  0.317 [0.243, 0.402]\nngrams  300  none  0.00 s  12,011  8 MB  1 kB a text\n…"
    assert same(shown, shown.replace("12,011", "9,000").replace("…", "anything"))
    assert not same(shown, shown.replace("0.317", "0.417"))
    assert not same(shown, shown.replace("300", "100"))


def test_what_is_listed_stands_in_a_page():
    commands = {step.code for page in PAGES for step in steps(page)}
    for lists in APART.values():
        for reason, those in lists.items():
            assert set(those) <= commands, reason
