"""docs/first-plugin.md followed to the letter, as a stranger would, outside the repository."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import jsonschema

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/first-plugin.md").read_text(encoding="utf-8")


def files_of_the_page() -> dict[str, str]:
    found = re.findall(r"^`([\w.]+)`[^\n]*\n\n```\w+\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return dict(found)


def test_the_page_holds_three_files():
    assert set(files_of_the_page()) == {"pyproject.toml", "embkit_nepali.py", "nepali_pairs.tsv"}


def test_the_page_works_with_wheels_in_a_clean_environment(
    distributions, environment, run_outside, tmp_path
):
    package, home = tmp_path / "nepali", tmp_path / "home"
    package.mkdir()
    home.mkdir()
    for name, content in files_of_the_page().items():
        (package / name).write_text(content, encoding="utf-8")
    run_outside(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", home,
                package, cwd=home)  # fmt: skip
    programs = environment(*distributions.glob("embkit-*.whl"), *home.glob("*.whl"))
    embkit, python = programs / "embkit", programs / "python"

    listed = run_outside(embkit, "list", "--lang", "Nepali", cwd=home)
    assert "letters" in listed and "nepali/pairs" in listed and "Nepali: Unicode's words" in listed
    assert "marathi" not in listed and str(ROOT) not in run_outside(
        python, "-c", "import embkit; print(embkit.__file__)", cwd=home
    )

    evaluated = run_outside(
        embkit, "eval", "--lang", "ne", "-p", "letters", "-p", "ngrams", "-t", "nepali/*", "--json",
        cwd=home, EMBKIT_CACHE=str(home / "cache"),
    )  # fmt: skip
    results = json.loads(evaluated)
    schema = json.loads((ROOT / "core/embkit/result.schema.json").read_text())
    for result in results:
        jsonschema.validate(result, schema)
    assert [result["provider"]["spec"] for result in results] == ["letters", "ngrams"]
    assert all(result["status"] == "ok" and result["task"]["items"] == 12 for result in results)
    assert results[0]["provider"]["plugin"] == "embkit-nepali 0.1.0"

    (code,) = [
        c for c in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if "check_plugin(" in c
    ]
    run_outside(python, "-c", code + "\n\ntest_the_plugin_keeps_its_promises()", cwd=home)
