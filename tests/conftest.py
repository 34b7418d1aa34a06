"""What all tests share: a cache of their own and the folder of real data."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("EMBKIT_SHARED", Path(__file__).parents[2] / "shared/data"))


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    """Nothing a test does may read or fill the user's cache, nor open a connection by surprise."""
    monkeypatch.setenv("EMBKIT_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip(f"no shared data at {SHARED}; set EMBKIT_SHARED")
    return SHARED


@pytest.fixture
def install(tmp_path_factory, monkeypatch):
    """A function that installs a module as a distribution of its own: a folder on the path."""
    import sys

    folder = tmp_path_factory.mktemp("site")
    monkeypatch.syspath_prepend(str(folder))
    made = []

    def install(name: str, source: str) -> str:
        (folder / f"{name}.py").write_text(source, encoding="utf-8")
        about = folder / f"{name}-1.0.dist-info"
        about.mkdir()
        about.joinpath("METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
        )
        about.joinpath("entry_points.txt").write_text(f"[embkit]\n{name} = {name}\n")
        made.append(name)
        return str(folder)

    yield install
    for name in made:
        sys.modules.pop(name, None)
