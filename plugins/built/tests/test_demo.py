"""The demonstration is what it says it is."""

from __future__ import annotations

import csv
from collections import Counter
from itertools import pairwise

from embkit.registry import Registry
from embkit.testing import check_plugin
from embkit_built.demo import ABBREVIATIONS, REGISTER, TAXONOMY, register_dataset


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_plugin_keeps_its_promises():
    checked = check_plugin("embkit_built")
    assert "task built/demo-register: loads 374 items" in checked


def test_domain_built_has_a_task_without_a_download():
    (task,) = [t for b, t in Registry().tasks("*", domain="built") if t.name == "demo-register"]
    assert task.needs == ()


def test_every_class_has_a_parent_above_it_and_a_title_of_its_own():
    classes = rows(TAXONOMY)
    seen = set()
    for row in classes:
        assert row["parent"] in seen | {""}
        seen.add(row["code"])
    assert len(seen) == len(classes) == 167
    assert len({row["title"] for row in classes}) == 167


def test_the_register_uses_every_class_without_children_and_says_none_where_none_fits():
    classes = rows(TAXONOMY)
    parents = {row["parent"] for row in classes}
    used = Counter(row["Class"] for row in rows(REGISTER))
    assert {row["code"] for row in classes if row["code"] not in parents} <= set(used)
    assert set(used) <= {row["code"] for row in classes} | {"none"}
    assert used["none"] == 35


def test_no_three_rows_of_the_register_follow_each_other_with_one_description():
    texts = [row["Description"].casefold() for row in rows(REGISTER)]
    repeated = [a for a, b in pairwise(texts) if a == b]
    assert len(texts) == 422
    assert len(repeated) <= 6


def test_an_abbreviation_stands_once():
    short = [row["short"] for row in rows(ABBREVIATIONS)]
    assert short == sorted(set(short))


def test_the_task_places_each_description_once_and_counts_what_it_leaves_out():
    dataset = register_dataset()
    assert len(dataset.texts) == 422 - 35 - dataset.dropped["repeated description"]
    boiler = dataset.gold[dataset.texts.index("Gas fired condensing boiler 250kW")]
    assert dataset.classes[boiler] == "HV-30-05"
    assert dataset.class_texts[boiler].startswith("Boiler. gas boiler")
    assert [dataset.classes[place] for place in dataset.path(boiler)] == [
        "HV-30-05", "HV-30", "HV",
    ]  # fmt: skip
    levels = {name: dataset.classes[places[boiler]] for name, places in dataset.levels.items()}
    assert levels == {"discipline": "HV", "group": "HV-30"}
