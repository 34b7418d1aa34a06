"""Nearest neighbours: exact, in the same order every time, and gensim's answers."""

from __future__ import annotations

import importlib
import tracemalloc

import embkit.search
import numpy as np
import pytest
from embkit import InvalidRequest, NotFound
from embkit.languages import default_language, turkish
from embkit.neighbors import (
    cosines,
    most_similar,
    most_similar_cosmul,
    nearest,
    nearest_by_product,
    weighted_sum,
)
from embkit.search import search
from embkit.spelling import nearest_spelling
from embkit.words import WordEmbedder
from embkit.wordstore import open_store, row_norms

MR = default_language("mr")
# Lengths differ, so that a dot product would give another order than the cosine.
TABLE = {
    "राजा": [2, 2, 0],
    "राणी": [0.1, 0.1, 0.1],
    "पुरुष": [9, 0, 0],
    "स्त्री": [3, 0, 3],
    "घर": [0, 0, -1],
    "शून्य": [0, 0, 0],
}


def make(table, **options):
    rows = [(list(table), np.array(list(table.values()), dtype=np.float32))]
    width = rows[0][1].shape[1]
    return open_store(repr(table), lambda *_: (rows, width, {}), name="words.vec", **options)


def embedder(table=TABLE, language=MR, **options):
    return WordEmbedder(make(table), language, source="s", **options)


