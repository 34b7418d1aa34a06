"""Texts and words cut into the pieces of a tokenizer, each a number, in linear time and memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

__all__ = ["Cut", "Cutter", "Span", "spans"]

Pieces = NDArray[np.int32]
# A tokenizer keeps over a hundred bytes for each piece it gives; of a text that is longer, only one
# stretch at a time.
_STRETCH = 100_000
# Of each character whether it is a space, as `str.isspace` says; none stands behind U+3000.
_SPACE = np.array([chr(code).isspace() for code in range(0x3002)])


class Span(NamedTuple):
    """Pieces start to stop of a text, which are read at once."""

    start: int
    stop: int


class Cut(NamedTuple):
    """The pieces of a sentence, and for each the first and last of its words it belongs to.

    words: shape (pieces, 2), last excluded; an empty range for a piece that is only a space.
    """

    pieces: Pieces
    words: NDArray[np.int64]


def spans(count: int, room: int, *, windows: bool) -> list[Span]:
    """What is read of a text of so many pieces: its beginning, or windows over all of it.

    room: most pieces at once. Windows overlap by a quarter; the last is as long as the others.
    """
    if count <= room or not windows:
        return [Span(0, min(count, room))]
    step = max(room - room // 4, 1)
    starts = [*range(0, count - room, step), count - room]
    return [Span(start, start + room) for start in starts]


class Cutter:
    """A tokenizer; before and behind: the special pieces around each text.

    prepare: what is done to a text, or a word, before it is cut.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, prepare: Callable[[str], str]) -> None:
        self._tokenizer = tokenizer
        self._prepare = prepare
        inside = self._cut(["a"])[0].tolist()
        whole = tokenizer("a")
        around, length = whole["input_ids"], len(inside)
        start = next(i for i in range(len(around) - length + 1) if around[i : i + length] == inside)
        self.before = np.array(around[:start], dtype=np.int32)
        self.behind = np.array(around[start + length :], dtype=np.int32)
        kinds = whole.get("token_type_ids", [0] * len(around))
        # XLNet alone gives its special pieces a type of their own.
        self.kinds = (kinds[:start], kinds[start], kinds[start + length :]) if any(kinds) else None
        # Where a word in a sentence is cut otherwise than at its beginning, it has a space before.
        pair = self._cut(["a a", " a"])
        within = [*inside, *pair[1].tolist()]
        self._lead = " " if pair[0].tolist() == within != [*inside, *inside] else ""

    def texts(self, texts: Sequence[str], prompt: str = "") -> list[Pieces]:
        """The pieces of each text, the prompt's before them; none where a text has none."""
        prepared = [self._prepare(text) for text in texts]
        found = self._cut([prompt + text for text in prepared])
        if prompt:
            few = len(self._cut([prompt])[0])
            doubtful = [i for i, pieces in enumerate(found) if len(pieces) <= few]
            alone = self._cut([prepared[i] for i in doubtful])
            for i, pieces in zip(doubtful, alone, strict=True):
                if not len(pieces):
                    found[i] = pieces
        return found

    def prompt_length(self, prompt: str) -> int:
        """How many pieces stand before each text with this prompt, the special ones included; 0
        without one."""
        return len(self.before) + len(self._cut([prompt])[0]) if prompt else 0

    def words(self, words: Sequence[str]) -> list[Pieces]:
        """The pieces of each word as it is cut inside a sentence."""
        return self._cut([self._lead + self._prepare(word) for word in words])

    def sentences(self, sentences: Sequence[Sequence[str]]) -> list[Cut]:
        """The pieces of sentences, the words of each with a space between them."""
        # A word is prepared once, however often it stands there.
        prepared = {word: self._prepare(word) for word in dict.fromkeys(chain(*sentences))}
        if not self._tokenizer.is_fast:  # it does not tell where in the text a piece is
            return [self._word_by_word(words) for words in sentences]
        read = [[prepared[word] for word in words] for words in sentences]
        texts = [" ".join(words) for words in read]
        if max(map(len, texts), default=0) > _STRETCH:
            return [self._cut_sentence(*each) for each in zip(texts, read, strict=True)]
        if not texts:
            return []
        encoded = self._call(texts, offsets=True)
        return [
            Cut(np.array(pieces, dtype=np.int32), owners)
            for pieces, owners in zip(
                encoded["input_ids"], _owners(texts, read, encoded["offset_mapping"]), strict=True
            )
        ]

    def _word_by_word(self, words: Sequence[str]) -> Cut:
        pieces = self.words(words)
        owners = np.repeat(np.arange(len(words)), [len(word) for word in pieces])
        return Cut(_joined(pieces), np.stack([owners, owners + 1], axis=1))

    def _cut_sentence(self, text: str, words: Sequence[str]) -> Cut:
        """The pieces of a sentence of any length, a stretch at a time."""
        pieces, offsets = [], []
        for begin, stretch in _stretches(text):
            encoded = self._call([stretch], offsets=True)
            pieces.append(np.array(encoded["input_ids"][0], dtype=np.int32))
            offsets += [(begin + i, begin + j) for i, j in encoded["offset_mapping"][0]]
        (owners,) = _owners([text], [words], [offsets])
        return Cut(_joined(pieces), owners)

    def _cut(self, texts: Sequence[str]) -> list[Pieces]:
        """The pieces of texts as they are, without special ones."""
        if max(map(len, texts), default=0) <= _STRETCH:
            listed = self._call(texts)["input_ids"] if texts else []
            return [np.array(pieces, dtype=np.int32) for pieces in listed]
        return [
            _joined(
                [
                    np.array(self._call([stretch])["input_ids"][0], dtype=np.int32)
                    for _, stretch in _stretches(text)
                ]
            )
            for text in texts
        ]

    def _call(self, texts: Sequence[str], *, offsets: bool = False) -> Any:
        return self._tokenizer(
            list(texts),
            add_special_tokens=False,
            padding=False,
            truncation=False,
            return_attention_mask=False,
            return_token_type_ids=False,
            return_offsets_mapping=offsets,
            verbose=False,
        )


