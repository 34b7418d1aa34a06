"""Decisions are kept, read again and never silently overruled."""

from __future__ import annotations

import pytest
from embkit.errors import EmbkitError
from embkit_built.cleaning import Cleaner
from embkit_built.decisions import (
    Decision,
    append_decisions,
    changed_codes,
    current,
    read_decisions,
)
from embkit_built.taxonomies import AssetClass, Taxonomy

clean = Cleaner(str.casefold).clean


def test_what_is_added_stands_behind_what_was_there_byte_for_byte(tmp_path):
    path = tmp_path / "d.csv"
    append_decisions(path, [Decision(text="roof fan, twin", code="A1", who="ann", when="2026")])
    before = path.read_bytes()
    append_decisions(path, [Decision(text="pump", code="none")])
    assert path.read_bytes() == before + b"pump,,none,,,,,\n"
    assert [(d.text, d.code, d.who, d.line) for d in read_decisions(path)] == [
        ("roof fan, twin", "A1", "ann", 2),
        ("pump", "none", "", 3),
    ]


def test_a_line_that_was_left_open_is_ended_first(write):
    path = write("d.csv", "text,makers,code,title,replaces,taxonomy,who,when", "fan,,A1,,,,,")
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    append_decisions(path, [Decision(text="pump", code="W1")])
    assert [d.code for d in read_decisions(path)] == ["A1", "W1"]


def test_a_file_with_other_columns_is_not_added_to(write):
    path = write("d.csv", "text,code", "fan,A1")
    with pytest.raises(EmbkitError, match="cannot be added to: its columns are text, code"):
        append_decisions(path, [Decision(text="pump", code="W1")])


def test_a_file_that_excel_saved_with_semicolons_goes_on_with_them(tmp_path):
    path = tmp_path / "decisions.csv"
    path.write_text(
        "text;makers;code;title;replaces;taxonomy;who;when\nfan;;A1;;;;ann;2026\n", encoding="utf-8"
    )
    append_decisions(path, [Decision(text="valve; 3-way", code="W1")])
    assert path.read_text(encoding="utf-8").splitlines()[2] == '"valve; 3-way";;W1;;;;;'
    assert [one.text for one in read_decisions(path)] == ["fan", "valve; 3-way"]


def test_texts_that_clean_to_the_same_are_decided_together(write):
    path = write("d.csv", "text,code", "AHU 1 roof,A1")
    assert current(read_decisions(path), clean, path)["air handling unit roof"].code == "A1"


def test_a_maker_in_the_text_is_no_part_of_what_was_decided(write):
    path = write("d.csv", "text,makers,code", "Hydrosk inline pump,Hydrosk · IL80,W1")
    assert list(current(read_decisions(path), clean, path)) == ["inline pump"]


def test_two_decisions_about_one_text_are_refused_with_both_rows(write):
    path = write("d.csv", "text,code", "Roof fan 1kW,A1", "pump,W1", "roof fan 2kW,A2")
    with pytest.raises(EmbkitError) as caught:
        current(read_decisions(path), clean, path)
    assert str(caught.value).endswith(
        "line 4: 'roof fan 2kW' is 'A2' here and 'A1' in line 2; delete one, or write A1 in the "
        "column replaces here"
    )


def test_a_later_decision_that_says_what_it_replaces_holds(write):
    path = write("d.csv", "text,code,replaces", "fan,A1,", "fan,A2,A1", "fan,none,A2")
    assert current(read_decisions(path), clean, path)["fan"].code == "none"


def test_a_folder_is_made_for_decisions_and_a_refusing_disk_is_a_sentence(tmp_path):
    path = tmp_path / "new" / "d.csv"
    append_decisions(path, [Decision(text="fan", code="A1")])
    assert [one.text for one in read_decisions(path)] == ["fan"]
    with pytest.raises(EmbkitError, match="cannot be written") as caught:
        append_decisions(path / "d.csv", [Decision(text="fan", code="A1")])
    assert caught.value.exit_code == 74


@pytest.mark.parametrize("text", ["=1+1", "-1+2", "@SUM(A1)", "+cmd", "'quoted'", "''", "'=1"])
def test_a_text_that_looks_like_a_formula_is_marked_in_the_file_and_read_as_it_was(text, tmp_path):
    path = tmp_path / "d.csv"
    append_decisions(path, [Decision(text=text, code="A1")])
    assert path.read_text(encoding="utf-8").splitlines()[1].startswith(f"'{text},")
    assert [one.text for one in read_decisions(path)] == [text]


def test_a_decision_without_a_code_is_refused(write):
    path = write("d.csv", "text,code", "fan,")
    with pytest.raises(EmbkitError, match="line 2: there is a decision without a code"):
        read_decisions(path)


def test_dropped_and_retitled_codes_are_listed_with_what_has_the_title_now():
    new = Taxonomy(
        name="new",
        classes=[AssetClass(code="A7", title="Roof fan"), AssetClass(code="W1", title="Pumps")],
    )
    made = [
        Decision(text="a", code="A1", title="Roof fan", line=2),
        Decision(text="b", code="W1", title="Pump", line=3),
        Decision(text="c", code="A1", title="Roof fan", line=4),
        Decision(text="d", code="none", line=5),
        Decision(text="e", code="Z", title="Boiler", line=6),
    ]
    assert [
        (c.kind, c.code, c.now, c.suggestion, c.decisions, c.line) for c in changed_codes(made, new)
    ] == [
        ("dropped", "A1", "", "A7", 2, 2),
        ("retitled", "W1", "Pumps", "", 1, 3),
        ("dropped", "Z", "", "", 1, 6),
    ]
