"""The contest with the peers works at a small size, and its tables say what was stored."""

from __future__ import annotations

import hashlib
import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks"
NAN = math.nan


@pytest.fixture(autouse=True)
def scripts(monkeypatch):
    """The scripts import each other by name."""
    monkeypatch.syspath_prepend(str(FOLDER))


def test_the_tables_of_the_page_are_those_of_the_stored_results():
    from render import rendered

    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert rendered(page) == page


def test_the_tables_of_code_are_those_of_the_stored_scores():
    from code_vectors import PAGE, SCORES, rendered

    page = PAGE.read_text(encoding="utf-8")
    assert rendered(page, json.loads(SCORES.read_text(encoding="utf-8"))) == page
    assert page.count("| --- |") == 5


def test_every_stored_result_has_a_place_on_the_page():
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    for path in (FOLDER / "results").glob("*.json"):
        assert f"\n<!-- {path.stem} -->\n" in page


def test_a_place_on_the_page_is_filled_from_the_result_and_the_module_of_its_name(
    tmp_path, monkeypatch
):
    import render

    monkeypatch.setattr(render, "HERE", tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "results").mkdir()
    (tmp_path / "results/lengths.json").write_text('{"ev": 2}', encoding="utf-8")
    (tmp_path / "lengths.py").write_text(
        "def table(results):\n    return f'ev: {results[\"ev\"]}\\n'\n", encoding="utf-8"
    )
    page = "a\n<!-- lengths -->\nold\n<!-- end of lengths -->\n<!-- no -->\n<!-- end of no -->\n"
    filled = (
        "a\n<!-- lengths -->\n\nev: 2\n\n<!-- end of lengths -->\n<!-- no -->\n<!-- end of no -->\n"
    )
    assert render.rendered(page) == filled
    assert render.rendered(filled) == filled


def test_a_small_contest_measures_every_work_and_all_answers_agree(shared, tmp_path):
    for package in ("gensim", "fasttext", "model2vec", "usearch"):
        pytest.importorskip(package, reason="needs the peers")
    output = tmp_path / "results.json"
    sizes = {
        "words": 2000, "dim": 20, "texts": 300, "model-words": 1500, "buckets": 3000,
        "questions": 60, "asked": 40, "peer-questions": 20, "rounds": 1,
    }  # fmt: skip
    subprocess.run(
        [
            sys.executable, str(FOLDER / "word_vectors.py"), "--work", str(tmp_path / "work"),
            "--shared", str(shared), "--output", str(output),
            *(f"--{name}={value}" for name, value in sizes.items()),
        ],
        check=True,
    )  # fmt: skip
    from contest.works import WORKS
    from word_vectors import COMPARISONS, table

    results = json.loads(output.read_text(encoding="utf-8"))
    assert list(results["works"]) == list(WORKS)
    assert len(results["comparisons"]) == len(COMPARISONS)
    differ = {
        (row["own"], row["peer"]): row["agreement"]
        for row in results["comparisons"]
        if row["equal"] is False
    }
    assert differ == {}
    # Of 18,000 and more questions there are 20 with words in the answers' company: some are right.
    assert results["works"]["analogies/gensim"]["items"] == 20
    assert results["works"]["analogies/embkit"]["items"] == 60
    assert not (tmp_path / "work/cold").exists()
    for line in table(results).splitlines():
        assert line.count("|") in (0, 4, 8, 10)


def test_memory_and_seconds_are_those_of_the_work_in_its_process(tmp_path):
    from contest.measuring import run

    if not Path("/proc/self/status").exists():
        pytest.skip("needs /proc")
    work = (
        "import sys, time; from pathlib import Path; from contest.measuring import Clock\n"
        "clock = Clock(Path(sys.argv[1]))\n"
        "with clock: held = b'x' * 60_000_000; time.sleep(0.3)\n"
        "more = b'x' * 300_000_000; time.sleep(0.1)\n"
    )
    note = tmp_path / "note.json"
    measured = run(["-c", work, str(note)], note, {})
    assert measured["wall"] > 0.3 > measured["cpu"]
    assert 60e6 < measured["anonymous"] < 200e6
    assert 60e6 < measured["highest"] < 200e6


def test_a_work_that_fails_ends_the_contest(tmp_path):
    from contest.measuring import run

    with pytest.raises(subprocess.CalledProcessError):
        run(["-c", "raise SystemExit(3)"], tmp_path / "note.json", {})


def test_a_peer_that_answers_a_share_is_compared_item_by_item():
    from word_vectors import compared

    works = {
        # 2,000 questions in 8 s against 200 in 10 s: 250 and 20 a second.
        "analogies/embkit": {
            "items": 2000, "cpu": 8.0, "wall": 4.0,
            "agreement": {"analogies/gensim": ["200 of 200 (90 right)", True]},
        },
        "analogies/gensim": {"items": 200, "cpu": 10.0, "wall": 10.0, "agreement": {}},
    }  # fmt: skip
    (row,) = compared(works)
    assert row["cpu"] == pytest.approx(12.5)
    assert row["wall"] == pytest.approx(25)
    assert (row["asked"], row["held"], row["equal"]) == ("≥ 12 ×", True, True)


