"""Words in their sentence: a word's own pieces, none lost."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from embkit import TokenEmbedder
from embkit_contextual import open_encoder
from embkit_contextual.cutting import spans
from embkit_contextual.embedder import load_embedder

from .test_texts import hidden_states

SENTENCE = ["the", "evlerab", "मराठी", "cat"]


def rows_of(encoder, sentence, **options):
    ((_, rows),) = encoder.stream_tokens([sentence], **options)
    return rows


@pytest.mark.parametrize(
    ("tokens", "of"),
    [
        ("first", lambda states: states[0]),
        ("mean", lambda states: states.mean(dim=0)),
        ("last", lambda states: states[-1]),
        ("min", lambda states: states.amin(dim=0)),
        ("max", lambda states: states.amax(dim=0)),
    ],
)
def test_a_word_is_made_of_its_own_pieces(model, asked, tokens, of):
    encoder = open_encoder(str(model()), asked(tokens=tokens))
    states = hidden_states(model(), " ".join(SENTENCE))[-1][0]
    # [CLS] the e ##v ##l ##e ##r ##a ##b मराठी cat [SEP]
    assert [len(word) for word in encoder.pieces(SENTENCE)] == [1, 7, 1, 1]
    expected = [of(states[a:b]) for a, b in ((1, 2), (2, 9), (9, 10), (10, 11))]
    assert rows_of(encoder, SENTENCE) == pytest.approx(torch.stack(expected).numpy(), abs=1e-5)


def test_a_layer_can_be_asked_for_each_time(model, asked):
    encoder = open_encoder(str(model()), asked())
    second = hidden_states(model(), "the cat")[2][0, 1:3].numpy()
    assert rows_of(encoder, ["the", "cat"], layer="2") == pytest.approx(second, abs=1e-5)


def test_words_are_cut_as_they_are_in_a_sentence(model, asked):
    encoder = open_encoder(str(model("gpt")), asked())
    names = encoder.input_table()[0]
    spelt = [[names[piece] for piece in word] for word in encoder.pieces(["cat", "the"])]
    assert spelt == [["Ġcat"], ["Ġ", "the"]]
    states = hidden_states(model("gpt"), "the cat", 64)[-1][0].numpy()
    assert rows_of(encoder, ["the", "cat"]) == pytest.approx(states, abs=1e-5)


def test_a_word_without_a_piece_has_no_vector(model, asked):
    encoder = open_encoder(str(model()), asked())
    rows = rows_of(encoder, ["cat", "", "\u200b", "mat"])
    assert np.isnan(rows).any(axis=1).tolist() == [False, True, True, False]
    assert rows_of(encoder, ["", ""]).shape == (2, 16)
    assert np.isnan(rows_of(encoder, ["", ""])).all()
    assert rows_of(encoder, []).shape == (0, 16)


def test_no_word_of_a_long_sentence_is_lost(model, asked):
    words = [["the", "cat", "sat", "on", "mat"][i % 5] for i in range(200)]
    encoder = open_encoder(str(model()), asked(max_tokens=12))
    rows = rows_of(encoder, words)
    assert rows.shape == (200, 16) and np.isfinite(rows).all()
    # Windows of ten pieces, eight further each time; piece 13 is best seen in that of 8 to 18.
    assert spans(200, 10, windows=True)[:3] == [(0, 10), (8, 18), (16, 26)]
    states = hidden_states(model(), " ".join(words[8:18]))[-1][0, 1:-1].numpy()
    assert rows[13] == pytest.approx(states[5], abs=1e-5)
    # Piece 8 stands at the beginning of the second window and near the end of the first.
    first = hidden_states(model(), " ".join(words[:10]))[-1][0, 1:-1].numpy()
    assert rows[8] == pytest.approx(first[8], abs=1e-5)
    assert encoder.texts_cut == 0


@pytest.mark.parametrize("kind", ["bert", "gpt"])
@pytest.mark.parametrize("tokens", ["mean", "max"])
def test_a_sentence_depends_on_itself_alone(model, asked, kind, tokens):
    odd = ["\u00a0", "the\u3000cat", "", "🚀", "a\u0301", " cat"]
    sentences = [[], SENTENCE, ["a"], ["the", "cat"] * 40, odd, SENTENCE[::-1], [""], [], ["cat"]]
    encoder = open_encoder(str(model(kind)), asked(batch_tokens=40, tokens=tokens))
    together = dict(encoder.stream_tokens(iter(sentences)))
    assert sorted(together) == list(range(9))
    for number, sentence in enumerate(sentences):
        assert together[number] == pytest.approx(rows_of(encoder, sentence), abs=1e-5, nan_ok=True)


def test_sentences_of_a_generator_are_taken_as_they_are_needed(model, asked):
    encoder = open_encoder(str(model()), asked(batch_tokens=32))
    taken = itertools.count()
    sentences = (["cat", str(next(taken))] for _ in itertools.count())
    assert next(iter(encoder.stream_tokens(sentences)))[1].shape == (2, 16)
    assert next(taken) < 5000


def test_vectors_of_words_that_are_shorter_than_those_of_texts_are_not_offered(model, asked):
    from .test_texts import MODULES, pooled

    folder = model(files={"modules.json": MODULES, **pooled("mean", "cls")})
    embedder = load_embedder(str(folder), asked())
    assert embedder.dim == 32 and not isinstance(embedder, TokenEmbedder)


@pytest.mark.parametrize(("tokens", "of"), [("min", np.min), ("max", np.max)])
def test_the_extremes_of_a_word_in_two_windows_are_those_of_both(model, asked, tokens, of):
    word = "evlerab" * 3  # 21 pieces, of which ten are read at once
    encoder = open_encoder(str(model()), asked(max_tokens=12, tokens=tokens))
    seen = open_encoder(str(model()), asked(max_tokens=12))
    first, last = (rows_of(seen, [word], tokens=end)[0] for end in ("first", "last"))
    row = rows_of(encoder, [word])[0]
    assert np.isfinite(row).all()
    edge = of([first, last], axis=0)
    assert (row <= edge).all() if tokens == "min" else (row >= edge).all()
