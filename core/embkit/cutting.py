"""Texts to words in bulk: what stands between spaces is normalised and cut once, however often."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from embkit.arrow import flags, numbers, offsets, strings
from embkit.records import Language
from embkit.text import MARKS

__all__ = ["Cut", "cut"]

_NUL, _SPACE = 0, 32
# A word by itself, in any language's rules: a letter of Vai, which is in hardly any text.
_MARK = "\ua500"


class Cut(NamedTuple):
    """The words of some texts.

    words: hardly any twice, UTF-8 of type large_binary; numbers: which of them each word of each
    text is, one text after the other; ends: shape (texts + 1,), where in these each text begins.
    """

    words: pa.Array
    numbers: NDArray[np.int32]
    ends: NDArray[np.int64]


class _Words(NamedTuple):
    """Pieces of texts cut into words.

    spellings: makes the list of the prepared pieces; words and numbers: as in `Cut`, of one piece
    after the other; counts: how many words each piece has.
    """

    spellings: Callable[[], list[str]]
    words: pa.Array
    numbers: NDArray[np.int32]
    counts: NDArray[np.int64]


def cut(
    texts: Sequence[str],
    language: Language,
    *,
    fold: bool,
    known: Callable[[Sequence[str]], NDArray[np.bool_]],
) -> Cut:
    """The words of texts, normalised, folded to one case if asked, and cut by their language.

    known: tells which of some spellings are words in themselves; a text without white space that is
    one is left whole.
    """
    joined = "\0".join(texts) + "\0"
    if language.space_separates and joined.count("\0") == len(texts):
        short, long, pieces, ends = _pieces(joined.encode("utf-8", "surrogatepass"))
        found = _each(long, language, fold=fold)
        if short is not None:
            found = _both(_together(short, language, fold=fold), found)
    else:
        number = {text: i for i, text in enumerate(dict.fromkeys(texts))}
        pieces = np.fromiter(map(number.__getitem__, texts), np.int32, len(texts))
        ends = np.arange(len(texts) + 1)
        found = _each(list(number), language, fold=fold)
    pieces, found = _whole(pieces, ends, found, known)
    # The words of each piece, put where the piece stands.
    begins = np.cumsum(found.counts) - found.counts
    counts = found.counts[pieces]
    steps = np.zeros(len(pieces) + 1, dtype=np.int64)
    np.cumsum(counts, out=steps[1:])
    places = np.repeat(begins[pieces] - steps[:-1], counts)
    places += np.arange(len(places))
    return Cut(found.words, found.numbers[places], steps[ends])


def _int32(indices: pa.Array) -> NDArray[np.int32]:
    return np.frombuffer(indices.buffers()[1], np.int32, len(indices), 4 * indices.offset)


def _pieces(data: bytes) -> tuple[str | None, list[str], NDArray[np.int32], NDArray[np.int64]]:
    """Texts cut at spaces, each distinct piece once: the short ones, and the long.

    data: texts, each with a NUL behind it. The short pieces, if any, have a space between them.
    Behind the pieces: which stands where, one text after the other, and where each text begins.
    Normalisation looks closely at what could hold a long run of marks, so it gets these apart.
    """
    characters = np.frombuffer(data, np.uint8)
    cuts = np.flatnonzero((characters == _SPACE) | (characters == _NUL))
    # A piece keeps what it ends with, so that no byte has to be copied to list it.
    places = np.zeros(len(cuts) + 1, dtype=np.int64)
    places[1:] = cuts + 1
    buffers = [None, pa.py_buffer(places), pa.py_buffer(data)]
    pieces = pa.Array.from_buffers(pa.large_binary(), len(cuts), buffers).dictionary_encode()
    ends = np.zeros(data.count(b"\0") + 1, dtype=np.int64)
    ends[1:] = np.flatnonzero(characters[cuts] == _NUL) + 1
    begins, distinct = offsets(pieces.dictionary)
    begun = (distinct & 0xC0) != 0x80  # the first byte of a character
    long = np.add.reduceat(begun, begins[:-1], dtype=np.int64) > MARKS + 1
    order = np.argsort(long, kind="stable")
    number = np.empty(len(order), dtype=np.int32)
    number[order] = np.arange(len(order))
    begins, distinct = offsets(pieces.dictionary.take(numbers(order)))
    size = int(begins[len(order) - np.count_nonzero(long)])
    short, rest = (
        part.tobytes().decode("utf-8", "surrogatepass").replace("\0", " ")
        for part in (distinct[:size], distinct[size:])
    )
    stand = number[_int32(pieces.indices)]
    return short[:-1] if short else None, rest.split(" ")[:-1], stand, ends


def _listed(words: pa.Array) -> tuple[pa.Array, NDArray[np.int32]]:
    """The distinct words, and which of them each word is."""
    listed = words.dictionary_encode()
    return listed.dictionary, _int32(listed.indices)


def _each(pieces: Sequence[str], language: Language, *, fold: bool) -> _Words:
    """The words of each piece, one after the other."""
    spellings = [language.normalize(piece) for piece in pieces]
    if fold:
        spellings = [language.fold(piece) for piece in spellings]
    words = [language.tokenize(piece) for piece in spellings]
    counts = np.fromiter(map(len, words), np.int64, len(words))
    return _Words(lambda: spellings, *_listed(strings(list(chain.from_iterable(words)))), counts)


def _together(pieces: str, language: Language, *, fold: bool) -> _Words:
    """The words of each of some pieces with spaces between them: nothing looks across a space."""
    count = pieces.count(" ") + 1
    text = language.normalize(pieces)
    if fold:
        text = language.fold(text)
    # Behind each piece stands a mark.
    marked = text.replace(" ", f" {_MARK} ") + f" {_MARK}"
    words = strings(language.tokenize(marked))
    marks = flags(pc.equal(words, strings([_MARK])[0]))
    ends = np.flatnonzero(marks)
    if len(ends) != count:  # a piece holds the mark or has got a space, or the language drops marks
        return _each(pieces.split(" "), language, fold=fold)
    counts = np.diff(ends, prepend=-1) - 1
    words = words.take(numbers(np.flatnonzero(~marks)))
    return _Words(lambda: text.split(" "), *_listed(words), counts)


def _both(first: _Words, second: _Words) -> _Words:
    """Pieces, and behind them other pieces."""
    return _Words(
        lambda: first.spellings() + second.spellings(),
        pa.concat_arrays([first.words, second.words]),
        np.concatenate([first.numbers, second.numbers + np.int32(len(first.words))]),
        np.concatenate([first.counts, second.counts]),
    )


def _whole(
    pieces: NDArray[np.int32],
    ends: NDArray[np.int64],
    found: _Words,
    known: Callable[[Sequence[str]], NDArray[np.bool_]],
) -> tuple[NDArray[np.int32], _Words]:
    """Leave texts whole that are a word in themselves: a copy of their piece has this one word."""
    alone = ends[:-1][np.diff(ends) == 1]
    single = np.unique(pieces[alone])
    if not len(single):
        return pieces, found
    spellings = found.spellings()
    # `split` of a text without white space gives the text itself.
    asked = [
        i
        for i, uncut in zip(single.tolist(), _uncut(found, single, spellings), strict=True)
        if not uncut and spellings[i].split(maxsplit=1) == [spellings[i]]
    ]
    there = known([spellings[i] for i in asked])
    whole = np.array(asked, dtype=np.int64)[there]
    number = np.arange(len(spellings), dtype=np.int32)
    number[whole] = len(number) + np.arange(len(whole))
    pieces = pieces.copy()
    pieces[alone] = number[pieces[alone]]
    kept = [spellings[i] for i in whole.tolist()]
    return pieces, _both(found, _Words(lambda: kept, *_listed(strings(kept)), np.ones_like(whole)))


def _uncut(found: _Words, pieces: NDArray[np.int32], spellings: Sequence[str]) -> NDArray[np.bool_]:
    """Whether each of these pieces is one word, and that the piece itself."""
    uncut: NDArray[np.bool_] = found.counts[pieces] == 1
    first = (np.cumsum(found.counts) - found.counts)[pieces[uncut]]
    words = found.words.take(numbers(found.numbers[first]))
    uncut[uncut] = flags(pc.equal(words, strings([spellings[i] for i in pieces[uncut].tolist()])))
    return uncut
