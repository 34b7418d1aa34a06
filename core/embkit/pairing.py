"""How far one provider is from another on the same items: paired resampling and its test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from embkit.errors import InvalidData
from embkit.predictions import Predictions
from embkit.statistics import DRAWS, drawn_units, row_weights

__all__ = ["Difference", "Sampled", "difference", "exchanged", "row_values", "sample_together"]

Score = Callable[[Predictions], float]
SampleScores = Callable[[Predictions, NDArray[np.int64]], NDArray[np.float64]]
# Of the units on which two providers differ: up to so many, every exchange is tried (65,536).
_MOST_EXCHANGED = 16


def _distinct(predictions: Predictions) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions of rows that differ in a column besides `unit`, and for each row which it is."""
    code = np.zeros(len(predictions), dtype=np.int64)
    first = code[:1]
    for name, column in predictions.columns.items():
        for values in () if name == "unit" else column.reshape(len(column), -1).T:
            kinds, kind = np.unique(values, return_inverse=True)
            _, first, code = np.unique(
                code * len(kinds) + kind, return_index=True, return_inverse=True
            )
    return first, code


def row_values(measure: Score, predictions: Predictions) -> NDArray[np.float64] | None:
    """What each row adds to a score that is a mean over rows, shape (n,); None for another score.

    Accuracy or nDCG is such a mean, rank correlation or F1 is not. Nobody has to say so: the score
    of rows must be the mean of the scores of two parts of them, whatever the rows and the parts.
    """
    rows = len(predictions)
    if rows < 2:
        return None
    generator = np.random.default_rng(0)
    for _ in range(3):
        drawn, cut = generator.integers(rows, size=rows), int(generator.integers(1, rows))
        whole, head, tail = (
            len(part) * measure(predictions.take(part))
            for part in (drawn, drawn[:cut], drawn[cut:])
        )
        if not np.isclose(whole, head + tail, rtol=1e-9, atol=1e-9):
            return None
    first, code = _distinct(predictions)
    values = np.array([measure(predictions.take([row])) for row in first])[code]
    return values if np.isclose(values.mean(), measure(predictions), rtol=0, atol=1e-9) else None


@dataclass(frozen=True, kw_only=True, eq=False)
class Sampled:
    """Scores of k providers on the same items, observed and in samples drawn alike for all.

    scores: shape (k,). samples: shape (draws, k). units: how many there are to draw. differing:
    shape (k, k), on how many units two providers differ. gains: shape (units, k), the sum over the
    rows of each unit where the score is a mean over rows and a row has one unit, else None. values:
    shape (n, k), what each row adds where the score is a mean over rows, else None.
    """

    scores: NDArray[np.float64]
    samples: NDArray[np.float64]
    units: int
    differing: NDArray[np.int64]
    gains: NDArray[np.float64] | None
    values: NDArray[np.float64] | None = None


def sample_together(
    measure: Score,
    cells: Sequence[Sequence[Predictions]],
    generator: np.random.Generator,
    *,
    measure_samples: SampleScores | None = None,
    draws: int = DRAWS,
) -> Sampled:
    """Observed and resampled scores of several providers on the same items.

    cells: for each provider its predictions, one for each seed; its score is the mean over them. A
    sample draws the same units for every provider and seed, so seeds add no items.
    measure_samples: as an `Evaluator` has it, of the one score; it saves time and changes nothing.
    Raises InvalidData when the predictions do not have the same units.
    """
    unit = cells[0][0].unit
    if any(not np.array_equal(seed.unit, unit) for cell in cells for seed in cell):
        raise InvalidData("predictions to compare must be of the same items, in the same order")
    scores = _means(measure, cells, np.arange(len(unit)))
    values = _all_row_values(measure, cells)
    codes, blocks = drawn_units(unit, generator, draws)
    units = int(codes.max()) + 1
    gains, samples = None, []
    if values is not None and unit.ndim == 1:
        gains = np.zeros((units, len(cells)))
        np.add.at(gains, codes, values)
        sizes = np.bincount(codes).astype(np.float64)
        for block in blocks:
            times = block.astype(np.float64)
            samples.append(times @ gains / (times @ sizes)[:, None])
    else:
        for block in blocks:
            weights = row_weights(codes, block)
            weights = weights[weights.any(axis=1)]  # crossed units may never meet
            if values is not None:
                samples.append(weights @ values / weights.sum(axis=1)[:, None])
            elif measure_samples and len(weights):
                means = [np.mean([measure_samples(s, weights) for s in c], axis=0) for c in cells]
                samples.append(np.stack(means, axis=1))
            else:
                for times in weights:
                    rows = np.repeat(np.arange(len(unit)), times)
                    samples.append(_means(measure, cells, rows)[None])
    return Sampled(
        scores=scores,
        samples=np.concatenate([np.empty((0, len(cells))), *samples]),
        units=units,
        differing=_differing(cells, codes, values, gains),
        gains=gains,
        values=values,
    )


