"""Where is the wrong variable, and which belongs there? Pointers of a BiLSTM that is trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from embkit.predictions import Predictions
from embkit.records import Setting
from embkit.vectors import Vectors
from numpy.typing import NDArray

from embkit_code.bilstm import options_of
from embkit_code.reading import Tokens, batches, best_epoch, lstm, padded, seeded
from embkit_code.repairing import Pointed, answered
from embkit_code.shapes import Repairs

if TYPE_CHECKING:
    import torch

__all__ = ["predict"]

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class _Split:
    """Functions of a split: rows of their tokens, candidates, the wrong one of these or -1.

    right: which candidates belong where the wrong one stands.
    """

    texts: Sequence[Ints]
    candidates: Sequence[Ints]
    wrong: Ints
    right: Sequence[NDArray[np.bool_]]

    def __len__(self) -> int:
        return len(self.texts)


def predict(dataset: Repairs, vectors: Vectors, setting: Setting) -> Predictions:
    """The place of the wrong variable or none, and the place of the variable that belongs there.

    After Vasic et al. 2019: both are pointers, a softmax over the states of an LSTM each way at the
    candidates. The first may also point at nothing, which has the score 0. The second is a linear
    layer on the state of a candidate and on its product with that at the wrong place; it is
    learnt where there is one, and any right place is right. The vectors stay as they are. Of the
    epochs the one counts that is most often right about the validation files, in both at once for a
    buggy function. A function none of whose candidates has a vector counts as unknown.
    """
    hidden, epochs = options_of(setting)
    tokens = Tokens.of(vectors, dataset.needed_sentences)
    train, valid, test = _splits(dataset, tokens.texts)
    places = Pointed.of(dataset, "test", 0)
    known = np.array(
        [bool((text[own] > 0).any()) for text, own in zip(test.texts, test.candidates, strict=True)]
    )
    location = repair = np.full(dataset.items, -1, dtype=np.int64)
    if known.any():
        with seeded(setting.seed_for("bilstm")):
            network = _network(tokens.table, hidden)
            _train(network, train, valid if len(valid) else train, epochs, setting)
            found, mended = _answers(network, test)
        starts = places.starts[:-1]
        location = np.where(known & (found >= 0), starts + found, -1)
        repair = np.where(location >= 0, starts + mended, -1)
    return answered(dataset, places, location, repair, known)


def _splits(dataset: Repairs, texts: Sequence[Ints]) -> list[_Split]:
    splits, first = [], 0
    for name in ("train", "valid", "test"):
        candidates = [np.array(own) for own in getattr(dataset, f"{name}_candidates")]
        locations = getattr(dataset, f"{name}_locations")
        targets = getattr(dataset, f"{name}_targets")
        wrong = [
            int(np.flatnonzero(own == location)[0]) if location >= 0 else -1
            for own, location in zip(candidates, locations, strict=True)
        ]
        right = [np.isin(own, list(some)) for own, some in zip(candidates, targets, strict=True)]
        own_texts = texts[first : first + len(wrong)]
        splits.append(_Split(own_texts, candidates, np.array(wrong, dtype=np.int64), right))
        first += len(wrong)
    return splits


def _joint(split: _Split, found: Ints, mended: Ints) -> NDArray[np.bool_]:
    """Whether the place is right, and where something is wrong the repair as well."""
    fits = [bool(right[place]) for right, place in zip(split.right, mended, strict=True)]
    joint: NDArray[np.bool_] = (found == split.wrong) & (np.array(fits) | (split.wrong < 0))
    return joint


def _network(table: NDArray[np.float32], hidden: int) -> Any:
    import torch
    from torch import nn

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.read = lstm(table, hidden)
            self.locate = nn.Linear(2 * hidden, 1)
            self.mend = nn.Linear(4 * hidden, 1)

        def forward(self, rows: torch.Tensor, lengths: torch.Tensor, own: torch.Tensor) -> Any:
            """own: the candidates, shape (texts, most), filled up with 0. Returns their states."""
            states = self.read(rows, lengths).states
            return states.gather(1, own[:, :, None].expand(-1, -1, states.shape[2]))

        def repairs(self, at: torch.Tensor, wrong: torch.Tensor) -> torch.Tensor:
            """Scores of all candidates to stand where the wrong one does, (texts, most)."""
            there = at[torch.arange(len(at)), wrong][:, None]
            scores: torch.Tensor = self.mend(torch.cat([at, at * there], dim=2))[:, :, 0]
            return scores

    return Network()


def _train(network: Any, train: _Split, held: _Split, epochs: int, setting: Setting) -> None:
    def loss(batch: Ints) -> torch.Tensor:
        return _loss(network, train, batch)

    def score() -> float:
        return float(_joint(held, *_answers(network, held)).mean())

    lengths = [len(text) for text in train.texts]
    best_epoch(network, lengths, loss, score, epochs, setting.generator("batches"))


def _states(network: Any, split: _Split, batch: Ints) -> tuple[torch.Tensor, torch.Tensor]:
    """The states at the candidates of some functions, and which of them are none."""
    own, sizes = padded([split.candidates[i] for i in batch])
    import torch

    at = network(*padded([split.texts[i] for i in batch]), own)
    return at, torch.arange(own.shape[1])[None] >= sizes[:, None]


def _loss(network: Any, split: _Split, batch: Ints) -> torch.Tensor:
    import torch

    at, none = _states(network, split, batch)
    scores = network.locate(at)[:, :, 0].masked_fill(none, -torch.inf)
    nothing = torch.zeros(len(batch), 1)
    wrong = torch.from_numpy(split.wrong[batch])
    gold = torch.where(wrong >= 0, wrong + 1, 0)
    loss = torch.nn.functional.cross_entropy(torch.cat([nothing, scores], dim=1), gold)
    buggy = wrong >= 0
    if buggy.any():
        mends = network.repairs(at, wrong.clamp(min=0)).masked_fill(none, -torch.inf)
        right = torch.zeros_like(none)
        for row, place in enumerate(batch.tolist()):
            right[row, : len(split.right[place])] = torch.from_numpy(split.right[place])
        shares = mends.log_softmax(dim=1).masked_fill(~right, -torch.inf)[buggy]
        loss = loss - shares.logsumexp(dim=1).mean()
    return loss


def _answers(network: Any, split: _Split) -> tuple[Ints, Ints]:
    """Of each function the candidate that is wrong, -1 for none, and the one that belongs there."""
    import torch

    found = np.full(len(split), -1, dtype=np.int64)
    mended = np.zeros(len(split), dtype=np.int64)
    with torch.no_grad():
        for batch in batches([len(text) for text in split.texts], None):
            at, none = _states(network, split, batch)
            scores = network.locate(at)[:, :, 0].masked_fill(none, -torch.inf)
            best, place = scores.max(dim=1)
            found[batch] = torch.where(best > 0, place, -1).numpy()
            mends = network.repairs(at, place).masked_fill(none, -torch.inf)
            mended[batch] = mends.argmax(dim=1).numpy()
    return found, mended
