"""docs/first-plugin.md followed to the letter, as a stranger would, outside the repository."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import venv
from pathlib import Path

import jsonschema
import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/first-plugin.md").read_text(encoding="utf-8")


def files_of_the_page() -> dict[str, str]:
    found = re.findall(r"^`([\w.]+)`[^\n]*\n\n```\w+\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return dict(found)


def run(*words: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        [str(word) for word in words], cwd=cwd, capture_output=True, text=True, check=False,
        env={**clean, **environment},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def wheel(source: Path, target: Path) -> None:
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation",
        "--wheel-dir", target, source, cwd=target)  # fmt: skip


def test_the_page_holds_three_files():
    assert set(files_of_the_page()) == {"pyproject.toml", "embkit_nepali.py", "nepali_pairs.tsv"}


def test_the_page_works_with_wheels_in_a_clean_environment(tmp_path):
    if os.environ.get("EMBKIT_SKIP_SLOW"):
        pytest.skip("takes two minutes; EMBKIT_SKIP_SLOW is set")
    pytest.importorskip("hatchling")
    package, wheels, home = (tmp_path / name for name in ("nepali", "wheels", "home"))
    for folder in (package, wheels, home):
        folder.mkdir()
    for name, content in files_of_the_page().items():
        (package / name).write_text(content, encoding="utf-8")
    wheel(package, wheels)
    wheel(ROOT / "core", wheels)
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv/bin/python"
    installed = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", *wheels.glob("*.whl")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if installed.returncode and "No matching distribution" in installed.stderr:
        pytest.skip("the package index cannot be reached, and a clean environment needs numpy")
    assert installed.returncode == 0, installed.stderr
    embkit = tmp_path / "venv/bin/embkit"

    listed = run(embkit, "list", "--lang", "Nepali", cwd=home).stdout
    assert "letters" in listed and "nepali/pairs" in listed and "Nepali: Unicode's words" in listed
    assert (
        "marathi" not in listed
        and str(ROOT)
        not in run(python, "-c", "import embkit; print(embkit.__file__)", cwd=home).stdout
    )

    evaluated = run(
        embkit, "eval", "--lang", "ne", "-p", "letters", "-p", "ngrams", "-t", "nepali/*", "--json",
        cwd=home, EMBKIT_CACHE=str(home / "cache"),
    )  # fmt: skip
    results = json.loads(evaluated.stdout)
    schema = json.loads((ROOT / "core/embkit/result.schema.json").read_text())
    for result in results:
        jsonschema.validate(result, schema)
    assert [result["provider"]["spec"] for result in results] == ["letters", "ngrams"]
    assert all(result["status"] == "ok" and result["task"]["items"] == 12 for result in results)
    assert results[0]["provider"]["plugin"] == "embkit-nepali 0.1.0"

    (code,) = [
        c for c in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if "check_plugin(" in c
    ]
    run(python, "-c", code + "\n\ntest_the_plugin_keeps_its_promises()", cwd=home)
