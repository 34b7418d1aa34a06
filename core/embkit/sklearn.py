"""An embedder as a transformer of scikit-learn: texts in, one row of numbers for each out."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from embkit.embedding import Loaded, embed_texts
from embkit.errors import InvalidRequest, UnknownText
from embkit.loading import load_named

__all__ = ["Embedding"]

_UNKNOWN = ("zero", "nan", "error")


class Embedding(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """The vectors of texts as features: `Embedding("indicft", language="mr")`.

    spec, language, device, offline: as `embkit.load` takes them. unknown: what a text without a
    vector gets, "zero" (a row of zeros, since most estimators refuse NaN) or "nan", or "error" to
    raise UnknownText.

    `fit` loads the embedder and learns nothing from the texts, which come as a list, a Series, or
    an array of one dimension. A pickle holds no vectors: the embedder is loaded again when it is
    needed, and must have the same fingerprint.

    fingerprint_: that of the embedder it was fitted with.
    """

    _loaded: Loaded | None = None

    def __init__(
        self,
        spec: str,
        *,
        language: str = "",
        device: str = "cpu",
        offline: bool = False,
        unknown: str = "zero",
    ) -> None:
        self.spec = spec
        self.language = language
        self.device = device
        self.offline = offline
        self.unknown = unknown

    # scikit-learn passes X and y by these names.
    def fit(self, X: Collection[str], y: object = None) -> Self:
        """Load the embedder; raises as `embkit.load`, and InvalidRequest for what are no texts."""
        if self.unknown not in _UNKNOWN:
            raise InvalidRequest(f"unknown is one of {', '.join(_UNKNOWN)}; got '{self.unknown}'")
        _texts(X)
        self._loaded = self._load()
        self.fingerprint_ = self._loaded.embedder.fingerprint
        self._n_features_out = self._loaded.embedder.dim
        return self

    def transform(self, X: Collection[str]) -> NDArray[np.float32]:
        """The vectors of the texts, shape (texts, dim), float32.

        Raises InvalidRequest for what are no texts, or when the embedder is another than it was
        fitted with; UnknownText as `unknown` says.
        """
        check_is_fitted(self)
        texts = _texts(X)
        rows = embed_texts(self._fitted(), texts)
        lacking = np.flatnonzero(np.isnan(rows).any(axis=1))
        if self.unknown == "nan" or not len(lacking):
            return rows
        if self.unknown == "error":
            first = int(lacking[0])
            raise UnknownText(
                f"{len(lacking)} of {len(texts)} texts have no vector, the first is number "
                f"{first}, {texts[first]!r}; leave them out or set unknown to 'zero' or 'nan'"
            )
        rows = rows.copy()
        rows[lacking] = 0
        return rows

    def _load(self) -> Loaded:
        return load_named(self.spec, self.language, device=self.device, offline=self.offline)

    def _fitted(self) -> Loaded:
        if self._loaded is None:
            loaded = self._load()
            found = loaded.embedder.fingerprint
            if found != self.fingerprint_:
                raise InvalidRequest(
                    f"'{self.spec}' is not what this Embedding was fitted with: fingerprint "
                    f"{found[:12]}…, expected {self.fingerprint_[:12]}…; bring the same vectors "
                    "and version of embkit back, or fit it again"
                )
            self._loaded = loaded
        return self._loaded

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__()
        return {name: value for name, value in state.items() if name != "_loaded"}

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        tags.transformer_tags.preserves_dtype = []
        return tags


def _texts(X: Collection[str]) -> list[str]:
    """The texts as a list; raises InvalidRequest for anything else, with what to give instead."""
    if isinstance(X, str):
        raise InvalidRequest("expected texts, got a single one; put it into a list")
    shape = getattr(X, "shape", (0,))
    if len(shape) != 1:
        raise InvalidRequest(
            f"expected one text a sample, got {type(X).__name__} of shape {shape}; name one column "
            "of it, as in table['text'] (in a ColumnTransformer 'text', not ['text'])"
        )
    if not isinstance(X, Collection):
        raise InvalidRequest(f"expected a list of texts, got {type(X).__name__}; call list() on it")
    texts = X.tolist() if isinstance(X, np.ndarray) else list(X)
    for number, text in enumerate(texts):
        if not isinstance(text, str):
            raise InvalidRequest(
                f"expected a text as number {number}, got {type(text).__name__} {text!r}; leave "
                "such samples out, or fill them with ''"
            )
    return texts
