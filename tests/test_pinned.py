"""The table of files at fixed commits: what it gives, and that its digests are those of copies."""

from __future__ import annotations

import hashlib
import subprocess
import sys

import pytest
from embkit.pinned import pinned_files

WRITTEN = """
[repositories.words]
repository = "someone/words"
commit = "0123456789abcdef0123456789abcdef01234567"

[files."pairs.txt"]
repository = "words"
path = "çekim ekleri/pairs.txt"
licence = "MIT"
"""


@pytest.fixture
def table(tmp_path):
    """A table pinned by the command, in a package on the path, with the copy it was made from."""
    copy = tmp_path / "copies/words/çekim ekleri/pairs.txt"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(b"yer yeri\n")
    package = tmp_path / "embkit_pinned_example"
    package.mkdir()
    (package / "__init__.py").touch()
    file = package / "files.toml"
    file.write_text(WRITTEN, encoding="utf-8")
    command = [sys.executable, "-m", "embkit.pinned", file, tmp_path / "copies"]
    subprocess.run(command, check=True)
    return file


def test_files_have_their_address_at_the_commit_and_digest_and_size_of_the_copy(table, monkeypatch):
    monkeypatch.syspath_prepend(str(table.parents[1]))
    (file,) = pinned_files("embkit_pinned_example").values()
    assert file.urls == (
        "https://raw.githubusercontent.com/someone/words/"
        "0123456789abcdef0123456789abcdef01234567/%C3%A7ekim%20ekleri/pairs.txt",
    )
    assert (file.name, file.licence, file.bytes) == ("pairs.txt", "MIT", 9)
    assert file.sha256 == hashlib.sha256(b"yer yeri\n").hexdigest()


def test_pinning_again_changes_nothing(table):
    once = table.read_text(encoding="utf-8")
    command = [sys.executable, "-m", "embkit.pinned", table, table.parents[1] / "copies"]
    subprocess.run(command, check=True)
    assert table.read_text(encoding="utf-8") == once
