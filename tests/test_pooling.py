"""A text's vector is what its pooling says of its words' vectors, and nothing else changes it."""

from __future__ import annotations

import tracemalloc

import embkit.pooling
import embkit.words
import numpy as np
import pytest
from embkit.languages import default_language
from embkit.pooling import common_component, word_shares, word_weights
from embkit.word_options import POOLINGS
from embkit.words import WordEmbedder
from embkit.wordstore import open_store, row_norms
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

# Words 0 to 3; the last has no vector.
TABLE = np.array([[3, 4], [0, -2], [-1, 0], [0, 0]], dtype=np.float32)
WEIGHTS = np.array([0.5, 2.0, 1.0, 4.0])


class Whole:
    """A table in memory."""

    def __init__(self, rows):
        self.norms = row_norms(rows)
        self.rows = lambda: rows
        self.sums = lambda weights: weights @ rows


def pool(pooling, words, table, *rest):
    return embkit.pooling.pool(pooling, words, Whole(table), *rest)


def texts_of(texts, distinct):
    """Texts, given as numbers of words, as `pool` takes them: an entry for each word."""
    ends = np.cumsum([0, *map(len, texts)])
    numbers = np.array([number for text in texts for number in text], dtype=np.int32)
    ones = np.ones(len(numbers), dtype=np.float32)
    return csr_array((ones, numbers, ends), shape=(len(texts), distinct))


def store_of(table, counts=None, key="k"):
    def build(folder, notes):
        if counts is not None:
            np.save(folder / "counts.npy", np.array(counts))
        words = [f"w{i}" for i in range(len(table))]
        return [(words, np.asarray(table, dtype=np.float32))], len(table[0]), {}

    return open_store(key, build, name="x")


@pytest.mark.parametrize(
    ("pooling", "expected"),
    [
        ("mean", [(3 + 0 + 0) / 3, (4 - 2 - 2) / 3]),
        ("sum", [3, 0]),
        ("max", [3, 4]),
        ("idf", [0.5 * 3 / 4.5, (0.5 * 4 - 2 * 2 - 2 * 2) / 4.5]),
        ("sif", [0, (0.5 * 4 - 2 * 2 - 2 * 2) / 3]),
        ("fasttext", [0.6 / 3, (0.8 - 1 - 1) / 3]),
    ],
)
def test_each_pooling_agrees_with_numbers_by_hand(pooling, expected):
    # The last word has no vector, so it counts for nothing; the common direction is the first axis.
    words = texts_of([[0, 1, 1, 3]], 4)
    rows = pool(pooling, words, TABLE, WEIGHTS, np.array([1.0, 0.0]))
    assert rows.dtype == np.float32
    assert rows[0] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_a_word_in_several_entries_counts_as_often_as_they_say(pooling):
    component = np.array([0.6, 0.8])
    apart = pool(pooling, texts_of([[0, 2, 2, 2, 1]], 4), TABLE, WEIGHTS, component)
    together = pool(pooling, csr_array([[1.0, 1.0, 3.0, 0.0]]), TABLE, WEIGHTS, component)
    assert apart == pytest.approx(together, abs=1e-6)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_a_text_without_a_word_that_has_a_vector_has_none(pooling):
    rows = pool(pooling, texts_of([[], [3], [3, 0], [3, 3]], 4), TABLE, WEIGHTS, np.zeros(2))
    assert np.isnan(rows[[0, 1, 3]]).all()
    assert not np.isnan(rows[2]).any()
    empty = np.zeros((0, 2), dtype=np.float32)
    rows = pool(pooling, texts_of([[], []], 0), empty, np.zeros(0), np.zeros(2))
    assert rows.shape == (2, 2)
    assert np.isnan(rows).all()
    assert pool(pooling, texts_of([], 4), TABLE, WEIGHTS, np.zeros(2)).shape == (0, 2)


