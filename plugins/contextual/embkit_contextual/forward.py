"""Batches of pieces through the layers of a model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from embkit.errors import EmbkitError, InvalidRequest

from embkit_contextual.batching import Run, batches, padded
from embkit_contextual.shaping import reads_padding

if TYPE_CHECKING:
    import torch
    from torch import Tensor
    from transformers import PreTrainedModel

    from embkit_contextual.exporting import Graphs

__all__ = ["Forward", "hidden", "pick_layer"]

_BUDGET = {"cpu": 4096, "cuda": 65_536, "mps": 8192}


class Forward:
    """A model to be called with batches.

    budget: most pieces in a batch. padding: a piece to fill up with. kinds: types of the special
    pieces before a text, of its own and of those behind it, where there are any but 0. graphs: of
    the same model, called in its place.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        device: torch.device,
        *,
        padding: int,
        kinds: tuple[list[int], int, list[int]] | None,
        budget: int = 0,
        graphs: Graphs | None = None,
    ) -> None:
        self.budget = budget or _BUDGET.get(device.type, 4096)
        self._model = model
        self._graphs = graphs
        self._one_length = reads_padding(model, padding)
        self._device = device
        self._padding = padding
        self._top = int(model.config.num_hidden_layers)
        self._kinds = kinds

    def batches(self, runs: Iterable[Run]) -> Iterator[list[Run]]:
        """Runs in batches that the model can be called with."""
        return batches(runs, self.budget, one_length=self._one_length)

    def width(self, layer: str) -> int:
        """How many numbers the vector of a piece has at a layer."""
        if layer == "input":  # ALBERT's rows are shorter than the vectors of its layers
            rows: Any = self._model.get_input_embeddings().weight
            return int(rows.shape[1])
        return int(self._model.config.hidden_size)

    def model_bytes(self, layer: str) -> int:
        """Bytes of the weights that are at hand for a layer, as they are loaded."""
        if self._graphs is not None:
            return self._graphs.model_bytes(layer)
        # Some models keep one table under two names.
        tensors: Any = self._model.state_dict().values()
        return sum({tensor.data_ptr(): tensor.nbytes for tensor in tensors}.values())

    def check(self, layer: str) -> None:
        """Raise InvalidRequest for a layer that the model does not have."""
        if layer not in ("last", "input", "mean"):
            _range(layer, self._top)

    def __call__(
        self, runs: Sequence[Run], layer: str
    ) -> Iterator[tuple[Sequence[Run], Tensor, Tensor]]:
        """Runs with the vectors of their pieces and which of these are read.

        Vectors: float32 of shape (runs, longest, dim). A batch for which the device has no memory
        is halved; EmbkitError where it has none for a single run.
        """
        import torch

        waiting = [runs]
        while waiting:
            batch = waiting.pop()
            try:
                with torch.inference_mode():
                    pieces, read = self._vectors(batch, layer)
            except torch.OutOfMemoryError:
                if len(batch) == 1:
                    raise EmbkitError(
                        f"{self._device} has no memory for a text of {len(batch[0].pieces)} "
                        "pieces; read fewer at once: ?max_tokens=…, with long=window to lose none"
                    ) from None
                half = len(batch) // 2
                waiting += [batch[half:], batch[:half]]
                self.budget = max(self.budget // 2, 1)
                continue
            with torch.inference_mode():
                yield batch, pieces, read

    def _vectors(self, runs: Sequence[Run], layer: str) -> tuple[Tensor, Tensor]:
        import torch

        numbers, are_read = padded(runs, self._padding)
        pieces = torch.from_numpy(numbers).to(self._device)
        read = torch.from_numpy(are_read).to(self._device)
        if layer == "input":
            return self._model.get_input_embeddings()(pieces).float(), read
        given: dict[str, Any] = {"input_ids": pieces, "attention_mask": read.long()}
        if self._kinds is not None:
            before, inside, behind = self._kinds
            given["token_type_ids"] = torch.full_like(pieces, inside)
            for i, run in enumerate(runs):
                given["token_type_ids"][i, : len(before)] = torch.tensor(before)
                end = len(run.pieces)
                given["token_type_ids"][i, end - len(behind) : end] = torch.tensor(behind)
        if self._graphs is not None:
            return self._graphs(given, layer), read
        return hidden(self._model, given, layer), read


def hidden(model: PreTrainedModel, given: Mapping[str, Tensor], layer: str) -> Tensor:
    """The vectors of pieces at a layer, or the mean of some, in float32; given: what the model is
    called with."""
    if layer == "last":
        last: Tensor = model(**given).last_hidden_state
        return last.float()
    return pick_layer(model(**given, output_hidden_states=True).hidden_states, layer)


def pick_layer(states: Sequence[Tensor], layer: str) -> Tensor:
    """A layer, or the mean of some, in float32; states: those of all, that of the input first.

    Raises InvalidRequest for a layer that is not there.
    """
    top = len(states) - 1
    if layer == "mean":
        first, last = 1, top
    else:
        first, last = _range(layer, top)
    total = states[first].float()
    for state in states[first + 1 : last + 1]:
        total = total + state.float()
    return total / (last - first + 1)


def _range(layer: str, top: int) -> tuple[int, int]:
    begin, dash, end = layer.partition("-") if not layer.startswith("-") else (layer, "", "")
    first = int(begin) if int(begin) >= 0 else top + 1 + int(begin)
    last = int(end) if dash else first
    if not 0 <= first <= last <= top:
        raise InvalidRequest(
            f"there is no layer '{layer}': the model has 0 to {top}, or -1 to -{top + 1}, and a "
            "range begins with the lower one"
        )
    return first, last
