"""The page of a report: what it holds before any script runs, and what hostile words do in it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from embkit.compare import collect
from embkit.details import Look
from embkit.registry import Registry
from embkit.reporters.html import render
from embkit.reporters.html.markup import cut, quoted, shown
from embkit.reporters.html.page import page
from embkit.reporters.html.plots import Axis, whisker
from embkit.results import Results, Store


class Page(HTMLParser):
    """A page taken apart: its elements with their attributes, its text, and what each holds."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.rows: dict[str, list[list[str]]] = {}
        self._table = ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag == "tr":
            self.rows.setdefault(self._table, []).append([])
        if tag in ("td", "th"):
            self.rows[self._table][-1].append("")
        if tag == "caption":
            self._table = "?"
        if tag not in ("meta", "link", "input", "br", "wbr"):
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag, f"{tag} is closed and was not the last to be opened"

    def handle_data(self, words):
        if self._open and self._open[-1] in ("script", "style"):
            return
        self.words.append(words)
        if self._table == "?":
            self._table = words
        elif {"td", "th"} & set(self._open) and self._table in self.rows:
            self.rows[self._table][-1][-1] += words

    @property
    def text(self):
        return " ".join("".join(self.words).split())

    def table(self, caption):
        return [[" ".join(cell.split()) for cell in row] for row in self.rows[caption]]


def island_of(text):
    return json.loads(re.search(r'id="data">(.*?)</script>', text, re.DOTALL)[1])


@pytest.fixture
def collected(stored, tmp_path):
    """Results of three providers on three tasks in two languages, with what there is to tell."""
    for task, language, scores in (
        ("set/one", "mr", ("1" * 20, "1" * 19 + "0", "0" * 20)),
        ("set/two", "mr", ("1" * 20, "1" * 20, "0" * 19 + "1")),
        ("set/three", "tr", ("1" * 18 + "00", "1" * 20, "0" * 20)),
    ):
        for spec, right in zip(("first", "second", "last"), scores, strict=True):
            stored(task, spec, right, language=language)
    stored("set/three", "broken", "", language="tr")

    def run(**look):
        store = Store(tmp_path / "results")
        return collect(Registry(only=[]), store, store.scan(), look=Look(**look))

    return run


# contents -------------------------------------------------------------------------------------


def test_a_page_says_who_is_best_and_who_is_tied_before_any_script_runs(collected):
    text = Page(render(collected())).text
    assert "Embeddings for Marathi and Turkish" in text
    # Ranks of first are 1, 1.5 and 2, of second 2, 1.5 and 1.
    assert "has the best mean rank, 1.50 of 3, over 3 tasks." in text
    assert "cannot be told from it" in text


def test_the_leaderboard_has_a_row_a_provider_the_lowest_mean_rank_first(collected):
    head, *rows = Page(render(collected())).table("Providers, the best first")
    assert head[:4] == ["provider", "mean rank", "best or tied", "above floor"]
    assert [row[0] for row in rows] == ["first", "second", "last", "broken"]
    assert [row[1].split()[0] for row in rows[:3]] == ["1.50", "1.50", "3.00"]
    assert [row[2] for row in rows[:3]] == ["3 of 3", "3 of 3", "0 of 3"]
    assert rows[0][4] == "100 %" and rows[3][1] == ""


def test_a_row_of_scores_has_a_cell_for_each_provider_and_what_failed_says_so(collected):
    head, *rows = Page(render(collected())).table("Scores of every task")
    assert head == ["task", "metric", "items", "floor", "first", "second", "last", "broken"]
    cells = {row[0]: row[1:] for row in rows}
    assert cells["set/three"] == ["accuracy", "20", "", "0.900", "1.000", "0.000", "failed"]
    assert "no such file" in Page(render(collected())).text


def test_a_task_shows_its_groups_intervals_and_hardest_items(collected):
    page_of = Page(render(collected()))
    groups = [row[:2] for row in page_of.table("Providers on this task")]
    assert groups[1:4] == [["first", "a"], ["second", "a"], ["last", "b"]]
    hard = page_of.table("The hardest items")
    # Only the first provider is right about the last item of set/one.
    assert hard[:2] == [
        ["item", "right", "first", "second", "last"], ["20", "yes", "yes", "no", "no"]
    ]  # fmt: skip


def test_the_commands_measure_the_same_again(collected):
    text = render(collected())
    commands = re.search(r"<pre tabindex=0><code>(.*?)</code>", text, re.DOTALL)[1]
    assert commands.split("\n\n") == [
        "pip install embkit==1",
        "embkit eval -p first -p last -p second -p broken -t set/one -t set/three -t set/two",
    ]


def test_a_command_has_protocol_seed_and_limit_and_quotes_what_a_shell_would_read(stored, tmp_path):
    folder = stored(
        "set/one", "a?b=c&d=e", "10", protocol="few-shot", seed=3,
        options={"shots": 8, "draws": 2, "limit": 50},
    )  # fmt: skip
    results = Results([result for _, result in Store(folder).scan()])
    text = render(results)
    assert (
        "embkit eval -p &#x27;a?b=c&amp;d=e&#x27; -t set/one "
        "--protocol &#x27;few-shot?shots=8&amp;draws=2&#x27; --seed 3 --limit 50"
    ) in text


def test_one_set_of_results_gives_one_page(collected):
    assert render(collected()) == render(collected())


def test_results_that_nobody_looked_into_make_a_page_too(collected):
    text = Page(render(Results(list(collected())))).text
    assert "Nobody is ranked" in text and "set/one" in text


def test_one_provider_alone_is_ranked_by_nobody_and_shown(stored):
    store = Store(stored("set/one", "alone", "1101"))
    found = Page(render(collect(Registry(only=[]), store, store.scan())))
    assert "Nobody is ranked" in found.text
    assert found.table("Scores of every task")[1][:2] == ["set/one", "accuracy"]


