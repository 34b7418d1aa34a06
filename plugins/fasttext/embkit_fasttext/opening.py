"""Which reader a file needs, told by its content, and the store that comes of it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from embkit.cache import file_digest
from embkit.compress import compress
from embkit.errors import InvalidData, InvalidRequest
from embkit.records import File, Language
from embkit.word_options import Compression
from embkit.words import WordEmbedder
from embkit.wordstore import Rows, WordStore, open_store

from embkit_fasttext.arrays import array_parts, is_array, is_npz, read_array, read_npz
from embkit_fasttext.binary import build_model, compose_model, is_model
from embkit_fasttext.packed import first_bytes, is_packed
from embkit_fasttext.pickled import build_keyed, compose_keyed, is_pickle, keyed_parts
from embkit_fasttext.subwords import subword_bytes
from embkit_fasttext.tables import build_table, is_table
from embkit_fasttext.vec import read_vec
from embkit_fasttext.w2v import is_w2v, read_w2v

__all__ = ["Opened", "local", "open_file", "open_words", "remote", "traced"]

# Raise it when the rows that a reader makes of a file change.
_READER = 2
Compose = Callable[[Sequence[str]], Any]


class Opened(NamedTuple):
    """Word vectors of a file.

    source: digest of the content and how it was read. compose: vectors of words that are not in the
    store, None where the file has nothing to make them of. format: with its article. parts: the
    files that were read.
    """

    store: WordStore
    source: str
    compose: Compose | None
    format: str
    parts: Sequence[Path]


class Format(NamedTuple):
    """One kind of file, or folder.

    name: with its article, for messages. fits: whether a path holds it, given the first bytes of
    its content, unpacked; none of a folder. build: (path, folder of the store, notes) to what
    `open_store` wants. packed: whether `build` reads packed files too. parts: the files that the
    vectors come from. compose: vectors of words that are not in the store, or None.
    """

    name: str
    fits: Callable[[Path, bytes], bool]
    build: Callable[[Path, Path, dict[str, int]], tuple[Rows, int, Mapping[str, Any]]]
    packed: bool = False
    parts: Callable[[Path], Iterable[Path]] = lambda path: [path]
    compose: Callable[[Path, WordStore], Compose | None] = lambda path, store: None


def _rows_of(
    read: Callable[[Path, dict[str, int]], tuple[int, Rows]],
) -> Callable[[Path, Path, dict[str, int]], tuple[Rows, int, Mapping[str, Any]]]:
    """The build of a format of which there is nothing to keep but words and rows."""

    def build(path: Path, _: Path, notes: dict[str, int]) -> tuple[Rows, int, Mapping[str, Any]]:
        dim, rows = read(path, notes)
        return rows, dim, {}

    return build


# The first that fits is taken; text is what nothing else is.
_FORMATS = (
    Format("a fastText model", is_model, build_model, packed=True, compose=compose_model),
    Format("a gensim file", is_pickle, build_keyed, parts=keyed_parts, compose=compose_keyed),
    Format("a numpy array", is_array, _rows_of(read_array), parts=array_parts),
    Format("an archive of numpy arrays", is_npz, _rows_of(read_npz)),
    Format("a table", is_table, build_table),
    Format("word2vec's binary format", is_w2v, _rows_of(read_w2v), packed=True),
    Format("text", lambda path, head: not path.is_dir(), _rows_of(read_vec), packed=True),
)


def remote(place: str, sha256: str = "") -> list[File]:
    """The file at an address; none for a path.

    sha256: what it must have; without one it is pinned by what first comes.
    """
    if "://" not in place:
        return []
    _check_digest(sha256)
    # Only for people: a format is told by content.
    name = re.sub(r"[^\w.-]+", "-", unquote(urlsplit(place).path).rpartition("/")[2])
    return [File(name=name.strip(".-")[-80:] or "vectors", urls=(place,), sha256=sha256)]


def local(place: str, sha256: str = "") -> Path:
    """The path of a file or folder; raises InvalidData for a file of another digest."""
    path = Path(place).expanduser()
    _check_digest(sha256)
    if sha256:
        if not path.is_file():
            raise InvalidRequest(f"'{path}' is no file that could have a digest; leave out sha256")
        found = file_digest(path)
        if found != sha256.lower():
            raise InvalidData(f"has sha256 {found}, expected {sha256.lower()}", path=path)
    return path


def _check_digest(sha256: str) -> None:
    if sha256 and not re.fullmatch("[0-9a-fA-F]{64}", sha256):
        raise InvalidRequest(f"sha256 is 64 hexadecimal digits; got '{sha256}'")


@contextlib.contextmanager
def traced(path: Path, place: str) -> Iterator[None]:
    """Say of a file that turns out to be no vectors which address it came from, if from one."""
    try:
        yield
    except InvalidData as error:
        if "://" not in place or error.path != path:
            raise
        raise InvalidData(
            f"{error}; it came from {place}: delete the folder {path.parent} to fetch it anew"
        ) from error


def _format(path: Path) -> Format:
    """The kind of a file; raises InvalidData where it is none, or cannot be read as it is."""
    # Path.is_dir raises what a folder without permission does; first_bytes says it.
    head = b"" if os.path.isdir(path) else first_bytes(path)
    for form in _FORMATS:
        if form.fits(path, head):
            if not form.packed and not path.is_dir() and is_packed(path):
                raise InvalidData(f"is {form.name}, packed; unpack it first", path=path)
            return form
    raise InvalidData("is a folder, expected a file of word vectors", path=path)


def open_words(path: Path) -> Opened:
    """Open word vectors of any format; read into a store the first time.

    Raises InvalidData, naming file and place, for a file that is not what it claims to be.
    """
    form = _format(path)
    parts = list(form.parts(path))
    digests = [file_digest(part) for part in parts]
    source = hashlib.sha256(json.dumps(["fasttext", _READER, *digests]).encode()).hexdigest()
    store = open_store(
        source, lambda folder, notes: form.build(path, folder, notes), name=str(path)
    )
    return Opened(store, source, form.compose(path, store), form.name, parts)


def open_file(
    path: Path, language: Language, *, subwords: bool, pooling: str, compression: Compression | None
) -> WordEmbedder:
    """Open word vectors; see `embkit_fasttext.open_vectors`."""
    opened = open_words(path)
    composed_of = subword_bytes(opened.store.extra)
    store, source, compose = compress(
        opened.store, opened.source, opened.compose, compression or Compression(), name=str(path)
    )
    return WordEmbedder(
        store,
        language,
        source=source,
        compose=compose if subwords else None,
        subword_bytes=composed_of if subwords else 0,
        pooling=pooling,
    )
