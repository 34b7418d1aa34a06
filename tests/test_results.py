"""Results: JSON that its schema describes, and a folder that knows what was finished."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from importlib.resources import files

import jsonschema
import numpy as np
import pytest
from embkit import InvalidData, Predictions
from embkit.results import SCHEMA, Result, Results, Store, result_key

SCHEMA_FILE = json.loads(files("embkit").joinpath("result.schema.json").read_text())
OK = Result(
    status="ok",
    task={
        "id": "marathi/similarity", "evaluator": "similarity", "family": "intrinsic",
        "language": "mr", "domain": "general", "items": 104, "digest": "0" * 64,
        "licence": "CC-BY-4.0", "source": "https://example.org", "notes": "", "dropped": {"x": 2},
    },
    provider={
        "spec": "indicft?dim=100", "name": "indicft", "dim": 100, "fingerprint": "f" * 64,
        "plugin": "embkit-marathi 0.1.0", "licence": "MIT", "trained_on": ["marathi/*"],
    },
    protocol={"id": "default", "seed": 0, "options": {"limit": 5}},
    metric="spearman",
    score=0.5,
    interval=(0.25, 0.75),
    scores={"spearman": 0.5, "spearman_known": 0.625},
    intervals={"spearman": (0.25, 0.75)},
    floors={"chance": 0.0, "spelling": 0.125},
    coverage=0.9375,
    cost={
        "load_seconds": 0.5, "embed_seconds": 1.0, "texts_per_second": 208.0,
        "peak_bytes": 1_000_000, "vector_bytes": 83200,
    },
    environment={"python": "3.11"},
)  # fmt: skip
FAILED = Result(
    status="failed",
    reason="the file is नाही",
    task={**OK.task, "items": None, "digest": "", "dropped": {}},
    provider={**OK.provider, "dim": None, "fingerprint": ""},
    protocol=OK.protocol,
)
SKIPPED = replace(FAILED, status="skipped", reason="offline")
ROWS = Predictions({"gold": [1.0, 2.0]}, unit=[0, 1], known=[True, False])


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "results")


def put(store, result=OK, predictions=ROWS, key="0" * 64):
    path = store.path(result.task_id, result.spec, key)
    store.save(path, result, predictions)
    return path


# JSON ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("result", [OK, FAILED, SKIPPED], ids=lambda result: result.status)
def test_the_json_of_a_result_is_what_the_schema_describes(result):
    jsonschema.Draft202012Validator.check_schema(SCHEMA_FILE)
    jsonschema.validate(json.loads(json.dumps(result.to_json())), SCHEMA_FILE)


@pytest.mark.parametrize("result", [OK, FAILED, SKIPPED], ids=lambda result: result.status)
def test_a_result_comes_back_from_its_json(result):
    assert Result.from_json(result.to_json()) == result
    assert Result.from_json(json.loads(json.dumps(result.to_json()))) == result


def test_a_field_that_is_unknown_to_the_schema_is_refused_by_it():
    content = {**json.loads(json.dumps(OK.to_json())), "stars": 5}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content, SCHEMA_FILE)


@pytest.mark.parametrize("found", ["embkit.result/2", None])
def test_another_schema_is_an_error_that_names_both(found, tmp_path):
    with pytest.raises(InvalidData) as error:
        Result.from_json({**OK.to_json(), "schema": found}, tmp_path / "r.json")
    assert str(error.value) == f"{tmp_path}/r.json: expected schema '{SCHEMA}', found {found!r}"


@pytest.mark.parametrize("content", [[], "text", 5, None])
def test_json_that_is_no_object_is_no_result(content):
    with pytest.raises(InvalidData, match=f"expected schema '{SCHEMA}'"):
        Result.from_json(content)


@pytest.mark.parametrize("name", ["status", "task", "provider", "protocol"])
def test_a_missing_field_is_named(name):
    content = {key: value for key, value in OK.to_json().items() if key != name}
    with pytest.raises(InvalidData, match=f"a field is missing: .*'{name}'"):
        Result.from_json(content)


# what a result says ----------------------------------------------------------------------------


def test_the_floor_is_the_highest_one():
    assert OK.floor == ("spelling", 0.125)
    assert replace(OK, floors={}).floor is None


@pytest.mark.parametrize(
    ("interval", "floors", "above"),
    [
        ((0.2, 0.8), {"chance": 0.1}, True),
        ((0.2, 0.8), {"chance": 0.1, "spelling": 0.3}, False),
        ((0.2, 0.8), {"chance": 0.2}, False),
        ((0.2, 0.8), {}, True),
        (None, {"chance": 0.1}, False),
    ],
)
def test_a_result_is_above_its_floor_when_its_whole_interval_is(interval, floors, above):
    assert replace(OK, interval=interval, floors=floors).above_floor is above


def test_only_an_ok_result_has_scores():
    assert [result.ok for result in (OK, FAILED, SKIPPED)] == [True, False, False]


def test_results_are_found_by_task_and_spec_in_the_order_they_came():
    other = replace(OK, provider={**OK.provider, "spec": "ngrams"})
    results = Results([OK, other], leaders={"marathi/similarity": ["ngrams"]})
    assert (len(results), results[1], list(results)) == (2, other, [OK, other])
    assert results.specs == ("indicft?dim=100", "ngrams")
    assert results.rows == ("marathi/similarity",)
    assert list(results.of("marathi/similarity")) == [OK, other]
    assert results.find("marathi/similarity", "ngrams") is other
    assert results.find("marathi/other", "ngrams") is None
    assert results.leaders == {"marathi/similarity": ("ngrams",)}


def test_other_data_seeds_and_options_of_one_task_get_rows_of_their_own():
    seeded = replace(OK, protocol={"id": "default", "seed": 1, "options": {}})
    whole = replace(OK, protocol={"id": "default", "seed": 0, "options": {}})
    changed = replace(OK, task={**OK.task, "digest": "f" * 64})
    assert Results([OK, seeded, whole]).rows == (
        "marathi/similarity (seed 0, limit 5)",
        "marathi/similarity (seed 1)",
        "marathi/similarity (seed 0)",
    )
    data = [result.task["digest"][:6] for result in (OK, changed)]
    assert Results([OK, changed]).rows == tuple(f"marathi/similarity (data {d})" for d in data)
    newer = replace(OK, task={**OK.task, "evaluator_version": "2"})
    assert Results([OK, newer]).rows == tuple(
        f"marathi/similarity (evaluator {version})" for version in (1, 2)
    )
    failed = replace(FAILED, task={**OK.task, "digest": ""}, protocol=OK.protocol)
    assert Results([failed, OK]).rows == ("marathi/similarity",)


# keys ------------------------------------------------------------------------------------------


def test_each_part_and_the_order_of_parts_change_the_key():
    parts = ("task", "digest", 1, {"seed": 0}, ["layer"])
    changed = [
        ("task2", *parts[1:]),
        (*parts[:2], 2, *parts[3:]),
        (*parts[:3], {"seed": 1}, parts[4]),
        (*parts[:4], ["layer", ""]),
        parts[:4],
        (parts[1], parts[0], *parts[2:]),
    ]
    keys = {result_key(*parts), *(result_key(*other) for other in changed)}
    assert len(keys) == 7
    assert all(len(key) == 64 for key in keys)


def test_the_order_of_options_does_not_change_the_key():
    assert result_key({"a": 1, "b": 2}) == result_key({"b": 2, "a": 1})


def test_two_parts_do_not_run_into_one():
    assert result_key("ab", "c") != result_key("a", "bc")


# the folder ------------------------------------------------------------------------------------


def test_a_saved_result_and_its_predictions_are_found(store):
    path = put(store)
    assert store.find(path) == store.load(path) == OK
    assert store.predictions(path)["gold"].tolist() == [1.0, 2.0]
    assert store.predictions(path).known.tolist() == [True, False]


def test_a_result_lies_under_benchmark_and_task_named_by_provider_and_key(store):
    path = store.path("marathi/similarity", "fasttext:vectors/mr.bin?dim=5", "0123456789" * 6)
    assert path.relative_to(store.folder).as_posix() == (
        "marathi/similarity/fasttext-vectors-mr.bin-dim=5-0123456789012345.json"
    )


@pytest.mark.parametrize("hostile", ["../../etc/x", "a/../../x", "/etc/x", "marathi/..", "../.."])
def test_no_task_id_leads_out_of_the_folder(store, hostile):
    path = store.path(hostile, "../../../spec", "k")
    assert ".." not in path.relative_to(store.folder).parts


def test_nothing_but_the_two_files_is_left_behind(store):
    path = put(store)
    assert sorted(path.parent.iterdir()) == sorted([path, path.with_suffix(".parquet")])


def test_a_result_with_a_lone_surrogate_in_it_can_be_saved_and_read(store):
    result = replace(FAILED, reason="bad name \udcff")
    assert store.load(put(store, result, None)) == result


def test_what_was_never_saved_is_not_done(store):
    assert store.find(store.path("a/b", "ngrams", "k")) is None


def test_a_result_without_predictions_is_not_done(store):
    path = put(store)
    path.with_suffix(".parquet").unlink()
    assert store.find(path) is None


def test_a_failed_result_is_not_done(store):
    assert store.find(put(store, FAILED)) is None


@pytest.mark.parametrize("kept", [0, 10, 200, -3])
def test_a_truncated_result_is_not_done(store, kept):
    path = put(store)
    path.write_bytes(path.read_bytes()[:kept])
    assert store.find(path) is None
    with pytest.raises(InvalidData, match=f"^{path}: cannot be read as a result: "):
        store.load(path)


def test_a_result_of_bytes_that_are_no_text_is_not_done(store):
    path = put(store)
    path.write_bytes(b"\xff\xfe{}")
    assert store.find(path) is None


def spoil(file, how):
    content = bytearray(file.read_bytes())
    if how == "empty":
        content = b""
    elif how == "truncated":
        content = content[:-20]
    elif how == "a flipped bit":
        column = content.index(np.array([1.0, 2.0]).tobytes())
        content[column + 7] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize("how", ["empty", "truncated", "a flipped bit"])
def test_a_result_with_damaged_predictions_is_not_done(store, how):
    path = put(store)
    # Unpacked, so that the test can point at a value in the file.
    import pyarrow.parquet as pq

    file = path.with_suffix(".parquet")
    pq.write_table(
        ROWS.to_arrow(), file, write_page_checksum=True, compression="none", use_dictionary=False
    )
    assert store.find(path) == OK
    spoil(file, how)
    assert store.find(path) is None
    with pytest.raises(InvalidData, match=f"^{file}: cannot be read as predictions: "):
        store.predictions(path)


def test_predictions_that_are_missing_are_an_error_naming_the_file(store):
    path = put(store, FAILED, None)
    with pytest.raises(InvalidData, match=r"0\.parquet: cannot be read as predictions: "):
        store.predictions(path)


def test_a_parquet_file_of_something_else_is_no_predictions(store):
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = put(store)
    pq.write_table(pa.table({"city": ["पुणे"]}), path.with_suffix(".parquet"))
    assert store.find(path) is None
    with pytest.raises(InvalidData, match="cannot be read as predictions"):
        store.predictions(path)


def test_a_scan_gives_all_results_in_order_of_their_paths(store):
    second = put(store, replace(OK, task={**OK.task, "id": "b/second"}))
    first = put(store, replace(FAILED, task={**FAILED.task, "id": "a/first"}), None)
    assert [path for path, _ in store.scan()] == [first, second]
    assert [result.status for _, result in store.scan()] == ["failed", "ok"]


def test_of_several_results_for_one_cell_a_scan_keeps_the_newest(store):
    old, new = put(store, key="a" * 64), put(store, replace(OK, score=0.75), key="b" * 64)
    os.utime(old, ns=(2_000, 2_000))
    os.utime(new, ns=(1_000, 1_000))
    assert [path for path, _ in store.scan()] == [old]
    os.utime(new, ns=(3_000, 3_000))
    assert [(path, result.score) for path, result in store.scan()] == [(new, 0.75)]


@pytest.mark.parametrize(
    "change",
    [
        {"task": {**OK.task, "id": "marathi/other"}},
        {"provider": {**OK.provider, "spec": "ngrams"}},
        {"protocol": {"id": "default", "seed": 1, "options": {}}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_task_provider_or_protocol_is_another_cell(store, change):
    put(store, key="a" * 64)
    put(store, replace(OK, **change), key="b" * 64)
    assert len(store.scan()) == 2


def test_a_scan_names_the_file_that_is_no_result(store):
    put(store)
    wrong = store.folder / "settings.json"
    wrong.write_text('["a"]')
    with pytest.raises(InvalidData, match=f"^{wrong}: "):
        store.scan()


def test_a_folder_without_results_is_an_error_that_says_how_to_make_some(tmp_path):
    with pytest.raises(InvalidData, match=f"^{tmp_path}: holds no results; `embkit eval --out"):
        Store(tmp_path).scan()