def looped(pooling, text, table, weights, component):
    """The same, word by word, in float64."""
    here = [i for i in text if table[i].any()]
    rows = [table[i].astype(np.float64) for i in here]
    match pooling:
        case "sum":
            return sum(rows)
        case "max":
            return np.max(rows, axis=0)
        case "idf":
            total = sum(weights[i] for i in here)
            return sum(weights[i] * row for i, row in zip(here, rows, strict=True)) / total
        case "sif":
            mean = sum(weights[i] * row for i, row in zip(here, rows, strict=True)) / len(here)
            return mean - component * (component @ mean)
        case "fasttext":
            return sum(row / np.linalg.norm(row) for row in rows) / len(here)
    return sum(rows) / len(here)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_every_pooling_agrees_with_a_loop_over_words(pooling):
    draw = np.random.default_rng(0)
    table = draw.normal(size=(50, 7)).astype(np.float32)
    table[::9] = 0
    weights, component = draw.random(50), np.full(7, 1 / np.sqrt(7))
    # Texts of more words than are added up in one piece, among short ones, more than in one block.
    lengths = [*draw.integers(2, 12, size=600).tolist(), 64, 65, 128, 129, 5000, 3]
    texts = [[*draw.integers(50, size=length).tolist(), 1] for length in lengths]
    rows = pool(pooling, texts_of(texts, 50), table, weights, component)
    expected = [looped(pooling, text, table, weights, component) for text in texts]
    assert rows == pytest.approx(np.array(expected), rel=1e-6, abs=1e-6)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 7), max_size=200), min_size=1, max_size=6),
    st.sampled_from(POOLINGS),
    st.randoms(use_true_random=False),
)
def test_neighbours_order_and_batch_of_texts_and_order_of_words_do_not_show(texts, pooling, draw):
    generator = np.random.default_rng(1)
    table = generator.uniform(-1, 1, size=(8, 5)).astype(np.float32)
    table[7] = 0
    weights, component = generator.random(8), np.full(5, 1 / np.sqrt(5))

    def rows_of(texts):
        return pool(pooling, texts_of(texts, 8), table, weights, component)

    together = rows_of(texts)
    order = draw.sample(range(len(texts)), len(texts))
    assert np.array_equal(rows_of([texts[i] for i in order]), together[order], equal_nan=True)
    for text, row in zip(texts, together, strict=True):
        assert np.array_equal(rows_of([text])[0], row, equal_nan=True)
        size = len(text) if pooling == "sum" else 1
        shuffled = rows_of([draw.sample(text, len(text))])[0]
        assert shuffled == pytest.approx(row, rel=1e-6, abs=1e-6 * size, nan_ok=True)
    # The same words under other numbers, as in another batch.
    numbers = generator.permutation(8)
    moved = texts_of([[int(numbers[i]) for i in text] for text in texts], 8)
    back = np.argsort(numbers)
    elsewhere = pool(pooling, moved, table[back], weights[back], component)
    assert np.array_equal(elsewhere, together, equal_nan=True)


@pytest.mark.parametrize("pooling", ["mean", "sum", "fasttext"])
def test_the_sum_of_a_million_words_does_not_drift(pooling):
    table = np.array([[0.1], [0]], dtype=np.float32)
    row = pool(pooling, texts_of([[0] * 1_000_000], 2), table)[0, 0]
    expected = {"mean": 0.1, "sum": 100_000, "fasttext": 1}[pooling]
    assert row == pytest.approx(expected, rel=2e-6)


def test_the_longest_text_is_looked_at_in_pieces(monkeypatch):
    monkeypatch.setattr(embkit.pooling, "_PIECES", 8)
    table = np.random.default_rng(0).normal(size=(10, 300)).astype(np.float32)
    words = texts_of([list(range(10)) * 2000], 10)
    tracemalloc.start()
    rows = pool("max", words, table)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rows[0] == pytest.approx(table.max(axis=0))
    assert peak < 3_000_000  # all its vectors would be 24,000,000


def test_idf_is_the_mean_weighted_by_scikit_learn_s_tf_and_our_idf():
    from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

    counts = CountVectorizer(token_pattern=r"\w").fit_transform(["a a b", "b c", "c c c a"])
    table = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    transformer = TfidfTransformer(norm=None).fit(counts)
    weighted = transformer.transform(counts)
    expected = (weighted @ table) / weighted.sum(axis=1)
    rows = pool("idf", csr_array(counts.astype(np.float32)), table, transformer.idf_)
    assert rows == pytest.approx(np.asarray(expected), abs=1e-6)


def test_mean_is_gensim_s_mean_vector():
    from gensim.models import KeyedVectors

    table = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    vectors = KeyedVectors(3)
    vectors.add_vectors(list("abcd"), table)
    text = [2, 0, 0, 3]
    words = texts_of([text], 4)
    expected = vectors.get_mean_vector(["abcd"[i] for i in text], pre_normalize=False)
    assert pool("mean", words, table)[0] == pytest.approx(expected, abs=1e-6)
    expected = vectors.get_mean_vector(["abcd"[i] for i in text], pre_normalize=True)
    assert pool("fasttext", words, table)[0] == pytest.approx(expected, abs=1e-6)


def test_shares_are_those_of_the_counts_and_a_word_never_counted_counts_once():
    store = store_of([[1], [1], [1]], counts=[6, 0, 3])
    assert word_shares(store).tolist() == [0.6, 0.1, 0.3]


def test_shares_without_counts_fall_with_the_rank():
    shares = word_shares(store_of([[1], [1], [1]]))
    assert shares == pytest.approx([6 / 11, 3 / 11, 2 / 11])


def test_weights_by_hand_and_the_last_is_that_of_an_unknown_word():
    shares = np.array([0.5, 0.3, 0.2])
    assert word_weights("idf", shares) == pytest.approx(-np.log([5 / 12, 3 / 12, 2 / 12, 2 / 12]))
    assert word_weights("sif", np.array([0.999, 0.001])) == pytest.approx([0.001, 0.5, 0.5])
    assert word_weights("idf", np.array([1.0])) == pytest.approx([np.log(2), np.log(2)])


