"""Linear layers in whole numbers: weights of 8 bits, and what is multiplied with them as well.

A row of what comes in is scaled by its own largest number, not by that of the batch: what a text
gets depends on that text alone.
"""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["IntegerLinear", "quantise"]

_MOST = 127
_FEWEST = 32  # rows that CUDA wants of whole numbers


class IntegerLinear(torch.nn.Module):
    """A linear layer of float32 in and out. weight: int8 of shape (in, out), scaled by column."""

    weight: Tensor
    scale: Tensor

    def __init__(self, linear: torch.nn.Linear) -> None:
        super().__init__()
        weight = linear.weight.detach().float()
        scale = weight.abs().amax(dim=1).clamp(min=1e-12) / _MOST
        rounded = (weight / scale[:, None]).round().to(torch.int8)
        self.register_buffer("weight", rounded.t().contiguous())
        self.register_buffer("scale", scale)
        self.bias = linear.bias
        self.in_features, self.out_features = linear.in_features, linear.out_features

    def forward(self, given: Tensor) -> Tensor:
        rows = given.reshape(-1, self.in_features).float()
        scale = rows.abs().amax(dim=1, keepdim=True).clamp(min=1e-12) / _MOST
        products = _products((rows / scale).round(), self.weight) * (scale * self.scale)
        if self.bias is not None:
            products = products + self.bias
        return products.view(*given.shape[:-1], self.out_features)


def _products(rows: Tensor, weight: Tensor) -> Tensor:
    """Whole numbers times whole numbers, float32; rows hold theirs as float32.

    Without instructions for it, a product of 8 bits takes a processor fifty times as long as one
    of float32, which is as exact up to sums of 2**24.
    """
    fast = rows.device.type == "cuda" or (
        rows.device.type == "cpu" and torch.cpu._is_vnni_supported()
    )
    if not fast or any(size % 8 for size in weight.shape):
        return rows @ weight.float()
    count = len(rows)
    if count < _FEWEST:
        rows = torch.nn.functional.pad(rows, (0, 0, 0, _FEWEST - count))
    return torch._int_mm(rows.to(torch.int8), weight)[:count].float()


def quantise(model: torch.nn.Module) -> int:
    """Replace the linear layers of a model; how many there were."""
    count = 0
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if type(child) is torch.nn.Linear:
                setattr(parent, name, IntegerLinear(child))
                count += 1
    return count
