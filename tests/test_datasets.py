"""The shapes of datasets: what they refuse, what they need, their head and their digest."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest
from embkit import Analogies, Groups, InvalidData, Labelled, LabelledPairs, Pairs, Retrieval

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
ALL = (PAIRS, FAMILY, GROUPS, LABELLED, PARAPHRASES, SEARCH, RERANK)


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
    ],
)
def test_a_dataset_without_items_is_refused_by_its_shape(make):
    with pytest.raises(InvalidData, match=r"a dataset of shape \w+ has no items"):
        make()


# items and texts -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dataset", "items"), list(zip(ALL, [3, 2, 3, 2, 2, 2, 2], strict=True)), ids=shape
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
    ],
    ids=shape,
)
def test_all_texts_of_a_dataset_are_needed(dataset, needed):
    assert list(dataset.needed) == needed


def test_an_analogy_needs_its_words_and_all_candidates():
    dataset = Analogies(questions=["abcd"], categories=["r"], candidates=["d", "x"])
    assert set(dataset.needed) == {"a", "b", "c", "d", "x"}


def test_only_retrieval_needs_texts_in_the_role_of_a_query():
    assert list(SEARCH.needed_queries) == ["घर", "नदी"]
    assert [list(dataset.needed_queries) for dataset in ALL[:5]] == [[]] * 5


def test_without_candidates_an_answer_is_searched_among_the_words_of_the_questions():
    dataset = Analogies(questions=["abcd", "cdab"], categories=["r", "r"])
    assert dataset.candidates == ("a", "b", "c", "d")


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
    if not isinstance(dataset, LabelledPairs):  # one pair would carry one label
        assert dataset.head(1).items == 1


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


def test_a_head_keeps_what_was_dropped():
    assert replace(PAIRS, dropped={"no score": 2}).head(1).dropped == {"no score": 2}


# digest ----------------------------------------------------------------------------------------


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
    ],
)
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
