"""Train a Marathi fastText model on the text of the shared data, with the fasttext package.

    python benchmarks/train_marathi_fasttext.py --output /tmp/mr.bin

Reads the training and validation files of EMBKIT_SHARED/mr (default ../shared/data/mr), never a
test split. Text is prepared by embkit's Marathi text layer. Sixteen threads whatever the machine:
fasttext 0.9.3 initialises one tenth of its input rows per thread, so fewer than ten leave rows at
zero or at whatever lay in memory (fastText issue 1061); the script checks that none was left.
"""

from __future__ import annotations

import argparse
import csv
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import fasttext
import numpy as np
import python_calamine
from embkit.registry import registry

SHARED = Path(os.environ.get("EMBKIT_SHARED", Path(__file__).parents[2] / "shared/data"))
TEXT_COLUMNS = {
    "text", "tweet", "Tweet", "marathi_sentence", "marathi_text", "Text", "Sentence1", "Sentence2",
}  # fmt: skip


def _tables(folder: Path) -> Iterator[tuple[Path, list[list[str]]]]:
    """The rows of every file that is no test split, header first where there is one."""
    for path in sorted(folder.rglob("*")):
        name = path.name.lower()
        if "test" in name or name.startswith(("readme", "licen")) or "codemix" in name:
            continue
        if path.suffix == ".xlsx":
            book = python_calamine.CalamineWorkbook.from_path(str(path))
            yield (
                path,
                [[str(cell) for cell in row] for row in book.get_sheet_by_index(0).to_python()],
            )
        elif path.suffix == ".csv" and "MeLID" not in str(path):
            with path.open(encoding="utf-8-sig", newline="") as file:
                yield path, list(csv.reader(file))
        elif path.name.startswith("sts-") and path.suffix == ".tsv":
            rows = path.read_text(encoding="utf-8").splitlines()
            yield (
                path,
                [["", "", "", "", "", "Sentence1", "Sentence2"]] + [r.split("\t") for r in rows],
            )


def texts(folder: Path) -> Iterator[str]:
    """Every text once, file by file."""
    seen = set()
    for _, (head, *rows) in _tables(folder):
        columns = [i for i, name in enumerate(head) if name in TEXT_COLUMNS]
        for row in rows:
            for i in columns:
                if i < len(row) and row[i] not in seen:
                    seen.add(row[i])
                    yield row[i]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--output", type=Path, required=True, help="the .bin to write")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--dim", type=int, default=300)
    parser.add_argument("--bucket", type=int, default=2_000_000)
    options = parser.parse_args()
    language = registry().language("mr")
    options.output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus.txt")
        tokens = 0
        with corpus.open("w", encoding="utf-8") as file:
            for text in texts(SHARED / "mr"):
                words = language.tokenize(language.fold(language.normalize(text)))
                tokens += len(words)
                file.write(" ".join(words) + "\n")
        print(f"{tokens:,} tokens")
        model = fasttext.train_unsupervised(
            str(corpus), model="skipgram", dim=options.dim, epoch=options.epochs, minn=3, maxn=6,
            minCount=2, bucket=options.bucket, thread=16, verbose=1,
        )  # fmt: skip
    table = model.get_input_matrix()
    empty = int((~table.any(axis=1)).sum())
    if empty or not np.isfinite(table).all() or np.abs(table).max() > 100:
        raise SystemExit(f"{empty} of {len(table)} input rows were never initialised; train again")
    model.save_model(str(options.output))
    vectors = options.output.with_suffix(".vec")
    with vectors.open("w", encoding="utf-8") as file:
        words = model.get_words()
        file.write(f"{len(words)} {model.get_dimension()}\n")
        for word in words:
            file.write(f"{word} {' '.join(f'{x:.5g}' for x in model.get_word_vector(word))}\n")
    print(f"{len(words):,} words in {options.output} and {vectors}")


if __name__ == "__main__":
    main()
