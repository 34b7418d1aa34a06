"""Tasks of MTEB by name, with the real list of them and with small ones made here."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest
from embkit.datasets import Retrieval
from embkit.errors import InvalidRequest, NotFound, Unreachable
from embkit.evaluate import Run, evaluate, load_dataset
from embkit.records import Provider
from embkit.registry import Registry
from embkit.results import Store
from embkit_mteb.loading import load_place
from embkit_mteb.tasks import Place, find_task, locate

KINDS = {
    "ToyClassification": "classification",
    "ToyBinary": "binary",
    "ToyClustering": "clustering",
    "ToySts": "sts",
    "ToyPairClassification": "pair-classification",
    "ToyBitext": "bitext",
    "ToyRetrieval": "retrieval",
    "ToyReranking": "reranking",
}


@pytest.fixture
def plugins(words, monkeypatch):
    """The registry with a provider of our own."""
    found = Registry(only=["mteb"])
    provider = Provider(name="words", summary="", load=lambda request: words)
    offers = found._offers["embkit_providers"]
    offers["words"] = (provider, offers["ngrams"][1])
    return found


def test_a_name_is_a_task_in_its_own_language(in_mteb, plugins):
    [(benchmark, task)] = plugins.tasks("mteb/ToySts")
    assert (benchmark.name, benchmark.language) == ("mteb", "mr")
    assert (task.name, task.evaluator, task.connects) == ("ToySts", "sts", True)
    assert task.notes == "MTEB's main score: cosine_spearman"
    assert task.source == "made/here@1 by MTEB"
    assert plugins.tasks("mteb/ToySts", language="tr") == []


@pytest.mark.parametrize("name", KINDS)
def test_the_rows_come_as_they_are(name, in_mteb, datasets):
    found, expected = find_task(name).load(), datasets[KINDS[name]]
    if name == "ToyBitext":
        assert [max(row, key=row.get) for row in found.relevant] == list(range(120))
        assert (found.queries, found.documents) == (expected.queries, expected.documents)
    else:
        assert found == expected


def test_a_copy_of_a_translation_has_the_lower_grade():
    rows = {"sentence1": ["x", "y", "z"], "sentence2": ["a", "b", "a"]}
    found = load_place(place_of("BitextMining", {"test": rows}, parallel_subsets=False))
    assert (found.queries, found.documents) == (("x", "y", "z"), ("a", "b", "a"))
    assert [dict(row) for row in found.relevant] == [{0: 2, 2: 1}, {1: 2}, {0: 1, 2: 2}]


@pytest.mark.parametrize("name", [name for name in KINDS if name != "ToyBinary"])
def test_a_task_is_evaluated_by_its_name_to_the_figure_of_mteb(
    name, in_mteb, plugins, stored, tmp_path, monkeypatch
):
    monkeypatch.setenv("EMBKIT_CACHE", str(tmp_path / "cache"))
    run = Run(registry=plugins, store=Store(tmp_path / "out"), protocol="mteb")
    [(_, result)] = evaluate(run, ["words"], plugins.tasks(f"mteb/{name}"))
    assert result.status == "ok", result.reason
    assert result.score == pytest.approx(stored[KINDS[name]]["main_score"], abs=6e-6)
    assert result.task["language"] == "mr"


def test_offline_is_a_refusal_before_anything_is_asked(in_mteb):
    with pytest.raises(Unreachable, match="'ToySts' fetches its data"):
        load_dataset(find_task("ToySts"), offline=True)


def test_clustering_says_how_many_texts_mteb_looks_at(in_mteb, mteb):
    assert "?documents=0'" in find_task("ToyClustering").notes
    assert "?documents=1004'" in find_task("SIB200ClusteringS2S/mr").notes


def test_a_language_stands_for_its_subset(mteb):
    for part in ("mar_Deva", "mr", "mar-Deva"):
        place = locate(f"SIB200Classification.v3/{part}")
        assert (place.subset, place.split) == ("mar_Deva", "test")
        assert place.name == "SIB200Classification.v3/mar_Deva"
        assert place.languages == ("mar-Deva",)


def test_a_split_can_be_named(mteb):
    place = locate("MassiveIntentClassification/tr/validation")
    assert (place.subset, place.split) == ("tr", "validation")
    assert place.name == "MassiveIntentClassification/tr/validation"


def test_sentences_and_their_translations_have_each_their_language(mteb):
    task = find_task("IN22GenBitextMining/mar_Deva-eng_Latn")
    assert (task.query_language, task.language, task.evaluator) == ("mr", "en", "bitext")


def test_texts_of_two_languages_that_are_no_bitext_are_told(mteb):
    task = find_task("IndicCrosslingualSTS/en-mr")
    assert (task.language, task.query_language) == ("en", "")
    assert "texts in en, mr, all embedded as en" in task.notes


def test_one_of_many_subsets_has_to_be_named(mteb):
    with pytest.raises(InvalidRequest, match=r"comes in 205 parts; its subsets are .* 200 more"):
        locate("SIB200Classification.v3")
    with pytest.raises(InvalidRequest, match=r"has no subset or split 'xx'"):
        locate("SIB200Classification.v3/xx")


def test_an_unknown_task_is_an_error_with_the_suggestion_of_mteb(mteb):
    with pytest.raises(NotFound, match=r"'mteb/MarathiNewsClass': .* 'MarathiNewsClassification'"):
        find_task("MarathiNewsClass")


def test_a_type_without_an_evaluator_is_refused(mteb):
    with pytest.raises(InvalidRequest, match="is MultilabelClassification of text; embkit takes"):
        find_task("EmotionAnalysisPlus.v2/mar")


def test_without_mteb_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "mteb", None)
    with pytest.raises(NotFound, match=r"task 'mteb/STS12' needs the package mteb: pip install"):
        Registry(only=["mteb"]).tasks("mteb/STS12")


# shapes of data that the small tasks lack ---------------------------------------------------------


def place_of(kind, splits, **settings):
    about = SimpleNamespace(
        type=kind, name="T", hf_subsets_to_langscripts={"default": ["mar-Deva"]},
        eval_splits=["test"],
    )  # fmt: skip
    task = SimpleNamespace(
        metadata=about, dataset=splits, load_data=lambda: None,
        filter_languages=lambda *names, hf_subsets: None, **settings,
    )  # fmt: skip
    return Place(task=task, subset="default", split="test")


def searched(**changes):
    data = {
        "corpus": [
            {"id": "b", "title": "Title", "text": "second "},
            {"id": "a", "title": None, "text": " first"},
        ],
        "queries": [
            {"id": "1", "text": "one", "instruction": "find"},
            {"id": "2", "text": "two", "instruction": None},
            {"id": "3", "text": "three", "instruction": None},
        ],
        "relevant_docs": {"1": {"b": 2, "a": 0}, "2": {"a": 0}, "3": {"a": 1, "b": 1}},
        "top_ranked": None,
    }
    settings = {"ignore_identical_ids": False, "skip_first_result": False}
    return place_of("Retrieval", {"test": {**data, **changes}}, **settings)


def test_documents_stand_in_order_of_their_ids_with_titles_and_queries_with_instructions():
    found = load_place(searched())
    assert found.documents == ("first", "Title second")
    assert found.queries == ("one find", "three")
    assert [dict(row) for row in found.relevant] == [{1: 2.0}, {0: 1.0, 1: 1.0}]
    assert found.dropped == {"queries without a relevant document": 1}


def test_relevant_documents_that_are_no_candidates_are_counted():
    found = load_place(searched(top_ranked={"1": ["b", "a"], "2": ["a"], "3": ["b"]}))
    assert found == Retrieval(
        queries=["one find", "three"], documents=["first", "Title second"],
        relevant=[{1: 2.0}, {1: 1.0}], candidates=[[0, 1], [1]],
    )  # fmt: skip
    assert found.dropped["relevant documents that are no candidates"] == 1


def test_data_that_cannot_be_had_are_unreachable_with_the_reason_of_the_hub():
    def load_data():
        raise ConnectionError("Couldn't reach 'made/here' on the Hub\nTraceback")

    place = place_of("STS", {})
    place.task.load_data = load_data
    with pytest.raises(Unreachable, match=r"cannot fetch 'mteb/T': Couldn't reach .* Hub$"):
        load_place(place)


def test_pairs_in_one_row_of_lists_are_read_as_mteb_reads_them():
    row = {"a": ["x", "y"], "b": ["z", "w"], "l": [1, 0]}
    place = place_of(
        "PairClassification", {"test": [row]}, input1_column_name="a",
        input2_column_name="b", label_column_name="l",
    )  # fmt: skip
    found = load_place(place)
    assert (found.first, found.second, found.labels) == (("x", "y"), ("z", "w"), (True, False))


def test_labels_in_levels_are_cut_to_the_first_and_counted():
    rows = {"sentences": ["x", "y"], "labels": [["a", "b"], ["c"]]}
    place = place_of(
        "Clustering", {"test": rows}, max_document_to_embed=None,
        input_column_name="sentences", label_column_name="labels",
    )  # fmt: skip
    found = load_place(place)
    assert found.labels == ("a", "c")
    assert found.dropped == {"labels below the first level": 1}


def test_what_embkit_cannot_measure_is_refused_with_the_reason():
    refused = [
        (place_of("Clustering", {"test": []}), "of the old kind with many small sets"),
        (place_of("Classification", {}, is_cross_validation=True), "by cross-validation"),
        (
            place_of("Retrieval", {}, ignore_identical_ids=True, skip_first_result=False),
            "the document it is made of",
        ),
    ]
    for place, reason in refused:
        with pytest.raises(InvalidRequest, match=reason):
            load_place(place)


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("CodeSearchNetRetrieval/python", "zxx-x-python"),
        ("CodeSearchNetRetrieval/javascript", "zxx-x-js"),
        ("CosQA", "en"),
        # CoIR
        ("AppsRetrieval", "en"),
        ("COIRCodeSearchNetRetrieval/java", "zxx-x-java"),
        ("CodeSearchNetCCRetrieval/go", "zxx-x-go"),
        ("CodeTransOceanContest", "zxx-x-python"),
        ("CodeTransOceanDL", "zxx-x-python"),
        ("CodeFeedbackMT", "en"),
        ("CodeFeedbackST", "en"),
        ("StackOverflowQA", "en"),
        ("SyntheticText2SQL", "en"),
    ],
)
def test_tasks_of_code_have_the_language_that_embkit_code_offers(name, language):
    pytest.importorskip("mteb", reason="needs mteb, which knows its tasks")
    task = find_task(name)
    assert (task.name, task.evaluator, task.language) == (name, "retrieval", language)
    assert task.notes.startswith("MTEB's main score: ndcg_at_10")
