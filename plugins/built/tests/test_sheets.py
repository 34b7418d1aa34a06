"""A user's table is read as it stands, or refused with the row and the remedy."""

from __future__ import annotations

import pytest
from embkit.errors import InvalidData, InvalidRequest
from embkit_built.sheets import read_sheet, sheet_names


@pytest.fixture
def book(tmp_path):
    """A function that writes a workbook: rows of its first sheet, merged areas, further sheets."""
    openpyxl = pytest.importorskip("openpyxl", reason="writes the workbooks that are read here")

    def book(*rows, merged=(), **sheets):
        made = openpyxl.Workbook()
        for row in rows:
            made.active.append(row)
        for area in merged:
            made.active.merge_cells(area)
        for name, cells in sheets.items():
            sheet = made.create_sheet(name)
            for row in cells:
                sheet.append(row)
        path = tmp_path / "register.xlsx"
        made.save(path)
        return path

    return book


def refusal(path, **options):
    with pytest.raises((InvalidData, InvalidRequest)) as caught:
        read_sheet(path, **options)
    return str(caught.value).removeprefix(f"{path}")


def test_a_csv_of_excel_is_read_with_semicolons_quotes_and_a_byte_order_mark(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes('\ufeffTag;Description\r\nP-1;"pump; 5,5 kW"\r\n;\r\nP-2;fan\r\n'.encode())
    table = read_sheet(path)
    assert table.header == ("Tag", "Description")
    assert table.rows == [(2, ("P-1", "pump; 5,5 kW")), (4, ("P-2", "fan"))]


def test_a_tab_decides_even_where_texts_hold_commas(write):
    table = read_sheet(write("a.txt", "Tag\tDescription", "P-1\tpump, twin head, inline"))
    assert table.values(table.column("description")) == ["pump, twin head, inline"]


def test_the_header_of_a_sheet_may_stand_below_a_title(book):
    path = book(["Handover register"], [], ["Tag", "Description"], ["P-1", "pump"])
    table = read_sheet(path, wanted=["description"])
    assert (table.header, table.rows) == (("Tag", "Description"), [(4, ("P-1", "pump"))])
    assert table.above == 1


def test_a_cell_is_read_as_it_is_shown(book):
    import datetime

    path = book(["a", "b", "c", "d"], [12, 2.5, True, datetime.date(2026, 3, 1)])
    assert read_sheet(path).rows == [(2, ("12", "2.5", "TRUE", "2026-03-01"))]


def test_a_sheet_is_chosen_by_name(book):
    path = book(["x"], ["1"], Type=[["Name"], ["pump"]])
    assert sheet_names(path) == ["Sheet", "Type"]
    assert read_sheet(path, sheet="Type").rows == [(2, ("pump",))]
    assert refusal(path, sheet="Typ") == (
        " has no sheet 'Typ'; did you mean 'Type'?; it has Sheet, Type"
    )


def test_a_column_that_is_not_there_is_refused_with_those_that_are(write):
    table = read_sheet(write("a.csv", "Tag,Description", "P-1,pump"))
    with pytest.raises(InvalidRequest, match=r"has no column 'Descripton'; did you mean 'Descript"):
        table.column("Descripton")


def test_mixed_encodings_are_refused_with_the_line_and_the_byte(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("a,b\ncafé,1\n".encode() + "café,2\n".encode("latin-1"))
    assert refusal(path) == (
        ", line 3: not UTF-8: byte 0xe9 at place 4; save it as 'CSV UTF-8', and where the lines "
        "before are right, retype this one"
    )


def test_merged_cells_below_the_header_are_refused_with_their_place(book):
    path = book(["Tag", "Text"], ["P-1", "pump"], ["P-2", ""], merged=["B2:B3"])
    assert refusal(path).startswith(", line 2: cells B2:B3 are merged; unmerge them")


def test_merged_cells_above_the_header_are_no_matter(book):
    path = book(["Register", ""], ["Tag", "Text"], ["P-1", "pump"], merged=["A1:B1"])
    assert read_sheet(path, wanted=["Tag", "Text"]).rows == [(3, ("P-1", "pump"))]


def test_a_formula_without_its_value_is_refused_with_its_cell(book):
    path = book(["Tag", "Text"], ["P-1", "pump"], ["P-2", '=B2&" 2"'])
    assert refusal(path) == (
        ", line 3: cell B3 holds a formula without its value; save it in the program it was made "
        "with, or put the value in its place"
    )


def test_a_row_of_another_width_is_refused(write):
    path = write("a.csv", "Tag,Text", "P-1,pump, twin head")
    assert refusal(path).startswith(", line 2: expected 2 columns, got 3")


def test_two_columns_of_one_name_are_refused(write):
    assert refusal(write("a.csv", "Tag,Tag", "1,2")) == (
        ", line 1: two columns are called 'Tag'; rename one of them"
    )


def test_what_is_no_workbook_is_refused(write):
    assert "not readable as .xlsx" in refusal(write("a.xlsx", "no workbook"))
    assert refusal(write("empty.csv")) == ": there is no row"
