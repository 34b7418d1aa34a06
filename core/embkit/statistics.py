"""Intervals and paired tests for any measure, by resampling units; knows predictions only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from embkit.predictions import Predictions

__all__ = ["holm", "intervals", "paired_difference", "resamples"]

Measure = Callable[[Predictions], Mapping[str, float]]
DRAWS = 1000


def resamples(
    unit: NDArray[np.int64], generator: np.random.Generator, draws: int = DRAWS
) -> list[NDArray[np.int64]]:
    """Row positions of bootstrap samples: units are drawn with replacement, rows follow them.

    unit: shape (n,), or (n, k) when a row belongs to k units at once; then it comes as often as the
    product of the times its units were drawn (the pigeonhole bootstrap, Owen 2007).
    """
    _, codes = np.unique(unit, return_inverse=True)
    codes = codes.reshape(unit.shape)
    count = int(codes.max()) + 1 if codes.size else 0
    rows = np.arange(len(unit))
    if unit.ndim == 1 and count == len(unit):
        return [generator.integers(count, size=count) for _ in range(draws)] if count else []
    samples = []
    for _ in range(draws):
        times = np.bincount(generator.integers(count, size=count), minlength=count)
        weight = times[codes]
        samples.append(np.repeat(rows, weight if unit.ndim == 1 else weight.prod(axis=1)))
    return samples


def intervals(
    measure: Measure,
    predictions: Predictions,
    generator: np.random.Generator,
    *,
    draws: int = DRAWS,
    level: float = 0.95,
) -> dict[str, tuple[float, float]]:
    """The bootstrap interval of every score, by name: percentiles, less the bootstrap's own bias.

    A resampled row stands there twice, which lifts scores that reward repeats, such as V-measure:
    the percentiles are moved by as much as the mean of the samples lies off the score. A sample
    can come out empty where two crossed units never meet; it is left out.
    """
    scores = [
        measure(predictions.take(rows))
        for rows in resamples(predictions.unit, generator, draws)
        if len(rows)
    ]
    if not scores:
        return {}
    observed = measure(predictions)
    tail = 100 * (1 - level) / 2
    result = {}
    for name in observed:
        values = np.array([score[name] for score in scores])
        low, high = np.percentile(values, [tail, 100 - tail]) - (values.mean() - observed[name])
        # Moved, an end may leave the range of a score that lies between 0 and 1.
        low = max(low, 0.0) if values.min() >= 0 else low
        high = min(high, 1.0) if values.max() <= 1 else high
        result[name] = (float(low), float(high))
    return result


def paired_difference(
    measure: Measure,
    metric: str,
    first: Predictions,
    second: Predictions,
    generator: np.random.Generator,
    *,
    draws: int = DRAWS,
) -> tuple[float, float]:
    """Difference of a score between two predictions of the same items, and its two-sided p.

    Both are measured on the same resampled units. p is the share of samples on the other side of
    zero, doubled, at least 1 / draws: what the number of draws can tell.
    """
    observed = measure(first)[metric] - measure(second)[metric]
    differences = np.array(
        [
            measure(first.take(rows))[metric] - measure(second.take(rows))[metric]
            for rows in resamples(first.unit, generator, draws)
            if len(rows)
        ]
    )
    if not len(differences):
        return observed, 1.0
    below, above = (differences <= 0).sum(), (differences >= 0).sum()
    return observed, float(min(1.0, 2 * (min(below, above) + 1) / (len(differences) + 1)))


def holm(p_values: Sequence[float]) -> list[float]:
    """p values corrected for the size of their family, in the given order. Source: Holm 1979."""
    order = np.argsort(p_values, kind="stable")
    corrected = np.empty(len(p_values))
    largest = 0.0
    for position, index in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - position) * p_values[index]))
        corrected[index] = largest
    return corrected.tolist()
