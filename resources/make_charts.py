"""Bundle what draws the charts of a report: Vega, Vega-Lite and the interpreter.

    python resources/make_charts.py

It needs node and npm. The packages come from the npm registry, of the versions and digests in
charts/package-lock.json. What esbuild makes of charts/entry.js goes into the package, with the
licences of all that is in it.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
OUT = HERE.parent / "core/embkit/reporters/html/vendor"


def main() -> None:
    """Write charts.min.js and LICENSES.txt."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        for file in (HERE / "charts").iterdir():
            shutil.copy(file, work)
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=work, check=True)
        command = [
            "npx", "esbuild", "entry.js", "--bundle", "--minify", "--format=iife",
            "--global-name=charts", "--target=es2022", "--legal-comments=none", "--charset=ascii",
            "--metafile=meta.json", "--outfile=charts.min.js",
        ]  # fmt: skip
        subprocess.run(command, cwd=work, check=True)
        OUT.mkdir(exist_ok=True)
        shutil.copy(work / "charts.min.js", OUT)
        (output,) = json.loads((work / "meta.json").read_text())["outputs"].values()
        packages = set()
        for path, part in output["inputs"].items():
            found = re.match(r"node_modules/((?:@[^/]+/)?[^/]+)/", path)
            if found and part["bytesInOutput"]:
                packages.add(found[1])
        (OUT / "LICENSES.txt").write_text(_licences(work, sorted(packages)), encoding="utf-8")


def _licences(work: Path, packages: list[str]) -> str:
    """The licence of each package once, under the names of those that have it."""
    named: dict[str, list[str]] = {}
    for package in packages:
        folder = work / "node_modules" / package
        about = json.loads((folder / "package.json").read_text())
        files = sorted(p for p in folder.iterdir() if p.name.lower().startswith("licen"))
        text = files[0].read_text(encoding="utf-8").strip() if files else about["license"]
        named.setdefault(text, []).append(f"{package} {about['version']}")
    return "\n\n".join(f"{', '.join(names)}\n\n{text}" for text, names in named.items()) + "\n"


if __name__ == "__main__":
    main()
