"""Functions are found, bared, told apart and split; bad files are counted and nothing crashes."""

from __future__ import annotations

import os
import random
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from embkit.errors import InvalidData, InvalidRequest
from embkit_code.corpus import corpus_of, manifest, split_of
from embkit_code.duplicates import near_pairs
from embkit_code.functions import functions_of, parsed
from embkit_code.sources import licence_of, read_tree

SOURCE = '''\
import os  # not in a function


class Reader:
    @property
    def size(self):
        """How many ünits.

            As read.
        """
        # a comment
        total = len("#é")  # another

        return """a
   b""" + total

    def nothing(self):
        """Only words."""
        raise NotImplementedError("later")

    async def outer(self):
        def inner(x): return x + 1
        return inner
'''


def test_a_function_is_bare_of_comments_docstring_and_indentation() -> None:
    size, nothing, outer, inner = functions_of("a/reader.py", SOURCE) or []
    assert (size.path, size.name) == ("a/reader.py", "Reader.size")
    assert size.docstring == "How many ünits.\n\nAs read."
    assert size.text == 'def size(self):\n    total = len("#é")\n    return """a\n   b""" + total'
    assert size.tokens[:7] == ("def", "size", "(", "self", ")", ":", "total")
    assert [f.acts for f in (size, nothing, outer, inner)] == [True, False, True, True]
    assert outer.text.startswith("async def outer(self):\n    def inner(x): return x + 1\n")
    assert (inner.name, inner.text) == (
        "Reader.outer.<locals>.inner", "def inner(x): return x + 1",
    )  # fmt: skip


def test_every_function_of_the_standard_library_still_parses_when_bare() -> None:
    found = [f for split in corpus_of(None).splits.values() for f in split]
    assert len(found) > 9000
    assert [f.name for f in found[::7] if parsed(f.text) is None] == []


def test_the_manifest_is_sorted_and_its_functions_are_of_many_files() -> None:
    rows = manifest()
    assert rows == sorted(rows)
    assert len(rows) == len(set(rows)) >= 11_000
    assert all(len(digest) == 16 for _, _, digest in rows)


def test_splits_are_by_file_and_no_text_or_near_duplicate_is_in_two() -> None:
    splits = corpus_of(None).splits
    assert {f.path: split_of(f.path) for s in splits.values() for f in s} == {
        f.path: name for name, s in splits.items() for f in s
    }
    rows = [(name, set(f.tokens)) for name, split in splits.items() for f in split]
    some = random.Random(0).sample(rows, 600)
    near = [
        (a, b)
        for i, (split, a) in enumerate(some)
        for other, b in some[:i]
        if other != split and len(a & b) >= 0.8 * len(a | b)
    ]
    assert near == []


def test_near_pairs_are_those_of_comparing_all() -> None:
    draw = random.Random(1)
    rows = [[draw.choice("abcdefghij") for _ in range(draw.randint(0, 9))] for _ in range(150)]
    for threshold in (0.5, 0.8, 1.0):
        expected = {
            (i, j)
            for j in range(len(rows))
            for i in range(j)
            if (both := len(set(rows[i]) | set(rows[j])))
            and len(set(rows[i]) & set(rows[j])) >= threshold * both
            and rows[i]
            and rows[j]
        }
        found = list(near_pairs(rows, threshold))
        assert len(found) == len(set(found))
        assert set(found) == expected


def test_what_cannot_be_read_is_counted_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text("def f(x):\n    return x\n")
    (tmp_path / "python2.py").write_text("def f(x):\n    print x\n")
    (tmp_path / "latin.py").write_bytes(b"# caf\xe9\n")
    (tmp_path / "unknown.py").write_bytes(b"# coding: no-such\n")
    (tmp_path / "null.py").write_bytes(b"x = '\0'\n")
    (tmp_path / "large.py").write_text("x = 1\n" * 900_000)
    (tmp_path / "deep.py").write_text("x = " + "(" * 5000 + ")" * 5000)
    (tmp_path / "minus.py").write_text("x = " + "-" * 50_000 + "1")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "round.py").symlink_to(tmp_path / "round.py")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "a.py").write_text("x = 1")
    corpus_of.cache_clear()
    with pytest.raises(InvalidData, match="too few functions") as caught:
        corpus_of(tmp_path)
    assert str(caught.value).endswith(
        "1 × file of over 1 MB, 2 × file that cannot be decoded as it says it is encoded, "
        "3 × file that does not parse as this Python, 1 × file that is a symbolic link, "
        "1 × file with null bytes, which no source has"
    )


def test_a_tree_without_python_and_a_path_that_is_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match="0 in train and 0 in test; a tree needs a dozen"):
        corpus_of(tmp_path)
    with pytest.raises(InvalidRequest, match="is no folder of source code"):
        corpus_of(tmp_path / "nowhere")


def test_of_a_git_checkout_only_tracked_files_are_read(tmp_path: Path) -> None:
    for name in ("b.py", "a.py", "untracked.py", "gone.py"):
        (tmp_path / name).write_text("x = 1\r\n")
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    for command in (["init", "-q"], ["add", "a.py", "b.py", "gone.py"]):
        subprocess.run(["git", *command], cwd=tmp_path, env=environment, check=True)
    (tmp_path / "gone.py").unlink()
    dropped: Counter[str] = Counter()
    assert list(read_tree(tmp_path, dropped)) == [("a.py", "x = 1\n"), ("b.py", "x = 1\n")]
    assert dropped == {"file that git tracks and that is not there": 1}


def test_a_pipe_that_is_named_as_a_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    dropped: Counter[str] = Counter()
    assert list(read_tree(tmp_path, dropped)) == []
    assert dropped == {"folder, pipe or device that is named as a file": 1}


def test_the_licence_is_what_its_file_begins_with(tmp_path: Path) -> None:
    assert licence_of(tmp_path) == ""
    (tmp_path / "LICENSE.txt").write_text("\n  MIT License\n\nCopyright")
    assert licence_of(tmp_path) == "LICENSE.txt: MIT License"
