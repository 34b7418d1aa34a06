"""Small sound files of every format that is read, written byte by byte or by the peer itself."""

from __future__ import annotations

import random
import struct
from collections.abc import Sequence
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


def write_words(name: str, path: Path, words: Sequence[bytes], rows: np.ndarray) -> None:
    """Write words and their rows, float32 of shape (n, dim), in a format that holds no more."""
    count, dim = rows.shape
    match name:
        case "vec":
            path.write_bytes(b"%d %d\n" % (count, dim) + _text(words, rows))
        case "glove":
            path.write_bytes(_text(words, rows))
        case "w2v":
            pairs = zip(words, rows, strict=True)
            lines = (b"%b %b\n" % (word, row.tobytes()) for word, row in pairs)
            path.write_bytes(b"%d %d\n" % (count, dim) + b"".join(lines))
        case "bin":
            write_bin(path, words, dim=dim, bucket=0, minn=0, maxn=0, rows=rows.tolist())
        case "npy":
            np.save(path, rows)
            path.with_suffix(".txt").write_bytes(b"".join(word + b"\n" for word in words))
        case "npz":
            np.savez(path, words=np.array(words), vectors=rows)
        case "parquet":
            import pyarrow.parquet as pq

            pq.write_table(_table(words, rows), path, write_page_checksum=True)
        case "feather":
            from pyarrow import feather

            feather.write_feather(_table(words, rows), str(path))
        case _:
            raise KeyError(name)


def write_sample(name: str, path: Path, seed: int) -> None:
    """Write a sample of any format, a file or a folder; another seed makes others."""
    words = _words(seed)
    # Of every ten digits that a float32 is written with, nine are noise.
    rows = np.random.default_rng(seed).normal(0, 0.3, (_ROWS + _BUCKET, _DIM)).astype(np.float16)
    vectors = rows[:_ROWS].astype(np.float32)
    match name:
        case "bin":
            options = {"dim": _DIM, "bucket": _BUCKET, "minn": 2, "maxn": 4}
            write_bin(path, words, rows=rows.tolist(), **options)
        case "ftz":
            kept = [(3 * i, i) for i in range(_BUCKET)]
            matrix = quantised(_ROWS + _BUCKET, _DIM, seed)
            options = {"dim": _DIM, "bucket": 3 * _BUCKET, "minn": 2, "maxn": 4, "kept": kept}
            write_bin(path, words, matrix=matrix, **options)
        case "kv":
            keyed(words, vectors).save(str(path), sep_limit=10**9)
        case "kv+npy":
            keyed(words, vectors).save(str(path), sep_limit=0)
        case "static":
            static_model(words, vectors).save_pretrained(path)
            (path / "README.md").unlink()  # not read
        case _:
            write_words(name, path, [word.encode() for word in words], vectors)


def _words(seed: int) -> list[str]:
    draw = random.Random(seed)
    letters = [letter for letter in WORDS if letter != " "]
    words = dict.fromkeys(WORDS.split(" "))
    while len(words) < _ROWS:
        words["".join(draw.choices(letters, k=draw.randint(2, 8)))] = None
    listed = list(words)
    draw.shuffle(listed)
    return listed


def _text(words: Sequence[bytes], rows: np.ndarray) -> bytes:
    lines = zip(words, rows.tolist(), strict=True)
    return b"".join(b"%b %b\n" % (w, " ".join(map(repr, row)).encode()) for w, row in lines)


def _table(words: Sequence[bytes], rows: np.ndarray):
    import pyarrow as pa

    vectors = pa.FixedSizeListArray.from_arrays(pa.array(rows.ravel()), rows.shape[1])
    return pa.table({"word": pa.array(words, pa.binary()), "vector": vectors})


def quantised(rows: int, dim: int, seed: int) -> bytes:
    """A quantised matrix as fastText writes it: two numbers a part, lengths apart."""
    draw = np.random.default_rng(seed)
    parts = -(-dim // 2)
    head = struct.pack("<??qqi", True, True, rows, dim, rows * parts)
    codes, lengths = draw.bytes(rows * parts), draw.bytes(rows)
    last = dim - 2 * (parts - 1)
    return b"".join([
        head, codes, struct.pack("<4i", dim, parts, 2, last), _centroids(draw, dim),
        lengths, struct.pack("<4i", 1, 1, 1, 1), _centroids(draw, 1),
    ])  # fmt: skip


def _centroids(draw: np.random.Generator, dim: int) -> bytes:
    return draw.normal(0, 0.3, 256 * dim).astype("<f4").tobytes()


def keyed(words: Sequence[str], rows: np.ndarray):
    """gensim's `KeyedVectors`."""
    from gensim.models import KeyedVectors

    vectors = KeyedVectors(rows.shape[1])
    vectors.add_vectors(words, rows)
    return vectors


def static_model(words: Sequence[str], rows: np.ndarray):
    """A model of model2vec, whose tokens are words."""
    from model2vec import StaticModel
    from tokenizers import Tokenizer, models, pre_tokenizers

    vocabulary = {word: number for number, word in enumerate(words)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token=words[0]))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return StaticModel(rows, tokenizer)
