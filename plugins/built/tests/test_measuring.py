"""Scores of answers, each computed on paper."""

from __future__ import annotations

import pytest
from embkit.errors import InvalidData, InvalidRequest
from embkit_built.measuring import Scored, measure, read_scored
from embkit_built.taxonomies import AssetClass, Taxonomy

TREE = Taxonomy(
    name="tree",
    classes=[
        AssetClass(code="W", title="water"),
        AssetClass(code="W1", title="pump", parent="W"),
        AssetClass(code="W2", title="valve", parent="W"),
        AssetClass(code="A", title="air"),
        AssetClass(code="A1", title="fan", parent="A"),
    ],
)


def row(gold, answer, *shortlist, sure=None, status="review"):
    return Scored(
        gold=gold, answer=answer, shortlist=shortlist or (answer,), confidence=sure, status=status
    )


ROWS = [
    row("W1", "W1", "W1", "W2", sure=0.9, status="auto"),  # right
    row("W1", "W", "W2", "W1", sure=0.8, status="auto"),  # the class above is right
    row("A1", "W2", "W2", "W1", sure=0.7, status="auto"),  # wrong, and nowhere in the shortlist
    row("none", "none", sure=0.6, status="none"),  # right
    row("W2", "W1", "W1", "A1", "W2", sure=0.2),  # third place, right at the first level
    row("A1", "A1", status="decided"),
]


def test_hits_and_ranks_are_those_of_the_shortlist():
    found = measure(ROWS, TREE, 0.95)
    assert (found["rows"], found["decided"]) == (5, 1)
    assert found["hit@1"] == 2 / 5
    assert found["hit@5"] == 4 / 5
    assert found["mrr"] == pytest.approx((1 + 1 / 2 + 0 + 1 + 1 / 3) / 5, abs=1e-4)


def test_a_level_counts_the_rows_that_reach_it_and_none_reaches_no_level():
    assert measure(ROWS, TREE, 0.95)["levels"] == [
        {"level": 1, "rows": 4, "accuracy": 0.75},
        {"level": 2, "rows": 4, "accuracy": 0.25},
    ]


def test_an_accepted_class_above_the_right_one_is_right():
    found = measure(ROWS, TREE, 0.95)["accepted"]
    assert (found["rows"], found["right"]) == (4, 0.75)
    # By the formula of Wilson for 3 of 4.
    assert found["interval"] == pytest.approx([0.3006, 0.9544], abs=1e-4)


@pytest.mark.parametrize(("precision", "rows"), [(0.95, 2), (0.75, 4), (0.6, 5)])
def test_coverage_is_the_most_rows_surest_first_of_which_so_many_are_right(precision, rows):
    # Surest first: right, right, wrong, right, wrong.
    found = measure(ROWS, TREE, precision)["coverage"]
    assert found["share"] == rows / 5


def test_rows_of_one_confidence_are_accepted_together_or_not_at_all():
    rows = [row("W1", "W1", sure=0.9), row("W1", "W2", sure=0.9)]
    assert measure(rows, TREE, 0.95)["coverage"]["share"] == 0
    assert measure(rows, TREE, 0.5)["coverage"]["share"] == 1


def test_without_confidences_there_is_no_calibration():
    assert measure([row("W1", "W1")], TREE, 0.95)["calibration_error"] is None


def test_where_a_person_decided_everything_there_is_nothing_to_score():
    with pytest.raises(InvalidRequest, match="every row was decided by a person"):
        measure(ROWS[-1:], TREE, 0.95)


@pytest.mark.parametrize("sure", ["high", "nan", "1.5"])
def test_a_confidence_that_is_none_is_refused_with_its_row(sure, write):
    head = "Class,align_code,align_confidence,align_status,align_alt1"
    mapped = write("m.csv", head, "W1,W1,,review,W1", f"W1,W1,{sure},auto,W1")
    with pytest.raises(InvalidData, match=f"line 3: expected a confidence from 0 to 1, .*{sure}"):
        read_scored(mapped, None, "Class", TREE)


def test_right_codes_come_from_another_table_or_a_column_and_blank_ones_are_left_out(write):
    mapped = write(
        "m.csv",
        "Tag,Class,align_code,align_confidence,align_status,align_alt1,align_alt2",
        "1,W1 : pump,W,0.9,auto,W1,W2",
        "2,,W2,,review,W2,",
        "3,None,none,0.5,none,none,",
    )
    assert read_scored(mapped, None, "Class", TREE) == [
        row("W1", "W", "W1", "W2", sure=0.9, status="auto"),
        row("none", "none", sure=0.5, status="none"),
    ]
    gold = write("g.csv", "code", "W2", "W2", "A")
    assert [found.gold for found in read_scored(mapped, gold, "code", TREE)] == ["W2", "W2", "A"]
    with pytest.raises(InvalidRequest, match="holds no code"):
        read_scored(mapped, write("e.csv", "code,x", ",1", ",2", ",3"), "code", TREE)
