"""A register is rows with a text each, from whatever file it comes."""

from __future__ import annotations

import pytest
from embkit.errors import EmbkitError
from embkit_built.registers import open_register


@pytest.fixture
def cobie(tmp_path):
    """A function that writes a COBie workbook of two types; types: of its components."""
    openpyxl = pytest.importorskip("openpyxl", reason="writes the workbooks that are read here")

    def cobie(*types):
        book = openpyxl.Workbook()
        book.active.title = "Contact"
        sheet = book.create_sheet("Type")
        sheet.append(["Name", "CreatedBy", "Category", "Description", "Manufacturer"])
        sheet.append(["PMP-A", "a@b.c", "n/a", "Twin head circulation pump", "Hydrosk"])
        sheet.append(["FAN-B", "a@b.c", "n/a", "Roof fan", "Ostrel"])
        sheet = book.create_sheet("Component")
        sheet.append(["Name", "TypeName", "Space", "Description"])
        for number, name in enumerate(types, start=1):
            sheet.append([f"{name}-{number}", name, "Plant", "n/a"])
        book.save(tmp_path / "cobie.xlsx")
        return str(tmp_path / "cobie.xlsx")

    return cobie


def test_the_column_is_told_from_its_name_and_makers_are_set_apart(write):
    path = write("r.csv", "Tag,Make,Description,Model", "P-1,Hydrosk,inline pump,IL80")
    found = open_register(str(path))
    assert (found.kind, found.text_columns, found.counts) == ("table", ("Description",), [1])
    assert (found.texts, found.makers) == (["inline pump"], ["Hydrosk · IL80"])


def test_several_columns_are_joined_and_what_is_said_twice_is_said_once(write):
    path = write("r.csv", "Kind,What", "pump,inline pump", "fan,")
    found = open_register(str(path), columns=["What", "Kind"])
    assert found.texts == ["inline pump", "fan"]


def test_a_register_without_a_column_for_it_is_refused_with_those_it_has(write):
    with pytest.raises(EmbkitError, match=r"which column says what .*\? It has a, b; say it"):
        open_register(str(write("r.csv", "a,b", "1,2")))
    with pytest.raises(EmbkitError, match="has no column 'What'"):
        open_register(str(write("r.csv", "a,b", "1,2")), columns=["What"])


def test_a_register_without_rows_or_file_is_refused(write):
    with pytest.raises(EmbkitError, match="there is a header and no row"):
        open_register(str(write("r.csv", "Description")))
    with pytest.raises(EmbkitError, match="there is no file"):
        open_register("nowhere.csv")
    with pytest.raises(EmbkitError, match="there is no file"):
        open_register("nowhere.ifc")


def test_a_cobie_workbook_gives_its_types_and_counts_their_components(cobie):
    found = open_register(cobie("PMP-A", "PMP-A", "PMP-A"))
    assert found.kind == "cobie"
    assert found.texts == ["PMP-A · Twin head circulation pump", "FAN-B · Roof fan"]
    assert found.counts == [3, 1]


def test_components_of_a_cobie_workbook_are_a_register_too(cobie):
    found = open_register(cobie("PMP-A"), sheet="Component")
    assert found.texts == ["PMP-A-1 · n/a"]
    assert found.counts == [1]


def test_a_component_of_no_type_is_refused_with_its_row(cobie):
    with pytest.raises(EmbkitError, match="line 3: sheet Component: type 'PMP-Z' is not in sheet"):
        open_register(cobie("PMP-A", "PMP-Z"))


def test_the_demonstration_is_a_register():
    assert len(open_register("demo").texts) == 422
