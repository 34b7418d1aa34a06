"""What a smaller vocabulary is said to have kept, on vectors whose angles are written by hand."""

from __future__ import annotations

from math import cos, radians

import embkit_fasttext.fidelity as measuring
import numpy as np
import pytest
from embkit.wordstore import open_store
from embkit_fasttext.fidelity import fidelity


def store_of(angles, dtype="float32"):
    """Words with a vector of length one at an angle in degrees; None for a row of zeros."""
    rows = [
        [0, 0] if a is None else [np.cos(radians(a)), np.sin(radians(a))] for a in angles.values()
    ]
    block = list(angles), np.array(rows, dtype=np.float32)
    return open_store(
        repr(angles), lambda folder, notes: ([block], 2, {}), name="test", dtype=dtype
    )


@pytest.fixture(autouse=True)
def one_neighbour_and_no_others(monkeypatch):
    monkeypatch.setattr(measuring, "_NEIGHBORS", 1)
    monkeypatch.setattr(measuring, "_OTHERS", 0)


BEFORE = {"a": 0, "b": 10, "c": 30, "d": 70}


def test_what_did_not_change_is_kept_whole():
    found = fidelity(store_of(BEFORE), store_of(BEFORE))
    assert found == (4, 1, 1.0, 1.0, 0.0, 0.0, pytest.approx(1.0))


def test_a_word_that_moved_takes_neighbours_with_it():
    # Nearest before: a b, b a, c b, d c. With b at 50: a c, b c, c b, d b.
    found = fidelity(store_of(BEFORE), store_of(BEFORE | {"b": 50}))
    assert found.words == 4
    assert found.neighbors_kept == found.neighbors_kept_there == 0.25
    # Of the pairs ab, ba, cb and dc, the first two moved from 10 to 50 degrees.
    change = cos(radians(10)) - cos(radians(50))
    assert found.mean_change == pytest.approx(2 * change / 4, abs=1e-6)
    assert found.largest_change == pytest.approx(change, abs=1e-6)
    # Cosines of 10, 10, 20 and 40 degrees became those of 50, 50, 20 and 40: ranks 3.5 3.5 2 1
    # became 1.5 1.5 4 3: less their mean, products sum up to -3.5 and squares to 4.5 on each side.
    assert found.order_kept == pytest.approx(-3.5 / 4.5)


def test_neighbours_that_were_left_out_are_lost_but_not_those_among_what_is_there():
    # Nearest before: a b, c b, d c; among a, c and d: a c, c a, d c.
    after = store_of({word: angle for word, angle in BEFORE.items() if word != "b"})
    found = fidelity(store_of(BEFORE), after)
    assert found.neighbors_kept == pytest.approx(1 / 3)
    assert found.neighbors_kept_there == 1.0
    assert found.largest_change == 0.0


def test_words_in_another_order_are_the_same_words():
    after = store_of(dict(reversed(BEFORE.items())))
    assert fidelity(store_of(BEFORE), after).neighbors_kept == 1.0


def test_words_without_a_vector_are_neither_looked_at_nor_found():
    angles = BEFORE | {"zero": None}
    assert fidelity(store_of(angles), store_of(angles))[:4] == (4, 1, 1.0, 1.0)


def test_nothing_can_be_said_of_a_single_vector():
    angles = {"a": 0, "zero": None}
    assert fidelity(store_of(angles), store_of(angles)) is None


def test_the_sample_is_bounded_and_the_same_each_time(monkeypatch):
    monkeypatch.setattr(measuring, "_NEIGHBORS", 10)
    monkeypatch.setattr(measuring, "_OTHERS", 20)
    draw = np.random.default_rng(0)
    angles = dict(zip((f"w{i}" for i in range(2000)), draw.uniform(0, 360, 2000), strict=True))
    before = store_of(angles)
    after = store_of(angles, "float16")
    found = fidelity(before, after)
    assert found.words == 500
    assert found == fidelity(before, after)
    assert found != fidelity(before, after, seed=1)
    assert 0 < found.mean_change < 1e-3
