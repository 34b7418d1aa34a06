"""Where the real files are, and a function that writes small ones."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

_REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the published files of IFC and Uniclass."""
    folder = Path(os.environ.get("EMBKIT_SHARED") or _REPOSITORY.parent / "shared/data") / "built"
    if not folder.is_dir():
        pytest.skip(f"the real files are not here: no folder {folder}; set EMBKIT_SHARED")
    return folder


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    """Nothing a test does may read or fill the user's cache."""
    monkeypatch.setenv("EMBKIT_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes a file of some lines and gives its path."""

    def write(name: str, *lines: str) -> Path:
        path = tmp_path / name
        path.write_text("\n".join([*lines, ""]), encoding="utf-8")
        return path

    return write
