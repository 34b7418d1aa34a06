"""Do the words of one group lean to one kind of words more than those of another group do?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations, compress

import numpy as np
from numpy.typing import NDArray

from embkit.datasets import Associations
from embkit.evaluators.classification import codes
from embkit.evaluators.linear import Rows, fit
from embkit.predictions import Predictions
from embkit.records import Setting
from embkit.vectors import Vectors

__all__ = ["effect_size", "measure", "permutation_p", "predict"]

# Up to so many ways to part the targets all are looked at, else so many are drawn.
_WAYS, _DRAWS, _BLOCK = 20_000, 10_000, 1_000
# Strength of scikit-learn's C = 1: with two classes `fit` has a vector of weights for each.
_STRENGTH = 0.5
_ROUNDING = 1e-9


def effect_size(values: NDArray[np.float64], groups: NDArray[np.int64]) -> float:
    """Mean of group 0 less that of group 1, over the standard deviation of all.

    values, groups: shape (n,). -2 to 2 for groups of one size, further for others: √10 at most
    for one against nine. 0.0 when a group is empty or the values do not vary.
    Source: Caliskan et al. 2017; standard deviation of a sample, over n - 1.
    """
    first, second = values[groups == 0], values[groups == 1]
    if not len(first) or not len(second) or np.ptp(values) <= _ROUNDING:
        return 0.0
    return float((first.mean() - second.mean()) / values.std(ddof=1))


def permutation_p(
    values: NDArray[np.float64], groups: NDArray[np.int64], generator: np.random.Generator
) -> float:
    """Share of the ways to part the values into such groups that set them apart no less.

    One-sided: group 0 higher. Exact up to 20,000 ways, else of 10,000 that are drawn, the observed
    one among them. 1.0 when a group is empty.
    """
    count = int((groups == 0).sum())
    if count in (0, len(values)):
        return 1.0
    # With the sizes given, the sum of the first group tells all.
    least = values[groups == 0].sum() - _ROUNDING
    ways = math.comb(len(values), count)
    if ways <= _WAYS:
        chosen = np.array(list(combinations(range(len(values)), count)))
        return float((values[chosen].sum(axis=1) >= least).mean())
    as_far = 1
    for _ in range(_DRAWS // _BLOCK):
        drawn = generator.permuted(np.tile(values, (_BLOCK, 1)), axis=1)[:, :count]
        as_far += int((drawn.sum(axis=1) >= least).sum())
    return as_far / (_DRAWS + 1)


def _kinds(dataset: Associations, vectors: Vectors) -> list[NDArray[np.float32]]:
    """The unit vectors of the known words of either kind."""
    kinds: Sequence[Sequence[str]] = (dataset.first_kind, dataset.second_kind)
    return [vectors.unit(list(compress(words, vectors.known(words)))) for words in kinds]


def _second_kind(
    kinds: Sequence[NDArray[np.float32]], targets: NDArray[np.float32]
) -> NDArray[np.float64]:
    """How likely each target is of the second kind, to a logistic regression on the kinds."""
    x = np.concatenate(kinds)
    y = np.repeat([0, 1], [len(kind) for kind in kinds])
    weights = fit(Rows(x), y, 2, _STRENGTH)
    scores = targets @ weights[:-1] + weights[-1]
    likely: NDArray[np.float64] = 1 / (1 + np.exp(scores[:, 0] - scores[:, 1]))
    return likely


def predict(dataset: Associations, vectors: Vectors, setting: Setting) -> Predictions:
    """What each target leans to; NaN for one without a vector.

    association: its mean cosine with words of the first kind, less that with words of the second.
    second: how likely it is of the second kind, by logistic regression (C = 1) on unit vectors of
    the words of both. p: of the permutation test over all targets, the same in every row.
    attributes: the share of the words of both kinds that have a vector, likewise; the others are
    left out, and without any of a kind no row is known.
    """
    groups = codes(dataset.groups, list(dict.fromkeys(dataset.groups)))
    kinds = _kinds(dataset, vectors)
    known = vectors.known(dataset.targets) & all(map(len, kinds))
    association, second = np.full((2, dataset.items), np.nan)
    if known.any():
        targets = vectors.unit(list(compress(dataset.targets, known)))
        first_mean, second_mean = (kind.mean(axis=0, dtype=np.float64) for kind in kinds)
        association[known] = targets @ (first_mean - second_mean)
        second[known] = _second_kind(kinds, targets)
    p = permutation_p(association[known], groups[known], setting.generator("permutations"))
    share = sum(map(len, kinds)) / (len(dataset.first_kind) + len(dataset.second_kind))
    return Predictions(
        {
            "group": groups,
            "association": association,
            "second": second,
            "p": np.full(dataset.items, p),
            "attributes": np.full(dataset.items, share),
        },
        unit=np.arange(dataset.items),
        known=known,
        names={"group": list(dict.fromkeys(dataset.groups))},
    )


def measure(predictions: Predictions) -> Mapping[str, float]:
    """Balance, the effect size and p of WEAT, RNSB, and how many words of the kinds are known.

    balance: 1 less half the size of the effect, 0 at least, times the share of targets that are
    known: knowing no word of a group is no fairness. rnsb: Kullback-Leibler divergence, in nats,
    of the targets' likelihoods of the second kind, scaled to add up to one, from equal ones.
    """
    known = predictions.take(predictions.known)
    scores = {"balance": 0.0, "weat_effect": 0.0, "weat_p": 1.0, "rnsb": 0.0}
    if not len(predictions):
        return {**scores, "attributes_known": 0.0}
    scores["weat_p"] = float(predictions["p"][0])
    if len(set(known["group"].tolist())) == 2:
        effect = effect_size(known["association"], known["group"])
        scores["weat_effect"] = effect
        scores["balance"] = max(1 - abs(effect) / 2, 0.0) * len(known) / len(predictions)
        share = known["second"] / known["second"].sum()
        scores["rnsb"] = float((share * np.log(np.maximum(share * len(share), 1e-300))).sum())
    return {**scores, "attributes_known": float(predictions["attributes"][0])}
