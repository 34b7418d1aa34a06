"""Analogies: what is asked in each category, among which candidates, and what is left out."""

from __future__ import annotations

from collections import Counter

import pytest
from embkit.errors import InvalidData

# Questions, word pairs and candidates; what was left out.
GROUPS = {
    "analogy-verb": (13880, 614, 663, {"question between two persons (1pl, 3pl)": 351}),
    "analogy-noun": (
        15131,
        582,
        629,
        {
            "question with a repeated word (genitive)": 1,
            "question with a repeated word (poss-2sg)": 1,
        },
    ),
    "analogy-derivation": (4836, 233, 282, {}),
    "analogy-semantic": (3296, 139, 233, {}),
    "analogy-mixed": (
        491,
        713,
        946,
        {
            "repeated question (chains)": 15,
            "question with a repeated word (chains)": 1,
            "repeated question (sample)": 2,
        },
    ),
    "analogy-semantic-world-capitals": (
        4291,
        113,
        226,
        {"question with a repeated word (world-capitals)": 155},
    ),
}
CATEGORIES = {
    "analogy-verb": {
        "1sg": 990,
        "2sg": 946,
        "3pl": 36,
        "1pl": 741,
        "2pl": 946,
        "present-yor": 861,
        "present-mekte": 1176,
        "past-di": 1176,
        "past-mis": 1176,
        "future": 1176,
        "necessitative": 1128,
        "conditional": 1176,
        "imperative": 1176,
        "negation": 1176,
    },
    "analogy-noun": {
        "plural": 1128,
        "accusative": 1176,
        "dative": 1176,
        "locative": 1128,
        "ablative": 1128,
        "genitive": 1175,
        "instrumental": 1128,
        "equative": 276,
        "poss-1sg": 1128,
        "poss-2sg": 1175,
        "poss-3sg": 1176,
        "poss-1pl": 1128,
        "poss-2pl": 1081,
        "poss-3pl": 1128,
    },
    "analogy-derivation": {"li": 1176, "siz": 1176, "lik": 990, "ci": 990, "cik": 351, "imsi": 153},
    "analogy-semantic": {
        "family": 90,
        "synonyms": 600,
        "antonyms": 600,
        "currency": 156,
        "city-region": 1344,
        "capital-country": 506,
    },
    "analogy-mixed": {"chains": 287, "sample": 204},
}


def pairs(dataset) -> set[tuple[str, str]]:
    return {pair for a, b, c, d in dataset.questions for pair in ((a, b), (c, d))}


@pytest.mark.parametrize("name", GROUPS)
def test_a_group_has_these_questions_and_says_what_it_left_out(name, load) -> None:
    dataset, (questions, word_pairs, candidates, dropped) = load(name), GROUPS[name]
    assert dataset.items == len(set(zip(dataset.categories, dataset.questions, strict=True)))
    assert (dataset.items, len(pairs(dataset)), len(dataset.candidates)) == (
        questions,
        word_pairs,
        candidates,
    )
    assert dict(dataset.dropped) == dropped


@pytest.mark.parametrize("name", CATEGORIES)
def test_each_file_is_a_category(name, load) -> None:
    assert dict(Counter(load(name).categories)) == CATEGORIES[name]


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("analogy-verb-negation", ("olur", "olmaz", "eder", "etmez")),
        ("analogy-verb-conditional", ("olur", "olsa", "eder", "etse")),
        ("analogy-verb-imperative", ("olur", "olsun", "eder", "etsin")),
        ("analogy-noun-dative", ("konu", "konuya", "yer", "yere")),
        ("analogy-noun-genitive", ("konu", "konunun", "yer", "yerin")),
        ("analogy-derivation-siz", ("konu", "konusuz", "yer", "yersiz")),
        ("analogy-derivation-ci", ("konu", "konucu", "yer", "yerci")),
        ("analogy-semantic-currency", ("rusya", "ruble", "brezilya", "real")),
        ("analogy-semantic-capital-country", ("atina", "yunanistan", "bağdat", "ırak")),
        ("analogy-mixed-chains", ("ağaç", "ağacıyım", "araba", "arabasıyım")),
        ("analogy-semantic-world-capitals", ("abuja", "nijerya", "akra", "gana")),
    ],
)
def test_a_category_alone_begins_with_the_question_its_name_promises(name, question, load) -> None:
    assert load(name).questions[0] == question


def test_a_category_alone_has_its_questions_of_the_group_and_the_same_candidates(load) -> None:
    group, alone = load("analogy-noun"), load("analogy-noun-genitive")
    of_group = zip(group.questions, group.categories, strict=True)
    assert alone.questions == tuple(words for words, own in of_group if own == "genitive")
    assert alone.candidates == group.candidates
    assert dict(alone.dropped) == {"question with a repeated word (genitive)": 1}


def test_the_file_of_the_third_person_plural_is_two_persons(load) -> None:
    third, first = pairs(load("analogy-verb-3pl")), pairs(load("analogy-verb-1pl"))
    assert third == {
        ("olur", "olurlar"),
        ("belirir", "belirirler"),
        ("bulunur", "bulunurlar"),
        ("görür", "görürler"),
        ("konuşur", "konuşurlar"),
        ("bulur", "bulurlar"),
        ("oluşur", "oluşurlar"),
        ("düşünür", "düşünürler"),
        ("savunur", "savunurlar"),
    }
    assert len(first) == 39 and ("gelir", "geliriz") in first
    assert all(form.endswith(("ız", "iz")) for _, form in first)
    assert 36 + 741 + 351 == load("analogy-verb-3pl-as-published").items == 1128


def test_four_regions_answer_all_questions_about_cities(load) -> None:
    answers = Counter(words[3] for words in load("analogy-semantic-city-region").questions)
    assert answers == {"karadeniz": 432, "marmara": 352, "ege": 280, "akdeniz": 280}


@pytest.mark.parametrize(("one", "other"), [("accusative", "poss-3sg"), ("genitive", "poss-2sg")])
def test_forms_that_are_homonyms_share_35_of_49_pairs(one, other, load) -> None:
    first, second = (pairs(load(f"analogy-noun-{name}")) for name in (one, other))
    assert (len(first), len(second), len(first & second)) == (49, 49, 35)


@pytest.mark.parametrize(
    "name",
    ["analogy", "analogy-", "analogy-verb-1pl-3pl", "analogy-noun-1pl", "analogy-verb-", "other"],
)
def test_a_name_that_is_no_category_is_not_found(name, benchmark) -> None:
    assert benchmark.find(name) is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("yer yeri gün\n", "words.txt, line 1: expected 4 columns, got 3"),
        ("yer yeri gün günü\n\nyer yeri  günü gün\n", "words.txt, line 3: expected 4"),
    ],
)
def test_a_question_of_other_than_four_words_is_an_error_with_its_line(
    content, message, tmp_path, find
) -> None:
    path = tmp_path / "words.txt"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InvalidData, match=message):
        find("analogy-mixed").load(path, path)


def test_a_question_of_another_length_among_world_capitals_is_an_error(tmp_path, find) -> None:
    path = tmp_path / "words.txt"
    path.write_text(": aile\na b c\n: capital-world\nparis fransa roma\n", encoding="utf-8")
    with pytest.raises(InvalidData, match=r"words\.txt, line 4: expected 4 words, got 3"):
        find("analogy-semantic-world-capitals").load(path)
