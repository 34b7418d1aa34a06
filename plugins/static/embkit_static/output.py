"""What the commands leave: a folder that is there whole or not at all, with a record and a card."""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import platform
import re
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from embkit.errors import InvalidRequest
from numpy.typing import NDArray

from embkit_static.settings import FORMATS

if TYPE_CHECKING:
    from embkit.records import Language
    from embkit.word_options import Compression
    from embkit.wordstore import Rows

__all__ = [
    "RECORD",
    "Written",
    "check_target",
    "licence_of",
    "versions",
    "write_record",
    "write_vectors",
]

RECORD = "embkit.json"


@dataclass(frozen=True, kw_only=True)
class Written:
    """Word vectors that were written.

    name: of their file, "" where the folder itself is a static model. left: what the format could
    not hold, a line each.
    """

    name: str
    words: int
    dim: int
    left: Sequence[str]


def check_target(out: Path, force: bool) -> None:
    """Raise InvalidRequest when something is there that must not be replaced."""
    if out.is_symlink():
        raise InvalidRequest(f"'{out}' is a link; name the folder itself")
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if not force:
        raise InvalidRequest(f"'{out}' is there already; name another folder, or say --force")
    if not (out / RECORD).is_file():
        raise InvalidRequest(
            f"'{out}' is no folder that this command made ({RECORD}): remove it yourself"
        )


def write_vectors(
    folder: Path,
    rows: Rows,
    dim: int,
    *,
    form: str,
    how: Compression,
    language: Language,
    counts: NDArray[np.int64] | None = None,
    advance: Callable[[int], None] = lambda count: None,
) -> Written:
    """Write word vectors into a folder in one of `FORMATS`, made smaller as `how` says.

    rows: words and vectors in blocks, of which one at a time is in memory; counts: how often each
    word stands in a corpus. advance: told how many rows were written.
    Raises InvalidRequest for words or numbers that the format cannot hold.
    """
    from embkit.compress import compress
    from embkit_fasttext.writing import check_words, target_of

    name = f"vectors{FORMATS[form]}"
    target = target_of(folder / name, how.dtype or "float32")
    with _passing_store(rows, dim, counts) as (store, source, passing):
        smaller = compress(store, source, None, how, name="the vectors").store
        passing.append(smaller.folder)
        check_words(target, smaller, folder / name)
        left = target.write(smaller, language, folder / name, advance)
        written = Written(
            name="" if form == "static-model" else name,
            words=len(smaller),
            dim=smaller.dim,
            left=left,
        )
    if form == "static-model":
        for item in (folder / name).iterdir():
            item.rename(folder / item.name)
        (folder / name).rmdir()
    return written


@contextlib.contextmanager
def _passing_store(
    rows: Rows, dim: int, counts: NDArray[np.int64] | None
) -> Iterator[tuple[Any, str, list[Path]]]:
    """A store in the cache that is gone afterwards, with all folders in the list."""
    from embkit.wordstore import open_store, save_array

    def build(folder: Path, notes: dict[str, int]) -> tuple[Rows, int, Mapping[str, Any]]:
        if counts is not None:
            save_array(folder / "counts.npy", counts)
        return rows, dim, {}

    source = secrets.token_hex(16)  # nobody else may open it
    folders: list[Path] = []
    try:
        store = open_store(source, build, name="the vectors")
        folders.append(store.folder)
        yield store, source, folders
    finally:
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
            folder.with_name(f"{folder.name}.lock").unlink(missing_ok=True)


def write_record(folder: Path, record: Mapping[str, Any], card: str) -> None:
    """Leave what is known about a folder: `embkit.json` for programs, README.md for people."""
    content = json.dumps(record, ensure_ascii=False, indent=2) + "\n"
    (folder / RECORD).write_text(content, encoding="utf-8")
    (folder / "README.md").write_text(card, encoding="utf-8")


def licence_of(folder: Path) -> str:
    """The licence that the card of a model states; "" where it states none."""
    try:
        card = (folder / "README.md").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    head = re.match(r"---\n(.*?)\n---", card, re.DOTALL)
    stated = re.search(r"^licen[cs]e:[ \t]*(\S.*)$", head[1], re.MULTILINE) if head else None
    return stated[1].strip(" \"'") if stated else ""


def versions(*packages: str) -> dict[str, str]:
    """Versions of Python and of packages."""
    installed = {name: importlib.metadata.version(name) for name in packages}
    return {"python": platform.python_version(), **installed}
