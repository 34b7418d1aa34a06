"""The text that vectors are made from: kept lines in a file, and the words that get a vector."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from embkit.errors import InvalidData
from embkit.records import Language
from embkit_fasttext.corpus import Corpus, Progress, kept_lines
from numpy.typing import NDArray

if TYPE_CHECKING:
    from embkit_contextual import Encoder

__all__ = [
    "Kept",
    "Units",
    "Vocabulary",
    "keep_lines",
    "read_lines",
    "spelt",
    "units",
    "vocabulary_of",
]

_BLOCK = 8192


class Kept(NamedTuple):
    """What became of a corpus.

    path: the kept lines, normalised, one a line. counts: of their words. left_out: lines by reason.
    """

    path: Path
    lines: int
    counts: Counter[str]
    sha256: str
    left_out: Counter[str]


class Units(NamedTuple):
    """A line as the parts that an encoder reads, with where among them each word is.

    parts: words and what stands between them, less white space. A space between all of them is what
    most tokenizers see anyway.
    """

    parts: Sequence[str]
    places: Sequence[int]


class Vocabulary:
    """Words that get a vector; counts: how often each stands in the lines, None without any."""

    def __init__(self, words: Sequence[str], counts: NDArray[np.int64] | None) -> None:
        self.words = words
        self.counts = counts
        self.numbers = {word: number for number, word in enumerate(words)}

    def __len__(self) -> int:
        return len(self.words)

    def only(self, kept: NDArray[np.bool_]) -> Vocabulary:
        """Some of the words, in their order."""
        words = [word for word, there in zip(self.words, kept.tolist(), strict=True) if there]
        return Vocabulary(words, None if self.counts is None else self.counts[kept])


def keep_lines(
    corpus: Corpus,
    language: Language,
    path: Path,
    *,
    progress: Progress,
    tell: Callable[[str], None],
) -> Kept:
    """Write the lines of a corpus that are kept to a file, and count their words.

    Raises InvalidData, naming file and line, for what cannot be read, or for a corpus of no text.
    """
    left_out: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    sha256 = hashlib.sha256()
    lines = 0
    with open(path, "wb") as file:
        for text, words in kept_lines(corpus, language, left_out, progress=progress, tell=tell):
            counts.update(words)
            data = text.replace("\n", " ").encode() + b"\n"
            sha256.update(data)
            file.write(data)
            lines += 1
    tell(
        f"{lines:,} lines, {sum(counts.values()):,} words, {len(counts):,} of them distinct; left "
        f"out: {left_out['empty']:,} empty lines, {left_out['duplicate']:,} duplicates, "
        f"{left_out['excluded']:,} of test files"
    )
    if not lines:
        names = ", ".join(f"'{name}'" for name in corpus.paths)
        raise InvalidData(f"there is no text in {names}")
    return Kept(path, lines, counts, sha256.hexdigest(), left_out)


def vocabulary_of(
    counts: Counter[str] | None, listed: Sequence[str] | None, *, min_count: int, keep: int
) -> Vocabulary:
    """The words that get a vector, the most frequent first where they are counted.

    counts: of the words of a corpus, None without one. listed: the words that are asked for, in
    their order, None for all of the corpus. min_count: how often a word must stand; keep: most of
    them, 0 for all. Raises InvalidData where none is left.
    """
    if counts is None:
        words = list(dict.fromkeys(listed or ()))
        return Vocabulary(words[:keep] if keep else words, None)
    asked = counts if listed is None else dict.fromkeys(listed)
    ordered = sorted((word for word in asked if counts[word]), key=lambda word: -counts[word])
    words = [word for word in ordered if counts[word] >= min_count]
    if not words and listed is not None:
        raise InvalidData(
            f"none of the {len(asked):,} words that were asked for stands in the corpus often "
            f"enough (--min-count {min_count}); {len(ordered):,} of them stand there at all"
        )
    if not words:
        raise InvalidData(
            f"no word stands {min_count} times in the corpus; the most frequent one, "
            f"'{ordered[0]}', stands there {counts[ordered[0]]:,} times: lower --min-count"
        )
    words = words[:keep] if keep else words
    return Vocabulary(words, np.array([counts[word] for word in words], dtype=np.int64))


def spelt(encoder: Encoder, vocabulary: Vocabulary, tell: Callable[[str], None]) -> Vocabulary:
    """The words that the tokenizer of an encoder can spell.

    Raises InvalidData where it can spell none.
    """
    unknown = encoder.tokenizer.unk_token_id
    able = np.zeros(len(vocabulary), dtype=bool)
    for start in range(0, len(vocabulary), _BLOCK):
        for i, pieces in enumerate(encoder.pieces(vocabulary.words[start : start + _BLOCK])):
            able[start + i] = bool(pieces) and unknown not in pieces
    if able.all():
        return vocabulary
    first = vocabulary.words[int(np.argmin(able))]
    if not able.any():
        raise InvalidData(
            f"the tokenizer of '{encoder.source}' can spell none of the {len(able):,} words, such "
            f"as '{first}'; it is made for another script"
        )
    tell(f"words that the tokenizer cannot spell: {int((~able).sum()):,} left out, as '{first}'")
    return vocabulary.only(able)


def units(text: str, language: Language, *, cased: bool) -> tuple[list[str], Units]:
    """The words of a normalised line, folded unless cased, and the parts that an encoder reads."""
    written = language.tokenize(text)
    folded = written if cased else language.tokenize(language.fold(text))
    if len(folded) != len(written):
        folded = [language.fold(word) for word in written]
    parts: list[str] = []
    places: list[int] = []
    end = 0
    for word in written:
        start = text.find(word, end)
        if start < 0:  # a language may spell a word otherwise than the text does
            return folded, Units(written, range(len(written)))
        parts += text[end:start].split()
        places.append(len(parts))
        parts.append(word)
        end = start + len(word)
    return folded, Units([*parts, *text[end:].split()], places)


def read_lines(path: Path) -> Iterator[str]:
    """The lines that `keep_lines` wrote."""
    with open(path, encoding="utf-8", newline="\n") as file:
        for line in file:
            yield line.removesuffix("\n")
