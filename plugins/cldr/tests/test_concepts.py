"""Tasks from names alone: right for Marathi, the same everywhere, not given away by spelling."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from embkit import InvalidData, Setting, Vectors
from embkit.evaluators import BILINGUAL_LEXICON
from embkit.languages import default_language
from embkit.registry import Registry
from embkit.testing import check_plugin
from embkit_cldr import covered
from embkit_cldr.concepts import (
    all_names,
    analogies,
    categories,
    currencies_of,
    languages_of,
    lexicon,
    retrieval,
)
from embkit_cldr.names import alike, names, share_letters


@pytest.fixture(scope="module")
def plugins():
    return Registry(only=["cldr"])


def test_names_are_the_same_whatever_babel_was_asked_before():
    # Babel keeps one answer for a language, with what is inherited or without.
    ask = (
        "from babel import Locale; Locale.parse('mr').languages",
        "from embkit_cldr.names import names; print(sorted(names('mr')[0].items()))",
    )
    alone, behind = (
        subprocess.run(
            [sys.executable, "-c", "; ".join(code)], capture_output=True, text=True, check=True
        ).stdout
        for code in (ask[1:], ask)
    )
    assert behind == alone != ""


def test_more_than_150_languages_have_a_benchmark_of_their_own(plugins):
    benchmarks = [b for b in plugins.benchmarks if b.name.startswith("cldr-")]
    assert len(benchmarks) > 150
    assert {"mr", "tr", "ne", "sw", "yo", "am", "eu", "en", "vi", "ms"} <= {
        b.language for b in benchmarks
    }
    assert all(plugins.language(b.language).name == b.language for b in benchmarks)


def test_the_coverage_table_says_what_babel_has():
    sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
    try:
        import make_coverage
    finally:
        sys.path.pop(0)
    table = covered()
    for tag in ("mr", "tr", "en", "yo", "ab", "zh"):
        assert list(table[tag]) == make_coverage.tasks(tag)
    assert not make_coverage.covered("ceb") and "ceb" not in table  # nearly all names are English


def test_hooks_import_neither_babel_nor_numpy():
    code = (
        "import sys, embkit_cldr\n"
        "list(embkit_cldr.embkit_benchmarks()), list(embkit_cldr.embkit_evaluators())\n"
        "print(sorted({'babel', 'numpy', 'scipy', 'sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_currencies_and_languages_are_todays():
    assert {t: currencies_of()[t][0] for t in ("IN", "TR", "DE", "JP")} == {
        "IN": "INR", "TR": "TRY", "DE": "EUR", "JP": "JPY",
    }  # fmt: skip
    assert languages_of()["BR"] == ["pt"]
    assert languages_of()["IN"][:2] == ["hi", "en"]


def test_the_currency_of_india_is_found_in_marathi():
    data = retrieval("mr", "currency")
    relevant = data.relevant[list(data.queries).index("भारत")]
    assert [data.documents[i] for i in relevant] == ["भारतीय रुपया"]
    data = retrieval("mr", "language")
    relevant = data.relevant[list(data.queries).index("भारत")]
    assert {data.documents[i] for i in relevant} >= {"हिंदी", "इंग्रजी"}


def test_categories_hold_each_name_once_and_none_of_two_kinds():
    data = categories("mr")
    kinds = dict(zip(data.texts, data.labels, strict=True))
    assert len(kinds) == data.items
    assert kinds["सोमवार"] == kinds["जानेवारी"] == "calendar"
    table = names("mr")[0]
    both = set(table["language"].values()) & set(table["script"].values())
    assert both and not both & set(kinds)
    assert max(Counter(data.labels).values()) == 60
    assert data.dropped["name of two kinds"] >= 2 * len(both) - 10


def test_names_left_in_english_are_no_categories_outside_english():
    english = {n.casefold() for table in names("en")[0].values() for n in table.values()}
    kept = [text for text in categories("tr").texts if text.casefold() in english]
    # A name may still equal another thing's English name.
    assert len(kept) <= 5
    assert categories("tr").dropped["same name as in English"] > 100
    assert "same name as in English" not in categories("en").dropped


@pytest.mark.parametrize("tag", ["mr", "tr", "sw", "en", "zh", "am", "th"])
@pytest.mark.parametrize("kind", ["currency", "language"])
def test_an_analogy_has_four_names_no_answer_twice_and_no_pair_that_spelling_answers(tag, kind):
    data = analogies(tag, kind)
    assert 0 < data.items <= 600
    for question in data.questions:
        a, b, c, d = question
        assert len(set(question)) == 4
        assert not share_letters(a, b) and not share_letters(c, d)
        assert d in data.candidates
    answers = {b: a for a, b, _, _ in data.questions}
    assert len(answers) == len({a for a, *_ in data.questions})
    assert data.dropped["pair that spelling answers"] > 0


def test_a_lexicon_between_any_two_languages_is_found_by_name(plugins):
    ((benchmark, task),) = plugins.tasks("cldr-mr/lexicon-tr")
    assert (benchmark.language, task.query_language) == ("mr", "tr")
    data = task.load()
    assert data.items > 300
    pairs = dict(zip(data.source, data.gold, strict=True))
    assert pairs["Pazartesi"] == ("सोमवार",)
    assert pairs["Hindistan"] == ("भारत",)


def test_a_lexicon_of_a_language_with_itself_or_an_unknown_one_does_not_exist(plugins):
    (benchmark,) = [b for b in plugins.benchmarks if b.name == "cldr-mr"]
    assert benchmark.find("lexicon-mr") is None
    assert benchmark.find("lexicon-xx") is None
    assert benchmark.find("nonsense") is None


def test_a_country_inside_the_other_name_is_seen_in_any_script():
    assert share_letters("India", "Indian Rupee")
    assert share_letters("India", "Kihindi")
    assert share_letters("ህንድ", "የህንድ ሩፒ")
    assert share_letters("จาเมกา", "ดอลลาร์จาเมกา")
    assert share_letters("冰岛", "冰岛克朗")
    assert share_letters("가나", "가나 세디")
    assert not share_letters("Brezilya", "Portekizce")
    assert not share_letters("इथिओपिया", "अम्हारिक")


def test_two_tenders_of_a_territory_are_both_right_and_no_analogy():
    assert set(currencies_of()["PS"]) == {"ILS", "JOD"}
    data = retrieval("en", "currency")
    relevant = data.relevant[list(data.queries).index("Panama")]
    assert {data.documents[i] for i in relevant} == {"Panamanian Balboa", "US Dollar"}
    assert "Panama" not in {a for a, *_ in analogies("en", "currency").questions}


def test_names_with_a_spaced_hyphen_are_descriptions():
    assert not [n for n in names("mr")[0]["territory"].values() if " - " in n]


def test_a_unit_whose_long_form_is_its_short_one_is_kept():
    units = names("mr")[0]["unit"]
    assert units["length-meter"] == "मीटर" and units["area-hectare"] == "हेक्टर"
    assert names("en")[0]["unit"]["length-meter"] == "meters"


def test_the_native_categories_have_no_english_names_in_another_spelling():
    data = categories("mr", native=True)
    assert data.dropped["English name in another spelling"] > 300
    assert not {"केनिया", "मीटर"} & set(data.texts)


def test_a_name_of_a_lexicon_has_all_its_right_answers():
    here, there = names("tr")[0], names("en")[0]
    data = lexicon("tr", "en")
    found = dict(zip(data.source, data.gold, strict=True))
    assert found["Georgian"] == ("Gürcü", "Gürcüce")  # the script and the language
    for kind, table in here.items():
        for code, name in table.items():
            asked = there[kind].get(code)
            assert asked not in found or name in found[asked]


def test_the_lexicon_finds_the_names_that_stand_where_their_translations_do():
    data = lexicon("mr", "en")
    turn = {text: i for i, text in enumerate(data.target)}
    # Each Marathi name has a direction of its own, an English one that of its first answer.
    here = Vectors(data.target, np.eye(len(turn)))
    rows = np.eye(len(turn))[[turn[gold[0]] for gold in data.gold]]
    rows[data.source.index("India")] = np.eye(len(turn))[turn["सोमवार"]]
    setting = Setting(language=default_language("mr"), task="cldr-mr/lexicon-en")
    vectors = Vectors(data.target, here.rows(data.target), queries=Vectors(data.source, rows))
    scores = BILINGUAL_LEXICON.measure(BILINGUAL_LEXICON.predict(data, vectors, setting))
    assert scores["precision@1"] == pytest.approx(1 - 1 / data.items)


def test_kinds_are_measured_by_three_evaluators_on_the_same_names(plugins):
    tasks = {task.name: task for _, task in plugins.tasks("cldr-mr/categories*")}
    evaluators = {name: task.evaluator for name, task in tasks.items()}
    assert evaluators == {
        "categories": "clustering",
        "categories-native": "clustering",
        "categories-purity": "categorisation",
        "categories-outlier": "outlier",
    }
    same = {tasks[name].load().digest for name in tasks if name != "categories-native"}
    assert len(same) == 1


def test_all_names_hold_each_name_of_every_kind_once():
    data, table = all_names("mr"), names("mr")[0]
    assert len(data.texts) == len(set(data.texts)) > 900
    assert set(data.texts) == {name for kind in table.values() for name in kind.values()}
    assert {"भारत", "सोमवार", "मीटर", "मराठी"} <= set(data.texts)


def test_a_language_with_few_names_has_no_task_on_how_they_lie(plugins):
    assert [task.name for _, task in plugins.tasks("cldr-mr/names-*")] == ["names-isotropy"]
    assert "names-isotropy" not in covered()["ab"]
    with pytest.raises(InvalidData, match=r"too little for 'ab': \d+ names, fewer than 900"):
        all_names("ab")


def test_one_name_in_two_scripts_is_seen_as_one():
    assert alike("केनिया", "Kenya")
    assert alike("Кения", "Kenya")
    assert alike("Danimarka", "Denmark")
    assert alike("कँटोनीज", "Cantonese")
    assert not alike("भारत", "India")
    assert not alike("सोमवार", "Monday")
    assert not alike("Almanya", "Germany")


def test_a_lexicon_leaves_out_one_name_in_two_spellings_and_counts_it():
    data = lexicon("mr", "en")
    assert "Kenya" not in data.source and "India" in data.source
    assert data.dropped["one name in two spellings"] > 300
    assert "केनिया" in data.target


def test_what_cldr_has_too_little_of_is_an_error_with_the_language():
    with pytest.raises(InvalidData, match="too little for 'mgh': 0 names"):
        lexicon("mgh", "mgh")


CODE = """
from embkit_cldr.concepts import *
data = [categories("mr"), analogies("tr", "currency"), retrieval("sw", "language")]
data += [lexicon("mr", "tr"), all_names("mr")]
print(*[d.digest for d in data])
"""


def test_the_same_data_come_out_in_every_process():
    seen = {
        subprocess.run(
            [sys.executable, "-c", CODE], capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in "012"
    }  # fmt: skip
    assert len(seen) == 1


def test_the_plugin_keeps_its_promises(monkeypatch):
    monkeypatch.setattr("embkit_cldr.covered", lambda: {"mr": covered()["mr"]})
    checked = check_plugin("embkit_cldr")
    assert "task cldr-mr/categories: loads 319 items" in checked
    assert any(line.startswith("evaluator odd-one-out") for line in checked)
