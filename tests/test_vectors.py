"""Vectors: a fixed table from texts to rows that knows what it lacks."""

from __future__ import annotations

import numpy as np
import pytest
from embkit import InvalidData, Vectors
from embkit.errors import UnknownText
from embkit.vectors import cosine

NAN, INF = float("nan"), float("inf")
TABLE = Vectors(["घर", "नदी", "nan", "inf", "zero"], [[3, 4], [0, 2], [NAN, 1], [INF, 1], [0, 0]])


def test_rows_come_in_the_order_asked_for_and_may_repeat():
    rows = TABLE.rows(["नदी", "घर", "नदी"])
    assert rows.tolist() == [[0, 2], [3, 4], [0, 2]]
    assert rows.dtype == np.float32


def test_asking_for_texts_without_a_vector_names_the_first_and_counts_them():
    with pytest.raises(UnknownText, match=r"^2 of 4 texts have no vector, the first is 'वाट'$"):
        TABLE.rows(["घर", "वाट", "नदी", "रस्ता"])


@pytest.mark.parametrize("text", ["nan", "inf", "zero", "never seen"])
def test_a_row_that_is_not_finite_or_is_zero_is_no_vector(text):
    assert text not in TABLE
    assert TABLE.known([text, "घर"]).tolist() == [False, True]
    for ask in (TABLE.rows, TABLE.unit):
        with pytest.raises(UnknownText, match=f"1 of 1 texts have no vector, .* '{text}'"):
            ask([text])


def test_the_words_of_sentences_are_looked_up_once_each_and_unknown_ones_have_no_row():
    table, rows = TABLE.tokens([["घर", "zero"], ["नदी", "never seen", "घर"]])
    assert table.tolist() == [[3, 4], [0, 2]]
    assert rows.tolist() == [0, -1, 1, -1, 0]


def test_a_word_in_context_has_the_vector_of_its_sentence_or_none():
    sentences = {("घर", "नदी"): np.float32([[1, 2], [NAN, 0]]), ("घर",): np.float32([[5, 6]])}
    table, rows = Vectors([], np.empty((0, 2)), sentences=sentences).tokens([["घर"], ["घर", "नदी"]])
    assert table.tolist() == [[5, 6], [1, 2]]
    assert rows.tolist() == [0, 1, -1]


def test_no_sentences_have_an_empty_table():
    table, rows = TABLE.tokens([])
    assert (table.shape, rows.shape) == ((0, 2), (0,))


def test_only_texts_are_in_a_table():
    assert "घर" in TABLE
    assert 0 not in TABLE


def test_a_row_is_known_in_every_block_of_a_large_table():
    array = np.ones((20_000, 2), dtype=np.float32)
    array[[0, 8191, 8192, 19_999]] = NAN
    texts = [str(i) for i in range(20_000)]
    assert np.flatnonzero(~Vectors(texts, array).known(texts)).tolist() == [0, 8191, 8192, 19_999]


def test_a_text_that_stands_twice_is_an_error():
    with pytest.raises(InvalidData, match=r"^2 texts stand more than once$"):
        Vectors(["a", "a", "b", "a"], np.ones((4, 2)))


@pytest.mark.parametrize("array", [np.ones((1, 300)), np.ones((2, 300)), np.ones(204)])
def test_an_array_of_another_shape_is_an_error_with_both_shapes(array):
    texts = [str(i) for i in range(204)]
    with pytest.raises(InvalidData) as error:
        Vectors(texts, array)
    assert str(error.value) == (
        f"expected an array of shape (204, dim) for 204 texts, got {array.shape}"
    )


def test_rows_handed_out_are_copies():
    TABLE.rows(["घर"])[0, 0] = 100
    TABLE.unit(["घर"])[0, 0] = 100
    assert TABLE.rows(["घर"]).tolist() == [[3, 4]]


def test_the_array_of_the_caller_stays_writable():
    array = np.ones((1, 2), dtype=np.float32)
    Vectors(["a"], array)
    array[0, 0] = 2


def test_nothing_public_of_a_table_can_be_written_to():
    for name in ("dim", "queries"):
        with pytest.raises(AttributeError):
            setattr(TABLE, name, None)
    with pytest.raises(TypeError):
        TABLE["घर"] = [1, 2]


def test_a_table_knows_its_length_and_dimension():
    assert (len(TABLE), TABLE.dim) == (5, 2)


def test_an_empty_table_knows_nothing_and_gives_nothing():
    empty = Vectors([], np.empty((0, 3)))
    assert (len(empty), empty.dim) == (0, 3)
    assert empty.known(["a"]).tolist() == [False]
    assert empty.rows([]).shape == empty.unit([]).shape == (0, 3)
    assert cosine(empty, ["a"], ["b"]).tolist() == pytest.approx([NAN], nan_ok=True)
    with pytest.raises(UnknownText):
        empty.rows(["a"])


def test_no_texts_give_no_rows():
    assert TABLE.rows([]).shape == TABLE.unit([]).shape == (0, 2)
    assert TABLE.known([]).shape == cosine(TABLE, [], []).shape == (0,)


# unit and cosine -------------------------------------------------------------------------------


def test_unit_scales_a_row_to_length_one():
    assert TABLE.unit(["घर"])[0] == pytest.approx([0.6, 0.8])


@pytest.mark.parametrize("scale", [1e30, 1e-30, 5e37, 1e-40])
def test_huge_and_tiny_rows_have_a_length_of_one_too(scale):
    vectors = Vectors(["a", "b"], [[3 * scale, 4 * scale], [-scale, 0]])
    assert vectors.unit(["a"])[0] == pytest.approx([0.6, 0.8], rel=1e-4)
    assert cosine(vectors, ["a"], ["b"]) == pytest.approx([-0.6], rel=1e-4)


def test_cosine_is_worked_out_pair_by_pair():
    vectors = Vectors(list("abcd"), [[1, 0], [0, 5], [-2, 0], [1, 1]])
    expected = [0, -1, 0.5**0.5, 1]
    assert cosine(vectors, list("aaad"), list("bcdd")) == pytest.approx(expected, abs=1e-6)


def test_cosine_is_nan_where_either_text_is_unknown():
    found = cosine(TABLE, ["घर", "nan", "घर", "x"], ["घर", "घर", "zero", "y"])
    assert found == pytest.approx([1, NAN, NAN, NAN], nan_ok=True)


# queries ---------------------------------------------------------------------------------------


def test_without_a_second_table_a_query_is_a_text_like_any_other():
    assert TABLE.queries is TABLE


def test_queries_are_looked_up_in_their_own_table():
    queries = Vectors(["घर", "only a query"], [[1, 0], [0, 1]])
    vectors = Vectors(["घर"], [[3, 4]], queries=queries)
    assert vectors.queries.rows(["घर"]).tolist() == [[1, 0]]
    assert vectors.rows(["घर"]).tolist() == [[3, 4]]
    assert "only a query" in vectors.queries
    assert "only a query" not in vectors
