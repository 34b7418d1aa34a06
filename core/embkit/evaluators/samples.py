"""Sums, means and counts in many samples at once, from how often each row stands in each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["means", "ratios", "sums", "tallies"]


def sums(columns: Sequence[ArrayLike], weights: NDArray[np.int64]) -> NDArray[np.float64]:
    """The sum of each column in each sample, shape (columns, draws); weights: (draws, n)."""
    table = np.array([np.asarray(column, dtype=np.float64) for column in columns])
    # Not by BLAS, whose threads would wait for each other over products as small as these.
    added: NDArray[np.float64] = np.einsum("kn,dn->kd", table, weights.astype(np.float64))
    return added


def ratios(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    """One over the other, 0.0 where the other is 0."""
    nothing = np.zeros(np.broadcast_shapes(above.shape, below.shape))
    return np.divide(above, below, out=nothing, where=below != 0)


def means(
    columns: Sequence[ArrayLike],
    weights: NDArray[np.int64],
    among: NDArray[np.bool_] | None = None,
) -> NDArray[np.float64]:
    """The mean of each column in each sample, shape (columns, draws).

    among: which rows count, None for all; the mean of none is 0.0.
    """
    if among is None:
        return ratios(sums(columns, weights), weights.sum(axis=1))
    *added, count = sums([*(np.where(among, column, 0) for column in columns), among], weights)
    return ratios(np.array(added), count)


def tallies(codes: NDArray[np.int64], weights: NDArray[np.int64], size: int) -> NDArray[np.float64]:
    """How often each code below size stands in each sample, shape (draws, size); -1 is no code."""
    draws = len(weights)
    # Codes of -1 fall into a cell of their own behind the others.
    cells = codes % (size + 1) + (size + 1) * np.arange(draws)[:, None]
    counts = np.bincount(cells.ravel(), weights.ravel(), draws * (size + 1)).astype(np.float64)
    return counts.reshape(draws, size + 1)[:, :size]
