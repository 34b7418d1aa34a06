"""Options of every provider of word vectors: how words become a text, and how small they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from embkit.errors import InvalidRequest
from embkit.records import Option

__all__ = ["POOLINGS", "WORD_OPTIONS", "Compression", "compression_of"]

POOLINGS = ("mean", "sum", "max", "idf", "sif", "fasttext")


@dataclass(frozen=True, kw_only=True)
class Compression:
    """How word vectors are made smaller, in the order of these fields; by default not at all.

    words: only these of the vocabulary, in its spelling, None for all. keep: of them only the first
    so many in the order of the source, 0 for all. center: the mean of the vectors is subtracted.
    remove: so many components along which they vary most are taken out. dim: so many of the next
    components become the dimensions, 0 for all as they are. whiten: the components become the
    dimensions, each scaled to a mean square of one. dtype: of the numbers, "" for that of the
    source. Components are those of the covariance when centred, as in PCA, else of the second
    moment, as in a truncated singular value decomposition.
    """

    words: Sequence[str] | None = None
    keep: int = 0
    center: bool = False
    remove: int = 0
    dim: int = 0
    whiten: bool = False
    dtype: str = ""

    def __post_init__(self) -> None:
        for name in ("keep", "remove", "dim"):
            if getattr(self, name) < 0:
                raise InvalidRequest(f"{name} is a number of at least 0, got {getattr(self, name)}")


# What `compression_of` reads.
_COMPRESSION = (
    Option(name="keep", type=int, default=0, help="only so many words from the first; 0: all"),
    Option(name="center", type=bool, default=False, help="subtract the mean of all words' vectors"),
    Option(
        name="remove",
        type=int,
        default=0,
        help="take out so many components along which the vectors vary most",
    ),
    Option(
        name="dim",
        type=int,
        default=0,
        help="so many dimensions: the components along which the vectors vary most; 0: as they are",
    ),
    Option(
        name="whiten",
        type=bool,
        default=False,
        help="components as dimensions, each scaled to a mean square of one",
    ),
    Option(
        name="dtype",
        default="float32",
        choices=("float32", "float16", "int8"),
        help="what the numbers are stored as",
    ),
)
WORD_OPTIONS = (
    Option(
        name="pooling",
        default="mean",
        choices=POOLINGS,
        help="how the words of a text become one vector: their mean, sum or maximum; their mean "
        "weighted by rarity (idf); that without what all texts share (sif); the mean of vectors of "
        "length one (fasttext)",
    ),
    *_COMPRESSION,
)


def compression_of(options: Mapping[str, Any]) -> Compression:
    """What a provider's options say, given those of `WORD_OPTIONS`; raises InvalidRequest."""
    return Compression(**{option.name: options[option.name] for option in _COMPRESSION})
