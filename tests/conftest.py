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


@pytest.fixture
def stored(tmp_path):
    """A function that writes the result of a classification as `embkit eval` does.

    right: for each item whether the provider answered rightly, "1101"; "" for a run that failed.
    Returns the folder.
    """
    import numpy as np
    from embkit import Predictions
    from embkit.results import Result, Store, result_key

    def write(
        task: str,
        spec: str,
        right: str,
        *,
        language: str = "mr",
        seed: int = 0,
        data: str = "0",
        protocol: str = "default",
        options: dict[str, object] | None = None,
        version: str = "1",
        score: float | None = None,
        folder: str = "results",
    ) -> Path:
        hit = np.array([answer == "1" for answer in right], dtype=np.int64)
        found = float(hit.mean()) if right else None
        result = Result(
            status="ok" if right else "failed",
            reason="" if right else "no such file",
            task={
                "id": task, "evaluator": "classification", "evaluator_version": version,
                "family": "extrinsic", "language": language, "domain": "general",
                "items": len(hit) or None, "digest": data * 64 if right else "", "licence": "",
                "source": "", "notes": "", "dropped": {},
            },
            provider={
                "spec": spec, "name": spec.split("?")[0], "dim": 3, "fingerprint": spec,
                "plugin": "embkit 1", "licence": "", "trained_on": [],
            },
            protocol={"id": protocol, "seed": seed, "options": options or {}},
            metric="accuracy" if right else "",
            score=found if score is None else score,
            interval=(0.0, 1.0) if right else None,
            coverage=1.0 if right else None,
        )  # fmt: skip
        store = Store(tmp_path / folder)
        path = store.path(task, spec, result_key(seed, data, protocol, options, version, right))
        rows = Predictions(
            {"gold": np.ones(len(hit), dtype=np.int64), "predicted": hit},
            unit=np.arange(len(hit)), known=np.ones(len(hit), dtype=bool),
            names={"gold": ["no", "yes"], "predicted": ["no", "yes"]},
        )  # fmt: skip
        store.save(path, result, rows if right else None)
        return store.folder

    return write
