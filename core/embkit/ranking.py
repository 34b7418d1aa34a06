"""Who is tied with whom on a task, and who stands where over many: letters and mean ranks."""

from __future__ import annotations

import string
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from embkit.pairing import Sampled
from embkit.statistics import DRAWS, span

__all__ = [
    "letters",
    "mean_rank_samples",
    "mean_rank_spans",
    "mean_ranks",
    "ranked",
]


def letters(count: int, apart: Collection[tuple[int, int]]) -> list[str]:
    """For each of `count` providers, the best first, letters: two share one when they are tied.

    apart: the pairs of positions that can be told apart. Every letter is a largest group in which
    no two are apart; a provider between two groups has the letters of both.
    Source: insert and absorb, Piepho 2004.
    """
    groups = [frozenset(range(count))]
    for first, second in sorted(apart):
        split = {
            part
            for group in groups
            for part in (
                (group - {first}, group - {second}) if {first, second} <= group else (group,)
            )
        }
        groups = [group for group in split if not any(group < other for other in split)]
    groups.sort(key=sorted)
    named = string.ascii_letters
    names = [named[i] if i < len(named) else f"[{i + 1}]" for i in range(len(groups))]
    return [
        "".join(name for name, group in zip(names, groups, strict=True) if i in group)
        for i in range(count)
    ]


def ranked(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rank of each score along the last axis, 1 for the highest; equals share their mean rank.

    Scores that agree to 12 digits after the point are equal.
    """
    rounded = np.round(scores, 12)
    above = (rounded[..., None, :] > rounded[..., :, None]).sum(axis=-1)
    equal = (rounded[..., None, :] == rounded[..., :, None]).sum(axis=-1)
    ranks: NDArray[np.float64] = above + (equal + 1) / 2
    return ranks


def mean_rank_samples(
    drawn: NDArray[np.float64], chosen: NDArray[np.int64], generator: np.random.Generator
) -> NDArray[np.float64]:
    """Samples of the mean rank over tasks, shape (draws, k).

    drawn: the ranks in samples of each task, shape (tasks, draws, k). chosen: which tasks take part
    in each sample, each with a sample of its own; shape (draws, some).
    """
    sample = generator.integers(drawn.shape[1], size=chosen.shape)
    means: NDArray[np.float64] = drawn[chosen, sample].mean(axis=1)
    return means


def mean_rank_spans(
    means: NDArray[np.float64], observed: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The 95 % interval of each of k mean ranks, shape (k, 2)."""
    ends = [span(column, rank) for column, rank in zip(means.T, observed, strict=True)]
    return np.clip(ends, 1, len(observed))


def mean_ranks(
    tasks: Sequence[Sampled], generator: np.random.Generator, *, draws: int = DRAWS
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Mean rank of each of k providers over tasks, and its 95 % intervals for two questions.

    Returns shapes (k,), (k, 2) and (k, 2). First interval: the same tasks with other items. Second:
    other tasks of the kind as well; the tasks are drawn with replacement.
    """
    observed = ranked(np.array([task.scores for task in tasks])).mean(axis=0)
    # (tasks, draws, k)
    drawn = np.stack([ranked(task.samples[np.arange(draws) % len(task.samples)]) for task in tasks])
    same = np.broadcast_to(np.arange(len(tasks)), (draws, len(tasks)))
    other = generator.integers(len(tasks), size=(draws, len(tasks)))
    spans = [
        mean_rank_spans(mean_rank_samples(drawn, chosen, generator), observed)
        for chosen in (same, other)
    ]
    return observed, spans[0], spans[1]
