"""Vectors of words out of their contexts: each the mean of what an encoder makes of it in some.

Source: Bommasani, Davis and Cardie 2020, "Interpreting Pretrained Contextualized Representations
via Reductions to Static Embeddings": f over the pieces of a word, g over its contexts.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple
from zipfile import BadZipFile

import numpy as np
from embkit.cache import atomic_file
from embkit.records import Language
from numpy.typing import NDArray

from embkit_static.text import Vocabulary, read_lines, units

if TYPE_CHECKING:
    from embkit_contextual import Encoder

__all__ = ["EVERY", "OVER", "Context", "Pooled", "aggregate", "alone", "contexts"]

OVER = ("mean", "min", "max")
_BLOCK = 8192  # sentences between two places at which work can go on
_ROWS = 4096  # that are added up at once
EVERY = 300  # seconds between two checkpoints
_COMBINED = {"mean": np.add, "min": np.minimum, "max": np.maximum}


class Context(NamedTuple):
    """A sentence as the parts that an encoder reads; places: of the parts whose vectors count;
    words: the number of the word that each of them is of."""

    parts: Sequence[str]
    places: Sequence[int]
    words: Sequence[int]


class Pooled:
    """Vectors of words, combined as they come: memory is words times dim, whatever the text.

    over: one of `OVER`.
    """

    def __init__(self, words: int, dim: int, over: str) -> None:
        self.counts = np.zeros(words, dtype=np.int64)
        self.values = np.zeros((words, dim), dtype=np.float32)
        self._over = over

    def add(self, words: NDArray[np.int64], rows: NDArray[np.float32]) -> None:
        """Combine rows, shape (n, dim), with those of their words; one of NaN is left out."""
        there = np.isfinite(rows[:, 0])
        if not there.all():
            words, rows = words[there], rows[there]
        if not len(words):
            return
        # Added up word by word: many times as fast as np.add.at.
        order = np.argsort(words, kind="stable")
        distinct, starts, counts = np.unique(words[order], return_index=True, return_counts=True)
        combine = _COMBINED[self._over]
        found = combine.reduceat(rows[order], starts)
        seen = self.counts[distinct] > 0
        old = distinct[seen]
        self.values[old] = combine(self.values[old], found[seen])
        self.values[distinct[~seen]] = found[~seen]
        self.counts[distinct] += counts

    def vectors(self) -> NDArray[np.float32]:
        """The vector of each word, shape (words, dim), zeros for one without a context."""
        if self._over != "mean":
            return self.values
        mean: NDArray[np.float32] = (
            self.values / np.maximum(self.counts, 1).astype(np.float32)[:, None]
        )
        return mean

    def save(self, path: Path, key: str, blocks: int) -> None:
        """Keep what there is after so many blocks, whole or not at all; key: of the whole work."""
        with atomic_file(path) as file:
            note = np.array(json.dumps({"key": key, "blocks": blocks}))
            np.savez(file, note=note, counts=self.counts, values=self.values)

    def load(self, path: Path, key: str) -> int:
        """Take up what was kept; after how many blocks, 0 where it is of other work or damaged."""
        try:
            with open(path, "rb") as file, np.load(file, allow_pickle=False) as kept:
                note = json.loads(str(kept["note"]))
                counts, values = kept["counts"], kept["values"]
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            return 0
        if note["key"] != key or values.shape != self.values.shape:
            return 0
        self.counts, self.values = counts, values
        return int(note["blocks"])


def contexts(
    path: Path,
    vocabulary: Vocabulary,
    language: Language,
    *,
    cased: bool,
    most: int,
    seed: int,
) -> Iterator[Context]:
    """The sentences of kept lines in which a word is to be looked at, at most so often each.

    Of a word that stands more often, so many of its places are drawn, every set of them alike
    probable. A sentence comes once, with all that is looked at in it. vocabulary: with counts.
    Source: selection sampling, Fan et al. 1962 (Knuth's Algorithm S).
    """
    assert vocabulary.counts is not None
    left = vocabulary.counts.tolist()
    wanted = np.minimum(vocabulary.counts, most).tolist()
    numbers = vocabulary.numbers
    draw = Random(seed).random
    for text in read_lines(path):
        words, read = units(text, language, cased=cased)
        places, chosen = [], []
        for word, place in zip(words, read.places, strict=True):
            number = numbers.get(word, -1)
            if number < 0:
                continue
            # A word of which all places are wanted costs no draw.
            take = wanted[number] == left[number] or draw() * left[number] < wanted[number]
            left[number] -= 1
            if take:
                wanted[number] -= 1
                places.append(place)
                chosen.append(number)
        if chosen:
            yield Context(read.parts, places, chosen)


def alone(words: Sequence[str]) -> Iterator[Context]:
    """Each word as a sentence of its own: without a context."""
    for number, word in enumerate(words):
        yield Context([word], [0], [number])


def aggregate(
    sentences: Iterable[Context],
    encoder: Encoder,
    pooled: Pooled,
    *,
    layer: str,
    tokens: str,
    checkpoint: Path | None = None,
    key: str = "",
    every: float = EVERY,
    progress: Callable[[int], None] = lambda done: None,
) -> int:
    """Encode sentences, each once, and combine the vectors of their words in `pooled`.

    layer, tokens: as the encoder's options are named. checkpoint: a file to which the work is kept
    every so many seconds; work of the same key goes on from there, and comes to the same vectors.
    progress: told how many sentences were done. Returns how many of them an earlier run had done.
    """
    waiting = iter(sentences)
    done = pooled.load(checkpoint, key) if checkpoint else 0
    before = sum(1 for _ in islice(waiting, done * _BLOCK))
    kept = time.monotonic()
    count = before
    while block := list(islice(waiting, _BLOCK)):
        for read in _encoded(block, encoder, pooled, layer, tokens):
            progress(count + read)
        count += len(block)
        done += 1
        if checkpoint and time.monotonic() - kept >= every:
            pooled.save(checkpoint, key, done)
            kept = time.monotonic()
    return before


def _encoded(
    block: Sequence[Context], encoder: Encoder, pooled: Pooled, layer: str, tokens: str
) -> Iterator[int]:
    """Combine the vectors of a block; yields now and then how many sentences were read."""
    words: list[int] = []
    rows: list[Any] = []
    stream = encoder.stream_tokens((s.parts for s in block), layer=layer, tokens=tokens)
    for read, (number, vectors) in enumerate(stream, start=1):
        sentence = block[number]
        words += sentence.words
        rows.append(vectors[sentence.places])
        if len(words) >= _ROWS:
            pooled.add(np.array(words), np.concatenate(rows))
            words, rows = [], []
            yield read
    if words:
        pooled.add(np.array(words), np.concatenate(rows))
    yield len(block)
