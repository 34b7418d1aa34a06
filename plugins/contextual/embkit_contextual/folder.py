"""What a folder of a model holds, looked through before anything of it is opened.

Nothing in a folder may name code: neither modules of its own (`modules.json`), nor a model that
only its own files could build (`auto_map`), nor weights that are pickled objects.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from embkit.errors import InvalidData

__all__ = ["Module", "Parts", "read_folder", "read_object", "refuse", "weights_in"]

CONFIG, MODULES, PROMPTS = "config.json", "modules.json", "config_sentence_transformers.json"
_KINDS = ("Transformer", "Pooling", "Dense", "Normalize", "LayerNorm")
_WEIGHTS = ("model.safetensors", "pytorch_model.bin")
_DESCRIBING = (".json", ".txt", ".model", ".spm", ".vocab")


class Module(NamedTuple):
    """A module of sentence-transformers behind the transformer; settings: its config.json."""

    kind: str
    folder: Path
    settings: Mapping[str, Any]


class Parts(NamedTuple):
    """What a folder says.

    folder: of the transformer. config: its config.json. modules: those behind it, empty for a
    folder of a bare transformer. weights: files of all of them. described: all other files that
    change vectors, the tokenizer's among them. max_tokens: 0 where it says nothing. prompts: by
    name; default_prompt: the one before a text with no role.
    """

    folder: Path
    config: Mapping[str, Any]
    modules: Sequence[Module]
    weights: Sequence[Path]
    described: Sequence[Path]
    max_tokens: int
    lowercase: bool
    prompts: Mapping[str, str]
    default_prompt: str


def read_folder(folder: Path) -> Parts:
    """Look through a folder; raises InvalidData, naming the file, for one that is not opened."""
    modules = _read_modules(folder)
    place = modules[0].folder if modules else folder
    if not (place / CONFIG).is_file():
        refuse(place, f"has no {CONFIG}, expected the folder of a model of transformers")
    config = read_object(place / CONFIG)
    _check_config(place / CONFIG, config)
    weights = list(weights_in(place))
    for module in modules[1:]:
        if module.kind in ("Dense", "LayerNorm"):
            weights += weights_in(module.folder)
    described = sorted(
        {
            path
            for part in {folder, place, *(module.folder for module in modules)}
            if part.is_dir()  # a module without settings may have none
            for path in part.iterdir()
            if path.is_file() and path.suffix in _DESCRIBING
        }
    )
    settings = _transformer_settings(place)
    spoken = _optional(folder / PROMPTS)
    prompts, default = spoken.get("prompts") or {}, spoken.get("default_prompt_name")
    if not (
        isinstance(prompts, dict) and all(isinstance(text, str) for text in prompts.values())
    ) or (default and default not in prompts):
        refuse(folder / PROMPTS, "has prompts that are no texts by their names")
    longest = settings.get("max_seq_length") or 0
    if type(longest) is not int or longest < 0:
        refuse(place, f"has the max_seq_length {str(longest)[:40]!r}, expected a count")
    return Parts(
        place,
        config,
        modules[1:],
        weights,
        described,
        longest,
        settings.get("do_lower_case") is True,
        prompts,
        prompts[default] if default else "",
    )


def _read_modules(folder: Path) -> list[Module]:
    """The modules of a folder of sentence-transformers, in order; none of another folder."""
    path = folder / MODULES
    if not path.is_file():
        return []
    listed = _json(path)
    if not (isinstance(listed, list) and all(isinstance(module, dict) for module in listed)):
        refuse(path, "is no list of modules")
    types = [str(module.get("type", "")) for module in listed]
    for kind in types:
        if not kind.startswith("sentence_transformers."):
            refuse(
                path,
                f"names code, {kind[:120]!r}, which embkit never runs; only modules of "
                "sentence_transformers are read",
            )
    names = [kind.rpartition(".")[2] for kind in types]
    if names[:1] == ["StaticEmbedding"]:
        refuse(path, f"is a model without a context; open it with fasttext:{folder}")
    foreign = [name for name in names if name not in _KINDS]
    if foreign or names[:1] != ["Transformer"] or "Transformer" in names[1:]:
        refuse(
            path,
            f"is a model of {', '.join(names) or 'nothing'}; only a Transformer with "
            f"{', '.join(_KINDS[1:])} behind it is read",
        )
    found = []
    for name, module in zip(names, listed, strict=True):
        inside = str(module.get("path", ""))
        # Nothing outside the folder, whatever a file in it says.
        if not (folder / inside).resolve().is_relative_to(folder.resolve()):
            refuse(path, f"keeps a module outside of its folder, in {inside[:120]!r}")
        found.append(Module(name, folder / inside, _optional(folder / inside / CONFIG)))
    return found


def _check_config(path: Path, config: Mapping[str, Any]) -> None:
    from transformers import CONFIG_MAPPING

    kind = config.get("model_type")
    if kind not in CONFIG_MAPPING:
        code = config.get("auto_map")
        if code:
            refuse(
                path,
                f"is a model {str(kind)[:80]!r} that only its own code builds, which embkit never "
                "runs; look for a model of a type that transformers has",
            )
        refuse(path, f"has the model_type {str(kind)[:80]!r}, which transformers does not have")
    if config.get("quantization_config"):
        refuse(path, "is quantised already, which is not read; take the model it was made of")


def _transformer_settings(folder: Path) -> Mapping[str, Any]:
    """What sentence-transformers keeps beside a transformer, under one of several names."""
    for path in sorted(folder.glob("sentence_*_config.json")):
        settings = read_object(path)
        if settings.get("transformer_task", "feature-extraction") != "feature-extraction":
            refuse(path, f"has the task {str(settings['transformer_task'])[:80]!r}")
        return settings
    return {}


def weights_in(folder: Path) -> list[Path]:
    """The files of weights of a model: safetensors, else torch's; raises InvalidData for none."""
    for name in _WEIGHTS:
        index = folder / f"{name}.index.json"
        if (folder / name).is_file():
            return [folder / name]
        if index.is_file():
            placed = read_object(index).get("weight_map")
            names = set(placed.values()) if isinstance(placed, dict) else set()
            for part in sorted(map(str, names)):
                if Path(part).name != part or not (folder / part).is_file():
                    refuse(index, f"names {part[:120]!r}, which is not here; fetch it again")
            if names:
                return [index, *(folder / str(part) for part in sorted(names))]
            refuse(index, "names no files")
    refuse(folder, f"has no weights: neither {_WEIGHTS[0]} nor {_WEIGHTS[1]}")


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise InvalidData(f"is no JSON ({error}); fetch or copy it again", path=path) from None


def read_object(path: Path) -> Mapping[str, Any]:
    """A JSON file that holds an object; raises InvalidData for anything else."""
    content = _json(path)
    if not isinstance(content, dict):
        refuse(path, "holds no settings")
    return content


def _optional(path: Path) -> Mapping[str, Any]:
    return read_object(path) if path.is_file() else {}


def refuse(path: Path, what: str) -> NoReturn:
    """Raise InvalidData about a path."""
    raise InvalidData(what, path=path)
