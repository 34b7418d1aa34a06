"""From the name of a model to its encoder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from embkit.cache import file_digest
from embkit.errors import InvalidRequest
from embkit.records import Request
from embkit.text import layer_digest

from embkit_contextual.checking import is_uncased, keep_words_apart
from embkit_contextual.cutting import Cutter
from embkit_contextual.encoder import Encoder, Head
from embkit_contextual.folder import Parts, read_folder, refuse
from embkit_contextual.forward import Forward
from embkit_contextual.hub import folder_of
from embkit_contextual.loading import load_model, load_tokenizer, position_limit, torch_device
from embkit_contextual.options import AUTO, NONE, Settings, settings_of
from embkit_contextual.pooling import Pooling, after_pooling, pooling_of
from embkit_contextual.shaping import is_causal, shape_model

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from embkit_contextual.exporting import Graphs

__all__ = ["open_encoder", "prompts_of"]

# Raise it when the vectors that are made of the same files and options change.
_VERSION = 1
_ROLES = {"prompt": ("document", "passage", "corpus"), "query_prompt": ("query",)}


def open_encoder(source: str, request: Request) -> Encoder:
    """The encoder of a folder or of a model of the Hugging Face hub.

    request: its options are those of the provider `contextual`; what is left out has its default.
    Raises InvalidData for a folder that is not what it claims to be or names code, InvalidRequest
    for options that the model does not allow, Unreachable where a model cannot be had.
    """
    import torch

    language = request.language
    settings = settings_of(request.options, request.device)
    device = torch_device(settings.device)
    if settings.backend == "onnx":
        _check_onnx(settings, device)
    folder = folder_of(
        source,
        revision=settings.revision,
        offline=request.offline,
        progress=request.progress,
    )
    parts = read_folder(folder)
    tokenizer = load_tokenizer(parts)
    mended = keep_words_apart(tokenizer, language, source=source)
    model = load_model(parts, tokenizer, _dtype(settings, device))
    torch.nn.Module.to(model, device)
    shape_model(model, settings)
    if settings.dtype == "int8":
        _whole_numbers(model)
    folds = parts.lowercase or (is_uncased(tokenizer) and language.fold("I") != "i")

    def prepare(text: str) -> str:
        text = language.normalize(text)
        return language.fold(text) if folds else text

    cutter = Cutter(tokenizer, prepare)
    graphs = _graphs(parts, settings, model, cutter) if settings.backend == "onnx" else None
    forward = Forward(
        model,
        device,
        padding=_padding(tokenizer),
        kinds=cutter.kinds,
        budget=settings.batch_tokens,
        graphs=graphs,
    )
    encoder = Encoder(
        source=source,
        model=model,
        tokenizer=tokenizer,
        cutter=cutter,
        forward=forward,
        head=_head(parts, settings, model, forward),
        settings=settings,
        max_tokens=_max_tokens(parts, settings, model, tokenizer),
        prompts=prompts_of(parts, settings),
        fingerprint=_fingerprint(parts, settings, [layer_digest(language), folds, mended]),
    )
    if graphs is not None:
        graphs.session(settings.layer)  # what cannot be exported is known now
    return encoder


def prompts_of(parts: Parts, settings: Settings) -> tuple[str, str]:
    """What stands before every text, and before every query."""
    found = []
    for option, roles in _ROLES.items():
        said = getattr(settings, option)
        if said == AUTO:
            known = [parts.prompts[role] for role in roles if parts.prompts.get(role)]
            said = known[0] if known else parts.default_prompt
        found.append("" if said == NONE else said)
    return found[0], found[1]


def _dtype(settings: Settings, device: torch.device) -> torch.dtype:
    import torch

    if settings.dtype == "float16" and device.type == "cpu":
        raise InvalidRequest("'dtype=float16' is for a GPU; take bfloat16 or int8 on a CPU")
    return torch.float32 if settings.dtype == "int8" else getattr(torch, settings.dtype)


def _check_onnx(settings: Settings, device: torch.device) -> None:
    """Raise InvalidRequest for options that onnxruntime cannot run, or not as they are meant."""
    if device.type != "cpu":
        raise InvalidRequest(f"'backend=onnx' runs on a CPU; on '{device}' leave it out")
    if settings.dtype != "float32":
        raise InvalidRequest(
            f"'backend=onnx' calculates in float32; leave it out, or 'dtype={settings.dtype}'"
        )
    if settings.layer == "input":
        raise InvalidRequest(
            "'layer=input' is the rows of a table, for which no model is run; leave out "
            "'backend=onnx'"
        )


def _graphs(parts: Parts, settings: Settings, model: PreTrainedModel, cutter: Cutter) -> Graphs:
    from embkit_contextual.exporting import Graphs

    if cutter.kinds is not None:
        raise InvalidRequest(
            f"a model of type '{model.config.model_type}' with types of pieces cannot be exported "
            "to ONNX; leave out 'backend=onnx'"
        )
    files = [file_digest(path) for path in (parts.folder / "config.json", *parts.weights)]
    changes = [settings.layers, settings.temperature, settings.bidirectional]
    return Graphs(model, [*files, *changes], longest=position_limit(model))


def _whole_numbers(model: PreTrainedModel) -> None:
    from embkit_contextual.integers import quantise

    if not quantise(model):
        raise InvalidRequest(
            f"a model of type '{model.config.model_type}' has no linear layers that 'dtype=int8' "
            "could make whole numbers of"
        )


def _padding(tokenizer: PreTrainedTokenizerBase) -> int:
    """A piece to fill up with; what it is matters to no vector, for it is not read."""
    for number in (tokenizer.pad_token_id, tokenizer.eos_token_id):
        if number is not None:
            return int(number)
    return 0


def _max_tokens(
    parts: Parts,
    settings: Settings,
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
) -> int:
    """Most pieces at once: as the option says, else the folder, else as many as the model takes."""
    limit = position_limit(model)
    if settings.max_tokens:
        if limit and settings.max_tokens > limit:
            raise InvalidRequest(
                f"'max_tokens' is {settings.max_tokens}; the model has positions for {limit}"
            )
        return settings.max_tokens
    stated = int(getattr(model.config, "max_position_embeddings", 0) or 0)
    # A tokenizer that knows no limit says a number of thirty digits.
    known = [parts.max_tokens, tokenizer.model_max_length, stated, limit]
    return min((int(n) for n in known if 0 < n < 10**9), default=512)


def _head(parts: Parts, settings: Settings, model: PreTrainedModel, forward: Forward) -> Head:
    """The pooling and what stands behind it, as the folder says or the option."""
    import torch

    modules = parts.modules
    behind = [module for module in modules if module.kind != "Pooling"]
    places = [i for i, module in enumerate(modules) if module.kind == "Pooling"]
    if places not in ([], [0]):
        refuse(parts.folder, "has modules before its pooling, or several poolings; neither is read")
    if settings.pooling != AUTO:
        pooling = Pooling([settings.pooling])
    elif places:
        pooling = pooling_of(modules[0])
    else:
        pooling = Pooling(["last-token" if is_causal(model) else "mean"])
    made = after_pooling(behind, model.device)
    width = forward.width(settings.layer)
    example = torch.zeros(1, width * len(pooling.modes), device=model.device)
    try:
        for module in made:
            example = module(example)
    except RuntimeError as error:
        raise InvalidRequest(
            f"the modules behind the pooling do not take vectors of {width} times "
            f"{len(pooling.modes)} numbers; leave out 'pooling' and 'layer'"
        ) from error
    dim = int(example.shape[1])
    if settings.truncate_dim > min(dim, width):
        raise InvalidRequest(
            f"'truncate_dim' is {settings.truncate_dim}; the vectors have {min(dim, width)} numbers"
        )
    return Head(pooling, made, dim)


def _fingerprint(parts: Parts, settings: Settings, texts: Sequence[Any]) -> str:
    """sha256 over all that changes a vector; texts: what is done to them before they are cut."""
    files = [
        (path.parent.name if path.parent != parts.folder else "", path.name, file_digest(path))
        for path in (*parts.described, *parts.weights)
    ]
    content = ["contextual", _VERSION, files, dict(settings.changing_vectors), *texts]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
