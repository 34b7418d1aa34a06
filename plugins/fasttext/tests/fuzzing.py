"""Damaged copies of small files, and children in which a reader may do its worst.

    echo '["vec", "FOLDER", 500, false]' | python fuzzing.py

Each line of the input is a request: a name in `FORMATS`; a folder with two sound samples of it,
`good/` and `other/`; how many damaged copies of the good one embkit is to open; and whether these
are truncations alone. Each is answered by a line of JSON that says what came of them. The same
request gives the same copies. One process answers all requests: what is slow is to import.
"""

from __future__ import annotations

import bz2
import contextlib
import functools
import gc
import gzip
import importlib
import io
import json
import lzma
import os
import random
import re
import resource
import shutil
import signal
import struct
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

Files = dict[str, bytes]
Damage = Callable[[bytes, bytes, random.Random], bytes]
SECONDS = 5
MEMORY = 1 << 30
# A worker keeps this much beside three times the file; what is above was asked for by a file.
_ROOM = 64 << 20
_NUMBERS = [0, 1, -1, 2, 127, 255, 256, 32767, 65535, 10**6, 2**31 - 1, 2**31, -(2**31), 2**32 - 1]
_NUMBERS += [10**12, 2**62, 2**63 - 1, -(2**63)]
_SPELT = [b"0", b"-1", b"2147483648", b"1000000000000", b"9223372036854775808", b"9" * 400]
_SPELT += [b"nan", b"-inf", b"1e400", b"1e-400", b"0x10", b"1_0", b"1,5", b"", b"-", b"."]


def _cut(data: bytes, other: bytes, draw: random.Random) -> bytes:
    return data[: draw.randrange(len(data))]


