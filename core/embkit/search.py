"""The rows with the largest cosine to each query, exactly, in one pass over blocks of rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from embkit.errors import InvalidRequest

__all__ = [
    "ROWS",
    "Best",
    "Block",
    "Found",
    "in_blocks",
    "margin",
    "paired_cosines",
    "search",
    "unit_rows",
    "usable",
    "without",
]

# The scores of so many queries and rows stay in the processor's cache while they are looked at.
_QUERIES, ROWS = 512, 4096
# Shadows fall on this part of the axes, where it holds so much of the rows' squared lengths. They
# tell enough in a block of which at most so much passes.
_AXES, _SHARE, _PASSING = 0.42, 0.65, 0.02
_FLOAT32 = np.finfo(np.float32)

Found = tuple[NDArray[np.int64], NDArray[np.float32]]
Block = tuple[NDArray[np.float32], NDArray[np.float32]]


class Best:
    """The k best rows so far of each of n queries, best first; equal scores in order of row."""

    def __init__(self, n: int, k: int) -> None:
        if k < 1:
            raise InvalidRequest(f"expected k of at least 1, got {k}")
        self.rows = np.full((n, k), -1, dtype=np.int64)
        self.scores = np.full((n, k), -np.inf)

    def offer(
        self, queries: NDArray[np.int64], rows: NDArray[np.int64], scores: NDArray[np.float64]
    ) -> None:
        """Take in candidates: query, row and score of each; rows come after all that came before.

        So one that is no better than the last of the k best is not among them.
        """
        k = self.rows.shape[1]
        better = scores > self.scores[queries, -1]
        queries, rows, scores = queries[better], rows[better], scores[better]
        touched = np.unique(queries)
        queries = np.concatenate([np.repeat(touched, k), queries])
        rows = np.concatenate([self.rows[touched].ravel(), rows])
        scores = np.concatenate([self.scores[touched].ravel(), scores])
        order = np.lexsort((rows, -scores, queries))
        queries = queries[order]
        place = np.arange(len(queries)) - np.searchsorted(queries, queries)
        kept = place < k
        self.rows[queries[kept], place[kept]] = rows[order[kept]]
        self.scores[queries[kept], place[kept]] = scores[order[kept]]

    def found(self) -> Found:
        """Rows and scores, -1 and NaN where there are fewer than k."""
        scores = np.where(self.rows >= 0, self.scores, np.nan)
        return self.rows, scores.astype(np.float32)


def without(found: Found, exclude: NDArray[np.int64], k: int) -> Found:
    """What was found less the excluded rows, shape (n, k); exclude: shape (n, m), -1 for none."""
    rows, values = found
    out = (rows[:, :, None] == exclude[:, None, :]).any(axis=2)
    rows, values = np.where(out, -1, rows), np.where(out, np.float32(np.nan), values)
    kept = np.argsort(rows < 0, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(rows, kept, axis=1), np.take_along_axis(values, kept, axis=1)


def unit_rows(vectors: NDArray[np.floating]) -> NDArray[np.float64]:
    """Rows scaled to length one; one that is all zeros or not finite becomes zeros."""
    wide = vectors.astype(np.float64)
    norms = np.linalg.norm(wide, axis=1, keepdims=True)
    units = np.zeros_like(wide)
    np.divide(wide, norms, out=units, where=(norms > 0) & (norms < np.inf))
    return units


def usable(lengths: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which rows are vectors, by their lengths: neither zeros nor NaN."""
    return (lengths > _FLOAT32.tiny) & (lengths < np.inf)


def margin(dim: int) -> float:
    """Twice what rounding may do to a sum of dim products that adds up to one at most."""
    return (dim + 8) * float(_FLOAT32.eps)


def paired_cosines(units: NDArray[np.float64], rows: NDArray[np.float32]) -> NDArray[np.float64]:
    """Cosine of each unit vector with the row beside it, the same to the bit in any company."""
    cosines = np.empty(len(rows))
    for start in range(0, len(rows), ROWS):
        here = slice(start, start + ROWS)
        wide = rows[here].astype(np.float64)
        lengths = np.sqrt(np.einsum("ij,ij->i", wide, wide))
        cosines[here] = np.einsum("ij,ij->i", units[here], wide) / lengths
    return cosines


