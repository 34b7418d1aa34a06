"""Letters that show ties, ranks, and what their intervals leave open."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from embkit.pairing import Sampled
from embkit.ranking import letters, mean_ranks, ranked


def test_where_nobody_can_be_told_apart_all_have_one_letter():
    assert letters(3, []) == ["a", "a", "a"]


def test_where_all_can_be_told_apart_each_has_its_own():
    assert letters(3, [(0, 1), (0, 2), (1, 2)]) == ["a", "b", "c"]


def test_one_between_two_that_differ_is_tied_with_both():
    assert letters(3, [(0, 2)]) == ["a", "ab", "b"]


def test_groups_that_overlap_by_more_than_one_have_a_letter_each():
    # Tied with each other are 0 to 5, 2 to 6 and 4 to 7.
    apart = [(0, 6), (0, 7), (1, 6), (1, 7), (2, 7), (3, 7)]
    shown = letters(8, apart)
    assert shown == ["a", "a", "ab", "ab", "abc", "abc", "bc", "c"]


def test_two_share_a_letter_when_and_only_when_they_are_tied():
    rng = np.random.default_rng(0)
    for _ in range(100):
        apart = {pair for pair in combinations(range(6), 2) if rng.random() < 0.4}
        shown = letters(6, apart)
        assert all(shown)
        for i, j in combinations(range(6), 2):
            assert bool(set(shown[i]) & set(shown[j])) == ((i, j) not in apart)


def test_the_highest_score_has_rank_one_and_equals_share_their_mean():
    assert ranked(np.array([0.2, 0.9, 0.5])).tolist() == [3, 1, 2]
    assert ranked(np.array([0.5, 0.9, 0.5, 0.5])).tolist() == [3, 1, 3, 3]
    assert ranked(np.array([[1.0, 2.0], [3.0, 3.0]])).tolist() == [[2, 1], [1.5, 1.5]]


def test_scores_that_only_rounding_tells_apart_are_equal():
    assert ranked(np.array([0.1 + 0.2, 0.3])).tolist() == [1.5, 1.5]


def task(scores, samples):
    count = len(scores)
    return Sampled(
        scores=np.array(scores), samples=np.array(samples), units=10,
        differing=np.full((count, count), 10), gains=None,
    )  # fmt: skip


def certain(*scores):
    """A task on which every sample says the same."""
    return task(scores, [scores] * 100)


def test_a_mean_rank_on_paper():
    # Ranks 1 2 3, 2 1 3 and 1.5 1.5 3.
    tasks = [certain(0.9, 0.5, 0.1), certain(0.4, 0.5, 0.1), certain(0.7, 0.7, 0.6)]
    observed, _, _ = mean_ranks(tasks, np.random.default_rng(0))
    assert observed.tolist() == [1.5, 1.5, 3]


def test_tasks_that_are_certain_leave_open_only_which_tasks_there_are():
    tasks = [certain(0.9, 0.5)] * 6 + [certain(0.5, 0.9)] * 3
    observed, same, other = mean_ranks(tasks, np.random.default_rng(0), draws=4000)
    assert observed == pytest.approx([4 / 3, 5 / 3])
    assert same[0].tolist() == pytest.approx([4 / 3, 4 / 3])
    # Of nine drawn tasks each is one of the three with probability 1/3: 3 ± 1.96 · sqrt(2).
    assert other[0] == pytest.approx([1, 1 + 6 / 9], abs=0.12)


def test_a_task_whose_items_decide_nothing_leaves_the_rank_open_on_the_same_tasks_too():
    rng = np.random.default_rng(0)
    tasks = [task([0.51, 0.5], rng.normal(0.5, 0.1, (500, 2))) for _ in range(2)]
    observed, same, other = mean_ranks(tasks, rng)
    assert observed.tolist() == [1, 2]
    assert same[0] == pytest.approx([1, 1.5], abs=0.05)
    assert other[0] == pytest.approx([1, 1.5], abs=0.05)


def test_intervals_stay_within_the_ranks_there_are():
    rng = np.random.default_rng(1)
    tasks = [task(rng.random(4), rng.random((200, 4))) for _ in range(3)]
    _, same, other = mean_ranks(tasks, rng)
    for spans in (same, other):
        assert spans.min() >= 1 and spans.max() <= 4
        assert (spans[:, 0] <= spans[:, 1]).all()
