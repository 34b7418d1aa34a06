"""The cache folder: where it is, how files appear in it whole, and who may write."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from embkit.errors import StorageError

__all__ = ["atomic_folder", "atomic_write", "cache_dir", "file_digest", "lock", "storage_errors"]


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
        full = error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", -1), errno.EFBIG)
        denied = error.errno in (errno.EACCES, errno.EPERM, errno.EROFS)
        if full:
            remedy = "free some space or name another cache folder in EMBKIT_CACHE"
        elif denied:
            remedy = "make the folder writable or name another cache folder in EMBKIT_CACHE"
        else:
            raise
        raise StorageError(f"{path}: cannot be written ({error.strerror}); {remedy}") from error


def _sync_folder(folder: Path) -> None:
    """Make a rename last through a power cut, where folders can be synced."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def atomic_write(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all, whenever the process dies.

    Raises StorageError when the disk is full or the folder is not writable.
    """
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            prefix=f".{path.name[:40]}-", suffix=".tmp", dir=path.parent
        )
        try:
            with open(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(name, 0o644)
            os.replace(name, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise
        _sync_folder(path.parent)


@contextlib.contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """A new folder to fill; it appears under its name when the block ends without an error.

    A folder that is there already is replaced. Raises StorageError as `atomic_write` does.
    """
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        working = Path(
            tempfile.mkdtemp(prefix=f".{path.name[:40]}-", suffix=".tmp", dir=path.parent)
        )
        try:
            yield working
            for file in working.iterdir():
                with open(file, "rb+") as handle:
                    os.fsync(handle.fileno())
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
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = open(path, "a+b")  # noqa: SIM115
    with file:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_digest(path: Path) -> str:
    """sha256 of a file's content, 64 hexadecimal digits.

    Remembered by path, size, time of change and inode: a file of 7 GB is read once, not at every
    start.
    """
    state = path.stat()
    identity = [str(path.resolve()), state.st_size, state.st_mtime_ns, state.st_ino]
    name = hashlib.sha256(json.dumps(identity).encode()).hexdigest()
    note = cache_dir() / "digests" / name[:32]
    try:
        known = note.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        known = ""
    if len(known) == 64:
        return known
    digest = _sha256(path)
    # Without a place to note it the digest is still right.
    with contextlib.suppress(StorageError):
        atomic_write(note, digest.encode())
    return digest