def test_the_script_gets_places_for_each_language_and_scores_of_each_row(collected):
    data = island_of(render(collected()))
    assert data["specs"] == ["first", "second", "last", "broken"]
    assert data["standings"]["|"]["rows"] == 3
    assert data["standings"]["language|mr"]["rows"] == 2
    assert [place[:2] for place in data["standings"]["language|tr"]["places"]] == [
        [1, 1.0], [0, 2.0], [2, 3.0]
    ]  # fmt: skip
    three = next(row for row in data["rows"] if row["id"] == "set/three")
    assert [cell and cell[0] for cell in three["cells"]] == [0.9, 1.0, 0.0, 0]
    assert three["ranked"] and sorted(three["tied"]) == [0, 1]


def test_a_learning_curve_has_a_point_for_each_share_and_for_all_of_train(collected):
    result = next(result for result in collected() if result.ok)
    scores = {"accuracy": 0.5, "accuracy@1%": 0.25, "accuracy@1%_std": 0.125, "macro_f1@1%": 0.75}
    data = island_of(render(Results([replace(result, score=0.5, scores=scores)])))
    (points,) = data["curves"].values()
    assert [(p["share"], p["value"], p["low"], p["high"]) for p in points] == [
        (1.0, 0.25, 0.125, 0.375), (100.0, 0.5, 0.5, 0.5)
    ]  # fmt: skip


def test_a_whisker_lies_on_its_axis():
    axis = Axis(low=0.0, high=1.0, width=108)
    # 4 pixels from the left for 0, 104 for 1.
    assert whisker(axis, 0.5, (0.25, 1.0), 0.0) == (
        '<svg class="w" width="108" height="12" aria-hidden="true"><path class="fl" d="M4 0V12"/>'
        '<path d="M29 6H104M54 6m-2.5 0a2.5 2.5 0 1 1 5 0a2.5 2.5 0 1 1-5 0"/></svg>'
    )


# one file, nothing foreign --------------------------------------------------------------------


def test_a_page_runs_its_own_scripts_alone_and_connects_to_nothing(collected):
    text = render(collected())
    (policy,) = [a["content"] for tag, a in Page(text).elements if "http-equiv" in a]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert "connect-src" not in rules and "unsafe" not in policy

    def digests(tag):
        held = re.findall(rf"<{tag}(?: [^>]*library.)?>(.*?)</{tag}>", text, re.DOTALL)
        found = [hashlib.sha256(part.encode()).digest() for part in held]
        return [f"'sha256-{base64.b64encode(part).decode()}'" for part in found]

    assert rules["script-src"].split() == digests("script") and len(digests("script")) == 2
    assert rules["style-src"].split() == digests("style") and len(digests("style")) == 1
    assert "connect-src 'self'" in page(collected(), live=True)


def test_a_page_names_no_address_to_load_from(collected):
    for tag, attributes in Page(render(collected())).elements:
        assert not {"src", "srcset", "action", "poster", "style"} & set(attributes), tag
        assert (attributes.get("href") or "#").startswith(("#", "data:,")), tag
        assert not [name for name in attributes if name.startswith("on")], tag


def test_every_heading_cell_has_a_scope_and_every_table_a_caption(collected):
    text = render(collected())
    elements = Page(text).elements
    assert all(a.get("scope") in ("row", "col") for tag, a in elements if tag == "th")
    tags = [tag for tag, _ in elements]
    assert tags.count("table") == tags.count("caption") == tags.count("tbody")


# hostile words --------------------------------------------------------------------------------

LONG = "x" * 1_000_000


def test_hostile_words_make_no_element_and_no_attribute(spoilt, hostile_words):
    benign, found = (
        # A name may be cut into lines at its slashes, wherever they are.
        [element for element in Page(render(spoilt(word))).elements if element[0] != "wbr"]
        for word in ("word", hostile_words)
    )
    assert ("figure", {"class": "chart", "data-chart": "map", "data-of": "0"}) in benign
    assert [tag for tag, _ in found] == [tag for tag, _ in benign]
    names = [sorted(set(a) - {"lang"}) for _, a in benign]
    assert [sorted(set(a) - {"lang"}) for _, a in found] == names


def test_nothing_that_an_eye_or_a_parser_obeys_gets_into_a_page(spoilt, hostile_words):
    text = render(spoilt(hostile_words))
    text.encode("utf-8")
    for letter in "\u202e\u2066\x00\x1b":
        assert letter not in text
    assert "<script>document" not in text and "<img" not in text
    island = re.search(r'id="data">(.*?)</script>', text, re.DOTALL)[1]
    assert not set(island) & set("<>&\u2028\u2029")
    assert json.loads(island)["rows"][0]["id"].startswith("\"'><script>")


def test_a_megabyte_in_every_place_makes_no_large_page(spoilt):
    plain = len(render(spoilt("word")))
    assert len(render(spoilt(LONG))) < plain + 500_000


def test_a_long_text_keeps_its_beginning_and_says_that_it_was_cut():
    assert cut("abcdef", 3) == "abc…" and cut("abc", 3) == "abc"
    # A vowel sign stays with its letter.
    assert cut("कि" * 10, 3) == "किकि…"
    assert shown('<a href="x">') == "&lt;a href=&quot;x&quot;&gt;"


def test_a_text_of_a_data_set_says_its_language_and_takes_its_own_direction():
    assert quoted("मराठी", "mr") == '<bdi dir="auto" lang="mr">मराठी</bdi>'
    assert quoted("a\n\tb", "mul") == '<bdi dir="auto">a ↵  b</bdi>'
    assert quoted("x", 'en" onclick="') == '<bdi dir="auto">x</bdi>'
