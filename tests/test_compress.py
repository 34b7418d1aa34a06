"""Word vectors made smaller are what the papers say, and a store like any other."""

from __future__ import annotations

import tracemalloc

import embkit.compress
import numpy as np
import pytest
from embkit import InvalidData, InvalidRequest
from embkit.compress import compress
from embkit.languages import default_language
from embkit.neighbors import most_similar
from embkit.word_options import WORD_OPTIONS, Compression, compression_of
from embkit.words import WordEmbedder
from embkit.wordstore import open_store

# Mean (2, 1, 0); about it the rows vary along (3, 4, 0)/5, by 10 and -10, and along (0, 0, 1), by
# 1 and -1; a word without a vector takes no part.
ROWS = np.array([[8, 9, 0], [-4, -7, 0], [2, 1, 1], [0, 0, 0], [2, 1, -1]], dtype=np.float32)
WORDS = ["a", "b", "c", "none", "d"]


def store_of(rows=ROWS, words=None, counts=None, dtype="float32", key="k"):
    def build(folder, notes):
        if counts is not None:
            np.save(folder / "counts.npy", np.array(counts))
        listed = words or [f"w{i}" for i in range(len(rows))]
        return [(listed, np.asarray(rows, dtype=np.float32))], len(rows[0]), {}

    return open_store(key, build, name="x", dtype=dtype)


@pytest.fixture
def small():
    """A function that compresses the store of five words."""
    store = store_of(words=WORDS, counts=[9, 7, 5, 3, 1])

    def small(compose=None, **how):
        return compress(store, "s", compose, Compression(**how), name="x.vec")

    return small


@pytest.fixture(scope="module")
def drawn():
    """1,000 correlated rows of 12 numbers, away from zero, a few of them no vectors."""
    draw = np.random.default_rng(0)
    rows = draw.normal(size=(1000, 12)) @ draw.normal(size=(12, 12)) + draw.normal(size=12)
    rows = rows.astype(np.float32)
    rows[[3, 400, 999]] = 0
    return rows


def vectors_of(rows, **how):
    """The compressed rows, and those that were vectors before."""
    store = compress(store_of(rows), "s", None, Compression(**how), name="x").store
    return store.take(np.arange(len(store))), rows[rows.any(axis=1)].astype(np.float64)


def all_of(store):
    return store.take(np.arange(len(store)))


def test_centring_subtracts_the_mean_of_the_words_that_have_a_vector(small):
    expected = [[6, 8, 0], [-6, -8, 0], [0, 0, 1], [0, 0, 0], [0, 0, -1]]
    assert all_of(small(center=True).store).tolist() == expected


def test_components_by_hand_are_dimensions_largest_first_with_a_fixed_sign(small):
    expected = [[10, 0], [-10, 0], [0, 1], [0, 0], [0, -1]]
    assert all_of(small(center=True, dim=2).store) == pytest.approx(np.array(expected), abs=1e-6)


def test_a_removed_component_by_hand_leaves_what_lies_beside_it(small):
    expected = [[0, 0, 0], [0, 0, 0], [0, 0, 1], [0, 0, 0], [0, 0, -1]]
    assert all_of(small(center=True, remove=1).store) == pytest.approx(np.array(expected), abs=1e-6)


def test_dimensions_come_after_the_removed_components(small):
    expected = [[0], [0], [1], [0], [-1]]
    rows = all_of(small(center=True, remove=1, dim=1).store)
    assert rows == pytest.approx(np.array(expected), abs=1e-6)


def test_whitened_components_by_hand_have_a_mean_square_of_one(small):
    root = np.sqrt(2)
    expected = [[root, 0], [-root, 0], [0, root], [0, 0], [0, -root]]
    rows = all_of(small(center=True, dim=2, whiten=True).store)
    assert rows == pytest.approx(np.array(expected), abs=1e-6)


def test_the_first_words_are_kept_with_their_counts(small):
    store = small(keep=2).store
    assert (list(store.words), store.counts.tolist()) == (["a", "b"], [9, 7])
    assert all_of(store).tolist() == ROWS[:2].tolist()


def test_listed_words_are_kept_in_the_order_of_the_source(small):
    store = small(words=["d", "unknown", "a", "d", "c"]).store
    assert (list(store.words), store.counts.tolist()) == (["a", "c", "d"], [9, 5, 1])
    assert all_of(store).tolist() == ROWS[[0, 2, 4]].tolist()
    assert list(small(words=["d", "a", "c"], keep=2).store.words) == ["a", "c"]


