"""The real files, where they are: EMBKIT_SHARED or ../shared/data beside the repository."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from embkit.records import Benchmark, Task
from embkit_turkish import embkit_benchmarks

_REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with one folder a source repository."""
    folder = Path(os.environ.get("EMBKIT_SHARED") or _REPOSITORY.parent / "shared" / "data") / "tr"
    if not folder.is_dir():
        pytest.skip(f"the real files are not here: no folder {folder}; set EMBKIT_SHARED")
    return folder


@pytest.fixture(scope="session")
def benchmark() -> Benchmark:
    (offered,) = embkit_benchmarks()
    return offered


@pytest.fixture(scope="session")
def find(benchmark: Benchmark) -> Callable[[str], Task]:
    """A task by its name, listed or found."""
    listed = {task.name: task for task in benchmark.tasks}

    def task(name: str) -> Task:
        found = listed.get(name) or (benchmark.find and benchmark.find(name))
        assert found, name
        return found

    return task


@pytest.fixture(scope="session")
def place(shared: Path) -> Callable[[str], Path]:
    """Where the shared copy of a needed file lies, by its name."""
    table = tomllib.loads(files("embkit_turkish").joinpath("files.toml").read_text("utf-8"))
    return lambda name: shared / table["files"][name]["repository"] / table["files"][name]["path"]


@pytest.fixture(scope="session")
def load(find: Callable[[str], Task], place: Callable[[str], Path]) -> Callable[[str], Any]:
    """A task's dataset out of the real files, read once."""

    @cache
    def read(name: str) -> Any:
        task = find(name)
        return task.load(*(place(file.name) for file in task.needs))

    return read
