"""A classification is a tree, from whatever file it comes."""

from __future__ import annotations

import pytest
from embkit.errors import EmbkitError, InvalidData, InvalidRequest
from embkit_built.taxonomies import AssetClass, Taxonomy
from embkit_built.taxonomy_files import open_taxonomy, read_taxonomy


def refusal(path):
    with pytest.raises(EmbkitError) as caught:
        read_taxonomy(path)
    return str(caught.value).removeprefix(str(path))


def test_the_demonstration_has_classes_parents_and_synonyms():
    demo = open_taxonomy("demo")
    assert len(demo) == 167
    assert demo.line_of("HV-30-05") == ("HV", "HV-30", "HV-30-05")
    assert "condensing boiler" in demo.get("HV-30-05").synonyms


def test_parents_are_told_from_codes_that_nest(write):
    path = write(
        "u.csv",
        "Code,Title",
        "Pr_65,Services",
        "Pr_65_53,Pumps",
        "Pr_65_53_96,Water pumps",
        "Pr_65_5,No parent of 53",
        "Pr_70_10,Without one",
    )
    assert [found.parent for found in read_taxonomy(path).classes] == [
        "", "Pr_65", "Pr_65_53", "Pr_65", "",
    ]  # fmt: skip


def test_a_table_of_nbs_has_its_header_below_a_title(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (
        ["Uniclass", "Products"], [], ["Code", "Group", "Sub group", "Title"],
        ["Pr_15", 15, "", "Preparatory products"], ["Pr_15_31", 15, 31, "Formless products"],
    ):  # fmt: skip
        book.active.append(row)
    book.save(tmp_path / "Uniclass_Pr.xlsx")
    found = read_taxonomy(tmp_path / "Uniclass_Pr.xlsx")
    assert [c.code for c in found.classes] == ["Pr_15", "Pr_15_31"]
    assert found.get("Pr_15_31").parent == "Pr_15"


def test_the_published_products_of_uniclass_are_read_as_they_are(shared):
    found = read_taxonomy(shared / "uniclass_entities.csv")
    assert len(found) == 4234
    assert found.classes[0].code == "Pr_15_31_26_39"
    assert found.classes[0].description


def test_a_code_that_stands_twice_is_refused_with_both_lines(write):
    path = write("t.csv", "code,title", "A,Pumps", "B,Fans", "A,Valves")
    assert refusal(path) == (
        ", line 4: code 'A' stands twice, for 'Pumps' in line 2 and for 'Valves'; keep one"
    )


def test_a_parent_that_is_not_there_is_refused(write):
    path = write("t.csv", "code,parent,title", "HV-10,,Air", "HV-10-05,HV-1O,Fan")
    assert refusal(path) == (
        ", line 3: the parent of 'HV-10-05' is 'HV-1O', which is no class; did you mean 'HV-10'?; "
        "add it or leave the parent empty"
    )


def test_classes_that_are_parents_of_each_other_are_refused_with_the_ring(write):
    path = write("t.csv", "code,parent,title", "A,C,one", "B,A,two", "C,B,three")
    assert ", line 3: classes are parents of each other: A > C > B > A; cut the ring" in refusal(
        path
    )


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (",Pumps", "there is a class without a code"),
        ("A,", "there is a class without a title"),
        ("None,Pumps", "no class may be called 'None'"),
    ],
)
def test_a_class_needs_a_code_and_a_title_and_is_not_called_none(write, row, message):
    assert f", line 2: {message}" in refusal(write("t.csv", "code,title", row))


def test_a_table_without_codes_or_titles_is_refused(write):
    assert refusal(write("t.csv", "kode,title", "A,b")) == (
        " has no column of codes; call it 'code'. It has kode, title"
    )


def test_the_version_changes_with_a_word_and_not_with_the_name_of_the_file():
    def made(title, name="a"):
        return Taxonomy(name=name, classes=[AssetClass(code="A", title=title)])

    assert made("Pump").version == made("Pump", "b").version != made("Pumps").version


def test_a_taxonomy_that_is_not_there_is_refused():
    with pytest.raises(InvalidRequest, match="there is no file 'uniclass'; a taxonomy is a file"):
        open_taxonomy("uniclass")


def test_a_schema_of_ifc_gives_classes_predefined_types_and_definitions():
    pytest.importorskip("ifcopenshell", reason="pip install embkit-built[ifc]")
    found = open_taxonomy("ifc4x3")
    assert sum("." not in one.code for one in found.classes) == 159
    assert found.line_of("IfcPump.SUBMERSIBLEPUMP")[-3:] == (
        "IfcFlowMovingDevice", "IfcPump", "IfcPump.SUBMERSIBLEPUMP",
    )  # fmt: skip
    assert found.get("IfcWall.SOLIDWALL").title == "Solid wall (Wall)"
    assert found.get("IfcPump").description.startswith("A pump is a device")


def test_the_elements_of_a_model_are_rows(tmp_path):
    ifcopenshell = pytest.importorskip("ifcopenshell", reason="pip install embkit-built[ifc]")
    from embkit_built.ifc import read_model

    model = ifcopenshell.file(schema="IFC4X3_ADD2")
    pump = model.create_entity("IfcPump", GlobalId="1" * 22, Name="P-01", ObjectType="inline")
    kind = model.create_entity(
        "IfcPumpType", GlobalId="2" * 22, Name="IL80", PredefinedType="CIRCULATOR"
    )
    model.create_entity(
        "IfcRelDefinesByType", GlobalId="3" * 22, RelatedObjects=[pump], RelatingType=kind
    )
    model.write(str(tmp_path / "a.ifc"))
    table = read_model(tmp_path / "a.ifc")
    assert [dict(zip(table.header, cells, strict=True)) for _, cells in table.rows] == [
        {"GlobalId": "1" * 22, "Class": "IfcPump.CIRCULATOR", "Name": "P-01", "Description": "",
         "ObjectType": "inline", "TypeName": "IL80", "Tag": "", "Location": ""}
    ]  # fmt: skip
    (tmp_path / "b.ifc").write_text("no model")
    with pytest.raises(InvalidData, match="not readable as"):
        read_model(tmp_path / "b.ifc")
