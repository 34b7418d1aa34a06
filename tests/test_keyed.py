"""KeyedView: gensim's names, shapes and answers over a mapped store."""

from __future__ import annotations

import logging
import tracemalloc

import embkit
import embkit.keyed
import numpy as np
import pytest
from embkit import InvalidRequest, KeyedView
from embkit.languages import default_language
from embkit.words import WordEmbedder
from embkit.wordstore import open_store

# gensim calls its own deprecated method.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated `init_sims`")
EN = default_language("en")
TABLE = {"Ev": [3, 4], "ev": [0, 1], "e\u0301": [1, 0], "yok": [0, 0]}
WORDS = [f"w{i}" for i in range(60)]
ROWS = np.random.default_rng(0).normal(size=(60, 8)).astype(np.float32)
# Two pairs of words with one vector, and one with a multiple of another's.
ROWS[41], ROWS[7], ROWS[30] = ROWS[40], ROWS[50], 3 * ROWS[20]


def view_of(words, rows, dtype="float32"):
    rows = np.array(rows, dtype=np.float32)
    blocks = [(list(words), rows)]
    key = f"{len(words)}"
    store = open_store(key, lambda *_: (blocks, rows.shape[1], {}), name="words.vec", dtype=dtype)
    return KeyedView(WordEmbedder(store, EN, source="s"))


@pytest.fixture
def small():
    return view_of(TABLE, list(TABLE.values()))


@pytest.fixture
def ours():
    return view_of(WORDS, ROWS)


@pytest.fixture
def theirs():
    models = pytest.importorskip("gensim.models")
    vectors = models.KeyedVectors(8)
    vectors.add_vectors(WORDS, ROWS)
    return vectors


def test_words_stand_in_the_spelling_of_their_file(small):
    assert list(small.index_to_key) == ["Ev", "ev", "e\u0301", "yok"]
    assert dict(small.key_to_index) == {"Ev": 0, "ev": 1, "e\u0301": 2, "yok": 3}
    assert list(small.key_to_index.items()) == [("Ev", 0), ("ev", 1), ("e\u0301", 2), ("yok", 3)]
    # Not as NFC, nor in the case of the language.
    assert "e\u0301" in small and "\u00e9" not in small and "EV" not in small
    assert (len(small), small.vector_size) == (4, 2)
    assert repr(small) == "KeyedView<vector_size=2, 4 keys>"


def test_vectors_are_those_of_the_file_and_cannot_be_written(small):
    assert small["Ev"].tolist() == [3, 4] and small[["ev", 0]].tolist() == [[0, 1], [3, 4]]
    assert small.get_vector("Ev", norm=True).tolist() == [np.float32(0.6), np.float32(0.8)]
    assert small.get_vector("yok", norm=True).tolist() == [0, 0]
    assert small.vectors.tolist() == [[3, 4], [0, 1], [1, 0], [0, 0]]
    for array in (small["Ev"], small.vectors, small.get_vector("Ev", norm=True)):
        assert array.dtype == np.float32
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_vectors_of_float32_are_mapped_and_others_decoded_once():
    assert isinstance(view_of(TABLE, list(TABLE.values())).vectors, np.memmap)
    narrow = view_of(TABLE, list(TABLE.values()), dtype="float16")
    assert narrow.vectors is narrow.vectors and narrow.vectors.dtype == np.float32
    assert narrow.vectors.tolist() == list(TABLE.values())


def test_opening_a_view_makes_no_table_of_words():
    count = 20_000
    embedder = view_of([f"word{i}" for i in range(count)], np.ones((count, 2)))._store
    embedder = WordEmbedder(embedder, EN, source="s")
    tracemalloc.start()
    try:
        view = KeyedView(embedder)
        assert view.key_to_index["word19999"] == 19_999 and view.vectors.shape == (count, 2)
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


def test_after_many_look_ups_words_are_found_in_a_dictionary_alike(ours, monkeypatch):
    monkeypatch.setattr(embkit.keyed, "_FEW", 3)
    for _ in range(2):
        assert [ours.get_index(word, -1) for word in ("w5", "nope", "w0")] == [5, -1, 0]
    monkeypatch.setattr(ours._store, "rows", None)
    assert ours.key_to_index["w59"] == 59 and "nope" not in ours.key_to_index
    with pytest.raises(KeyError, match="Key 'nope' not present"):
        ours["nope"]


def test_an_embedder_without_a_vocabulary_cannot_be_viewed():
    with pytest.raises(InvalidRequest, match="has no vocabulary to view; load word vectors"):
        KeyedView(embkit.load("ngrams", language="en"))


