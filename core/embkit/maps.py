"""Vectors in two dimensions: which texts are shown, where each lies, how far to trust that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embkit.datasets import Dataset, Groups, Labelled
from embkit.errors import InvalidData, InvalidRequest

__all__ = ["METHODS", "Placed", "labelled_texts", "place"]

METHODS = ("tsne", "pca")
PERPLEXITY = 30
NEIGHBOURS = 10
# So many points have neighbours of which something can be said.
_FEWEST = 2 * NEIGHBOURS + 1


@dataclass(frozen=True, kw_only=True)
class Placed:
    """The texts of one provider on a plane.

    places: shape (n, 2), in no unit. labels: of the n texts. unknown: how many more have no vector.
    trust: how well the 10 nearest of each text in the picture are among its nearest by cosine, 1
    where all are, about 0.5 by chance (Venna and Kaski 2001).
    """

    spec: str
    places: NDArray[np.float64]
    labels: Sequence[str]
    unknown: int
    trust: float


def labelled_texts(
    dataset: Dataset, most: int, generator: np.random.Generator
) -> tuple[list[str], list[str], int]:
    """Distinct texts with the label each has first, and how many there were to choose from.

    Of a dataset with splits those of test. most: so many are drawn where there are more; they keep
    their order. Raises InvalidRequest for a dataset whose texts have no label.
    """
    if isinstance(dataset, Labelled):
        pairs = zip(dataset.test_texts, dataset.test_labels, strict=True)
    elif isinstance(dataset, Groups):
        pairs = zip(dataset.texts, dataset.labels, strict=True)
    else:
        raise InvalidRequest(
            f"a map shows texts that have a label each, and this task holds "
            f"{type(dataset).__name__}; take one of classification, clustering or categorisation"
        )
    label_of: dict[str, str] = {}
    for text, label in pairs:
        label_of.setdefault(text, label)
    texts = list(label_of)
    if len(texts) > most:
        chosen = np.sort(generator.choice(len(texts), most, replace=False))
        texts = [texts[i] for i in chosen]
    return texts, [label_of[text] for text in texts], len(label_of)


def place(
    spec: str, rows: NDArray[np.float32], labels: Sequence[str], *, method: str, seed: int
) -> Placed:
    """Where the vectors lie on a plane, by their directions.

    rows: shape (n, dim), NaN for a text without a vector. method: tsne (from a start by principal
    components, perplexity 30, or a third of the points where they are few) or pca.
    Agrees with scikit-learn's TSNE or PCA on rows of length one. Raises InvalidData for fewer than
    21 texts with a vector.
    """
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE, trustworthiness
    from threadpoolctl import threadpool_limits

    norms = np.linalg.norm(rows.astype(np.float64), axis=1)
    known = np.flatnonzero(np.isfinite(norms) & (norms > 0))
    if len(known) < _FEWEST:
        raise InvalidData(
            f"provider '{spec}' has vectors for {len(known)} of these texts; a map needs {_FEWEST}"
        )
    unit = rows[known] / norms[known, None]
    # One thread: sums must not depend on how many there are.
    with threadpool_limits(limits=1):
        if method == "pca":
            found = PCA(2, svd_solver="full").fit_transform(unit)
        else:
            perplexity = min(PERPLEXITY, (len(unit) - 1) / 3)
            found = TSNE(
                2, perplexity=perplexity, init="pca", random_state=seed, n_jobs=1
            ).fit_transform(unit)
        trust = trustworthiness(unit, found, n_neighbors=NEIGHBOURS)
    return Placed(
        spec=spec,
        places=np.asarray(found, dtype=np.float64),
        labels=[labels[i] for i in known.tolist()],
        unknown=len(rows) - len(known),
        trust=float(trust),
    )
