"""Aggregate: three words in four sentences against a slow loop, sampling, and work broken off."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch
from embkit_static import aggregate as module
from embkit_static.aggregate import Context, Pooled, aggregate, alone, contexts
from embkit_static.text import Vocabulary, units
from transformers import AutoModel, AutoTokenizer

SENTENCES = [["पुणे", "शहर", "आहे"], ["नदी", "पुणे"], ["शहर", "नदी", "शहर"], ["the", "cat"]]
WORDS = ["शहर", "पुणे", "नदी"]
MIXED = ["पुणेत", "नदीत", "शहर"]  # of one piece and of several


def context(sentence, words=WORDS):
    places = [place for place, word in enumerate(sentence) if word in words]
    return Context(sentence, places, [words.index(sentence[place]) for place in places])


def slow(folder, sentences, words, *, layer, f, g):
    """Each sentence through transformers, each word's pieces one by one."""
    model, tokenizer = AutoModel.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    found = {word: [] for word in words}
    for sentence in sentences:
        given = tokenizer(sentence, is_split_into_words=True, return_tensors="pt")
        with torch.no_grad():
            states = model(**given, output_hidden_states=True).hidden_states[layer][0].numpy()
        owners = given.word_ids(0)
        for place, word in enumerate(sentence):
            if word in found:
                found[word].append(f(states[[i for i, own in enumerate(owners) if own == place]]))
    return np.array([g(np.array(found[word])) for word in words])


F = {
    "mean": lambda rows: rows.mean(axis=0), "first": lambda rows: rows[0],
    "last": lambda rows: rows[-1], "min": lambda rows: rows.min(axis=0),
    "max": lambda rows: rows.max(axis=0),
}  # fmt: skip


@pytest.mark.parametrize("layer", ["last", "1", "0"])
@pytest.mark.parametrize("over", ["mean", "min", "max"])
@pytest.mark.parametrize("tokens", ["mean", "first", "last", "min", "max"])
def test_both_poolings_and_any_layer_agree_with_a_slow_loop(berts, encoder, layer, over, tokens):
    sentences = [["पुणेत", "शहर", "आहे"], ["नदीत", "पुणेत"], ["शहर", "नदीत", "शहर"]]
    pooled = Pooled(3, 16, over)
    given = [context(sentence, MIXED) for sentence in sentences]
    aggregate(given, encoder, pooled, layer=layer, tokens=tokens)
    number = {"last": -1}.get(layer, int(layer) if layer.isdigit() else 0)
    expected = slow(berts(), sentences, MIXED, layer=number, f=F[tokens], g=F[over])
    np.testing.assert_allclose(pooled.vectors(), expected, atol=1e-5)


def test_the_mean_of_three_words_in_four_sentences_by_hand(encoder):
    rows = dict(encoder.stream_tokens(SENTENCES))
    pooled = Pooled(3, 16, "mean")
    aggregate(map(context, SENTENCES), encoder, pooled, layer="last", tokens="mean")
    assert pooled.counts.tolist() == [3, 2, 2]
    np.testing.assert_allclose(
        pooled.vectors(),
        [
            (rows[0][1] + rows[2][0] + rows[2][2]) / 3,
            (rows[0][0] + rows[1][1]) / 2,
            (rows[1][0] + rows[2][1]) / 2,
        ],
        atol=1e-6,
    )


def test_a_word_alone_is_a_sentence_of_one_word(encoder):
    pooled = Pooled(2, 16, "mean")
    aggregate(alone(["पुणे", "शहर"]), encoder, pooled, layer="last", tokens="mean")
    rows = dict(encoder.stream_tokens([["पुणे"], ["शहर"]]))
    np.testing.assert_allclose(pooled.vectors(), [rows[0][0], rows[1][0]], atol=1e-6)


@pytest.mark.parametrize(("over", "expected"), [("mean", 2), ("min", -1), ("max", 5)])
def test_rows_are_combined_across_additions(over, expected):
    pooled = Pooled(2, 1, over)
    pooled.add(np.array([1, 1]), np.array([[5], [-1]], dtype=np.float32))
    pooled.add(np.array([1]), np.array([[2]], dtype=np.float32))
    pooled.add(np.array([1]), np.array([[np.nan]], dtype=np.float32))
    assert pooled.vectors().tolist() == [[0], [expected]]


