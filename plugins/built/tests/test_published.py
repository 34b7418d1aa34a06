"""The published files are read as they are, quirks and all."""

from __future__ import annotations

import pytest
from embkit.errors import InvalidData
from embkit_built.published import entity_of, read_ifc_classes, read_products

IFC = (
    "entity_name,natural_name,1st_lev_superclass,2nd_lev_superclass,3rd_lev_superclass,"
    "description,tags"
)
UNICLASS = (
    "natural_name,description,mapping_IFC_4x3Add2_TC1,"
    "1st_lev_superclass,2nd_lev_superclass,3rd_lev_superclass"
)


@pytest.mark.parametrize(
    ("name", "entity"),
    [
        ("IfcActuator", "ifcactuator"),
        ("IfcActuatorType.ELECTRICACTUATOR", "ifcactuator"),
        ("IfcTransformerTYPE.RECTIFIER", "ifctransformer"),
        ("IfcPlate.BASE_PLATE", "ifcplate"),
        ("IfcFurnitureTypeUSERDEFINED", "ifcfurniture"),
    ],
)
def test_a_class_is_told_from_every_spelling_of_a_name(name, entity):
    assert entity_of(name) == entity


def test_a_row_of_ifc_has_title_definition_and_superclasses(shared):
    classes = read_ifc_classes(shared / "ifc_entities.csv")
    assert len(classes) == 977
    electric = classes[1]
    assert electric.name == "IfcActuatorType.ELECTRICACTUATOR"
    assert electric.title == "Electric Actuator (Actuator type)"
    assert electric.definition == "A device that electrically actuates a control element."
    assert electric.above == ("IfcDistributionElement", "IfcDistributionControlElement")
    assert electric.tag == "building_control"
    assert [found.name.partition(".")[0] for found in classes if not found.text] == [
        "IfcVibrationDamperType"
    ] * 11


def test_a_row_of_uniclass_has_its_mapping_and_the_titles_above_it(shared):
    products = read_products(shared / "uniclass_entities.csv")
    assert len(products) == 4234
    assert products[0].mapping == "IfcEarthworksFillType.SUBGRADE"
    assert products[0].above[-1] == "excavated earth and fill materials"
    assert sum(product.unspecific for product in products) == 1419


def test_an_empty_title_is_an_error_with_its_line(write):
    path = write("u.csv", UNICLASS, "Pump,a pump,IfcPumpType.X,a,b,c", ",a pump,IfcPump,a,b,c")
    with pytest.raises(InvalidData, match=r"u\.csv, line 3: a name or a title is empty"):
        read_products(path)


def test_a_description_that_lacks_its_title_is_an_error_with_its_line(write):
    path = write("i.csv", IFC, "IfcPump,Pump,A,,,It moves fluids.,hvac")
    with pytest.raises(InvalidData, match=r"i\.csv, line 2: .*begins with 'Pump\. '"):
        read_ifc_classes(path)
