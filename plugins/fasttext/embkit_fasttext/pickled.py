"""gensim's own files: KeyedVectors (.kv), and the vectors inside Word2Vec and FastText models.

They are pickles, with large arrays in `.npy` files beside them. The pickle is read as data by
`embkit_fasttext.inert`, never unpickled: nothing that it names is imported or called.

gensim 4 calls the attributes index_to_key, vectors and expandos; until version 3 they were
index2word, vectors or syn0, and a vocab of objects that know their index and count.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from math import prod
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from embkit.errors import InvalidData
from embkit.wordstore import Rows, WordStore, save_array
from numpy.typing import NDArray

from embkit_fasttext.inert import Made, Name, read_inert, text
from embkit_fasttext.npy import map_npy
from embkit_fasttext.rows import BROKEN
from embkit_fasttext.subwords import Composer

__all__ = ["build_keyed", "compose_keyed", "is_pickle", "keyed_parts"]

_BLOCK = 16_384
_REMEDY = (
    "embkit never unpickles: if you trust the file, load it in gensim, call "
    "kv.save_word2vec_format('vectors.bin', binary=True) and open that"
)
_ARRAYS = ("vectors", "syn0", "vectors_vocab", "vectors_ngrams")
_NGRAMS = "ngrams.f32"
_NUMBERS = ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8")
_MOST_LETTERS = 1000


def _names(modules: Iterable[str], names: Iterable[str]) -> set[Name]:
    return {Name(module, name) for module, name in product(modules, names)}


_KEYED = _names(
    ["gensim.models.keyedvectors"],
    ["KeyedVectors", "Word2VecKeyedVectors", "EuclideanKeyedVectors"],
)
_SUBWORDS = _names(
    ["gensim.models.fasttext", "gensim.models.keyedvectors"], ["FastTextKeyedVectors"]
)
_MODELS = {Name("gensim.models.word2vec", "Word2Vec"), Name("gensim.models.fasttext", "FastText")}
_NUMPY = ("numpy.core.multiarray", "numpy._core.multiarray")
_ARRAY = _names(_NUMPY, ["_reconstruct"])
_FLAT_ARRAY = _names(["numpy.core.numeric", "numpy._core.numeric"], ["_frombuffer"])
_LATIN = Name("_codecs", "encode")  # protocol 2 has no bytes: it writes the text they make
_DTYPE = Name("numpy", "dtype")
# What such files name besides; nothing here looks into it.
_OTHER = (
    _names(["gensim.models.keyedvectors", "gensim.models.word2vec"], ["Vocab", "CompatVocab"])
    | _names(["gensim.models.word2vec"], ["Word2VecVocab", "Word2VecTrainables"])
    | _names(["gensim.models.fasttext"], ["FastTextVocab", "FastTextTrainables"])
    | _names(["gensim.utils"], ["call_on_class_only"])
    | _names(["numpy"], ["ndarray"])
    | _names(_NUMPY, ["scalar"])
    | _names(["numpy.random._pickle"], ["__randomstate_ctor", "__bit_generator_ctor"])
    | _names(["numpy.random._mt19937"], ["MT19937"])
    | _names(["numpy.random"], ["__RandomState_ctor"])
    | _names(["collections"], ["defaultdict"])
    | _names(["builtins", "__builtin__"], ["int", "hash", "bytes"])
)
_ALLOWED = _KEYED | _SUBWORDS | _MODELS | _ARRAY | _FLAT_ARRAY | {_LATIN, _DTYPE} | _OTHER


def is_pickle(path: Path, head: bytes) -> bool:
    """Whether a file begins as a pickle of protocol 2 to 5 does."""
    return re.match(rb"\x80[\x02-\x05]", head) is not None


def keyed_parts(path: Path) -> list[Path]:
    """The file itself, and the arrays beside it as far as they are read."""
    named = (f"{path.name}.{part}{name}.npy" for part, name in product(("", "wv."), _ARRAYS))
    return [path, *(beside for beside in map(path.with_name, named) if beside.is_file())]


def build_keyed(
    path: Path, folder: Path, notes: dict[str, int]
) -> tuple[Rows, int, Mapping[str, Any]]:
    """The rows of a `.kv` or `.model` file of gensim; n-grams inside it are left in the folder.

    Raises InvalidData for a pickle that names anything else than such a file does, and for arrays
    that do not fit the words.
    """
    with open(path, "rb") as file:
        data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    found = read_inert(data, path, _ALLOWED, _REMEDY)
    prefix = ""
    if isinstance(found, Made) and found.called in _MODELS:
        # Before version 1 a model was its own KeyedVectors.
        inner = _Object(found, path, "").values.get("wv", found)
        found, prefix = inner, "" if inner is found else "wv."
    if not (isinstance(found, Made) and found.called in _KEYED | _SUBWORDS | _MODELS):
        raise InvalidData(f"holds no word vectors of gensim; {_REMEDY}", path=path)
    held = _Object(found, path, prefix)
    words = held.words()
    broken = sum("\ufffd" in word for word in words)
    if broken:
        notes[BROKEN] = broken
    counts = held.counts(words)
    if counts is not None:
        save_array(folder / "counts.npy", counts)
    layout = held.layout(notes) if found.called in _SUBWORDS else None
    vectors = held.matrix("vectors_vocab" if layout else "vectors", "syn0", rows=len(words))
    dim = vectors.shape[1]
    if not layout or not layout["maxn"]:
        return _plain_rows(words, vectors, path), dim, {"maxn": 0}
    ngrams = held.matrix("vectors_ngrams", rows=layout["bucket"])
    if ngrams.shape[1] != dim:
        held.damaged(f"has vectors of {dim} numbers and n-grams of {ngrams.shape[1]}")
    layout = layout | {"dim": dim, "pruned": None}
    composer = _Parts(vectors, ngrams, layout | {"words": len(words)})
    name, begin = _placed(ngrams, held.beside("vectors_ngrams"), folder)
    matrix = {"begin": begin, "rows": layout["bucket"], "dim": dim}
    kept = layout | {"words": 0, "matrix": matrix, "file": name}
    return _composed_rows(words, composer, path), dim, kept


def compose_keyed(
    path: Path, store: WordStore
) -> Callable[[Sequence[str]], NDArray[np.float32]] | None:
    """Vectors of unknown words from the n-grams of a FastText model, None where there are none."""
    if not store.extra["maxn"]:
        return None
    name = store.extra["file"]
    file = store.folder / name if name == _NGRAMS else path.with_name(name)
    return Composer(file, store.extra).compose


def _plain_rows(words: Sequence[str], vectors: NDArray[Any], path: Path) -> Rows:
    for start in range(0, len(words), _BLOCK):
        here = slice(start, start + _BLOCK)
        yield words[here], _finite(vectors[here].astype(np.float32), words[here], path)


def _composed_rows(words: Sequence[str], parts: _Parts, path: Path) -> Rows:
    for start in range(0, len(words), _BLOCK):
        block = words[start : start + _BLOCK]
        rows = parts.means(block, np.arange(start, start + len(block)))
        yield block, _finite(rows, block, path)


def _finite(rows: NDArray[np.float32], words: Sequence[str], path: Path) -> NDArray[np.float32]:
    finite = np.isfinite(rows).all(axis=1)
    if not finite.all():
        raise InvalidData(
            f"the vector of {words[int(np.argmin(finite))]!r} is not finite; train the model or "
            "fetch the file again",
            path=path,
        )
    return rows


def _placed(ngrams: NDArray[Any], beside: Path | None, folder: Path) -> tuple[str, int]:
    """The file in which rows of n-grams lie from now on, and where: beside the model, if they can
    be used as they are there, else in the folder of the store."""
    if beside is not None and ngrams.dtype == "<f4" and ngrams.flags.c_contiguous:
        return beside.name, beside.stat().st_size - ngrams.nbytes
    with open(folder / _NGRAMS, "wb") as file:
        for start in range(0, len(ngrams), _BLOCK):
            file.write(np.ascontiguousarray(ngrams[start : start + _BLOCK], "<f4").data)
    return _NGRAMS, 0


def _mapped(path: Path) -> NDArray[Any]:
    """An array in a file of its own."""
    try:
        return map_npy(path)
    except FileNotFoundError:
        raise InvalidData(
            "is missing: gensim keeps large arrays in files of their own, which belong together",
            path=path,
        ) from None


class _Parts(Composer):
    """fastText's mean of rows that gensim keeps in two arrays: the words' own and the n-grams'."""

    def __init__(self, own: NDArray[Any], ngrams: NDArray[Any], layout: Mapping[str, int]) -> None:
        self._layout = layout
        self._matrix = self
        self._kept = self._places = None
        self._own = own
        self._ngrams = ngrams

    def rows(self, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        rows = np.empty((len(numbers), self._own.shape[1]), dtype=np.float32)
        own = numbers < len(self._own)
        rows[own] = self._own[numbers[own]]
        rows[~own] = self._ngrams[numbers[~own] - len(self._own)]
        return rows


class _Object:
    """An object of gensim: its attributes, in the pickle or in `.npy` files beside it."""

    def __init__(self, made: Made, path: Path, prefix: str) -> None:
        self.path = path
        self._prefix = prefix
        if not isinstance(made.state, dict):
            self.damaged(f"has a {made.called.name} without attributes")
        self.values: dict[Any, Any] = made.state

    def damaged(self, what: str) -> NoReturn:
        raise InvalidData(
            f"{what}; it was cut short or altered: save it again in gensim", path=self.path
        )

    def _list(self, *names: str) -> list[Any]:
        """The first of these attributes that is a list; an empty one for none."""
        return next((v for v in map(self.values.get, names) if isinstance(v, list)), [])

    def beside(self, name: str) -> Path | None:
        """The file of an attribute that gensim kept apart, None for any other."""
        if name not in [text(kept) for kept in self._list("__numpys")]:
            return None
        return self.path.with_name(f"{self.path.name}.{self._prefix}{name}.npy")

    def words(self) -> list[str]:
        listed = [text(word) for word in self._list("index_to_key", "index2word", "index2entity")]
        words = [word for word in listed if word is not None]
        if not words or len(words) < len(listed):
            self.damaged(f"has a vocabulary of {len(listed)} keys, {len(words)} of them words")
        return words

    def counts(self, words: Sequence[str]) -> NDArray[np.int64] | None:
        """How often each word was seen; None where the file does not say."""
        expandos, vocab = self.values.get("expandos"), self.values.get("vocab")
        if isinstance(expandos, dict) and isinstance(expandos.get("count"), Made):
            counts = self._decoded(expandos["count"])
            return counts.astype(np.int64) if counts.shape == (len(words),) else None
        if not isinstance(vocab, dict):
            return None
        states = [vocab[word].state if isinstance(vocab.get(word), Made) else 0 for word in words]
        seen = [state.get("count") if isinstance(state, dict) else None for state in states]
        return np.array(seen, np.int64) if all(type(count) is int for count in seen) else None

    def layout(self, notes: dict[str, int]) -> dict[str, int] | None:
        """How words are cut into n-grams; None where gensim hashed them in a way of its own."""
        minn, maxn, bucket = (self._number(name) for name in ("min_n", "max_n", "bucket"))
        if self.values.get("compatible_hash") is not True:
            notes["n-grams, hashed as gensim did before 3.8 and so not read"] = bucket
            return None
        if maxn > _MOST_LETTERS:
            self.damaged(f"has n-grams of {maxn} letters")
        return {"minn": minn, "maxn": maxn if bucket and maxn >= minn else 0, "bucket": bucket}

    def _number(self, name: str) -> int:
        value = self.values.get(name)
        if type(value) is not int or not 0 <= value < 2**31:
            self.damaged(f"has no {name}")
        return value

    def matrix(self, *names: str, rows: int) -> NDArray[Any]:
        """The first of these attributes that is there, with so many rows of numbers."""
        for name in names:
            beside = self.beside(name)
            if beside is not None:
                array = _mapped(beside)
            elif isinstance(self.values.get(name), Made):
                array = self._decoded(self.values[name])
            else:
                continue
            if array.ndim != 2 or len(array) != rows or array.shape[1] < 1:
                self.damaged(f"has {name} of shape {array.shape} where {rows} rows must be")
            if array.dtype.kind not in "fiu":
                self.damaged(f"has {name} of {array.dtype}, expected numbers")
            return array
        self.damaged(f"has no {' or '.join(names)}")

    def _decoded(self, made: Made) -> NDArray[Any]:
        """An array out of the pickle, without a copy where it lies there as bytes."""
        if made.called in _ARRAY and isinstance(made.state, tuple) and len(made.state) == 5:
            _, shape, kind, fortran, content = made.state
        elif made.called in _FLAT_ARRAY and len(made.arguments) == 4:
            content, kind, shape, order = made.arguments
            fortran = order == "F"
        else:
            self.damaged("has no array where one must be")
        if isinstance(content, Made) and content.called == _LATIN:
            content = str(content.arguments[0]).encode("latin-1", "replace")
        dtype = self._dtype(kind)
        if not (
            isinstance(content, bytes | memoryview)
            and isinstance(shape, tuple)
            and all(type(length) is int and length >= 0 for length in shape)
            and len(content) == prod(shape) * dtype.itemsize
        ):
            self.damaged("has an array whose numbers do not fill its shape")
        return np.frombuffer(content, dtype).reshape(shape, order="F" if fortran else "C")

    def _dtype(self, made: Any) -> np.dtype[Any]:
        if isinstance(made, Made) and made.called == _DTYPE and made.arguments:
            code = text(made.arguments[0])
            order = text(made.state[1]) if isinstance(made.state, tuple) and made.state[1:] else ""
            if code in _NUMBERS and order in ("<", ">", "|", "=", ""):
                return np.dtype(order + code)
        self.damaged("has an array of something else than numbers")
