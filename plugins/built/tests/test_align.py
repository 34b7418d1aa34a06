"""`embkit align` as its user meets it: files in, files out, nothing lost."""

from __future__ import annotations

import csv
import io
import json

import pytest
from click.testing import CliRunner
from embkit.cli import cli
from embkit.errors import EmbkitError
from embkit_built.demo import REGISTER, TAXONOMY


def run(*words, code=0, **options):
    done = CliRunner().invoke(cli, ["align", *map(str, words)], **options)
    if isinstance(done.exception, EmbkitError):
        assert code == done.exception.exit_code, done.exception
        return str(done.exception)
    assert done.exit_code == code, done.output
    return done.output


def rows(path):
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


@pytest.fixture
def decided(tmp_path):
    """The decisions of every second row of the demonstration."""
    titles = {row["code"]: row["title"] for row in rows(TAXONOMY)}
    path = tmp_path / "decisions.csv"
    found = {row["Description"].casefold(): row for row in rows(REGISTER)[::2]}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "code", "title", "who", "when", "makers"])
        for row in found.values():
            code = row["Class"]
            writer.writerow(
                [row["Description"], code, titles.get(code, ""), "ann", "2026-11-27", ""]
            )
    return path


@pytest.fixture(scope="module")
def zero_shot(tmp_path_factory):
    """The demonstration aligned without decisions: what was printed, and the folder."""
    folder = tmp_path_factory.mktemp("zero")
    printed = run("demo", "--out", folder / "m.csv", "--review", folder / "r.csv")
    return printed, folder


def test_rows_come_out_untouched_and_in_order(zero_shot):
    _, folder = zero_shot
    before, after = rows(REGISTER), rows(folder / "m.csv")
    assert [{name: row[name] for name in before[0]} for row in after] == before
    boiler = next(row for row in after if row["Tag"] == "BLR-01")
    assert (boiler["align_code"], boiler["align_title"]) == ("HV-30-05", "Boiler")
    assert boiler["align_level"] == "3"
    assert [boiler[f"align_alt{n}"] for n in range(1, 6)].count("") == 0


def test_without_decisions_nothing_is_accepted_and_that_is_said(zero_shot):
    printed, folder = zero_shot
    assert "uncalibrated, nothing accepted: 0 decisions, 40 are needed" in printed
    assert {row["align_status"] for row in rows(folder / "m.csv")} == {"review"}
    assert {row["align_confidence"] for row in rows(folder / "m.csv")} == {""}


def test_texts_to_look_at_stand_once_with_their_shortlist_the_most_urgent_first(zero_shot):
    _, folder = zero_shot
    found = rows(folder / "r.csv")
    assert len({row["cleaned"] for row in found}) == len(found) == 408
    assert found[0]["things"] == "3"
    led = next(row for row in found if row["text"].startswith("LED panel"))
    assert led["1"] == "EL-30-05 : Luminaire"
    assert sum(int(row["things"]) for row in found) == 422


def test_the_same_input_gives_the_same_bytes(zero_shot, tmp_path):
    _, folder = zero_shot
    run("demo", "-q", "--out", tmp_path / "m.csv", "--review", tmp_path / "r.csv")
    for name in ("m.csv", "r.csv"):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_decisions_win_where_the_text_is_the_same_and_accept_what_is_sure(decided, tmp_path):
    before = decided.read_bytes()
    report = tmp_path / "report.json"
    out = tmp_path / "m.csv"
    run("demo", "--decisions", decided, "--out", out, "--report", report)
    found = rows(out)
    for row in found:
        if row["align_status"] == "decided":
            assert row["align_code"] == row["Class"]
            assert row["align_why"] == "decided by ann on 2026-11-27"
    # A class above is an answer, the top of the tree is none while it has classes below it.
    tops = {"HV", "EL", "PL", "FI", "LI", "SE", "CO", "BF", "FU"}
    levels = {row["align_level"] for row in found if row["align_status"] == "auto"}
    assert levels == {"2", "3"}
    assert not tops & {row["align_code"] for row in found if row["align_status"] == "auto"}
    numbers = json.loads(report.read_text(encoding="utf-8"))
    assert numbers["status_rows"]["decided"] == 221
    assert numbers["status_rows"]["auto"] > 25
    assert numbers["calibration"]["decisions"] == numbers["decisions"]
    scored = json.loads(run("eval", out, "--json"))
    assert scored["decided"] == 221
    assert scored["accepted"]["right"] >= 0.9
    assert decided.read_bytes() == before


