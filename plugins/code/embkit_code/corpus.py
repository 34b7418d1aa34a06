"""The functions that tasks are made of, cut into train, validation and test by their files."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType

from embkit.errors import InvalidData

from embkit_code.duplicates import near_pairs
from embkit_code.functions import Function, functions_in, functions_of
from embkit_code.sources import TESTS, read_tree, standard_library

__all__ = ["LONGEST", "SPLITS", "Corpus", "chance", "corpus_of", "manifest", "split_of"]

SPLITS = ("train", "valid", "test")
# What an encoder of 512 tokens can read at most; a function cut off may have lost what was changed.
LONGEST = 510


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """Functions by split, each text once; dropped: what was left out, counted by its reason."""

    splits: Mapping[str, Sequence[Function]]
    dropped: Mapping[str, int]


def chance(*key: str) -> float:
    """A number from 0 to 1 that looks drawn and is always the same for a key."""
    digest = hashlib.sha256("\0".join(key).encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def split_of(path: str) -> str:
    """The split of a file: three in ten are test, one validation, by the digest of its path."""
    place = chance("split", path)
    return "test" if place < 0.3 else "valid" if place < 0.4 else "train"


def manifest() -> list[tuple[str, str, str]]:
    """Path, qualified name and digest of each function of the standard library's benchmark, sorted.

    They are the same in Python 3.10, 3.11, 3.12 and 3.13: see resources/make_code_manifest.py.
    """
    table = files(__package__).joinpath("stdlib.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines()[1:])
    return [(path, name, digest) for path, name, digest in rows]


@lru_cache(maxsize=1)
def corpus_of(root: Path | None) -> Corpus:
    """The corpus of a tree, or without one that of the standard library by its manifest.

    Kept for the tasks of one run. Raises InvalidRequest when root is no folder, InvalidData when
    no function remains in train or in test.
    """
    dropped: Counter[str] = Counter()
    kept = _pinned(dropped) if root is None else functions_in(root, dropped)
    splits = _apart(kept, dropped)
    if not splits["train"] or not splits["test"]:
        reasons = ", ".join(f"{count} × {reason}" for reason, count in sorted(dropped.items()))
        raise InvalidData(
            "too few functions to learn from and to test on: "
            f"{len(splits['train'])} in train and {len(splits['test'])} in test; a tree needs "
            "a dozen Python files or more" + (f"; left out are {reasons}" if reasons else ""),
            path=root,
        )
    return Corpus(splits=MappingProxyType(splits), dropped=MappingProxyType(dict(dropped)))


def _pinned(dropped: Counter[str]) -> list[Function]:
    """The functions of the manifest; what a standard library has beside them does not count."""
    wanted = manifest()
    paths, digests = {path for path, _, _ in wanted}, {digest for _, _, digest in wanted}
    here = {
        (f.path, f.name, f.digest): f
        for path, text in read_tree(standard_library(), Counter(), without=TESTS)
        if path in paths
        for f in functions_of(path, text, digests) or ()
    }
    found = [here[row] for row in wanted if row in here]
    if len(found) < len(wanted):
        reason = "function of the manifest that this standard library does not have"
        dropped[reason] = len(wanted) - len(found)
    return found


def _apart(functions: Sequence[Function], dropped: Counter[str]) -> dict[str, list[Function]]:
    """Functions by split without any that stands, or nearly stands, in a later split as well."""
    distinct: dict[str, Function] = {}
    for function in functions:
        if not function.acts:
            dropped["function that does nothing"] += 1
        elif len(function.tokens) > LONGEST:
            dropped[f"function of over {LONGEST} tokens"] += 1
        elif function.text in distinct:
            dropped["function whose text stands before"] += 1
        else:
            distinct[function.text] = function
    rows = list(distinct.values())
    rank = [SPLITS.index(split_of(row.path)) for row in rows]
    near = {
        i if rank[i] < rank[j] else j
        for i, j in near_pairs([row.tokens for row in rows])
        if rank[i] != rank[j]
    }
    if near:
        dropped["function nearly the same as one of another split"] = len(near)
    return {
        split: [r for i, r in enumerate(rows) if i not in near and rank[i] == place]
        for place, split in enumerate(SPLITS)
    }
