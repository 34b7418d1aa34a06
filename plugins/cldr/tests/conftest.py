"""The real annotation files, where they are, and a cache of the tests' own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("EMBKIT_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture(scope="session")
def annotations():
    """A function from a language to the paths that its emoji tasks are loaded from."""
    folder = Path(os.environ.get("EMBKIT_SHARED") or _REPOSITORY.parent / "shared/data") / "cldr"
    if not folder.is_dir():
        pytest.skip(f"the annotation files are not here: no folder {folder}; set EMBKIT_SHARED")
    return lambda tag: (
        folder / f"annotations-full/{tag}/annotations.json",
        folder / "emoji-test.txt",
    )
