"""Predictions: named columns of equal length, and their way into a file and back."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from embkit import InvalidData, Predictions

FULL = Predictions(
    {
        "gold": np.array([0, 1, 0]),
        "predicted": np.array([1, -1, 0]),
        "score": np.array([0.5, np.nan, -1.0]),
        "small": np.array([0.25, 1, 2], dtype=np.float32),
        "right": np.array([True, False, True]),
        "grades": np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]),
    },
    unit=[[0, 1], [0, 2], [1, 2]],
    known=[True, False, True],
    names={"gold": ["चांगले", "वाईट"], "predicted": ["चांगले", "वाईट"]},
)


def assert_equal(first, second):
    assert first.columns.keys() == second.columns.keys()
    for name, column in first.columns.items():
        np.testing.assert_array_equal(column, second[name], strict=True)


# rows ------------------------------------------------------------------------------------------


def test_a_row_is_an_item():
    assert len(FULL) == 3
    assert FULL["score"].tolist()[::2] == [0.5, -1.0]
    assert list(FULL.columns)[-2:] == ["unit", "known"]


def test_rows_are_taken_by_position_with_repeats():
    taken = FULL.take([2, 0, 0])
    assert taken["gold"].tolist() == [0, 0, 0]
    assert taken["grades"].tolist() == [[5, 6], [1, 2], [1, 2]]
    assert taken.unit.tolist() == [[1, 2], [0, 1], [0, 1]]
    assert taken.known.tolist() == [True, True, True]


def test_rows_are_taken_by_a_mask():
    assert FULL.take(FULL.known)["small"].tolist() == [0.25, 2]
    assert FULL.take(~FULL.known).known.tolist() == [False]


def test_rows_that_are_taken_keep_the_names_of_their_codes():
    table = FULL.take([1]).to_arrow()
    assert table["gold"].to_pylist() == ["वाईट"]


def test_taking_no_rows_leaves_the_columns():
    taken = FULL.take(np.array([], dtype=np.int64))
    assert len(taken) == 0
    assert taken["grades"].shape == (0, 2)


def test_columns_that_differ_in_length_are_an_error_that_gives_the_lengths():
    with pytest.raises(InvalidData, match=r"differ in length: {'a': 2, 'unit': 2, 'known': 3}"):
        Predictions({"a": [1, 2]}, unit=[0, 1], known=[True] * 3)


# who may write ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FULL.columns)
def test_a_column_cannot_be_written_to(name):
    with pytest.raises(ValueError, match="read-only"):
        FULL[name][0] = 0
    with pytest.raises(ValueError, match="read-only"):
        FULL.columns[name][0] = 0


def test_the_arrays_of_the_caller_stay_writable():
    gold, unit, known = np.array([1, 2]), np.array([0, 1]), np.array([True, True])
    Predictions({"gold": gold}, unit=unit, known=known)
    gold[0], unit[0], known[0] = 5, 5, False


def test_the_mapping_of_columns_is_a_copy():
    FULL.columns.clear()
    assert len(FULL.columns) == 8


# files -----------------------------------------------------------------------------------------


def test_everything_comes_back_from_arrow():
    back = Predictions.from_arrow(FULL.to_arrow())
    assert_equal(back, FULL)
    assert back.to_arrow()["predicted"].to_pylist() == ["वाईट", None, "चांगले"]


def test_everything_comes_back_from_a_file(tmp_path):
    pq.write_table(FULL.to_arrow(), tmp_path / "p.parquet")
    back = Predictions.from_arrow(pq.read_table(tmp_path / "p.parquet"))
    assert_equal(back, FULL)
    assert back.take([1]).to_arrow()["gold"].to_pylist() == ["वाईट"]


def test_a_file_of_many_row_groups_comes_back(tmp_path):
    rows = np.arange(1000)
    codes = rows % 3 - 1
    many = Predictions({"code": codes}, unit=rows, known=rows > 5, names={"code": ["a", "b"]})
    pq.write_table(many.to_arrow(), tmp_path / "p.parquet", row_group_size=100)
    assert_equal(Predictions.from_arrow(pq.read_table(tmp_path / "p.parquet")), many)


@pytest.mark.parametrize("names", [None, {"gold": ["a"]}, {"gold": []}])
def test_an_empty_table_comes_back(tmp_path, names):
    empty = Predictions(
        {"gold": np.array([], np.int64), "grades": np.empty((0, 2))},
        unit=np.empty((0, 2)), known=[], names=names,
    )  # fmt: skip
    pq.write_table(empty.to_arrow(), tmp_path / "p.parquet")
    for table in (empty.to_arrow(), pq.read_table(tmp_path / "p.parquet")):
        assert_equal(Predictions.from_arrow(table), empty)


def test_a_column_where_no_code_stands_for_anything_comes_back(tmp_path):
    nothing = Predictions(
        {"predicted": np.array([-1, -1])}, unit=[0, 1], known=[False, False],
        names={"predicted": []},
    )  # fmt: skip
    pq.write_table(nothing.to_arrow(), tmp_path / "p.parquet")
    assert_equal(Predictions.from_arrow(pq.read_table(tmp_path / "p.parquet")), nothing)


def test_pandas_reads_a_row_an_item_with_labels_as_words(tmp_path):
    pq.write_table(FULL.to_arrow(), tmp_path / "p.parquet")
    frame = pd.read_parquet(tmp_path / "p.parquet")
    assert frame["item"].tolist() == [0, 1, 2]
    assert frame["gold"].tolist() == ["चांगले", "वाईट", "चांगले"]
    assert frame["predicted"].astype(object).where(frame["predicted"].notna(), None).tolist() == [
        "वाईट",
        None,
        "चांगले",
    ]
    assert frame["known"].tolist() == [True, False, True]
    assert [list(row) for row in frame["grades"]] == [[1, 2], [3, 4], [5, 6]]