def test_the_common_component_is_the_first_of_the_weighted_rows():
    draw = np.random.default_rng(0)
    table = draw.normal(size=(20_000, 6))
    table[:, 2] += 0.5
    counts = 1_000_000 // np.arange(1, 20_001)
    shares = counts / counts.sum()
    store = store_of(table, counts=counts)
    rows = store.take(np.arange(20_000)).astype(np.float64)
    weighted = rows * (1e-3 / (1e-3 + shares) * np.sqrt(shares))[:, None]
    expected = np.linalg.svd(weighted, full_matrices=False)[2][0]
    found = common_component(store)
    assert np.linalg.norm(found) == pytest.approx(1)
    assert abs(found @ expected) == pytest.approx(1, abs=1e-9)


def test_texts_of_one_word_drawn_by_frequency_have_the_component_of_the_paper():
    # Arora, Liang and Ma 2017, algorithm 1: each word is a text as often as it was counted.
    counts = np.array([40, 20, 10, 5, 5, 1])
    table = np.random.default_rng(3).normal(size=(6, 4)) + 1
    store = store_of(table, counts=counts)
    texts = [[word] for word, count in enumerate(counts) for _ in range(count)]
    weights = word_weights("sif", word_shares(store))[:-1]
    rows = store.take(np.arange(6))
    plain = pool("sif", texts_of(texts, 6), rows, weights)
    first = np.linalg.svd(plain.astype(np.float64), full_matrices=False)[2][0]
    assert abs(first @ common_component(store)) == pytest.approx(1, abs=1e-6)
    ours = pool("sif", texts_of(texts, 6), rows, weights, common_component(store))
    assert ours == pytest.approx(plain - np.outer(plain @ first, first), abs=1e-6)


def test_the_component_is_found_once_and_anew_where_its_file_is_spoilt(monkeypatch):
    store = store_of(np.random.default_rng(0).normal(size=(9, 3)))
    first = common_component(store)
    (file,) = store.folder.glob("sif-*")
    whole = file.read_bytes()
    for spoilt in (b"", b"[1, 2]", whole[:-1], whole[:50]):
        file.write_bytes(spoilt)
        assert np.array_equal(common_component(store), first)
    for other in (first[:2], first.astype(np.float32)):
        np.save(file, other)
        assert np.array_equal(common_component(store), first)
    monkeypatch.setattr(embkit.pooling, "_first_eigenvector", None)
    assert np.array_equal(common_component(store), first)


def embedder_of(table, counts, pooling, compose=None):
    store = store_of(table, counts=counts)
    return WordEmbedder(store, default_language("mr"), source="s", pooling=pooling, compose=compose)


def test_an_embedder_weighs_words_by_rarity_and_unknown_ones_as_the_rarest():
    def compose(words):
        return np.full((len(words), 2), 5, dtype=np.float32)

    table, counts = [[4, 0], [0, 4]], [7, 1]
    row = embedder_of(table, counts, "idf", compose).embed(["w0 w1 new"])[0]
    common, rare = np.log(9 / 7), np.log(9)
    expected = [(4 * common + 5 * rare), (4 * rare + 5 * rare)]
    assert row == pytest.approx(np.array(expected) / (common + 2 * rare))


def test_an_embedder_takes_the_common_component_out_of_every_text():
    draw = np.random.default_rng(0)
    table = draw.normal(size=(30, 4)) + 2
    embedder = embedder_of(table, 1000 // np.arange(1, 31), "sif")
    rows = embedder.embed(["w0 w7 w29", "w3", "unknown", "w7 w0 w29 unknown"])
    component = common_component(embedder.store)
    assert rows[[0, 1, 3]] @ component == pytest.approx(np.zeros(3), abs=1e-6)
    weights = word_weights("sif", word_shares(embedder.store))
    mean = sum(weights[i] * table[i] for i in (0, 7, 29)) / 3
    assert rows[0] == pytest.approx(mean - component * (component @ mean), abs=1e-6)
    assert rows[3] == pytest.approx(rows[0], abs=1e-6)
    assert np.isnan(rows[2]).all()


@pytest.mark.parametrize("pooling", POOLINGS)
def test_a_row_of_an_embedder_does_not_depend_on_its_batch(pooling, monkeypatch):
    draw = np.random.default_rng(0)
    table = draw.normal(size=(30, 4))
    embedder = embedder_of(table, range(30, 0, -1), pooling)
    texts = [
        " ".join(f"w{i}" for i in draw.integers(35, size=size)) for size in (1, 2, 90, 3, 300, 0)
    ]
    together = embedder.embed(texts)
    for text, row in zip(texts, together, strict=True):
        assert np.array_equal(embedder.embed([text])[0], row, equal_nan=True)
    monkeypatch.setattr(embkit.words, "_TEXTS", 2)
    assert np.array_equal(embedder.embed(texts[::-1])[::-1], together, equal_nan=True)


def test_each_pooling_has_a_fingerprint_of_its_own():
    prints = [embedder_of([[1], [2]], [2, 1], pooling).fingerprint for pooling in POOLINGS]
    assert len(set(prints)) == len(POOLINGS)
