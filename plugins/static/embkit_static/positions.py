"""Self Positioning: how much each encoder counts in a merge, learnt on a few pairs of texts.

Source: after Li et al. 2024, "Improving General Text Embedding Model: Tackling Task Conflict and
Data Imbalance through Model Merging" (arXiv 2410.15035): a search by stochastic gradients in the
space that the task vectors span, in which nothing is learnt but a number for each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from embkit.errors import EmbkitError, InvalidData

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Found", "Probe", "Search", "Space", "find_weights", "probe_loss", "read_probes"]

Progress = Callable[[str, int, int], None]


class Probe(NamedTuple):
    """A text, one that means the same, and any number that do not."""

    query: str
    positive: str
    negatives: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Search:
    """How weights are searched for.

    temperature: what cosines are divided by. pull: how strongly weights are drawn to equal ones,
    times the sum of their squared distances. max_tokens: most pieces of a text that are read.
    """

    steps: int = 100
    batch: int = 32
    lr: float = 0.02
    temperature: float = 0.05
    pull: float = 0.1
    max_tokens: int = 256
    seed: int = 0


class Found(NamedTuple):
    """Weights of the models behind the base; before, after: loss on all probes, without the pull,
    with equal weights and with these."""

    weights: list[float]
    before: float
    after: float


def read_probes(path: Path) -> list[Probe]:
    """Probes of a file: a query, a tab, a text that means the same; then texts that do not.

    Raises InvalidData, naming the line, for one that is no probe, and for fewer than two.
    """
    found = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidData(f"cannot be read as text ({error})", path=path) from error
    for number, line in enumerate(lines, start=1):
        cells = line.split("\t")
        if len(cells) < 2 or not all(map(str.strip, cells)):
            raise InvalidData(
                f"expected a query, a tab and a text that means the same, got {line[:60]!r}",
                path=path,
                line=number,
            )
        found.append(Probe(cells[0], cells[1], cells[2:]))
    if len(found) < 2:
        raise InvalidData(
            f"holds {len(found)} probe; two are needed, for one is told from the others", path=path
        )
    return found


def probe_loss(queries: Tensor, candidates: Tensor, temperature: float) -> Tensor:
    """Mean cross-entropy of finding candidate i for query i by cosine, a tensor of one number.

    queries: shape (n, dim); candidates: shape (n or more, dim), those behind the n-th are wrong for
    every query. Source: InfoNCE, van den Oord et al. 2018.
    """
    import torch
    from torch.nn import functional

    scores = functional.normalize(queries) @ functional.normalize(candidates).T / temperature
    right = torch.arange(len(queries), device=scores.device)
    return functional.cross_entropy(scores, right)


def find_weights(
    folders: Sequence[Path],
    probes: Sequence[Probe],
    search: Search,
    *,
    device: str = "cpu",
    progress: Progress = lambda stage, done, total: None,
) -> Found:
    """The weights w that make base + Σ w (model - base) tell the probes best.

    folders: of encoders of one architecture, the base first; all are in memory. Learnt by Adam,
    from equal weights that add up to one; with the same seed and device the same weights come.
    Raises EmbkitError where the loss is not finite.
    """
    import torch

    space = Space(folders, device, search)
    count = len(folders) - 1
    equal = torch.full((count,), 1 / count, device=space.device)
    weights = equal.clone().requires_grad_(True)
    before = space.whole_loss(equal, probes)
    optimiser = torch.optim.Adam([weights], lr=search.lr)
    draw = np.random.default_rng(search.seed)
    order: list[int] = []
    for step in range(search.steps):
        progress("searching", step, search.steps)
        if len(order) < 2:
            order = draw.permutation(len(probes)).tolist()
        batch, order = order[: search.batch], order[search.batch :]
        loss = space.loss(weights, [probes[i] for i in batch])
        loss = loss + search.pull * ((weights - equal) ** 2).sum()
        (weights.grad,) = torch.autograd.grad(loss, [weights])
        if not torch.isfinite(loss):
            raise EmbkitError(f"the search went astray at step {step}; take a lower lr")
        optimiser.step()
    found = weights.detach()
    return Found([round(w, 6) for w in found.tolist()], before, space.whole_loss(found, probes))


class Space:
    """The encoders base + Σ w (model - base), as functions of the weights w.

    folders: the base first; all of them are in memory.
    """

    def __init__(self, folders: Sequence[Path], device: str, search: Search) -> None:
        from embkit.languages import default_language
        from embkit.records import Request
        from embkit_contextual import open_encoder
        from embkit_contextual.folder import read_folder
        from embkit_contextual.pooling import Pooling, pooling_of

        request = Request(language=default_language("und"), device=device)
        base = open_encoder(str(folders[0]), request)
        self._model, self._tokenizer, self._search = base.model, base.tokenizer, search
        self._base = dict(base.model.state_dict())
        self._steps: dict[str, Tensor] = {}
        import torch

        others = [open_encoder(str(path), request).model.state_dict() for path in folders[1:]]
        for name, tensor in self._base.items():
            if tensor.is_floating_point():
                self._steps[name] = torch.stack([other[name] - tensor for other in others])
        modules = read_folder(folders[0]).modules
        behind = modules and modules[0].kind == "Pooling"
        self._pooling = pooling_of(modules[0]) if behind else Pooling(["mean"])
        self.device = next(iter(self._base.values())).device

    def _parameters(self, weights: Tensor) -> Mapping[str, Tensor]:
        import torch

        moved = {
            name: self._base[name] + torch.tensordot(weights, steps, dims=1)
            for name, steps in self._steps.items()
        }
        return self._base | moved

    def _vectors(self, parameters: Mapping[str, Tensor], texts: Sequence[str]) -> Tensor:
        from torch.func import functional_call

        given: Any = self._tokenizer(
            list(texts), padding=True, truncation=True, max_length=self._search.max_tokens,
            padding_side="right", return_tensors="pt",
        ).to(self.device)  # fmt: skip
        states = functional_call(self._model, dict(parameters), (), dict(given))
        return self._pooling(states.last_hidden_state, given["attention_mask"].bool(), 0)

    def loss(self, weights: Tensor, probes: Sequence[Probe]) -> Tensor:
        """`probe_loss` of some probes, each told from all others' texts; differentiable."""
        parameters = self._parameters(weights)
        wrong = [text for probe in probes for text in probe.negatives]
        queries = self._vectors(parameters, [probe.query for probe in probes])
        candidates = self._vectors(parameters, [*(probe.positive for probe in probes), *wrong])
        return probe_loss(queries, candidates, self._search.temperature)

    def whole_loss(self, weights: Tensor, probes: Sequence[Probe]) -> float:
        """Mean loss over all probes, in batches of their order."""
        import torch

        size = self._search.batch
        parts = [probes[start : start + size] for start in range(0, len(probes), size)]
        if len(parts) > 1 and len(parts[-1]) == 1:  # one alone is told from nothing
            parts[-2:] = [[*parts[-2], *parts[-1]]]
        with torch.no_grad():
            losses = [float(self.loss(weights, part)) * len(part) for part in parts]
        return sum(losses) / len(probes)
