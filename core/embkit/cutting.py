"""Texts to words in bulk: what stands between spaces is normalised and cut once, however often."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from embkit.arrow import as_texts, flags, numbers, offsets, strings
from embkit.records import Language
from embkit.text import MARKS

__all__ = ["Cut", "cut"]

_NUL, _SPACE = 0, 32
# A word by itself, in any language's rules: a letter of Vai, which is in hardly any text.
_MARK = "\ua500"


class Cut(NamedTuple):
    """The words of some texts.

    words: hardly any twice, UTF-8 of type large_binary; rows: of the first words, what `find` gave;
    numbers: which word each word of each text is, one text after the other; ends: shape
    (texts + 1,), where in these each text begins.
    """

    words: pa.Array
    rows: NDArray[np.int64]
    numbers: NDArray[np.int32]
    ends: NDArray[np.int64]


class _Words(NamedTuple):
    """Pieces of texts cut into words.

    spellings: the prepared pieces; words and numbers: as in `Cut`, of one piece after the other;
    counts: how many words each piece has.
    """

    spellings: pa.Array
    words: pa.Array
    numbers: NDArray[np.int32]
    counts: NDArray[np.int64]


def cut(
    texts: Sequence[str],
    language: Language,
    *,
    fold: bool,
    known: Callable[[Sequence[str]], NDArray[np.bool_]],
    find: Callable[[pa.Array], NDArray[np.int64]] | None = None,
) -> Cut:
    """The words of texts, normalised, folded to one case if asked, and cut by their language.

    known: tells which of some spellings are words in themselves; a text without white space that is
    one is left whole. find: gives the row of words that the language would give back as they are,
    -1 for any other: these are not looked at further.
    """
    plain = np.zeros(0, dtype=np.int64)
    joined = "\0".join(texts) + "\0"
    if language.space_separates and joined.count("\0") == len(texts):
        pieces, ends, distinct = _pieces(joined.encode("utf-8", "surrogatepass"))
        rows = np.full(len(distinct), -1) if find is None else find(distinct)
        # Those found first, then the short ones, then the long: normalisation looks closely at what
        # could hold a long run of marks.
        long = _characters(distinct) > MARKS
        order = np.argsort(np.where(rows >= 0, 0, 1 + long), kind="stable")
        place = np.empty(len(order), dtype=np.int32)
        place[order] = np.arange(len(order), dtype=np.int32)
        pieces = place[pieces]
        plain = rows[order[: np.count_nonzero(rows >= 0)]]
        short = np.count_nonzero((rows < 0) & ~long)
        distinct = distinct.take(numbers(order))
        found = _as_they_are(distinct[: len(plain)])
        if short:
            some = _text(distinct[len(plain) : len(plain) + short])
            found = _both(found, _together(some, language, fold=fold))
        if len(plain) + short < len(distinct):
            rest = _text(distinct[len(plain) + short :]).split(" ")
            found = _both(found, _each(rest, language, fold=fold))
    else:
        number = {text: i for i, text in enumerate(dict.fromkeys(texts))}
        pieces = np.fromiter(map(number.__getitem__, texts), np.int32, len(texts))
        ends = np.arange(len(texts) + 1)
        found = _each(list(number), language, fold=fold)
    pieces, found = _whole(pieces, ends, found, known, len(plain))
    # The words of each piece, put where the piece stands.
    begins = np.cumsum(found.counts) - found.counts
    counts = found.counts[pieces]
    steps = np.zeros(len(pieces) + 1, dtype=np.int64)
    np.cumsum(counts, out=steps[1:])
    places = np.repeat(begins[pieces] - steps[:-1], counts)
    places += np.arange(len(places))
    return Cut(found.words, plain, found.numbers[places], steps[ends])


def _int32(indices: pa.Array) -> NDArray[np.int32]:
    return np.frombuffer(indices.buffers()[1], np.int32, len(indices), 4 * indices.offset)


def _pieces(data: bytes) -> tuple[NDArray[np.int32], NDArray[np.int64], pa.Array]:
    """Texts cut at spaces: which piece stands where, where each text begins, the distinct pieces.

    data: texts, each with a NUL behind it.
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
    return _int32(pieces.indices), ends, _less_last(*offsets(pieces.dictionary))


