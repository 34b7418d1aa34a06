"""How to train, under the names that word2vec and fastText made known; what lies where then."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from embkit.errors import InvalidRequest

__all__ = ["RECORD", "VECTORS", "Parameters"]

# In the folder of a training: what is known about it, and the vectors.
RECORD, VECTORS = "training.json", "model.bin"

# fasttext 0.9.3 initialises a tenth of its input matrix in each thread, and what the division
# leaves over in an eleventh (https://github.com/facebookresearch/fastText/issues/1061).
_FEWEST_THREADS = 12
_CHOICES = {
    "model": ("fasttext", "word2vec"),
    "trainer": ("gensim", "fasttext"),
    "algorithm": ("skipgram", "cbow"),
    "loss": ("ns", "hs"),
}
_MOST = 2**31 - 1
_RANGES = {
    "dim": (1, 100_000),
    "epochs": (1, _MOST),
    "min_count": (1, _MOST),
    "window": (1, _MOST),
    "negative": (1, _MOST),
    "minn": (0, 1000),
    "maxn": (0, 1000),
    "bucket": (0, _MOST),
    "seed": (0, _MOST),
    "threads": (1, 1024),
}


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """The parameters of a training.

    model: "fasttext" (words and their n-grams of minn to maxn letters, which are hashed into as
    many rows as bucket says; maxn=0 means none) or "word2vec". trainer: the package. loss: "ns"
    tells a word from drawn ones, as many as negative says; "hs" finds it in a Huffman tree of all.
    sample: more frequent words are passed over now and then. lr: the learning rate at the start.
    None stands for what `usual` gives. Raises InvalidRequest for values that cannot be.
    """

    model: str = "fasttext"
    trainer: str = "gensim"
    algorithm: str = "skipgram"
    dim: int = 300
    epochs: int = 10
    min_count: int = 5
    window: int = 5
    loss: str = "ns"
    negative: int = 5
    sample: float | None = None
    lr: float | None = None
    minn: int = 3
    maxn: int = 6
    bucket: int | None = None
    seed: int = 0
    threads: int | None = None

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            self._require(name, getattr(self, name) in allowed, f"one of {', '.join(allowed)}")
        for name, (least, most) in _RANGES.items():
            value = getattr(self, name)
            self._require(name, value is None or value >= least, f"at least {least}")
            self._require(name, value is None or value <= most, f"at most {most}")
        self._require("maxn", not self.maxn or self.maxn >= self.minn, "0 or at least minn")
        self._require("bucket", self.bucket != 0 or not self.subwords, "at least 1")
        self._require("sample", self.sample is None or 0 < self.sample <= 1, "between 0 and 1")
        self._require("lr", self.lr is None or 0 < self.lr < 100, "between 0 and 100")
        if self.trainer == "fasttext":
            self._require("model", self.model == "fasttext", "fasttext for this trainer")
            self._require("seed", self.seed == 0, "left out: the fasttext package takes none")
            self._require(
                "threads",
                self.threads is None or self.threads >= _FEWEST_THREADS,
                f"at least {_FEWEST_THREADS}: with fewer the fasttext package leaves rows of its "
                "matrix uninitialised (fastText issue 1061); or use the gensim trainer",
            )

    def _require(self, name: str, holds: bool, what: str) -> None:
        if not holds:
            raise InvalidRequest(f"{name} must be {what}; got {getattr(self, name)}")

    @property
    def subwords(self) -> bool:
        """Whether n-grams are trained too."""
        return self.model == "fasttext" and self.maxn > 0

    def usual(self) -> Parameters:
        """The same, with what fastText or word2vec do by default for what is None, but bucket."""
        fasttext = self.model == "fasttext"
        fewest = _FEWEST_THREADS if self.trainer == "fasttext" else 1
        return replace(
            self,
            sample=self.sample or (1e-4 if fasttext else 1e-3),
            minn=self.minn if fasttext else 0,
            maxn=self.maxn if fasttext else 0,
            lr=self.lr or (0.05 if fasttext or self.algorithm == "cbow" else 0.025),
            threads=self.threads or max(os.cpu_count() or 1, fewest),
        )