def random_store(n=3000, dim=12, key="random", flat=True, repeated=50, dtype="float32"):
    """Rows along all axes alike or along few, the first repeated, rows of zeros among them."""
    draw = np.random.default_rng(0)
    rows = draw.normal(size=(n, dim)).astype(np.float32)
    if not flat:
        rows *= np.array([1.0] * 4 + [0.1] * (dim - 4), dtype=np.float32)
    rows[n // 2 : n // 2 + repeated] = rows[:repeated]
    rows[100:120] = 0
    blocks = [([f"w{i}" for i in range(n)], rows)]
    return open_store(key, lambda *_: (blocks, dim, {}), name=key, dtype=dtype)


def by_hand(store, queries, k):
    """The same search over one matrix of float64, with a stable sort."""
    rows = store.take(np.arange(len(store))).astype(np.float64)
    lengths = np.linalg.norm(rows, axis=1)
    there = np.flatnonzero(lengths)
    wide = queries.astype(np.float64)
    scores = (wide / np.linalg.norm(wide, axis=1, keepdims=True)) @ (
        rows[there] / lengths[there, None]
    ).T
    order = np.argsort(-np.round(scores, 12), axis=1, kind="stable")[:, :k]
    return there[order], np.take_along_axis(scores, order, axis=1)


def test_the_nearest_are_those_with_the_largest_cosine_in_order_of_row():
    store = make({"a": [1, 0], "b": [0, 5], "c": [3, 3], "d": [2, 0], "e": [-1, 0]})
    rows, values = nearest(store, np.array([[7, 0]], dtype=np.float32), 5)
    assert rows.tolist() == [[0, 3, 2, 1, 4]]
    assert values.dtype == np.float32
    assert values[0] == pytest.approx([1, 1, 0.5**0.5, 0, -1])


def test_rows_of_zeros_are_never_found_and_what_is_lacking_is_marked():
    store = make({"a": [1, 0], "zero": [0, 0]})
    queries = np.array([[1, 0], [0, 0], [np.nan, 1], [np.inf, 1]], dtype=np.float32)
    rows, values = nearest(store, queries, 3)
    assert rows.tolist() == [[0, -1, -1]] + 3 * [[-1, -1, -1]]
    assert values[0, 0] == 1
    assert np.isnan(values[0, 1:]).all() and np.isnan(values[1:]).all()


def test_excluded_rows_are_left_out_for_their_query_alone():
    store = make({"a": [1, 0], "b": [1, 0.1], "c": [1, 0.2]})
    queries = np.array([[1, 0], [1, 0]], dtype=np.float32)
    rows, values = nearest(store, queries, 2, exclude=np.array([[0, -1], [1, 2]]))
    assert rows.tolist() == [[1, 2], [0, -1]]
    assert np.isnan(values[1, 1])


def test_only_the_first_rows_are_searched_when_so_asked():
    store = random_store()
    queries = store.take(np.array([2999, 7]))
    for first in (1, 10, 1000):
        rows, _ = nearest(store, queries, 3, first=first)
        assert rows.max() < first
    assert nearest(store, queries, 1, first=10)[0].tolist() == [[rows_of(store, 2999, 10)], [7]]


def rows_of(store, row, first):
    return int(np.argmax(cosines(store, store.take(np.array([row]))[0], first=first)))


def test_k_below_one_is_refused():
    with pytest.raises(InvalidRequest, match="k of at least 1, got 0"):
        nearest(random_store(), np.ones((1, 12), dtype=np.float32), 0)


@pytest.mark.parametrize("flat", [True, False], ids=["all axes alike", "few axes"])
@pytest.mark.parametrize("dtype", ["float32", "float16", "int8"])
def test_blocks_and_shadows_find_what_a_search_by_hand_finds(monkeypatch, flat, dtype):
    monkeypatch.setattr("embkit.neighbors.ROWS", 256)
    monkeypatch.setattr("embkit.search._QUERIES", 64)
    store = random_store(key=f"{flat}", flat=flat, dtype=dtype)
    queries = np.random.default_rng(1).normal(size=(150, 12)).astype(np.float32)
    queries[:30] = store.take(np.arange(30))
    queries[-1] *= 1e30
    asked = []
    axes = embkit.search._axes
    monkeypatch.setattr("embkit.search._axes", lambda units: asked.append(axes(units)) or asked[-1])
    for k in (1, 11):
        rows, values = nearest(store, queries, k)
        expected, scores = by_hand(store, queries, k)
        assert np.array_equal(rows, expected)
        assert np.abs(values - scores).max() < 1e-6
    assert [0 < axes.shape[1] < 6 for axes in asked] == [not flat] * 2


def test_a_shadow_s_product_is_never_below_the_cosine():
    draw = np.random.default_rng(0)
    rows = draw.normal(size=(500, 20)).astype(np.float32) * draw.uniform(size=20) ** 3
    rows = rows.astype(np.float32)
    lengths = row_norms(rows)
    axes = embkit.search._axes(rows / lengths[:, None])
    assert 1 < axes.shape[1] < 10
    shadows = embkit.search._shadows(rows, lengths, axes)
    units = rows.astype(np.float64) / np.linalg.norm(rows.astype(np.float64), axis=1)[:, None]
    assert (shadows.astype(np.float64) @ shadows.T >= units @ units.T).all()


def test_an_answer_is_the_same_to_the_bit_alone_and_in_any_company(monkeypatch):
    store = random_store(n=6000, flat=False, key="company")
    queries = np.random.default_rng(2).normal(size=(700, 12)).astype(np.float32)
    rows, values = nearest(store, queries, 5)
    for some in (slice(0, 1), slice(3, 40), slice(699, None)):
        alone = nearest(store, queries[some], 5)
        assert np.array_equal(alone[0], rows[some]) and np.array_equal(alone[1], values[some])
    monkeypatch.setattr("embkit.neighbors.ROWS", 999)
    again = nearest(store, queries, 5)
    assert np.array_equal(again[0], rows) and np.array_equal(again[1], values)


def test_a_vocabulary_of_equal_rows_gives_the_first_ones():
    blocks = [([f"w{i}" for i in range(9000)], np.full((9000, 3), 0.1, dtype=np.float32))]
    store = open_store("equal", lambda *_: (blocks, 3, {}), name="equal")
    rows, values = nearest(store, np.ones((600, 3), dtype=np.float32), 4)
    assert (rows == [0, 1, 2, 3]).all()
    assert np.allclose(values, 1)


def test_memory_does_not_grow_with_what_is_searched():
    def blocks(count):
        draw = np.random.default_rng(0)
        for _ in range(count):
            rows = draw.normal(size=(1000, 32)).astype(np.float32)
            yield rows, row_norms(rows)

    queries = np.random.default_rng(1).normal(size=(100, 32)).astype(np.float32)
    peaks = []
    search(blocks(2), queries, 10)
    for count in (5, 50):
        tracemalloc.start()
        search(blocks(count), queries, 10)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]


def test_cosines_with_every_row_are_nan_for_a_row_of_zeros():
    values = cosines(make(TABLE), np.array([5, 0, 0], dtype=np.float32))
    assert values[:5] == pytest.approx([0.5**0.5, 1 / 3**0.5, 1, 0.5**0.5, 0])
    assert np.isnan(values[5])


def test_words_add_up_as_unit_vectors_and_are_left_out_themselves():
    # राजा/√8 - पुरुष/9 + स्त्री/√18 = (√2/2 - 1 + √2/2, √2/2, √2/2): the axis of राणी, nearly.
    found = most_similar(embedder(), ["राजा", "स्त्री"], ["पुरुष"], k=2)
    assert [word for word, _ in found] == ["राणी", "घर"]
    side, lift = 2**0.5 - 1, 0.5**0.5
    length = (side**2 + 2 * lift**2) ** 0.5
    assert found[0][1] == pytest.approx((side + 2 * lift) / (3**0.5 * length), abs=1e-6)
    assert found[1][1] == pytest.approx(-lift / length, abs=1e-6)


