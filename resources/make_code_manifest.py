"""Write plugins/code/embkit_code/stdlib.tsv: the functions that several standard libraries share.

    .venv/bin/python resources/make_code_manifest.py LIB [LIB ...]

LIB: the folder `Lib` of one Python, such as ~/.pyenv/versions/3.13.0/lib/python3.13. The shipped
file was made by Python 3.11.7 from those of 3.10.13, 3.11.7, 3.12.1 and 3.13.0. It holds names and
digests, no code.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from embkit_code.functions import functions_of
from embkit_code.sources import TESTS, read_tree

TARGET = Path(__file__).parents[1] / "plugins/code/embkit_code/stdlib.tsv"


def digests(lib: Path) -> set[tuple[str, str, str]]:
    """Path, qualified name and digest of each function of a standard library."""
    dropped: Counter[str] = Counter()
    found, unread = [], 0
    for path, text in read_tree(lib, dropped, without=TESTS):
        functions = functions_of(path, text)
        unread += functions is None
        found += [(f.path, f.name, f.digest) for f in functions or ()]
    print(f"{lib}: {len(found)} functions, {unread} files not parsed, {dict(dropped)}")
    return set(found)


def main() -> None:
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    common = set.intersection(*(digests(Path(lib)) for lib in sys.argv[1:]))
    rows = ["path\tfunction\tsha256", *("\t".join(row) for row in sorted(common))]
    TARGET.write_text("\n".join(rows) + "\n", encoding="utf-8")
    print(f"{TARGET}: {len(common)} functions of {len({path for path, _, _ in common})} files")


if __name__ == "__main__":
    main()