def _less_last(begins: NDArray[np.int64], data: NDArray[np.uint8]) -> pa.Array:
    """Parts of a text, each without its last byte; begins: of each, and the end of the last."""
    inside = np.ones(len(data), dtype=bool)
    inside[begins[1:] - 1] = False
    buffers = [None, pa.py_buffer(begins - np.arange(len(begins))), pa.py_buffer(data[inside])]
    return pa.Array.from_buffers(pa.large_binary(), len(begins) - 1, buffers)


def _characters(pieces: pa.Array) -> NDArray[np.int64]:
    """How many characters each piece has."""
    begins, data = offsets(pieces)
    counts = np.zeros(len(data) + 1, dtype=np.int64)
    np.cumsum((data & 0xC0) != 0x80, out=counts[1:])
    return np.diff(counts[begins])


def _text(pieces: pa.Array) -> str:
    """Pieces as one text, with spaces between."""
    begins, data = offsets(pieces)
    spaced = np.insert(data, begins[1:-1], _SPACE)
    return spaced.tobytes().decode("utf-8", "surrogatepass")


def _as_they_are(pieces: pa.Array) -> _Words:
    """Pieces that are words, and each its own spelling."""
    once = np.ones(len(pieces), dtype=np.int64)
    return _Words(pieces, pieces, np.arange(len(pieces), dtype=np.int32), once)


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
    return _Words(strings(spellings), *_listed(strings(list(chain.from_iterable(words)))), counts)


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
    spelt = np.frombuffer(f"{text} ".encode("utf-8", "surrogatepass"), np.uint8)
    begins = np.append(0, np.flatnonzero(spelt == _SPACE) + 1)
    return _Words(_less_last(begins, spelt), *_listed(words), counts)


def _both(first: _Words, second: _Words) -> _Words:
    """Pieces, and behind them other pieces."""
    return _Words(
        pa.concat_arrays([first.spellings, second.spellings]),
        pa.concat_arrays([first.words, second.words]),
        np.concatenate([first.numbers, second.numbers + np.int32(len(first.words))]),
        np.concatenate([first.counts, second.counts]),
    )


def _whole(
    pieces: NDArray[np.int32],
    ends: NDArray[np.int64],
    found: _Words,
    known: Callable[[Sequence[str]], NDArray[np.bool_]],
    plain: int,
) -> tuple[NDArray[np.int32], _Words]:
    """Leave texts whole that are a word in themselves: a copy of their piece has this one word.

    plain: so many pieces, from the first, are words anyway.
    """
    alone = ends[:-1][np.diff(ends) == 1]
    single = np.unique(pieces[alone])
    single = single[single >= plain]
    single = single[~_uncut(found, single)]
    spellings = as_texts(found.spellings.take(numbers(single)))
    # `split` of a text without white space gives the text itself.
    asked = [i for i, spelling in enumerate(spellings) if spelling.split(maxsplit=1) == [spelling]]
    there = known([spellings[i] for i in asked])
    whole = single[np.array(asked, dtype=np.int64)[there]]
    if not len(whole):
        return pieces, found
    number = np.arange(len(found.counts), dtype=np.int32)
    number[whole] = len(number) + np.arange(len(whole))
    pieces = pieces.copy()
    pieces[alone] = number[pieces[alone]]
    return pieces, _both(found, _as_they_are(found.spellings.take(numbers(whole))))


def _uncut(found: _Words, pieces: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Whether each of these pieces is one word, and that the piece itself."""
    uncut: NDArray[np.bool_] = found.counts[pieces] == 1
    first = (np.cumsum(found.counts) - found.counts)[pieces[uncut]]
    words = found.words.take(numbers(found.numbers[first]))
    uncut[uncut] = flags(pc.equal(words, found.spellings.take(numbers(pieces[uncut]))))
    return uncut