def test_a_word_may_have_a_weight():
    table = {"x": [1, 0], "y": [0, 3], "steep": [1, 4], "flat": [4, 1]}
    assert most_similar(embedder(table), [("x", 1.0), ("y", 4.0)], k=1)[0][0] == "steep"
    assert most_similar(embedder(table), [("x", 4.0), "y"], k=1)[0][0] == "flat"
    # Taking away -1 of something adds it.
    assert most_similar(embedder(table), ["x"], [("y", -4.0)], k=1)[0][0] == "steep"


def test_cosmul_multiplies_and_divides_cosines_moved_to_0_to_1():
    found = dict(most_similar_cosmul(embedder(), ["राजा", "स्त्री"], ["पुरुष"], k=5))
    assert set(found) == {"राणी", "घर"}
    cosine = (2 / 3) ** 0.5
    with_man = (1 + 1 / 3**0.5) / 2
    assert found["राणी"] == pytest.approx(((1 + cosine) / 2) ** 2 / (with_man + 1e-6), rel=1e-6)
    assert found["घर"] == pytest.approx(0.5 * (1 - 0.5**0.5) / 2 / (0.5 + 1e-6), rel=1e-6)


def test_a_product_over_many_blocks_is_exact_where_its_divisor_is_next_to_nothing():
    rows = np.random.default_rng(2).normal(size=(10_000, 6)).astype(np.float32)
    near, far = rows[:2], rows[2:3]
    # Opposite to what is divided by, and nearly so; the same row in two blocks.
    rows[5000], rows[9000], rows[9500] = -far[0], -far[0] + 1e-3, -far[0] + 2e-3
    rows[9999] = rows[4]
    store = open_store(
        "q", lambda *_: ([([f"w{i}" for i in range(10_000)], rows)], 6, {}), name="q"
    )
    units = rows / np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
    cosines = (1 + units @ units[:3].T) / 2
    scores = cosines[:, 0] * cosines[:, 1] / (cosines[:, 2] + 1e-6)
    expected = np.argsort(-np.round(scores, 12), kind="stable")[:50]
    nobody = np.full((1, 1), -1)
    (found,), (values,) = nearest_by_product(store, near, far, 50, exclude=nobody)
    assert found.tolist() == expected.tolist() and {5000, 9000, 9500} <= set(found[:10].tolist())
    np.testing.assert_allclose(values, scores[expected], rtol=1e-5)
    (alike,), _ = nearest_by_product(store, rows[4:5], rows[:0], 2, exclude=nobody)
    assert alike.tolist() == [4, 9999]


def test_a_word_that_is_not_there_is_refused_with_the_nearest_spelling():
    for ask in (most_similar, most_similar_cosmul):
        with pytest.raises(NotFound, match="no vector for the word 'राज'; did you mean 'राजा'"):
            ask(embedder(), ["घर", "राज"])
        with pytest.raises(NotFound, match=r"no vector for the word 'शून्य'$"):
            ask(embedder({**TABLE, "दूर": [1, 1, 1]}), ["शून्य"])
        with pytest.raises(InvalidRequest, match="at least one word"):
            ask(embedder(), [])


def test_words_that_cancel_out_are_refused():
    with pytest.raises(InvalidRequest, match="cancel out"):
        most_similar(embedder(), ["घर"], ["घर"])
    with pytest.raises(InvalidRequest, match="cancel out"):
        weighted_sum(np.array([[0.3, 0.1], [-3, -1]], dtype=np.float32), [1, 1])


def test_an_unknown_word_is_made_of_its_subwords_and_nothing_is_left_out_for_it():
    def compose(words):
        return np.array([[1, 1, 1.1] if word == "राण्या" else [0, 0, 0] for word in words])

    found = most_similar(embedder(compose=compose), ["राण्या"], k=1)
    assert found[0][0] == "राणी"
    with pytest.raises(NotFound):
        most_similar(embedder(compose=compose), ["अज्ञात"])


def test_words_are_looked_up_in_the_spelling_of_the_vocabulary_and_left_out_in_it():
    table = {"ılık": [1, 0], "sıcak": [1, 0.1], "soğuk": [-1, 0]}
    assert most_similar(embedder(table, turkish()), ["ILIK"], k=1)[0][0] == "sıcak"
    table = {"e\u0301a": [1, 0], "b": [1, 1]}
    assert most_similar(embedder(table), ["\u00e9a"], k=1)[0][0] == "b"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("पुणयात", "पुण्यात"),  # a sign left out
        ("पुण्यातत", "पुण्यात"),
        ("पण्ुयात", "पुण्यात"),  # not one edit, but much alike
        ("मुबंई", "मुंबई"),
        ("xyz", ""),
        ("प", ""),
        ("प" * 41, ""),
    ],
)
def test_the_nearest_spelling_is_one_letter_away_or_much_alike(typed, meant):
    assert nearest_spelling(make({"पुण्यात": [1], "मुंबई": [1], "a": [1]}), typed) == meant


