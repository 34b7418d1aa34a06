"""Cleaning, words, case, the digest of a text layer, and languages by any of their names."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import unicodedata
from dataclasses import replace

import embkit.text
import pytest
import regex
from embkit.errors import NotFound
from embkit.languages import default_language, turkish
from embkit.languages.names import NamedLanguage, find_name, short_tag
from embkit.registry import Registry
from embkit.text import clean, fold_case, fold_dotted, layer_digest, words
from embkit.wordbreaks import split_words
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

# clean -----------------------------------------------------------------------------------------


def test_clean_composes_what_can_be_composed():
    assert clean("e\u0301") == "é"


def test_clean_takes_the_letters_apart_that_unicode_excludes_from_composition():
    assert clean("\u0958") == "\u0915\u093c"


def test_a_lone_surrogate_becomes_the_replacement_character():
    assert clean("घर\ud800x\udfff") == "घर\ufffdx\ufffd"


def test_a_run_of_combining_marks_is_cut_at_thirty():
    assert clean("q" + "\u0301" * 40 + "q") == "q" + "\u0301" * 30 + "q"


def test_thirty_combining_marks_are_left_as_they_are():
    assert clean("q" + "\u0301" * 30) == "q" + "\u0301" * 30


def test_four_hundred_thousand_combining_marks_take_under_two_seconds_and_clean_is_done():
    # Alternating marks of two classes are the slowest text there is to put in order.
    text = "अ" + "\u0301\u0323" * 200_000
    start = time.process_time()
    once = clean(text)
    assert time.process_time() - start < 2
    assert clean(once) == once
    assert len(once) <= 31


@pytest.mark.parametrize("marks", ["\u0958" + "\u0941" * 30, "a" + "\u0344" * 30])
def test_marks_that_multiply_when_decomposed_are_cut_as_well(marks):
    assert clean(clean(marks)) == clean(marks)


ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))
MARKED_TEXT = st.text("aIİiıक\u0958\u0344\u0301\u0323\u0307\u094d\u200d\u0345中 '1", max_size=60)


@given(ANY_TEXT | MARKED_TEXT)
@example("\u0958" + "\u0941" * 30)
def test_clean_gives_nfc_and_cleaning_again_changes_nothing(text):
    once = clean(text)
    assert unicodedata.normalize("NFC", once) == once
    assert clean(once) == once


# words -----------------------------------------------------------------------------------------


def test_devanagari_words_keep_their_vowel_signs_and_the_danda_is_left_out():
    assert words("मराठी भाषेतील वृत्तपत्रे। पुणे॥") == ["मराठी", "भाषेतील", "वृत्तपत्रे", "पुणे"]


@pytest.mark.parametrize("word", ["र्\u200dहास", "शिक्षण\u200cसंस्था", "فارسی\u200cها"])
def test_joiners_stay_inside_words(word):
    assert words(f"«{word}», {word}.") == [word, word]


def test_an_apostrophe_stays_between_letters_and_is_left_out_around_them():
    assert words("'don't' l’été dogs' 'n'") == ["don't", "l’été", "dogs", "n"]


def test_a_number_with_its_separators_is_one_word():
    assert words("3,141.5 12:30, १२३.४५।") == ["3,141.5", "12:30", "१२३.४५"]


def test_a_full_stop_between_letters_ends_a_word():
    assert words("e.g. end.Start") == ["e", "g", "end", "Start"]


def test_han_ideographs_are_words_of_one_character():
    assert words("中文字 kanji漢字") == ["中", "文", "字", "kanji", "漢", "字"]


def test_a_mark_behind_an_ideograph_belongs_to_it():
    # A variation selector chooses one of the forms of 葛, as in the names of two Japanese cities.
    assert words("葛\U000e0100城") == ["葛\U000e0100", "城"]


@pytest.mark.parametrize("emoji", ["👩🏽‍🚀", "❤️", "🇮🇳", "1️⃣", "👨‍👩‍👧"])
def test_an_emoji_sequence_is_one_word(emoji):
    assert words(f"a {emoji} b") == ["a", emoji, "b"]


def test_emoji_side_by_side_are_words_of_their_own():
    assert words("😂😂 🇮🇳🇹🇷") == ["😂", "😂", "🇮🇳", "🇹🇷"]


@pytest.mark.parametrize("text", ["", " \t\n", "…!?।॥", "—'’\"", "\u200d"])
def test_a_text_without_words_gives_none(text):
    assert words(text) == []


PIECES = st.sampled_from([
    *"aZé1٣_कि中한๏ท.,:'’·״\u200c\u200d\u0301\ufe0f 😂ℹ©\n-\ud800𝒳", "🇮🇳", "👩🏽\u200d🚀",
    "葛\U000e0100", "  ", "1.2", "a'b", "\u200d\u200d",
])  # fmt: skip


@given(st.lists(PIECES | st.characters(codec=None, exclude_categories=()), max_size=40))
@settings(max_examples=300, deadline=None)
@example(["中", "\u0301", "a", "'", "b", " ", "a", "\u200d", "'", "b"])
@example([])
def test_a_long_text_has_the_words_that_it_has_as_a_short_one(pieces):
    text = "".join(pieces)
    assert split_words(text, embkit.text._WORD) == embkit.text._WORD.findall(text)


def test_a_text_of_any_length_is_cut_alike(shared):
    path = shared / "mr" / "MarathiNLP" / "STSb-translated" / "marathi" / "sts-test-mr.tsv"
    text = path.read_text(encoding="utf-8") + "😂 🇮🇳🇹🇷 3.14 don't 漢字 "
    assert words(text) == [word for line in text.splitlines() for word in words(line)]


@given(st.lists(MARKED_TEXT | ANY_TEXT, max_size=4))
def test_spaces_keep_apart_what_stands_between_them(texts):
    whole = " ".join(texts)
    assert clean(whole) == " ".join(map(clean, texts))
    normal = clean(whole)
    for fold in (fold_case, fold_dotted):
        assert fold(normal) == " ".join(fold(clean(text)) for text in texts)
    assert words(normal) == [word for text in texts for word in words(clean(text))]


@given(MARKED_TEXT | ANY_TEXT)
def test_words_stand_in_the_text_in_their_order(text):
    position = 0
    for word in words(text):
        position = text.index(word, position) + len(word)


@given(MARKED_TEXT | ANY_TEXT)
def test_no_word_begins_with_a_mark_that_follows_a_letter(text):
    position = 0
    for word in words(text):
        position = text.index(word, position)
        before = text[position - 1 : position]
        if regex.match(r"\p{M}", word):
            assert not regex.match(r"\p{L}", before)
        position += len(word)


def token_types(folder):
    """The distinct tokens of a treebank that are neither punctuation nor symbols."""
    types = set()
    for file in sorted(folder.glob("*.conllu")):
        for line in file.read_text(encoding="utf-8").splitlines():
            columns = line.split("\t")
            if len(columns) == 10 and columns[3] not in ("PUNCT", "SYM"):
                types.add(clean(columns[1]))
    return types


def test_marathi_words_come_through_whole_where_python_cuts_nearly_all_of_them(shared):
    import re

    types = token_types(shared / "mr" / "UD_Marathi-UFAL")
    assert len(types) > 1000
    whole = sum(words(word) == [word] for word in types)
    python = sum(re.findall(r"\w+", word) == [word] for word in types)
    assert whole / len(types) >= 0.99
    assert python / len(types) < 0.06


# case ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "folded"),
    [("İSTANBUL", "istanbul"), ("IĞDIR", "ığdır"), ("Işık", "ışık"), ("ŞİŞLİ", "şişli")],
)
def test_dotted_and_dotless_i_stay_two_letters_in_turkish(text, folded):
    assert fold_dotted(text) == folded


def test_two_turkish_words_that_differ_in_the_dot_stay_two_words():
    assert fold_dotted("ISI") == fold_dotted("ısı") == "ısı"
    assert fold_dotted("İSİ") == fold_dotted("isi") == "isi"


def test_the_default_case_is_unicodes_own_without_a_dot_left_behind():
    assert fold_case("İSTANBUL I ΣΊΣΥΦΟΣ Straße") == "istanbul i σίσυφος straße"


@pytest.mark.parametrize("fold", [fold_case, fold_dotted])
@given(text=MARKED_TEXT)
@example(text="İ")
@example(text="I\u0307")
def test_folding_never_leaves_a_dot_above_an_i(fold, text):
    text = clean(text.replace("i", ""))
    assume("İ\u0307" not in text)  # two dots, of which one stays
    assert "i\u0307" not in fold(text)


@pytest.mark.parametrize("fold", [fold_case, fold_dotted])
@pytest.mark.parametrize(
    ("upper", "lower"), [("J\u030c", "ǰ"), ("H\u0331", "ẖ"), ("T\u0308", "ẗ"), ("İ\u0301", "í")]
)
def test_folded_text_is_composed_where_only_the_small_letter_can_be(fold, upper, lower):
    assert fold(clean(upper)) == lower


@pytest.mark.parametrize(
    ("apostrophe", "expected"),
    [("keep", ["İstanbul'da"]), ("split", ["İstanbul", "da"]), ("join", ["İstanbulda"])],
)
@pytest.mark.parametrize("mark", ["'", "’"])
def test_the_apostrophe_of_turkish_is_a_choice(apostrophe, expected, mark):
    language = turkish(apostrophe=apostrophe)
    assert language.tokenize(language.normalize(f"İstanbul{mark}da.")) == expected


@pytest.mark.parametrize("tag", ["az", "az-Latn", "crh", "gag"])
def test_languages_with_the_turkish_alphabet_fold_as_turkish_does(tag):
    assert default_language(tag).fold("ISI") == "ısı"


# the digest of a text layer --------------------------------------------------------------------


def test_two_languages_have_two_digests():
    assert layer_digest(default_language("en")) != layer_digest(turkish())


@pytest.mark.parametrize(
    "change",
    [
        {"version": "2"},
        {"fold": fold_dotted},
        {"tokenize": str.split},
        {"normalize": lambda text: clean(text).replace("ॲ", "अॅ")},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_rule_or_version_changes_the_digest(change):
    language = default_language("mr")
    assert layer_digest(replace(language, **change)) != layer_digest(language)


def test_a_summary_is_no_part_of_the_digest():
    language = default_language("mr")
    assert layer_digest(replace(language, summary="other words")) == layer_digest(language)


def test_the_digest_is_the_same_in_every_process():
    code = (
        "from embkit.languages import turkish; from embkit.text import layer_digest; "
        "print(layer_digest(turkish()))"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True, text=True, check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }  # fmt: skip
    assert digests == {layer_digest(turkish())}


# languages by name -----------------------------------------------------------------------------

MARATHI = NamedLanguage("mr", "Deva", "Marathi")


@pytest.mark.parametrize(
    "name",
    ["mr", "MR", "mar", "mar-Deva", "mr_Deva_IN", "mr-IN", "Marathi", "marathi", "मराठी", " mr "],
)
def test_marathi_is_found_by_every_tag_and_name(name):
    assert find_name(name) == MARATHI


@pytest.mark.parametrize("name", ["Türkçe", "TÜRKÇE", "Turkish", "tur", "tr-TR"])
def test_turkish_is_found_by_every_tag_and_name(name):
    assert find_name(name) == NamedLanguage("tr", "Latn", "Turkish")


def test_an_unusual_script_stays_in_the_tag():
    assert find_name("mar-Latn") == NamedLanguage("mr-Latn", "Latn", "Marathi")


def test_a_code_wins_over_a_name():
    # Ga, spoken in Ghana, has the code gaa.
    assert find_name("ga") == NamedLanguage("ga", "Latn", "Irish")
    assert find_name("gaa") == NamedLanguage("gaa", "Latn", "Ga")


def test_an_unnamed_tag_is_taken_with_a_script_and_not_without():
    assert find_name("xyz-Latn") == NamedLanguage("xyz-Latn", "Latn", "xyz")
    assert find_name("xyz") is None


def test_a_private_tag_is_taken():
    assert find_name("x-building") == NamedLanguage("x-building", "", "x-building")


def test_a_name_in_a_third_language_is_found_with_babel():
    pytest.importorskip("babel")
    assert find_name("hongrois") == NamedLanguage("hu", "Latn", "Hungarian")  # French


@pytest.mark.parametrize("name", ["", "?", "no such language"])
def test_what_names_no_language_is_none(name):
    assert find_name(name) is None


def test_the_short_tag_of_a_tag_is_canonical_and_other_words_stay():
    assert [short_tag(tag) for tag in ("mar-Deva-IN", "mr", "xyz")] == ["mr", "mr", "xyz"]


@pytest.fixture(scope="module")
def built_in():
    return Registry(only=())


@pytest.mark.parametrize("name", ["mr", "mar", "mar-Deva", "mr-IN", "Marathi", "मराठी"])
def test_a_language_that_no_plugin_offers_gets_the_default_rules(built_in, name):
    language = built_in.language(name)
    assert (language.name, language.script) == ("mr", "Deva")
    assert language.tokenize is words


def test_a_language_that_a_plugin_offers_brings_its_own_rules(built_in):
    assert built_in.language("Türkçe").fold("ISI") == "ısı"


def test_the_rules_of_a_language_hold_in_its_other_scripts(built_in):
    language = built_in.language("tur-Cyrl")
    assert (language.name, language.script) == ("tr-Cyrl", "Cyrl")
    assert language.fold("I") == "ı"


@pytest.mark.parametrize(
    ("name", "near"), [("Marthi", "marathi"), ("मराठि", "मराठी"), ("Turkisch", "turkish")]
)
def test_a_misspelt_language_is_an_error_with_a_suggestion(built_in, name, near):
    with pytest.raises(NotFound, match=f"no language is called '{name}'; did you mean '{near}'"):
        built_in.language(name)


def test_the_error_of_an_unknown_language_says_what_would_be_taken(built_in):
    with pytest.raises(NotFound, match=r"give a tag .* with its script \(xyz-Latn\)"):
        built_in.language("xyz")