def lines_of(path, sentences):
    path.write_text("".join(" ".join(sentence) + "\n" for sentence in sentences), encoding="utf-8")
    counts = Counter(word for sentence in sentences for word in sentence)
    words = sorted(counts)
    return Vocabulary(words, np.array([counts[word] for word in words]))


def test_of_a_frequent_word_exactly_so_many_places_are_looked_at(tmp_path, marathi):
    vocabulary = lines_of(tmp_path / "l.txt", [["शहर", "पुणे"]] * 30 + [["शहर", "नदी"]] * 5)
    found = list(contexts(tmp_path / "l.txt", vocabulary, marathi, cased=False, most=7, seed=0))
    seen = Counter(vocabulary.words[number] for each in found for number in each.words)
    assert seen == {"शहर": 7, "पुणे": 7, "नदी": 5}


def test_every_place_is_drawn_as_often_as_any_other(tmp_path, marathi):
    vocabulary = lines_of(tmp_path / "l.txt", [[f"{'कखगघच'[i]}क", "शहर"] for i in range(5)])
    drawn = Counter()
    for seed in range(2000):
        one = contexts(tmp_path / "l.txt", vocabulary, marathi, cased=False, most=2, seed=seed)
        place = vocabulary.numbers["शहर"]
        drawn.update(i for i, each in enumerate(one) if place in each.words)
    # Two of five places, 2,000 times: 800 each, with a standard deviation of 22.
    assert sum(drawn.values()) == 4000
    assert max(abs(count - 800) for count in drawn.values()) < 100


def test_the_same_seed_draws_the_same_places(tmp_path, marathi):
    vocabulary = lines_of(tmp_path / "l.txt", [["शहर", "पुणे"]] * 30)

    def draw(seed):
        found = contexts(tmp_path / "l.txt", vocabulary, marathi, cased=False, most=5, seed=seed)
        return [each.words for each in found]

    assert draw(1) == draw(1) != draw(2)


def test_work_that_was_broken_off_comes_to_the_same_vectors(encoder, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_BLOCK", 3)
    sentences = [context(SENTENCES[i % 3]) for i in range(20)]
    whole = Pooled(3, 16, "mean")
    aggregate(sentences, encoder, whole, layer="last", tokens="mean")

    def breaking():
        for i, sentence in enumerate(sentences):
            if i == 11:
                raise KeyboardInterrupt
            yield sentence

    keep = {"checkpoint": tmp_path / "kept.npz", "key": "this", "every": 0}
    with pytest.raises(KeyboardInterrupt):
        aggregate(breaking(), encoder, Pooled(3, 16, "mean"), layer="last", tokens="mean", **keep)
    resumed = Pooled(3, 16, "mean")
    before = aggregate(sentences, encoder, resumed, layer="last", tokens="mean", **keep)
    assert before == 9
    np.testing.assert_allclose(resumed.vectors(), whole.vectors(), rtol=0, atol=1e-6)
    np.testing.assert_array_equal(resumed.counts, whole.counts)


@pytest.mark.parametrize("damage", [lambda b: b[:50], lambda b: b"", lambda b: b[:-30]])
def test_a_damaged_or_foreign_checkpoint_is_not_taken_up(tmp_path, damage):
    path = tmp_path / "kept.npz"
    pooled = Pooled(3, 4, "mean")
    pooled.add(np.array([1]), np.ones((1, 4), np.float32))
    pooled.save(path, "this", 5)
    assert Pooled(3, 4, "mean").load(path, "this") == 5
    assert Pooled(3, 4, "mean").load(path, "other") == 0
    path.write_bytes(damage(path.read_bytes()))
    assert Pooled(3, 4, "mean").load(path, "this") == 0


def test_an_encoder_reads_what_stands_between_the_words(marathi):
    words, read = units("पुणे, शहर-नदी (मोठी)!", marathi, cased=False)
    assert words == ["पुणे", "शहर", "नदी", "मोठी"]
    assert read.parts == ["पुणे", ",", "शहर", "-", "नदी", "(", "मोठी", ")!"]
    assert [read.parts[place] for place in read.places] == words


def test_words_are_folded_by_their_language_and_read_as_they_are_written():
    from embkit.languages import turkish

    words, read = units("ISPARTA'da İyi", turkish(), cased=False)
    assert [word[0] for word in words] == ["ı", "i"]
    assert [read.parts[place][0] for place in read.places] == ["I", "İ"]
