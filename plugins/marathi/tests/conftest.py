"""The real files, where they are: EMBKIT_SHARED or ../shared/data beside the repository."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest
from embkit.datasets import Dataset
from embkit.records import Task
from embkit_marathi.tasks import tasks

_REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with one folder a source repository."""
    folder = Path(os.environ.get("EMBKIT_SHARED") or _REPOSITORY.parent / "shared" / "data") / "mr"
    if not folder.is_dir():
        pytest.skip(f"the real files are not here: no folder {folder}; set EMBKIT_SHARED")
    return folder


@pytest.fixture(scope="session")
def all_tasks() -> dict[str, Task]:
    return {task.name: task for task in tasks()}


@pytest.fixture(scope="session")
def place(shared: Path) -> Callable[[str], Path]:
    """Where the shared copy of a needed file lies, by its name."""
    table = tomllib.loads(files("embkit_marathi").joinpath("files.toml").read_text("utf-8"))
    return lambda name: shared / table["files"][name]["repository"] / table["files"][name]["path"]


@pytest.fixture(scope="session")
def load(all_tasks: dict[str, Task], place: Callable[[str], Path]) -> Callable[[str], Dataset]:
    """A task's dataset out of the real files, read once."""

    @cache
    def read(name: str) -> Dataset:
        task = all_tasks[name]
        return task.load(*(place(file.name) for file in task.needs))

    return read
