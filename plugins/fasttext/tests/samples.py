"""Small sound files of every format that is read, written byte by byte or by the peer itself."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import numpy as np

WORDS = "घर नदी शिक्षण\u200cसंस्था र्\u200dय क़लम İstanbul ısı kâğıt 🚀 👩🏽\u200d🚀 中文 a ab - 12 ' ."
_ROWS, _DIM, _BUCKET = 40, 5, 20


def dense(rows, dim):
    """A matrix as a model holds it."""
    numbers = b"".join(struct.pack(f"<{dim}f", *row) for row in rows)
    return struct.pack("<?qq", False, len(rows), dim) + numbers


def write_bin(
    path, words, *, dim=3, bucket=4, minn=2, maxn=3, labels=(), kept=(), rows=None, matrix=None,
    output=None, **changes,
):  # fmt: skip
    """A model by hand, byte by byte, for machines without fasttext and for files that lie.

    kept: bucket and row of each n-gram that was not pruned. matrix, output: the bytes of a matrix
    that is not dense. changes: `head_2=7` puts 7 in place 2 of the header's numbers, `sizes_0` in
    the dictionary's.
    """
    rows = (
        [[float(i + j) for j in range(dim)] for i in range(len(words) + bucket)]
        if rows is None
        else rows
    )
    head = [793712314, 12, dim, 5, 5, 1, 5, 1, 1, 2, bucket, minn, maxn, 100, 1e-4]
    sizes = [len(words) + len(labels), len(words), len(labels), 100, len(kept) or -1]
    for name, value in changes.items():
        field, number = name.rsplit("_", 1)
        {"head": head, "sizes": sizes}[field][int(number)] = value
    data = struct.pack("<ii12id", *head) + struct.pack("<iiiqq", *sizes)
    for number, word in enumerate([*words, *labels]):
        raw = word if isinstance(word, bytes) else word.encode()
        data += raw + b"\0" + struct.pack("<qb", 100 - number, number >= len(words))
    data += b"".join(struct.pack("<ii", *pair) for pair in kept)
    data += dense(rows, dim) if matrix is None else matrix
    data += dense([[0.0] * dim] * (len(labels) or len(words)), dim) if output is None else output
    path.write_bytes(data)
    return path


def write_sample(name: str, folder: Path, seed: int) -> None:
    """Write a sample of a format into a folder; another seed makes other words and numbers."""
    words = _words(seed)
    # Of every ten digits that a float32 is written with, nine are noise.
    rows = np.random.default_rng(seed).normal(0, 0.3, (_ROWS + _BUCKET, _DIM)).astype(np.float16)
    vectors = rows[:_ROWS].astype(np.float32)
    match name:
        case "vec":
            text = _text(words, vectors)
            (folder / "words.vec").write_text(f"{_ROWS} {_DIM}\n{text}", encoding="utf-8")
        case "glove":
            (folder / "words.txt").write_text(_text(words, vectors), encoding="utf-8")
        case "bin":
            options = {"dim": _DIM, "bucket": _BUCKET, "minn": 2, "maxn": 4}
            write_bin(folder / "model.bin", words, rows=rows.tolist(), **options)
        case "kv":
            _keyed(words, vectors).save(str(folder / "words.kv"), sep_limit=10**9)
        case "kv+npy":
            _keyed(words, vectors).save(str(folder / "words.kv"), sep_limit=0)
        case "w2v":
            _keyed(words, vectors).save_word2vec_format(str(folder / "words.bin"), binary=True)
        case "npy":
            np.save(folder / "words.npy", vectors)
            (folder / "words.txt").write_text("\n".join([*words, ""]), encoding="utf-8")
        case "npz":
            np.savez(folder / "words.npz", words=np.array(words), vectors=vectors)
        case "parquet":
            _write_parquet(folder / "words.parquet", words, vectors)
        case "feather":
            _write_feather(folder / "words.feather", words, vectors)
        case "static":
            _write_static(folder, words, vectors)
        case "ftz":
            kept = [(3 * i, i) for i in range(_BUCKET)]
            options = {"dim": _DIM, "bucket": 3 * _BUCKET, "minn": 2, "maxn": 4, "kept": kept}
            write_bin(folder / "model.ftz", words, matrix=_quantised(seed), **options)
        case _:
            raise KeyError(name)


def _words(seed: int) -> list[str]:
    draw = random.Random(seed)
    letters = [letter for letter in WORDS if letter != " "]
    words = dict.fromkeys(WORDS.split(" "))
    while len(words) < _ROWS:
        words["".join(draw.choices(letters, k=draw.randint(2, 8)))] = None
    listed = list(words)
    draw.shuffle(listed)
    return listed


def _text(words: list[str], rows: np.ndarray) -> str:
    lines = zip(words, rows.tolist(), strict=True)
    return "".join(f"{word} {' '.join(map(repr, numbers))}\n" for word, numbers in lines)


def _quantised(seed: int) -> bytes:
    """A quantised matrix as fastText writes it: two numbers a part, lengths apart."""
    draw = np.random.default_rng(seed)
    rows, parts = _ROWS + _BUCKET, -(-_DIM // 2)
    head = struct.pack("<??qqi", True, True, rows, _DIM, rows * parts)
    codes, lengths = draw.bytes(rows * parts), draw.bytes(rows)
    last = _DIM - 2 * (parts - 1)
    return b"".join([
        head, codes, struct.pack("<4i", _DIM, parts, 2, last), _centroids(draw, _DIM),
        lengths, struct.pack("<4i", 1, 1, 1, 1), _centroids(draw, 1),
    ])  # fmt: skip


def _centroids(draw: np.random.Generator, dim: int) -> bytes:
    return draw.normal(0, 0.3, 256 * dim).astype("<f4").tobytes()


def _keyed(words: list[str], rows: np.ndarray):
    from gensim.models import KeyedVectors

    keyed = KeyedVectors(rows.shape[1])
    keyed.add_vectors(words, rows)
    return keyed


def _table(words: list[str], rows: np.ndarray):
    import pyarrow as pa

    vectors = pa.FixedSizeListArray.from_arrays(pa.array(rows.ravel()), rows.shape[1])
    return pa.table({"word": words, "vector": vectors})


def _write_parquet(path: Path, words: list[str], rows: np.ndarray) -> None:
    import pyarrow.parquet as pq

    pq.write_table(_table(words, rows), path, write_page_checksum=True)


def _write_feather(path: Path, words: list[str], rows: np.ndarray) -> None:
    from pyarrow import feather

    feather.write_feather(_table(words, rows), path)


def _write_static(folder: Path, words: list[str], rows: np.ndarray) -> None:
    from model2vec import StaticModel
    from tokenizers import Tokenizer, models, pre_tokenizers

    vocabulary = {word: number for number, word in enumerate(words)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token=words[0]))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    StaticModel(rows, tokenizer).save_pretrained(folder)
    (folder / "README.md").unlink()  # not read
