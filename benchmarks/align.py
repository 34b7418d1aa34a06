"""Measure how well and how fast `embkit align` finds classes, by its parts and together.

    python benchmarks/align.py --shared ../shared/data -p contextual:MINILM -p ngrams
    python benchmarks/render.py

The products of Uniclass that have an IFC type are aligned with the classes of IFC, as published by
NBS, by title alone. Part of them is decided; the others are scored. What is stored of other specs
stays.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from embkit.loading import load
from embkit_built.confidence import calibration_error, fit_confidence, wilson
from embkit_built.first_mix import first_mix
from embkit_built.ranking import Mix, Ranking, Tree, best_mix
from embkit_built.scorers import Scorers
from embkit_built.taxonomies import AssetClass, Taxonomy

__all__ = ["table"]

RESULTS = Path(__file__).parent / "results/align.json"
PACKAGES = ("embkit", "embkit-built", "numpy", "scipy", "scikit-learn")
SPLITS = 5
PRECISION = 0.95
PARTS = {
    "letters": Mix(embedding=0, words=1, decisions=0),
    "embedding": Mix(embedding=1, words=0, decisions=0),
    "decisions": Mix(embedding=0, words=0, decisions=1),
}


def products(shared: Path) -> tuple[Taxonomy, list[str], np.ndarray]:
    """The classes of IFC, the titles of products with an IFC type, the position of each one's."""
    with (shared / "built/ifc_entities.csv").open(encoding="utf-8", newline="") as file:
        ifc = list(csv.DictReader(file))
    with (shared / "built/uniclass_entities.csv").open(encoding="utf-8", newline="") as file:
        uniclass = list(csv.DictReader(file))
    place = {row["entity_name"].casefold(): number for number, row in enumerate(ifc)}
    codes = {row["entity_name"] for row in ifc}
    classes = []
    for row in ifc:
        entity = row["entity_name"].partition(".")[0].removesuffix("Type")
        own = entity == row["entity_name"] or entity not in codes
        # Definitions begin with the name, which is the title here.
        definition = row["description"].removeprefix(f"{row['natural_name']}. ")
        classes.append(
            AssetClass(
                code=row["entity_name"],
                title=row["natural_name"],
                parent="" if own else entity,
                description=" ".join(definition.split()),
            )
        )
    pairs = [
        (row["natural_name"], place[row["mapping_IFC_4x3Add2_TC1"].casefold()])
        for row in uniclass
        if row["mapping_IFC_4x3Add2_TC1"].casefold() in place
    ]
    titles, gold = zip(*pairs, strict=True)
    return Taxonomy(name="ifc", classes=classes), list(titles), np.array(gold)


class Remembered:
    """An embedder that embeds each text once."""

    def __init__(self, spec: str) -> None:
        self._embedder = load(spec, "en")
        self._known: dict[str, np.ndarray] = {}

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._embedder.embed(new), strict=True))
        return np.array([self._known[text] for text in texts])


def hits(ranking: Ranking, gold: np.ndarray) -> tuple[float, float]:
    """The share whose class is first, and among the first five."""
    top, _ = ranking.top(5)
    return float((top[:, 0] == gold).mean()), float((top == gold[:, None]).any(axis=1).mean())


def nearest_by_letters(titles: Sequence[str], gold: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The class of the decided title with the most alike letters, for every title."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    rows = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True).fit_transform(
        [title.casefold() for title in titles]
    )
    return gold[known][(rows @ rows[known].T).toarray().argmax(axis=1)]


