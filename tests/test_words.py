"""The word-vector engine: a store is made once and whole; a text's row is its own affair."""

from __future__ import annotations

import tracemalloc

import embkit.words
import embkit.wordstore
import numpy as np
import pytest
from embkit import Embedder, InvalidRequest
from embkit.languages import default_language, turkish
from embkit.words import WordEmbedder
from embkit.wordstore import open_store
from hypothesis import given, settings
from hypothesis import strategies as st

MR = default_language("mr")
TABLE = {"घर": [1, 0], "नदी": [0, 2], "a-b": [4, 4], "a": [8, 8], "शून्य": [0, 0]}


@pytest.fixture
def make():
    """A function that makes a store of a dictionary, or of blocks, and counts how often."""
    built = []

    def make(table=TABLE, key="k", blocks=None, name="words.vec"):
        def build(folder, notes):
            built.append(key)
            rows = blocks or [(list(table), np.array(list(table.values()), dtype=np.float32))]
            return rows, rows[0][1].shape[1], {}

        return open_store(key, build, name=name)

    make.built = built
    return make


@pytest.fixture
def embedder(make):
    def embedder(table=TABLE, language=MR, **options):
        return WordEmbedder(make(table, key=repr(table)), language, source="s", **options)

    return embedder


def test_a_text_is_the_mean_of_its_words(embedder):
    rows = embedder().embed(["घर, नदी नदी!", "घर अज्ञात", "a"])
    assert rows.dtype == np.float32
    assert rows.tolist() == [[np.float32(1 / 3), np.float32(4 / 3)], [1, 0], [8, 8]]
    assert embedder(pooling="sum").embed(["घर, नदी नदी!"]).tolist() == [[1, 4]]


def test_an_unknown_pooling_is_refused(embedder):
    with pytest.raises(InvalidRequest, match=r"pooling is one of mean, sum, max, .*; got 'min'"):
        embedder(pooling="min")


def test_a_text_without_a_known_word_has_no_vector(embedder):
    rows = embedder().embed(["", " \n", "…", "अज्ञात", "शून्य", "शून्य घर"])
    assert np.isnan(rows[:5]).all()
    assert rows[5].tolist() == [1, 0]
    assert np.isnan(embedder().embed(["", "…"])).all()
    assert embedder().embed([]).shape == (0, 2)


def test_a_text_without_white_space_is_looked_up_whole_first(embedder):
    assert embedder().embed(["a-b", " a-b", "a-b a"]).tolist() == [[4, 4], [8, 8], [8, 8]]
    assert embedder({"-": [3]}).embed(["-"]).tolist() == [[3]]


def test_a_vocabulary_in_lower_case_folds_text_the_language_s_own_way(embedder):
    lower, cased = {"ılık": [1], "iyi": [2]}, {"Ilık": [1], "iyi": [2]}
    assert embedder(lower, turkish()).embed(["ILIK", "İYİ"]).tolist() == [[1], [2]]
    assert np.isnan(embedder(cased, turkish()).embed(["ILIK", "İYİ"])).all()


def test_a_word_stored_in_another_spelling_is_found_unless_its_own_is_there(embedder):
    table = {"e\u0301a": [1], "e\u0301b": [2], "\u00e9b": [3]}
    for _ in range(2):  # the second time out of the file beside the store
        rows = embedder(table).embed(["\u00e9a", "e\u0301a", "e\u0301b"])
        assert rows.tolist() == [[1], [1], [3]]


def test_words_that_are_not_in_the_store_are_composed_each_once(embedder):
    asked = []

    def compose(words):
        asked.append(list(words))
        return np.array([[len(word), 0] if word != "none" else [0, 0] for word in words])

    rows = embedder(compose=compose).embed(["xyz घर xyz none", "none", "xyz"])
    assert rows[[0, 2]].tolist() == [[np.float32(7 / 3), 0], [3, 0]]
    assert np.isnan(rows[1]).all()
    assert asked == [["xyz", "none"]]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=30), max_size=12), st.randoms())
