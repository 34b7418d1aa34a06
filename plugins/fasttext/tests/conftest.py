"""Small models trained here, and a cache of their own."""

from __future__ import annotations

import gzip
import random

import pytest
from embkit import Request
from embkit.languages import default_language, turkish

from .samples import write_bin


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
    """A function that trains a small model on words, and returns it and its path.

    labels: of a classifier that is trained to tell so many classes apart, none by default.
    quantise: options of `model.quantize`, for a classifier.
    """
    fasttext = pytest.importorskip("fasttext", reason="needs the fasttext package to compare with")
    made = {}

    def train(words: str, *, labels: int = 0, quantise: dict | None = None, **options):
        key = repr((words, labels, quantise, options))
        if key not in made:
            folder = tmp_path_factory.mktemp("model")
            draw = random.Random(0)
            lines = [" ".join(draw.choices(words.split(" "), k=8)) for _ in range(max(200, labels))]
            if labels:
                lines = [f"__label__{i % labels} {line}" for i, line in enumerate(lines)]
            corpus = folder / "corpus.txt"
            corpus.write_text("\n".join(lines), encoding="utf-8")
            settings = {"dim": 7, "bucket": 300, "minn": 2, "maxn": 5, "minCount": 1, "epoch": 2}
            start = fasttext.train_supervised if labels else fasttext.train_unsupervised
            # With fewer than ten threads fasttext leaves rows uninitialised.
            model = start(str(corpus), thread=12, verbose=0, **{**settings, **options})
            if quantise is not None:
                model.quantize(input=str(corpus), thread=12, **quantise)
            model.save_model(str(folder / "model.bin"))
            made[key] = model, folder / "model.bin"
        return made[key]

    return train


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