def test_keys_are_found_as_gensim_finds_them(ours, theirs):
    for key in ("w3", "w59", 3, np.int64(59)):
        assert ours.get_index(key) == theirs.get_index(key)
        np.testing.assert_array_equal(ours[key], theirs[key])
        assert key in ours and key in theirs and ours.has_index_for(key)
    for key in ("nope", "", 60, -1, np.int64(60), None, 3.0):
        assert key not in ours and key not in theirs
        assert ours.get_index(key, 7) == theirs.get_index(key, 7) == 7
        assert ours.get_index(key, -1) == theirs.get_index(key, -1) == -1
    assert ours.key_to_index == theirs.key_to_index
    assert ours.index_to_key == theirs.index_to_key
    assert ours.index_to_key[5:8] == theirs.index_to_key[5:8]
    assert ours.index_to_key[np.int64(5)] == ours.index_to_key[-55] == "w5"
    np.testing.assert_array_equal(ours.vectors, theirs.vectors)
    np.testing.assert_array_equal(ours[["w1", 2]], theirs[["w1", 2]])
    np.testing.assert_allclose(ours.get_vector("w1", norm=True), theirs.get_vector("w1", norm=True))


@pytest.mark.parametrize(
    "ask",
    [
        lambda v: v["nope"],
        lambda v: v[60],
        lambda v: v[["w1", "nope"]],
        lambda v: v.get_index("nope"),
        lambda v: v.get_vector("nope", norm=True),
        lambda v: v.most_similar("nope"),
        lambda v: v.most_similar(["w1"], ["nope"]),
        lambda v: v.most_similar_cosmul(["w1", "nope"]),
        lambda v: v.similar_by_word("nope"),
        lambda v: v.similarity("w1", "nope"),
        lambda v: v.distance("nope", "w1"),
        lambda v: v.get_mean_vector(["w1", "nope"], ignore_missing=False),
        lambda v: v.most_similar([], []),
        lambda v: v.most_similar(),
        lambda v: v.most_similar_cosmul(negative=["w1"]),
        lambda v: v.get_mean_vector([]),
        lambda v: v.get_mean_vector(["w1"], [1, 2]),
        lambda v: v.doesnt_match(["nope"]),
        lambda v: v.n_similarity([], ["w1"]),
    ],
)
def test_what_cannot_be_answered_is_refused_with_gensims_error_and_words(ours, theirs, ask):
    with pytest.raises((KeyError, ValueError, ZeroDivisionError)) as expected:
        ask(theirs)
    with pytest.raises((KeyError, ValueError, ZeroDivisionError)) as caught:
        ask(ours)
    assert (caught.type, str(caught.value)) == (expected.type, str(expected.value))


