"""A damaged file is refused in one sentence, or holds what it claims: no crash, no hang, no flood.

EMBKIT_FUZZ=20000 damages 20,000 files of each format, and cuts them at half as many places; else
500 and 250.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("children are held by Linux's limits", allow_module_level=True)

from .fuzzing import FORMATS
from .samples import write_sample

COUNT = int(os.environ.get("EMBKIT_FUZZ", 500))
HARNESS = Path(__file__).with_name("fuzzing.py")
# What writes a sample of a format, where that is not in the tests' own hands.
PEERS = {"kv": "gensim", "kv+npy": "gensim", "static": "model2vec"}


@pytest.fixture(scope="module")
def ask():
    """A function that puts a request to the harness, in a process of its own."""
    command, pipe = [sys.executable, str(HARNESS)], subprocess.PIPE
    # What forks a child has no threads of its own.
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment) as harness:

        def ask(*request):
            print(json.dumps(request), file=harness.stdin, flush=True)
            return json.loads(harness.stdout.readline())

        yield ask
        harness.stdin.close()


@pytest.fixture
def samples(tmp_path):
    """A function that writes the two samples of a format, and returns their folder."""

    def write(name):
        if name in PEERS:
            pytest.importorskip(PEERS[name], reason=f"needs {PEERS[name]} to write the file")
        form = FORMATS[name]
        for seed, role in enumerate(("good", "other")):
            (tmp_path / role).mkdir()
            path = tmp_path / role / form.opened
            write_sample(name.partition(".")[0], path, seed)
            if form.packing is not None:
                path.write_bytes(form.packing.pack(path.read_bytes()))
        return str(tmp_path)

    return write


@pytest.mark.parametrize("name", FORMATS)
def test_no_damaged_file_does_harm(name, samples, ask):
    found = ask(name, samples(name), COUNT, False)
    assert found["failures"] == {}
    assert sum(found["outcomes"].values()) == COUNT
    # Of a bit of a number, or one more of a word, nobody can tell.
    assert found["outcomes"]["refused"] > COUNT / 3


@pytest.mark.parametrize("name", FORMATS)
def test_no_truncation_goes_unnoticed(name, samples, ask):
    found = ask(name, samples(name), COUNT // 2, True)
    assert found["failures"] == {}
    assert found["outcomes"]["refused"] > COUNT / 4


ISOLATED = """
import json, os, signal, sys, time
sys.path.insert(0, {tests!r})
from fuzzing import isolated

actions = [
    lambda: {{"accepted": 1}},
    lambda: os.kill(os.getpid(), signal.SIGSEGV),
    lambda: time.sleep(60),
    lambda: [None for _ in iter(int, 1)],
    lambda: bytearray(1 << 31),
    lambda: [].pop(),
    lambda: sys.exit(0),
    lambda: {{"refused": "why"}},
]
print(json.dumps(list(isolated(lambda i: actions[i](), len(actions), seconds=0.2))))
"""


def test_a_crash_a_hang_and_a_flood_are_told_apart_and_the_rest_is_still_run():
    code = ISOLATED.format(tests=str(HARNESS.parent))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert [next(iter(outcome.items())) for outcome in json.loads(done.stdout)] == [
        ("accepted", 1),
        ("failed", "killed by SIGSEGV"),
        ("failed", "hang"),
        ("failed", "hang"),
        ("failed", "out of memory"),
        ("failed", "IndexError: pop from empty list"),
        ("failed", "SystemExit: 0"),
        ("refused", "why"),
    ]
