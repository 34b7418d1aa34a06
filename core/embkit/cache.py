"""The cache folder: where it is, how files appear in it whole, and who may write."""

from __future__ import annotations

import contextlib
import errno
import functools
import hashlib
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from embkit.errors import StorageError

__all__ = [
    "atomic_file",
    "atomic_folder",
    "atomic_write",
    "cache_dir",
    "file_digest",
    "lock",
    "storage_errors",
]

_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}
_NO_FOLDER = {errno.ENOTDIR, errno.EEXIST}
# Only names that end so are swept: a folder of results holds other people's files too.
_TEMPORARY = ".embkit.tmp"
_HOUR = 3600
# A change this recent may be followed by another that leaves the same time stamp.
_SETTLED_NS = 2_000_000_000


def cache_dir() -> Path:
    """The folder for everything that can be made or fetched again; EMBKIT_CACHE names another."""
    named = os.environ.get("EMBKIT_CACHE")
    if named:
        return Path(named)
    from platformdirs import user_cache_path

    return user_cache_path("embkit", appauthor=False)


@contextlib.contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn a refusal of the disk into a StorageError that names the path and the remedy."""
    try:
        yield
    except OSError as error:
        # Results go where --out says, everything else into the cache.
        other = "name another folder with --out, or for the cache in EMBKIT_CACHE"
        if error.errno in _FULL:
            remedy = f"free some space or {other}"
        elif error.errno in _DENIED:
            remedy = f"make the folder writable or {other}"
        elif error.errno in _NO_FOLDER:
            remedy = f"no folder can be made there; {other}"
        elif error.errno == errno.ENAMETOOLONG:
            remedy = "take a shorter name"
        else:
            raise
        raise StorageError(f"{path}: cannot be written ({error.strerror}); {remedy}") from error


def _temporary(path: Path) -> Path:
    """A new name beside a path, made known by its ending as ours to delete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _sweep(path.parent)
    return path.with_name(f".{path.name[:40]}-{secrets.token_hex(8)}{_TEMPORARY}")


@functools.cache
def _sweep(folder: Path) -> None:
    """Delete what killed processes left in a folder; looked for once a process."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(_TEMPORARY):
                _sweep_entry(Path(entry.path))


def _sweep_entry(path: Path) -> None:
    with contextlib.suppress(OSError):
        if path.is_dir():
            # It may be filled for hours; a day without a change means that nobody fills it.
            changed = max(item.stat().st_mtime for item in (path, *path.rglob("*")))
            if time.time() - changed > 24 * _HOUR:
                shutil.rmtree(path, ignore_errors=True)
        elif time.time() - path.stat().st_mtime > _HOUR:
            path.unlink()


def _sync(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make a rename last through a power cut, where folders can be synced."""
    if os.name == "posix":
        with contextlib.suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


@contextlib.contextmanager
def atomic_file(path: Path) -> Iterator[IO[bytes]]:
    """A new file to write; it appears under its name when the block ends without an error.

    It is there whole or not at all, whenever the process dies. A file that is there already is
    replaced, but a device or a pipe is written to. Raises StorageError when the disk is full or the
    folder is not writable.
    """
    with storage_errors(path):
        if path.exists() and not path.is_file() and not path.is_dir():
            # Whoever may write to /dev may replace /dev/null for the whole machine.
            with open(path, "wb") as file:
                yield file
            return
        working = _temporary(path)
        try:
            with open(working, "xb") as file:
                yield file
                _sync(file)
            os.replace(working, path)
        except BaseException:
            with contextlib.suppress(OSError):
                working.unlink()
            raise
        _sync_folder(path.parent)


def atomic_write(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all; raises as `atomic_file` does."""
    with atomic_file(path) as file:
        file.write(data)


@contextlib.contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """A new folder to fill; it appears under its name when the block ends without an error.

    A folder that is there already is replaced. Raises StorageError as `atomic_write` does.
    """
    with storage_errors(path):
        working = _temporary(path)
        try:
            working.mkdir()
            yield working
            for item in working.rglob("*"):
                if item.is_file():
                    with open(item, "rb+") as file:
                        _sync(file)
            if path.exists():
                shutil.rmtree(path)
            os.replace(working, path)
        except BaseException:
            shutil.rmtree(working, ignore_errors=True)
            raise
        _sync_folder(path.parent)


@contextlib.contextmanager
def lock(path: Path) -> Iterator[None]:
    """Hold a lock of this name; others wait. The system drops it when its holder dies."""
    with contextlib.ExitStack() as stack:
        with storage_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            file = stack.enter_context(open(path, "a+b"))
        if os.name == "nt":
            import msvcrt

            file.seek(0)
            while True:  # it gives up after ten seconds; a download takes longer
                with contextlib.suppress(OSError):
                    msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined]
                    break
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _identity(path: Path) -> tuple[str, int, int, int]:
    state = path.stat()
    return str(path.resolve()), state.st_size, state.st_mtime_ns, state.st_ino


def file_digest(path: Path) -> str:
    """sha256 of a file's content, 64 hexadecimal digits.

    Remembered by path, size, time of change and inode: a file of 7 GB is read once, not at every
    start.
    """
    identity = _identity(path)
    name = hashlib.sha256(json.dumps(identity).encode()).hexdigest()
    note = cache_dir() / "digests" / name[:32]
    try:
        known = note.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        known = ""
    if re.fullmatch("[0-9a-f]{64}", known):
        return known
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if _identity(path) == identity and time.time_ns() - identity[2] > _SETTLED_NS:
        # Without a place to note it the digest is still right.
        with contextlib.suppress(StorageError):
            atomic_write(note, digest.encode())
    return digest
