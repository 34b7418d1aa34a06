"""Texts and words cut into the pieces of a tokenizer, each a number, in linear time and memory."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
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
_NOT_SPACE = re.compile(r"\S")


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

    def sentence(self, words: Sequence[str]) -> Cut:
        """The pieces of a sentence, its words with a space between them."""
        prepared = [self._prepare(word) for word in words]
        if not self._tokenizer.is_fast:  # it does not tell where in the text a piece is
            pieces = self.words(words)
            counts = [len(word) for word in pieces]
            owners = np.repeat(np.arange(len(words)), counts)
            return Cut(_joined(pieces), np.stack([owners, owners + 1], axis=1))
        text = " ".join(prepared)
        ends = np.cumsum([len(word) + 1 for word in prepared], dtype=np.int64) - 1
        starts = ends - [len(word) for word in prepared]
        pieces, offsets = [], []
        for begin, stretch in _stretches(text):
            encoded = self._call([stretch], offsets=True)
            pieces.append(np.array(encoded["input_ids"][0], dtype=np.int32))
            for first, last in encoded["offset_mapping"][0]:
                letter = _NOT_SPACE.search(stretch, first, last)
                offsets.append((begin + (letter.start() if letter else last), begin + last))
        places = np.array(offsets, dtype=np.int64).reshape(-1, 2)
        # A piece belongs to every word that it shares a character with.
        ranges = np.stack(
            [
                np.searchsorted(ends, places[:, 0], side="right"),
                np.searchsorted(starts, places[:, 1], side="left"),
            ],
            axis=1,
        )
        return Cut(_joined(pieces), ranges)

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
