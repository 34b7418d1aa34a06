"""`embkit eval --source` measures the folder that is named, and says what has none."""

from __future__ import annotations

from pathlib import Path

import pytest
from embkit.cli.choose import sourced_tasks
from embkit.datasets import Pairs
from embkit.errors import InvalidRequest
from embkit.records import Benchmark, Task


def pairs() -> Pairs:
    return Pairs(first=["a", "b"], second=["b", "c"], scores=[1.0, 2.0])


def benchmark(name: str, *names: str) -> Benchmark:
    tasks = [Task(name=n, summary=n, evaluator="similarity", load=pairs) for n in names]
    return Benchmark(name=name, summary=name, language="en", tasks=tasks)


def made_of(folder: Path) -> Benchmark:
    return benchmark(f"of-{folder.name}", "one", "two")


SOURCED = Benchmark(
    name="sourced", summary="", language="en", tasks=made_of(Path("x")).tasks, of_source=made_of
)
FIXED = benchmark("fixed", "other")


def test_chosen_tasks_are_those_of_the_folder() -> None:
    found = sourced_tasks([(SOURCED, SOURCED.tasks[1])], Path("mine"))
    assert [(b.name, task.name) for b, task in found] == [("of-mine", "two")]


def test_what_is_not_made_of_a_folder_is_left_out_and_that_is_said(capsys) -> None:
    chosen = [(FIXED, FIXED.tasks[0]), (SOURCED, SOURCED.tasks[0])]
    assert [b.name for b, _ in sourced_tasks(chosen, Path("mine"))] == ["of-mine"]
    assert capsys.readouterr().err == "left out is what is not made of a folder: fixed\n"


def test_a_source_for_nothing_that_is_made_of_one_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="for benchmarks made of a folder, which fixed is not"):
        sourced_tasks([(FIXED, FIXED.tasks[0])], Path("mine"))
