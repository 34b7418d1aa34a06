"""A vocabulary as a folder that model2vec and sentence-transformers open: a token for each word.

The tokenizer normalises and cuts as `embkit.text` does: NFC, lower case where the vocabulary has no
other, words by UAX #29 without punctuation. So a text has the vector that embkit gives it, but for
a language whose plugin has rules of its own. sentence-transformers divides by all words of a text,
unknown ones too: its vectors have the same direction, not the same length.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain, compress
from pathlib import Path
from typing import Any

import numpy as np
from embkit.cache import atomic_folder
from embkit.records import Language
from embkit.text import clean, fold_case, fold_dotted, words
from embkit.wordstore import WordStore
from numpy.typing import NDArray

from embkit_fasttext.tensors import header

__all__ = ["WORD", "write_static_model"]

_BLOCK = 8192
_KINDS = {"float32": "F32", "float16": "F16", "int8": "I8"}
_ALPHANUMERIC = r"\p{Alphabetic}\p{M}\p{N}\p{Pc}"
# `embkit.text.words` as an expression of Oniguruma, which the package tokenizers has.
WORD = (
    r"\p{Han}\p{M}*"
    rf"|[{_ALPHANUMERIC}&&[^\p{{Han}}]]"
    rf"(?:[[{_ALPHANUMERIC}\x{{200C}}\x{{200D}}]&&[^\p{{Han}}]]"
    r"|(?<=[\p{Alphabetic}\p{M}])['\x{2019}\x{B7}\x{5F3}\x{5F4}\x{F0B}](?=\p{Alphabetic})"
    r"|(?<=\p{Nd})[.,:\x{66B}\x{66C}](?=\p{Nd}))*"
    r"|\p{Extended_Pictographic}[\p{M}\p{Emoji_Modifier}]*"
    r"(?:\x{200D}\p{Extended_Pictographic}[\p{M}\p{Emoji_Modifier}]*)*"
    r"|\p{Regional_Indicator}{2}"
)


def write_static_model(
    store: WordStore, language: Language, path: Path, advance: Callable[[int], None]
) -> list[str]:
    """Write a folder; what it had to leave behind, a line each.

    The rows are written as the store has them: float32, float16, or int8 with a weight for each,
    which sentence-transformers does not know: it is then told nothing. The last token is the
    unknown one, with a row of zeros. advance: told how many rows were written.
    """
    count = int(np.count_nonzero(store.norms))
    plain = _plain(language)
    spellings = _Spellings(store, plain)
    with atomic_folder(path) as folder:
        with open(folder / "tokenizer.json", "w", encoding="utf-8") as file:
            file.writelines(_tokenizer(store, plain, spellings))
        with open(folder / "model.safetensors", "wb") as file:
            file.write(header(_shapes(count + 1, store)))
            if store.dtype == "int8":
                for _, rows in _vectors(store):
                    file.write(_scales(rows).data)
                file.write(np.ones(1, "<f4").data)
            for _, rows in _vectors(store):
                file.write(_stored(rows, store.dtype).data)
                advance(len(rows))
            file.write(np.zeros(store.dim, store.dtype).data)
        config = {"model_type": "model2vec", "normalize": False, "max_length": None}
        _write_json(folder / "config.json", config | {"embedding_dtype": store.dtype})
        if store.dtype != "int8":
            kind = "sentence_transformers.models.StaticEmbedding"
            module = {"idx": 0, "name": "0", "path": ".", "type": kind}
            _write_json(folder / "modules.json", [module])
    left = [*_lost(store, count), *spellings.lost()]
    if plain != language:
        left.append(
            f"embkit's own rules for {language.name}: the tokenizer spells and cuts by Unicode's"
        )
    if store.dtype == "int8":
        left.append("sentence-transformers, which reads no int8; model2vec and embkit do")
    return left


def _vectors(store: WordStore) -> Iterator[tuple[list[str], NDArray[np.float32]]]:
    """Words and rows in order, less the rows of zeros: they count for nothing in a mean here, and
    would count there."""
    for start, rows in store.blocks(_BLOCK):
        here = slice(start, start + len(rows))
        there = store.norms[here] > 0
        yield list(compress(store.words[here], there.tolist())), rows[there]


def _shapes(count: int, store: WordStore) -> dict[str, tuple[str, tuple[int, ...]]]:
    # The weights first, so that each stands where a float32 may.
    shapes: dict[str, tuple[str, tuple[int, ...]]] = {}
    if store.dtype == "int8":
        shapes["weights"] = "F32", (count,)
    return shapes | {"embeddings": (_KINDS[store.dtype], (count, store.dim))}


def _scales(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the whole numbers of each row are multiplied by."""
    return np.ascontiguousarray(np.abs(rows).max(axis=1) / np.float32(127), "<f4")


