"""Rows of delimited files: what is read, and where a fault is said to be."""

from __future__ import annotations

import pytest
from embkit.errors import InvalidData
from embkit.rows import Row, associations, read_columns, read_fields, read_lines, scored_pairs


@pytest.fixture
def file(tmp_path):
    def write(content: str):
        path = tmp_path / "words.csv"
        path.write_text(content, encoding="utf-8")
        return path

    return write


def test_named_columns_come_in_the_order_they_are_asked_for_with_their_lines(file):
    path = file('a,b,c\n1,"two\nlines",3\n\n4,5,NA\n')
    assert list(read_columns(path, "c", "b")) == [
        Row(path, 2, ("3", "two\nlines")),
        Row(path, 5, ("NA", "5")),
    ]


def test_a_quotation_mark_is_a_letter_where_fields_are_not_quoted(file):
    path = file('a\tb\n"x\t"y"\n')
    (row,) = read_columns(path, "a", "b", delimiter="\t", quotes=False)
    assert row.fields == ('"x', '"y"')


def test_fields_without_a_header_may_stand_under_a_comment(file):
    path = file("# word word score\nyer yeri 3\n")
    assert list(read_fields(path, 3, delimiter=" ", skip=1)) == [Row(path, 2, ("yer", "yeri", "3"))]


def test_lines_are_rows_of_one_field(file):
    path = file(": family\n\nabla abi anne baba\n")
    assert [(row.line, row.fields) for row in read_lines(path)] == [
        (1, (": family",)),
        (2, ("",)),
        (3, ("abla abi anne baba",)),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "line 1: expected a column 'a', got an empty file"),
        ("b,c\n", "line 1: expected a column 'a', got b, c"),
        ("a,b\n1,2\n1,2,3\n", "line 3: expected 2 columns, got 3"),
        ('a,b\n1,2\n"1,2\n', "line 3: not readable as .csv: unexpected end of data"),
    ],
)
def test_a_table_of_another_shape_is_an_error_with_its_line_and_a_remedy(content, message, file):
    with pytest.raises(InvalidData) as caught:
        list(read_columns(file(content), "a"))
    assert f"words.csv, {message}" in str(caught.value)
    assert str(caught.value).endswith("delete it and let embkit fetch it again")


@pytest.mark.parametrize("read", [lambda path: read_fields(path, 1), read_lines])
def test_bytes_that_are_no_utf_8_are_an_error(read, tmp_path):
    path = tmp_path / "words.tsv"
    path.write_bytes(b"\xff\xfe\n")
    with pytest.raises(InvalidData, match=r"words\.tsv, line 1: not readable as \.tsv: 'utf-8'"):
        list(read(path))


def test_scored_pairs_leave_out_and_count_those_with_an_empty_text(file):
    rows = read_fields(file("yer,yeri,3\nyer, ,4\n"), 3, delimiter=",")
    pairs = scored_pairs(rows, 0, 10, {"pair without a score": 2})
    assert (pairs.first, pairs.second, pairs.scores) == (("yer",), ("yeri",), (3.0,))
    assert dict(pairs.dropped) == {"pair without a score": 2, "empty text": 1}


@pytest.mark.parametrize("score", ["11", "-1", "nan", "x", ""])
def test_a_score_out_of_range_is_an_error_that_shows_it(score, file):
    rows = read_fields(file(f"yer,yeri,{score}\n"), 3, delimiter=",")
    with pytest.raises(InvalidData, match=f"line 1: expected a score from 0 to 10, got '{score}'"):
        scored_pairs(rows, 0, 10)


def test_a_label_that_is_none_of_the_labels_is_an_error_that_lists_them(file):
    (row,) = read_fields(file("yer,X\n"), 2, delimiter=",")
    with pytest.raises(InvalidData, match="line 1: expected a label among A, B, got 'X'"):
        row.label("X", {"B", "A"})


LISTS = "list\tword\tmeaning\nman\tbaba\tfather\nwoman\tanne\tmother\ncareer\tofis\toffice\n"


def test_word_lists_become_groups_and_kinds_by_their_names(file):
    path = file(LISTS + "family\tev\thome\nwoman\tabla\tsister\nart\tresim\tpainting\n")
    data = associations(path, ("man", "woman"), ("career", "family"))
    assert data.targets == ("baba", "anne", "abla")
    assert data.groups == ("man", "woman", "woman")
    assert (data.first_kind, data.second_kind) == (("ofis",), ("ev",))


def test_a_word_list_that_is_not_there_is_an_error_with_its_name(file):
    with pytest.raises(InvalidData, match=r"words\.csv: there is no word in list 'family'"):
        associations(file(LISTS), ("man", "woman"), ("career", "family"))
