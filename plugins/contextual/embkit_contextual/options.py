"""The options of an encoder, and what they amount to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from embkit.errors import InvalidRequest
from embkit.records import Option

__all__ = ["AUTO", "NONE", "OPTIONS", "Settings", "check_layer", "options_with", "settings_of"]

AUTO, NONE = "auto", "none"
POOLINGS = (AUTO, "mean", "cls", "last-token", "max", "weighted-mean")
PIECES = ("first", "mean", "last", "min", "max")
_LAYER = re.compile(r"last|input|mean|-?\d+|\d+-\d+")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The options of a provider, by their names; see `OPTIONS`. device is where tensors are."""

    layer: str = "last"
    pooling: str = AUTO
    prompt: str = AUTO
    query_prompt: str = AUTO
    max_tokens: int = 0
    long: str = "truncate"
    bidirectional: bool = False
    truncate_dim: int = 0
    layers: int = 0
    temperature: float = 1.0
    dtype: str = "float32"
    backend: str = "torch"
    tokens: str = "mean"
    revision: str = ""
    device: str = ""
    batch_tokens: int = 0

    @property
    def changing_vectors(self) -> Mapping[str, Any]:
        """Those that are part of a fingerprint. What a revision changes are the files."""
        kept = asdict(self)
        for name in ("revision", "device", "batch_tokens"):
            del kept[name]
        if self.backend == "torch":  # it was there first: what it made is not made anew
            del kept["backend"]
        return kept


OPTIONS = (
    Option(
        name="layer",
        default="last",
        help="last; input: the rows of the pieces, without a context; mean: of all layers above "
        "it; a number, 0 being what the lowest layer gets and -1 the last; a-b: the mean of those",
    ),
    Option(
        name="pooling",
        default=AUTO,
        help="how the pieces of a text make its vector; auto: as the folder says, else last-token "
        "for a decoder and mean for the others; weighted-mean: later pieces count more",
        choices=POOLINGS,
    ),
    Option(
        name="prompt",
        default=AUTO,
        help="what stands before every text; auto: what the folder says; none: nothing",
    ),
    Option(name="query_prompt", default=AUTO, help="the same before every query"),
    Option(
        name="max_tokens",
        type=int,
        default=0,
        help="most pieces of a text that are read at once, special ones included; 0: as many as "
        "the folder says",
    ),
    Option(
        name="long",
        default="truncate",
        help="what is done with a longer text; truncate: its end is not read, and that is counted; "
        "window: it is read in windows that overlap by a quarter, and their vectors averaged",
        choices=("truncate", "window"),
    ),
    Option(
        name="bidirectional",
        type=bool,
        default=False,
        help="let each piece of a decoder see those behind it",
    ),
    Option(
        name="truncate_dim",
        type=int,
        default=0,
        help="keep so many numbers of each vector, for models trained to be cut (Matryoshka)",
    ),
    Option(
        name="layers",
        type=int,
        default=0,
        help="keep the lowest so many layers, for models trained so (2D Matryoshka); 0: all",
    ),
    Option(
        name="temperature",
        type=float,
        default=1.0,
        help="what attention is divided by before its softmax: below 1 it keeps the vectors of "
        "long texts apart (TempScale)",
    ),
    Option(
        name="dtype",
        default="float32",
        help="what is calculated with; float16 on a GPU only; int8: linear layers in whole numbers",
        choices=("float32", "bfloat16", "float16", "int8"),
    ),
    Option(
        name="backend",
        default="torch",
        help="what calculates; onnx: the model is exported once, and run by onnxruntime, on a CPU",
        choices=("torch", "onnx"),
    ),
    Option(
        name="tokens",
        default="mean",
        help="how the pieces of a word make its vector in a sentence",
        choices=PIECES,
    ),
    Option(name="revision", default="", help="branch, tag or commit of a model of the hub"),
    Option(name="device", default="", help="cpu, cuda, cuda:1, mps; empty: what --device says"),
    Option(
        name="batch_tokens",
        type=int,
        default=0,
        help="pieces that are read at once, padding included; for speed alone; 0: by device",
    ),
)


def options_with(prompt: str, query_prompt: str, revision: str) -> tuple[Option, ...]:
    """The options of a provider of one model, whose publisher says what its prompts are."""
    defaults = {"prompt": prompt, "query_prompt": query_prompt, "revision": revision}
    return tuple(
        replace(option, default=defaults.get(option.name) or option.default) for option in OPTIONS
    )


def settings_of(options: Mapping[str, Any], device: str) -> Settings:
    """The settings of a request's options; a name that is not there has its default.

    Raises InvalidRequest for a value that no model could have.
    """
    known = {field.name for field in fields(Settings)}
    settings = Settings(**{name: value for name, value in options.items() if name in known})
    check_layer(settings.layer)
    for name in ("max_tokens", "truncate_dim", "layers", "batch_tokens"):
        if getattr(settings, name) < 0:
            raise InvalidRequest(f"'{name}' is a count; got {getattr(settings, name)}")
    if not 0 < settings.temperature < float("inf"):
        raise InvalidRequest(f"'temperature' is a number above 0; got {settings.temperature}")
    return replace(settings, device=settings.device or device)


def check_layer(layer: str) -> None:
    """Raise InvalidRequest for what is no way to name a layer."""
    if not _LAYER.fullmatch(layer):
        raise InvalidRequest(
            f"'layer' is last, input, mean, a number or a range such as 1-4; got '{layer}'"
        )
