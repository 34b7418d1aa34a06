"""What a terminal shows while something goes on."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys

import pytest

_CODE = """
import time
from embkit import progress
progress._PATIENCE = {patience}
with progress.console().status("3/8 task"):
    with progress.bar("texts", 1234, wanted={wanted}) as show:
        for done in (1, 617, 1234):
            show(done)
            time.sleep(0.2)
"""


def shown(*, patience: float = 0, wanted: bool = True) -> str:
    """What the code above writes on a terminal."""
    if not hasattr(os, "openpty"):
        pytest.skip("needs a terminal of Unix")
    terminal, end = os.openpty()
    code = _CODE.format(patience=patience, wanted=wanted)
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "70"}
    with subprocess.Popen([sys.executable, "-c", code], stderr=end, env=environment) as running:
        os.close(end)
        parts = []
        while True:
            try:
                parts.append(os.read(terminal, 10_000))
            except OSError:  # Linux's way to say that nobody writes any more
                break
            if not parts[-1]:
                break
    os.close(terminal)
    assert running.returncode == 0
    return b"".join(parts).decode()


def test_a_bar_stands_below_the_line_of_status():
    lines = shown().split("\r\n")
    below = [after for before, after in itertools.pairwise(lines) if "3/8 task" in before]
    assert any("617 of 1,234 texts" in line for line in below)


def test_what_is_done_at_once_has_no_bar():
    text = shown(patience=60)
    assert "3/8 task" in text and "texts" not in text


def test_a_bar_that_is_not_wanted_is_not_drawn():
    assert "texts" not in shown(wanted=False)


def test_where_there_is_no_terminal_nothing_is_written():
    code = _CODE.format(patience=0, wanted=True).replace(
        'with progress.console().status("3/8 task")', "if True"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
