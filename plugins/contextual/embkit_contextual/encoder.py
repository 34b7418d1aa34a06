"""An encoder: pieces of texts to vectors of texts and of words, as they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np
from embkit.errors import InvalidRequest
from numpy.typing import NDArray

from embkit_contextual.batching import Run
from embkit_contextual.cutting import Cutter, spans
from embkit_contextual.options import PIECES, Settings, check_layer

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from embkit_contextual.forward import Forward
    from embkit_contextual.pooling import Pooling

__all__ = ["Encoder", "Head"]

# Texts that are cut into pieces at once.
_TEXTS, _CHARACTERS = 1024, 1_000_000
# Of a word that stands in two windows, the part of one is NaN at first, which both leave out.
_EXTREMES = {"min": np.fmin, "max": np.fmax}


class Head(NamedTuple):
    """What makes a vector of a text of those of its pieces.

    modules: what is done behind the pooling. dim: length of what comes out.
    """

    pooling: Pooling
    modules: Sequence[Callable[[Tensor], Tensor]]
    dim: int


class _Open:
    """A text of which not all windows have been read: the sum of those that have."""

    __slots__ = ("indices", "left", "total", "weight")

    def __init__(self, indices: list[int], left: int) -> None:
        self.indices = indices
        self.left = left
        self.total: Any = 0
        self.weight = 0


class Encoder:
    """A transformer with its tokenizer and options, out of `open_encoder`.

    source: as it was named. model: a module of torch; tokenizer: of transformers. dim: length of
    the vectors of texts, token_dim of those of words. prompt, query_prompt: what its options and
    its folder say, for `stream_texts`. fingerprint: sha256 over weights, files of the tokenizer,
    options and text layer: two with the same one give the same vectors. texts_cut, tokens_cut: how
    many texts were too long so far, and how many of their pieces were not read.
    """

    def __init__(
        self,
        *,
        source: str,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        cutter: Cutter,
        forward: Forward,
        head: Head,
        settings: Settings,
        max_tokens: int,
        prompts: tuple[str, str],
        fingerprint: str,
    ) -> None:
        self.source = source
        self.prompt, self.query_prompt = prompts
        self.model = model
        self.tokenizer = tokenizer
        self.fingerprint = fingerprint
        self.texts_cut = 0
        self.tokens_cut = 0
        self._cutter = cutter
        self._forward = forward
        self._head = head
        self._settings = settings
        forward.check(settings.layer)
        self._room = max_tokens - len(cutter.before) - len(cutter.behind)
        if self._room < 1:
            raise InvalidRequest(
                f"'max_tokens' leaves no room for a text: {max_tokens} in all, of which "
                f"{max_tokens - self._room} are special ones"
            )

    @property
    def dim(self) -> int:
        return self._settings.truncate_dim or self._head.dim

    @property
    def token_dim(self) -> int:
        return self._width(self._settings.layer)

    @property
    def model_bytes(self) -> int:
        """Bytes of the weights of the transformer, as they are loaded."""
        return self._forward.model_bytes(self._settings.layer)

    def _width(self, layer: str) -> int:
        return self._settings.truncate_dim or self._forward.width(layer)

    def stream_texts(
        self, texts: Iterable[str], *, prompt: str = "", bare: bool = False
    ) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """The vector of each text, shape (dim,), with its number, as they are made: in any order.

        texts: may come from a generator; a bounded part of them is held. prompt: what stands before
        each. bare: the mean of all pieces, special ones included, shape (token_dim,), whatever the
        folder says of pooling and has behind it. A text without a piece of its own has a vector of
        NaN.
        """
        head = self._bare if bare else self._head
        dim = self.token_dim if bare else self.dim
        prompt_length = self._cutter.prompt_length(prompt)
        opened: dict[int, _Open] = {}
        empty: list[int] = []
        for batch in self._forward.batches(self._runs(texts, prompt, opened, empty)):
            while empty:
                yield empty.pop(), np.full(dim, np.nan, dtype=np.float32)
            for runs, pieces, read in self._forward(batch, self._settings.layer):
                pooled = head.pooling(pieces, read, prompt_length)
                done = []
                for run, row in zip(runs, pooled, strict=True):
                    text = opened[run.owner]
                    weight = run.stop - run.start
                    text.total = text.total + row * weight
                    text.weight += weight
                    text.left -= 1
                    if not text.left:
                        done.append(opened.pop(run.owner))
                if done:
                    yield from self._finished(done, head.modules, dim)
        for number in empty:
            yield number, np.full(dim, np.nan, dtype=np.float32)

    @property
    def _bare(self) -> Head:
        from embkit_contextual.pooling import Pooling

        return Head(Pooling(["mean"]), (), self.token_dim)

    def _runs(
        self, texts: Iterable[str], prompt: str, opened: dict[int, _Open], empty: list[int]
    ) -> Iterator[Run]:
        """What is to be read of texts; notes each text as open, or as one without a piece."""
        windows = self._settings.long == "window"
        owner = 0
        for numbers, part in _parts(enumerate(texts), len):
            places: dict[str, list[int]] = {}
            for number, text in zip(numbers, part, strict=True):
                places.setdefault(text, []).append(number)
            for text_pieces, indices in zip(
                self._cutter.texts(list(places), prompt), places.values(), strict=True
            ):
                if not len(text_pieces):
                    empty += indices
                    continue
                read = spans(len(text_pieces), self._room, windows=windows)
                if read[-1].stop < len(text_pieces):
                    self.texts_cut += 1
                    self.tokens_cut += len(text_pieces) - read[-1].stop
                opened[owner] = _Open(indices, len(read))
                for start, stop in read:
                    yield Run(owner, self._whole(text_pieces[start:stop]), start, stop)
                owner += 1

    def _finished(
        self, done: Sequence[_Open], modules: Sequence[Callable[[Tensor], Tensor]], dim: int
    ) -> Iterator[tuple[int, NDArray[np.float32]]]:
        import torch

        vectors = torch.stack([text.total / text.weight for text in done])
        for module in modules:
            vectors = module(vectors)
        rows = vectors[:, :dim].cpu().numpy()
        for text, row in zip(done, rows, strict=True):
            for number in text.indices:
                yield number, row

    def stream_tokens(
        self,
        sentences: Iterable[Sequence[str]],
        *,
        layer: str | None = None,
        tokens: str | None = None,
    ) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """The vectors of each sentence's words, shape (len(sentence), token_dim), with its number,
        as they are made: in any order.

        sentences: each as its words; may come from a generator. layer, tokens: others than the
        encoder's own, named as its options are. No prompt stands before a sentence. One that is too
        long is read in windows, each piece from where it has most around it. A word without a piece
        has a row of NaN.
        """
        layer = layer or self._settings.layer
        tokens = tokens or self._settings.tokens
        check_layer(layer)
        self._forward.check(layer)
        if tokens not in PIECES:
            raise InvalidRequest(f"'tokens' is one of {', '.join(PIECES)}; got '{tokens}'")
        opened: dict[int, _Sentence] = {}
        empty: list[tuple[int, int]] = []
        width = self._width(layer)
        runs = self._sentence_runs(sentences, tokens, width, opened, empty)
        for batch in self._forward.batches(runs):
            while empty:
                number, length = empty.pop()
                yield number, np.full((length, width), np.nan, dtype=np.float32)
            for some, pieces, _ in self._forward(batch, layer):
                for run in self._add_words(some, pieces, opened, tokens):
                    sentence = opened.pop(run.owner)
                    yield run.owner, sentence.rows
        for number, length in empty:
            yield number, np.full((length, width), np.nan, dtype=np.float32)

    def _sentence_runs(
        self,
        sentences: Iterable[Sequence[str]],
        tokens: str,
        width: int,
        opened: dict[int, _Sentence],
        empty: list[tuple[int, int]],
    ) -> Iterator[Run]:
        extreme = tokens in _EXTREMES
        for numbers, part in _parts(enumerate(sentences), _characters):
            cuts = self._cutter.sentences(part)
            for number, words, cut in zip(numbers, part, cuts, strict=True):
                taken = _taken(cut.words, len(words), tokens)
                if not len(taken.pieces):
                    empty.append((number, len(words)))
                    continue
                read = spans(len(cut.pieces), self._room, windows=True)
                rows = np.full((len(words), width), np.nan if extreme else 0, dtype=np.float32)
                rows[taken.absent] = np.nan
                best = _best(taken.pieces, np.array(read))
                opened[number] = _Sentence(rows, len(read), taken, best)
                for start, stop in read:
                    yield Run(number, self._whole(cut.pieces[start:stop]), start, stop)

    def _add_words(
        self, runs: Sequence[Run], pieces: Tensor, opened: dict[int, _Sentence], tokens: str
    ) -> Iterator[Run]:
        """Add what the words of a batch get to their rows; yields the runs that end a sentence."""
        import torch

        before, length = len(self._cutter.before), pieces.shape[1]
        most = max(len(opened[run.owner].rows) for run in runs)
        sources, targets, weights = [], [], []
        for i, run in enumerate(runs):
            sentence = opened[run.owner]
            here = sentence.best == run.start
            sources.append(i * length + before + sentence.taken.pieces[here] - run.start)
            targets.append(i * most + sentence.taken.words[here])
            weights.append(sentence.taken.weights[here])
        found, target = np.unique(np.concatenate(targets), return_inverse=True)
        count = len(found)
        device = pieces.device
        chosen = pieces.flatten(0, 1)[torch.from_numpy(np.concatenate(sources)).to(device)]
        if tokens in _EXTREMES:
            order = np.argsort(target, kind="stable")
            starts = np.searchsorted(target[order], np.arange(count))
            sorted_rows = chosen.cpu().numpy()[order]
            rows = _EXTREMES[tokens].reduceat(sorted_rows, starts) if count else sorted_rows
        else:
            chosen = chosen * torch.from_numpy(np.concatenate(weights)).to(device)[:, None]
            # Added up in the order of the pieces: the same sums in every batch.
            sums = torch.zeros((count, pieces.shape[2]), dtype=torch.float32, device=device)
            sums.index_add_(0, torch.from_numpy(target).to(device), chosen)
            rows = sums.cpu().numpy()
        combined = _EXTREMES.get(tokens, np.add)
        begins = np.searchsorted(found, np.arange(len(runs) + 1) * most)
        for i, run in enumerate(runs):
            sentence = opened[run.owner]
            mine = slice(begins[i], begins[i + 1])
            words = found[mine] - i * most
            sentence.rows[words] = combined(
                sentence.rows[words], rows[mine, : sentence.rows.shape[1]]
            )
            sentence.left -= 1
            if not sentence.left:
                yield run

    def _whole(self, pieces: NDArray[np.int32]) -> NDArray[np.int32]:
        return np.concatenate([self._cutter.before, pieces, self._cutter.behind])

    def pieces(self, words: Sequence[str]) -> list[list[int]]:
        """The pieces of each word as it is cut inside a sentence, without special ones."""
        return [pieces.tolist() for pieces in self._cutter.words(words)]

    def input_table(self) -> tuple[list[str], NDArray[np.float32]]:
        """The pieces of the tokenizer as it spells them, in their order, and their rows.

        Rows are those of the input layer, before positions: shape (pieces, size of that layer).
        """
        count = max(self.tokenizer.get_vocab().values()) + 1
        names = self.tokenizer.convert_ids_to_tokens(list(range(count)))
        table: Any = self.model.get_input_embeddings().weight
        return list(map(str, names)), table[:count].float().cpu().numpy()


class _Taken(NamedTuple):
    """Which pieces make which words: a row each. absent: the words without a piece."""

    pieces: NDArray[np.int64]
    words: NDArray[np.int64]
    weights: NDArray[np.float32]
    absent: NDArray[np.int64]


class _Sentence:
    """A sentence that is being read; best: of each taken piece the window it is taken from."""

    __slots__ = ("best", "left", "rows", "taken")

    def __init__(
        self, rows: NDArray[np.float32], left: int, taken: _Taken, best: NDArray[np.int64]
    ) -> None:
        self.rows = rows
        self.left = left
        self.taken = taken
        self.best = best


def _taken(ranges: NDArray[np.int64], count: int, tokens: str) -> _Taken:
    """The pieces that each of so many words is made of, and how much each counts."""
    lengths = np.maximum(ranges[:, 1] - ranges[:, 0], 0)
    pieces = np.repeat(np.arange(len(ranges)), lengths)
    begins = np.cumsum(lengths) - lengths
    words = np.arange(lengths.sum()) - np.repeat(begins - ranges[:, 0], lengths)
    counts = np.bincount(words, minlength=count)
    if tokens in ("first", "last"):
        order = words if tokens == "first" else words[::-1]
        places = np.unique(order, return_index=True)[1]
        kept = np.sort(places if tokens == "first" else len(words) - 1 - places)
        pieces, words = pieces[kept], words[kept]
        weights = np.ones(len(words), dtype=np.float32)
    else:
        weights = (1 / counts[words]).astype(np.float32)
    return _Taken(pieces, words, weights, np.flatnonzero(counts == 0))


def _best(pieces: NDArray[np.int64], read: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of each piece the beginning of the window in which it is farthest from an end.

    read: start and stop of each window, in their order; the first and the last piece of a text are
    at no end.
    """
    starts, stops = read[:, 0], read[:, 1]
    if len(read) == 1:
        return np.full(len(pieces), starts[0])
    left = np.where(starts == 0, np.iinfo(np.int64).max, pieces[:, None] - starts)
    right = np.where(stops == stops[-1], np.iinfo(np.int64).max, stops - 1 - pieces[:, None])
    around = np.minimum(left, right)
    outside = (pieces[:, None] < starts) | (pieces[:, None] >= stops)
    around[outside] = -1
    best: NDArray[np.int64] = starts[around.argmax(axis=1)]
    return best


def _characters(words: Sequence[str]) -> int:
    return sum(map(len, words))


_Read = TypeVar("_Read", str, Sequence[str])


def _parts(
    items: Iterable[tuple[int, _Read]], characters: Callable[[_Read], int]
) -> Iterator[tuple[list[int], list[_Read]]]:
    """What is read, with its numbers, in parts that are cut at once."""
    numbers: list[int] = []
    part: list[_Read] = []
    size = 0
    for number, read in items:
        numbers.append(number)
        part.append(read)
        size += characters(read)
        if len(part) >= _TEXTS or size >= _CHARACTERS:
            yield numbers, part
            numbers, part, size = [], [], 0
    yield numbers, part
