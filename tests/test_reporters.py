"""What the reporters show of hand-made results, and what they keep from a terminal or a browser."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace

import click
import pytest
from embkit.reporters.cells import printable
from embkit.reporters.markdown import render as markdown
from embkit.reporters.plain import render_csv, render_json
from embkit.reporters.table import render as table
from embkit.results import Result, Results


def made(task, spec, score=None, interval=None, **change):
    """A result; one without a score failed."""
    result = Result(
        status="ok" if score is not None else "failed",
        task={
            "id": task, "evaluator": "similarity", "language": "mr", "domain": "general",
            "items": 1234 if score is not None else None, "digest": "0" * 64,
            "licence": "CC-BY-4.0", "source": "", "notes": "", "dropped": {},
        },
        provider={
            "spec": spec, "name": spec, "dim": 300, "fingerprint": "f", "plugin": "p 1",
            "licence": "MIT", "trained_on": [],
        },
        protocol={"id": "default", "seed": 0, "options": {}},
        metric="spearman" if score is not None else "",
        score=score,
        interval=interval,
        scores={"spearman": score} if score is not None else {},
        floors={"chance": 0.0, "spelling": 0.25} if score is not None else {},
        coverage=1.0 if score is not None else None,
        cost={
            "load_seconds": 0.5, "embed_seconds": 2.0, "texts_per_second": 1500.0,
            "peak_bytes": 750_000_000, "vector_bytes": 1_000_000,
        } if score is not None else {},
    )  # fmt: skip
    return replace(result, **change)


def with_task(result, **change):
    return replace(result, task={**result.task, **change})


def with_provider(result, **change):
    return replace(result, provider={**result.provider, **change})


LOW = with_provider(
    with_task(
        made("marathi/words", "ngrams", 0.3125, (0.1875, 0.4375), coverage=0.75),
        licence="CC-BY-NC-4.0", dropped={"no score": 7},
    ),
    trained_on=["marathi/wo*"],
)  # fmt: skip
HIGH = with_task(
    made("marathi/words", "indicft", 0.6875, (0.5625, 0.8125)),
    licence="CC-BY-NC-4.0", dropped={"no score": 7},
)  # fmt: skip
EVEN = made("marathi/sentences", "ngrams", 0.5, (0.4, 0.6))
BROKEN = made("marathi/sentences", "indicft", reason="the file is damaged")
RESULTS = Results(
    [LOW, EVEN, HIGH, BROKEN],
    leaders={"marathi/words": ["indicft"], "marathi/sentences": ["ngrams", "other"]},
)
RENDERERS = [pytest.param(table, id="table"), pytest.param(markdown, id="md")]


@pytest.fixture(autouse=True)
def wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")


def row(report, start):
    """The line of a report that begins with these words."""
    [found] = [line for line in report.splitlines() if line.lstrip("| ").startswith(start)]
    return found


def seen(report, start):
    """A row as it looks: without styles and escapes, one space between words."""
    plain = click.unstyle(row(report, start)).replace("\\", "").replace("*", "")
    return " ".join(plain.replace("|", " ").split())


def shown(report):
    return " ".join(click.unstyle(report).replace("\\", "").split())


# tables ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("render", RENDERERS)
def test_a_row_shows_metric_items_floor_and_each_score_with_its_interval_and_marks(render):
    name = "words" if render is table else "marathi"
    assert seen(render(Results([LOW, HIGH])), name).split(" ", 1)[1] == (
        "spearman 1234 0.250 spelling 0.312 [0.188, 0.438] †‡ 75 % 0.688 [0.562, 0.812]"
    )


@pytest.mark.parametrize("render", RENDERERS)
def test_a_failed_cell_says_so_and_its_reason_stands_below(render):
    report = render(RESULTS)
    name = "sentences" if render is table else "marathi/sentences"
    assert seen(report, name).endswith("0.500 [0.400, 0.600] failed")
    assert "failed: indicft on marathi/sentences: the file is damaged" in shown(report)


def test_a_reason_that_stopped_many_cells_is_told_once_and_of_many_reasons_the_first():
    tasks = [{**BROKEN.task, "id": f"marathi/{i}"} for i in range(8)]
    cells = [
        with_provider(replace(BROKEN, task=task, reason=f"reason {i % 7}"), spec=spec)
        for spec in ("indicft", "mahaft")
        for i, task in enumerate(tasks)
    ]
    text = shown(markdown(Results(cells)))
    assert "failed: 2 providers on 2 tasks: reason 0" in text
    assert "failed: 2 providers on marathi/4: reason 4" in text
    assert "reason 5" not in text and "and 2 more reasons" in text


@pytest.mark.parametrize("render", RENDERERS)
def test_what_the_marks_mean_stands_below_and_only_for_marks_that_are_there(render):
    notes = {
        "† not above its floor": [LOW],
        "‡ the provider was trained on data of this task": [LOW],
        "a percentage is the share of items": [LOW],
        "for non-commercial use only: marathi/words": [LOW],
        "7 × no score": [LOW],
        "no provider leads alone on any task": [LOW, HIGH],
    }
    for note, results in notes.items():
        assert note in shown(render(Results(results)))
        assert note not in shown(render(Results([EVEN])))


@pytest.mark.parametrize("licence", ["CC-BY-NC-4.0", "cc-by-nc-sa-4.0", "CC BY-NC 4.0"])
def test_a_non_commercial_licence_is_seen_however_it_is_written(licence):
    note = "for non-commercial use only: marathi/sentences"
    assert note in shown(table(Results([with_task(EVEN, licence=licence)])))


@pytest.mark.parametrize("licence", ["CC-BY-4.0", "Apache-2.0", "NCSA", "", "non-copyleft"])
def test_other_licences_are_not_taken_for_non_commercial_ones(licence):
    assert "non-commercial" not in table(Results([with_task(EVEN, licence=licence)]))


def test_a_table_has_bold_scores_for_a_sole_leader_only():
    assert re.findall(r"\x1b\[1m(\d\.\d+)", table(RESULTS)) == ["0.688"]


def test_markdown_has_bold_scores_for_a_sole_leader_only():
    assert re.findall(r"(?<!\\)\*\*(.*?)\*\*", markdown(RESULTS)) == ["0.688"]


@pytest.mark.parametrize("render", RENDERERS)
def test_the_costs_of_a_provider_are_one_row(render):
    report = render(Results([LOW, replace(EVEN, cost={**EVEN.cost, "load_seconds": 1.25})]))
    assert seen(report, "ngrams") == "ngrams 300 1.25 s 1,500 750 MB 1 kB a text"


@pytest.mark.parametrize("render", RENDERERS)
def test_a_report_says_what_was_run(render):
    limited = replace(EVEN, protocol={"id": "default", "seed": 3, "options": {"limit": 50}})
    for results, title in (
        (RESULTS, "mr · 2 tasks · seed 0 · 95 % intervals by bootstrap"),
        (
            Results([limited]),
            "mr · 1 task · seed 3 · 95 % intervals by bootstrap · at most 50 item",
        ),
    ):
        assert title in shown(render(results))


@pytest.mark.parametrize("render", RENDERERS)
def test_a_report_of_failures_alone_can_be_shown(render):
    assert "the file is damaged" in shown(render(Results([BROKEN])))


@pytest.mark.parametrize("render", RENDERERS)
def test_one_set_of_results_gives_one_report(render):
    assert render(RESULTS) == render(RESULTS)


def test_a_table_of_a_hundred_columns_loses_no_score(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    long = "fasttext:vectors/marathi/cc.mr.300.bin?dim=300"
    results = [
        with_provider(result, spec=long) if result.spec == "indicft" else result
        for result in RESULTS
    ]
    report = click.unstyle(table(Results(results, RESULTS.leaders)))
    assert max(map(len, report.splitlines())) <= 100
    for value in ("0.312", "0.188", "0.438", "75", "†‡", "0.688", "0.562", "0.812", "failed",
                  "0.500", "0.400", "0.600", "0.250"):  # fmt: skip
        assert value in report
    assert "…" not in report
    assert report.replace("\n", "").count("fasttext:vectors") >= 1


def test_markdown_is_a_table_with_as_many_cells_in_every_row():
    lines = [line for line in markdown(RESULTS).splitlines() if line.startswith("|")]
    cells = [len(re.findall(r"(?<!\\)\|", line)) - 1 for line in lines]
    assert cells == [6] * 4 + [7] * 4


# hostile text ----------------------------------------------------------------------------------

ESCAPE = "\x1b]0;owned\x07\x1b[2J\x9b31m"
HOSTILE = (
    f"a{ESCAPE}\u202egnp.exe\r\n| ** <script>alert(1)</script> [/foo] [b](http://x) `x` \udcff"
)


def hostile():
    """Hostile words wherever a plugin or a stored file can put words."""
    return Results(
        [
            with_provider(
                with_task(
                    replace(EVEN, metric=HOSTILE, floors={HOSTILE: 0.25}),
                    id=f"a/{HOSTILE}", notes=HOSTILE, dropped={HOSTILE: 1}, language=HOSTILE,
                ),
                spec=HOSTILE,
            ),
            with_provider(replace(BROKEN, reason=HOSTILE), spec=HOSTILE),
        ]
    )  # fmt: skip


@pytest.mark.parametrize("render", [*RENDERERS, pytest.param(render_csv, id="csv")])
def test_nothing_that_a_terminal_or_the_eye_obeys_gets_through(render):
    report = click.unstyle(render(hostile()))
    assert not set(report) & {"\x1b", "\x07", "\x9b", "\r", "\u202e", "\udcff"}
    for code in ("001B", "202E", "DCFF"):
        assert f"U+{code}>" in report.replace("\n", "").replace("\\", "").replace(" ", "")


def test_style_sequences_from_outside_are_shown_and_not_obeyed():
    report = table(Results([with_provider(EVEN, spec="\x1b[31mred")]))
    assert "\x1b[31m" not in report
    assert "<U+001B>[31mred" in click.unstyle(report)


def test_brackets_are_no_markup_in_a_table():
    report = table(Results([with_provider(EVEN, spec="[/foo] [bold]x"), BROKEN]))
    assert "[/foo] [bold]x" in click.unstyle(report)


def test_markdown_shows_its_own_signs_as_letters():
    text = markdown(hostile())
    assert "<script" not in text
    assert "&lt;script>" in text
    unescaped = re.sub(r"\\.", "", text)
    assert "**" not in unescaped.replace("**0.500**", "")
    assert "[b](" not in unescaped
    assert "`" not in unescaped
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert [len(re.findall(r"(?<!\\)\|", line)) for line in lines[:4]] == [6] * 4


@pytest.mark.parametrize("formula", ["=cmd()", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_formula_in_csv_is_a_text(formula):
    text = render_csv(Results([with_provider(replace(BROKEN, reason=formula), spec=formula)]))
    [found] = csv.DictReader(io.StringIO(text))
    for value in (found["reason"], found["provider"]):
        assert value[0] not in "=+-@\t\r"
        assert value.endswith(formula[1:])


def test_letters_of_every_script_are_printed_as_they_are():
    text = "मराठी र्\u200dहास فارسی\u200cها 👩‍🚀 中文"
    assert printable(text) == text


# data ------------------------------------------------------------------------------------------


def test_json_holds_the_results_complete():
    expected = json.loads(json.dumps([result.to_json() for result in RESULTS]))
    assert json.loads(render_json(RESULTS)) == expected


def test_json_of_hostile_words_can_be_written_and_read_back():
    text = render_json(hostile())
    text.encode("utf-8")
    assert "\x1b" not in text
    assert json.loads(text)[0]["provider"]["spec"] == HOSTILE


GRID = [
    replace(
        made(f"marathi/{task}", spec, score, (score - 0.1, score + 0.1)),
        protocol=protocol,
        scores={"spearman": score, "spearman_std": 0.015625, "spearman@1%": 0.25,
                "spearman@1%_std": 0.03125},
        cost={**EVEN.cost, "model_bytes": size},
    )
    for protocol in (
        {"id": "curve", "seed": 0, "options": {"draws": 10}},
        {"id": "curve", "seed": 0, "options": {"draws": 5}},
        {"id": "default", "seed": 0, "options": {}},
    )
    for task in ("words", "sentences")
    for spec, score, size in (("ngrams", 0.5, 0), ("indicft", 0.625, 1_200_000_000))
]  # fmt: skip


@pytest.mark.parametrize("render", RENDERERS)
def test_each_protocol_has_a_table_under_its_name_the_default_first(render):
    report = shown(render(Results(GRID)))
    assert "mr · 2 tasks · 3 protocols · seed 0" in report
    headings = ["default, seed 0", "curve, seed 0, draws 5", "curve, seed 0, draws 10"]
    places = [report.index(heading) for heading in headings]
    assert places == sorted(places) and all(report.count(h + " ") <= 2 for h in headings)
    assert "(curve" not in report


@pytest.mark.parametrize("render", RENDERERS)
def test_what_a_protocol_draws_stands_with_its_deviation_beside_the_score(render):
    report = shown(render(Results([r for r in GRID if r.protocol["options"] == {"draws": 5}])))
    assert "spearman@1%" in report
    assert report.count("0.250 ± 0.031") == 4 and report.count("± 0.016") == 4
    assert "± is the standard deviation over the draws or folds" in report


def test_providers_stand_below_each_other_where_a_table_would_not_fit(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    plain = [r for r in GRID if r.protocol["id"] == "default"]
    report = click.unstyle(table(Results(plain)))
    assert [line.split()[:2] for line in report.splitlines()[5:9]] == [
        ["words", "spearman"], ["floor:", "spelling"], ["ngrams", "0.500"], ["indicft", "0.625"],
    ]  # fmt: skip
    assert "0.625 [0.525, 0.725]" in report and max(map(len, report.splitlines())) <= 80
    monkeypatch.setenv("COLUMNS", "40")
    failed = [made("marathi/words", result.spec) for result in plain]
    lines = click.unstyle(table(Results(failed))).splitlines()
    assert "  words" in lines and lines[lines.index("  words") + 1].split() == ["ngrams", "failed"]
    monkeypatch.setenv("COLUMNS", "120")
    [line] = [x for x in click.unstyle(table(Results(plain))).splitlines() if "words" in x]
    assert "0.500 [0.400, 0.600]" in line and "0.625 [0.525, 0.725]" in line


@pytest.mark.parametrize("render", RENDERERS)
def test_the_size_of_a_model_is_told_where_it_is_known(render):
    report = shown(render(Results(GRID))).replace("|", "")
    words = " ".join(report.split())
    assert "ngrams 300 none 0.50 s 1,500 750 MB 1 kB a text" in words
    assert "indicft 300 1.2 GB 0.50 s 1,500 750 MB 1 kB a text" in words


def test_csv_is_a_header_and_a_line_a_result():
    lines = list(csv.DictReader(io.StringIO(render_csv(RESULTS))))
    assert len(lines) == 4
    assert lines[0] == {
        "task": "marathi/words", "language": "mr", "evaluator": "similarity", "items": "1234",
        "provider": "ngrams", "dim": "300", "status": "ok", "metric": "spearman",
        "score": "0.3125", "low": "0.1875", "high": "0.4375", "floor": "0.25",
        "floor_name": "spelling", "coverage": "0.75", "texts_per_second": "1500.0",
        "peak_bytes": "750000000", "vector_bytes": "1000000", "model_bytes": "",
        "licence": "CC-BY-NC-4.0",
        "protocol": "default", "seed": "0", "digest": "0" * 64, "reason": "",
    }  # fmt: skip
    failed = lines[3]
    assert (failed["status"], failed["score"], failed["low"]) == ("failed", "", "")
    assert failed["reason"] == "the file is damaged"


def test_a_negative_score_stays_a_number_in_csv():
    [found] = csv.DictReader(io.StringIO(render_csv(Results([replace(EVEN, score=-0.5)]))))
    assert found["score"] == "-0.5"


@pytest.mark.parametrize("reason", ["two\nlines", "a, b", 'a "b"'])
def test_a_reason_with_line_breaks_commas_or_quotes_stays_one_line(reason):
    text = render_csv(Results([replace(BROKEN, reason=reason)]))
    assert len(text.splitlines()) == 2
    [found] = csv.DictReader(io.StringIO(text))
    assert found["reason"] == reason.replace("\n", "<U+000A>")


def test_texts_that_were_not_read_to_their_end_are_told():
    cut = replace(
        made("marathi/news", "e5", 0.5, (0.4, 0.6)),
        cost={**EVEN.cost, "texts_cut": 1234, "tokens_cut": 56789},
    )
    whole = replace(
        made("marathi/words", "e5", 0.5, (0.4, 0.6)),
        cost={**EVEN.cost, "texts_cut": 0, "tokens_cut": 0},
    )
    for reporter in (table, markdown):
        text = " ".join(reporter(Results([cut, whole])).split())
        assert "e5 did not read the end of 1,234 texts of marathi/news, 56,789 tokens" in text
        assert "did not read" not in reporter(Results([whole]))