def _axes(units: NDArray[np.float32]) -> NDArray[np.float32]:
    """The axes along which unit rows lie most, shape (dim, n), a column each.

    None, n = 0, where the rows lie along all axes alike, as random ones do.
    """
    values, axes = np.linalg.eigh(units.T @ units)
    count = int(_AXES * len(axes))
    enough = values[::-1][:count].sum() >= _SHARE * values.sum()
    first: NDArray[np.float32] = axes[:, ::-1][:, : count if enough else 0]
    return first


def _shadows(
    rows: NDArray[np.float32], lengths: NDArray[np.float32], axes: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Rows, scaled to length one, along some axes, and the length of what lies beside these axes.

    The product of two shadows is no smaller than the cosine of the rows: of what lies beside the
    axes it takes the lengths, as if both pointed the same way (Cauchy and Schwarz).
    """
    shadows = np.empty((len(rows), axes.shape[1] + 1), dtype=np.float32)
    along = shadows[:, :-1]
    np.matmul(rows, axes, out=along)
    along /= lengths[:, None]
    beside = np.maximum(1 - np.einsum("ij,ij->i", along, along), 0)
    shadows[:, -1] = np.sqrt(beside + 4 * margin(rows.shape[1]))
    return shadows


def in_blocks(rows: NDArray[np.float32], lengths: NDArray[np.float32]) -> Iterator[Block]:
    """A table and the lengths of its rows as `search` takes them."""
    for start in range(0, len(rows), ROWS):
        yield rows[start : start + ROWS], lengths[start : start + ROWS]


def search(blocks: Iterable[Block], queries: NDArray[np.float32], k: int) -> Found:
    """The k rows with the largest cosine to each query, best first.

    blocks: rows of shape (m, dim) with their lengths of shape (m,), numbered through from 0; each
    is looked at once, so it may be made on the way, and memory does not grow with their number.
    queries: shape (n, dim). Returns the numbers and the cosines, each of shape (n, k); equal
    cosines stand in order of row. A row of zeros or NaN is never found. Where there is no further
    row, or the query is such a row, the number is -1 and the cosine NaN.

    Products in float32 tell which rows may be among the best: of whole rows or, for many queries
    and rows that lie along few axes, of their shadows, at less than half the cost. Those rows alone
    are computed in float64, so the answer to a query does not depend on what else is asked.
    Raises InvalidRequest for k below 1.
    """
    units = unit_rows(queries)
    asked = np.flatnonzero(units.any(axis=1))
    narrow = units[asked].astype(np.float32)
    ones = np.ones(len(asked), dtype=np.float32)
    best = Best(len(queries), k)
    slack = margin(queries.shape[1])
    axes: NDArray[np.float32] | None = None
    start = 0
    for rows, lengths in blocks:
        there = usable(lengths)
        numbers = start + np.flatnonzero(there)
        start += len(lengths)
        if not len(numbers):
            continue
        if len(numbers) < len(lengths):
            rows, lengths = rows[there], lengths[there]
        if axes is None:
            # Axes cost as much as a hundred queries.
            axes = np.empty((rows.shape[1], 0), dtype=np.float32)
            if len(asked) >= _QUERIES:
                axes = _axes(rows / lengths[:, None])
            query_shadows = _shadows(narrow, ones, axes)
        shadows = _shadows(rows, lengths, axes) if axes.size else None
        for first in range(0, len(asked), _QUERIES):
            batch = slice(first, first + _QUERIES)
            bar = (best.scores[asked[batch], -1, None] - slack).astype(np.float32)
            hopeful = None
            if shadows is not None:
                hopeful = np.flatnonzero(query_shadows[batch] @ shadows.T > bar)
            if hopeful is not None and len(hopeful) <= _PASSING * len(bar) * len(rows):
                query, column = np.divmod(hopeful, len(rows))
                products = np.einsum("ij,ij->i", narrow[first + query], rows[column])
                kept = products / lengths[column] > bar[query, 0]
                query, column = query[kept], column[kept]
            else:
                scores = narrow[batch] @ rows.T
                scores /= lengths
                if len(rows) > k and np.isneginf(bar).any():
                    bar = np.maximum(bar, np.partition(scores, -k, axis=1)[:, -k, None] - slack)
                query, column = np.divmod(np.flatnonzero(scores > bar), len(rows))
            query = asked[first + query]
            best.offer(query, numbers[column], paired_cosines(units[query], rows[column]))
    return best.found()
