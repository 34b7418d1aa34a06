"""A bidirectional LSTM over the vectors of tokens, what it learns by and how texts reach it.

Everything here is PyTorch's, in one thread: the same input and seed give the same answers.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from embkit.errors import InvalidRequest
from embkit.evaluators.linear import Scaling
from embkit.vectors import Vectors
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

__all__ = ["Read", "Tokens", "batches", "best_epoch", "lstm", "padded", "seeded"]

# Texts in a step, and those among which a step takes texts of one length; what is left out.
_BATCH, _SORTED, _DROPPED = 32, 2048, 0.3
_RATE, _DECAY, _LONGEST_STEP = 4e-3, 1e-2, 1.0
Ints = NDArray[np.int64]


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """PyTorch in one thread, drawing from a seed of its own; afterwards as it was before.

    Raises InvalidRequest when it is not installed.
    """
    try:
        import torch
    except ImportError:
        raise InvalidRequest(
            "a BiLSTM is trained by PyTorch, which is not here: pip install 'embkit-code[heads]'"
        ) from None
    threads = torch.get_num_threads()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """Texts as rows of a table of vectors.

    table: shape (vectors + 1, dim), standardised by what stands in the texts; the first row, zeros,
    is that of all tokens without a vector. texts: the rows of each. known: whether any token of a
    text has a vector.
    """

    table: NDArray[np.float32]
    texts: Sequence[Ints]
    known: NDArray[np.bool_]

    @classmethod
    def of(cls, vectors: Vectors, sentences: Sequence[Sequence[str]]) -> Tokens:
        table, rows = vectors.tokens(sentences)
        ends = np.cumsum([len(sentence) for sentence in sentences])[:-1]
        known = np.array([bool((own >= 0).any()) for own in np.split(rows, ends)], dtype=bool)
        full = np.zeros((len(table) + 1, vectors.dim), dtype=np.float32)
        if known.any():
            counts = np.bincount(rows[rows >= 0], minlength=len(table))
            full[1:] = Scaling(table, counts)(table)
        return cls(table=full, texts=np.split(rows + 1, ends), known=known)


@dataclass(frozen=True, kw_only=True)
class Read:
    """What an LSTM made of some texts: its states of both ways, and which of them are of tokens.

    states: shape (texts, length, 2 * hidden), zeros where there is no token. there: shape (texts,
    length). lengths: shape (texts,).
    """

    states: torch.Tensor
    there: torch.Tensor
    lengths: torch.Tensor


def lstm(table: NDArray[np.float32], hidden: int) -> Any:
    """A module from what `padded` gives to `Read`; it learns, and the table stays as it is.

    Two LSTMs, of which the second reads each text from its own end: what fills up a text comes
    last for both and changes nothing. PyTorch's own way to say so takes four times as long.
    """
    import torch
    from torch import nn

    class Reader(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = torch.from_numpy(table)
            self.narrow = nn.Linear(table.shape[1], hidden)
            self.onward = nn.LSTM(hidden, hidden, batch_first=True)
            self.backward = nn.LSTM(hidden, hidden, batch_first=True)
            self.drop = nn.Dropout(_DROPPED)

        def forward(self, rows: torch.Tensor, lengths: torch.Tensor) -> Read:
            place = torch.arange(rows.shape[1])[None]
            there = place < lengths[:, None]
            turned = torch.where(there, lengths[:, None] - 1 - place, place)
            inputs = self.drop(self.narrow(self.table[rows]))
            wide = turned[:, :, None].expand(-1, -1, inputs.shape[2])
            onward, _ = self.onward(inputs)
            backward, _ = self.backward(inputs.gather(1, wide))
            states = torch.cat([onward, backward.gather(1, wide)], dim=2) * there[:, :, None]
            return Read(states=states, there=there, lengths=lengths)

    return Reader()


def padded(texts: Sequence[Ints]) -> tuple[torch.Tensor, torch.Tensor]:
    """Texts side by side, shape (texts, length), and their lengths."""
    import torch

    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    rows = np.zeros((len(texts), int(lengths.max())), dtype=np.int64)
    rows[np.arange(rows.shape[1]) < lengths[:, None]] = np.concatenate(texts)
    return torch.from_numpy(rows), torch.from_numpy(lengths)


def batches(lengths: Sequence[int], generator: np.random.Generator | None) -> list[Ints]:
    """The positions of texts in batches of about equal lengths; without a generator not drawn.

    Drawn are pairs of neighbours: the versions of a function stand side by side, and what tells
    them apart is learnt from both in one step.
    """
    sizes = np.array(lengths, dtype=np.int64)
    pairs = np.arange((len(sizes) + 1) // 2)
    if generator is not None:
        pairs = generator.permutation(pairs)
    found = []
    for start in range(0, len(pairs), _SORTED // 2):
        some = pairs[start : start + _SORTED // 2]
        some = some[np.argsort(sizes[2 * some], kind="stable")]
        for first in range(0, len(some), _BATCH // 2):
            batch = some[first : first + _BATCH // 2]
            both = np.stack([2 * batch, 2 * batch + 1], axis=1).ravel()
            found.append(both[both < len(sizes)])
    return found if generator is None else [found[i] for i in generator.permutation(len(found))]


def best_epoch(
    network: Any,
    lengths: Sequence[int],
    loss: Callable[[Ints], torch.Tensor],
    score: Callable[[], float],
    epochs: int,
    generator: np.random.Generator,
) -> None:
    """Train a network, and leave it as it was after the epoch with the highest score.

    lengths: of the texts to learn from. loss: of some of them, by their positions. score: of
    the network as it is, on other texts; of equals the first counts. The rate falls from epoch to
    epoch, evenly (AdamW: Loshchilov and Hutter 2019).
    """
    import torch

    learnt = [weights for weights in network.parameters() if weights.requires_grad]
    rule = torch.optim.AdamW(learnt, lr=_RATE, weight_decay=_DECAY)
    best, kept = -1.0, network.state_dict()
    for epoch in range(epochs):
        for group in rule.param_groups:
            group["lr"] = _RATE * (1 - epoch / epochs)
        network.train()
        for batch in batches(lengths, generator):
            rule.zero_grad()
            loss(batch).backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(learnt, _LONGEST_STEP)
            rule.step()
        network.eval()
        reached = score()
        if reached > best:
            best = reached
            kept = {name: values.clone() for name, values in network.state_dict().items()}
    network.load_state_dict(kept)
    network.eval()
