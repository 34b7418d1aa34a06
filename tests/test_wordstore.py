"""A word store is made once and whole, found again by its key, and made anew when it is harmed."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys

import embkit.wordstore
import numpy as np
import pytest
from embkit import InvalidData, InvalidRequest
from embkit.cache import cache_dir
from embkit.errors import PluginError
from embkit.wordstore import hash_words, open_store, row_norms
from hypothesis import given, settings
from hypothesis import strategies as st

TABLE = {"घर": [1, 0], "नदी": [0, 2], "a-b": [4, 4], "a": [8, 8], "शून्य": [0, 0]}


@pytest.fixture
def make():
    """A function that makes a store of a dictionary, or of blocks, and counts how often."""
    built = []

    def make(table=TABLE, key="k", blocks=None, name="words.vec", dtype="float32", counts=None):
        def build(folder, notes):
            built.append(key)
            if counts is not None:
                np.save(folder / "counts.npy", np.array(counts))
            rows = blocks or [(list(table), np.array(list(table.values()), dtype=np.float32))]
            return rows, rows[0][1].shape[1], {}

        return open_store(key, build, name=name, dtype=dtype)

    make.built = built
    return make


def test_a_word_is_found_in_its_row_and_others_are_not(make):
    store = make()
    assert store.rows(["a", "", "घर", "घ", "घरात" * 100, "a-b"]).tolist() == [3, -1, 0, -1, -1, 2]
    assert store.rows([]).tolist() == []
    assert list(store.words) == list(TABLE)
    assert store.take(np.array([0, 1]))[1:].base is not store.matrix


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.just([1.0])))
def test_any_words_are_found_again(table):
    table["x"] = [1.0]
    rows = [(list(table), np.ones((len(table), 1), dtype=np.float32))]
    store = open_store(repr(sorted(table)), lambda *_: (rows, 1, {}), name="any")
    assert store.rows(list(table)).tolist() == list(range(len(table)))
    assert store.rows([f"{word}\0" for word in table if f"{word}\0" not in table]).max() == -1


def test_hashes_of_a_word_do_not_depend_on_its_neighbours():
    words = ["", "a", "घर", "x" * 3000, "b", ""]
    alone = [int(hash_words([word])[0]) for word in words]
    assert hash_words(words).tolist() == alone
    assert len(set(alone)) == 5


def test_words_with_equal_hashes_are_told_apart_or_refused(make, monkeypatch):
    whole = embkit.wordstore._hashes

    def weak(words, seed):
        return whole(words, 0) % np.uint64(2 + seed)

    monkeypatch.setattr(embkit.wordstore, "_hashes", weak)
    store = make({"a": [1], "b": [2], "c": [3]})
    assert store.rows(["a", "b", "c", "d", "e"]).tolist() == [0, 1, 2, -1, -1]
    monkeypatch.setattr(embkit.wordstore, "_hashes", lambda words, seed: np.ones(len(words)))
    with pytest.raises(InvalidData, match="cannot be told apart"):
        make(key="equal")


def test_a_store_is_made_once_and_opened_afterwards(make):
    first, second = make(), make()
    assert make.built == ["k"]
    assert np.array_equal(first.matrix, second.matrix)


def test_the_first_of_repeated_words_is_kept_over_blocks_and_told_once(make, caplog):
    one = np.ones((2, 1), dtype=np.float32)
    blocks = [(["a", "b"], one), (["b", "c"], 2 * one), (["a", "a"], 3 * one)]
    with caplog.at_level(logging.WARNING, "embkit"):
        store = make(blocks=blocks, name="my.vec")
        make()
    assert store.matrix.tolist() == [[1], [1], [2]]
    assert store.notes == {"repeated words, the first of each kept": 3}
    assert caplog.messages == ["my.vec: 3 repeated words, the first of each kept"]


@pytest.mark.parametrize(
    "harm",
    [
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(path.read_bytes() + b"\0"),
        lambda path: path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:]),
        lambda path: path.unlink(),
    ],
    ids=["cut short", "grown", "altered", "removed"],
)
@pytest.mark.parametrize(
    "name", ["words.arrow", "matrix.bin", "norms.npy", "hashes.npy", "rows.npy", "manifest.json"]
)
def test_a_store_that_was_harmed_is_made_anew(make, name, harm):
    store = make()
    harm(store.folder / name)
    again = make()
    assert make.built == ["k", "k"]
    assert again.rows(list(TABLE)).tolist() == [0, 1, 2, 3, 4]
    assert again.matrix.tolist() == list(TABLE.values())


def test_a_store_that_was_copied_with_new_times_is_still_good(make, tmp_path, monkeypatch):
    make()
    shutil.copytree(cache_dir() / "words", tmp_path / "copy/words", copy_function=shutil.copyfile)
    monkeypatch.setenv("EMBKIT_CACHE", str(tmp_path / "copy"))
    for path in (tmp_path / "copy/words").rglob("*"):
        os.utime(path, (1, 1))
    store = make()
    assert store.rows(["a"]).tolist() == [3]
    assert make.built == ["k"]
    matrix = store.folder / "matrix.bin"
    matrix.write_bytes(matrix.read_bytes()[:-1] + b"\1")
    os.utime(matrix, (1, 1))
    make()
    assert make.built == ["k", "k"]


def test_an_error_while_reading_leaves_no_store_behind(make):
    def blocks():
        yield ["a"], np.ones((1, 1), dtype=np.float32)
        raise InvalidData("line 2 is broken")

    with pytest.raises(InvalidData, match="line 2"):
        open_store("broken", lambda *_: (blocks(), 1, {}), name="x")
    with pytest.raises(InvalidData, match="no word vector"):
        open_store("empty", lambda *_: ([], 1, {}), name="x")
    assert [path for path in (cache_dir() / "words").iterdir() if path.suffix != ".lock"] == []


FULL = """
import json, os, resource, sys
import numpy as np
from embkit.cache import cache_dir
from embkit.errors import StorageError
from embkit.wordstore import open_store, save_array

