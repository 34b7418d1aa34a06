"""From the vectors of pieces to one of their text, and what modules make of that.

The modules of sentence-transformers, in a few lines each; its own package is not needed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from embkit.errors import InvalidData

from embkit_contextual.folder import Module, refuse, weights_in

if TYPE_CHECKING:
    import torch
    from torch import Tensor

__all__ = ["Pooling", "after_pooling", "pooling_of"]

# By the names that sentence-transformers has had for them.
_MODES = ("cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken")
_OLD_MODES = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
_OURS = {"last-token": "lasttoken", "weighted-mean": "weightedmean"}


class Pooling:
    """A pooling; modes: those whose vectors stand side by side. with_prompt: whether its pieces
    count as well."""

    def __init__(self, modes: Sequence[str], *, with_prompt: bool = True) -> None:
        self.modes = tuple(_OURS.get(mode, mode) for mode in modes)
        self.with_prompt = with_prompt

    def __call__(self, pieces: Tensor, read: Tensor, prompt: int) -> Tensor:
        """Vectors of shape (texts, len(modes) * dim).

        pieces: shape (texts, length, dim); read: bool of shape (texts, length), filled from the
        left; prompt: how many pieces stand before each text, the special ones included.
        """
        import torch

        places = torch.arange(1, read.shape[1] + 1, device=read.device)
        counts = read.sum(dim=1)
        counted = read
        if prompt and not self.with_prompt:
            counted = read & (places > prompt)
        weights = counted.to(pieces.dtype)
        rows = torch.arange(len(pieces), device=read.device)
        found = []
        for mode in self.modes:
            match mode:
                case "cls":
                    found.append(pieces[rows, counted.int().argmax(dim=1)])
                case "lasttoken":
                    found.append(pieces[rows, counts - 1])
                case "max":
                    hidden = pieces.masked_fill(~counted[..., None], float("-inf"))
                    found.append(hidden.amax(dim=1))
                case "weightedmean":
                    found.append(_mean(pieces, weights * places.to(pieces.dtype)))
                case "mean":
                    found.append(_mean(pieces, weights))
                case "mean_sqrt_len_tokens":
                    roots = weights.sum(dim=1, keepdim=True).sqrt()
                    found.append(_mean(pieces, weights) * roots)
        return torch.cat(found, dim=1)


def _mean(pieces: Tensor, weights: Tensor) -> Tensor:
    total = weights.sum(dim=1, keepdim=True).clamp(min=1e-9)
    mean: Tensor = (weights[:, None, :] @ pieces)[:, 0] / total
    return mean


def pooling_of(module: Module) -> Pooling:
    """The pooling that a module describes; raises InvalidData for one that is not known."""
    said = module.settings.get("pooling_mode")
    if said is None:
        modes = [mode for name, mode in _OLD_MODES.items() if module.settings.get(name)]
    else:
        modes = [said] if isinstance(said, str) else list(said)
    for mode in modes:
        if mode not in _MODES:
            refuse(module.folder, f"pools by {str(mode)[:80]!r}, which is not known")
    return Pooling(
        modes or ["mean"], with_prompt=module.settings.get("include_prompt", True) is True
    )


def after_pooling(
    modules: Sequence[Module], device: torch.device
) -> list[Callable[[Tensor], Tensor]]:
    """What is done to the vectors of texts behind the pooling, in order.

    Raises InvalidData for a module whose settings or weights are not what they should be.
    """
    import torch

    made: list[Callable[[Tensor], Tensor]] = []
    for module in modules:
        if module.kind == "Normalize":
            made.append(lambda vectors: torch.nn.functional.normalize(vectors, p=2, dim=1))
        elif module.kind == "Dense":
            made.append(_dense(module, device))
        elif module.kind == "LayerNorm":
            made.append(_layer_norm(module, device))
    return made


def _dense(module: Module, device: torch.device) -> Callable[[Tensor], Tensor]:
    import torch

    if module.settings.get("use_residual"):
        refuse(module.folder, "is a Dense with a residual, which is not read")
    activation = _activation(module)
    tensors = _tensors(module, ["linear.weight"], ["linear.bias"], device)
    weight, bias = tensors["linear.weight"], tensors.get("linear.bias")

    def dense(vectors: Tensor) -> Tensor:
        return activation(torch.nn.functional.linear(vectors, weight, bias))

    return dense


def _activation(module: Module) -> Callable[[Tensor], Tensor]:
    """An activation by its name, `torch.nn.modules.activation.Tanh`; nothing else is imported."""
    from torch.nn.modules import activation as activations

    said = str(module.settings.get("activation_function", "torch.nn.modules.activation.Tanh"))
    home, _, name = said.rpartition(".")
    if name == "Identity":
        return lambda vectors: vectors
    kind = getattr(activations, name, None)
    if not (
        home in ("torch.nn", "torch.nn.modules.activation")
        and name in activations.__all__
        and isinstance(kind, type)
    ):
        refuse(module.folder, f"has the activation {said[:120]!r}, which is none of torch.nn")
    made: torch.nn.Module = kind()
    return made


def _layer_norm(module: Module, device: torch.device) -> Callable[[Tensor], Tensor]:
    import torch

    tensors = _tensors(module, ["norm.weight", "norm.bias"], [], device)
    weight, bias = tensors["norm.weight"], tensors["norm.bias"]
    return lambda vectors: torch.nn.functional.layer_norm(vectors, weight.shape, weight, bias)


def _tensors(
    module: Module, needed: Sequence[str], possible: Sequence[str], device: torch.device
) -> Mapping[str, Tensor]:
    """The weights of a module, in float32; raises InvalidData for others than it should have."""
    (path,) = weights_in(module.folder)
    found = _read(path)
    if set(needed) - set(found) or set(found) - {*needed, *possible}:
        held = ", ".join(sorted(map(str, found)))[:120] or "nothing"
        refuse(path, f"holds {held}, expected {', '.join(needed)}")
    return {name: tensor.to(device=device).float() for name, tensor in found.items()}


def _read(path: Any) -> dict[str, Tensor]:
    import pickle

    import torch
    from safetensors import SafetensorError

    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(path)
        loaded: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
        return loaded
    except (OSError, RuntimeError, SafetensorError, pickle.UnpicklingError) as error:
        raise InvalidData("cannot be read as weights; fetch or copy it again", path=path) from error
