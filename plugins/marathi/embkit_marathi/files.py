"""The files of the benchmark by name, read from files.toml (written by make_files.py)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from urllib.parse import quote

from embkit.records import File

__all__ = ["read_files"]


def read_files() -> Mapping[str, File]:
    """Each file at a pinned commit of its repository, with its digest and size."""
    text = files(__package__).joinpath("files.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
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
