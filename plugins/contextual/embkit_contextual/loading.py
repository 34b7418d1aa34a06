"""A transformer and its tokenizer out of a folder that has been looked through."""

from __future__ import annotations

import contextlib
import pickle
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from embkit.errors import InvalidData, InvalidRequest

from embkit_contextual.folder import Parts, refuse

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

__all__ = ["load_model", "load_tokenizer", "position_limit", "torch_device"]

# What a text's vector does not depend on, or what is made and not read.
_NOT_NEEDED = re.compile(r"pooler|position_ids|(^|\.)(lm_head|cls|classifier|score|qa_outputs)\b")


def torch_device(name: str) -> torch.device:
    """A device by its name; raises InvalidRequest for one that is not there."""
    import torch

    try:
        device = torch.device(name or "cpu")
    except RuntimeError:
        raise InvalidRequest(
            f"no device is called '{name}'; try cpu, cuda, cuda:1 or mps"
        ) from None
    there = True
    if device.type == "cuda":
        there = torch.cuda.is_available() and (device.index or 0) < torch.cuda.device_count()
    elif device.type == "mps":
        there = torch.backends.mps.is_available()
    elif device.type != "cpu":
        there = False
    if not there:
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        raise InvalidRequest(
            f"torch sees no device '{name}' here ({count} GPUs); leave it out to use the CPU, or "
            "install a build of torch for it"
        )
    return device


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Silence what transformers prints when it loads: what matters of it is raised below."""
    from transformers.utils import logging

    before, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity(50)  # critical
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        logging.set_verbosity(before)
        if bars:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]


def load_tokenizer(parts: Parts) -> PreTrainedTokenizerBase:
    """The tokenizer of a folder; raises InvalidData for one that cannot be used."""
    from transformers import AutoTokenizer

    try:
        with _quiet():
            tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
                str(parts.folder), local_files_only=True, trust_remote_code=False
            )
    except Exception as error:  # tokenizers raise nothing narrower
        raise InvalidData(
            f"has no tokenizer that can be used ({_line(error)}); fetch or copy it again",
            path=parts.folder,
        ) from error
    if len(tokenizer) == 0 or not tokenizer("a b", add_special_tokens=False)["input_ids"]:
        refuse(parts.folder, "has a tokenizer that cuts nothing; fetch or copy it again")
    return tokenizer


def load_model(
    parts: Parts, tokenizer: PreTrainedTokenizerBase, dtype: torch.dtype
) -> PreTrainedModel:
    """The encoder of a folder, on the CPU, ready to be called with input_ids and attention_mask.

    Of a model with an encoder and a decoder it is the encoder. Raises InvalidData where weights are
    missing, spoilt or of another shape, or do not fit the tokenizer.
    """
    from safetensors import SafetensorError

    safe = parts.weights[0].name.startswith("model.safetensors")
    loaded: Any = None
    for attention in ("sdpa", "eager"):
        try:
            loaded = _from_pretrained(parts, dtype, safe, attention)
            break
        except (ValueError, ImportError) as error:
            if attention == "eager" or "attention" not in str(error):
                raise InvalidData(
                    f"cannot be loaded ({_line(error)})", path=parts.folder
                ) from error
        except (OSError, RuntimeError, KeyError, SafetensorError, pickle.UnpicklingError) as error:
            raise InvalidData(
                f"has weights that cannot be loaded ({_line(error)}); fetch or copy it again",
                path=parts.folder,
            ) from error
    model, found = loaded
    missing = sorted(key for key in found["missing_keys"] if not _NOT_NEEDED.search(key))
    # Of a model that was trained whole, the decoder is not read.
    if model.config.is_encoder_decoder:
        missing = [key for key in missing if not key.startswith("decoder.")]
    other = sorted(str(key) for key in found["mismatched_keys"])
    if missing or other:
        names = ", ".join((missing or other)[:3])
        what = "lacks weights" if missing else "has weights of another shape"
        refuse(
            parts.folder,
            f"{what}, {len(missing or other)} in all, such as {names}: a part of the model would "
            "be chance; fetch the whole model",
        )
    if model.config.is_encoder_decoder and hasattr(model, "get_encoder"):
        model = model.get_encoder()
    if not isinstance(getattr(model.config, "hidden_size", None), int):
        refuse(parts.folder, f"is a model of type '{model.config.model_type}', not one of text")
    model.config.use_cache = False
    model.eval().requires_grad_(False)
    rows = int(model.get_input_embeddings().weight.shape[0])
    if max(tokenizer.get_vocab().values()) >= rows:
        refuse(
            parts.folder,
            f"has a tokenizer of {len(tokenizer)} pieces and a model with rows for {rows}: they "
            "do not belong together",
        )
    return model  # type: ignore[no-any-return]


def _from_pretrained(parts: Parts, dtype: torch.dtype, safe: bool, attention: str) -> Any:
    from transformers import AutoConfig, AutoModel, AutoModelForTextEncoding

    # Whatever the file says of its attention, no kernel is fetched: the two used here are torch's.
    config = AutoConfig.from_pretrained(
        str(parts.folder), local_files_only=True, trust_remote_code=False
    )
    text_only = config.model_type in ("t5", "mt5", "umt5")  # saved with a decoder or without
    kind = AutoModelForTextEncoding if text_only else AutoModel
    with _quiet():
        return kind.from_pretrained(
            str(parts.folder),
            config=config,
            dtype=dtype,
            attn_implementation=attention,
            use_safetensors=safe,
            weights_only=True,
            local_files_only=True,
            trust_remote_code=False,
            output_loading_info=True,
        )


def position_limit(model: PreTrainedModel) -> int:
    """How many pieces the table of positions of a model has rows for; 0 for a model without one."""
    for name, module in model.named_modules():
        table = name.rpartition(".")[2]
        if table in ("position_embeddings", "wpe", "embed_positions") and hasattr(
            module, "num_embeddings"
        ):
            # RoBERTa and its kin count from behind the row of the padding.
            first = 0 if module.padding_idx is None else module.padding_idx + 1
            return int(module.num_embeddings) - int(getattr(module, "offset", first))
    return 0


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
