"""What the Tab key offers, and what a wrong command or option is answered."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner
from embkit.cli import cli

INSTALLED = Path(sys.executable).with_name("embkit")


def offered(*words: str) -> list[str]:
    """The completions of the last word, as any shell gets them."""
    *args, typed = words
    found = ShellComplete(cli, {}, "embkit", "_EMBKIT_COMPLETE").get_completions(args, typed)
    return [item.value if item.type == "plain" else item.type for item in found]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["neig"], ["neighbors"]),
        (["tra"], ["train"]),  # of a plugin
        (["eval", "--lang", "mr"], ["mr", "mrj"]),
        (["eval", "--lang", "Marat"], ["Marathi"]),
        (["eval", "--lang", "marat"], ["Marathi"]),
        (["eval", "-p", "ngr"], ["ngrams"]),
        (["eval", "--domain", "co"], ["code"]),
        (["eval", "--protocol", "paper-tr"], ["paper-tr-2024"]),
        (["eval", "-b", "smoke-"], ["smoke-mr", "smoke-tr"]),
        (["eval", "-t", "smoke-"], ["smoke-mr/", "smoke-tr/"]),
        (["eval", "-t", "smoke-m"], ["smoke-mr/topics"]),
        (["eval", "-t", "smoke-mr/"], ["smoke-mr/topics"]),
        (["eval", "--lang", "Turkish", "-t", "smoke-"], ["smoke-tr/topics"]),
        (["eval", "--lang", "nobody's", "-b", "smoke-"], ["smoke-mr", "smoke-tr"]),
        (["eval", "--format", "m"], ["md"]),
        (["info", "odd"], ["odd-one-out"]),
        (["info", "marathi/shc-"], ["marathi/shc-dedup"]),
        (["audit", "smoke-t"], ["smoke-tr/topics"]),
        (["audit", "train.cs"], ["file"]),
        (["check", "embkit-tu"], ["embkit-turkish"]),
        (["check", "./my"], ["dir"]),
        (["new", "do"], ["domain"]),
        (["new", "domain", "x", "--lang", "yo"], ["yo"]),
        (["completion", "f"], ["fish"]),
    ],
    ids=" ".join,
)
def test_names_are_completed(words, expected):
    assert offered(*words) == expected


def test_two_plugins_that_clash_complete_nothing_and_say_nothing(install, monkeypatch):
    code = "from embkit import hookimpl, Provider\n@hookimpl\ndef embkit_providers():\n"
    code += "    yield Provider(name='twin', summary='x', load=print)\n"
    install("clash_one", code)
    install("clash_two", code)
    monkeypatch.setenv("EMBKIT_PLUGINS", "clash_one,clash_two")
    assert offered("eval", "-p", "t") == offered("eval", "-t", "s") == []
    assert offered("ev") == ["eval"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_script(shell):
    done = CliRunner().invoke(cli, ["completion", shell])
    assert done.exit_code == 0 and f"_EMBKIT_COMPLETE={shell}_complete" in done.stdout


@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash here")
def test_the_script_works_in_bash(tmp_path):
    script = (
        "source <(embkit completion bash)\nCOMP_WORDS=(embkit eval -p ngr); COMP_CWORD=3\n"
        '_embkit_completion embkit\necho "${COMPREPLY[@]}"'
    )
    path = f"{INSTALLED.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script], env={**os.environ, "PATH": path}, capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("ngrams\n", "")


def test_a_completion_takes_no_longer_than_help():
    """Machine time of a whole process, of the best of three: 0.35 s is what help may take."""
    environment = {
        **os.environ, "COMP_WORDS": "embkit eval --lang mr -t ", "COMP_CWORD": "5",
        "_EMBKIT_COMPLETE": "bash_complete",
    }  # fmt: skip
    taken = []
    for _ in range(3):
        begun = os.times().children_user + os.times().children_system
        done = subprocess.run([INSTALLED], env=environment, capture_output=True, text=True)
        taken.append(os.times().children_user + os.times().children_system - begun)
        assert "plain,marathi/" in done.stdout
    assert min(taken) < 0.5, taken


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["lsit"], "no command is called 'lsit'; did you mean 'list'?"),
        (["trian"], "no command is called 'trian'; did you mean 'train'?"),
        (["zzz"], "no command is called 'zzz'; `embkit --help` lists them"),
        (["eval", "--lnag", "mr"], "Did you mean '--lang'?"),
        (["new", "langage", "x"], "'langage' is not one of"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_command_or_option_is_answered_with_the_right_one(words, sentence):
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 2 and sentence in done.stderr.replace("option --", "option '--")
