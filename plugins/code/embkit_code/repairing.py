"""Where is the wrong variable, and which belongs there? Two pointers over vectors of tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain

import numpy as np
from embkit.evaluators.folding import ngram_vectors
from embkit.evaluators.linear import Scaling
from embkit.evaluators.samples import means
from embkit.evaluators.windows import OUTSIDE, Windows, around
from embkit.predictions import Predictions
from embkit.records import Setting
from embkit.vectors import Vectors
from numpy.typing import NDArray

from embkit_code.shapes import Repairs
from embkit_code.telling import units

__all__ = [
    "Pointed", "answered", "chance", "measure", "measure_samples", "neighbours", "predict",
]  # fmt: skip

_STRENGTHS = (0.01, 0.1, 1.0)
_STEPS = 100
_RADIUS = 2
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Pointed:
    """The candidates of some functions, one after another.

    token: place of each in all tokens. owner: its function. location: whether it is the wrong
    variable. target: whether it is the right one. starts: where the candidates of each function
    begin, and behind the last. wrong: of each function the candidate that is wrong, -1 for none.
    """

    token: Ints
    owner: Ints
    location: NDArray[np.bool_]
    target: NDArray[np.bool_]
    starts: Ints
    wrong: Ints

    @classmethod
    def of(cls, dataset: Repairs, split: str, first: int) -> Pointed:
        """first: how many tokens stand before those of the split."""
        sentences = getattr(dataset, f"{split}_sentences")
        candidates = getattr(dataset, f"{split}_candidates")
        locations = getattr(dataset, f"{split}_locations")
        targets = getattr(dataset, f"{split}_targets")
        sizes = np.array([len(row) for row in candidates], dtype=np.int64)
        begins = first + np.cumsum([0, *map(len, sentences)])[:-1]
        owner = np.repeat(np.arange(len(sizes)), sizes)
        inner = np.fromiter(chain.from_iterable(candidates), np.int64, int(sizes.sum()))
        location = inner == np.repeat(np.array(locations, dtype=np.int64), sizes)
        wrong = np.full(len(sizes), -1)
        wrong[owner[location]] = np.flatnonzero(location)
        right = [set(row) for row in targets]
        target = [place in right[i] for i, row in enumerate(candidates) for place in row]
        return cls(
            token=begins[owner] + inner,
            owner=owner,
            location=location,
            target=np.array(target, dtype=bool),
            starts=np.cumsum([0, *sizes]),
            wrong=wrong,
        )


def _softmax(scores: NDArray[np.float64], places: Pointed, null: bool) -> NDArray[np.float64]:
    """The share of each candidate among those of its function, and of nothing, with a score of 0.

    null: whether there may be nothing.
    """
    most = np.maximum.reduceat(scores, places.starts[:-1])
    most = np.maximum(most, 0.0) if null else most
    powers = np.exp(scores - most[places.owner])
    totals = np.add.reduceat(powers, places.starts[:-1]) + (np.exp(-most) if null else 0.0)
    shares: NDArray[np.float64] = powers / totals[places.owner]
    return shares


def _fit(x: Windows, places: Pointed, strength: float, null: bool) -> NDArray[np.float64]:
    """Weights of a pointer, shape (features + 1,), the last the intercept; see `predict`.

    null: it learns where the wrong variable is, or that there is none, from all functions;
    otherwise any of the right ones, from those in which there is a wrong one.
    """
    from scipy.optimize import minimize
    from threadpoolctl import threadpool_limits

    buggy = places.wrong >= 0
    counted = np.ones(len(buggy), dtype=bool) if null else buggy
    n = int(counted.sum())
    gold = places.location if null else places.target
    used = counted[places.owner]

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        single = weights.astype(np.float32)
        scores = (x @ single[:-1, None])[:, 0].astype(np.float64) + weights[-1]
        shares = _softmax(scores, places, null)
        right = np.add.reduceat(np.where(gold, shares, 0.0), places.starts[:-1])
        nothing = 1 - np.add.reduceat(shares, places.starts[:-1])
        likelihood = np.maximum(np.where(buggy, right, nothing) if null else right, 1e-12)
        # The share that a candidate ought to have: that of right ones is left as it is divided.
        ought = np.where(gold, shares / np.maximum(right, 1e-12)[places.owner], 0.0)
        slope = np.where(used, shares - ought, 0.0) / n
        gradient = np.empty_like(weights)
        gradient[:-1] = x.transposed(slope.astype(np.float32)[:, None])[:, 0]
        gradient[:-1] += weights[:-1] / (strength * n)
        gradient[-1] = slope.sum()
        value = -float(np.log(likelihood[counted]).mean())
        return value + float((weights[:-1] ** 2).sum()) / (2 * strength * n), gradient

    with threadpool_limits(limits=1):
        found = minimize(
            loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B",
            options={"maxiter": _STEPS, "gtol": 5e-4, "ftol": 0.0},
        )  # fmt: skip
    weights: NDArray[np.float64] = found.x
    return weights


def _scores(x: Windows, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    single = weights.astype(np.float32)
    scores: NDArray[np.float64] = (x @ single[:-1, None])[:, 0].astype(np.float64) + weights[-1]
    return scores


def _best(scores: NDArray[np.float64], places: Pointed) -> Ints:
    """The candidate of each function with the highest score, of equals the first."""
    order = np.lexsort((-scores, places.owner))
    best: Ints = order[places.starts[:-1]]
    return best


def _at(location: Ints, places: Pointed, table: Ints) -> Ints:
    """For each candidate its window and what it shares with the window of the wrong variable.

    The window itself; the neighbours that stand around both; the token where it is the same. What
    is not shared is OUTSIDE. The other window alone would be the same for all candidates.
    """
    own = table[places.token]
    theirs = own[np.maximum(location, 0)[places.owner]]
    return np.concatenate([own, np.where(own == theirs, own, OUTSIDE)], axis=1)


def predict(dataset: Repairs, vectors: Vectors, setting: Setting) -> Predictions:
    """The place of the wrong variable or none, and the place of the variable that belongs there.

    Both are pointers, one softmax over the candidates of a function (Vasic et al. 2019). The first
    reads the vectors of a candidate and of two tokens to either side, and chooses among all
    candidates and nothing, which has the score 0. The second reads the same, and which of
    these five tokens also stand at the place that is wrong; every place of the right variable is
    right, and it is learnt from functions with a wrong variable. Each strength is the one of 0.01,
    0.1 and 1 that is right most often on validation. Where there is no vector stand zeros; a
    function none of whose candidates has one counts as unknown.
    """
    table, rows = vectors.tokens(dataset.needed_sentences)
    lengths = [len(sentence) for sentence in dataset.needed_sentences]
    splits, first = [], 0
    for split in ("train", "valid", "test"):
        splits.append(Pointed.of(dataset, split, first))
        first += sum(map(len, getattr(dataset, f"{split}_sentences")))
    train, valid, test = splits
    if not (rows[train.token] >= 0).any():
        nothing = np.full(dataset.items, -1)
        return answered(dataset, test, nothing, nothing, np.zeros(dataset.items, dtype=bool))
    scaled = Scaling(table, np.bincount(rows[rows >= 0], minlength=len(table)))(table)
    windows = around(rows, lengths, _RADIUS)

    def found(places: Pointed, weights: NDArray[np.float64]) -> Ints:
        scores = _scores(Windows(scaled, windows[places.token]), weights)
        best = _best(scores, places)
        return np.where(scores[best] > 0, best, -1)

    def repaired(places: Pointed, location: Ints, weights: NDArray[np.float64]) -> Ints:
        return _best(_scores(Windows(scaled, _at(location, places, windows)), weights), places)

    x = Windows(scaled, windows[train.token])
    finders = [_fit(x, train, strength, True) for strength in _STRENGTHS]
    finder = max(finders, key=lambda w: float((found(valid, w) == valid.wrong).mean()))
    y = Windows(scaled, _at(train.wrong, train, windows))
    menders = [_fit(y, train, strength, False) for strength in _STRENGTHS]
    buggy = valid.wrong >= 0
    mender = max(
        menders, key=lambda w: float(valid.target[repaired(valid, valid.wrong, w)][buggy].mean())
    )
    location = found(test, finder)
    # A function that is called clean is repaired nowhere, and where it is buggy that is wrong.
    repair = np.where(location >= 0, repaired(test, location, mender), -1)
    known = np.logical_or.reduceat(rows[test.token] >= 0, test.starts[:-1])
    return answered(dataset, test, location, repair, known)


def answered(
    dataset: Repairs, places: Pointed, location: Ints, repair: Ints, known: NDArray[np.bool_]
) -> Predictions:
    """One row a test function; the versions of a function are drawn together."""
    return Predictions(
        {
            "buggy": places.wrong >= 0,
            "said_buggy": location >= 0,
            "located": (location >= 0) & (location == places.wrong),
            "repaired": (repair >= 0) & places.target[repair],
        },
        unit=units(dataset.test_functions),
        known=known,
    )


def _parts(predictions: Predictions) -> dict[str, tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """By score which rows are right, and which rows it is about."""
    buggy, said = predictions["buggy"], predictions["said_buggy"]
    located, repaired = predictions["located"], predictions["repaired"]
    known = predictions.known
    return {
        "joint": (located & repaired & known, buggy),
        "classification": ((said == buggy) & known, np.ones(len(buggy), dtype=bool)),
        "clean": (~said & known, ~buggy),
        "localisation": (located & known, buggy),
        "repair": (repaired & known, buggy),
    }


def measure(predictions: Predictions) -> Mapping[str, float]:
    """Joint localisation and repair, and what it is made of.

    joint, localisation, repair: share of the buggy functions; classification: of all, whether a
    function is called buggy as it is; clean: of the clean ones, not called buggy, which CuBERT's
    code has as true positive rate. Any place of the right variable is a repair. An unknown function
    is wrong in all.
    """
    return {
        name: float(right[among].mean()) if among.any() else 0.0
        for name, (right, among) in _parts(predictions).items()
    }


def measure_samples(
    predictions: Predictions, weights: NDArray[np.int64]
) -> Mapping[str, NDArray[np.float64]]:
    """`measure` of many samples at once."""
    return {
        name: means([right], weights, among)[0]
        for name, (right, among) in _parts(predictions).items()
    }


def neighbours(dataset: Repairs, setting: Setting) -> Predictions:
    """The same pointers on the spelling of the tokens: hashed character n-grams."""
    return predict(dataset, ngram_vectors(dataset.needed, setting), setting)


def chance(dataset: Repairs, setting: Setting) -> Predictions:
    """Half of the functions are called buggy; place and repair are drawn among the candidates."""
    places = Pointed.of(dataset, "test", 0)
    generator = setting.generator("chance")
    sizes = np.diff(places.starts)

    def drawn() -> Ints:
        inner = (generator.random(dataset.items) * sizes).astype(np.int64)
        place: Ints = places.starts[:-1] + inner
        return place

    location = np.where(generator.random(dataset.items) < 0.5, drawn(), -1)
    repair = np.where(location >= 0, drawn(), -1)
    return answered(dataset, places, location, repair, np.ones(dataset.items, dtype=bool))