def _means(
    measure: Score, cells: Sequence[Sequence[Predictions]], rows: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The score of each provider on some rows, the mean over its seeds, shape (k,)."""
    return np.array([np.mean([measure(seed.take(rows)) for seed in cell]) for cell in cells])


def _all_row_values(
    measure: Score, cells: Sequence[Sequence[Predictions]]
) -> NDArray[np.float64] | None:
    """`row_values` of each provider, the mean over its seeds, shape (n, k), if all have them."""
    columns = []
    for cell in cells:
        seeds = []
        for predictions in cell:
            values = row_values(measure, predictions)
            if values is None:
                return None
            seeds.append(values)
        columns.append(np.mean(seeds, axis=0))
    return np.stack(columns, axis=1)


def _differing(
    cells: Sequence[Sequence[Predictions]],
    codes: NDArray[np.int64],
    values: NDArray[np.float64] | None,
    gains: NDArray[np.float64] | None,
) -> NDArray[np.int64]:
    """On how many units each two differ: in score where it is a mean, else in any column."""
    count = np.zeros((len(cells), len(cells)), dtype=np.int64)
    for i in range(len(cells)):
        for j in range(i):
            if gains is not None:
                other = ~np.isclose(gains[:, i], gains[:, j], rtol=0, atol=1e-12)
                count[i, j] = count[j, i] = other.sum()
                continue
            if values is not None:
                rows = ~np.isclose(values[:, i], values[:, j], rtol=0, atol=1e-12)
            else:
                rows = np.any([_unlike(*pair) for pair in zip(cells[i], cells[j], strict=True)], 0)
            count[i, j] = count[j, i] = len(np.unique(codes[rows]))
    return count


def _unlike(first: Predictions, second: Predictions) -> NDArray[np.bool_]:
    """Where two predictions of the same items differ; everywhere if one has a column more."""
    unlike = np.full(len(first), first.columns.keys() != second.columns.keys())
    for name, column in first.columns.items():
        if unlike.all():
            break
        a, b = (c.reshape(len(first), -1) for c in (column, second[name]))
        same = (a == b) | ((a != a) & (b != b))  # NaN is NaN
        unlike |= ~same.all(axis=1)
    return unlike


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How far one provider is from another on a task: value, its 95 % interval and two-sided p.

    interval: None where fewer than two units could be drawn.
    """

    value: float
    interval: tuple[float, float] | None
    p: float


def difference(sampled: Sampled, first: int, second: int, *, level: float = 0.95) -> Difference:
    """The paired difference of two providers, by position.

    Where they differ on at most 16 units and the score is a mean over rows, p is exact: the share
    of all exchanges of the two on these units that bring a difference as large. Otherwise it is
    that of Student's t: the difference over its standard deviation among the samples, with one
    degree of freedom less than there are units. A share of 1,000 samples is at least 1/1,000, too
    coarse to correct for a hundred tests. No p is below what exchanging the units on which they
    differ could give, 2 / 2^units. The interval is that of t.
    """
    from scipy.special import stdtr, stdtrit  # scipy.stats takes a second to import

    value = float(sampled.scores[first] - sampled.scores[second])
    units, differing = sampled.units, int(sampled.differing[first, second])
    if not differing:
        return Difference(value=0.0, interval=(0.0, 0.0), p=1.0)
    if units < 2 or not len(sampled.samples):
        return Difference(value=value, interval=None, p=1.0)
    spread = np.std(sampled.samples[:, first] - sampled.samples[:, second], ddof=1)
    # Drawn from n units, samples vary as if divided by n; the units' own mean leaves n - 1.
    spread *= np.sqrt(units / (units - 1))
    reach = float(stdtrit(units - 1, (1 + level) / 2) * spread)
    if sampled.gains is not None and differing <= _MOST_EXCHANGED:
        p = exchanged(sampled.gains[:, first] - sampled.gains[:, second])
    else:
        beyond = 2 * float(stdtr(units - 1, -abs(value) / spread)) if spread else float(value == 0)
        p = min(1.0, max(beyond, 2.0 ** (1 - differing)))
    return Difference(value=value, interval=(value - reach, value + reach), p=p)


def exchanged(gains: ArrayLike) -> float:
    """The share of all sign patterns under which the sum of gains is as far from zero as it is.

    gains: shape (units,), by how much one provider is above the other on each unit. Exact; costs
    2 to the power of the units with a gain that is not zero. Source: Fisher 1935.
    """
    values = np.asarray(gains, dtype=np.float64)
    sums = np.zeros(1)
    for gain in values[np.abs(values) > 1e-12]:
        sums = np.concatenate([sums + gain, sums - gain])
    return float((np.abs(sums) >= abs(values.sum()) - 1e-9).mean())
