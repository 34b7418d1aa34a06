"""The provider that comes with embkit: vectors from spelling alone, the honest zero of a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from embkit.hookspecs import hookimpl
from embkit.records import Embedder, Language, Option, Provider, Request

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["NgramEmbedder", "embkit_providers"]


class NgramEmbedder:
    """Vectors from hashed character n-grams: no training, no download, any language.

    A word is the signed, hashed counts of its character n-grams scaled to length one; a text is the
    mean of its words, folded to one case. A text without words has no vector.
    """

    def __init__(self, language: Language, *, dim: int, shortest: int, longest: int) -> None:
        from embkit.errors import InvalidRequest

        if not (dim > 0 and 0 < shortest <= longest):
            raise InvalidRequest(
                "ngrams needs dim > 0 and 0 < shortest <= longest, "
                f"got {dim}, {shortest}, {longest}"
            )
        self._language = language
        self._shortest = shortest
        self._longest = longest
        self.dim = dim
        self.model_bytes = 0

    @property
    def fingerprint(self) -> str:
        """sha256 over the options and the text layer."""
        import hashlib

        from embkit.text import layer_digest

        content = f"ngrams/1 {self.dim} {self._shortest} {self._longest} "
        return hashlib.sha256((content + layer_digest(self._language)).encode()).hexdigest()

    def _words(self, text: str) -> list[str]:
        language = self._language
        return language.tokenize(language.fold(language.normalize(text)))

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of the texts, shape (len(texts), dim); NaN for a text without words."""
        import numpy as np
        from scipy.sparse import csr_array

        from embkit.ngrams import hashed_ngrams

        vectors = np.empty((len(texts), self.dim), dtype=np.float32)
        for start in range(0, len(texts), 8192):
            words = [self._words(text) for text in texts[start : start + 8192]]
            index = {word: i for i, word in enumerate(dict.fromkeys(w for ws in words for w in ws))}
            table = hashed_ngrams(
                list(index), self.dim, shortest=self._shortest, longest=self._longest
            ).astype(np.float64)
            # Signs may cancel to nothing in a very short word; such a word is left out of the mean.
            norms = np.linalg.norm(table, axis=1, keepdims=True)
            table = np.divide(table, norms, out=table, where=norms > 0)
            ends = np.cumsum([0, *(len(ws) for ws in words)])
            columns = np.fromiter((index[w] for ws in words for w in ws), np.int64, ends[-1])
            sums = (
                csr_array((np.ones(len(columns)), columns, ends), shape=(len(words), len(index)))
                @ table
            )
            counts = np.diff(ends)[:, None]
            block = vectors[start : start + 8192]
            block[:] = np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)
        return vectors


def _load(request: Request) -> Embedder:
    return NgramEmbedder(request.language, **request.options)


@hookimpl
def embkit_providers() -> Iterable[Provider]:
    """ngrams."""
    yield Provider(
        name="ngrams",
        summary="hashed character n-grams, untrained: what spelling alone tells",
        load=_load,
        options=(
            Option(name="dim", type=int, default=300, help="length of a vector"),
            Option(name="shortest", type=int, default=2, help="shortest n-gram in characters"),
            Option(name="longest", type=int, default=5, help="longest n-gram in characters"),
        ),
        source="embkit",
        licence="Apache-2.0",
    )
