"""Word vectors of one format as those of another, smaller if asked, and what that cost them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from embkit.compress import compress
from embkit.errors import InvalidRequest
from embkit.languages import default_language
from embkit.records import Language
from embkit.word_options import Compression
from embkit.wordstore import WordStore

from embkit_fasttext.fidelity import Fidelity, fidelity
from embkit_fasttext.opening import open_words
from embkit_fasttext.static_model import is_static_model
from embkit_fasttext.writing import Target, check_words, target_of, words_beside

__all__ = ["Conversion", "Side", "convert"]


class Side(NamedTuple):
    """Vectors before or after. bytes: of the files."""

    path: Path
    format: str
    words: int
    dim: int
    dtype: str
    bytes: int


class Conversion(NamedTuple):
    """What was converted.

    same: every word kept its vector to the last bit. fidelity: None where it was not asked for, or
    there are too few words. missing: the words to keep that are not there. left: what was left
    behind, a line each.
    """

    source: Side
    target: Side
    same: bool
    fidelity: Fidelity | None
    missing: Sequence[str]
    left: Sequence[str]


def convert(
    path: Path,
    out: Path,
    how: Compression,
    language: Language | None = None,
    *,
    force: bool = False,
    compare: bool = True,
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> Conversion:
    """Write the vectors of a file, compressed, in the format that the name of `out` asks for.

    language: by whose rules a static model folds case. force: replace what was written before.
    compare: measure fidelity where vectors changed. progress: told a stage, and how much of how
    much of it is done, 0 and 0 where that shows only at the end.
    Raises InvalidRequest for what cannot be written, before anything is; what `open_words` raises
    for a file that is not what it claims to be; StorageError where the disk refuses.
    """
    target = target_of(out, how.dtype)
    _check_out(target, out, force)
    if target.cuts and language is None:
        raise InvalidRequest(
            f"'{out}': {target.name} cuts texts into words and folds their case; say in which "
            "language: --lang tr"
        )
    if is_static_model(path):
        raise InvalidRequest(
            f"'{path}' is a static model, whose rows are of tokens and not of words; only word "
            "vectors are converted"
        )
    progress("reading", 0, 0)
    opened = open_words(path)
    before = opened.store
    progress("compressing", 0, 0)
    after = compress(before, opened.source, None, how, name=str(path)).store
    check_words(target, after, out)
    done = 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        progress("writing", done, len(after))

    left = target.write(after, language or default_language("und"), out, advance)
    if opened.compose is not None:
        left.append("n-grams: a word that is not listed has no vector any more")
    if before.counts is not None and not target.counts:
        left.append("how often each word was seen, which the poolings sif and idf weigh by")
    same = after.key == before.key
    progress("comparing", 0, 0)
    return Conversion(
        source=_side(path, opened.format, before, opened.parts),
        target=_side(out, target.name, after, _files(out)),
        same=same,
        fidelity=fidelity(before, after) if compare and not same else None,
        missing=_missing(before, how.words or ()),
        left=left,
    )


def _check_out(target: Target, out: Path, force: bool) -> None:
    """Raise InvalidRequest where something would be replaced that was not asked for."""
    if out.exists() and (
        out.is_dir() != target.cuts or (out.is_dir() and not is_static_model(out))
    ):
        kind = "folder of something else" if out.is_dir() else "file"
        raise InvalidRequest(f"'{out}' is a {kind}; name another place to write {target.name}")
    there = [path for path in _files(out) if path.exists()]
    if there and not force:
        raise InvalidRequest(f"'{there[0]}' is there already; --force replaces it")


def _missing(store: WordStore, words: Sequence[str]) -> Sequence[str]:
    there = store.rows(words).tolist()
    return [word for word, row in zip(words, there, strict=True) if row < 0]


def _files(out: Path) -> Sequence[Path]:
    """What is, or would be, written."""
    if out.is_dir():
        return list(out.iterdir())
    return [out, words_beside(out)] if out.suffix == ".npy" else [out]


def _side(path: Path, form: str, store: WordStore, files: Sequence[Path]) -> Side:
    size = sum(file.stat().st_size for file in files)
    return Side(path, re.sub("^an? ", "", form), len(store), store.dim, store.dtype, size)
