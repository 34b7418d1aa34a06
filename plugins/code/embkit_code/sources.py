"""Which Python files a tree has, and their text; what cannot be read is counted with its reason."""

from __future__ import annotations

import io
import os
import subprocess
import sysconfig
import tokenize
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path

from embkit.errors import InvalidRequest

__all__ = ["MAX_BYTES", "TESTS", "licence_of", "read_tree", "standard_library", "texts"]

PYTHON = (".py",)
# Tables that were written out by a program are not what people read.
MAX_BYTES = 1_000_000
_NEVER = {"__pycache__", "site-packages", "dist-packages", "node_modules"}
# Of the standard library: its tests are half of it, and what every distribution leaves out.
TESTS = frozenset({"test", "tests", "idle_test"})
_LICENCES = ("LICENSE", "LICENCE", "COPYING")


def standard_library() -> Path:
    """The folder of the running interpreter's standard library."""
    return Path(sysconfig.get_path("stdlib"))


def read_tree(
    root: Path,
    dropped: Counter[str],
    *,
    without: Collection[str] = (),
    endings: tuple[str, ...] = PYTHON,
) -> Iterator[tuple[str, str]]:
    """The path below root, with slashes, and the text of every Python file, in order of path.

    Files that git tracks, where root lies in a git checkout that tracks any; otherwise all that lie
    below it but those of hidden folders, virtual environments and installed packages. Symbolic
    links are not followed. without: names of folders that are left out. dropped: counts in words
    what is left out otherwise. endings: of the names of other files that are meant instead. Line
    ends become line feeds.
    Raises InvalidRequest when root is no folder.
    """
    if not root.is_dir():
        raise InvalidRequest(f"'{root}' is no folder of source code")
    tracked = _tracked(root, endings)
    for name in sorted(_walked(root, endings) if tracked is None else tracked):
        if set(name.split("/")[:-1]) & {*without, *_NEVER}:
            continue
        text, problem = _read(root, name)
        if problem:
            dropped[problem] += 1
        else:
            yield name, text


def texts(
    path: Path, dropped: Counter[str], endings: tuple[str, ...] = PYTHON
) -> Iterator[str] | None:
    """The text of each Python file of a tree, or of one such file; None for another file.

    endings: of the names of other files that are meant instead.
    """
    if path.is_dir():
        return (text for _, text in read_tree(path, dropped, endings=endings))
    if path.suffix not in endings or not path.is_file():
        return None
    text, problem = _read(path.parent, path.name)
    dropped.update([problem] if problem else [])
    return iter([] if problem else [text])


def _tracked(root: Path, endings: tuple[str, ...]) -> list[str] | None:
    """Files below root that git tracks; None where it tracks none, or there is no git."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--", *(f"*{end}" for end in endings)]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except OSError:
        return None
    names = [os.fsdecode(name) for name in done.stdout.split(b"\0") if name]
    return names if names and not done.returncode else None


def _walked(root: Path, endings: tuple[str, ...]) -> Iterator[str]:
    for folder, inner, names in os.walk(root):
        inner[:] = [
            name
            for name in inner
            if not name.startswith(".") and not Path(folder, name, "pyvenv.cfg").exists()
        ]
        below = Path(folder).relative_to(root)
        yield from ((below / name).as_posix() for name in names if name.endswith(endings))


def _read(root: Path, name: str) -> tuple[str, str]:
    """The text of a file, or why it is left out."""
    path = root / name
    # A folder above it may be a link too, as when git tracks the link and not what is behind it.
    if path.is_symlink():
        return "", "file that is a symbolic link"
    try:
        if not path.is_file():
            if path.exists():
                return "", "folder, pipe or device that is named as a file"
            return "", "file that git tracks and that is not there"
        if path.stat().st_size > MAX_BYTES:
            return "", f"file of over {MAX_BYTES // 1_000_000} MB"
        data = path.read_bytes()
    except OSError:
        return "", "file that may not be read"
    if b"\0" in data:
        return "", "file with null bytes, which no source has"
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
    except (SyntaxError, UnicodeDecodeError):
        return "", "file that cannot be decoded as it says it is encoded"
    return text.replace("\r\n", "\n").replace("\r", "\n"), ""


def licence_of(root: Path) -> str:
    """What the licence file at the root of a tree begins with; "" where there is none."""
    for path in sorted(root.glob("*")):
        if path.name.upper().split(".")[0] in _LICENCES and path.is_file():
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
            first = next((line.strip() for line in lines if line.strip()), "an empty file")
            return f"{path.name}: {first[:60]}"
    return ""
