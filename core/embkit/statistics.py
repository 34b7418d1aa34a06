"""Intervals and paired tests for any measure, by resampling units; knows predictions only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from embkit.predictions import Predictions

__all__ = ["SHARE", "drawn_units", "holm", "intervals", "resamples", "row_weights", "span"]

Measure = Callable[[Predictions], Mapping[str, float]]
MeasureSamples = Callable[[Predictions, NDArray[np.int64]], Mapping[str, NDArray[np.float64]]]
DRAWS = 1000
# The range of most scores.
SHARE = (0.0, 1.0)
_ROUNDING = 1e-9
# Samples times rows that are looked at together: what stays in a processor's own cache. Of many
# rows some samples at least, since a measure prepares its columns once for all of them.
_BLOCK, _LEAST = 50_000, 16


def drawn_units(
    unit: NDArray[np.int64], generator: np.random.Generator, draws: int
) -> tuple[NDArray[np.int64], Iterator[NDArray[np.int64]]]:
    """The number of each row's unit, from 0, and how often each unit is drawn in each sample.

    The samples come in blocks of shape (some, units) that fit into little memory.
    """
    _, codes = np.unique(unit, return_inverse=True)
    codes = codes.reshape(unit.shape)
    count = int(codes.max()) + 1 if codes.size else 0

    def blocks() -> Iterator[NDArray[np.int64]]:
        size = max(_LEAST, _BLOCK // max(count, codes.size, 1))
        for start in range(0, draws if count else 0, size):
            some = min(size, draws - start)
            drawn = generator.integers(count, size=(some, count)) + count * np.arange(some)[:, None]
            yield np.bincount(drawn.ravel(), minlength=some * count).reshape(some, count)

    return codes, blocks()


def row_weights(codes: NDArray[np.int64], times: NDArray[np.int64]) -> NDArray[np.int64]:
    """How often each row comes when units come so many times, shape (…, units) to (…, n)."""
    columns = [codes] if codes.ndim == 1 else list(codes.T)
    first, *others = (times.take(column, axis=-1) for column in columns)
    for other in others:
        first *= other
    return first


def resamples(
    unit: NDArray[np.int64], generator: np.random.Generator, draws: int = DRAWS
) -> list[NDArray[np.int64]]:
    """Row positions of bootstrap samples: units are drawn with replacement, rows follow them.

    unit: shape (n,), or (n, k) when a row belongs to k units at once; then it comes as often as the
    product of the times its units were drawn (the pigeonhole bootstrap, Owen 2007).
    """
    rows = np.arange(len(unit))
    if unit.ndim == 1 and len(np.unique(unit)) == len(unit):
        return [
            generator.integers(len(unit), size=len(unit)) for _ in range(draws if len(unit) else 0)
        ]
    codes, blocks = drawn_units(unit, generator, draws)
    return [np.repeat(rows, row_weights(codes, times)) for block in blocks for times in block]


def span(
    values: NDArray[np.float64],
    observed: float,
    bounds: tuple[float, float] = SHARE,
    *,
    level: float = 0.95,
) -> tuple[float, float]:
    """The interval that samples of a score give: percentiles, less the bootstrap's own bias.

    A resampled row stands there twice, which lifts scores that reward repeats, such as V-measure:
    the percentiles are moved by as much as the mean of the samples lies off the score. Moved, an
    end may leave the range of the score, and is cut.
    bounds: that range. A sample that lies beyond one of them shows that it is none.
    """
    tail = 100 * (1 - level) / 2
    ends = np.percentile(values, [tail, 100 - tail]) - (values.mean() - observed)
    lowest, highest = bounds
    if values.min() >= lowest - _ROUNDING:
        ends = np.maximum(ends, lowest)
    if values.max() <= highest + _ROUNDING:
        ends = np.minimum(ends, highest)
    return float(ends[0]), float(ends[1])


def intervals(
    measure: Measure,
    predictions: Predictions,
    generator: np.random.Generator,
    *,
    measure_samples: MeasureSamples | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    draws: int = DRAWS,
    level: float = 0.95,
) -> dict[str, tuple[float, float]]:
    """The bootstrap interval (`span`) of every score, by name.

    measure_samples: as an `Evaluator` has it; it saves time and changes nothing. ranges: likewise,
    of the scores that lie elsewhere than from 0 to 1. A sample can come out empty where two crossed
    units never meet; it is left out.
    """
    parts: list[Mapping[str, ArrayLike]]
    if measure_samples is None:
        samples = resamples(predictions.unit, generator, draws)
        parts = [measure(predictions.take(rows)) for rows in samples if len(rows)]
    else:
        codes, blocks = drawn_units(predictions.unit, generator, draws)
        weights = (row_weights(codes, block) for block in blocks)
        full = (some[some.any(axis=1)] for some in weights)
        parts = [measure_samples(predictions, some) for some in full if len(some)]
    if not parts:
        return {}
    bounds = ranges or {}
    found = {}
    for name, score in measure(predictions).items():
        values = np.concatenate([np.atleast_1d(part[name]) for part in parts])
        found[name] = span(values, score, bounds.get(name, SHARE), level=level)
    return found


def holm(p_values: Sequence[float]) -> list[float]:
    """p values corrected for the size of their family, in the given order. Source: Holm 1979."""
    order = np.argsort(p_values, kind="stable")
    corrected = np.empty(len(p_values))
    largest = 0.0
    for position, index in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - position) * p_values[index]))
        corrected[index] = largest
    return corrected.tolist()
