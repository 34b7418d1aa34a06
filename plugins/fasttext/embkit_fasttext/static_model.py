"""Static models of model2vec and sentence-transformers: a row for each token of a tokenizer.

A folder holds model.safetensors (the rows; where tokens share them, also a mapping from tokens to
rows and a weight for each token), tokenizer.json, and config.json as model2vec writes it or
modules.json as sentence-transformers does.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import numpy as np
from embkit.cache import file_digest
from embkit.errors import EmbkitError, InvalidData
from embkit.words import runs
from numpy.typing import NDArray

from embkit_fasttext.tensors import Tensor, read_json, read_tensors

if TYPE_CHECKING:
    from scipy.sparse import csr_array
    from tokenizers import Tokenizer

__all__ = ["StaticModel", "is_static_model", "open_static_model"]

_ROWS, _TOKENIZER = "model.safetensors", "tokenizer.json"
_CONFIG, _MODULES, _PROMPTS = "config.json", "modules.json", "config_sentence_transformers.json"
_TEXTS, _CHARACTERS = 16_384, 2_000_000
_SURROGATE = re.compile("[\ud800-\udfff]")


class Settings(NamedTuple):
    """What a folder says about texts.

    model2vec: the folder is its, and the tokenizer's unknown token counts for nothing; in
    sentence-transformers it has its row. max_length: most tokens of a text, None where the
    tokenizer says. prompt: stands before every text.
    """

    model2vec: bool
    normalize: bool
    max_length: int | None
    prompt: str


class Table(NamedTuple):
    """The rows of tokens. mapping: the row of each token; weights: what it is multiplied by."""

    rows: Tensor
    mapping: NDArray[Any] | None
    weights: NDArray[Any] | None

    def take(self, tokens: NDArray[np.int64]) -> NDArray[np.float32]:
        """The vector of each token, shape (len(tokens), dim)."""
        places = tokens if self.mapping is None else self.mapping[tokens].astype(np.int64)
        taken = self.rows.rows(places)
        if self.weights is None:
            return taken
        return taken * self.weights[tokens].astype(np.float32)[:, None]


def is_static_model(path: Path) -> bool:
    """Whether a folder looks like a model of model2vec or sentence-transformers."""
    return (path / _MODULES).is_file() or all((path / n).is_file() for n in (_ROWS, _TOKENIZER))


def open_static_model(folder: Path) -> StaticModel:
    """Open a model, its rows mapped; nothing is copied into the cache.

    Raises InvalidData, naming the file, for a folder that is not what it claims to be, and for one
    whose modules are others than a static embedding and normalising. Needs the package tokenizers.
    """
    place, settings = _read_settings(folder)
    files = [place / name for name in (_ROWS, _TOKENIZER)]
    for file in files:
        if not file.is_file():
            _refuse(file, "is missing; fetch or copy the folder again")
    cutter = Cutter(place / _TOKENIZER, settings)
    table = _read_table(place / _ROWS, cutter.count)
    content = json.dumps(["static-model/1", *map(file_digest, files), *settings])
    return StaticModel(place, cutter, table, settings, hashlib.sha256(content.encode()).hexdigest())


class Cutter:
    """Cuts texts into the tokens of a tokenizer.json, each a number below `count`.

    unknown: the token that counts for nothing, -1 for none.
    """

    def __init__(self, path: Path, settings: Settings) -> None:
        self._path = path
        self._tokenizer = _read_tokenizer(path)
        self._prompt = settings.prompt
        self._longest = None
        self.unknown = -1
        vocabulary = self._tokenizer.get_vocab()
        self.count = max(vocabulary.values(), default=-1) + 1
        if settings.model2vec:
            self.unknown = _unknown_token(self._tokenizer, path)
            self._tokenizer.no_truncation()
        if settings.max_length is not None and vocabulary:
            self._tokenizer.enable_truncation(settings.max_length)
            # model2vec cuts a text before it cuts its tokens, by their middle length.
            self._longest = settings.max_length * int(np.median([len(t) for t in vocabulary]))

    def name(self, token: int) -> str:
        """A token as the tokenizer spells it."""
        return str(self._tokenizer.id_to_token(token))

    def cut(self, texts: Sequence[str]) -> csr_array:
        """How often each token stands in each text, shape (len(texts), count): a row lists the
        tokens in their order."""
        from scipy.sparse import csr_array

        prepared = [(self._prompt + text)[: self._longest] for text in texts]
        try:
            "".join(prepared).encode()
        except UnicodeEncodeError:
            prepared = [_SURROGATE.sub("\ufffd", text) for text in prepared]
        with _refused_by_tokenizers(self._path):
            encoded = self._tokenizer.encode_batch_fast(prepared, add_special_tokens=False)
        listed = [encoding.ids for encoding in encoded]
        ends = np.cumsum([0, *map(len, listed)])
        tokens = np.fromiter(chain.from_iterable(listed), np.int64, ends[-1])
        counted = (tokens != self.unknown).astype(np.float32)
        return csr_array((counted, tokens, ends), shape=(len(texts), self.count))


class StaticModel:
    """An `Embedder`: a text is the mean of the rows of its tokens.

    Its vectors equal those of the package that wrote the folder, but for a text without a token,
    which has a row of NaN here and of zeros there.
    """

    def __init__(
        self, folder: Path, cutter: Cutter, table: Table, settings: Settings, fingerprint: str
    ) -> None:
        self.dim = int(table.rows.array.shape[1])
        self.fingerprint = fingerprint
        self._folder = folder
        self._cutter = cutter
        self._table = table
        self._normalize = settings.normalize

    @property
    def model_bytes(self) -> int:
        """Bytes of the rows, as they are stored."""
        return int(self._table.rows.array.nbytes)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of the texts, shape (len(texts), dim); NaN for a text without a token."""
        vectors = np.empty((len(texts), self.dim), dtype=np.float32)
        for here in runs(texts, _TEXTS, _CHARACTERS):
            place = {text: i for i, text in enumerate(dict.fromkeys(texts[here]))}
            means = self._means(list(place))
            vectors[here] = means[[place[text] for text in texts[here]]]
        return vectors

    def _means(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The mean of the rows of each text's tokens, shape (len(texts), dim)."""
        from scipy.sparse import csr_array

        cut = self._cutter.cut(texts)
        there = np.zeros(self._cutter.count, dtype=bool)
        there[cut.indices] = True
        distinct = np.flatnonzero(there)
        table = self._table.take(distinct)
        finite = np.isfinite(table).all(axis=1)
        if not finite.all():
            token = self._cutter.name(int(distinct[np.argmin(finite)]))
            _refuse(
                self._folder / _ROWS,
                f"the vector of the token {token!r} is not finite; make or fetch the model again",
            )
        # Rows are added up in the order of the tokens of a text, whatever the batch holds.
        columns = np.cumsum(there)[cut.indices] - 1
        counted = csr_array((cut.data, columns, cut.indptr), (len(texts), len(distinct)))
        counts = counted.sum(axis=1)
        means: NDArray[np.float32] = counted @ table
        means /= np.maximum(counts, 1)[:, None]
        if self._normalize:
            norms = np.linalg.norm(means, axis=1, keepdims=True)
            np.divide(means, norms, out=means, where=norms > 0)
        means[counts == 0] = np.nan
        return means


def _read_settings(folder: Path) -> tuple[Path, Settings]:
    """The folder in which the rows are, and how texts become vectors."""
    place, normalized = folder, False
    if (folder / _MODULES).is_file():
        place, normalized = _read_modules(folder)
    config = _read_object(folder / _CONFIG)
    if config is not None:  # model2vec's; sentence-transformers writes none
        max_length = config.get("max_length", 512)
        if not (max_length is None or (type(max_length) is int and 0 < max_length < 2**32)):
            shown = repr(max_length)[:40]
            _refuse(folder / _CONFIG, f"has the max_length {shown}, expected 1 to {2**32 - 1}")
        return place, Settings(True, config.get("normalize") is True, max_length, "")
    spoken = _read_object(folder / _PROMPTS) or {}
    prompts, default = spoken.get("prompts") or {}, spoken.get("default_prompt_name")
    prompt = prompts.get(default, "") if isinstance(prompts, dict) and default else ""
    if not isinstance(prompt, str):
        _refuse(folder / _PROMPTS, "has a prompt that is no text")
    return place, Settings(False, normalized, None, prompt)


def _read_modules(folder: Path) -> tuple[Path, bool]:
    """Where the static embedding of a modules.json is, and whether it is normalised."""
    path = folder / _MODULES
    modules = read_json(path.read_bytes(), path)
    if not (isinstance(modules, list) and all(isinstance(module, dict) for module in modules)):
        _refuse(path, "is no list of modules")
    types = [str(module.get("type", "")) for module in modules]
    foreign = [kind for kind in types if not kind.startswith("sentence_transformers.")]
    if foreign:
        _refuse(
            path,
            f"names code, {foreign[0][:120]!r}, which embkit never runs; "
            "only modules of sentence_transformers are read",
        )
    names = [kind.rpartition(".")[2] for kind in types]
    if names[:1] != ["StaticEmbedding"] or names[1:] not in ([], ["Normalize"]):
        _refuse(
            path,
            f"is a model of {', '.join(names) or 'nothing'}, expected StaticEmbedding and at most "
            "Normalize; a transformer is opened by embkit-contextual",
        )
    inside = modules[0].get("path", "")
    if inside not in ("", ".", "0_StaticEmbedding"):
        _refuse(path, f"keeps its StaticEmbedding in {str(inside)[:120]!r}")
    return folder / inside, len(names) == 2


def _read_object(path: Path) -> Mapping[str, Any] | None:
    """A JSON file that holds an object; None where there is no such file."""
    if not path.is_file():
        return None
    content = read_json(path.read_bytes(), path)
    if not isinstance(content, dict):
        _refuse(path, "holds no settings")
    return content


def _refuse(path: Path, what: str) -> NoReturn:
    raise InvalidData(what, path=path)


def _read_tokenizer(path: Path) -> Tokenizer:
    try:
        from tokenizers import Tokenizer
    except ModuleNotFoundError:
        raise EmbkitError(
            f"{path.parent}: a static model cuts texts with the package tokenizers, which is not "
            "installed; pip install 'embkit-fasttext[static]'"
        ) from None
    with _refused_by_tokenizers(path):
        tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    return tokenizer


@contextlib.contextmanager
def _refused_by_tokenizers(path: Path) -> Iterator[None]:
    """Turn what the package raises into InvalidData: nothing narrower than Exception, and for what
    its authors did not foresee a PanicException, which is none."""
    try:
        yield
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        reason = " ".join(str(error).split())[:200]
        raise InvalidData(
            f"cannot be used by the package tokenizers ({reason}); fetch or make it again",
            path=path,
        ) from error


def _unknown_token(tokenizer: Tokenizer, path: Path) -> int:
    """The number of the token that stands for what a tokenizer does not know; -1 for none."""
    model = tokenizer.model
    if hasattr(model, "unk_token"):
        number = None if model.unk_token is None else tokenizer.token_to_id(model.unk_token)
    else:  # a Unigram model
        number = (_read_object(path) or {})["model"].get("unk_id")
    return -1 if number is None else number


def _read_table(path: Path, tokens: int) -> Table:
    """The rows of so many tokens; raises InvalidData where they do not fit."""
    tensors = read_tensors(path)
    rows = tensors.get("embedding.weight", tensors.get("embeddings"))
    if rows is None:
        held = ", ".join(f"{name[:40]!r}" for name in list(tensors)[:3])
        _refuse(path, f"holds {held or 'nothing'}, expected 'embeddings' or 'embedding.weight'")
    if rows.array.ndim != 2 or rows.array.size == 0 or tokens == 0:
        _refuse(path, f"has rows of shape {rows.array.shape} for {tokens} tokens")
    mapping, weights = (
        tensors[name].array if name in tensors else None for name in ("mapping", "weights")
    )
    for name, array in (("mapping", mapping), ("weights", weights)):
        if array is not None and (array.ndim != 1 or len(array) < tokens):
            _refuse(path, f"has a {name} of shape {array.shape} for {tokens} tokens")
    count = len(rows.array)
    if mapping is None and count < tokens:
        _refuse(path, f"has {count} rows for {tokens} tokens of {_TOKENIZER}")
    if mapping is not None and not (
        mapping.dtype.kind in "iu" and int(mapping.min()) >= 0 and int(mapping.max()) < count
    ):
        _refuse(path, f"has a mapping to rows that are not among its {count}")
    return Table(rows, mapping, weights)
