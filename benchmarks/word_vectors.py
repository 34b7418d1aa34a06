"""Measure word vectors: embkit beside gensim, fasttext and model2vec, on real Marathi and Turkish.

    python benchmarks/word_vectors.py --work /tmp/contest            # about half an hour
    python benchmarks/render.py

Every work runs in a fresh process, on one core, with one thread; the works take turns, round by
round. The material is made first, in --work, from the texts in EMBKIT_SHARED (default
../shared/data); what is there of the same sizes is used again. Files are in the page cache.
"""

from __future__ import annotations

import argparse
import datetime
import fnmatch
import json
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
from contest import agreement
from contest.material import Material, Sizes, make
from contest.measuring import medians, run
from contest.table import table
from contest.works import WORKS

if TYPE_CHECKING:
    from embkit.words import WordEmbedder

__all__ = ["COMPARISONS", "compared", "table"]

SHARED = Path(os.environ.get("EMBKIT_SHARED", Path(__file__).parents[2] / "shared/data"))
OUTPUT = Path(__file__).parent / "results/word_vectors.json"
PACKAGES = (
    "embkit",
    "numpy",
    "pyarrow",
    "gensim",
    "fasttext",
    "model2vec",
    "tokenizers",
    "usearch",
)
FULL = Sizes(
    words=400_000, dim=300, texts=100_000, model_words=91_467, buckets=2_000_000, questions=2000,
    asked=1000,
)  # fmt: skip
Measured = Mapping[str, Mapping[str, Any]]


class Comparison(NamedTuple):
    """Two works side by side, an item of one against an item of the other.

    least: how many times as fast one's own is to be, 0 where nothing is asked; below 1 for a peer
    that does less.
    """

    title: str
    own: str
    peer: str
    least: float
    agree: agreement.Compare | None


COMPARISONS = (
    Comparison("first load of a `.vec`", "load-vec/embkit", "load-vec/gensim", 25, agreement.same),
    Comparison("first load of a `.vec`", "load-vec/embkit", "read-bytes", 1 / 5, None),
    Comparison("opened again", "open-vec/embkit", "open-vec/gensim", 0, agreement.same),
    Comparison(
        "fastText model, first time", "load-model/embkit", "open-model/gensim", 0, agreement.vectors
    ),
    Comparison(
        "fastText model, first time", "load-model/embkit", "open-model/fasttext", 0,
        agreement.vectors,
    ),
    Comparison(
        "fastText model, again", "open-model/embkit", "open-model/gensim", 0, agreement.vectors
    ),
    Comparison(
        "fastText model, again", "open-model/embkit", "open-model/fasttext", 0, agreement.vectors
    ),
    Comparison(
        "texts, fastText's way", "sentence/embkit", "sentence/fasttext", 15, agreement.vectors
    ),
    Comparison(
        "texts, fastText's way", "sentence-raw/embkit", "sentence/fasttext", 0, agreement.vectors
    ),
    Comparison(
        "texts, fastText's way, known words", "sentence-known/embkit", "sentence-known/fasttext",
        15, agreement.vectors,
    ),
    Comparison("texts, means", "mean/embkit", "mean/model2vec", 4, agreement.vectors),
    Comparison("texts, means", "mean/embkit", "mean/gensim", 20, agreement.vectors),
    Comparison("texts, means", "mean-raw/embkit", "mean/model2vec", 0, agreement.vectors),
    Comparison("texts, means", "mean-raw/embkit", "mean/gensim", 0, agreement.vectors),
    Comparison("analogies", "analogies/embkit", "analogies/gensim", 12, agreement.right),
    Comparison("analogies", "analogies/evaluator", "analogies/gensim", 0, agreement.right),
    Comparison("10 nearest", "neighbors/embkit", "neighbors/gensim", 15, agreement.found),
    Comparison("10 nearest", "neighbors/approximate", "neighbors/gensim", 0, agreement.recall),
)  # fmt: skip


class Limit(NamedTuple):
    """A figure of one work that is not to be exceeded.

    most: 0 where nothing is asked, and it stands there to be looked at beside the others.
    """

    title: str
    work: str
    unit: str
    most: float
    value: Callable[[Mapping[str, Any], Sizes], float]


