"""X2Static: its loss by hand and against dense torch, its draws, and what training does."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from embkit.errors import InvalidData
from embkit_static.x2static import Teaching, _Words, keep_probability, logistic_loss, train


def test_the_loss_of_one_word_by_hand():
    # Scores: right 2, wrong 0 and 30, which counts as 20.
    right, sentence = torch.tensor([[1.0, 0]]), torch.tensor([[2.0, 3]])
    wrong = torch.tensor([[[0.0, 0], [0, 10]]])
    expected = math.log(1 + math.exp(-2)) + math.log(2) + math.log(1 + math.exp(20))
    assert float(logistic_loss(right, wrong, sentence)) == pytest.approx(expected, abs=1e-5)


def test_scores_beyond_twenty_move_nothing():
    right = torch.tensor([[30.0]], requires_grad=True)
    wrong = torch.tensor([[[30.0]]], requires_grad=True)
    logistic_loss(right, wrong, torch.ones(1, 1)).backward()
    assert float(right.grad) == 0 and float(wrong.grad) == 0


def test_how_probably_a_word_is_kept():
    # f = 0.5 and 0.02 of a hundred words, t = 0.005: ratios 0.01 and 0.25.
    kept = keep_probability(np.array([50, 2, 48]), 0.005)
    assert kept[0] == pytest.approx(0.1 + 0.01)
    assert kept[1] == pytest.approx(0.5 + 0.25)
    assert keep_probability(np.array([1, 99]), 0.5)[0] == 1


def test_words_to_tell_from_are_drawn_by_the_root_of_their_counts():
    words = _Words(np.array([1, 4, 9]), Teaching(), np.random.default_rng(0))
    shares = np.bincount(words.negatives(6000).ravel()) / 60_000
    np.testing.assert_allclose(shares, [1 / 6, 2 / 6, 3 / 6], atol=0.01)


def sentences(count=40):
    lines = [("पुणे शहर", [0, 1]), ("नदी शहर", [2, 1])]
    return lambda: (lines[i % 2] for i in range(count))


COUNTS = np.array([20, 40, 20])


def test_training_is_what_dense_torch_does(encoder):
    """Every step again with one dense matrix, the same draws and the sums written out."""
    teaching = Teaching(sample=1.0, batch=8, negative=3, seed=4)
    ours = train(sentences(16), COUNTS, encoder, teaching, lines=16)
    draw = np.random.default_rng(4)
    start = draw.uniform(-1 / 16, 1 / 16, (3, 16)).astype(np.float32)
    matrix = torch.tensor(start, requires_grad=True)
    optimiser = torch.optim.Adam([matrix], lr=teaching.lr)
    lines = list(sentences(16)())
    read = dict(encoder.stream_texts([text for text, _ in lines], bare=True))
    words = _Words(COUNTS, teaching, draw)
    kept = [words.kept(numbers) for _, numbers in lines]
    for first in (0, 8):
        drawn = words.negatives(16)
        losses = []
        for place in range(first, first + 8):
            teacher = torch.from_numpy(read[place])
            for word in kept[place]:
                loss = -torch.log(torch.sigmoid(matrix[word] @ teacher))
                for wrong in drawn[len(losses)]:
                    loss = loss - torch.log(torch.sigmoid(-(matrix[wrong] @ teacher)))
                losses.append(loss)
        optimiser.zero_grad()
        torch.stack(losses).mean().backward()
        optimiser.step()
    # All three words are met in each batch, where Adam and its sparse kind are one.
    np.testing.assert_allclose(ours, matrix.detach().numpy(), atol=1e-5)


def test_a_word_comes_near_to_the_sentences_it_stands_in(encoder):
    teaching = Teaching(sample=1.0, lr=0.05, batch=8, epochs=8)
    vectors = train(sentences(), COUNTS, encoder, teaching, lines=40)
    read = dict(encoder.stream_texts(["पुणे शहर", "नदी शहर"], bare=True))
    scores = vectors @ np.stack([read[0], read[1]]).T
    assert scores[0, 0] > scores[0, 1] and scores[2, 1] > scores[2, 0]


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(encoder):
    one, two, other = (
        train(sentences(), COUNTS, encoder, Teaching(sample=1.0, seed=seed), lines=40)
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)


def test_the_loss_is_told_and_falls(encoder):
    said = []
    teaching = Teaching(sample=1.0, lr=0.01, batch=8, epochs=10)
    train(sentences(), COUNTS, encoder, teaching, lines=40, tell=said.append)
    losses = [float(line.split()[1]) for line in said]
    # At the start every score is about zero: eleven times log 2.
    assert losses[0] < 11 * math.log(2) + 1
    assert losses[-1] < losses[0]
    assert said[-1].endswith("after 400 sentences")


def test_text_of_which_no_word_is_kept_is_refused(encoder):
    with pytest.raises(InvalidData, match="raise --sample"):
        train(sentences(2), COUNTS, encoder, Teaching(sample=1e-30), lines=2)
