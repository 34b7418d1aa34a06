"""What Marathi text becomes; strings are in code points where eyes cannot tell them apart."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
from embkit_marathi import marathi
from hypothesis import given
from hypothesis import strategies as st

MARATHI = marathi()


@pytest.mark.parametrize(
    ("written", "spelling"),
    [
        ("\u0905\u0945प", "\u0972प"),  # अॅप
        ("\u0905\u200d\u0945प", "\u0972प"),
        ("\u0930\u094d\u200dहास", "\u0931\u094dहास"),  # eyelash ra
        ("\u0931\u094d\u200dहास", "\u0931\u094dहास"),
        ("\u0930\u093c\u094d\u200dहास", "\u0931\u094dहास"),  # ra, nukta: NFC makes it ऱ
        ("\u0906\u0945फिस", "\u0911फिस"),
        ("\u0905\u0949फिस", "\u0911फिस"),
        ("\u0905\u093e\u0945फिस", "\u0911फिस"),
        ("\u0905\u093eई", "\u0906ई"),
        ("ड\u093e\u0945क्टर", "ड\u0949क्टर"),
        ("म\u093e\u0947र", "म\u094bर"),
    ],
)
def test_spellings_that_look_alike_become_one(written: str, spelling: str) -> None:
    assert MARATHI.normalize(written) == spelling


def test_plain_ra_with_virama_is_not_an_eyelash_ra() -> None:
    assert MARATHI.normalize("सूर्य") == "सूर्य"


def test_text_is_nfc_with_the_nukta_kept() -> None:
    assert MARATHI.normalize("\u0958लम") == "\u0915\u093cलम"


def test_joiners_stay_where_they_shape_a_cluster() -> None:
    assert MARATHI.normalize("क्\u200dष") == "क्\u200dष"
    assert MARATHI.normalize("उद्\u200cघाटन") == "उद्\u200cघाटन"
    assert MARATHI.normalize("🤦🏽\u200d♂") == "🤦🏽\u200d♂"


@pytest.mark.parametrize(
    "mark", ["\u200b", "\u200c", "\u200d", "\ufeff", "\u00ad", "\u2060", "\u200b\u200d\u200b"]
)
def test_invisible_characters_without_effect_are_dropped(mark: str) -> None:
    assert MARATHI.normalize(f"{mark}माह{mark}िती {mark}आहे{mark}") == "माहिती आहे"


def test_of_several_invisible_characters_after_a_virama_the_first_joiner_stays() -> None:
    assert MARATHI.normalize("क्\u200b\u200d\u200cष") == "क्\u200dष"


def test_a_doubled_anusvara_is_one() -> None:
    assert MARATHI.normalize("शि\u0902\u0902दे") == "शि\u0902दे"


def test_digits_stay_as_written_or_become_latin() -> None:
    assert MARATHI.normalize("२०२४ 12") == "२०२४ 12"
    assert marathi(digits="latin").normalize("२०२४ 12") == "2024 12"


def test_danda_and_abbreviation_sign_are_punctuation() -> None:
    assert MARATHI.tokenize("तो गेला। ती॥ डॉ॰ आली.") == ["तो", "गेला", "ती", "डॉ", "आली"]


def test_words_keep_their_vowel_signs_and_joiners() -> None:
    assert MARATHI.tokenize("शिक्षण उद्\u200cघाटन १२३") == ["शिक्षण", "उद्\u200cघाटन", "१२३"]


@pytest.mark.parametrize("quote", ["'", "\u2019"])
def test_a_closing_quote_parts_a_suffix_from_its_title(quote: str) -> None:
    assert MARATHI.tokenize(f"यूजीसी{quote}ची") == ["यूजीसी", "ची"]


def test_an_apostrophe_between_latin_letters_stays() -> None:
    assert MARATHI.tokenize("don't") == ["don't"]


def test_fold_lowers_latin_letters_and_leaves_devanagari() -> None:
    assert MARATHI.fold("Xiaomi चा फोन") == "xiaomi चा फोन"


@given(
    st.text(alphabet=st.sampled_from("अआकरऱाॅेॉोंँ़् -१ab'\u2019\u00ad\u200b\u200c\u200d\u2060\ufeff🤦♂"))
)
def test_normalising_twice_changes_nothing_and_the_text_is_nfc(text: str) -> None:
    once = MARATHI.normalize(text)
    assert MARATHI.normalize(once) == once
    assert unicodedata.is_normalized("NFC", once)


def _word_types(folder: Path) -> list[str]:
    """The forms of all words of UD_Marathi-UFAL that are not punctuation."""
    found = set()
    for path in sorted((folder / "UD_Marathi-UFAL").glob("*.conllu")):
        for line in path.read_text(encoding="utf-8").splitlines():
            columns = line.split("\t")
            if len(columns) == 10 and columns[0].isdigit() and columns[3] != "PUNCT":
                found.add(columns[1])
    return sorted(found)


def test_99_in_100_word_types_of_the_treebank_stay_whole_and_4_in_100_with_backslash_w(
    shared: Path,
) -> None:
    types = _word_types(shared)
    assert len(types) == 1097
    normal = [MARATHI.normalize(word) for word in types]
    whole = sum(MARATHI.tokenize(word) == [word] for word in normal)
    assert whole == 1096  # दु:खी is written with a colon for the visarga
    assert sum(re.findall(r"\w+", word) == [word] for word in normal) == 50
