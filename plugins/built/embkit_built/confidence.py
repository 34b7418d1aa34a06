"""How likely an answer is right, told from decisions; without enough of them nothing is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embkit_built.ranking import Ranking
from embkit_built.scorers import Places

__all__ = ["ENOUGH", "Confidence", "calibration_error", "fit_confidence", "wilson"]

# With fewer decisions a confidence would be a guess about a guess.
ENOUGH = 40
_FOLDS = 5
_STRENGTH = 1.0  # of the penalty on large weights

Numbers = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Confidence:
    """models: one for each number of steps above the best class.

    decisions: how many it was told from. held_out: the confidence that each of these got from the
    others, shape (n,); right: whether its best class was the decided one.
    """

    models: Sequence[Any]
    decisions: int
    held_out: Numbers
    right: NDArray[np.bool_]

    def of(self, ranking: Ranking) -> Numbers:
        """Shape (n, steps): the probability that the class so many steps above the best is right.

        It never falls on the way up. The last column is where there is no further step.
        """
        columns = [
            _predicted(model, ranking.features(steps)) for steps, model in enumerate(self.models)
        ]
        return np.maximum.accumulate(np.column_stack(columns), axis=1)

    def bar(self, precision: float) -> float:
        """The lowest confidence to accept so that this share of what is accepted will be right.

        Of the held-out decisions from there on the confidence must be as high on average, and as
        many were right, with one wrong one more than were seen: few decisions promise little. An
        answer whose own confidence is the precision is accepted in any case.
        """
        order = np.argsort(-self.held_out, kind="stable")
        falling = self.held_out[order]
        counts = np.arange(1, len(falling) + 1)
        means = np.cumsum(falling) / counts
        seen = np.cumsum(self.right[order]) / (counts + 1)
        enough = np.flatnonzero((means >= precision) & (seen >= precision))
        return min(precision, float(falling[enough[-1]])) if len(enough) else precision

    @property
    def error(self) -> float:
        """The expected calibration error on held-out decisions, 0 to 1, in ten equal groups."""
        return calibration_error(self.held_out, self.right)


def fit_confidence(ranking: Ranking, gold: Places) -> Confidence | None:
    """A logistic regression for each level, of how decided texts were ranked without themselves.

    gold: shape (n,), the decided classes. None for fewer than `ENOUGH` decisions.
    """
    if len(gold) < ENOUGH:
        return None
    tree = ranking.tree
    models = []
    for steps in range(tree.levels):
        target = tree.above(ranking.best, steps)
        there = target >= 0
        right = tree.under(gold, np.where(there, target, ranking.best))
        models.append(_fitted(ranking.features(steps)[there], right[there]))
    features, right = ranking.features(0), ranking.best == gold
    # The same folds in every run, and neighbours in the file are in different ones.
    fold = np.random.default_rng(0).permutation(len(gold)) % _FOLDS
    held_out = np.zeros(len(gold))
    for number in range(_FOLDS):
        inside = fold == number
        model = _fitted(features[~inside], right[~inside])
        held_out[inside] = _predicted(model, features[inside])
    return Confidence(models=models, decisions=len(gold), held_out=held_out, right=right)


def _fitted(features: Numbers, right: NDArray[np.bool_]) -> Any:
    """A model, or a rate where there is nothing to tell apart."""
    if len(right) < ENOUGH // 2 or right.all() or not right.any():
        return (right.sum() + 1) / (len(right) + 2)
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    model = make_pipeline(StandardScaler(), LogisticRegression(C=_STRENGTH, max_iter=1000))
    # Sums are made in another order on another number of threads.
    with threadpool_limits(limits=1):
        return model.fit(features, right)


def _predicted(model: Any, features: Numbers) -> Numbers:
    if not hasattr(model, "predict_proba"):
        return np.full(len(features), float(model))
    return np.asarray(model.predict_proba(features)[:, 1], dtype=np.float64)


def calibration_error(confidence: Numbers, right: NDArray[np.bool_], groups: int = 10) -> float:
    """Mean distance of confidence and accuracy over groups of equal size, weighted by their size.

    Source: Naeini et al. 2015, with groups of equal size instead of equal width.
    """
    order = np.argsort(confidence, kind="stable")
    parts = [part for part in np.array_split(order, groups) if len(part)]
    gaps = [abs(confidence[part].mean() - right[part].mean()) * len(part) for part in parts]
    return float(sum(gaps) / len(order)) if len(order) else 0.0


def wilson(right: int, count: int) -> tuple[float, float]:
    """The 95 % interval of a share by its score; (0, 1) for none of none.

    Source: Wilson 1927.
    """
    if not count:
        return 0.0, 1.0
    z = 1.959963984540054
    share = right / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * np.sqrt(share * (1 - share) / count + z * z / (4 * count**2))
    return float(max(0.0, middle - half)), float(min(1.0, middle + half))
