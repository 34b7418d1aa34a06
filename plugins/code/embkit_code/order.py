"""Features of a function in which the order of its tokens counts, from a vector for each token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np
from embkit.evaluators.probing import Items, answers
from embkit.predictions import Predictions
from embkit.records import Setting
from embkit.vectors import Vectors
from numpy.typing import NDArray

from embkit_code.shapes import Functions, Sequenced
from embkit_code.telling import rows_of

__all__ = ["bound", "predict", "sequenced"]

Floats = NDArray[np.float32]


def sequenced(dataset: Functions, words: Sequence[str]) -> Sequenced:
    """The dataset with each text as its tokens; the words of the embedder change nothing."""
    values: dict[str, Any] = {item.name: getattr(dataset, item.name) for item in fields(dataset)}
    return Sequenced(**values)


def bound(rows: Floats, longest: int) -> Floats:
    """The mean of the vectors of a sequence, and of its n-grams up to `longest`.

    rows: shape (tokens, dim). An n-gram of v and w is v, moved by one place and scaled to keep its
    length, times w element by element: w and v in the other order give another vector. That is how
    sequences are bound in vector symbolic architectures (Plate 1995; Kanerva 2009). Returns shape
    (longest * dim,); zeros for n-grams of a sequence that has none.
    """
    dim = rows.shape[1]
    parts, grams = [rows.mean(axis=0)], rows
    for length in range(2, longest + 1):
        grams = np.roll(grams[:-1], 1, axis=1) * rows[length - 1 :]
        parts.append(grams.mean(axis=0) if len(grams) else np.zeros(dim, dtype=np.float32))
    return np.concatenate(parts).astype(np.float32)


def predict(dataset: Sequenced, vectors: Vectors, setting: Setting) -> Predictions:
    """As by default, on `bound` of the vectors of the tokens, each scaled to a length of √dim.

    n-grams have as many tokens as the option `longest` says. A token without a vector is left out,
    and its neighbours become neighbours; a function without any counts as unknown.
    """
    items = Items.of(dataset)
    sentences = dataset.needed_sentences
    table, rows = vectors.tokens(sentences)
    lengths = np.linalg.norm(table, axis=1, keepdims=True)
    table = table / np.maximum(lengths, 1e-12) * np.float32(np.sqrt(table.shape[1]))
    ends = np.cumsum([len(sentence) for sentence in sentences])[:-1]
    found = [own[own >= 0] for own in np.split(rows, ends)]
    known = np.array([len(own) > 0 for own in found], dtype=bool)
    longest = int(setting.options["longest"])
    x = [bound(table[own], longest) for own in found if len(own)]
    features = np.stack(x) if x else np.empty((0, longest * table.shape[1]), np.float32)
    (predicted,) = answers(items, features, known, setting)
    return rows_of(dataset, items, predicted, known[items.test])
