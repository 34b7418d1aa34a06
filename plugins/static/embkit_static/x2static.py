"""X2Static: vectors of words trained to tell the sentences they stand in, as a teacher reads them.

Source: Gupta and Jaggi 2021, "Obtaining Better Static Word Embeddings Using Contextual Embedding
Models", the objective and numbers of their program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from embkit.errors import EmbkitError, InvalidData
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch
    from embkit_contextual import Encoder
    from torch import Tensor

__all__ = ["Teaching", "keep_probability", "logistic_loss", "train"]

_BATCHES = 64  # whose sentences the teacher reads at once, sorted by length
_LARGEST = 20.0
_REPORTS = 10
Sentences = Callable[[], Iterable[tuple[str, Sequence[int]]]]


@dataclass(frozen=True, kw_only=True)
class Teaching:
    """How vectors are trained.

    negative: words drawn to tell each word from. batch: sentences. sample: share of the text above
    which a word is passed over now and then.
    """

    epochs: int = 1
    lr: float = 1e-3
    negative: int = 10
    batch: int = 128
    sample: float = 5e-6
    seed: int = 0


def keep_probability(counts: NDArray[np.int64], sample: float) -> NDArray[np.float64]:
    """How probably each word is kept at a place: min(1, √(t/f) + t/f), f its share of the text."""
    ratio = sample * counts.sum() / counts
    kept: NDArray[np.float64] = np.minimum(1, np.sqrt(ratio) + ratio)
    return kept


def logistic_loss(right: Tensor, wrong: Tensor, sentences: Tensor) -> Tensor:
    """Mean over n words of ℓ(u·E) + Σ ℓ(-u'·E), ℓ(x) = log(1 + e^-x), scores within ±20.

    right: u, shape (n, dim); wrong: the u' drawn for each, shape (n, negative, dim); sentences: E
    of the sentence that each stands in, shape (n, dim).
    """
    import torch
    from torch.nn.functional import softplus

    good = (right * sentences).sum(dim=1).clamp(-_LARGEST, _LARGEST)
    bad = torch.einsum("nkd,nd->nk", wrong, sentences).clamp(-_LARGEST, _LARGEST)
    return (softplus(-good) + softplus(bad).sum(dim=1)).mean()


def train(
    sentences: Sentences,
    counts: NDArray[np.int64],
    encoder: Encoder,
    teaching: Teaching,
    *,
    lines: int,
    progress: Callable[[int], None] = lambda done: None,
    tell: Callable[[str], None] = lambda sentence: None,
) -> NDArray[np.float32]:
    """The vectors of words, shape (words, size of the teacher's layer).

    sentences: begins anew at each call; each is its text and the numbers of its words. counts: of
    the words in all of it. The vector of a sentence is the mean of the teacher's last layer over
    its pieces, [CLS] and [SEP] among them. lines: how many sentences there are; progress: told how
    many were read. tell: told the loss now and then. The same seed, text and device give the same
    vectors. Raises InvalidData where no word was trained, EmbkitError for a loss that is no number.
    """
    import torch

    device = next(iter(encoder.model.parameters())).device
    dim = encoder.token_dim
    draw = np.random.default_rng(teaching.seed)
    start = draw.uniform(-1 / dim, 1 / dim, (len(counts), dim)).astype(np.float32)
    table = torch.nn.Embedding(
        len(counts), dim, sparse=True, _weight=torch.from_numpy(start).to(device)
    )
    optimiser: torch.optim.Optimizer = torch.optim.SparseAdam([table.weight], lr=teaching.lr)
    words = _Words(counts, teaching, draw)
    total, losses, done = lines * teaching.epochs, [], 0
    reported = 0
    for _ in range(teaching.epochs):
        waiting = iter(sentences())
        while chunk := list(islice(waiting, _BATCHES * teaching.batch)):
            for right, wrong, read in _batches(chunk, words, encoder, teaching.batch):
                loss = logistic_loss(
                    table(right.to(device)), table(wrong.to(device)), read.to(device)
                )
                optimiser.zero_grad()
                torch.autograd.backward(loss)
                optimiser.step()
                losses.append(float(loss.detach()))
                if not np.isfinite(losses[-1]):
                    raise EmbkitError("the loss is not finite any more; take a lower --lr")
            done += len(chunk)
            progress(done)
            if losses and (done * _REPORTS // total > reported or done == total):
                reported = done * _REPORTS // total
                tell(f"loss {np.mean(losses):.4f} after {done:,} sentences")
                losses = []
    if not reported and not losses:
        raise InvalidData("no word of the text was kept for training; raise --sample")
    vectors: NDArray[np.float32] = table.weight.detach().cpu().numpy()
    return vectors


class _Words:
    """What is drawn of words: which places are kept, and which words each is told from."""

    def __init__(
        self, counts: NDArray[np.int64], teaching: Teaching, draw: np.random.Generator
    ) -> None:
        self._kept = keep_probability(counts, teaching.sample)
        roots = np.cumsum(np.sqrt(counts))
        self._ends = roots / roots[-1]
        self._negative = teaching.negative
        self._draw = draw

    def kept(self, words: Sequence[int]) -> NDArray[np.int64]:
        numbers = np.array(words, dtype=np.int64)
        return numbers[self._draw.random(len(numbers)) < self._kept[numbers]]

    def negatives(self, count: int) -> NDArray[np.int64]:
        """Words drawn by the root of their counts, shape (count, negative)."""
        drawn = self._draw.random((count, self._negative))
        return np.searchsorted(self._ends, drawn, side="right")


def _batches(
    chunk: Sequence[tuple[str, Sequence[int]]], words: _Words, encoder: Encoder, size: int
) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """Words, those they are told from, and the vectors of their sentences, in the text's order."""
    import torch

    kept = [words.kept(numbers) for _, numbers in chunk]
    wanted = [place for place, numbers in enumerate(kept) if len(numbers)]
    vectors = np.empty((len(wanted), encoder.token_dim), dtype=np.float32)
    for number, row in encoder.stream_texts([chunk[place][0] for place in wanted], bare=True):
        vectors[number] = row
    where = dict(zip(wanted, range(len(wanted)), strict=True))
    for start in range(0, len(chunk), size):
        here = [place for place in range(start, min(start + size, len(chunk))) if place in where]
        if not here:
            continue
        right = np.concatenate([kept[place] for place in here])
        read = np.repeat([where[place] for place in here], [len(kept[place]) for place in here])
        yield (
            torch.from_numpy(right),
            torch.from_numpy(words.negatives(len(right))),
            torch.from_numpy(vectors[read]),
        )