def test_a_level_is_the_deepest_of_an_answer(tmp_path):
    run("demo", "-q", "--level", 1, "--out", tmp_path / "m.csv")
    found = rows(tmp_path / "m.csv")
    assert {row["align_level"] for row in found} == {"1"}
    right = [row["align_code"] == row["Class"].split("-")[0] for row in found]
    assert sum(right) / len(right) > 0.7


def test_a_row_of_which_no_word_is_left_is_for_review(write, tmp_path):
    register = write("r.csv", "Description", "L2-0417", "boiler")
    run(register, "--taxonomy", "demo", "-q", "--out", tmp_path / "m.csv")
    first, second = rows(tmp_path / "m.csv")
    assert (first["align_code"], first["align_why"]) == ("", "no word is left of it")
    assert second["align_code"] == "HV-30-05"


def test_what_looks_like_a_formula_is_a_text_in_the_review_and_decided_as_it_was(write, tmp_path):
    formula = '=HYPERLINK("http://x"; "fan")'
    register = write("r.csv", "Description", '"=HYPERLINK(""http://x""; ""fan"")"')
    review, decisions = tmp_path / "v.csv", tmp_path / "d.csv"
    run(register, "--taxonomy", "demo", "-q", "--review", review)
    assert rows(review)[0]["text"] == f"'{formula}"
    head, row = review.read_text(encoding="utf-8-sig").splitlines()
    filled = write("w.csv", head, row.removesuffix(",,demo") + ",1,demo")
    run("review", filled, "--decisions", decisions, "--sheet")
    run(register, "--taxonomy", "demo", "-q", "--decisions", decisions, "--out", tmp_path / "m.csv")
    (answer,) = rows(tmp_path / "m.csv")
    assert (answer["Description"], answer["align_status"]) == (formula, "decided")


def test_a_taxonomy_of_which_no_word_is_left_is_refused(write):
    register = write("r.csv", "Description", "boiler")
    said = run(register, "--taxonomy", write("t.csv", "code,title", "A,7", "B,8"), code=4)
    assert said == "t.csv: no title holds a word; a title says what things are, as in 'boiler'"


def test_a_dropped_code_without_a_title_is_named_alone(write):
    decisions = write("d.csv", "text,code", "boiler,HV-99")
    said = run(write("r.csv", "Description", "fan"), "--taxonomy", "demo", "--decisions", decisions)
    assert "code 'HV-99' is not in the taxonomy any more" in said


def test_a_dropped_code_is_listed_with_its_row_and_its_texts_are_for_review_again(write, tmp_path):
    decisions = write("d.csv", "text,code,title", "boiler,HV-99,Boilers")
    register = write("r.csv", "Description", "boiler")
    said = run(register, "--taxonomy", "demo", "--decisions", decisions, "--out", tmp_path / "m")
    assert (
        "line 2: code 'HV-99' (Boilers) is not in the taxonomy any more; its title is now that of "
        "'HV-30-05'; for review again: 1 decision"
    ) in said
    assert rows(tmp_path / "m")[0]["align_status"] == "review"


def test_files_that_are_read_are_never_written(write):
    register = write("r.csv", "Description", "boiler")
    before = register.read_bytes()
    said = run(register, "--taxonomy", "demo", "--out", register, code=2)
    assert said == f"'{register}' is read too; give it another name"
    assert register.read_bytes() == before
    out = register.with_name("m.csv")
    assert "is written too" in run("demo", "--out", out, "--review", out, code=2)