def measured(spec: str, shared: Path) -> dict[str, Any]:
    """Hits by part and together for each share decided, with what was accepted."""
    taxonomy, titles, gold = products(shared)
    embed = Remembered(spec)
    scorers, tree = Scorers(taxonomy, embed, embed, str.casefold), Tree(taxonomy)
    found: dict[str, Any] = {}
    for decided in (0, 138, 500, 690, 1380):
        splits = [split(scorers, tree, titles, gold, decided, seed) for seed in range(SPLITS)]
        means = {
            name: np.round(np.mean([one["hits"][name] for one in splits], axis=0), 4).tolist()
            for name in splits[0]["hits"]
        }
        found[str(decided)] = {"hits": means}
        if decided:
            # Of one split: the rows of several are the same ones again.
            first = splits[0]
            found[str(decided)] |= {
                "rows": first["rows"],
                "calibration_error": round(
                    float(np.mean([s["calibration_error"] for s in splits])), 4
                ),
                "accepted": first["accepted"],
                "right": first["right"],
                "precision_by_split": [
                    round(s["right"] / max(1, s["accepted"]), 4) for s in splits
                ],
                "coverage_by_split": [round(s["accepted"] / s["rows"], 4) for s in splits],
            }
        print(spec, decided, found[str(decided)], file=sys.stderr)
    return found


def split(
    scorers: Scorers, tree: Tree, titles: Sequence[str], gold: np.ndarray, decided: int, seed: int
) -> dict[str, Any]:
    """One draw of decided titles: hits on the others, and what could be accepted of them."""
    order = np.random.default_rng(seed).permutation(len(titles))
    known, rest = np.sort(order[:decided]), np.sort(order[decided:])
    codes = {titles[i]: scorers.taxonomy.classes[gold[i]].code for i in known.tolist()}
    candidates = scorers.candidates(titles, codes)

    def ranked(mix: Mix, rows: np.ndarray) -> Ranking:
        return Ranking(candidates=candidates.take(rows), tree=tree, mix=mix, none_decided=False)

    mix = best_mix(candidates.take(known), tree, gold[known]) if decided else first_mix(scorers)
    together = ranked(mix, rest)
    parts = {name: hits(ranked(part, rest), gold[rest]) for name, part in PARTS.items()}
    scores = {"letters": parts["letters"], "embedding": parts["embedding"]}
    if decided:
        alone = nearest_by_letters(titles, gold, known)[rest]
        scores["nearest by letters"] = (float((alone == gold[rest]).mean()),)
        scores["nearest"] = parts["decisions"]
    found: dict[str, Any] = {"hits": scores | {"together": hits(together, gold[rest])}}
    if decided:
        confidence = fit_confidence(ranked(mix, known), gold[known])
        assert confidence is not None
        sure, right = confidence.of(together)[:, 0], together.best == gold[rest]
        accepted = sure >= confidence.bar(PRECISION)
        found |= {
            "rows": len(rest),
            "calibration_error": calibration_error(sure, right),
            "accepted": int(accepted.sum()),
            "right": int(right[accepted].sum()),
        }
    return found


def speed(shared: Path, different: int) -> dict[str, Any]:
    """Seconds and memory of `embkit align` for 50,000 rows against 8,000 classes."""
    with (shared / "built/uniclass_entities.csv").open(encoding="utf-8", newline="") as file:
        titles = [(row["natural_name"], row["3rd_lev_superclass"]) for row in csv.DictReader(file)]
    texts = [title for title, _ in titles] + [f"{title} {section}" for title, section in titles]
    draw = random.Random(0)
    rooms = ("roof", "plant", "corridor", "office", "stair", "store", "lobby", "basement")
    with tempfile.TemporaryDirectory() as folder:
        classes, register = Path(folder, "classes.csv"), Path(folder, "register.csv")
        with classes.open("w", encoding="utf-8", newline="") as file:
            rows = [(f"C{n:05}", text) for n, text in enumerate(texts[:8000])]
            csv.writer(file).writerows([("code", "title"), *rows])
        pool = [
            f"{draw.choice(texts)} {draw.choice(rooms)} {draw.choice(rooms)} {letters(draw)}"
            for _ in range(different)
        ]
        with register.open("w", encoding="utf-8", newline="") as file:
            rows = [(f"T-{n}", pool[n % different]) for n in range(50_000)]
            csv.writer(file).writerows([("Tag", "Description"), *rows])
        words = [
            sys.executable, "-m", "embkit", "align", str(register), "--taxonomy", str(classes),
            "--out", f"{folder}/m.csv", "--review", f"{folder}/r.csv", "--json",
        ]  # fmt: skip
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        printed = subprocess.run(words, check=True, capture_output=True, text=True).stdout
        wall = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "rows": 50_000,
        "classes": 8000,
        "texts": json.loads(printed)["texts"],
        "seconds": round(wall, 1),
        "processor_seconds": round(seconds, 1),
        "peak_mb": round(after.ru_maxrss / 1024),
    }


