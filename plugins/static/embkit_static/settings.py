"""What to take out of an encoder and how, as `embkit distill` is asked for it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from embkit.errors import InvalidRequest

__all__ = ["FORMATS", "METHODS", "Distillation"]

# Of word vectors: by the name people type, the ending of the file; a static model is the folder.
FORMATS = {"parquet": ".parquet", "vec": ".vec", "w2v": ".w2v", "npy": ".npy", "static-model": ""}
METHODS = ("input", "aggregate", "x2static", "pca")
# Which options each method looks at, beside those of all.
_OF_WORDS = ("corpus", "columns", "exclude", "cased", "keep_duplicates", "words", "min_count",
             "keep", "form")  # fmt: skip
_OWN = {
    "input": _OF_WORDS,
    "aggregate": (*_OF_WORDS, "layer", "tokens", "contexts", "over"),
    "x2static": (*_OF_WORDS, "epochs", "lr", "negative", "sample"),
    "pca": ("sif",),
}
_ALL = ("encoder", "method", "dim", "dtype", "seed", "device", "offline", "licence")
_NAMES = {"columns": "column", "form": "format"}


@dataclass(frozen=True, kw_only=True)
class Distillation:
    """What is asked for; see the options of `embkit distill`.

    encoder: a folder, the id of a model of the hub, or a spec. min_count, dim: None for what is
    usual for the method. Raises InvalidRequest for an option that the method does not look at, and
    for a method without the text it needs.
    """

    encoder: str
    method: str
    corpus: Sequence[Path] = ()
    columns: Sequence[str] = ()
    exclude: Sequence[Path] = ()
    cased: bool = False
    keep_duplicates: bool = False
    words: Path | None = None
    min_count: int | None = None
    keep: int = 750_000
    layer: str = "last"
    tokens: str = "mean"
    contexts: int = 100
    over: str = "mean"
    epochs: int = 1
    lr: float = 1e-3
    negative: int = 10
    sample: float = 5e-6
    sif: float = 1e-4
    dim: int | None = None
    form: str = "parquet"
    dtype: str = "float32"
    seed: int = 0
    device: str = "cpu"
    offline: bool = False
    licence: str = ""

    def __post_init__(self) -> None:
        for name in self.given():
            if name not in (*_ALL, *_OWN[self.method]):
                option = _NAMES.get(name, name).replace("_", "-")
                raise InvalidRequest(f"{self.method} has no use for --{option}; leave it out")
        reads = self.method == "x2static" or (self.method == "aggregate" and self.contexts)
        if reads and not self.corpus:
            alone = ", or --contexts 0 for words alone" if self.method == "aggregate" else ""
            raise InvalidRequest(f"{self.method} needs text: --corpus FILE{alone}")
        if not (self.lr > 0 and self.sample > 0 and 0 <= self.sif < 1):
            raise InvalidRequest("--lr and --sample are above 0, --sif is at least 0 and below 1")

    def given(self) -> list[str]:
        """The fields that differ from their defaults."""
        found = []
        for field in fields(self):
            value = getattr(self, field.name)
            if value != field.default and value != ():
                found.append(field.name)
        return found

    def least(self) -> int:
        """How often a word must stand in the corpus."""
        if self.min_count is not None:
            return self.min_count
        return 10 if self.method == "x2static" else 1 if self.words else 5

    def command(self, language: str) -> str:
        """What to type to do it again."""
        words = ["embkit", "distill", self.encoder, "--method", self.method, "--lang", language]
        for name in self.given():
            if name in ("encoder", "method", "offline"):
                continue
            option = f"--{_NAMES.get(name, name).replace('_', '-')}"
            value = getattr(self, name)
            if value is True:
                words.append(option)
            elif isinstance(value, tuple | list):
                words += [part for item in value for part in (option, str(item))]
            else:
                words += [option, str(value)]
        return shlex.join([*words, "-o", "DIR"])
