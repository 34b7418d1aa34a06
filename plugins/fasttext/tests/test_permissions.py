"""A source that may not be read and a cache that may not be written are told in one sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

if os.name != "posix":
    pytest.skip("permissions are those of POSIX", allow_module_level=True)

# Root may read and write everything: its child becomes nobody, once all is imported.
OPEN = """
import json, os, sys
from pathlib import Path
from embkit import EmbkitError, Request
from embkit.languages import default_language
from embkit_fasttext import open_vectors

source, refused, cache, forbidden = sys.argv[1:]
said = []
for number, (path, folder) in enumerate([(source, cache), (refused, cache), (source, forbidden)]):
    os.environ["EMBKIT_CACHE"] = folder
    if number == 1 and os.getuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
    try:
        open_vectors(Path(path), Request(language=default_language("mr")))
    except EmbkitError as error:
        said.append([type(error).__name__, str(error)])
print(json.dumps(said))
"""


def test_what_may_not_be_read_or_written_is_named_with_the_reason():
    with tempfile.TemporaryDirectory() as name:
        public, closed = Path(name), Path(name) / "closed"
        public.chmod(0o755)
        for folder in (closed, public / "forbidden"):
            folder.mkdir()
        for folder in (public, closed):
            (folder / "words.vec").write_text("1 2\na 1 2\n")
        closed.chmod(0)
        (public / "forbidden").chmod(0o555)
        paths = [public / "words.vec", closed / "words.vec", public / "cache", public / "forbidden"]
        command = [sys.executable, "-c", OPEN, *map(str, paths)]
        done = subprocess.run(command, capture_output=True, text=True)
        closed.chmod(0o755)
        assert done.returncode == 0, done.stderr
        (read, first), (written, second) = json.loads(done.stdout)
        assert read == "InvalidData"
        assert first == f"{closed / 'words.vec'}: cannot be read (Permission denied)"
        assert written == "StorageError" and second.startswith(str(public / "forbidden"))
        assert "(Permission denied); make the folder writable or name another" in second
        assert list((public / "forbidden").iterdir()) == []
