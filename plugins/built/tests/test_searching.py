"""The retrieval tasks are the published ones, and their floors are what was measured elsewhere."""

from __future__ import annotations

import re

import numpy as np
import pytest
from embkit import Setting
from embkit.evaluators import RETRIEVAL
from embkit.evaluators.retrieval import bm25, query_scores
from embkit.registry import registry
from embkit_built.searching import retrieval_p2p, retrieval_s2p

LOADS = {"s2p": retrieval_s2p, "p2p": retrieval_p2p}
IFC = (
    "entity_name,natural_name,1st_lev_superclass,2nd_lev_superclass,3rd_lev_superclass,"
    "description,tags",
    "IfcPump,Pump,A,,,Pump. It moves fluids.,",
    "IfcPumpType.JET,Jet (Pump type),A,,,Jet (Pump type). It has no moving part.,",
)
UNICLASS = (
    "natural_name,description,mapping_IFC_4x3Add2_TC1,"
    "1st_lev_superclass,2nd_lev_superclass,3rd_lev_superclass",
    "Ejectors,They are jets.,IfcPumpTYPE.Jet,a,b,c",
    "Pumps,They pump.,IfcPumpType.USERDEFINED,a,b,c",
    "Masts,They stand.,IfcMastType.TALL,a,b,c",
)


@pytest.fixture(scope="module")
def datasets(shared):
    paths = shared / "ifc_entities.csv", shared / "uniclass_entities.csv"
    return {name: load(*paths) for name, load in LOADS.items()}


def test_case_does_not_count_and_what_has_no_class_is_left_out(write):
    dataset = retrieval_s2p(write("i.csv", *IFC), write("u.csv", *UNICLASS))
    assert dataset.queries == ("Jet (Pump type)",)
    assert dataset.documents == ("Ejectors They are jets.",)
    assert dataset.relevant == ({0: 1.0},)
    assert dataset.dropped == {
        "product without a specific type (USERDEFINED)": 1,
        "product of a class that the file of IFC lacks": 1,
    }


def test_a_definition_is_a_query_without_its_title(write):
    dataset = retrieval_p2p(write("i.csv", *IFC), write("u.csv", *UNICLASS))
    assert dataset.queries == ("It has no moving part.",)


@pytest.mark.parametrize(("name", "characters"), [("s2p", 10_311), ("p2p", 33_779)])
def test_documents_queries_and_judgements_are_as_many_as_published(name, characters, datasets):
    dataset = datasets[name]
    assert (len(dataset.documents), dataset.items) == (2761, 334)
    assert sum(map(len, dataset.relevant)) == 2761
    lengths = [len(text) for text in dataset.documents]
    assert (sum(lengths), min(lengths), max(lengths)) == (943_395, 204, 633)
    assert sum(map(len, dataset.queries)) == characters
    counts = sorted(map(len, dataset.relevant))
    assert (counts[-1], counts.count(1), sum(count > 7 for count in counts)) == (214, 108, 82)


def test_the_definitions_have_the_published_lengths(datasets):
    queries = datasets["p2p"].queries
    assert (min(map(len, queries)), max(map(len, queries))) == (12, 430)
    assert len(set(queries)) == 332


def ndcg(scores, dataset):
    found = [
        query_scores(row, wanted) for row, wanted in zip(scores, dataset.relevant, strict=True)
    ]
    return float(np.mean(found, axis=0)[0])


def floor(name, dataset):
    predictions = RETRIEVAL.floors[name](dataset, Setting(language=registry().language("en")))
    return RETRIEVAL.measure(predictions)["ndcg@10"]


# Measured elsewhere on the same data: character TF-IDF 0.675 and 0.467, BM25 0.411 and 0.330.
@pytest.mark.parametrize(
    ("name", "elsewhere", "here"), [("s2p", 0.675, 0.678), ("p2p", 0.467, 0.469)]
)
def test_character_tf_idf_is_what_it_was_elsewhere(name, elsewhere, here, datasets):
    from sklearn.feature_extraction.text import TfidfVectorizer

    # There n-grams of 3 to 5 characters, embkit's floor takes those of 2 as well.
    dataset = datasets[name]
    model = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
    documents = model.fit_transform(dataset.documents)
    scores = (model.transform(dataset.queries) @ documents.T).toarray()
    assert ndcg(scores, dataset) == pytest.approx(elsewhere, abs=0.0005)
    assert floor("char TF-IDF", dataset) == pytest.approx(here, abs=0.0005)
    assert here == pytest.approx(elsewhere, abs=0.005)


@pytest.mark.parametrize(
    ("name", "elsewhere", "here"), [("s2p", 0.411, 0.416), ("p2p", 0.330, 0.312)]
)
def test_bm25_is_what_it_was_elsewhere_once_function_words_are_left_out(
    name, elsewhere, here, datasets
):
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    def words(text):
        return [
            word for word in re.findall(r"\w\w+", text.lower()) if word not in ENGLISH_STOP_WORDS
        ]

    dataset = datasets[name]
    queries, documents = bm25(
        [words(text) for text in dataset.documents],
        [list(dict.fromkeys(words(text))) for text in dataset.queries],
    )
    assert ndcg((queries @ documents).toarray(), dataset) == pytest.approx(elsewhere, abs=0.01)
    # embkit's floor knows no list of function words, which it would need for each language, and
    # passes over what stands in every second document.
    assert floor("BM25", dataset) == pytest.approx(here, abs=0.0005)
    assert here == pytest.approx(elsewhere, abs=0.02)
