"""The folder that the contest works in: real words and texts, seeded numbers, a file for each tool.

Nothing but the peers' own formats is made with the peers; `embkit` gets the files as published
vectors come: a text (.vec) and a fastText model (.bin).
"""

from __future__ import annotations

import json
import shutil
import struct
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contest.texts import analogies, first_distinct, forms, marathi, turkish

__all__ = ["Material", "Sizes", "make"]

# Raise it when other material comes of the same sizes.
_VERSION = 1
_BLOCK = 4096
_SUFFIXES = (
    "ला", "ने", "चा", "ची", "चे", "च्या", "त", "हून", "साठी", "कडे", "पर्यंत", "मध्ये", "वर", "सारखा",
)  # fmt: skip
# Of every .vec value: so many ten-thousandths at most.
_LARGEST = 99_999


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """How much there is to do; model_words and buckets: rows of the fastText model."""

    words: int
    dim: int
    texts: int
    model_words: int
    buckets: int
    questions: int
    asked: int


class Material:
    """The paths in a folder, and the small ones read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cache = folder / "cache"
        self.cold = folder / "cold"
        self.vec = folder / "words.vec"
        self.tiny = folder / "tiny.vec"
        self.keyed = folder / "words.kv"
        self.model = folder / "model.bin"
        self.static = folder / "static"
        self.questions_file = folder / "questions.txt"
        self._about = folder / "about.json"

    @property
    def about(self) -> Mapping[str, Any]:
        """Sizes, and what the texts and words turned out to be; empty when nothing was made."""
        try:
            about: Mapping[str, Any] = json.loads(self._about.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return about

    def lines(self, name: str) -> list[str]:
        """The lines of a file: `texts`, `cut` (a space between words), `words`, `asked`."""
        return (self.folder / f"{name}.txt").read_text(encoding="utf-8").split("\n")[:-1]

    def write_lines(self, name: str, lines: Iterable[str]) -> None:
        (self.folder / f"{name}.txt").write_text("".join(f"{x}\n" for x in lines), encoding="utf-8")

    def write_about(self, about: Mapping[str, Any]) -> None:
        self._about.write_text(json.dumps(about, ensure_ascii=False, indent=1), encoding="utf-8")

    def questions(self, count: int | None = None) -> list[tuple[str, tuple[str, ...]]]:
        """Category and words of the first questions; None for all."""
        found, category = [], ""
        for line in self.lines("questions"):
            if line.startswith(": "):
                category = line.removeprefix(": ")
            else:
                found.append((category, tuple(line.split(" "))))
        return found[:count]

    def write_questions(self, path: Path, count: int | None = None) -> None:
        """The first questions as the C program of word2vec has them, and gensim."""
        with path.open("w", encoding="utf-8") as file:
            section = ""
            for category, words in self.questions(count):
                if category != section:
                    file.write(f": {category}\n")
                    section = category
                file.write(" ".join(words) + "\n")


Questions = Sequence[tuple[str, tuple[str, ...]]]


def make(material: Material, sizes: Sizes, shared: Path, model: Path | None = None) -> None:
    """Fill a folder; what is there of the same sizes stays. model: a fastText model to take."""
    wanted = {"version": _VERSION, "sizes": asdict(sizes), "model": str(model or "")}
    about = material.about
    if all(about.get(name) == value for name, value in wanted.items()):
        return
    shutil.rmtree(material.folder, ignore_errors=True)
    material.folder.mkdir(parents=True)
    draw = np.random.default_rng(0)
    counts, distinct = _write_texts(material, sizes, shared)
    questions = _write_questions(material, sizes, shared, draw)
    vocabulary, invented = _vocabulary(counts, questions, sizes.words)
    words = list(vocabulary)
    material.write_lines("words", words)
    asked = draw.choice(len(words), min(sizes.asked, len(words)), replace=False)
    material.write_lines("asked", [words[i] for i in asked.tolist()])
    steps = _steps(words, questions, sizes.dim, draw)
    _write_vec(material.vec, words, steps)
    material.tiny.write_text("2 2\nशाळा 1 0\nev 0 1\n", encoding="utf-8")
    _write_peers(material, words, (steps / 1e4).astype(np.float32))
    if model:
        material.model.symlink_to(model.resolve())
    else:
        _write_model(material.model, vocabulary, sizes, draw)
    material.write_about({
        **wanted, "distinct_texts": distinct, "real_words": len(words) - invented,
        "invented_words": invented, "vec_bytes": material.vec.stat().st_size,
        "model_bytes": material.model.stat().st_size,
    })  # fmt: skip


def _write_texts(material: Material, sizes: Sizes, shared: Path) -> tuple[Counter[str], int]:
    """Write the Marathi texts, raw and cut; how often each word stands in all texts read."""
    from embkit.registry import registry

    counts: Counter[str] = Counter()
    cut = {}
    # Two words a text are new at the least: more need not be read.
    enough = max(sizes.texts, sizes.words // 2)
    for tag, texts in (("mr", marathi(shared)), ("tr", turkish(shared))):
        language = registry().language(tag)
        for text in dict.fromkeys(" ".join(text.split()) for text in islice(texts, enough)):
            words = language.tokenize(language.normalize(text))
            counts.update(words)
            if words and tag == "mr":
                cut[text] = " ".join(words)
    counts.update(dict.fromkeys((*forms(shared), *_words(list(analogies(shared)))), 1))
    counts = Counter({word: n for word, n in counts.items() if not set(word) & set(" \t\n\0")})
    chosen, distinct = first_distinct(iter(cut), sizes.texts)
    material.write_lines("texts", chosen)
    material.write_lines("cut", [cut[text] for text in chosen])
    return counts, distinct


def _words(questions: Questions) -> Iterable[str]:
    return (word for _, words in questions for word in words)


def _write_questions(
    material: Material, sizes: Sizes, shared: Path, draw: np.random.Generator
) -> Questions:
    """Write some of the Turkish questions, in random order, and return them."""
    found = list(analogies(shared))
    order = draw.permutation(len(found))[: sizes.questions]
    chosen = [found[i] for i in order.tolist()]
    lines = [line for name, words in chosen for line in (f": {name}", " ".join(words))]
    material.write_lines("questions", lines)
    return chosen


def _vocabulary(
    counts: Counter[str], questions: Questions, size: int
) -> tuple[Mapping[str, int], int]:
    """How often each of so many words stands in the texts, most frequent first; invented, how many.

    The words of the questions are among them. An invented word is a real one and a Marathi suffix;
    it counts as seen once.
    """
    needed = dict.fromkeys(_words(questions))
    ranked = [word for word, _ in sorted(counts.items(), key=lambda item: -item[1])]
    kept = [*needed, *(word for word in ranked if word not in needed)][:size]
    chosen = {word: counts[word] for word in sorted(kept, key=lambda word: -counts[word])}
    real = len(chosen)
    stems = [word for word in ranked if "\u0900" <= word[-1] <= "\u097f" and len(word) > 2]
    for word in (stem + suffix for stem in stems for suffix in _SUFFIXES):
        if len(chosen) == size:
            break
        chosen.setdefault(word, 1)
    return chosen, len(chosen) - real


def _steps(
    words: Sequence[str], questions: Questions, dim: int, draw: np.random.Generator
) -> NDArray[np.int32]:
    """Random normal vectors in ten-thousandths, shape (len(words), dim), with something to find.

    A tenth of the words are centres, and each word lies about one of them, so that it has
    neighbours. The second word of a question lies where the first and the question's relation put
    it, near enough that more than half of the questions are answered rightly. Lengths vary by a
    factor of three.
    """
    rows = draw.standard_normal((len(words), dim), dtype=np.float32)
    centres = draw.standard_normal((max(1, len(words) // 10), dim), dtype=np.float32)
    about = draw.integers(0, len(centres), len(words))
    for start in range(0, len(words), _BLOCK):
        here = slice(start, start + _BLOCK)
        rows[here] = 0.8 * rows[here] + 0.6 * centres[about[here]]
    row = {word: i for i, word in enumerate(words)}
    relations: dict[str, NDArray[np.float32]] = {}
    taken: set[str] = set()
    for name, (a, b, c, d) in questions:
        relation = relations.setdefault(name, draw.standard_normal(dim, dtype=np.float32))
        for base, derived in ((a, b), (c, d)):
            if derived not in taken:
                noise = draw.standard_normal(dim, dtype=np.float32)
                rows[row[derived]] = 0.5 * rows[row[base]] + 0.4 * relation + 0.9 * noise
            taken |= {base, derived}
    rows *= draw.uniform(0.15, 0.45, (len(words), 1)).astype(np.float32) * 1e4
    return np.clip(np.rint(rows, out=rows), -_LARGEST, _LARGEST).astype(np.int32)


def _write_vec(path: Path, words: Sequence[str], steps: NDArray[np.int32]) -> None:
    """A text of vectors, each number written `%.4f`."""
    import pyarrow as pa
    import pyarrow.compute as pc

    written = pa.array(["%.4f" % (step / 1e4) for step in range(-_LARGEST, _LARGEST + 1)])
    with path.open("wb") as file:
        file.write(f"{len(words)} {steps.shape[1]}\n".encode())
        for start in range(0, len(words), _BLOCK):
            block = steps[start : start + _BLOCK]
            numbers = written.take(pa.array(block.ravel() + _LARGEST))
            ends = pa.array(np.arange(0, block.size + 1, block.shape[1], dtype=np.int32))
            joined = pc.binary_join(pa.ListArray.from_arrays(ends, numbers), " ").to_pylist()
            lines = zip(words[start : start + _BLOCK], joined, strict=True)
            file.writelines(f"{word} {row}\n".encode() for word, row in lines)


def _write_peers(material: Material, words: Sequence[str], rows: NDArray[np.float32]) -> None:
    """The same vectors in gensim's own format, and as a static model of model2vec."""
    from gensim.models import KeyedVectors
    from model2vec import StaticModel
    from tokenizers import Tokenizer, models, pre_tokenizers

    keyed = KeyedVectors(rows.shape[1])
    keyed.add_vectors(list(words), rows)
    # Whatever their size, apart from the words: that is what can be mapped.
    keyed.save(str(material.keyed), sep_limit=0)
    unknown = "[UNK]"
    numbers = {word: i for i, word in enumerate((*words, unknown))}
    tokenizer = Tokenizer(models.WordLevel(numbers, unk_token=unknown))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    table = np.concatenate([rows, np.zeros((1, rows.shape[1]), dtype=np.float32)])
    StaticModel(table, tokenizer, max_length=None).save_pretrained(material.static)


