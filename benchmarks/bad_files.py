"""The same 1,000 bad files, opened by embkit, gensim and fasttext.

    python benchmarks/bad_files.py

Small files of four formats are damaged, 250 times each: cut short, with another size in the header,
with one bit flipped, or joined of the beginning of one and the end of another. The same files each
time. Every tool opens those that it reads, each in a child with 1 GB of memory and 5 s of processor
time, and is asked for the vector of every word that it found and of one that it did not. What came
of it is stored in results/bad_files.json.

Needs gensim and fasttext, and Linux.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import platform
import random
import struct
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["table"]

HERE = Path(__file__).parent
TESTS = HERE.parent / "plugins/fasttext/tests"
RESULTS = HERE / "results/bad_files.json"

# Who reads what, and how it is called.
TOOLS = {
    "vec": ("embkit", "gensim"),
    "w2v": ("embkit", "gensim"),
    "bin": ("embkit", "gensim", "fasttext"),
    "ftz": ("embkit", "fasttext"),
}
NAMES = {
    "vec": "text, `.vec`",
    "w2v": "word2vec's binary",
    "bin": "fastText `.bin`",
    "ftz": "fastText `.ftz`",
}
# How many of each kind of damage, in two groups: what a reader could always tell, and what it could
# not: a bit of a number is a bit of another number.
KINDS = {"cut": 100, "size": 50, "bit": 75, "splice": 25}
TOLD, UNTOLD = ("cut", "size"), ("bit", "splice")
OUTCOMES = {
    "named": "refused, file named",
    "refused": "refused otherwise",
    "warned": "read, with a warning",
    "accepted": "read, nothing said",
    "broken": "read, NaN or inf in it",
    "memory": "out of memory",
    "hung": "hung",
    "crashed": "crashed",
}
UNKNOWN = "unbekannt"
_LOST = 24  # bytes at least that are cut off: more than the last number of a text has


class Field(NamedTuple):
    """A size that a file states. form: as struct has it, or "" for digits; value: the true one."""

    begin: int
    end: int
    form: str
    value: int


def _sizes(name: str, data: bytes) -> list[Field]:
    """The sizes in a sample that the rest of it contradicts when they are others."""
    if name in ("vec", "w2v"):
        rows, dim = data.partition(b"\n")[0].split(b" ")
        begin = len(rows) + 1
        return [Field(0, len(rows), "", int(rows)), Field(begin, begin + len(dim), "", int(dim))]
    places = [(8, "<i"), (64, "<i"), (68, "<i"), (72, "<i")]  # dim; entries, words, labels
    (words,), (pruned,) = struct.unpack_from("<i", data, 68), struct.unpack_from("<q", data, 84)
    place = 92
    for _ in range(words):
        place = data.index(b"\0", place) + 10
    if name == "ftz":
        place += 8 * pruned + 2
        places += [(84, "<q"), (place + 16, "<i")]  # n-grams that were kept; codes
    else:
        place += 1
        places.append((40, "<i"))  # buckets
    places += [(place, "<q"), (place + 8, "<q")]  # rows and columns of the matrix
    return [
        Field(begin, begin + struct.calcsize(form), form, struct.unpack_from(form, data, begin)[0])
        for begin, form in places
    ]


def _damaged(name: str, kind: str, good: bytes, other: bytes, draw: random.Random) -> bytes:
    match kind:
        case "cut":
            return good[: draw.randrange(1, len(good) - _LOST)]
        case "size":
            field = draw.choice(_sizes(name, good))
            bits = 8 * struct.calcsize(field.form) if field.form else 60
            near = field.value + draw.choice([-2, -1, 1, 2, field.value])
            far = draw.choice([-1, 1]) * draw.randrange(1 << draw.randrange(1, bits - 1))
            value = draw.choice([near, far])
            spelt = struct.pack(field.form, value) if field.form else b"%d" % value
            return good[: field.begin] + spelt + good[field.end :]
        case "bit":
            place = draw.randrange(len(good))
            return good[:place] + bytes([good[place] ^ 1 << draw.randrange(8)]) + good[place + 1 :]
        case "splice":
            return good[: draw.randrange(1, len(good))] + other[draw.randrange(1, len(other)) :]
    raise KeyError(kind)


def bad_files() -> Iterator[tuple[str, str, bytes]]:
    """Format, kind of damage and content of each file; the same ones, all different, every time."""
    from samples import write_sample

    with tempfile.TemporaryDirectory() as folder:
        for name in TOOLS:
            samples = []
            for seed in (0, 1):
                path = Path(folder) / f"{seed}.{name}"
                write_sample(name, path, seed)
                samples.append(path.read_bytes())
            seen = set(samples)
            draw = random.Random(name)
            for kind, count in KINDS.items():
                for _ in range(count):
                    while (data := _damaged(name, kind, *samples, draw)) in seen:
                        pass
                    seen.add(data)
                    yield name, kind, data


def _embkit(name: str, path: Path) -> Any:
    from embkit import Request
    from embkit.languages import default_language
    from embkit_fasttext import open_vectors

    embedder = open_vectors(path, Request(language=default_language("mr")))
    embedder.word_vectors([UNKNOWN])
    return embedder.word_vectors(embedder.store.words)


def _gensim(name: str, path: Path) -> Any:
    from gensim.models import KeyedVectors
    from gensim.models.fasttext import load_facebook_vectors

    if name == "bin":
        vectors = load_facebook_vectors(str(path))
        vectors[UNKNOWN]
    else:
        vectors = KeyedVectors.load_word2vec_format(str(path), binary=name == "w2v")
    return [vectors[word] for word in vectors.index_to_key]


def _fasttext(name: str, path: Path) -> Any:
    import fasttext

    model = fasttext.load_model(str(path))
    model.get_word_vector(UNKNOWN)
    return [model.get_word_vector(word) for word in model.get_words()]


READ: dict[str, Callable[[str, Path], Any]] = {
    "embkit": _embkit,
    "gensim": _gensim,
    "fasttext": _fasttext,
}


class _Heard(logging.Handler):
    """Whether a warning was logged."""

    warned = False

    def emit(self, record: logging.LogRecord) -> None:
        self.warned = True


def _outcome(tool: str, name: str, path: Path) -> dict[str, str]:
    """What comes of one file, as a key of OUTCOMES; what kills the process is seen from outside."""
    import numpy as np

    heard = _Heard(logging.WARNING)
    logging.getLogger().addHandler(heard)
    try:
        vectors = np.asarray(READ[tool](name, path))
    except MemoryError:
        raise
    except Exception as error:
        return {"outcome": "named" if path.name in str(error) else "refused"}
    finally:
        logging.getLogger().removeHandler(heard)
    if not np.isfinite(vectors).all():
        return {"outcome": "broken"}
    return {"outcome": "warned" if heard.warned else "accepted"}


def _measure(tool: str, folder: Path) -> list[str | None]:
    """What comes of each file by one tool, None for those that it does not read."""
    from fuzzing import isolated

    paths = sorted(folder.iterdir())
    read = [path for path in paths if tool in TOOLS[path.suffix[1:]]]

    def action(number: int) -> dict[str, str]:
        return _outcome(tool, read[number].suffix[1:], read[number])

    failures = {"out of memory": "memory", "hang": "hung"}
    found = {
        path: outcome.get("outcome") or failures.get(outcome["failed"], "crashed")
        for path, outcome in zip(read, isolated(action, len(read)), strict=True)
    }
    return [found.get(path) for path in paths]


def measure() -> dict[str, Any]:
    """Write the files, let every tool open them in a process of its own, and count."""
    counts: dict[str, Any] = {}
    digest = hashlib.sha256()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "files"
        folder.mkdir()
        files = list(bad_files())
        for number, (name, _, data) in enumerate(files):
            (folder / f"{number:04}.{name}").write_bytes(data)
            digest.update(data)
        for tool in READ:
            command = [sys.executable, __file__, tool, str(folder)]
            environment = os.environ | {"EMBKIT_CACHE": f"{scratch}/cache"}
            done = subprocess.run(command, env=environment, capture_output=True, check=True)
            for (name, kind, _), outcome in zip(files, json.loads(done.stdout), strict=True):
                if outcome is not None:
                    counts.setdefault(name, {}).setdefault(tool, {}).setdefault(kind, Counter())
                    counts[name][tool][kind][outcome] += 1
    return {
        "date": date.today().isoformat(),
        "python": platform.python_version(),
        "versions": {tool: metadata.version(tool) for tool in READ},
        "files": len(files),
        "sha256": digest.hexdigest(),
        "counts": counts,
    }


def table(results: Mapping[str, Any]) -> str:
    """The results as Markdown: a table of what can be told, and one of what cannot always."""
    versions = ", ".join(f"{tool} {version}" for tool, version in results["versions"].items())
    told = " and ".join(str(KINDS[kind]) for kind in TOLD)
    untold = " and ".join(str(KINDS[kind]) for kind in UNTOLD)
    return (
        f"{results['date']}, Python {results['python']}; {versions}. {results['files']:,} files "
        "made of samples of 1 to 8 kB.\n\n"
        f"Damage that the rest of the file contradicts ({told} of each format): cut short by "
        f"{_LOST} bytes or more, or another number in place of a size in the header.\n\n"
        f"{_rows(results['counts'], TOLD)}\n"
        f"Damage that may lie inside a word or a number, where nobody can tell ({untold} of each "
        "format): one bit flipped anywhere, or the beginning of one file before the end of "
        f"another.\n\n{_rows(results['counts'], UNTOLD)}"
    )


def _rows(counts: Mapping[str, Any], kinds: tuple[str, ...]) -> str:
    lines = [
        f"| files | opened by | {' | '.join(OUTCOMES.values())} |",
        f"| --- | --- |{' ---: |' * len(OUTCOMES)}",
    ]
    for name, tools in counts.items():
        for tool, found in tools.items():
            total = sum((Counter(found[kind]) for kind in kinds), Counter())
            cells = " | ".join(str(total[outcome] or "") for outcome in OUTCOMES)
            lines.append(f"| {total.total()} × {NAMES[name]} | {tool} | {cells} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    sys.path.insert(0, str(TESTS))
    if len(sys.argv) == 3:
        print(json.dumps(_measure(sys.argv[1], Path(sys.argv[2]))))
        return
    results = measure()
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(table(results))


if __name__ == "__main__":
    main()