def test_mean_and_components_are_those_of_the_kept_words(small):
    rows = all_of(small(words=["c", "none", "d"], center=True, dim=1).store)
    assert rows == pytest.approx(np.array([[1], [0], [-1]]), abs=1e-6)


def test_nothing_asked_or_more_words_than_there_are_gives_what_was_given(small):
    given = small()
    assert given.source == "s"
    assert small(keep=5).store.key == small(dtype="float32").store.key == given.store.key
    assert small(keep=6).source == "s"


def test_principal_components_are_scikit_learn_s_up_to_sign(drawn):
    from sklearn.decomposition import PCA

    rows, whole = vectors_of(drawn, center=True, dim=5)
    expected = PCA(5, svd_solver="full").fit_transform(whole)
    assert np.abs(rows[drawn.any(axis=1)]) == pytest.approx(np.abs(expected), abs=1e-5)
    rows, _ = vectors_of(drawn, center=True, dim=5, whiten=True)
    expected = PCA(5, svd_solver="full", whiten=True).fit_transform(whole)
    expected *= np.sqrt(len(whole) / (len(whole) - 1))  # its variance is that of a sample
    assert np.abs(rows[drawn.any(axis=1)]) == pytest.approx(np.abs(expected), abs=1e-5)


def test_components_without_centring_are_those_of_a_truncated_svd_up_to_sign(drawn):
    from sklearn.decomposition import TruncatedSVD

    rows, whole = vectors_of(drawn, dim=5)
    expected = TruncatedSVD(5, algorithm="arpack").fit_transform(whole)
    assert np.abs(rows[drawn.any(axis=1)]) == pytest.approx(np.abs(expected), abs=1e-5)


def test_centring_and_removing_is_all_but_the_top(drawn):
    rows, whole = vectors_of(drawn, center=True, remove=3)
    # Algorithm 1 of Mu and Viswanath 2018.
    centred = whole - whole.mean(axis=0)
    _, _, components = np.linalg.svd(centred, full_matrices=False)
    expected = centred - sum(np.outer(centred @ u, u) for u in components[:3])
    assert rows.shape == drawn.shape
    assert rows[drawn.any(axis=1)] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("how", [{}, {"dim": 5}, {"remove": 2}, {"remove": 2, "dim": 7}])
def test_whitened_vectors_have_the_identity_as_covariance(drawn, how):
    rows, _ = vectors_of(drawn, center=True, whiten=True, **how)
    rows = rows[drawn.any(axis=1)].astype(np.float64)
    dim = how.get("dim", 12 - how.get("remove", 0))
    assert rows.mean(axis=0) == pytest.approx(np.zeros(dim), abs=1e-5)
    assert np.cov(rows.T, ddof=0) == pytest.approx(np.eye(dim), abs=1e-5)


def test_all_components_as_dimensions_turn_vectors_and_keep_their_products(drawn):
    rows, _ = vectors_of(drawn, dim=12)
    assert rows @ rows.T == pytest.approx(drawn @ drawn.T, rel=1e-4, abs=1e-3)


def test_a_word_without_a_vector_still_has_none(drawn):
    rows, _ = vectors_of(drawn, center=True, dim=5, whiten=True)
    assert np.flatnonzero(~rows.any(axis=1)).tolist() == [3, 400, 999]


def test_large_means_do_not_drown_small_differences():
    draw = np.random.default_rng(0)
    rows = (1000 + draw.normal(size=(500, 4)) * [1, 0.1, 0.01, 0.001]).astype(np.float32)
    found, _ = vectors_of(rows, center=True, whiten=True)
    assert np.cov(found.T.astype(np.float64), ddof=0) == pytest.approx(np.eye(4), abs=1e-5)


@pytest.mark.parametrize(("dtype", "worst"), [("float16", 1 / 2048), ("int8", 0.5 / 127)])
def test_a_smaller_dtype_is_exact_to_half_a_step(drawn, dtype, worst):
    exact, _ = vectors_of(drawn, center=True, dim=5)
    store = compress(
        store_of(drawn), "s", None, Compression(center=True, dim=5, dtype=dtype), name="x"
    ).store
    assert (store.dtype, store.dim) == (dtype, 5)
    largest = np.abs(exact).max(axis=1, keepdims=True)
    assert (np.abs(all_of(store) - exact) <= 1.001 * worst * largest).all()


def test_a_store_of_another_dtype_keeps_it_unless_asked():
    rows = [[127, 1], [2, 0]]
    store = store_of(rows, dtype="int8")
    assert compress(store, "s", None, Compression(keep=1), name="x").store.dtype == "int8"
    wide = compress(store, "s", None, Compression(dtype="float32"), name="x").store
    assert all_of(wide) == pytest.approx(np.array(rows), rel=1e-6)