LIMITS = (
    Limit(
        "peak memory of the first load, all of the process, to the matrix", "load-vec/embkit",
        "×", 1.3, lambda work, sizes: work["highest"] / (4 * sizes.words * sizes.dim),
    ),
    Limit(
        "the same, gensim", "load-vec/gensim", "×", 0,
        lambda work, sizes: work["highest"] / (4 * sizes.words * sizes.dim),
    ),
    Limit("opened again, wall", "open-vec/embkit", "s", 0.1, lambda work, _: work["wall"]),
    Limit(
        "the same from the start of Python, imports included, CPU", "open-vec/embkit", "s", 0,
        lambda work, _: work["process_cpu"],
    ),
    Limit("model opened again, wall", "open-model/embkit", "s", 0.5, lambda work, _: work["wall"]),
    Limit(
        "peak memory while scoring the Turkish analogies with the model, all of the process",
        "score-model/embkit", "GB", 0.5, lambda work, _: work["highest"] / 1e9,
    ),
    Limit(
        "of it the process's own (anonymous)", "score-model/embkit", "GB", 0,
        lambda work, _: work["anonymous"] / 1e9,
    ),
    Limit(
        "peak memory of opening the model alone, fasttext", "open-model/fasttext", "GB", 0,
        lambda work, _: work["highest"] / 1e9,
    ),
    Limit(
        "peak memory of opening the model alone, gensim", "open-model/gensim", "GB", 0,
        lambda work, _: work["highest"] / 1e9,
    ),
)  # fmt: skip


def prepare(
    material: Material, sizes: Sizes, shared: Path, model: Path | None, *, index: bool
) -> None:
    """Make the material, and open all of it once: later openings find it in the cache.

    index: the approximate one too, which takes longer than all else.
    """
    import embkit
    from embkit.approximate import open_index
    from embkit.fetching import fetch_from
    from embkit.registry import registry

    make(material, sizes, shared, model)
    pattern = "turkish/analogy-*"
    tasks = registry().tasks(pattern) + registry().tasks("turkish/analogy-semantic-world-capitals")
    fetch_from(shared / "tr", [file for _, task in tasks for file in task.needs])
    for path, tag in ((material.vec, "mr"), (material.vec, "tr"), (material.model, "tr")):
        embkit.load(f"fasttext:{path}", tag).embed(["शाळा"])
    if not index:
        return
    store = cast("WordEmbedder", embkit.load(f"fasttext:{material.vec}", "mr")).store
    start = time.perf_counter()
    open_index(store)
    if "index_seconds" not in material.about:
        material.write_about({**material.about, "index_seconds": time.perf_counter() - start})