def test_vectors_agree_when_numbers_do_and_unknown_is_unknown_to_both():
    from contest.agreement import vectors

    own = {"vectors": np.array([[1, 2], [NAN, NAN]])}
    assert vectors(own, {"vectors": np.array([[1, 2 + 1e-7], [NAN, NAN]])}) == (
        "all 2, to 1e-07", True,
    )  # fmt: skip
    assert vectors(own, {"vectors": np.array([[1, 2], [0, 0]])})[1] is False
    assert vectors(own, {"vectors": np.array([[1, 2.1]])}) == (
        "0 of 1 to 2e-06; largest difference 0.1", False,
    )  # fmt: skip


def test_neighbours_agree_when_those_that_changed_places_are_as_near():
    from contest.agreement import found

    def near(rows, cosines):
        return {"rows": np.array([rows]), "cosines": np.array([cosines])}

    own = near([4, 7, 9], [0.9, 0.5, 0.5])
    assert found(own, near([4, 9, 7], [0.9, 0.5, 0.5])) == (
        "1 of 3, 2 changed places by rounding", True,
    )  # fmt: skip
    assert found(own, near([4, 7, 8], [0.9, 0.5, 0.4])) == ("2 of 3", False)


def test_recall_is_the_share_of_the_peers_neighbours_that_were_found():
    from contest.agreement import recall

    own = {"rows": np.array([[1, 2, 3, 4]])}
    assert recall(own, {"rows": np.array([[4, 3, 2, 9]])}) == ("finds 75.0%", None)


def test_what_does_not_hold_or_does_not_agree_stands_out_in_the_table():
    from word_vectors import table

    row = {
        "title": "analogies", "own": "a/embkit", "peer": "a/gensim", "cpu": 11.96, "wall": 120.4,
        "asked": "≥ 12 ×", "held": False, "agreement": "198 of 200 (90 right)", "equal": False,
    }  # fmt: skip
    made = {
        "date": "2026-01-02", "rounds": 3, "versions": {"embkit": "0.1.0"},
        "machine": {"processor": "a CPU", "cores": 2, "memory": 8e9, "python": "3.11.7"},
        "sizes": {"dim": 300, "texts": 100, "model_words": 5, "buckets": 7},
        "material": {
            "real_words": 9, "invented_words": 1, "distinct_texts": 90, "vec_bytes": 1e9,
            "model_bytes": 2.5e9, "index_seconds": 61.2,
        },
    }  # fmt: skip
    text = table({"made": made, "comparisons": [row], "limits": [], "works": {}})
    assert (
        "| analogies | a/embkit | a/gensim | 12.0 × | 120 × | ≥ 12 ×: **not held** | "
        "**198 of 200 (90 right)** |"
    ) in text
    assert "100 Marathi texts, 90 of them distinct" in text


@pytest.mark.skipif(sys.platform != "linux", reason="children are held by Linux's limits")
def test_the_bad_files_are_those_of_the_stored_result_and_embkit_refuses_all_that_can_be_told(
    monkeypatch, tmp_path
):
    import bad_files

    monkeypatch.syspath_prepend(str(bad_files.TESTS))
    files = list(bad_files.bad_files())
    content = hashlib.sha256(b"".join(data for _, _, data in files)).hexdigest()
    assert content == json.loads(bad_files.RESULTS.read_text("utf-8"))["sha256"]
    folder = tmp_path / "files"
    folder.mkdir()
    for number, (name, _, data) in enumerate(files):
        (folder / f"{number:04}.{name}").write_bytes(data)
    command = [sys.executable, bad_files.__file__, "embkit", str(folder)]
    monkeypatch.setenv("EMBKIT_CACHE", str(tmp_path / "cache"))
    done = subprocess.run(command, capture_output=True, check=True)
    outcomes = zip(files, json.loads(done.stdout), strict=True)
    assert {outcome for (_, kind, _), outcome in outcomes if kind in bad_files.TOLD} == {"named"}


def test_a_row_of_the_bad_files_adds_up_the_kinds_of_damage_of_its_table():
    from bad_files import table

    counts = {"vec": {"embkit": {
        "cut": {"named": 3}, "size": {"named": 1, "hung": 2}, "bit": {"accepted": 7}, "splice": {},
    }}}  # fmt: skip
    versions = {"embkit": "0.1"}
    made = {"date": "2026-11-25", "python": "3.11.7", "versions": versions, "files": 13}
    told, untold = [line for line in table(made | {"counts": counts}).splitlines() if "×" in line]
    assert told == "| 6 × text, `.vec` | embkit | 4 |  |  |  |  |  | 2 |  |"
    assert untold == "| 7 × text, `.vec` | embkit |  |  |  | 7 |  |  |  |  |"


def test_a_task_whose_samples_cost_more_than_its_embedding_stands_out():
    from bootstrap import table

    row = {
        "task": "toy/words", "provider": "ngrams", "items": 1500, "texts": 20,
        "embedding": 0.25, "predicting": 1.0, "bootstrap": 0.125,
    }  # fmt: skip
    made = {"date": "2026-01-02", "python": "3.11.7", "versions": {"embkit": "0.1.0"}}
    text = table({**made, "tasks": [row, {**row, "task": "toy/dear", "bootstrap": 0.3}]})
    assert "less than the embedding in 1 of 2 tasks." in text
    assert "| toy/words | ngrams | 1,500 | 20 | 0.250 | 1.000 | 0.125 | yes |" in text
    assert "| toy/dear | ngrams | 1,500 | 20 | 0.250 | 1.000 | 0.300 | **no** |" in text
