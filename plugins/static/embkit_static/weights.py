"""The weights of folders of encoders: read side by side, held against each other, written anew."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from embkit.errors import InvalidData, InvalidRequest

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Weights", "check_alike", "read_weights", "write_weights"]

# What makes another function of the same weights.
_DECIDING = (
    "model_type", "hidden_act", "hidden_activation", "num_attention_heads", "num_key_value_heads",
    "position_embedding_type", "rope_theta", "layer_norm_eps", "rms_norm_eps",
)  # fmt: skip
_TOKENIZER = (
    "tokenizer.json", "vocab.txt", "vocab.json", "merges.txt", "spiece.model", "tokenizer.model",
    "sentencepiece.bpe.model",
)  # fmt: skip
_BYTES = {
    "F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1,
    "BOOL": 1,
}  # fmt: skip


class _Place(NamedTuple):
    """Where a tensor is; kind: its dtype as the file names it."""

    file: Path
    kind: str
    shape: tuple[int, ...]


class Weights:
    """The tensors of a folder; parts: by the path of each folder inside it, and there by name.

    sentence-transformers keeps the layers behind the pooling in folders of their own.
    """

    def __init__(self, folder: Path, parts: Mapping[str, Mapping[str, _Place]]) -> None:
        self.folder = folder
        self.parts = parts

    def tensor(self, part: str, name: str) -> Tensor:
        from safetensors import safe_open

        with safe_open(self.parts[part][name].file, framework="pt") as file:
            found: Tensor = file.get_tensor(name)
        return found


def read_weights(folder: Path) -> Weights:
    """The weights of a folder of safetensors.

    Raises InvalidData where there are none, or a file is not what it claims to be.
    """
    from safetensors import SafetensorError, safe_open

    if not (folder / "config.json").is_file():
        raise InvalidData("has no config.json, expected the folder of an encoder", path=folder)
    parts: dict[str, dict[str, _Place]] = {}
    for path in sorted(folder.rglob("*.safetensors")):
        inside = path.parent.relative_to(folder)
        if any(name.startswith(".") for name in inside.parts):
            continue
        tensors = parts.setdefault(inside.as_posix(), {})
        try:
            with safe_open(path, framework="pt") as file:
                for name in file.keys():  # noqa: SIM118  it is no mapping
                    if name.endswith("position_ids"):
                        continue  # no weights: older versions of transformers saved them
                    piece = file.get_slice(name)
                    if name in tensors:
                        raise InvalidData(f"holds '{name}', as {tensors[name].file}", path=path)
                    tensors[name] = _Place(path, piece.get_dtype(), tuple(piece.get_shape()))
        except (SafetensorError, OSError) as error:
            raise InvalidData(
                f"cannot be read as safetensors ({error}); fetch or copy it again", path=path
            ) from error
    if not parts.get("."):
        raise InvalidData("has no .safetensors; save the model as safetensors first", path=folder)
    return Weights(folder, parts)


def check_alike(models: Sequence[Weights]) -> None:
    """Raise InvalidRequest for models that are not of one architecture and one tokenizer.

    Held against the first: the names and shapes of all tensors, what config.json says of how they
    are used, and the files of the tokenizer less what they say of padding and truncation.
    """
    first = models[0]
    for other in models[1:]:
        for part in sorted({*first.parts, *other.parts}):
            ours, theirs = first.parts.get(part, {}), other.parts.get(part, {})
            for one, two, lacking in ((ours, theirs, other), (theirs, ours, first)):
                missing = sorted(one.keys() - two.keys())
                if missing:
                    raise InvalidRequest(
                        f"'{lacking.folder}' lacks {len(missing):,} tensors, such as "
                        f"'{missing[0]}', that the other has: only models of one architecture are "
                        "merged"
                    )
            for name, place in ours.items():
                if place.shape != theirs[name].shape:
                    raise InvalidRequest(
                        f"'{name}' has shape {place.shape} in '{first.folder}' and "
                        f"{theirs[name].shape} in '{other.folder}': only models of one "
                        "architecture and vocabulary are merged"
                    )
        _check_config(first.folder, other.folder)
        _check_tokenizer(first.folder, other.folder)


def _object(path: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise InvalidData(f"is no JSON ({error}); fetch or copy it again", path=path) from None
    if not isinstance(content, dict):
        raise InvalidData("holds no settings", path=path)
    return content


def _check_config(first: Path, other: Path) -> None:
    ours, theirs = (_object(folder / "config.json") for folder in (first, other))
    for name in _DECIDING:
        if ours.get(name) != theirs.get(name):
            raise InvalidRequest(
                f"{name} is {ours.get(name)!r} in '{first}' and {theirs.get(name)!r} in "
                f"'{other}': only models of one architecture are merged"
            )


def _check_tokenizer(first: Path, other: Path) -> None:
    found = 0
    for name in _TOKENIZER:
        pair = [folder / name for folder in (first, other)]
        # One of several files is enough: who saved a model last wrote the others or did not.
        if not all(path.is_file() for path in pair):
            continue
        found += 1
        if name == "tokenizer.json":
            ours, theirs = (dict(_object(path)) for path in pair)
            for settings in (ours, theirs):
                settings.pop("padding", None)
                settings.pop("truncation", None)
            same = ours == theirs
        else:
            same = pair[0].read_bytes() == pair[1].read_bytes()
        if not same:
            raise InvalidRequest(
                f"{name} is not the same in '{first}' and '{other}': the same row would stand for "
                "two pieces"
            )
    if not found:
        raise InvalidRequest(
            f"'{first}' and '{other}' have no file of a tokenizer in common, so nobody can tell "
            "whether their rows stand for the same pieces"
        )


def write_weights(
    path: Path, tensors: Mapping[str, tuple[str, tuple[int, ...]]], values: Iterable[Tensor]
) -> None:
    """Write a safetensors file tensor by tensor, so that only one is in memory.

    tensors: dtype, as the format names it, and shape of each; values: in the same order.
    """
    with open(path, "wb") as file:
        file.write(_header(tensors))
        for value in values:
            file.write(_raw(value))


def _raw(value: Tensor) -> bytes:
    import torch

    # numpy has no bfloat16: the bytes are the same.
    data: bytes = value.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
    return data


def _header(tensors: Mapping[str, tuple[str, tuple[int, ...]]]) -> bytes:
    """What stands before the arrays; transformers wants to be told that they are torch's."""
    described: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    for name, start, (kind, shape, end) in _offsets(tensors):
        described[name] = {"dtype": kind, "shape": shape, "data_offsets": [start, end]}
    content = json.dumps(described, separators=(",", ":")).encode()
    content += b" " * (-len(content) % 8)
    return struct.pack("<Q", len(content)) + content


def _offsets(
    tensors: Mapping[str, tuple[str, tuple[int, ...]]],
) -> Iterator[tuple[str, int, tuple[str, tuple[int, ...], int]]]:
    from math import prod

    place = 0
    for name, (kind, shape) in tensors.items():
        end = place + prod(shape) * _BYTES[kind]
        yield name, place, (kind, shape, end)
        place = end