def test_a_rule_that_is_broken_ends_with_one(write):
    register = write("r.csv", "Description", "boiler", "fan")
    said = run(register, "--taxonomy", "demo", "--fail-on", "review>50%", code=1)
    assert "review>50%: 2 of 2 rows" in said
    run(register, "--taxonomy", "demo", "--fail-on", "review>2")
    assert "--fail-on is a rule such as" in run("demo", "--fail-on", "doubt>2", code=2)


def test_classes_must_be_named_and_a_level_be_a_number(write):
    register = write("r.csv", "Description", "boiler")
    assert "say which classes with --taxonomy" in run(register, code=2)
    assert "--level is auto or a number" in run("demo", "--level", "deep", code=2)


@pytest.fixture
def cobie(tmp_path):
    openpyxl = pytest.importorskip("openpyxl", reason="writes the workbook that is read here")
    book = openpyxl.Workbook()
    book.active.title = "Type"
    for row in (
        ["Name", "Category", "Description"], ["BLR-A", "n/a", "gas boiler"], ["X", "kept", "L2-04"],
    ):  # fmt: skip
        book.active.append(row)
    book.create_sheet("Component").append(["Name", "TypeName"])
    book["Component"].append(["BLR-A-1", "BLR-A"])
    book.save(tmp_path / "cobie.xlsx")
    return tmp_path / "cobie.xlsx"


def test_a_cobie_workbook_gets_its_categories_and_keeps_everything_else(cobie, write, tmp_path):
    import openpyxl

    decisions = write("d.csv", "text,code", "BLR-A gas boiler,HV-30-05")
    words = (cobie, "--taxonomy", "demo", "--decisions", decisions, "--format", "cobie", "-q")
    for name in ("a.xlsx", "b.xlsx"):
        run(*words, "--out", tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert [[cell.value for cell in row] for row in book["Type"]] == [
        ["Name", "Category", "Description"],
        ["BLR-A", "HV-30-05 : Boiler", "gas boiler"],
        ["X", "kept", "L2-04"],
    ]
    assert book["Component"]["B2"].value == "BLR-A"
    run(*words, "--out", tmp_path / "a.csv")
    assert [row["Category"] for row in rows(tmp_path / "a.csv")] == ["HV-30-05 : Boiler", "kept"]


def test_a_register_without_category_is_no_cobie(write):
    register = write("r.csv", "Description", "boiler")
    said = run(register, "--taxonomy", "demo", "--format", "cobie", code=2)
    assert "has no column 'Category'" in said


def test_a_model_of_ifc_is_a_register(tmp_path):
    ifcopenshell = pytest.importorskip("ifcopenshell", reason="pip install embkit-built[ifc]")
    model = ifcopenshell.file(schema="IFC4X3_ADD2")
    model.create_entity("IfcBoiler", GlobalId="1" * 22, Name="condensing boiler")
    model.write(str(tmp_path / "a.ifc"))
    run(tmp_path / "a.ifc", "--taxonomy", "demo", "-q", "--out", tmp_path / "m.csv")
    assert rows(tmp_path / "m.csv")[0]["align_code"] == "HV-30-05"


def test_scores_need_right_codes_that_are_classes_in_the_same_order(zero_shot, write):
    _, folder = zero_shot
    gold = write("g.csv", "Class", "HV-30-05")
    said = run("eval", folder / "m.csv", "--gold", gold, code=4)
    assert "has 1 rows" in said and "has 422; the right codes must stand in the same" in said
    bad = write("b.csv", "Class", *["HV-99"] * 422)
    assert "line 2: 'HV-99' is no class of 'demo'" in run(
        "eval", folder / "m.csv", "--gold", bad, code=4
    )