words = [f"{i:060}" for i in range(2000)]

def build(folder, notes):
    save_array(folder / "counts.npy", np.arange(2000))
    return [(words, np.ones((2000, 1), dtype=np.float32))], 1, {}

said = []
for limit in json.loads(sys.argv[1]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        open_store("k", build, name="x")
    except StorageError as error:
        said.append(str(error))
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert {name[-5:] for name in os.listdir(cache_dir() / "words")} == {".lock"}, limit
open_store("k", build, name="x")
print(json.dumps(said))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the disk is full by a limit of Linux's")
def test_a_full_disk_is_told_and_leaves_no_store_behind_whichever_file_is_cut():
    # The matrix and the norms have 8,000 bytes each, the counts and hashes 16,000, the words more.
    limits = [100, 8000, 8100, 12_000, 16_100, 100_000]
    command = [sys.executable, "-c", FULL, json.dumps(limits)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert len(said) == len(limits)
    for sentence in said:
        assert sentence.startswith(str(cache_dir() / "words")) and "File too large" in sentence
        assert "free some space or name another folder" in sentence


def test_processes_that_open_at_once_make_one_store(tmp_path):
    code = """
import time, numpy as np
from embkit.wordstore import open_store
def build(folder, notes):
    print("built")
    time.sleep(0.3)
    return [(["a"], np.ones((1, 1), dtype=np.float32))], 1, {}
assert open_store("k", build, name="x").rows(["a"]).tolist() == [0]
"""
    running = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert "".join(process.communicate()[0] for process in running) == "built\n"
    assert {process.returncode for process in running} == {0}


def test_words_are_a_sequence_that_makes_strings_when_asked(make):
    words = make().words
    assert (len(words), words[1], words[-1], words[1:3]) == (5, "नदी", "शून्य", ["नदी", "a-b"])
    assert "घर" in words
    with pytest.raises(IndexError):
        words[5]


def test_half_of_a_surrogate_pair_in_a_word_is_read_as_a_replacement(make):
    store = make({"a\ud800": [1], "\ud83d\ude00": [2], "b": [3]})
    assert list(store.words) == ["a\ufffd", "😀", "b"]
    assert store.rows(["a\ufffd", "😀", "a\ud800", "b"]).tolist() == [0, 1, -1, 2]


def test_norms_are_the_lengths_of_rows_at_any_size(make):
    store = make({"a": [3, 4], "b": [0, 0], "c": [3e30, 4e30], "d": [3e-30, 4e-30]})
    assert store.norms == pytest.approx([5, 0, 5e30, 5e-30], rel=1e-6)
    assert not store.norms.flags.writeable
    assert row_norms(np.zeros((0, 2), dtype=np.float32)).shape == (0,)


def test_counts_follow_their_words_when_repeats_are_dropped(make):
    assert make().counts is None
    one = np.ones((2, 1), dtype=np.float32)
    store = make(key="c", blocks=[(["a", "b"], one), (["a", "c"], one)], counts=[9, 7, 5, 3])
    assert list(store.words) == ["a", "b", "c"]
    assert store.counts.tolist() == [9, 7, 3]
    with pytest.raises(PluginError, match="a number for each row"):
        make(key="d", counts=[1])


@pytest.mark.parametrize(("dtype", "error"), [("float16", 0.07), ("int8", 0.5001)])
def test_a_smaller_dtype_takes_less_and_gives_float32(make, dtype, error):
    table = {f"w{i}": row for i, row in enumerate(np.random.default_rng(0).normal(size=(50, 8)))}
    whole, small = make(table), make(table, dtype=dtype)
    rows = np.arange(50)
    step = np.abs(whole.take(rows)).max(axis=1, keepdims=True) / 127
    assert small.take(rows).dtype == np.float32
    assert (
        np.abs(small.take(rows) - whole.take(rows)) <= step * (0.5001 if dtype == "int8" else 0.07)
    ).all()
    assert [start for start, _ in small.blocks(20)] == [0, 20, 40]
    assert np.array_equal(np.concatenate([rows for _, rows in small.blocks(20)]), small.take(rows))
    assert small.norms == pytest.approx(np.linalg.norm(small.take(rows), axis=1), rel=1e-6)
    assert small.nbytes == {"float16": 800, "int8": 600}[dtype]
    assert (small.dtype, whole.dtype) == (dtype, "float32")
    assert small.key != whole.key


def test_int8_gives_back_whole_steps_by_hand(make):
    store = make({"a": [127, -127, 1, 0.4], "b": [0, 0, 0, 0], "c": [2, 0, -1, 0.5]}, dtype="int8")
    assert store.take(np.array([0, 1])).tolist() == [[127, -127, 1, 0], [0, 0, 0, 0]]
    assert store.take(np.array([2]))[0] == pytest.approx([2, 0, -64 * 2 / 127, 32 * 2 / 127])
    assert store.norms[1] == 0


def test_float16_refuses_what_it_cannot_hold(make):
    with pytest.raises(InvalidData, match="holds 70000, float16 ends at 65504; take dtype int8"):
        make({"a": [70000]}, dtype="float16")
    with pytest.raises(InvalidRequest, match="dtype is one of float32, float16, int8; got 'f2'"):
        make(dtype="f2")


def test_making_a_store_needs_little_memory_beside_its_words(tmp_path):
    """200,000 words of 250 numbers are 200 MB on disk; less than half of that is in memory."""
    code = """
import numpy as np
from embkit.memory import Peak
from embkit.wordstore import open_store
def blocks():
    for start in range(0, 200_000, 4000):
        yield [f"शब्द{i}" for i in range(start, start + 4000)], np.ones((4000, 250), np.float32)
with Peak() as peak:
    store = open_store("k", lambda *_: (blocks(), 250, {}), name="x")
print(peak.bytes)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 100e6
