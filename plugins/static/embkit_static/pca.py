"""A static model of the pieces of an encoder: each read alone, fewer dimensions, weighted by rank.

Source: model2vec, Tulkens and van Dongen 2024.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from embkit.errors import InvalidData, InvalidRequest
from numpy.typing import NDArray

if TYPE_CHECKING:
    from embkit_contextual import Encoder

__all__ = ["Pieces", "piece_vectors", "principal", "rank_weights", "static_model", "write_pieces"]

_BATCH = 256
_UNUSED = re.compile(r"\[unused\d+\]")


class Pieces:
    """Pieces of a tokenizer; used: which of them stand for text: neither special nor unused."""

    def __init__(self, encoder: Encoder) -> None:
        tokenizer = encoder.tokenizer
        if not tokenizer.is_fast:
            raise InvalidData(
                "has a tokenizer that cannot be kept as tokenizer.json; save it as a fast one",
                path=encoder.source,
            )
        self.count = max(tokenizer.get_vocab().values()) + 1
        names = tokenizer.convert_ids_to_tokens(list(range(self.count)))
        self.used = np.array([not _UNUSED.fullmatch(str(name)) for name in names])
        self.used[[n for n in tokenizer.all_special_ids if n < self.count]] = False


def piece_vectors(
    encoder: Encoder, pieces: NDArray[np.int64], progress: Callable[[int], None] = lambda done: None
) -> NDArray[np.float32]:
    """The mean of the last layer over a piece alone between the special ones, shape (n, dim)."""
    import torch

    before, behind = _around(encoder)
    model = encoder.model
    device = next(iter(model.parameters())).device
    found = []
    for start in range(0, len(pieces), _BATCH):
        here = pieces[start : start + _BATCH, None]
        sides = [
            np.tile(np.array(side, dtype=np.int64), (len(here), 1)) for side in (before, behind)
        ]
        given = torch.from_numpy(np.concatenate([sides[0], here, sides[1]], axis=1)).to(device)
        with torch.inference_mode():
            states = model(input_ids=given, attention_mask=torch.ones_like(given))
        found.append(states.last_hidden_state.float().mean(dim=1).cpu().numpy())
        progress(start + len(here))
    return np.concatenate(found)


def _around(encoder: Encoder) -> tuple[list[int], list[int]]:
    """The special pieces before and behind a text."""
    inside = encoder.pieces(["a"])[0]
    whole = encoder.tokenizer("a")["input_ids"]
    for start in range(len(whole) - len(inside) + 1):
        if whole[start : start + len(inside)] == inside:
            return whole[:start], whole[start + len(inside) :]
    raise InvalidData("has a tokenizer that cuts a text otherwise alone", path=encoder.source)


def principal(rows: NDArray[np.float32], dim: int) -> NDArray[np.float32]:
    """Rows less their mean along the dim directions in which they vary most, shape (n, dim).

    A direction's sign is such that its largest number is positive. Agrees with scikit-learn's PCA.
    Raises InvalidRequest for more directions than there are.
    """
    most = min(len(rows) - 1, rows.shape[1])
    if dim > most:
        raise InvalidRequest(
            f"--dim {dim} is more than the {most} directions in which {len(rows):,} vectors of "
            f"{rows.shape[1]} numbers can vary; --dim 0 leaves them as they are"
        )
    centred = rows.astype(np.float64) - rows.mean(axis=0, dtype=np.float64)
    _, axes = np.linalg.eigh(centred.T @ centred)
    axes = axes[:, ::-1][:, :dim]
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(dim)])
    reduced: NDArray[np.float32] = (centred @ axes).astype(np.float32)
    return reduced


def rank_weights(count: int, sif: float) -> NDArray[np.float64]:
    """sif / (sif + p), p by Zipf's law from the place of a piece, from 2; ones for a sif of 0."""
    if not sif:
        return np.ones(count)
    shares = 1 / np.arange(2, count + 2)
    weights: NDArray[np.float64] = sif / (sif + shares / shares.sum())
    return weights


def static_model(vectors: NDArray[np.float32], dim: int, sif: float) -> NDArray[np.float32]:
    """Vectors of pieces in the order of their tokenizer, reduced and weighted; dim 0: all."""
    reduced = principal(vectors, dim) if dim else vectors
    weighted: NDArray[np.float32] = (reduced * rank_weights(len(reduced), sif)[:, None]).astype(
        np.float32
    )
    return weighted


def write_pieces(folder: Path, encoder: Encoder, rows: NDArray[np.float32], dtype: str) -> None:
    """Write a folder that model2vec, sentence-transformers and embkit open, with the tokenizer.

    rows: one for each piece; zeros for those that no text has.
    """
    from embkit_fasttext.tensors import header

    tokenizer = json.loads(encoder.tokenizer.backend_tokenizer.to_str())
    tokenizer |= {"truncation": None, "padding": None}
    (folder / "tokenizer.json").write_text(
        json.dumps(tokenizer, ensure_ascii=False), encoding="utf-8"
    )
    stored = np.ascontiguousarray(rows, "<f4" if dtype == "float32" else "<f2")
    with open(folder / "model.safetensors", "wb") as file:
        kind = "F32" if dtype == "float32" else "F16"
        file.write(header({"embeddings": (kind, stored.shape)}))
        file.write(stored.data)
    config = {"model_type": "model2vec", "normalize": True, "max_length": None,
              "embedding_dtype": dtype, "hidden_dim": rows.shape[1]}  # fmt: skip
    home = "sentence_transformers.models"
    modules = [
        {"idx": 0, "name": "0", "path": ".", "type": f"{home}.StaticEmbedding"},
        {"idx": 1, "name": "1", "path": "1_Normalize", "type": f"{home}.Normalize"},
    ]
    for name, content in (("config.json", config), ("modules.json", modules)):
        (folder / name).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
