"""Which text does not belong? Each text among some of another group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from embkit.datasets import Groups
from embkit.errors import InvalidData
from embkit.evaluators.folding import ngram_vectors
from embkit.evaluators.samples import means
from embkit.predictions import Predictions
from embkit.records import Setting
from embkit.vectors import Vectors

__all__ = ["chance", "measure", "measure_samples", "predict", "spelling"]

_MEMBERS = 8
# Sums of sixteen products of float32: what differs by less is equal.
_ROUNDING = 1e-6


def _sets(dataset: Groups, setting: Setting) -> Iterator[tuple[str, Sequence[str]]]:
    """For each text another group, and eight texts of it or all it has; two at least.

    Drawn are the group and its texts; what belongs to both groups is in no set.
    Raises InvalidData when no other group has two texts for a text.
    """
    groups: dict[str, dict[str, None]] = {}
    for text, label in zip(dataset.texts, dataset.labels, strict=True):
        groups.setdefault(label, {})[text] = None

    @cache
    def members(host: str, guest: str) -> list[str]:
        return [text for text in groups[host] if text not in groups[guest]]

    generator = setting.generator("sets")
    names = list(groups)
    for text, label in zip(dataset.texts, dataset.labels, strict=True):
        hosts = (names[i] for i in generator.permutation(len(names)))
        host = next(
            (h for h in hosts if text not in groups[h] and len(members(h, label)) >= 2), None
        )
        if host is None:
            raise InvalidData(
                f"no group has two texts or more among which {text!r} of group '{label}' could "
                "be the outlier"
            )
        from_host = members(host, label)
        count = min(_MEMBERS, len(from_host))
        drawn = generator.choice(len(from_host), size=count, replace=False)
        yield host, [from_host[i] for i in drawn]


def _rows(
    hosts: Sequence[str], sizes: NDArray[np.int64], positions: NDArray[np.int64], known: NDArray
) -> Predictions:
    number = {host: i for i, host in enumerate(dict.fromkeys(hosts))}
    return Predictions(
        {"position": positions, "members": sizes},
        unit=[number[host] for host in hosts],
        known=known,
    )


def predict(dataset: Groups, vectors: Vectors, setting: Setting) -> Predictions:
    """How many of the set's members are closer to the set than the text that is no member.

    A set is a text and up to eight of another group. How close a text is to its set is its mean
    cosine with the rest; the less, the more compact is the rest without it, which is how Camacho-
    Collados and Navigli (2016) put it. A member as close as the outlier is not closer. In a set
    with an unknown text the outlier is found nowhere, position 0. Sets of one group are drawn
    together.
    """
    hosts, sets = zip(*_sets(dataset, setting), strict=True)
    positions = np.zeros(dataset.items, dtype=np.int64)
    known = np.zeros(dataset.items, dtype=bool)
    for row, (text, members) in enumerate(zip(dataset.texts, sets, strict=True)):
        texts = [*members, text]
        known[row] = vectors.known(texts).all()
        if known[row]:
            units = vectors.unit(texts).astype(np.float64)
            close = units @ units.sum(axis=0) - 1
            positions[row] = (close[:-1] > close[-1] + _ROUNDING).sum()
    return _rows(hosts, np.array([len(members) for members in sets]), positions, known)


def measure(predictions: Predictions) -> Mapping[str, float]:
    """Share of sets whose outlier is last, and the mean of its position over the last (OPP)."""
    position, members = predictions["position"], predictions["members"]
    if not len(position):
        return {"accuracy": 0.0, "opp": 0.0}
    return {
        "accuracy": float((position == members).mean()),
        "opp": float((position / members).mean()),
    }


def measure_samples(
    predictions: Predictions, weights: NDArray[np.int64]
) -> Mapping[str, NDArray[np.float64]]:
    """`measure` of many samples at once."""
    position, members = predictions["position"], predictions["members"]
    accuracy, opp = means([position == members, position / members], weights)
    return {"accuracy": accuracy, "opp": opp}


def chance(dataset: Groups, setting: Setting) -> Predictions:
    """The outlier at a position drawn at random."""
    hosts, sets = zip(*_sets(dataset, setting), strict=True)
    sizes = np.array([len(members) for members in sets])
    positions = setting.generator("chance").integers(sizes + 1)
    return _rows(hosts, sizes, positions, np.ones(dataset.items, dtype=bool))


def spelling(dataset: Groups, setting: Setting) -> Predictions:
    """The same by the cosine of counts of character n-grams, case folded."""
    return predict(dataset, ngram_vectors(dataset.needed, setting), setting)
