"""What all tests share: a cache of their own and the folder of real data."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("EMBKIT_SHARED", ROOT.parent / "shared/data"))


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


@pytest.fixture
def hostile_words():
    """Words that try whatever may be tried where text becomes a page."""
    return (
        "\"'><script>document.title='owned'</script><img src=x onerror=document.title='owned'>"
        "</script></style></title><!-- \u202egnp\u2066 \u2028\u2029 \x00\x1b[31m \ud800 &lt; "
        "javascript:document.title='owned'"
    )


@pytest.fixture
def spoilt(stored, tmp_path):
    """A function that makes results with a word wherever plugins, files and data put words."""
    import numpy as np
    from embkit.compare import collect
    from embkit.details import Details, ItemTexts
    from embkit.mapped import Mapped, Nearest
    from embkit.maps import Placed
    from embkit.parts import Part
    from embkit.registry import Registry
    from embkit.results import Results, Store

    for task in ("set/one", "set/two"):
        for spec, right in (("first", "1110"), ("second", "1010"), ("last", "0000")):
            stored(task, spec, right)
    store = Store(tmp_path / "results")
    plain = collect(Registry(only=[]), store, store.scan())

    def changed(result, spec, word):
        task = {
            **result.task, "id": f"{word}/{result.task_id} {word}", "language": word,
            "domain": word, "licence": word, "source": word, "notes": word, "dropped": {word: 3},
        }  # fmt: skip
        provider = {**result.provider, "spec": spec, "licence": word, "plugin": f"{word} {word}"}
        return replace(
            result, task=task, provider=provider, metric=word, reason=word,
            floors={word: 0.1}, scores={f"{word}@1%": 0.5, f"{word}@1%_std": 0.1, word: 0.5},
            protocol={"id": word, "seed": 0, "options": {word: word}},
            environment={word: word}, interval=(0.25, 0.75),
        )  # fmt: skip

    def run(word):
        results = [changed(result, f"{i} {word}", word) for i, result in enumerate(plain)]
        contest = next(iter(plain.details.contests.values()))
        hard = [replace(item, gold=word, answers=[word] * 3) for item in contest.hard]
        parts = {word: [Part(label=word, items=2, scores=[0.5, None, 0.25])] * 2}
        specs = [results[0].spec, results[1].spec, results[2].spec]
        made = Results(results)
        rows = made.rows
        contest = replace(
            contest, specs=specs, tied=specs[:1], hard=hard, parts=parts,
            rest=dict.fromkeys(parts, 0),
        )  # fmt: skip
        placed = Placed(spec=word, places=np.zeros((2, 2)), labels=[word, word], unknown=0, trust=1)
        mapped = Mapped(
            placed=placed, texts=[word, word], count=2,
            nearest=[Nearest(text=word, found=[(word, 0.5)])],
        )  # fmt: skip
        details = Details(
            contests=dict.fromkeys(rows, contest),
            standings={},
            texts={
                row: ItemTexts(language=word, items={item.item: [word] for item in hard})
                for row in rows
            },
            maps={row: [mapped] for row in rows},
            untold=dict.fromkeys(rows, word),
        )
        return Results(results, dict.fromkeys(rows, specs[:1]), lambda: details)

    return run


def _run(*words: object, cwd: Path, **environment: str) -> str:
    import subprocess

    left = ("PYTHONPATH", "VIRTUAL_ENV")
    clean = {name: value for name, value in os.environ.items() if name not in left}
    done = subprocess.run(
        [str(word) for word in words], cwd=cwd, capture_output=True, text=True, check=False,
        env={**clean, **environment},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def run_outside():
    """A function that runs a command in a folder, without what is on the path of the tests.

    It returns what the command prints, and fails when the command does.
    """
    return _run


@pytest.fixture(scope="session")
def distributions(tmp_path_factory) -> Path:
    """A folder with the wheels and source archives of core, the plugins and the examples."""
    import sys
    from concurrent.futures import ThreadPoolExecutor

    if os.environ.get("EMBKIT_SKIP_SLOW"):
        pytest.skip("takes half a minute; EMBKIT_SKIP_SLOW is set")
    out = tmp_path_factory.mktemp("dist")
    projects = [ROOT / "core/pyproject.toml", *sorted(ROOT.glob("*/*/pyproject.toml"))]
    folders = [path.parent for path in projects]

    def build(folder: Path) -> None:
        _run(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, folder, cwd=out)

    with ThreadPoolExecutor(2) as two:
        list(two.map(build, folders))
    return out


@pytest.fixture(scope="session")
def uv() -> list[str]:
    """The command uv; a test that asks for it makes whole environments."""
    import sys

    pytest.importorskip("uv")
    if os.environ.get("EMBKIT_SKIP_SLOW"):
        pytest.skip("makes whole environments; EMBKIT_SKIP_SLOW is set")
    return [sys.executable, "-m", "uv"]


@pytest.fixture(scope="session")
def run_uv(uv):
    """A function that runs uv in a folder, and skips the test where no package index answers."""

    def run(*words: object, cwd: Path) -> None:
        try:
            _run(*uv, *words, cwd=cwd)
        except AssertionError as error:
            if "Failed to fetch" in str(error) or "error sending request" in str(error):
                pytest.skip("the package index cannot be reached, and an environment needs numpy")
            raise

    return run


@pytest.fixture(scope="session")
def environment(run_uv, tmp_path_factory):
    """A function that makes an environment of its own and installs into it, wheels only.

    It takes what `uv pip install` takes and returns the folder of the programs. Packages that uv
    has in its cache are linked, so it takes seconds.
    """
    import sys

    def make(*what: object) -> Path:
        home = tmp_path_factory.mktemp("environment")
        python = home / "venv/bin/python"
        run_uv("venv", "--quiet", "--python", sys.executable, "venv", cwd=home)
        run_uv("pip", "install", "--quiet", "--python", python, "--only-binary", ":all:", *what,
               cwd=home)  # fmt: skip
        return python.parent

    return make