def assert_same_up_to_ties(found, expected, scores):
    """Scores agree place by place, and each word has its own; scores: of all words, by gensim."""
    words = [word for word, _ in found]
    own = scores[[WORDS.index(word) for word in words]]
    wanted = [score for _, score in expected]
    np.testing.assert_allclose([score for _, score in found], wanted, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(own, wanted, rtol=1e-5, atol=1e-6)
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("topn", [1, 5, 12, 60, 100])
@pytest.mark.parametrize(
    "asked",
    [
        {"positive": "w1"},
        {"positive": 3},
        {"positive": ["w1", "w2"], "negative": ["w3"]},
        {"positive": ["w1", "w1", 2]},
        {"positive": [("w1", 0.5), ("w2", 2.0)], "negative": [("w3", -0.3), "w4"]},
        {"positive": ROWS[5]},
        {"positive": ROWS[5:7], "negative": ["w9"]},
        {"positive": ["w1", ROWS[5]], "negative": [(ROWS[6], -2.0)]},
        {"negative": ["w1"]},
        {"positive": "w1", "restrict_vocab": 11},
        {"positive": ["w50"], "restrict_vocab": 45},
    ],
)
def test_the_most_similar_are_gensims(ours, theirs, asked, topn):
    expected, found = (view.most_similar(**asked, topn=topn) for view in (theirs, ours))
    assert_same_up_to_ties(found, expected, theirs.most_similar(**asked, topn=None))
    assert all(type(word) is str and type(score) is float for word, score in found)


@pytest.mark.parametrize("topn", [1, 7, 100])
@pytest.mark.parametrize(
    "asked",
    [
        {"positive": "w1"},
        {"positive": ["w1", "w2"], "negative": ["w3"]},
        {"positive": ["w1"], "negative": "w3"},
        {"positive": [ROWS[5] / np.linalg.norm(ROWS[5])], "negative": ["w3", "w4"]},
    ],
)
def test_the_most_similar_by_product_are_gensims(ours, theirs, asked, topn):
    expected, found = (view.most_similar_cosmul(**asked, topn=topn) for view in (theirs, ours))
    assert_same_up_to_ties(found, expected, theirs.most_similar_cosmul(**asked, topn=None))


def test_words_of_equal_score_come_in_the_order_of_the_vocabulary(ours):
    assert [word for word, _ in ours.most_similar(ROWS[20], topn=2)] == ["w20", "w30"]
    assert ours.most_similar("w41", topn=1)[0][0] == "w40"
    (first, second) = ours.similar_by_vector(ROWS[50], topn=2)
    assert (first[0], second[0]) == ("w7", "w50") and first[1] == second[1]
    assert ours.most_similar(ROWS[50], topn=1) == [first]


def test_all_cosines_are_gensims_in_the_order_of_the_vocabulary(ours, theirs):
    for limit in (None, 11):
        expected = theirs.most_similar(["w1"], ["w2"], topn=None, restrict_vocab=limit)
        found = ours.most_similar(["w1"], ["w2"], topn=None, restrict_vocab=limit)
        np.testing.assert_allclose(found, expected, atol=1e-6)
    expected = theirs.most_similar_cosmul(["w1"], ["w2"], topn=None)
    np.testing.assert_allclose(
        ours.most_similar_cosmul(["w1"], ["w2"], topn=None), expected, rtol=1e-5
    )
    assert ours.most_similar_cosmul("w1", topn=0) == []
    assert ours.most_similar("w1", topn=0) == theirs.most_similar("w1", topn=0) == []


def test_scores_of_words_and_of_sets_of_words_are_gensims(ours, theirs):
    same = dict(rtol=1e-5, atol=1e-6)
    for first, second in (("w1", "w2"), ("w20", "w30"), (3, "w4"), ("w1", "w1")):
        np.testing.assert_allclose(
            ours.similarity(first, second), theirs.similarity(first, second), **same
        )
        np.testing.assert_allclose(
            ours.distance(first, second), theirs.distance(first, second), **same
        )
    sets = (["w1", "w2", "nope"], ["w3"])
    np.testing.assert_allclose(ours.n_similarity(*sets), theirs.n_similarity(*sets), **same)
    assert np.ndim(ours.similarity("w1", "w2")) == 0
    for word in ("w1", "w59"):
        assert ours.similar_by_word(word, 3)[0][0] == theirs.similar_by_word(word, 3)[0][0]
    for words in (["w1", "w2", "w3", "w4"], ["w9", "w20", "w30"], ["w5"]):
        assert ours.doesnt_match(words) == theirs.doesnt_match(words)


@pytest.mark.parametrize("post", [False, True])
@pytest.mark.parametrize("pre", [False, True])
@pytest.mark.parametrize("weights", [None, [1, -2.0, 0.5], np.array([0.5, 0.25, 0.0])])
@pytest.mark.parametrize("keys", [["w1", "w2", 3], ["w1", "nope", ROWS[4]], ["no", "na", "ne"]])
def test_mean_vectors_are_gensims(ours, theirs, keys, weights, pre, post):
    found, expected = (
        view.get_mean_vector(keys, weights, pre_normalize=pre, post_normalize=post)
        for view in (ours, theirs)
    )
    assert found.dtype == np.float32 and found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_unknown_words_are_left_out_with_a_warning(ours, caplog):
    with caplog.at_level(logging.WARNING, logger="embkit"):
        assert ours.doesnt_match(["w20", "w30", "nope", "w1"]) == "w1"
    assert caplog.messages == ["no vector for 'nope', left out"]


def test_a_word_whose_vector_is_zeros_is_never_similar(small):
    assert [word for word, _ in small.most_similar("ev")] == ["Ev", "e\u0301"]
    assert [word for word, _ in small.most_similar_cosmul("ev")] == ["Ev", "e\u0301"]


def test_fewer_rows_are_searched_by_product_too(ours):
    words = [word for word, _ in ours.most_similar_cosmul("w50", restrict_vocab=5)]
    assert sorted(words) == WORDS[:5]
    scores = ours.most_similar_cosmul("w50", topn=None, restrict_vocab=5)
    assert scores.shape == (5,) and WORDS[int(scores.argmax())] == words[0]
