"""Encoders of one architecture merged into one: their weights added up, tensor by tensor."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from embkit.errors import InvalidData, InvalidRequest

from embkit_static.weights import Weights, write_weights

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["check_weights", "merge_into", "shares"]

_NOT_COPIED = (".safetensors", ".safetensors.index.json", ".bin", ".md", ".h5", ".msgpack", ".onnx")


def check_weights(weights: Sequence[float], count: int) -> list[float]:
    """One weight a model; raises InvalidRequest for another number of them.

    Without any, each counts the same and they add up to one.
    """
    if not weights:
        return [1 / count] * count
    if len(weights) != count:
        raise InvalidRequest(f"expected a weight for each of {count} models, got {len(weights)}")
    return list(weights)


def shares(weights: Sequence[float], *, base: bool) -> list[float]:
    """What each model counts in the sum, the base first where there is one.

    base + Σ w (model - base) is a sum in which the base counts 1 - Σ w.
    """
    return [1 - sum(weights), *weights] if base else list(weights)


def merge_into(
    models: Sequence[Weights],
    counts: Sequence[float],
    folder: Path,
    advance: Callable[[int], None] = lambda count: None,
) -> None:
    """Fill a folder with the sum of models, each times what it counts.

    Sums are made in float32 and stored as the first model stores them; tensors of whole numbers
    must be the same in all. All other files are those of the first. advance: told how many tensors
    were written. Raises InvalidData for a sum that is not finite, or whole numbers that differ.
    """
    first = models[0]
    for path in sorted(first.folder.rglob("*")):
        inside = path.relative_to(first.folder)
        kept = not any(part.startswith(".") for part in inside.parts)
        if path.is_file() and kept and not path.name.endswith(_NOT_COPIED):
            (folder / inside).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, folder / inside)
    for part, places in first.parts.items():
        (folder / part).mkdir(parents=True, exist_ok=True)
        described = {name: (place.kind, place.shape) for name, place in places.items()}

        def values(part: str = part, names: Sequence[str] = tuple(places)) -> Iterator[Tensor]:
            for name in names:
                yield _sum(models, counts, part, name)
                advance(1)

        write_weights(folder / part / "model.safetensors", described, values())


def _sum(models: Sequence[Weights], counts: Sequence[float], part: str, name: str) -> Tensor:
    import torch

    first = models[0].tensor(part, name)
    if not first.is_floating_point():
        for other in models[1:]:
            if not torch.equal(first, other.tensor(part, name)):
                raise InvalidData(
                    f"holds other whole numbers under '{name}' than '{models[0].folder}', which "
                    "cannot be averaged",
                    path=other.folder,
                )
        return first
    total = first.float() * counts[0]
    for other, count in zip(models[1:], counts[1:], strict=True):
        total += other.tensor(part, name).float() * count
    total = total.to(first.dtype)
    if not torch.isfinite(total).all():
        raise InvalidData(f"'{name}' would not be finite; take smaller weights", path=None)
    return total
