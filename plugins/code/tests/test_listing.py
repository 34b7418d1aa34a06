"""`embkit code files` tells the files of train from those of test."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner
from embkit.cli import cli
from embkit_code.corpus import split_of


def run(*words: object) -> tuple[list[str], str]:
    done = CliRunner().invoke(cli, ["code", "files", *map(str, words)])
    assert done.exit_code == 0, done.output
    return done.stdout.splitlines(), done.stderr


def test_files_of_a_tree_are_learnt_from_or_tested_on(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"{number}.py").write_text("x = 1\n")
    (tmp_path / "null.py").write_bytes(b"\0")
    train, said = run(tmp_path)
    test, _ = run(tmp_path, "--test")
    assert said == "embkit: left out are 1 × file with null bytes, which no source has\n"
    assert test and {split_of(Path(name).name) for name in test} == {"test"}
    assert sorted(train + test) == sorted(str(tmp_path / f"{number}.py") for number in range(20))


def test_without_a_path_they_are_those_of_the_manifest() -> None:
    train, said = run()
    assert said == "" and len(train) > 300
    assert any(name.endswith("/heapq.py") for name in train + run("--test")[0])
