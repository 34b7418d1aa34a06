"""The cache folder: files appear whole or not at all, digests are remembered, locks end."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from embkit import cache
from embkit.cache import (
    atomic_file,
    atomic_folder,
    atomic_write,
    cache_dir,
    file_digest,
    lock,
)
from embkit.errors import StorageError

CORE = Path(cache.__file__).parents[1]


@pytest.fixture(autouse=True)
def no_folder_was_swept():
    cache._sweep.cache_clear()


def refusing(number: int):
    """Stands in for `open`: what it opens takes half of what is written and then refuses."""

    class Refusing(io.FileIO):
        def write(self, data):
            super().write(data[: len(data) // 2])
            raise OSError(number, os.strerror(number))

    return Refusing


def old_file(path: Path, content: bytes, *, hours: float) -> Path:
    path.write_bytes(content)
    when = time.time() - hours * 3600
    os.utime(path, (when, when))
    return path


def test_the_cache_is_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("EMBKIT_CACHE", str(tmp_path / "here"))
    assert cache_dir() == tmp_path / "here"


def test_without_a_wish_the_cache_is_the_users(monkeypatch):
    monkeypatch.delenv("EMBKIT_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert cache_dir().name == "embkit"


def test_a_written_file_replaces_the_one_before_and_leaves_nothing_else(tmp_path):
    target = tmp_path / "new" / "शब्द.json"
    atomic_write(target, b"one")
    atomic_write(target, b"two")
    assert target.read_bytes() == b"two"
    assert os.listdir(target.parent) == ["शब्द.json"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EDQUOT])
def test_a_refusing_disk_keeps_the_old_file_and_leaves_no_temporary_one(
    number, tmp_path, monkeypatch
):
    target = tmp_path / "file"
    atomic_write(target, b"old")
    monkeypatch.setattr(cache, "open", refusing(number), raising=False)
    with pytest.raises(StorageError) as caught:
        atomic_write(target, b"new and longer")
    assert str(target) in str(caught.value)
    assert "EMBKIT_CACHE" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_a_rename_that_is_refused_leaves_no_temporary_file(tmp_path, monkeypatch):
    def refuse(source, target):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(StorageError, match="make the folder writable"):
        atomic_write(tmp_path / "file", b"new")
    assert os.listdir(tmp_path) == []


def test_a_file_written_in_parts_appears_when_it_is_whole(tmp_path):
    path = tmp_path / "vectors.vec"
    with atomic_file(path) as file:
        file.write(b"one ")
        assert not path.exists()
        file.write(b"two")
    assert path.read_bytes() == b"one two"
    with pytest.raises(ValueError, match="bad row"), atomic_file(path) as file:
        file.write(b"half of the next")
        raise ValueError("bad row")
    assert path.read_bytes() == b"one two" and list(tmp_path.iterdir()) == [path]


def test_a_pipe_is_written_to_and_not_replaced(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    atomic_write(path, b"through")
    assert os.read(reader, 100) == b"through"
    os.close(reader)
    assert path.is_fifo() and os.listdir(tmp_path) == ["pipe"]


def test_a_full_device_is_a_storage_error():
    with pytest.raises(StorageError, match=r"/dev/full: cannot be written .* free some space"):
        atomic_write(Path("/dev/full"), b"x")
    assert Path("/dev/full").is_char_device()


def test_a_file_in_place_of_the_cache_folder_is_a_storage_error(tmp_path):
    tmp_path.joinpath("cache").write_text("in the way")
    with pytest.raises(StorageError, match="no folder can be made there"):
        atomic_write(tmp_path / "cache" / "file", b"new")


def test_an_error_that_is_not_the_disks_refusal_is_not_hidden(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "open", refusing(errno.EIO), raising=False)
    with pytest.raises(OSError, match="Input/output") as caught:
        atomic_write(tmp_path / "file", b"new")
    assert caught.value.errno == errno.EIO


def test_a_folder_appears_when_it_is_full_and_replaces_the_one_before(tmp_path):
    for content in ("one", "two"):
        with atomic_folder(tmp_path / "store") as working:
            working.joinpath("deep").mkdir()
            working.joinpath("deep", "rows").write_text(content)
    assert tmp_path.joinpath("store", "deep", "rows").read_text() == "two"
    assert os.listdir(tmp_path) == ["store"]


def test_a_folder_whose_filling_fails_never_appears(tmp_path):
    with pytest.raises(KeyError), atomic_folder(tmp_path / "store") as working:
        working.joinpath("rows").write_text("half")
        raise KeyError("stop")
    assert os.listdir(tmp_path) == []


def test_what_killed_processes_left_is_swept_and_nothing_else(tmp_path):
    old_file(tmp_path / ".a-1.embkit.tmp", b"", hours=2)
    old_file(tmp_path / ".b-2.embkit.tmp", b"", hours=0.5)
    old_file(tmp_path / ".another-program.tmp", b"", hours=2)
    atomic_write(tmp_path / "file", b"new")
    assert sorted(os.listdir(tmp_path)) == [".another-program.tmp", ".b-2.embkit.tmp", "file"]


def test_a_folder_that_is_being_filled_is_not_swept(tmp_path):
    for name, hours in (("live", 3), ("dead", 30)):
        folder = tmp_path / f".{name}-1.embkit.tmp"
        folder.mkdir()
        old_file(folder / "rows", b"", hours=hours)
        when = time.time() - 40 * 3600
        os.utime(folder, (when, when))
    atomic_write(tmp_path / "file", b"new")
    assert sorted(os.listdir(tmp_path)) == [".live-1.embkit.tmp", "file"]


def test_a_digest_is_read_once_while_the_file_stays_the_same(tmp_path, monkeypatch):
    file = old_file(tmp_path / "big", b"vectors", hours=1)
    expected = hashlib.sha256(b"vectors").hexdigest()
    assert file_digest(file) == expected
    monkeypatch.setattr(hashlib, "file_digest", None)
    assert file_digest(file) == expected


def test_a_change_that_keeps_the_size_changes_the_digest(tmp_path):
    file = old_file(tmp_path / "big", b"one", hours=2)
    file_digest(file)
    old_file(file, b"two", hours=1)
    assert file_digest(file) == hashlib.sha256(b"two").hexdigest()


def test_a_file_changed_a_moment_ago_is_read_again(tmp_path):
    file = tmp_path / "fresh"
    file.write_bytes(b"one")
    stamp = (time.time_ns(), time.time_ns())
    os.utime(file, ns=stamp)
    file_digest(file)
    file.write_bytes(b"two")
    os.utime(file, ns=stamp)  # a clock too coarse to tell the two apart
    assert file_digest(file) == hashlib.sha256(b"two").hexdigest()


@pytest.mark.parametrize("damage", [b"", b"\xff\xfe", b"x" * 64, b"ab12"])
def test_a_damaged_note_of_a_digest_is_made_anew(damage, tmp_path):
    file = old_file(tmp_path / "big", b"vectors", hours=1)
    expected = file_digest(file)
    (note,) = (cache_dir() / "digests").iterdir()
    note.write_bytes(damage)
    assert file_digest(file) == expected
    assert note.read_text() == expected


def test_a_digest_needs_no_writable_cache(tmp_path, monkeypatch):
    file = old_file(tmp_path / "big", b"vectors", hours=1)
    monkeypatch.setenv("EMBKIT_CACHE", str(file / "no folder"))
    assert file_digest(file) == hashlib.sha256(b"vectors").hexdigest()


def test_a_lock_is_held_by_one_and_ends_with_a_killed_process(tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from embkit.cache import lock\n"
        "with lock(Path(sys.argv[1])): print('mine', flush=True); time.sleep(60)"
    )
    path = tmp_path / "lock"
    command = [sys.executable, "-c", code, str(path)]
    settings = {"stdout": subprocess.PIPE, "env": {**os.environ, "PYTHONPATH": str(CORE)}}
    with subprocess.Popen(command, **settings) as first:
        assert first.stdout.readline() == b"mine\n"
        with subprocess.Popen(command, **settings) as second:
            os.set_blocking(second.stdout.fileno(), False)
            time.sleep(0.4)
            assert not second.stdout.read()
            first.send_signal(signal.SIGKILL)
            os.set_blocking(second.stdout.fileno(), True)
            assert second.stdout.readline() == b"mine\n"
            second.kill()
    with lock(path):
        pass
