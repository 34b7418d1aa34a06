"""How vectors lie among themselves: in all directions or few, around few hubs or none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from embkit.datasets import Texts
from embkit.evaluators.samples import means, ratios, sums
from embkit.predictions import Predictions
from embkit.records import Setting
from embkit.search import ROWS, in_blocks, search
from embkit.vectors import Vectors

__all__ = ["measure", "measure_samples", "predict"]

_NEIGHBOURS = 10
# Squares of what float32 cannot tell apart.
_ROUNDING = 1e-14
_NOTHING = {"isoscore": 0.0, "effective_dimension": 0.0, "anisotropy": 0.0, "hubness": 0.0}


def _occurrences(units: NDArray[np.float32]) -> NDArray[np.int64]:
    """How many other rows have each row among their ten nearest, shape (n,)."""
    k = min(_NEIGHBOURS, len(units) - 1)
    times = np.zeros(len(units), dtype=np.int64)
    lengths = np.linalg.norm(units, axis=1)
    for start in range(0, len(units), ROWS):
        queries = units[start : start + ROWS]
        rows, _ = search(in_blocks(units, lengths), queries, k + 1)
        # Itself is left out; where more than ten are the same, it may not be there.
        other = rows != start + np.arange(len(queries))[:, None]
        kept = other & (np.cumsum(other, axis=1) <= k)
        times += np.bincount(rows[kept], minlength=len(units))
    return times


def _skewness(values: NDArray[np.int64]) -> float:
    """Third moment over the cube of the standard deviation; 0.0 when all are the same."""
    apart = values - values.mean()
    spread = apart.std()
    return float((apart**3).mean() / spread**3) if spread > 0 else 0.0


def _blocks(rows: NDArray[np.float32]) -> Iterator[tuple[slice, NDArray[np.float64]]]:
    """Rows in blocks of float64, over the largest value, so that no square overflows."""
    largest = float(np.abs(rows).max())
    for start in range(0, len(rows), ROWS):
        here = slice(start, start + ROWS)
        yield here, rows[here].astype(np.float64) / largest


def _spread(rows: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of each row x less the mean, x·x and x·Cx, shape (n,), with C the covariance.

    The means of both are the sum of the eigenvalues of C and the sum of their squares.
    """
    count, dim = rows.shape
    mean = sum(block.sum(axis=0) for _, block in _blocks(rows)) / count
    covariance = np.zeros((dim, dim))
    for _, block in _blocks(rows):
        covariance += (block - mean).T @ (block - mean) / count
    square, product = np.zeros(count), np.zeros(count)
    # What rounding leaves of equal vectors is no direction.
    if np.trace(covariance) > _ROUNDING * (mean @ mean):
        for here, block in _blocks(rows):
            block -= mean
            square[here] = np.einsum("ij,ij->i", block, block)
            product[here] = np.einsum("ij,ij->i", block @ covariance, block)
    return square, product


def _cosines(units: NDArray[np.float32]) -> NDArray[np.float64]:
    """Mean cosine of each row with the others, shape (n,)."""
    with_itself: NDArray[np.float64] = units @ units.sum(axis=0, dtype=np.float64)
    return (with_itself - 1) / (len(units) - 1)


def predict(dataset: Texts, vectors: Vectors, setting: Setting) -> Predictions:
    """For each text what it adds to the scores, 0 for one without a vector.

    cosine: its part in the mean cosine of all pairs. square, product: its parts in the sum of the
    eigenvalues of the covariance, and in the sum of their squares. occurrence: how many others have
    it among their ten nearest.

    A mean over pairs has each text in both places, so its part is twice its mean with the others
    less the mean of all: the parts have the right mean, and spread as it does when texts are drawn
    anew (the pseudo-values of the jackknife, Tukey 1958). So it is with cosine and product.
    """
    known = vectors.known(dataset.texts)
    texts = list(compress(dataset.texts, known))
    columns = {name: np.zeros(dataset.items) for name in ("cosine", "square", "product")}
    occurrence = np.zeros(dataset.items, dtype=np.int64)
    if len(texts) > 1:
        units = vectors.unit(texts)
        square, product = _spread(vectors.rows(texts))
        cosine = _cosines(units)
        columns["square"][known] = square
        columns["product"][known] = 2 * product - product.mean()
        columns["cosine"][known] = 2 * cosine - cosine.mean()
        occurrence[known] = _occurrences(units)
    return Predictions(
        {**columns, "occurrence": occurrence, "dim": np.full(dataset.items, vectors.dim)},
        unit=np.arange(dataset.items),
        known=known,
    )


def measure(predictions: Predictions) -> Mapping[str, float]:
    """IsoScore, the effective dimension it is made of, anisotropy, hubness; of known texts alone.

    effective_dimension: (sum of eigenvalues)² / sum of their squares, 1 to dim. isoscore: the same
    from 0, one direction, to 1, all alike. anisotropy: mean cosine of two texts. hubness: skewness
    of the number of texts that have a text among their ten nearest. All 0 below two known texts.
    """
    known = predictions.take(predictions.known)
    if len(known) < 2:
        return _NOTHING
    dim = int(known["dim"][0])
    square, product = float(known["square"].mean()), float(known["product"].mean())
    dimension = 0.0 if square == 0 else float(dim)
    # Of few resampled texts the parts may add up to more than there are dimensions, or to nothing.
    if product > square**2 / dim:
        dimension = square**2 / product
    return {
        "isoscore": max(0.0, (dimension - 1) / max(dim - 1, 1)),
        "effective_dimension": dimension,
        "anisotropy": float(known["cosine"].mean()),
        "hubness": _skewness(known["occurrence"]),
    }


def measure_samples(
    predictions: Predictions, weights: NDArray[np.int64]
) -> Mapping[str, NDArray[np.float64]]:
    """`measure` of many samples at once."""
    known = predictions.known
    dim = int(predictions["dim"][0])
    columns = [predictions[name] for name in ("square", "product", "cosine")]
    square, product, cosine = means(columns, weights, known)
    enough = (product > square**2 / dim) & (square != 0)
    dimension = np.where(enough, ratios(square**2, product), np.where(square == 0, 0.0, dim))
    # Whole numbers near 0: their sums are exact, and those of equal ones vary by nothing.
    occurrence = predictions["occurrence"]
    apart = np.where(known, occurrence - round(occurrence[known].mean() if known.any() else 0), 0)
    count, first, second, third = sums([known, apart, apart**2, apart**3], weights)
    variance = ratios(count * second - first**2, count**2)
    mean, square_mean, cube_mean = (ratios(total, count) for total in (first, second, third))
    skewness = ratios(cube_mean - 3 * mean * square_mean + 2 * mean**3, variance**1.5)
    scores = {
        "isoscore": np.maximum(0.0, (dimension - 1) / max(dim - 1, 1)),
        "effective_dimension": dimension,
        "anisotropy": cosine,
        "hubness": skewness,
    }
    return {name: np.where(count < 2, 0.0, values) for name, values in scores.items()}
