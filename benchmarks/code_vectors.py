"""Train word vectors on code, measure them on the benchmark `code`, fill in benchmarks/code.md.

    python benchmarks/code_vectors.py --work /tmp/code    # three quarters of an hour of one core
    python benchmarks/code_vectors.py                     # the page again, out of the stored scores

Vectors are trained on the files of the standard library that are not test. What was done stays in
the folder, so that a run that was stopped goes on; the scores are kept in results/code/scores.json.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PAGE, SCORES = HERE / "code.md", HERE / "results/code/scores.json"
EMBKIT = (sys.executable, "-m", "embkit")
# The Word2Vec baselines of the paper, and fastText beside them.
TRAININGS = {
    "word2vec-cbow-ns": ("word2vec", "--algorithm", "cbow", "--loss", "ns"),
    "word2vec-cbow-hs": ("word2vec", "--algorithm", "cbow", "--loss", "hs"),
    "word2vec-skipgram-ns": ("word2vec", "--algorithm", "skipgram", "--loss", "ns"),
    "word2vec-skipgram-hs": ("word2vec", "--algorithm", "skipgram", "--loss", "hs"),
    "fasttext-skipgram-ns": ("fasttext", "--algorithm", "skipgram", "--loss", "ns"),
}
SETTINGS = ("--dim", "100", "--epochs", "5", "--min-count", "3", "--deterministic")
BUGS = ("swapped-operands", "wrong-operator", "variable-misuse")
# A head takes minutes where a probe takes seconds: from how many seeds each is trained.
SEEDS = {"word2vec-skipgram-ns": 2, "word2vec-cbow-ns": 1}
# Kanade et al. 2020, table of the test accuracy in per cent, as recalled and not read again.
PAPER = {
    "BiLSTM from scratch": (88.07, 83.65, 76.29, 52.79, 76.01),
    "BiLSTM on CBOW, ns": (89.80, 86.82, 80.33, 67.01, 89.08),
    "BiLSTM on CBOW, hs": (90.14, 85.85, 78.00, 60.31, 87.69),
    "BiLSTM on skip-gram, ns": (89.31, 85.14, 77.06, 60.07, 83.81),
    "BiLSTM on skip-gram, hs": (89.75, 86.34, 80.53, 65.06, 88.80),
    "CuBERT, 20 epochs": (93.36, 92.46, 95.21, 79.12, 98.09),
}

POINTED = ("joint", "localisation", "repair", "classification", "clean")
Rows = list[dict[str, Any]]


def train_files() -> list[str]:
    """The files of the standard library that the benchmark does not test on."""
    done = subprocess.run([*EMBKIT, "code", "files"], check=True, capture_output=True, text=True)
    return done.stdout.splitlines()


def run(*words: str) -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    print("embkit", *(word for word in words if not word.endswith(".py")), flush=True)
    subprocess.run([*EMBKIT, *words], check=True, env=environment, stdout=subprocess.DEVNULL)


def measure(work: Path) -> None:
    for name, words in TRAININGS.items():
        if not (work / name).exists():
            out = ("--lang", "Python", "--out", str(work / name), "--quiet")
            run("train", *words, *train_files(), *SETTINGS, *out)

    def providers(names: Iterable[str]) -> list[str]:
        return [part for name in names for part in ("-p", f"fasttext:{work / name / 'model.bin'}")]

    out = ("--out", str(work / "results"), "--quiet")
    run("eval", "--domain", "code", "-p", "ngrams", *providers(TRAININGS), *out)
    tasks = [part for task in (*BUGS, "misuse-repair") for part in ("-t", f"code/{task}")]
    for seed in range(max(SEEDS.values())):
        chosen = providers(name for name, count in SEEDS.items() if seed < count)
        run("eval", *tasks, *chosen, "--protocol", "bilstm", "--seed", str(seed), *out)
    SCORES.parent.mkdir(exist_ok=True)
    rows = sorted(stored(work / "results"), key=lambda row: json.dumps(row, sort_keys=True))
    lines = ",\n".join(json.dumps(row, sort_keys=True) for row in rows)
    SCORES.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def stored(folder: Path) -> Iterable[dict[str, Any]]:
    """What the page needs of each result."""
    for path in folder.rglob("*.json"):
        result = json.loads(path.read_text(encoding="utf-8"))
        name = result["provider"]["spec"].removesuffix("/model.bin").rpartition("/")[2]
        yield {
            "task": result["task"]["id"].partition("/")[2],
            "items": result["task"]["items"],
            "metric": result["metric"],
            "protocol": result["protocol"]["id"],
            "seed": result["protocol"]["seed"],
            "provider": name,
            "scores": {key: round(value, 4) for key, value in result["scores"].items()},
            "interval": [round(end, 4) for end in result["interval"]],
            "floors": {key: round(value, 4) for key, value in result["floors"].items()},
        }


def markdown(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = list(head)
    lines = [names, ["---", *["---:"] * (len(names) - 1)], *map(list, rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def heads(rows: Rows) -> str:
    """Trained heads beside the floors: each seed, with the interval of the first."""
    body = []
    for task in BUGS:
        own = [row for row in rows if row["task"] == task and row["protocol"] == "bilstm"]
        floors = own[0]["floors"]
        cells = [shown(own, name, "accuracy") for name in SEEDS]
        body.append([
            task, str(own[0]["items"]), f"{floors['bag of tokens']:.3f}",
            f"{floors['token 1-3-grams']:.3f}", *cells,
        ])  # fmt: skip
    return markdown(["task", "items", "bag of tokens", "1-3-grams", *SEEDS], body)


def shown(rows: Rows, provider: str, score: str) -> str:
    found = sorted((row["seed"], row) for row in rows if row["provider"] == provider)
    if not found:
        return ""
    values = ", ".join(f"{row['scores'][score]:.3f}" for _, row in found)
    low, high = found[0][1]["interval"]
    return f"{values} [{low:.3f}, {high:.3f}]"


def linear_pointers(rows: Rows) -> str:
    """The scores of misuse-repair under the default protocol, and its floors."""
    own = repairs(rows, "default")
    body = [[name, f"{value:.3f}", *[""] * 4] for name, value in own[0]["floors"].items()]
    body += [[row["provider"], *pointed(row)] for row in own]
    return markdown(["linear pointers", *POINTED], body)


def trained_pointers(rows: Rows) -> str:
    """The same of a head that is trained."""
    own = repairs(rows, "bilstm")
    body = [[f"{row['provider']}, seed {row['seed']}", *pointed(row)] for row in own]
    return markdown(["pointers of a BiLSTM", *POINTED], body)


def repairs(rows: Rows, protocol: str) -> Rows:
    some = [row for row in rows if row["task"] == "misuse-repair" and row["protocol"] == protocol]
    return sorted(some, key=lambda row: (row["provider"], row["seed"]))


def pointed(row: Mapping[str, Any]) -> list[str]:
    return [f"{row['scores'][name]:.3f}" for name in POINTED]


def probes(rows: Rows) -> str:
    """Frozen vectors under the default protocol."""
    own = [row for row in rows if row["protocol"] == "default"]
    providers = ["ngrams", *TRAININGS]
    body = []
    for task in sorted({row["task"] for row in own} - {"misuse-repair"}):
        some = {row["provider"]: row for row in own if row["task"] == task}
        first = next(iter(some.values()))
        floor = max(first["floors"], key=lambda name: first["floors"][name])
        cells = [f"{some[name]['scores'][first['metric']]:.3f}" for name in providers]
        floored = f"{first['floors'][floor]:.3f} {floor}"
        body.append([task, first["metric"], floored, *cells])
    return markdown(["task", "metric", "best floor", *providers], body)


def paper(rows: Rows) -> str:
    names = ["swapped operand", "operator", "misuse", "exception", "docstring"]
    body = [[name, *(f"{value:.2f}" for value in values)] for name, values in PAPER.items()]
    return markdown(["test accuracy, %", *names], body)


TABLES: Mapping[str, Callable[[Rows], str]] = {
    "heads": heads,
    "trained_pointers": trained_pointers,
    "linear_pointers": linear_pointers,
    "probes": probes,
    "paper": paper,
}


def rendered(page: str, rows: Rows) -> str:
    """The page with each table between its marks as the stored scores have it."""

    def fill(place: re.Match[str]) -> str:
        name = place["name"]
        return f"<!-- {name} -->\n\n{TABLES[name](rows)}\n\n<!-- end of {name} -->"

    places = r"<!-- (?P<name>\w+) -->\n.*?<!-- end of (?P=name) -->"
    return re.sub(places, fill, page, flags=re.DOTALL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, help="where vectors and results are kept")
    arguments = parser.parse_args()
    if arguments.work:
        measure(arguments.work)
    rows = json.loads(SCORES.read_text(encoding="utf-8"))
    PAGE.write_text(rendered(PAGE.read_text(encoding="utf-8"), rows), encoding="utf-8")


if __name__ == "__main__":
    main()