def test_composed_vectors_are_changed_as_those_of_the_vocabulary(small):
    def compose(words):
        return ROWS[[WORDS.index(word) for word in words]]

    for how in ({"center": True}, {"remove": 1}, {"center": True, "dim": 2, "whiten": True}):
        for _ in range(2):  # the second time out of the files beside the store
            made = small(compose, **how)
            assert np.array_equal(made.compose(WORDS), all_of(made.store))
    assert small(compose, keep=2).compose is compose
    assert small(dim=1).compose is None


def test_texts_and_neighbours_simply_work_on_what_comes_of_it(small):
    def compose(words):
        return np.array([[8, 9, 0] if word == "new" else [0, 0, 0] for word in words], np.float32)

    store, source, composed = small(compose, center=True, dim=2, keep=3)
    embedder = WordEmbedder(store, default_language("mr"), source=source, compose=composed)
    rows = embedder.embed(["a c", "new c", "x"])
    assert embedder.dim == 2
    assert np.array_equal(rows[0], rows[1])
    assert np.isnan(rows[2]).all()
    assert most_similar(embedder, ["new"], k=1)[0][0] == "a"


def test_each_option_gives_a_source_of_its_own(small):
    hows = [
        {"keep": 3}, {"words": ("a", "b")}, {"center": True}, {"remove": 1}, {"dim": 2},
        {"dim": 1}, {"dim": 2, "whiten": True}, {"dim": 2, "center": True}, {"dtype": "float16"},
        {"dtype": "int8"}, {"keep": 3, "dtype": "int8"},
    ]  # fmt: skip
    sources = [small(**how).source for how in hows]
    assert len({"s", *sources}) == len(hows) + 1
    assert small(words=("b", "a")).source == small(words=["a", "b", "a"]).source
    assert [small(**how).source for how in hows] == sources


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"dim": 4}, "dim=4 is more than the 3 dimensions of 'x.vec'"),
        (
            {"dim": 2, "remove": 2},
            "dim=2 is more than the 3 dimensions of 'x.vec', of which remove=2 takes its own",
        ),
        ({"remove": 3}, "remove=3 leaves nothing of the 3 dimensions of 'x.vec'"),
        ({"dim": -1}, "dim is a number of at least 0, got -1"),
        ({"keep": -5}, "keep is a number of at least 0, got -5"),
        ({"words": ["x", "y"]}, "'x.vec' has none of the 2 words to keep"),
        ({"words": []}, "'x.vec' has none of the 0 words to keep"),
        (
            {"center": True, "whiten": True},
            "whiten: the vectors of 'x.vec' vary along 2 of 3 components; ask for dim=2 or less, "
            "or leave out whiten",
        ),
    ],
)
def test_what_cannot_be_done_is_refused_with_both_numbers(small, how, message):
    with pytest.raises(InvalidRequest) as raised:
        small(**how)
    assert str(raised.value) == message


def test_a_vocabulary_without_a_vector_has_no_components(small):
    with pytest.raises(InvalidData, match=r"'x\.vec': no word to keep has a vector"):
        small(words=["none"], center=True)


def test_memory_is_bounded_by_a_block(monkeypatch):
    monkeypatch.setattr(embkit.compress, "_ROWS", 256)
    store = store_of(np.random.default_rng(0).normal(size=(20_000, 64)))
    kept = np.arange(len(store))
    tracemalloc.start()
    affine = embkit.compress._fit(store, kept, Compression(center=True, dim=8), "x")
    for _ in embkit.compress._rows(store, kept, affine):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_500_000  # the rows are 5,120,000


def test_a_few_words_that_stand_far_apart_cost_no_memory():
    store = store_of(np.ones((200_000, 1)))
    tracemalloc.start()
    (block,) = embkit.compress._rows(store, np.array([0, 5, 199_999]), None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert block[0] == ["w0", "w5", "w199999"]
    assert peak < 100_000  # all words as strings are 10,000,000


def test_the_options_of_a_provider_by_default_change_nothing_and_are_read_by_name(small):
    defaults = {option.name: option.default for option in WORD_OPTIONS}
    store = small().store
    assert compress(store, "s", None, compression_of(defaults), name="x").source == "s"
    asked = {**defaults, "dim": 2, "keep": 3, "center": True, "dtype": "int8"}
    expected = Compression(dim=2, keep=3, center=True, dtype="int8")
    assert compression_of(asked) == expected