def test_of_two_near_spellings_the_first_in_the_vocabulary_is_meant():
    assert nearest_spelling(make({"cat": [1], "bat": [1], "hat": [1]}), "dat") == "cat"


@pytest.fixture
def peer():
    return pytest.importorskip("gensim.models").KeyedVectors


# Its own cosmul calls what it has itself declared out of date.
@pytest.mark.filterwarnings("ignore:Call to deprecated `init_sims`:DeprecationWarning")
def test_the_answers_are_gensim_s(peer):
    store = random_store(n=20_000, dim=50, key="gensim", flat=False, repeated=0)
    theirs = peer(store.dim)
    theirs.add_vectors(list(store.words), store.take(np.arange(len(store))))
    # gensim divides by the length of a row of zeros.
    theirs.fill_norms()
    theirs.norms[theirs.norms == 0] = np.inf
    ours = WordEmbedder(store, MR, source="s")
    draw = np.random.default_rng(3)
    for words in draw.integers(200, 10_000, (20, 3)):
        a, b, c = (f"w{word}" for word in words)
        for positive, negative in (([a], []), ([a, b], [c]), ([(a, 0.3), b], [(c, 0.7)])):
            found = most_similar(ours, positive, negative, k=10)
            # gensim takes the weight of a negative word with its sign.
            signed = [(t[0], -t[1]) if isinstance(t, tuple) else t for t in negative]
            expected = theirs.most_similar(positive, signed, topn=10)
            assert [word for word, _ in found] == [word for word, _ in expected]
            assert [x for _, x in found] == pytest.approx([x for _, x in expected], abs=1e-6)
        found = most_similar_cosmul(ours, [a, b], [c], k=10)
        expected = theirs.most_similar_cosmul([a, b], [c], topn=10)
        assert [word for word, _ in found] == [word for word, _ in expected]
        assert [x for _, x in found] == pytest.approx([x for _, x in expected], rel=1e-5)


@pytest.fixture
def approximate():
    pytest.importorskip("usearch")
    return importlib.import_module("embkit.approximate")


def test_an_approximate_index_finds_nearly_all_and_its_cosines_are_exact(approximate):
    store = random_store(key="approximate", flat=False)
    index = approximate.open_index(store)
    queries = store.take(np.arange(0, 3000, 10))
    exclude = np.arange(0, 3000, 10)[:, None]
    found, values = index.nearest(queries, 10, exclude=exclude)
    exact, cosines = nearest(store, queries, 10, exclude=exclude)
    hits = (found[:, :, None] == exact[:, None, :]) & (exact >= 0)[:, None, :]
    assert hits.sum() / (exact >= 0).sum() > 0.95
    assert 0.95 < index.recall <= 1
    assert np.array_equal(values[found == exact], cosines[found == exact], equal_nan=True)
    assert not (found == exclude).any()


def test_an_approximate_index_of_few_words_finds_what_there_is(approximate):
    index = approximate.open_index(make(TABLE))
    queries = np.array([[1, 1, 0], [0, 0, 0], [9, 0, 0]], dtype=np.float32)
    for some in (queries, queries[:1], queries[1:2]):
        exclude = np.full((len(some), 1), 2)
        rows, values = index.nearest(some, 5, exclude=exclude)
        expected = nearest(make(TABLE), some, 5, exclude=exclude)
        assert np.array_equal(rows, expected[0])
        assert np.array_equal(values, expected[1], equal_nan=True)
    assert index.recall == 1
    found = most_similar(embedder(), ["राजा", "स्त्री"], ["पुरुष"], k=1, index=index)
    assert found == most_similar(embedder(), ["राजा", "स्त्री"], ["पुरुष"], k=1)


@pytest.mark.parametrize("name", ["index.usearch", "about.json"])
def test_an_approximate_index_is_made_once_and_again_when_it_was_altered(approximate, name):
    store = make(TABLE)
    approximate.open_index(store)
    file = store.folder / "neighbors" / name
    made = file.stat().st_mtime_ns
    approximate.open_index(store)
    assert file.stat().st_mtime_ns == made
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    query = np.array([[9, 0, 0]], dtype=np.float32)
    index = approximate.open_index(store)
    assert index.nearest(query, 1, exclude=np.array([[-1]]))[0].tolist() == [[2]]
    assert len(file.read_bytes()) >= len(whole) - 20


def test_without_the_package_an_approximate_search_says_what_to_install(monkeypatch):
    from embkit.approximate import open_index

    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InvalidRequest, match=r"pip install 'embkit\[ann\]'"):
        open_index(make(TABLE))