def _write_model(
    path: Path, vocabulary: Mapping[str, int], sizes: Sizes, draw: np.random.Generator
) -> None:
    """A skip-gram model of fastText, version 12, n-grams of 3 to 6: random rows, no output yet.

    The output matrix, which no reader of vectors needs, is of zeros.
    """
    chosen = list(vocabulary.items())[: sizes.model_words]
    dim, buckets = sizes.dim, sizes.buckets
    with path.open("wb") as file:
        # dim, window, epochs, least count, negatives, word n-grams, loss (negative sampling),
        # kind (skip-gram), buckets, n-grams from, to, rate of updates; threshold of sampling
        head = (dim, 5, 5, 1, 5, 1, 2, 2, buckets, 3, 6, 100, 1e-4)
        file.write(struct.pack("<ii12id", 793712314, 12, *head))
        tokens = sum(count for _, count in chosen)
        file.write(struct.pack("<iiiqq", len(chosen), len(chosen), 0, tokens, -1))
        file.writelines(
            word.encode() + b"\0" + struct.pack("<qb", count, 0) for word, count in chosen
        )
        rows = len(chosen) + buckets
        file.write(struct.pack("<?qq", False, rows, dim))
        for start in range(0, rows, _BLOCK):
            block = draw.standard_normal((min(_BLOCK, rows - start), dim), dtype=np.float32)
            file.write((block / np.float32(10)).data)
        file.write(struct.pack("<?qq", False, len(chosen), dim))
        file.truncate(file.tell() + 4 * dim * len(chosen))
