"""Real Marathi and Turkish, as it lies in the folder of shared data."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator
from pathlib import Path

__all__ = ["analogies", "forms", "marathi", "turkish"]

# What the columns of text are called in the files of MahaSent, MahaHate, MahaNews, MahaSTS, …
_COLUMNS = {
    "text", "tweet", "sentence1", "sentence2", "marathi_sentence", "marathi_text", "review",
}  # fmt: skip
_TURKISH = "Word-Embeddings-Repository-for-Turkish"


def _table(path: Path) -> Iterator[list[str]]:
    """The rows of a table, header first."""
    if path.suffix == ".xlsx":
        from python_calamine import CalamineWorkbook

        sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0)
        yield from (list(map(str, row)) for row in sheet.to_python())
        return
    dialect = {"delimiter": "\t", "quoting": csv.QUOTE_NONE} if path.suffix == ".tsv" else {}
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.reader(lines, **dialect)


def _texts(path: Path) -> Iterator[str]:
    """What stands in the columns of text; STSb-mr has no header, its texts stand last."""
    rows = _table(path)
    header = [name.strip().lower() for name in next(rows, [])]
    columns = [i for i, name in enumerate(header) if name in _COLUMNS]
    if not columns and "sts" in path.name:
        columns = [len(header) - 2, len(header) - 1]
    for row in rows:
        yield from (row[i] for i in columns if i < len(row))


def marathi(shared: Path) -> Iterator[str]:
    """Tweets, headlines, sentences of films, then paragraphs of news; romanised text is left out.

    Many stand in two of the published sets.
    """
    folder = shared / "mr"
    paths = [p for p in folder.rglob("*") if p.suffix in (".csv", ".tsv", ".xlsx")]
    for path in sorted(paths, key=lambda path: ("LPC" in path.parts, path)):
        if "MeEval" not in path.parts:
            yield from _texts(path)


def turkish(shared: Path) -> Iterator[str]:
    """Reviews of films, pairs of sentences, and the text of two treebanks."""
    folder = shared / "tr"
    for path in sorted((folder / "STSb-TR").rglob("*.tsv")):
        yield from _texts(path)
    yield from _texts(
        folder / f"{_TURKISH}/NLP/Sentiment Analysis/datasets/turkish-movie-dataset/test.csv"
    )
    for path in sorted(folder.rglob("movie_outer?.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield line.rpartition("\t")[2]
    for path in sorted(folder.rglob("*.conllu")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("# text = "):
                yield line.removeprefix("# text = ")


def forms(shared: Path) -> Iterator[str]:
    """Inflected Turkish words, of UniMorph."""
    for path in sorted((shared / "tr/2023InflectionST/part1/data").glob("tur.*")):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield line.rpartition("\t")[2]


def analogies(shared: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The name of the file and the four words of each Turkish question, each question once."""
    seen = set()
    for path in sorted((shared / f"tr/{_TURKISH}/tasks/analogy").rglob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            words = tuple(line.split())
            if len(set(words)) == len(words) == 4 and words not in seen:
                seen.add(words)
                yield path.stem, words


def first_distinct(texts: Iterator[str], count: int) -> tuple[list[str], int]:
    """So many texts, each once where there are enough; how many of them are distinct."""
    distinct = list(dict.fromkeys(texts))[:count]
    return list(itertools.islice(itertools.cycle(distinct), count)), len(distinct)