def _flip(data: bytes, other: bytes, draw: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(draw.choice([1, 1, 1, 2, 8])):
        changed[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def _place(data: bytes, draw: random.Random) -> int:
    """Anywhere, but half of the time where headers are."""
    return draw.randrange(min(len(data), draw.choice([128, len(data)])))


def _lengths(data: bytes, other: bytes, draw: random.Random) -> bytes:
    """Another number, of 1 to 8 bytes, in place of whatever stands there."""
    place, width = _place(data, draw), draw.choice([1, 2, 4, 8])
    number = (draw.choice(_NUMBERS) % 2 ** (8 * width)).to_bytes(width, "little")
    return data[:place] + number + data[place + width :]


def _digits(data: bytes, other: bytes, draw: random.Random) -> bytes:
    """Another number in place of one that is spelt out."""
    place = _place(data, draw)
    begin = next((i for i in range(place, len(data)) if data[i : i + 1].isdigit()), place)
    end = next((i for i in range(begin, len(data)) if not data[i : i + 1].isdigit()), len(data))
    return data[:begin] + draw.choice(_SPELT) + data[end:]


def _splice(data: bytes, other: bytes, draw: random.Random) -> bytes:
    return data[: draw.randrange(len(data))] + other[draw.randrange(len(other)) :]


def _run(data: bytes, draw: random.Random) -> tuple[int, int]:
    begin = draw.randrange(len(data))
    return begin, begin + draw.choice([1, 2, 4, 8, 64, 500])


def _repeat(data: bytes, other: bytes, draw: random.Random) -> bytes:
    begin, end = _run(data, draw)
    return data[:end] + data[begin:end] * draw.choice([1, 1, 5]) + data[end:]


def _lose(data: bytes, other: bytes, draw: random.Random) -> bytes:
    begin, end = _run(data, draw)
    return data[:begin] + data[end:]


def _nul(data: bytes, other: bytes, draw: random.Random) -> bytes:
    begin, end = _run(data, draw)
    return data[:begin] + bytes(end - begin) + data[draw.choice([begin, end]) :]


def _ends(data: bytes, other: bytes, draw: random.Random) -> bytes:
    """Other line ends or separators, everywhere or once."""
    old, news = draw.choice([
        (b"\n", [b"\r\n", b"\r", b"", b"\n\n", b" \n", b"\0"]),
        (b" ", [b"\t", b"  ", b"\xc2\xa0", b""]),
    ])  # fmt: skip
    new = draw.choice(news)
    if draw.random() < 0.3:
        return data.replace(old, new)
    places = [i for i in range(len(data)) if data.startswith(old, i)] or [0]
    place = draw.choice(places)
    return data[:place] + new + data[place + len(old) :]


DAMAGES: dict[str, Damage] = {
    "cut": _cut, "flip": _flip, "lengths": _lengths, "digits": _digits, "splice": _splice,
    "repeat": _repeat, "lose": _lose, "nul": _nul, "ends": _ends,
}  # fmt: skip


def _text_claim(files: Files) -> tuple[int, int] | None:
    """Rows and numbers a row in the first line of the only file, if that is a header."""
    (data,) = files.values()
    first = data.removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0].split()
    if len(first) == 2 and all(field.isdigit() for field in first):
        return int(first[0]), int(first[1])
    return None


def _bin_claim(files: Files) -> tuple[int, int] | None:
    (data,) = files.values()
    return struct.unpack_from("<i", data, 68)[0], struct.unpack_from("<i", data, 8)[0]


def _npy_claim(files: Files) -> tuple[int, int] | None:
    (data,) = (data for name, data in files.items() if name.endswith(".npy"))
    rows, dim = re.search(rb"'shape': \((\d+), (\d+)\)", data).groups()
    return int(rows), int(dim)


def _tensors_claim(files: Files) -> tuple[int, int] | None:
    data = files["model.safetensors"]
    (length,) = struct.unpack_from("<Q", data)
    rows, dim = json.loads(data[8 : 8 + length])["embeddings"]["shape"]
    return rows, dim


class Packing(NamedTuple):
    """To packed bytes, and back."""

    pack: Callable[[bytes], bytes]
    unpack: Callable[[bytes], bytes]


@dataclass(frozen=True, kw_only=True)
class Format:
    """A format: what to open in a folder with a sample, and what to hold against it.

    opened: the file's name, "" for the folder. claim: rows and numbers a row that unpacked files
    say they have; None where they do not say, or do not in one place: then those of the sound
    sample. packing: what the file is packed in, if it is. headless: text that does not say how many
    lines it has.
    """

    opened: str
    claim: Callable[[Files], tuple[int, int] | None] | None = None
    packing: Packing | None = None
    headless: bool = False


def _zstandard(data: bytes) -> bytes:
    import pyarrow as pa

    return pa.compress(data, codec="zstd", asbytes=True)


def _unzstandard(data: bytes) -> bytes:
    import pyarrow as pa

    return pa.input_stream(pa.py_buffer(data), compression="zstd").read()


def _zip(data: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo("words.vec"), data, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _unzip(data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read("words.vec")


FORMATS = {
    "vec": Format(opened="words.vec", claim=_text_claim),
    "glove": Format(opened="words.txt", claim=_text_claim, headless=True),
    "w2v": Format(opened="words.bin", claim=_text_claim),
    "bin": Format(opened="model.bin", claim=_bin_claim),
    "ftz": Format(opened="model.ftz", claim=_bin_claim),
    "kv": Format(opened="words.kv"),
    "kv+npy": Format(opened="words.kv", claim=_npy_claim),
    "npy": Format(opened="words.npy", claim=_npy_claim),
    "npz": Format(opened="words.npz"),
    "parquet": Format(opened="words.parquet"),
    "feather": Format(opened="words.feather"),
    "static": Format(opened="", claim=_tensors_claim),
}
_PACKINGS = {
    "gz": Packing(lambda data: gzip.compress(data, mtime=0), gzip.decompress),
    "bz2": Packing(bz2.compress, bz2.decompress),
    "xz": Packing(lzma.compress, lzma.decompress),
    "zst": Packing(_zstandard, _unzstandard),
    "zip": Packing(_zip, _unzip),
}
FORMATS |= {
    f"vec.{ending}": Format(opened=f"words.vec.{ending}", claim=_text_claim, packing=packing)
    for ending, packing in _PACKINGS.items()
}


def damaged(form: Format, good: Files, other: Files, number: int) -> Files:
    """A damaged copy of a sample; the kinds of damage take turns.

    Of a packed file either the packing is damaged or, every other time, what is inside.
    """
    draw = random.Random(number)
    damage = list(DAMAGES.values())[number % len(DAMAGES)]
    name = draw.choice(sorted(good))
    data, donor = good[name], other[name]
    if form.packing is not None and draw.random() < 0.5:
        inside = damage(form.packing.unpack(data), form.packing.unpack(donor), draw)
        return good | {name: form.packing.pack(inside)}
    return good | {name: damage(data, donor, draw)}


def cuts(good: Files, count: int) -> list[tuple[str, int]]:
    """Lengths to cut files to, `count` at most: all, or those near both ends and some between."""
    places = []
    most = count // len(good)
    for name, data in sorted(good.items()):
        every = range(len(data))
        if len(every) > most:
            edge = most // 3
            between = sorted(random.Random(0).sample(every[edge:-edge], most - 2 * edge))
            every = [*every[:edge], *between, *every[-edge:]]
        places += [(name, place) for place in every]
    return places


def isolated(
    action: Callable[[int], dict[str, Any]],
    count: int,
    *,
    seconds: float = SECONDS,
    memory: int = MEMORY,
) -> Iterator[dict[str, Any]]:
    """What comes of action(0) to action(count - 1), run in a child with limits, in order.

    An outcome is what the action returns, or {"failed": why}: the exception that left it, "out of
    memory", "hang" after so many seconds of work or ten times as many of waiting, or the signal
    that killed the child. One child takes all numbers; a new one goes on behind the number at which
    it was lost.
    """
    done = 0
    while done < count:
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            os.close(reading)
            _work(action, range(done, count), writing, seconds, memory)
        os.close(writing)
        with os.fdopen(reading, encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)
                done += 1
        status = os.waitpid(child, 0)[1]
        if os.WIFSIGNALED(status):
            name = signal.Signals(os.WTERMSIG(status)).name
            hang = name in ("SIGPROF", "SIGALRM")
            yield {"failed": "hang" if hang else f"killed by {name}"}
            done += 1
        elif status:
            raise ChildProcessError(f"a child could not begin, status {status}")


def _work(
    action: Callable[[int], dict[str, Any]],
    numbers: range,
    writing: int,
    seconds: float,
    memory: int,
) -> None:
    """Be the child; never returns."""
    status = 1
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(nowhere, standard)
        limit = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (limit + memory, limit + memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with os.fdopen(writing, "w", encoding="utf-8") as out:
            for number in numbers:
                # A busy machine makes everything wait; only a deadlock waits for so long.
                signal.setitimer(signal.ITIMER_PROF, seconds)
                signal.setitimer(signal.ITIMER_REAL, 10 * seconds)
                try:
                    outcome = action(number)
                except MemoryError:
                    outcome = {"failed": "out of memory"}
                except BaseException as error:
                    outcome = {"failed": f"{type(error).__name__}: {error}"[:300]}
                signal.setitimer(signal.ITIMER_PROF, 0)
                signal.setitimer(signal.ITIMER_REAL, 0)
                print(json.dumps(outcome), file=out, flush=True)
                if outcome.get("failed") == "out of memory":
                    break  # what is left of this child is not to be trusted
        status = 0
    finally:
        os._exit(status)


def _memory() -> tuple[int, int]:
    """Bytes in memory now, and at most since the last call."""
    status = dict(
        line.split(":", 1) for line in Path("/proc/self/status").read_text("ascii").splitlines()
    )
    Path("/proc/self/clear_refs").write_text("5")
    return int(status["VmRSS"].split()[0]) << 10, int(status["VmHWM"].split()[0]) << 10


def _listed(folder: Path) -> list[str]:
    return os.listdir(folder) if folder.exists() else []


def opened(path: Path, form: Format) -> dict[str, Any]:
    """Open what may be damaged: {"refused": the sentence} or {"accepted": [rows, dim], "notes"}.

    Raises AssertionError for a sentence that does not name the file, for vectors that are not
    finite or not as many as the words, and for a store that a refusal left behind.
    """
    import numpy as np
    from embkit import EmbkitError, Request
    from embkit.cache import cache_dir
    from embkit.languages import default_language
    from embkit_fasttext import open_vectors
    from embkit_fasttext.static_model import open_static_model

    try:
        if form.opened:
            embedder = open_vectors(path, Request(language=default_language("mr")))
            vectors = embedder.word_vectors(["पुण्यात", "🚀", ""])
        else:
            embedder = open_static_model(path)
            vectors = embedder.embed(["पुण्यात", "a 🚀", ""])
    except EmbkitError as error:
        sentence = str(error)
        folder = path.parent if form.opened else path
        assert any(name in sentence for name in _listed(folder)), sentence
        assert "\n" not in sentence, sentence
        left = [name for name in _listed(cache_dir() / "words") if not name.endswith(".lock")]
        assert not left, f"a refused file left {left} in the cache"
        return {"refused": sentence.replace(str(folder), "")}
    assert not np.isinf(vectors).any(), "a word or text has an infinite vector"
    if not form.opened:
        count, notes = embedder.model_bytes // (4 * embedder.dim), []
    else:
        store = embedder.store
        rows = store.take(np.arange(len(store)))
        assert rows.shape == (len(set(store.words)), store.dim), "words and rows disagree"
        assert np.isfinite(rows).all(), "a row is not finite"
        count = len(store) + store.notes.get("repeated words, the first of each kept", 0)
        notes = list(store.notes)
    return {"accepted": [count, embedder.dim], "notes": notes}


def _check_claim(form: Format, files: Files, found: list[int], sample: list[int]) -> None:
    """Hold rows and numbers a row of a file that was accepted against what it, or its sample, says.

    Raises AssertionError where they differ.
    """
    claim: tuple[int, ...] | None = tuple(sample)
    if form.claim is not None:
        if form.packing is not None:
            files = {name: form.packing.unpack(data) for name, data in files.items()}
        claim = form.claim(files)
    assert claim in (None, tuple(found)), f"holds {found} rows and numbers a row, claims {claim}"


def _unseen(form: Format, good: Files, name: str, place: int, outcome: dict[str, Any]) -> bool:
    """Whether nobody can tell that a file was cut there, and what can be said was said.

    A text cut inside its last line says so with the end of line it lacks. Without a header, one
    cut between two lines is the text of fewer words. Behind the last row of binary ones, an end of
    line is nothing.
    """
    told = any(note.startswith("last line") for note in outcome["notes"])
    left, lost = good[name][:place], good[name][place:]
    return told or lost == b"\n" or (form.headless and left.endswith(b"\n"))


def _answer(name: str, folder: str, count: int, truncated: bool) -> dict[str, Any]:
    """What came of a request: how many of each outcome, and what should not have come."""
    form = FORMATS[name]
    good, other = (
        {item.name: item.read_bytes() for item in (Path(folder) / sample).iterdir()}
        for sample in ("good", "other")
    )
    places = cuts(good, count) if truncated else None
    shared = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=shared) as scratch:
        cache = os.environ["EMBKIT_CACHE"] = f"{scratch}/cache"

        def sound(number: int = 0) -> dict[str, Any]:
            return opened(Path(folder) / "good" / form.opened, form)

        warm = functools.cache(sound)  # once in each child: what that takes, no file asked for

        def action(number: int) -> dict[str, Any]:
            sample = warm()["accepted"]
            if places is None:
                files = damaged(form, good, other, number)
            else:
                cut, place = places[number]
                files = good | {cut: good[cut][:place]}
            working = Path(scratch) / "files"
            working.mkdir(exist_ok=True)
            for item, data in files.items():
                (working / item).write_bytes(data)
            allowed = _memory()[0] + 3 * sum(map(len, files.values())) + _ROOM
            shutil.rmtree(cache, ignore_errors=True)
            outcome = opened(working / form.opened, form)
            peak = _memory()[1]
            assert peak <= allowed, f"{peak >> 20} MB in memory, allowed {allowed >> 20}"
            if "accepted" in outcome:
                _check_claim(form, files, outcome["accepted"], sample)
            return outcome

        if "accepted" not in (outcome := next(isolated(sound, 1))):
            return {"outcomes": {}, "failures": {"the sound sample": outcome}}
        outcomes = list(isolated(action, len(places) if places else count))
    failures = {}
    for number, outcome in enumerate(outcomes):
        if "failed" in outcome:
            failures[number] = outcome["failed"]
        elif places and "accepted" in outcome and not _unseen(form, good, *places[number], outcome):
            failures["{} cut at {}".format(*places[number])] = outcome
    kinds = Counter(next(iter(outcome)) for outcome in outcomes)
    return {"outcomes": kinds, "failures": failures}


def main() -> None:
    # A child begins as a copy of this process, with what is imported here.
    for module in ("embkit_fasttext.opening", "embkit_fasttext.static_model", "pyarrow.parquet"):
        importlib.import_module(module)
    with contextlib.suppress(ImportError):
        importlib.import_module("pandas")  # as pyarrow does
    gc.freeze()

    for request in sys.stdin:
        print(json.dumps(_answer(*json.loads(request))), flush=True)


if __name__ == "__main__":
    main()
