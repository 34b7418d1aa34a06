"""`embkit search code`: places of functions, by words and by vectors, and what it says of gaps."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from embkit.cli import cli
from embkit.errors import InvalidData, InvalidRequest, NotFound
from embkit_code.finding import by_words, functions_below

FILES = {
    "store/cache.py": '''\
import numpy


class Cache:
    @property
    def size(self):
        """How many bytes lie on the disk."""
        return self.total

    def forgetOldest(self, count):
        # least recently used first
        del self.rows[:count]
''',
    "net.py": '''\
def fetch(address, tries=3):
    """Download a file, and try again when the network fails."""
    def once():
        return open_connection(address)
    return once()
''',
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def run(*words: object):
    return CliRunner().invoke(cli, ["search", "code", *map(str, words)])


def test_functions_have_the_line_of_their_def(tree) -> None:
    dropped: Counter[str] = Counter()
    found = [(f.path, f.line, f.name) for f in functions_below(tree, dropped)]
    assert found == [
        ("net.py", 1, "fetch"), ("net.py", 3, "fetch.<locals>.once"),
        ("store/cache.py", 6, "Cache.size"), ("store/cache.py", 10, "Cache.forgetOldest"),
    ]  # fmt: skip
    assert not dropped


def test_a_query_finds_words_of_names_docstrings_and_comments(tree) -> None:
    functions = functions_below(tree, Counter())
    for query, name in (
        ("try a DOWNLOAD again", "fetch"),
        ("forget the oldest", "Cache.forgetOldest"),
        ("least recently used", "Cache.forgetOldest"),
        ("bytes", "Cache.size"),
    ):
        assert by_words(functions, query, 2)[0].function.name == name, query


def test_bm25_is_that_of_its_formula(tree) -> None:
    """`tries` stands in one of four functions, once among 26 words of 18.25 on average."""
    functions = functions_below(tree, Counter())
    (found,) = by_words(functions, "tries", 9)
    lengths = [26, 10, 18, 19]
    idf = np.log((4 - 1 + 0.5) / (1 + 0.5))
    norm = 1.2 * (0.25 + 0.75 * lengths[0] / np.mean(lengths))
    assert found.function.name == "fetch"
    assert found.score == pytest.approx(idf * 2.2 / (1 + norm))


def test_places_are_printed_where_an_editor_finds_them(tree) -> None:
    done = run(tree, "try again", "-k", 1)
    score, place, name = done.stdout.split()
    assert (place, name) == (f"{tree}/net.py:1", "fetch")
    assert float(score) > 0
    assert done.stderr == ""


def test_json_has_file_line_name_score_and_docstring(tree) -> None:
    (row,) = json.loads(run(tree, "bytes on disk", "--json", "-k", 1).stdout)
    assert row.pop("score") > 0
    assert row == {
        "file": f"{tree}/store/cache.py", "line": 6, "name": "Cache.size",
        "docstring": "How many bytes lie on the disk.",
    }  # fmt: skip


def test_a_provider_finds_by_its_vectors_and_spelling_is_enough_for_ngrams(tree) -> None:
    done = run(tree, "forgetting oldest", "-p", "ngrams", "-k", 2, "--json")
    first, second = json.loads(done.stdout)
    assert first["name"] == "Cache.forgetOldest"
    assert 1 >= first["score"] > second["score"] > -1
    assert run(tree, "forgetting oldest", "-p", "ngrams", "-k", 2, "--json").stdout == done.stdout


def test_what_is_not_read_and_what_is_not_found_is_said(tree) -> None:
    (tree / "old.py").write_text("print 'no'\n")
    done = run(tree, "xylophone")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == (
        "embkit: left out are 1 × file that does not parse as this Python\n"
        "embkit: no word of the query tells 4 functions apart\n"
    )


def test_a_query_without_a_vector_is_an_error_that_names_it(tree) -> None:
    done = run(tree, "", "-p", "ngrams")
    assert isinstance(done.exception, NotFound)
    assert str(done.exception) == "provider 'ngrams' has no vector for the query ''"


def test_a_tree_without_functions_and_no_folder_at_all_are_refused(tmp_path) -> None:
    (tmp_path / "a.py").write_text("x = (\n")
    with pytest.raises(InvalidData, match="left out are 1 × file that does not parse"):
        functions_below(tmp_path, Counter())
    with pytest.raises(InvalidRequest, match="gone' is no folder of source code"):
        functions_below(tmp_path / "gone", Counter())