def _owners(
    texts: Sequence[str],
    words: Sequence[Sequence[str]],
    offsets: Sequence[Sequence[tuple[int, int]]],
) -> list[NDArray[np.int64]]:
    """Of each piece of a text the first and the last of its words it shares a character with.

    words: joined by spaces they are the text. offsets: where in it a piece begins and ends; a space
    before its first letter is none of its own. The last word is excluded.
    """
    # All texts as one, with a space between: many small arrays cost more than what is in them.
    lengths = np.array([len(word) + 1 for word in chain(*words)], dtype=np.int64)
    ends = np.cumsum(lengths) - 1
    starts = ends - lengths + 1
    counts = np.array([len(each) for each in offsets])
    # A sentence without words takes no place; one of an empty word has its space.
    sizes = [len(text) + 1 if each else 0 for text, each in zip(texts, words, strict=True)]
    begins = np.cumsum([0, *sizes[:-1]])
    places = np.fromiter(chain(*chain(*offsets)), dtype=np.int64).reshape(-1, 2)
    places += np.repeat(begins, counts)[:, None]
    firsts, lasts = places[:, 0], places[:, 1]
    whole = " ".join(text for text, each in zip(texts, words, strict=True) if each)
    codes = np.frombuffer(whole.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    letters = np.flatnonzero(~_SPACE[np.minimum(codes, len(_SPACE) - 1)])
    following = np.append(letters, len(whole))[np.searchsorted(letters, firsts)]
    ranges = np.stack(
        [
            np.searchsorted(ends, np.minimum(following, lasts), side="right"),
            np.searchsorted(starts, lasts, side="left"),
        ],
        axis=1,
    )
    ranges -= np.repeat(np.cumsum([0, *map(len, words[:-1])]), counts)[:, None]
    return np.split(ranges, np.cumsum(counts)[:-1])


def _stretches(text: str) -> list[tuple[int, str]]:
    """A text cut before spaces into stretches that are not too long, each with where it begins."""
    found, start = [], 0
    while len(text) - start > _STRETCH:
        space = text.rfind(" ", start + 1, start + _STRETCH)
        end = space if space > 0 else start + _STRETCH
        found.append((start, text[start:end]))
        start = end
    return [*found, (start, text[start:])]


def _joined(parts: Sequence[Pieces]) -> Pieces:
    return np.concatenate([np.zeros(0, dtype=np.int32), *parts])
