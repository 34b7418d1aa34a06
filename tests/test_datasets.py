"""The shapes of datasets: what they refuse, what they need, their head and their digest."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest
from embkit import (
    Analogies,
    Associations,
    Groups,
    Inflections,
    InvalidData,
    Labelled,
    LabelledPairs,
    Pairs,
    Parallel,
    Relations,
    Retrieval,
    Tagged,
    Texts,
)

NAN = float("nan")
PAIRS = Pairs(first=["घर", "नदी", "घर"], second=["घरी", "कार", "वाट"], scores=[2.0, 1.0, 0.5])
FAMILY = Analogies(
    questions=[("मुलगा", "मुलगी", "आजोबा", "आजी"), ("काका", "काकू", "मामा", "मामी")],
    categories=["family", "family"],
)
GROUPS = Groups(texts=["आंबा", "केळे", "कुत्रा"], labels=["fruit", "fruit", "animal"])
LABELLED = Labelled(
    train_texts=["छान", "वाईट"], train_labels=["good", "bad"],
    valid_texts=["बरे"], valid_labels=["good"],
    test_texts=["मस्त", "भयंकर"], test_labels=["good", "bad"],
)  # fmt: skip
PARAPHRASES = LabelledPairs(
    first=["a", "b"], second=["c", "d"], labels=[True, False],
    train_first=["e"], train_second=["f"], train_labels=[True],
)  # fmt: skip
SEARCH = Retrieval(
    queries=["घर", "नदी"], documents=["घरी", "नद्या", "वाट"], relevant=[{0: 1.0}, {1: 2.0, 2: 1.0}]
)
RERANK = replace(SEARCH, candidates=[[0, 1], [1, 2]])
RELATIONS = Relations(
    train_first=["आंबा", "दिवस"], train_second=["फळ", "रात्र"], train_labels=["kind", "opposite"],
    test_first=["केळे"], test_second=["फळ"], test_labels=["kind"],
)  # fmt: skip
NAMES = Tagged(
    train_sentences=[["सीता", "पुण्यात", "आली"]], train_tags=[["BNEP", "BNEL", "O"]],
    test_sentences=[["राम", "गेला"], ["गीता", "शहा", "इथे", "आहे"]],
    test_tags=[["BNEP", "O"], ["BNEP", "INEP", "O", "O"]],
    scheme="IOB",
)  # fmt: skip
LEXICON = Parallel(source=["ev", "su"], gold=[["घर"], ["पाणी", "जल"]])
FORMS = Inflections(
    forms=["घरात", "घरी", "नदीत"], lemmas=["घर", "घर", "नदी"], cells=["IN", "AT", "IN"]
)
TEXTS = Texts(texts=["घर", "नदी", "कार"])
NAMED = Associations(
    targets=["Ayşe", "Ali"], groups=["f", "m"], first_kind=["aile"], second_kind=["iş", "para"]
)
ALL = (
    PAIRS, FAMILY, GROUPS, LABELLED, PARAPHRASES, SEARCH, RERANK, RELATIONS, NAMES, LEXICON, FORMS,
    TEXTS, NAMED,
)  # fmt: skip


def shape(dataset):
    return type(dataset).__name__


# checks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dataset", "change", "message"),
    [
        (PAIRS, {"second": ["x"]}, "got first 3, second 1, scores 3"),
        (FAMILY, {"categories": ["family"]}, "got questions 2, categories 1"),
        (GROUPS, {"labels": ["a"]}, "got texts 3, labels 1"),
        (LABELLED, {"train_labels": ["a"]}, "got train_texts 2, train_labels 1"),
        (LABELLED, {"test_labels": ["a"]}, "got test_texts 2, test_labels 1"),
        (LABELLED, {"valid_labels": []}, "got valid_texts 1, valid_labels 0"),
        (PARAPHRASES, {"labels": [True]}, "got first 2, second 2, labels 1"),
        (PARAPHRASES, {"train_labels": ()}, "train_first 1, train_second 1, train_labels 0"),
        (SEARCH, {"relevant": [{0: 1}]}, "got queries 2, relevant 1"),
        (RERANK, {"candidates": [[0]]}, "got queries 2, relevant 2, candidates 1"),
        (RELATIONS, {"train_second": ["a"]}, "train_first 2, train_second 1, train_labels 2"),
        (RELATIONS, {"valid_labels": ["a"]}, "valid_first 0, valid_second 0, valid_labels 1"),
        (RELATIONS, {"test_second": []}, "test_first 1, test_second 0, test_labels 1"),
        (NAMES, {"train_tags": []}, "train_sentences 1, train_tags 0"),
        (LEXICON, {"gold": [["घर"]]}, "got source 2, gold 1"),
        (LEXICON, {"train_source": ["a"]}, "train_source 1, train_target 0"),
        (FORMS, {"cells": ["IN"]}, "forms 3, lemmas 3, cells 1"),
    ],
)
def test_columns_of_unequal_length_are_an_error_that_gives_their_lengths(dataset, change, message):
    with pytest.raises(InvalidData, match=f"must be equally long, .*{message}"):
        replace(dataset, **change)


def test_a_pair_without_a_score_is_named():
    with pytest.raises(InvalidData, match=r"^pair 2 of 3 has no score \(NaN\)$"):
        replace(PAIRS, scores=[1.0, NAN, NAN])


def test_an_analogy_that_has_not_four_words_is_named():
    questions = [FAMILY.questions[0], ("काका", "काकू", "मामा")]
    with pytest.raises(InvalidData, match=r"^analogy 2: expected 4 words, got 3: .*मामा"):
        replace(FAMILY, questions=questions, candidates=())


def test_an_answer_outside_the_candidates_is_named():
    with pytest.raises(InvalidData, match="1 answers are not among the candidates: 'मामी'"):
        replace(FAMILY, candidates=["आजी", "काकू"])


def test_a_repeated_candidate_is_an_error():
    with pytest.raises(InvalidData, match="a candidate stands more than once"):
        replace(FAMILY, candidates=["आजी", "मामी", "आजी"])


def test_a_text_that_stands_twice_is_named_with_its_place():
    with pytest.raises(InvalidData, match=r"^text 3 stands more than once: 'घर'$"):
        replace(TEXTS, texts=["घर", "नदी", "घर"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"groups": ["f", "f"]}, r"expected two groups of targets, got 1: \['f'\]"),
        ({"targets": ["Ali", "Ali"]}, "a target stands more than once"),
        ({"first_kind": []}, "there is no word in first_kind"),
        ({"first_kind": ["iş"]}, "'iş' is of both kinds"),
    ],
)
def test_targets_and_kinds_that_cannot_be_told_apart_are_refused(change, message):
    with pytest.raises(InvalidData, match=f"^{message}$"):
        replace(NAMED, **change)


def test_a_train_split_of_one_label_is_refused_with_its_name_and_size():
    with pytest.raises(InvalidData, match="two labels in the train split, found only 'a' in 2"):
        replace(LABELLED, train_labels=["a", "a"])


def test_an_empty_train_split_is_refused():
    with pytest.raises(InvalidData, match="two labels in the train split, found no rows"):
        replace(LABELLED, train_texts=[], train_labels=[])


def test_pairs_that_all_carry_one_label_are_refused():
    with pytest.raises(InvalidData, match="all 2 pairs carry the label True"):
        replace(PARAPHRASES, labels=[True, True])


@pytest.mark.parametrize("row", [{}, {0: 0.0}, {0: 1.0, 1: -1.0}])
def test_a_query_without_a_relevant_document_is_named(row):
    with pytest.raises(InvalidData, match=r"^query 2 \('नदी'\) has no relevant document$"):
        replace(SEARCH, relevant=[{0: 1.0}, row])


@pytest.mark.parametrize("wrong", [3, -1])
def test_a_query_that_points_at_no_document_is_named_with_the_position(wrong):
    message = rf"^query 2 \('नदी'\) points at document {wrong}, there are 3 counted from 0$"
    with pytest.raises(InvalidData, match=message):
        replace(SEARCH, relevant=[{0: 1.0}, {0: 1.0, wrong: 1.0}])


@pytest.mark.parametrize("wrong", [3, -1])
def test_a_candidate_that_is_no_document_is_named_with_its_query(wrong):
    message = rf"^query 1 \('घर'\) points at document {wrong}, there are 3 counted from 0$"
    with pytest.raises(InvalidData, match=message):
        replace(RERANK, candidates=[[0, wrong], [1, 2]])


def test_a_relevant_document_that_is_no_candidate_is_named_with_its_query():
    with pytest.raises(InvalidData, match=r"^query 2 \('नदी'\): a relevant document is no candi"):
        replace(RERANK, candidates=[[0, 1], [0, 1]])


@pytest.mark.parametrize("dataset", [RELATIONS, NAMES], ids=shape)
def test_a_train_split_with_one_label_teaches_nothing_in_any_shape(dataset):
    change = {"train_labels": ["kind"] * 2} if dataset is RELATIONS else {"train_tags": [["O"] * 3]}
    with pytest.raises(InvalidData, match="two labels in the train split, found only"):
        replace(dataset, **change)


def test_the_tag_of_an_entity_is_written_with_a_hyphen():
    assert NAMES.test_tags == (("B-NEP", "O"), ("B-NEP", "I-NEP", "O", "O"))
    data = replace(NAMES, train_tags=[["BED", "IED", "I-X-Y"]])
    assert data.train_tags == (("B-ED", "I-ED", "I-X-Y"),)


def test_tags_that_mean_something_alone_stay_as_they_are():
    assert replace(NAMES, scheme="", train_tags=[["INTJ", "B", "O"]]).train_tags[0][0] == "INTJ"


@pytest.mark.parametrize(
    ("scheme", "tag"), [("IOB", "NEP"), ("IOB", "B"), ("IOB", "I-"), ("IO", "B-NEP"), ("IOB", "o")]
)
def test_a_tag_that_is_none_of_its_scheme_is_named(scheme, tag):
    with pytest.raises(InvalidData, match=rf"^'{tag}' is no tag of the scheme {scheme}$"):
        replace(
            NAMES, scheme=scheme, train_tags=[["I-A", tag, "O"]], test_tags=[["O"] * 2, ["O"] * 4]
        )


def test_a_scheme_nobody_knows_is_refused():
    with pytest.raises(InvalidData, match="is '', 'IO' or 'IOB', not 'BIOES'"):
        replace(NAMES, scheme="BIOES")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"test_tags": [["O"], ["O"] * 4]}, "test sentence 1 has 2 words and 1 tags"),
        ({"valid_sentences": [["a"], []], "valid_tags": [["O"], []]},
         "valid sentence 2 has 0 words and 0 tags"),
    ],
)  # fmt: skip
def test_a_sentence_whose_tags_do_not_fit_is_named(change, message):
    with pytest.raises(InvalidData, match=message):
        replace(NAMES, **change)


def test_a_word_without_a_translation_is_named():
    with pytest.raises(InvalidData, match=r"^'su' has no translation$"):
        replace(LEXICON, gold=[["घर"], []])


def test_a_translation_outside_the_targets_is_named():
    with pytest.raises(InvalidData, match="1 translations are not among the targets: 'जल'"):
        replace(LEXICON, target=["घर", "पाणी"])


@pytest.mark.parametrize(
    ("change", "name"), [({"source": ["ev", "ev"]}, "source"), ({"target": ["घर"] * 3}, "target")]
)
def test_a_word_of_a_lexicon_that_stands_twice_is_an_error(change, name):
    with pytest.raises(InvalidData, match=f"a {name} word stands more than once"):
        replace(LEXICON, gold=[["घर"], ["घर"]], **change)


@pytest.mark.parametrize("wrong", [3, -1])
def test_a_query_that_is_no_form_is_named(wrong):
    with pytest.raises(InvalidData, match=f"^there is no form {wrong}, there are 3 counted"):
        replace(FORMS, queries=[wrong])


@pytest.mark.parametrize(
    "make",
    [
        lambda: Pairs(first=[], second=[], scores=[]),
        lambda: Analogies(questions=[], categories=[]),
        lambda: Groups(texts=[], labels=[]),
        lambda: Labelled(train_texts=[], train_labels=[], test_texts=[], test_labels=[]),
        lambda: replace(LABELLED, test_texts=[], test_labels=[]),
        lambda: LabelledPairs(first=[], second=[], labels=[]),
        lambda: Retrieval(queries=[], documents=["a"], relevant=[]),
        lambda: replace(RELATIONS, test_first=[], test_second=[], test_labels=[]),
        lambda: replace(NAMES, test_sentences=[], test_tags=[]),
        lambda: Parallel(source=[], gold=[]),
        lambda: Inflections(forms=[], lemmas=[], cells=[]),
        lambda: Texts(texts=[]),
        lambda: replace(NAMED, targets=[], groups=[]),
    ],
)
def test_a_dataset_without_items_is_refused_by_its_shape(make):
    with pytest.raises(InvalidData, match=r"a dataset of shape \w+ has no items"):
        make()


# items and texts -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dataset", "items"),
    list(zip(ALL, [3, 2, 3, 2, 2, 2, 2, 1, 6, 2, 3, 3, 2], strict=True)),
    ids=shape,
)
def test_items_are_the_scored_rows(dataset, items):
    assert dataset.items == items


@pytest.mark.parametrize(
    ("dataset", "needed"),
    [
        (PAIRS, ["घर", "नदी", "घर", "घरी", "कार", "वाट"]),
        (GROUPS, ["आंबा", "केळे", "कुत्रा"]),
        (LABELLED, ["छान", "वाईट", "बरे", "मस्त", "भयंकर"]),
        (PARAPHRASES, ["e", "f", "a", "b", "c", "d"]),
        (SEARCH, ["घरी", "नद्या", "वाट"]),
        (RELATIONS, ["आंबा", "दिवस", "फळ", "रात्र", "केळे", "फळ"]),
        (NAMES, ["सीता", "पुण्यात", "आली", "राम", "गेला", "गीता", "शहा", "इथे", "आहे"]),
        (LEXICON, ["घर", "पाणी", "जल"]),
        (FORMS, ["घरात", "घरी", "नदीत", "घर", "घर", "नदी"]),
        (TEXTS, ["घर", "नदी", "कार"]),
        (NAMED, ["Ayşe", "Ali", "aile", "iş", "para"]),
    ],
    ids=shape,
)
def test_all_texts_of_a_dataset_are_needed(dataset, needed):
    assert list(dataset.needed) == needed


def test_an_analogy_needs_its_words_and_all_candidates():
    dataset = Analogies(questions=["abcd"], categories=["r"], candidates=["d", "x"])
    assert set(dataset.needed) == {"a", "b", "c", "d", "x"}


def test_what_is_searched_for_is_needed_in_the_role_of_a_query():
    assert list(SEARCH.needed_queries) == ["घर", "नदी"]
    assert list(replace(LEXICON, train_source=["a"], train_target=["घर"]).needed_queries) == [
        "ev", "su", "a",
    ]  # fmt: skip
    assert [list(dataset.needed_queries) for dataset in ALL[:5]] == [[]] * 5


def test_only_tagged_sentences_are_needed_as_sentences():
    assert list(NAMES.needed_sentences) == [*NAMES.train_sentences, *NAMES.test_sentences]
    assert not any(data.needed_sentences for data in ALL if data is not NAMES)


def test_without_targets_a_translation_is_searched_among_all_of_them():
    assert LEXICON.target == ("घर", "पाणी", "जल")


def test_without_queries_every_form_is_scored():
    assert FORMS.queries == (0, 1, 2)


def test_without_candidates_an_answer_is_searched_among_the_words_of_the_questions():
    dataset = Analogies(questions=["abcd", "cdab"], categories=["r", "r"])
    assert dataset.candidates == ("a", "b", "c", "d")


@pytest.mark.parametrize("dataset", ALL, ids=shape)
def test_every_item_says_which_texts_it_cannot_do_without(dataset):
    assert len(dataset.item_texts) == dataset.items
    assert {text for item in dataset.item_texts for text in item} <= {
        *dataset.needed, *dataset.needed_queries,
    }  # fmt: skip
    assert {text for item in dataset.item_queries for text in item} <= set(dataset.needed_queries)


def test_the_texts_of_an_item_are_those_of_its_row():
    assert PAIRS.item_texts[1] == ("नदी", "कार")
    assert FAMILY.item_texts[0] == ("मुलगा", "मुलगी", "आजोबा", "आजी")
    assert LABELLED.item_texts == [("मस्त",), ("भयंकर",)]
    assert (SEARCH.item_queries[1], SEARCH.item_texts[1]) == (("नदी",), ["नद्या", "वाट"])
    assert NAMES.item_texts[:3] == [("राम",), ("गेला",), ("गीता",)]
    assert (LEXICON.item_queries[1], LEXICON.item_texts[1]) == (("su",), ("पाणी", "जल"))
    assert replace(FORMS, queries=[2]).item_texts == [("नदीत", "नदी")]


# slices ----------------------------------------------------------------------------------------


def test_a_slice_has_a_label_for_each_scored_item():
    assert replace(PAIRS, slices={"affix": ["ी", "", ""]}).item_kinds == {"affix": ("ी", "", "")}
    with pytest.raises(InvalidData, match="slice 'affix' has 1 labels for 3 items"):
        replace(PAIRS, slices={"affix": ["ी"]})


def test_categories_of_analogies_and_features_of_cells_are_slices_too():
    two = replace(FAMILY, categories=["family", "plural"], slices={"morphemes": ["1", "2"]})
    assert two.item_kinds == {"category": ("family", "plural"), "morphemes": ("1", "2")}
    assert FAMILY.item_kinds == {}
    cells = replace(FORMS, cells=["N;DAT", "N", "N;DAT;PL"], queries=[2, 0])
    assert cells.item_kinds == {"features": ["3", "2"]}


def test_slices_follow_their_items_into_a_head():
    letters = Groups(texts="abcdefghij", labels=["x"] * 10, slices={"letter": "ABCDEFGHIJ"})
    assert letters.head(4).slices == {"letter": ("A", "C", "F", "H")}
    words = replace(NAMES, slices={"place": ["1", "2", "3", "4", "5", "6"]})
    assert words.head(2).test_sentences == (("राम", "गेला"),)
    assert words.head(2).slices == {"place": ("1", "2")}


# head ------------------------------------------------------------------------------------------


def test_a_head_is_spread_evenly_so_that_a_sorted_file_keeps_its_labels():
    dataset = Groups(texts=[f"t{i}" for i in range(10)], labels=["a"] * 5 + ["b"] * 5)
    # Positions 0, 10/4, 20/4 and 30/4 rounded down.
    assert dataset.head(4).texts == ("t0", "t2", "t5", "t7")
    assert dataset.head(4).labels == ("a", "a", "b", "b")


@pytest.mark.parametrize("dataset", ALL, ids=shape)
def test_a_head_has_as_many_items_as_asked_for_and_at_most_all(dataset):
    assert dataset.head(100) == dataset
    assert dataset.head(dataset.items) == dataset
    # One pair would carry one label, one target would be of one group.
    if not isinstance(dataset, LabelledPairs | Associations):
        assert dataset.head(1).items == 1


def test_a_head_of_tagged_sentences_has_whole_ones_and_cuts_one_that_is_too_long():
    tags = [["O"] * 3] * 6
    data = replace(
        NAMES, test_sentences=[[f"{i}{w}" for w in "abc"] for i in range(6)], test_tags=tags
    )
    assert [row[0] for row in data.head(10).test_sentences] == ["0a", "2a", "4a"]
    assert data.head(2).test_sentences == (("0a", "0b"),)
    assert data.head(2).test_tags == (("O", "O"),)


def test_the_columns_of_a_head_stay_together():
    head = PAIRS.head(2)
    assert (head.first, head.second, head.scores) == (("घर", "नदी"), ("घरी", "कार"), (2.0, 1.0))


def test_training_rows_stay_in_a_head():
    head = LABELLED.head(1)
    assert head.test_texts == ("मस्त",)
    assert (head.train_texts, head.valid_texts) == (LABELLED.train_texts, LABELLED.valid_texts)
    assert PARAPHRASES.head(2).train_first == ("e",)


def test_the_search_space_stays_in_a_head():
    assert FAMILY.head(1).candidates == FAMILY.candidates
    assert SEARCH.head(1).documents == SEARCH.documents
    assert RERANK.head(1).candidates == ((0, 1),)
    assert LEXICON.head(1).target == LEXICON.target
    assert (FORMS.head(1).forms, FORMS.head(1).queries) == (FORMS.forms, (0,))


def test_a_head_keeps_what_was_dropped():
    assert replace(PAIRS, dropped={"no score": 2}).head(1).dropped == {"no score": 2}


# digest ----------------------------------------------------------------------------------------


def test_other_slices_are_other_rows_and_none_leave_a_digest_as_it_was():
    assert PAIRS.digest == "9b8263fc990daea76a13c4c0340136573bbbd424e5fc7421129163f93422acff"
    digests = {replace(PAIRS, slices={"affix": [kind] * 3}).digest for kind in "ab"}
    assert len({PAIRS.digest, *digests}) == 3


@pytest.mark.parametrize("dataset", ALL, ids=shape)
def test_the_same_rows_have_the_same_digest_of_64_hexadecimal_digits(dataset):
    assert replace(dataset).digest == dataset.digest
    assert len(dataset.digest) == 64
    int(dataset.digest, 16)


def test_rows_given_as_lists_or_tuples_have_one_digest():
    assert Groups(texts=("a", "b"), labels=("x", "y")) == Groups(
        texts=["a", "b"], labels=["x", "y"]
    )
    first, second = (Groups(texts=kind("ab"), labels=kind("xy")) for kind in (list, tuple))
    assert first.digest == second.digest


@pytest.mark.parametrize(
    ("dataset", "change"),
    [
        (PAIRS, {"first": ["घर", "नदी", "घरा"]}),
        (PAIRS, {"scores": [2.0, 1.0, 0.25]}),
        (PAIRS, {"first": PAIRS.second, "second": PAIRS.first}),
        (FAMILY, {"categories": ["family", "kin"]}),
        (FAMILY, {"candidates": (*FAMILY.candidates, "घर")}),
        (GROUPS, {"labels": ["fruit", "animal", "animal"]}),
        (LABELLED, {"train_texts": ["छान", "वाईट "]}),
        (LABELLED, {"valid_labels": ["bad"]}),
        (PARAPHRASES, {"labels": [False, True]}),
        (PARAPHRASES, {"train_second": ["g"]}),
        (SEARCH, {"relevant": [{0: 1.0}, {1: 2.0, 2: 2.0}]}),
        (SEARCH, {"documents": ["घरी", "नद्या", "वाटा"]}),
        (RERANK, {"candidates": ()}),
        (RELATIONS, {"valid_first": ["a"], "valid_second": ["b"], "valid_labels": ["kind"]}),
        (NAMES, {"test_tags": [["BNEP", "O"], ["BNEP", "BNEP", "O", "O"]]}),
        (NAMES, {"test_sentences": [["राम"], ["गेला", "गीता", "शहा", "इथे", "आहे"]],
                 "test_tags": [["BNEP"], ["O", "BNEP", "INEP", "O", "O"]]}),
        (LEXICON, {"gold": [["घर"], ["जल", "पाणी"]], "target": ["घर", "पाणी", "जल"]}),
        (FORMS, {"queries": [0]}),
    ],
)  # fmt: skip
def test_any_changed_row_gives_another_digest(dataset, change):
    assert replace(dataset, **change).digest != dataset.digest


def test_the_order_in_which_grades_are_written_is_no_part_of_the_digest():
    turned = replace(SEARCH, relevant=[{0: 1.0}, {2: 1.0, 1: 2.0}])
    assert turned == SEARCH
    assert turned.digest == SEARCH.digest


def test_shapes_with_the_same_rows_have_different_digests():
    columns = {"first": ["a", "b"], "second": ["c", "d"]}
    pairs = Pairs(**columns, scores=[1, 0])
    assert pairs.digest != LabelledPairs(**columns, labels=[1, 0]).digest


def test_what_was_dropped_is_no_part_of_the_digest_nor_of_equality():
    dataset = replace(PAIRS, dropped={"header in the middle": 3})
    assert dataset == PAIRS
    assert dataset.digest == PAIRS.digest


def test_lone_surrogates_still_tell_two_datasets_apart():
    first, second = (Groups(texts=[text], labels=["x"]) for text in ("\ud800", "\ud801"))
    assert first.digest != second.digest


# immutability ----------------------------------------------------------------------------------


def test_a_field_cannot_be_set_again():
    with pytest.raises(FrozenInstanceError):
        PAIRS.scores = ()


def test_a_list_changed_by_its_owner_does_not_change_the_dataset():
    texts, question, grades = ["a", "b"], list("abcd"), {0: 1.0}
    groups = Groups(texts=texts, labels=["x", "y"])
    analogies = Analogies(questions=[question], categories=["r"])
    search = Retrieval(queries=["a"], documents=texts, relevant=[grades], candidates=[[0]])
    texts[0], question[0], grades[1] = "z", "z", 1.0
    assert groups.texts == search.documents == ("a", "b")
    assert analogies.questions == (("a", "b", "c", "d"),)
    assert search.relevant == ({0: 1.0},)


def test_grades_and_counts_of_dropped_rows_cannot_be_changed():
    with pytest.raises(TypeError):
        SEARCH.relevant[0][1] = 1.0
    with pytest.raises(TypeError):
        PAIRS.dropped["x"] = 1