def letters(draw: random.Random) -> str:
    """A word of six letters, so that texts differ after cleaning."""
    return "".join(draw.choice("bcdfghjklmnpqrstvwxyz") for _ in range(6))


def table(results: Mapping[str, Any]) -> str:
    """The figures of each spec, then those of speed."""
    names = ["letters", "embedding", "nearest by letters", "nearest", "together"]
    heads = ["letters", "embedding", "nearest decided, letters", "nearest decided", "**together**"]
    lines: list[str] = []
    for spec, found in results["specs"].items():
        lines += [
            f"`{spec}`",
            "",
            f"| decided | {' | '.join(heads)} | calibration error | accepted | of them right | "
            "all splits |",
            f"| ---: | {' | '.join(['---:'] * (len(heads) + 4))} |",
        ]
        for decided, row in found.items():
            cells = [_hits(row["hits"].get(name)) for name in names]
            lines.append(f"| {int(decided):,} | {' | '.join([*cells, *_accepted(row)])} |")
        lines.append("")
    lines += [
        "| rows | different texts | classes | seconds | processor seconds | peak memory |",
        "| ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in results["speed"]:
        lines.append(
            f"| {row['rows']:,} | {row['texts']:,} | {row['classes']:,} | "
            f"{row['seconds']:g} | {row['processor_seconds']:g} | {row['peak_mb']:,} MB |"
        )
    return "\n".join(lines) + "\n"


def _hits(pair: Sequence[float] | None) -> str:
    if pair is None:
        return ""
    return " / ".join(f"{value:.3f}" for value in pair)


def _accepted(row: Mapping[str, Any]) -> list[str]:
    if "accepted" not in row:
        return ["", "", "", ""]
    share = wilson(row["accepted"], row["rows"])
    right = wilson(row["right"], row["accepted"])
    first = f"{row['accepted'] / row['rows']:.3f} [{share[0]:.3f}, {share[1]:.3f}]"
    second = f"{row['right'] / max(1, row['accepted']):.3f} [{right[0]:.3f}, {right[1]:.3f}]"
    splits = row["precision_by_split"]
    third = f"{min(splits):.3f} to {max(splits):.3f}"
    return [f"{row['calibration_error']:.3f}", first, second if row["accepted"] else "", third]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    default = os.environ.get("EMBKIT_SHARED", "../shared/data")
    parser.add_argument("--shared", type=Path, default=Path(default))
    parser.add_argument("-p", "--plugin", action="append", default=[], metavar="[NAME=]SPEC")
    parser.add_argument("--speed", action="store_true", help="measure speed as well")
    words = parser.parse_args()
    stored: dict[str, Any] = {"specs": {}, "speed": []}
    if RESULTS.exists():
        stored = json.loads(RESULTS.read_text(encoding="utf-8"))
    for spec in words.plugin:
        name, _, behind = spec.rpartition("=")
        stored["specs"][name or spec] = measured(behind if name else spec, words.shared)
    if words.speed:
        stored["speed"] = [speed(words.shared, count) for count in (3000, 50_000)]
    stored["environment"] = {name: version(name) for name in PACKAGES} | {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
    }
    RESULTS.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
