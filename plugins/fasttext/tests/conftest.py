"""Small models trained here, and a cache of their own."""

from __future__ import annotations

import gzip
import random
import struct

import pytest
from embkit import Request
from embkit.languages import default_language, turkish


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("EMBKIT_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def request_mr():
    return Request(language=default_language("mr"))


@pytest.fixture
def request_tr():
    return Request(language=turkish())


@pytest.fixture(scope="session")
def train_on(tmp_path_factory):
    """A function that trains a small model on words, and returns it and its path."""
    fasttext = pytest.importorskip("fasttext", reason="needs the fasttext package to compare with")
    made = {}

    def train(words: str, **options):
        key = (words, *sorted(options.items()))
        if key not in made:
            folder = tmp_path_factory.mktemp("model")
            draw = random.Random(0)
            corpus = folder / "corpus.txt"
            corpus.write_text(
                "\n".join(" ".join(draw.choices(words.split(" "), k=8)) for _ in range(200)),
                encoding="utf-8",
            )
            settings = {"dim": 7, "bucket": 300, "minn": 2, "maxn": 5, "minCount": 1, "epoch": 2}
            # With fewer than ten threads fasttext leaves rows uninitialised.
            model = fasttext.train_unsupervised(
                str(corpus), thread=12, verbose=0, **{**settings, **options}
            )
            model.save_model(str(folder / "model.bin"))
            made[key] = model, folder / "model.bin"
        return made[key]

    return train


def write_bin(
    path, words, *, dim=3, bucket=4, minn=2, maxn=3, rows=None, quantised=False, **changes
):
    """A `.bin` by hand, byte by byte, for machines without fasttext and for files that lie.

    changes: `head_2=7` puts 7 in place 2 of the header's numbers, `sizes_0` in the dictionary's.
    """
    rows = (
        [[float(i + j) for j in range(dim)] for i in range(len(words) + bucket)]
        if rows is None
        else rows
    )
    head = [793712314, 12, dim, 5, 5, 1, 5, 1, 1, 2, bucket, minn, maxn, 100, 1e-4]
    sizes = [len(words), len(words), 0, 100, -1]
    for name, value in changes.items():
        field, number = name.rsplit("_", 1)
        {"head": head, "sizes": sizes}[field][int(number)] = value
    data = struct.pack("<ii12id", *head) + struct.pack("<iiiqq", *sizes)
    for word in words:
        raw = word if isinstance(word, bytes) else word.encode()
        data += raw + b"\0" + struct.pack("<qb", 5, 0)
    data += struct.pack("<?qq", quantised, len(rows), dim)
    data += b"".join(struct.pack(f"<{dim}f", *row) for row in rows)
    data += struct.pack("<?qq", False, len(words), dim) + b"\0" * (4 * dim * len(words))
    path.write_bytes(data)
    return path


@pytest.fixture
def bin_file(tmp_path):
    return lambda *args, **options: write_bin(tmp_path / "model.bin", *args, **options)


@pytest.fixture
def vec_file(tmp_path):
    def write(content: str | bytes, name: str = "words.vec", packed: bool = False):
        data = content.encode() if isinstance(content, str) else content
        path = tmp_path / name
        path.write_bytes(gzip.compress(data) if packed else data)
        return path

    return write
