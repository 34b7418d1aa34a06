"""Train a Marathi fastText model on the text of the shared data, with the fasttext package.

    python benchmarks/train_marathi_fasttext.py --output /tmp/mr.bin
    python benchmarks/train_marathi_fasttext.py --text /tmp/mr.txt

The second writes the text alone, for `embkit train` or another trainer.

Reads the training and validation files of EMBKIT_SHARED/mr (default ../shared/data/mr) and leaves
out every line that stands in a test file as well: the tasks contain each other's test rows, 5,600
texts of them. Text is prepared by embkit's Marathi text layer. Sixteen threads whatever the
machine: fasttext 0.9.3 initialises one tenth of its input rows per thread, so fewer than ten leave
rows at zero or at whatever lay in memory (fastText issue 1061); the script checks that none was
left.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import python_calamine
from embkit.records import Language
from embkit.registry import registry

SHARED = Path(os.environ.get("EMBKIT_SHARED", Path(__file__).parents[2] / "shared/data"))
TEXT_COLUMNS = {
    "text", "tweet", "Tweet", "marathi_sentence", "marathi_text", "Text", "Sentence1", "Sentence2",
}  # fmt: skip


def _cells(head: Iterable[str], rows: Iterable[list[str]]) -> Iterator[str]:
    columns = [i for i, name in enumerate(head) if name in TEXT_COLUMNS]
    return (row[i] for row in rows for i in columns if i < len(row))


def cells(path: Path) -> Iterable[str]:
    """The texts of a file; none of a file that holds word lists or Marathi in Latin letters."""
    if "MeEval" in path.parts:
        return ()
    if path.suffix == ".xlsx":
        sheet = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
        head, *rows = [[str(cell) for cell in row] for row in sheet.to_python()]
        return _cells(head, rows)
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            head, *rows = csv.reader(file)
        return _cells(head, rows)
    lines = path.read_text(encoding="utf-8").split("\n") if path.is_file() else []
    if path.name.startswith("sts-"):  # genre, file, year, id, score, two sentences
        return itertools.chain.from_iterable(line.split("\t")[5:7] for line in lines)
    if path.suffix == ".conllu":
        return (line.removeprefix("# text = ") for line in lines if line.startswith("# text = "))
    if path.name.endswith("_iob.txt"):  # word, tag, number of the sentence
        table = [line.split("\t") for line in lines[1:] if line.count("\t") == 2]
        sentences = itertools.groupby(table, key=lambda row: row[2])
        return (" ".join(row[0] for row in sentence) for _, sentence in sentences)
    return ()


def sentences(folder: Path, language: Language) -> Iterator[str]:
    """Every line of training and validation text once, as its words; none that tests hold."""

    def lines(paths: Iterable[Path]) -> Iterator[str]:
        for path in paths:
            for line in itertools.chain.from_iterable(cell.splitlines() for cell in cells(path)):
                yield " ".join(language.tokenize(language.fold(language.normalize(line))))

    paths = sorted(folder.rglob("*"))
    seen = {"", *lines(path for path in paths if "test" in path.name.lower())}
    for line in lines(path for path in paths if "test" not in path.name.lower()):
        if line not in seen:
            seen.add(line)
            yield line


def write(path: Path, lines: Sequence[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    tokens = sum(line.count(" ") + 1 for line in lines)
    print(f"{tokens:,} tokens in {len(lines):,} lines", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--output", type=Path, help="the .bin to write")
    target.add_argument("--text", type=Path, help="the .txt to write, and train nothing")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--dim", type=int, default=300)
    parser.add_argument("--bucket", type=int, default=2_000_000)
    options = parser.parse_args()
    lines = list(sentences(SHARED / "mr", registry().language("mr")))
    if options.text:
        write(options.text, lines)
        return
    import fasttext  # the text can be had without it

    options.output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus.txt")
        write(corpus, lines)
        model = fasttext.train_unsupervised(
            str(corpus), model="skipgram", dim=options.dim, epoch=options.epochs, minn=3, maxn=6,
            minCount=2, bucket=options.bucket, thread=16, verbose=1,
        )  # fmt: skip
    table = model.get_input_matrix()
    # Block by block: a whole mask of a table of 2.5 GB takes another 0.6 GB.
    empty = 0
    for start in range(0, len(table), 65_536):
        rows = table[start : start + 65_536]
        empty += int((~rows.any(axis=1) | ~(np.abs(rows) < 100).all(axis=1)).sum())
    if empty:
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
