"""Vectors as MTEB sees them: a text without one is a row of zeros, and zeros have a cosine of 0."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from embkit.vectors import Vectors
from numpy.typing import NDArray

__all__ = ["pairwise", "rows_or_zeros", "similarity"]


def rows_or_zeros(vectors: Vectors, texts: Sequence[str]) -> NDArray[np.float32]:
    """The rows of the texts, shape (len(texts), dim); zeros for one without a vector."""
    known = vectors.known(texts)
    rows = np.zeros((len(texts), vectors.dim), dtype=np.float32)
    rows[known] = vectors.rows([text for text, here in zip(texts, known, strict=True) if here])
    return rows


def _unit(rows: Any) -> NDArray[np.float32]:
    array = np.asarray(rows, dtype=np.float32)
    lengths = np.linalg.norm(array, axis=1, keepdims=True)
    unit: NDArray[np.float32] = np.divide(
        array, lengths, out=np.zeros_like(array), where=lengths > 0
    )
    return unit


def similarity(first: Any, second: Any) -> NDArray[np.float32]:
    """The cosine of each row of one array with each of another, shape (n, m)."""
    scores: NDArray[np.float32] = _unit(first) @ _unit(second).T
    return scores


def pairwise(first: Any, second: Any) -> NDArray[np.float32]:
    """The cosine of each row of one array with the row of another beside it, shape (n,)."""
    scores: NDArray[np.float32] = np.einsum("ij,ij->i", _unit(first), _unit(second))
    return scores
