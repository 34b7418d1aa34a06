"""Write the Turkish text that a model may be trained on, and the text of the tests beside it.

    python benchmarks/turkish_text.py --output /tmp/turkish
    embkit train fasttext /tmp/turkish/train.txt --exclude /tmp/turkish/test.txt --lang tr \
        --out /tmp/turkish/fasttext

train.txt holds the texts of the train and validation splits of the benchmark `turkish`, and those
of STSb-TR out of EMBKIT_SHARED/tr (default ../shared/data/tr); test.txt those of the test splits,
so that training can leave out what stands in both. The word lists of the benchmark (analogies,
pairs, probes, inflections) are no text and are in neither.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from embkit.evaluate import load_dataset
from embkit.registry import registry
from embkit.rows import read_columns

SHARED = Path(os.environ.get("EMBKIT_SHARED", Path(__file__).parents[2] / "shared/data"))


def dataset(name: str) -> Any:
    ((_, task),) = registry().tasks(f"turkish/{name}")
    return load_dataset(task)


def train() -> Iterator[str]:
    reviews = dataset("movie-sentiment")
    yield from (*reviews.train_texts, *reviews.valid_texts)
    for name in ("pos-imst", "pos-boun", "ner"):
        tagged = dataset(name)
        for sentence in (*tagged.train_sentences, *tagged.valid_sentences):
            yield " ".join(sentence)
    for split in ("train", "dev"):
        path = SHARED / f"tr/STSb-TR/data_splits/stsb_tr_{split}.tsv"
        for row in read_columns(path, "sentence1", "sentence2", delimiter="\t", quotes=False):
            yield from row.fields


def test() -> Iterator[str]:
    yield from dataset("movie-sentiment").test_texts
    for name in ("pos-imst", "pos-boun", "ner"):
        yield from map(" ".join, dataset(name).test_sentences)
    pairs = dataset("stsb")
    yield from (*pairs.first, *pairs.second)


def write(path: Path, texts: Iterable[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (" ".join(text.split()) for text in texts)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--output", type=Path, required=True, help="the folder to write to")
    folder = parser.parse_args().output
    write(folder / "train.txt", train())
    write(folder / "test.txt", test())
