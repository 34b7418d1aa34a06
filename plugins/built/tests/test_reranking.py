"""Candidates are drawn without a model, and none is of the query's own class."""

from __future__ import annotations

import pytest
from embkit import Setting
from embkit.evaluators import RERANKING
from embkit.registry import registry
from embkit_built.drawing import drawn
from embkit_built.published import read_ifc_classes, read_products
from embkit_built.reranking import reranking_p2p, reranking_s2p
from embkit_built.searching import matched

IFC = (
    "entity_name,natural_name,1st_lev_superclass,2nd_lev_superclass,3rd_lev_superclass,"
    "description,tags",
    "IfcPumpType.JET,Jet (Pump type),A,,,Jet (Pump type). It has no moving part.,",
)
HEADER = (
    "natural_name,description,mapping_IFC_4x3Add2_TC1,"
    "1st_lev_superclass,2nd_lev_superclass,3rd_lev_superclass"
)


@pytest.fixture(scope="module")
def paths(shared):
    return shared / "ifc_entities.csv", shared / "uniclass_entities.csv"


def test_neighbours_come_first_and_never_those_of_the_class(write):
    own = [f"Jet {number},text,IfcPumpType.JET,fluids,pumps,jets" for number in range(8)]
    far = [f"Far {number},text,IfcWall,walls,walls,walls" for number in range(30)]
    near = [f"Near {number},text,IfcFanType.X,fluids,pumps,fans" for number in range(5)]
    unspecific = [
        f"Some {number},text,IfcPumpTYPE.USERDEFINED,fluids,pumps,jets" for number in (1, 2)
    ]
    paths = write("i.csv", *IFC), write("u.csv", HEADER, *far, *own, *near, *unspecific)
    dataset = reranking_s2p(*paths)
    assert dataset.queries == ("Jet (Pump type)",)
    assert {dataset.documents[place][:3] for place in dataset.relevant[0]} == {"Jet"}
    others = [dataset.documents[place] for place in dataset.candidates[0][8:]]
    assert len(others) == 3 * 8
    assert {text[:4] for text in others[:5]} == {"Near"}
    assert {text[:3] for text in others[5:]} == {"Far"}


def test_the_order_drawn_depends_on_names_and_purpose_alone():
    # The sha256 of "q\0a", "q\0b" and "q\0c" begin with 0d31, b467 and 2708.
    assert drawn("abc", str, "q") == drawn("cba", str, "q") == ["a", "c", "b"]


def test_there_are_82_queries_with_a_quarter_of_relevant_products(paths):
    dataset = reranking_p2p(*paths)
    assert dataset.items == 82
    assert sum(map(len, dataset.relevant)) == 1435
    assert sum(map(len, dataset.candidates)) == 4 * 1435
    assert max(map(len, dataset.relevant)) == 28
    assert dataset.dropped == {"class with fewer than 8 products": 334 - 82}


def test_no_candidate_of_the_real_files_is_a_product_of_the_class(paths):
    dataset = reranking_s2p(*paths)
    products = read_products(paths[1])
    _, found = matched(read_ifc_classes(paths[0]), products)
    queries = [query for query, places in found if len(places) > 7]
    for query, relevant, candidates in zip(
        queries, dataset.relevant, dataset.candidates, strict=True
    ):
        assert {products[place].entity for place in relevant} == {query.entity}
        others = set(candidates) - set(relevant)
        assert query.entity not in {products[place].entity for place in others}


@pytest.mark.parametrize(("load", "expected"), [(reranking_s2p, 0.830), (reranking_p2p, 0.674)])
def test_neighbours_are_no_easy_candidates_for_character_tf_idf(load, expected, paths):
    floor = RERANKING.floors["char TF-IDF"]
    predictions = floor(load(*paths), Setting(language=registry().language("en")))
    assert RERANKING.measure(predictions)["map"] == pytest.approx(expected, abs=0.0005)