def measure(material: Material, names: Sequence[str], rounds: int, share: int) -> Measured:
    """The medians of each work, every round of it, and how its answers agree."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory(dir=material.folder) as scratch:
        note = Path(scratch) / "note.json"
        paths = {name: Path(scratch) / f"{name.replace('/', '-')}.npz" for name in names}
        for number in range(rounds):
            for name in names:
                cache = material.cache
                if name in ("load-vec/embkit", "load-model/embkit"):
                    cache = material.cold
                    shutil.rmtree(cache, ignore_errors=True)
                arguments = (material.folder, name, share, note, paths[name])
                command = ["-m", "contest.works", *map(str, arguments)]
                measured = run(command, note, {"EMBKIT_CACHE": str(cache)})
                found[name].append(measured)
                print(f"round {number + 1}, {name}: {measured['wall']:.3f} s", file=sys.stderr)
        shutil.rmtree(material.cold, ignore_errors=True)
        return {
            name: {
                "what": (WORKS[name].__doc__ or "").rstrip("."),
                "items": int(np.load(paths[name])["items"]),
                **medians(found[name]),
                "rounds": found[name],
                "agreement": _agreement(name, paths),
            }
            for name in names
        }


def _agreement(name: str, paths: Mapping[str, Path]) -> dict[str, agreement.Agreement]:
    """For each peer of a work, whether the answers are the same."""
    return {
        peer: agree(np.load(paths[name]), np.load(paths[peer]))
        for _, own, peer, _, agree in COMPARISONS
        if own == name and peer in paths and agree
    }


def compared(works: Measured) -> list[dict[str, Any]]:
    """The comparisons, as many as both sides were measured of."""
    rows = []
    for title, own, peer, least, _ in COMPARISONS:
        if own not in works or peer not in works:
            continue
        ratios = {
            kind: works[peer][kind] / works[peer]["items"] * works[own]["items"] / works[own][kind]
            for kind in ("cpu", "wall")
        }
        text, equal = works[own]["agreement"].get(peer, ("", None))
        asked = f"≥ {least:g} ×" if least >= 1 else f"≥ 1/{1 / least:g}" if least else ""
        rows.append({
            "title": title, "own": own, "peer": peer, **ratios, "asked": asked,
            "held": ratios["cpu"] >= least, "agreement": text, "equal": equal,
        })  # fmt: skip
    return rows


def limits(works: Measured, sizes: Sizes) -> list[dict[str, Any]]:
    """The absolute figures."""
    rows = []
    for title, name, unit, most, value in LIMITS:
        if name in works:
            reached = value(works[name], sizes)
            rows.append({
                "title": title, "work": name, "value": reached, "unit": unit,
                "asked": f"≤ {most:g} {unit}" if most else "", "held": reached <= most or not most,
            })  # fmt: skip
    return rows


def kept(output: Path, made: Mapping[str, Any]) -> Measured:
    """The works of the stored run, to which others are added; raises SystemExit for another run."""
    if not output.exists():
        return {}
    stored = json.loads(output.read_text(encoding="utf-8"))
    for name in ("machine", "versions", "sizes", "peer_questions"):
        if stored["made"][name] != made[name]:
            raise SystemExit(f"{output} is of other {name}; measure all works, or name another")
    works: Measured = stored["works"]
    return works


def machine() -> dict[str, Any]:
    """What it was measured on."""
    processor = platform.processor()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        processor = next(line.partition(": ")[2] for line in lines if "model name" in line)
    except (OSError, StopIteration):
        pass
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": processor, "cores": os.cpu_count(), "memory": memory,
        "system": platform.platform(), "python": platform.python_version(),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True, help="a folder for the material")
    parser.add_argument("--shared", type=Path, default=SHARED, help="the folder of texts")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="where the results go")
    parser.add_argument("--model", type=Path, help="a fastText model to take for the random one")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--peer-questions", type=int, default=200, metavar="N",
        help="gensim answers so many of the analogies and neighbours; all would take minutes",
    )  # fmt: skip
    parser.add_argument(
        "--only", default="*", metavar="GLOB", help="works to measure, beside those of a stored run"
    )
    parser.add_argument("--prepare", action="store_true", help="make the material and stop")
    for field in fields(Sizes):
        option = f"--{field.name.replace('_', '-')}"
        parser.add_argument(option, type=int, default=getattr(FULL, field.name), metavar="N")
    given = parser.parse_args()
    sizes = Sizes(**{field.name: getattr(given, field.name) for field in fields(Sizes)})
    material = Material(given.work.resolve())
    os.environ["EMBKIT_CACHE"] = str(material.cache)
    names = [name for name in WORKS if fnmatch.fnmatchcase(name, given.only)]
    index = "neighbors/approximate" in names
    prepare(material, sizes, given.shared, given.model, index=index)
    if given.prepare:
        return
    made = {
        "date": datetime.date.today().isoformat(), "machine": machine(),
        "versions": {name: version(name) for name in PACKAGES}, "sizes": asdict(sizes),
        "material": material.about, "rounds": given.rounds, "peer_questions": given.peer_questions,
    }  # fmt: skip
    before = {} if given.only == "*" else kept(given.output, made)
    new = measure(material, names, given.rounds, given.peer_questions)
    works = {name: new.get(name) or before[name] for name in WORKS if name in new or name in before}
    results = {
        "made": made,
        "comparisons": compared(works), "limits": limits(works, sizes), "works": works,
    }  # fmt: skip
    given.output.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(results, ensure_ascii=False, indent=1)
    given.output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