def test_a_row_is_the_same_to_the_bit_alone_in_any_order_and_any_batch(texts, draw):
    table = {word: np.random.default_rng(ord(word)).normal(size=5) for word in "abcdef"}
    rows = [(list(table), np.array(list(table.values()), dtype=np.float32))]
    embedder = WordEmbedder(open_store("k", lambda *_: (rows, 5, {}), name="x"), MR, source="s")
    spelt = [" ".join(words) for words in texts]
    together = embedder.embed(spelt)
    order = list(range(len(spelt)))
    draw.shuffle(order)
    shuffled = embedder.embed([spelt[i] for i in order])
    assert np.array_equal(together[order], shuffled, equal_nan=True)
    for text, row in zip(spelt, together, strict=True):
        assert np.array_equal(embedder.embed([text])[0], row, equal_nan=True)


def test_blocks_of_texts_do_not_show(embedder, monkeypatch):
    texts = ["घर", "", "नदी घर", "a" * 50, "a-b", "a a a"] * 5
    whole = embedder().embed(texts)
    monkeypatch.setattr(embkit.words, "_TEXTS", 4)
    assert np.array_equal(embedder().embed(texts), whole, equal_nan=True)
    monkeypatch.setattr(embkit.words, "_CHARACTERS", 3)
    assert np.array_equal(embedder().embed(texts), whole, equal_nan=True)


def test_memory_does_not_grow_with_the_number_of_texts(embedder, monkeypatch):
    monkeypatch.setattr(embkit.words, "_TEXTS", 500)
    made = embedder()
    made.embed(["घर"])
    peaks = []
    for count in (4000, 16_000):
        texts = ["घर नदी आणि आणखी काही शब्द"] * count
        tracemalloc.start()
        rows = made.embed(texts)
        peaks.append(tracemalloc.get_traced_memory()[1] - rows.nbytes)
        tracemalloc.stop()
    # One block or two are in memory, as it happens.
    assert peaks[1] < 2.2 * peaks[0]


def test_one_word_as_long_as_a_book_is_unknown_and_costs_little(embedder):
    text = "ङ" * 1_000_000
    assert np.isnan(embedder().embed([text])).all()


def test_the_fingerprint_covers_source_pooling_subwords_and_text_layer(embedder):
    store = embedder().store
    same = [WordEmbedder(store, MR, source="s").fingerprint for _ in range(2)]
    other = [
        WordEmbedder(store, MR, source="t").fingerprint,
        WordEmbedder(store, MR, source="s", pooling="sum").fingerprint,
        WordEmbedder(store, turkish(), source="s").fingerprint,
        WordEmbedder(store, MR, source="s", compose=lambda words: store.matrix).fingerprint,
    ]
    assert same[0] == same[1]
    assert len({same[0], *other}) == 5


def test_the_rank_of_a_text_is_the_place_of_its_rarest_word(embedder):
    # घर 1, नदी 2, a-b 3, a 4, शून्य 5
    texts = ["घर", "नदी घर", "a-b", "घर अज्ञात", "", "…", "अज्ञात", "A घर"]
    assert embedder().ranks(texts).tolist() == [1, 2, 3, 0, 0, 0, 0, 4]
    assert embedder().ranks([]).tolist() == []


def test_the_vocabulary_alone_composes_nothing(embedder):
    whole = embedder(compose=lambda words: np.full((len(words), 2), 3, dtype=np.float32))
    assert whole.embed(["अज्ञात", "घर"]).tolist() == [[3, 3], [1, 0]]
    alone = whole.vocabulary_alone
    assert np.isnan(alone.embed(["अज्ञात"])).all()
    assert alone.embed(["घर"]).tolist() == [[1, 0]]
    assert alone.fingerprint != whole.fingerprint
    assert alone.vocabulary_alone is None


def test_it_is_an_embedder_that_states_its_size(embedder):
    made = embedder()
    assert isinstance(made, Embedder)
    assert (made.dim, made.model_bytes, list(made.words)) == (2, 40, list(TABLE))