def _stored(rows: NDArray[np.float32], dtype: str) -> NDArray[Any]:
    if dtype == "int8":
        steps: NDArray[np.float32] = np.rint(rows / _scales(rows)[:, None])
        return steps.astype("i1")
    return np.ascontiguousarray(rows, "<f4" if dtype == "float32" else "<f2")


def _lost(store: WordStore, count: int) -> list[str]:
    zeros = len(store) - count
    return [f"{_words(zeros)} without a vector"] if zeros else []


def _words(count: int) -> str:
    return f"{count:,} word{'' if count == 1 else 's'}"


class _Spellings:
    """The spelling by which a text asks for each word, and the words that no text asks for."""

    def __init__(self, store: WordStore, language: Language) -> None:
        self._store = store
        self._language = language
        self._unreached = 0
        self._first = ""

    def __iter__(self) -> Iterator[str]:
        """A spelling for each word with a vector, no two alike."""
        language, aliases = self._language, set[str]()
        for words_here, _ in _vectors(self._store):
            spelt = [language.normalize(word) for word in words_here]
            if self._store.lowercase:
                spelt = [language.fold(word) for word in spelt]
            taken = (self._store.rows(spelt) >= 0).tolist()
            for word, spelling, there in zip(words_here, spelt, taken, strict=True):
                free = not there and spelling not in aliases
                if free:
                    aliases.add(spelling)
                if not (free or spelling == word) or language.tokenize(spelling) != [spelling]:
                    self._first = self._first or word
                    self._unreached += 1
                yield spelling if free else word

    def lost(self) -> list[str]:
        """After all were asked for: that some will not be found, a sentence."""
        if not self._unreached:
            return []
        return [
            f"{_words(self._unreached)} that the tokenizer gives for no text, such as "
            f"'{self._first}'"
        ]


def _tokenizer(store: WordStore, language: Language, spellings: Iterable[str]) -> Iterator[str]:
    """A tokenizer.json, in pieces."""
    unknown = "[UNK]"
    while store.rows([unknown])[0] >= 0:
        unknown = f"[{unknown}]"
    normalizers: list[dict[str, Any]] = [{"type": "NFC"}]
    if store.lowercase:
        letters = {"İ": "i"} | ({"I": "ı"} if _dotted(language) else {})
        normalizers += [
            {"type": "Replace", "pattern": {"String": letter}, "content": lower}
            for letter, lower in letters.items()
        ]
        normalizers += [{"type": "Lowercase"}, {"type": "NFC"}]
    described: dict[str, Any] = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": [],
        "normalizer": {"type": "Sequence", "normalizers": normalizers},
        "pre_tokenizer": {
            "type": "Split", "pattern": {"Regex": WORD}, "behavior": "Removed", "invert": True,
        },
        "post_processor": None, "decoder": None,
    }  # fmt: skip
    yield json.dumps(described, ensure_ascii=False)[:-1]
    yield ', "model": {"type": "WordLevel", "unk_token": ' + json.dumps(unknown) + ', "vocab": {'
    for number, word in enumerate(chain(spellings, [unknown])):
        yield f"{',' if number else ''}{json.dumps(word, ensure_ascii=False)}:{number}"
    yield "}}}"


def _dotted(language: Language) -> bool:
    """Whether I and i are two letters, as in Turkish."""
    return language.fold("I") == "ı"


def _plain(language: Language) -> Language:
    """A language with Unicode's rules alone, which are all that the tokenizer has."""
    fold = fold_dotted if _dotted(language) else fold_case
    return replace(language, normalize=clean, tokenize=words, fold=fold)


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
