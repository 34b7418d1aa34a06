"""What options make of a model: fewer layers, another temperature, attention both ways."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from embkit.errors import InvalidRequest

from embkit_contextual.options import Settings

if TYPE_CHECKING:
    from transformers import PreTrainedModel

__all__ = ["is_causal", "reads_padding", "shape_model"]


def shape_model(model: PreTrainedModel, settings: Settings) -> None:
    """Change a model as the options say; raises InvalidRequest for one that does not allow it."""
    if settings.layers:
        _keep_layers(model, settings.layers)
    if settings.temperature != 1:
        _divide_attention(model, settings.temperature)
    if settings.bidirectional:
        _look_both_ways(model)


def _kind(model: PreTrainedModel) -> str:
    return f"a model of type '{model.config.model_type}'"


def _keep_layers(model: PreTrainedModel, count: int) -> None:
    import torch

    have = int(model.config.num_hidden_layers)
    if count > have:
        raise InvalidRequest(f"'layers' is {count}; the model has {have}")
    stacks = [
        name
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.ModuleList) and len(module) == have
    ]
    if not stacks:  # ALBERT runs one layer many times
        raise InvalidRequest(f"{_kind(model)} has no layers that could be left out one by one")
    parent, _, name = stacks[0].rpartition(".")
    layers = list(model.get_submodule(stacks[0]))[:count]  # type: ignore[call-overload]
    setattr(model.get_submodule(parent), name, torch.nn.ModuleList(layers))
    model.config.num_hidden_layers = count


def _divide_attention(model: PreTrainedModel, temperature: float) -> None:
    """TempScale: what goes into the softmax of attention is divided (Zhou et al. 2024)."""
    found: list[Any] = [
        module
        for module in model.modules()
        if "Attention" in type(module).__name__ and isinstance(getattr(module, "scaling", 0), float)
    ]
    if not found:
        raise InvalidRequest(f"{_kind(model)} does not let its attention have a 'temperature'")
    for module in found:
        module.scaling = module.scaling / temperature


def _look_both_ways(model: PreTrainedModel) -> None:
    if not is_causal(model):
        raise InvalidRequest(
            f"{_kind(model)} sees what stands behind a piece as it is; leave out 'bidirectional'"
        )
    # The first is read where masks are made, the second where there is none to make.
    model.config.is_causal = False
    modules: Iterable[Any] = model.modules()
    for module in modules:
        if hasattr(module, "is_causal"):
            module.is_causal = False
    if is_causal(model):
        raise InvalidRequest(f"{_kind(model)} cannot be made 'bidirectional'")


def is_causal(model: PreTrainedModel) -> bool:
    """Whether the vector of a piece stays the same when another one stands behind it: tried."""
    import torch

    rows: Any = model.get_input_embeddings().weight
    texts = torch.tensor([[1, 2, 3, 4], [1, 2, 3, 5]], device=model.device) % len(rows)
    # All are read, as in a batch without padding; then with it: each makes a mask of its own.
    for read in ([[1, 1, 1, 1]] * 2, [[1, 1, 1, 1], [1, 1, 1, 0]]):
        mask = torch.tensor(read, device=model.device)
        with torch.inference_mode():
            first, second = model(input_ids=texts, attention_mask=mask).last_hidden_state[:, 0]
        if torch.allclose(first.float(), second.float(), rtol=0, atol=1e-6):
            return True
    return False


def reads_padding(model: PreTrainedModel, padding: int) -> bool:
    """Whether what fills up a batch changes the vectors of a text, mask or not: tried.

    It does where a convolution runs over pieces, as in ConvBERT.
    """
    import torch

    rows: Any = model.get_input_embeddings().weight
    text = torch.tensor([[1, 2, 3, 4]], device=model.device) % len(rows)
    text = torch.where(text == padding, (padding + 5) % len(rows), text)
    filled = torch.nn.functional.pad(text, (0, 4), value=padding)
    read = torch.nn.functional.pad(torch.ones_like(text), (0, 4))
    with torch.inference_mode():
        alone = model(input_ids=text, attention_mask=torch.ones_like(text)).last_hidden_state
        beside = model(input_ids=filled, attention_mask=read).last_hidden_state[:, :4]
    most = 1e-3 if alone.dtype == torch.float32 else 0.05
    return bool((alone - beside).float().abs().max() > most * alone.float().abs().max())
