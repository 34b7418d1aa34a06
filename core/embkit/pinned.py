"""Files of public repositories at a fixed commit, as a table that a plugin ships.

The table, `files.toml`, is written by hand but for digests and sizes:

    [repositories.MarathiNLP]
    repository = "l3cube-pune/MarathiNLP"
    commit = "8ee29fa1329d6a841030eb46659d3c10614b5e59"

    [files."shc-test.csv"]
    repository = "MarathiNLP"
    path = "L3Cube-MahaNews/SHC/SHC_Test.csv"
    licence = "CC BY-NC-SA 4.0"

`python -m embkit.pinned TABLE FOLDER` writes sha256 and bytes into it, from byte copies in FOLDER,
which holds one folder a repository, called as in the table.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote

from embkit.records import File

__all__ = ["pin", "pinned_files"]

_HEAD = "# sha256 and bytes are written by `python -m embkit.pinned`, the rest by hand."


def pinned_files(package: str) -> Mapping[str, File]:
    """The files that the table of a package names, by the name each has in the cache."""
    table = tomllib.loads(files(package).joinpath("files.toml").read_text(encoding="utf-8"))
    found = {}
    for name, entry in table["files"].items():
        origin = table["repositories"][entry["repository"]]
        path = quote(f"{origin['repository']}/{origin['commit']}/{entry['path']}")
        found[name] = File(
            name=name,
            urls=(f"https://raw.githubusercontent.com/{path}",),
            sha256=entry["sha256"],
            bytes=entry["bytes"],
            licence=entry["licence"],
        )
    return found


def pin(table: str, folder: Path) -> str:
    """The table with digest and size of each file as it lies in the folder."""
    content = tomllib.loads(table)
    blocks = [_HEAD]
    for key, entry in content["repositories"].items():
        blocks.append(_block(f"repositories.{key}", entry))
    for name, entry in content["files"].items():
        data = (folder / entry["repository"] / entry["path"]).read_bytes()
        known = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        ordered = {key: entry[key] for key in ("repository", "path")} | known
        blocks.append(_block(f'files."{name}"', ordered | {"licence": entry["licence"]}))
    return "\n\n".join(blocks) + "\n"


def _block(name: str, entry: Mapping[str, Any]) -> str:
    values = (
        f"{key} = {value}" if isinstance(value, int) else f'{key} = "{value}"'
        for key, value in entry.items()
    )
    return "\n".join((f"[{name}]", *values))


if __name__ == "__main__":
    import sys

    target = Path(sys.argv[1])
    target.write_text(pin(target.read_text(encoding="utf-8"), Path(sys.argv[2])), encoding="utf-8")
