"""What a bidirectional LSTM tells of functions, trained on the vectors of their tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from embkit.errors import InvalidRequest
from embkit.evaluators.probing import Items
from embkit.predictions import Predictions
from embkit.records import Setting
from embkit.vectors import Vectors
from numpy.typing import NDArray

from embkit_code.reading import Tokens, batches, best_epoch, lstm, padded, seeded
from embkit_code.shapes import Sequenced
from embkit_code.telling import rows_of

if TYPE_CHECKING:
    import torch

__all__ = ["options_of", "predict"]

Ints = NDArray[np.int64]


def options_of(setting: Setting) -> tuple[int, int]:
    """Units of an LSTM and epochs; raises InvalidRequest for fewer than one."""
    for name in ("hidden", "epochs"):
        if setting.options[name] < 1:
            raise InvalidRequest(f"{name} must be 1 or more; got {setting.options[name]}")
    return setting.options["hidden"], setting.options["epochs"]


def predict(dataset: Sequenced, vectors: Vectors, setting: Setting) -> Predictions:
    """The label of each test function by a BiLSTM over the vectors of its tokens.

    The vectors stay as they are; trained are a linear layer that narrows them, an LSTM each way
    with as many units as the option `hidden` says, and a linear layer on the mean and the maximum
    of their states. Of `epochs` epochs the one counts that is most accurate on the validation
    files, or on a fifth of train where there are none. A function without a vector is left out of
    train, and gets no label in test; a token without one is a vector of zeros.
    """
    hidden, epochs = options_of(setting)
    items = Items.of(dataset)
    tokens = Tokens.of(vectors, dataset.needed_sentences)
    train, valid, test = _places(items, tokens.known, setting)
    predicted = np.full(items.sizes[2], -1, dtype=np.int64)
    if len(test) and len(set(items.codes[train].tolist())) > 1:
        with seeded(setting.seed_for("bilstm")):
            network = _network(tokens.table, hidden, len(items.names))
            _train(network, tokens.texts, items.codes, train, valid, epochs, setting)
            predicted[test - items.test.start] = _answers(network, tokens.texts, test)
    return rows_of(dataset, items, predicted, tokens.known[items.test])


def _places(items: Items, known: NDArray[np.bool_], setting: Setting) -> tuple[Ints, Ints, Ints]:
    """The positions of what is trained on, chosen by and tested on."""
    start, end = items.sizes[0], items.test.start
    train, valid = np.flatnonzero(known[:start]), start + np.flatnonzero(known[start:end])
    if not len(valid):
        pairs = setting.generator("held out").permutation((len(train) + 1) // 2)
        held = np.isin(np.arange(len(train)) // 2, pairs[: max(1, len(pairs) // 5)])
        train, valid = train[~held], train[held]
    return train, valid, end + np.flatnonzero(known[end:])


def _network(table: NDArray[np.float32], hidden: int, classes: int) -> Any:
    import torch
    from torch import nn

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.read = lstm(table, hidden)
            self.drop = nn.Dropout(self.read.drop.p)
            self.tell = nn.Linear(4 * hidden, classes)

        def forward(self, rows: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
            read = self.read(rows, lengths)
            mean = read.states.sum(dim=1) / lengths[:, None]
            most = read.states.masked_fill(~read.there[:, :, None], -torch.inf).amax(dim=1)
            scores: torch.Tensor = self.tell(self.drop(torch.cat([mean, most], dim=1)))
            return scores

    return Network()


def _train(
    network: Any,
    texts: Sequence[Ints],
    codes: Ints,
    train: Ints,
    valid: Ints,
    epochs: int,
    setting: Setting,
) -> None:
    import torch

    def loss(batch: Ints) -> torch.Tensor:
        scores = network(*padded([texts[i] for i in train[batch]]))
        return torch.nn.functional.cross_entropy(scores, torch.from_numpy(codes[train[batch]]))

    def accuracy() -> float:
        return float((_answers(network, texts, valid) == codes[valid]).mean())

    lengths = [len(texts[i]) for i in train]
    best_epoch(network, lengths, loss, accuracy, epochs, setting.generator("batches"))


def _answers(network: Any, texts: Sequence[Ints], places: Ints) -> Ints:
    """The class of the texts at some places."""
    import torch

    found = np.zeros(len(places), dtype=np.int64)
    with torch.no_grad():
        for batch in batches([len(texts[i]) for i in places], None):
            scores = network(*padded([texts[i] for i in places[batch]]))
            found[batch] = scores.argmax(dim=1).numpy()
    return found
