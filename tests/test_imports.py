"""Starting is cheap: what each way of starting may import."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "numpy",
    "torch",
    "transformers",
    "sklearn",
    "scipy",
    "pandas",
    "gensim",
    "fasttext",
    "pyarrow",
    "matplotlib",
)


def imported(code: str) -> set[str]:
    code += "\nimport sys; sys.stderr.write('\\n' + ' '.join(m.split('.')[0] for m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stderr.rsplit("\n", 1)[1].split(" "))


def command(*words: str) -> str:
    return (
        f"import sys; sys.argv = ['embkit', *{words!r}]\n"
        "from embkit.cli import main\n"
        "try: main()\nexcept SystemExit as error: assert not error.code, error.code"
    )


@pytest.mark.parametrize(
    "words",
    [
        ("--help",),
        ("list",),
        ("list", "--lang", "mr"),
        ("plugins",),
        ("info", "ngrams"),
        ("check", "--help"),
        ("completion", "bash"),
    ],
)
def test_help_and_lists_import_nothing_heavy(words):
    assert not imported(command(*words)) & set(HEAVY)


@pytest.mark.parametrize("typed", ["--lang m", "-p ", "-t marathi/"])
def test_a_completion_imports_nothing_heavy(typed):
    words = f"embkit eval {typed}"
    variables = {
        "COMP_WORDS": words, "COMP_CWORD": "3", "_EMBKIT_COMPLETE": "bash_complete",
    }  # fmt: skip
    assert not imported(f"import os; os.environ.update({variables!r})\n{command()}") & set(HEAVY)


def test_importing_embkit_imports_nothing_but_itself():
    assert not imported("import embkit") & {*HEAVY, "click", "pluggy", "regex"}
