"""`embkit neighbors`: what is nearest, and what is said where nothing can be."""

from __future__ import annotations

import io
import json
import sys

import pytest
from embkit.cli import main

# Right angles and one of 45 degrees: cosines of 1, 0.707 and 0.
VEC = "6 2\nराजा 1 0\nराणी 1 1\nपुरुष 0 2\nस्त्री 2 2\nNew\u202eYork 0 -1\nशून्य 0 0\n"


@pytest.fixture
def neighbors(tmp_path, monkeypatch, capsys):
    """A function that runs the command: its exit code, what it printed and what it said."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "words.vec").write_text(VEC, encoding="utf-8")

    def run(*words: str, plugin: str = "fasttext:words.vec", stdin: str = ""):
        argv = ["embkit", "neighbors", "-p", plugin, "--lang", "mr", *words]
        monkeypatch.setattr(sys, "argv", argv)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        return end.value.code, said.out, said.err

    return run


def test_the_nearest_words_come_best_first_with_their_cosines(neighbors):
    assert neighbors("राजा", "-k", "3") == (
        0,
        " 0.707  राणी\n 0.707  स्त्री\n 0.000  पुरुष\n",
        "",
    )


def test_more_than_there_are_is_all_there_are_and_a_direction_sign_is_spelt_out(neighbors):
    code, out, said = neighbors("राजा", "-k", "1000000000")
    assert (code, said) == (0, "")
    assert out.splitlines()[-1] == " 0.000  New<U+202E>York"
    assert len(out.splitlines()) == 4


def test_words_are_added_and_taken_away(neighbors):
    code, out, _ = neighbors("राणी", "--minus", "पुरुष", "-k", "1")
    assert (code, out) == (0, " 0.924  राजा\n")


def test_json_holds_the_text_as_it_is(neighbors):
    code, out, _ = neighbors("राणी", "-k", "2", "--json")
    assert code == 0
    assert json.loads(out) == [
        {"text": "स्त्री", "cosine": 1.0},
        {"text": "राजा", "cosine": 0.707107},
    ]


def test_a_misspelt_word_is_not_found_and_a_near_one_is_named(neighbors):
    assert neighbors("राण") == (
        3,
        "",
        "embkit: no vector for the word 'राण'; did you mean 'राणी'?\n",
    )


def test_words_that_cancel_out_leave_nothing_to_look_for(neighbors):
    code, out, said = neighbors("राणी", "--minus", "स्त्री")
    assert (code, out) == (2, "") and "the words cancel out" in said


def test_texts_of_a_file_are_searched_each_once_without_those_asked_for(neighbors):
    code, out, said = neighbors(
        "राजा", "--among", "-", stdin="पुरुष\nराजा राणी\nराजा\n\nपुरुष\nअज्ञात\n"
    )
    assert code == 0
    assert out == " 0.894  राजा राणी\n 0.000  पुरुष\n"
    assert said == "embkit: 1 of 3 texts have no vector and cannot be found\n"


def test_a_provider_without_a_vocabulary_searches_the_texts_of_a_file(neighbors):
    code, out, _ = neighbors(
        "पावसाळा", "-k", "1", "--among", "-", plugin="ngrams", stdin="घर\nपावसाळी\n"
    )
    assert code == 0 and out.endswith("  पावसाळी\n")


def test_an_approximate_search_says_how_much_it_finds(neighbors):
    pytest.importorskip("usearch")
    assert neighbors("राजा", "-k", "1", "--approximate") == (
        0,
        " 0.707  राणी\n",
        "embkit: approximate search, which finds 100.0% of the 10 nearest words\n",
    )


@pytest.mark.parametrize(
    ("words", "plugin", "code", "message"),
    [
        (("घर",), "ngrams", 2, "has no vocabulary to search; give the texts to search among"),
        (("घर", "--among", "-", "--approximate"), "ngrams", 2, "--among is searched exactly"),
        (("घर", "--among", "-"), "ngrams", 4, "'-' holds no text beside those asked for"),
        (("घर", "--among", "-"), "fasttext:words.vec", 3, "'fasttext' has no vector for 'घर'"),
        (("घर", "-k", "0"), "ngrams", 2, "0 is not in the range x>=1"),
        ((), "ngrams", 2, "Missing argument 'WORD…"),
    ],
)
def test_what_cannot_be_searched_is_said_with_the_remedy(neighbors, words, plugin, code, message):
    ended, out, said = neighbors(*words, plugin=plugin)
    assert (ended, out) == (code, "")
    assert message in said
