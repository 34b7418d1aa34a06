"""Character n-grams, hashed in bulk: what the spelling of a text alone can tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["NgramTfidf", "hashed_ngrams", "overlap"]

_BLOCK = 4096
# Each n-gram lands on this many places with a sign each, so that two n-grams that share one place
# still differ: a sparse random projection (Li, Hastie, Church 2006) whose matrix is never stored.
_PLACES = 4


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of splitmix64 (Steele et al. 2014): every bit in moves every bit out."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _windows(
    texts: Sequence[str], shortest: int, longest: int, *, before: str = "\x02", after: str = "\x03"
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.uint64]]]:
    """For each length, the position of the text and the 64-bit hash of every n-gram of all texts.

    A text is taken between two marks, so that beginnings and endings differ from middles.
    """
    marked = [f"{before}{text}{after}" for text in texts]
    codes = np.frombuffer("".join(marked).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    codes = codes.astype(np.uint64)
    owner = np.repeat(np.arange(len(texts)), [len(text) for text in marked])
    rolling = np.zeros(len(codes), dtype=np.uint64)
    for length in range(1, longest + 1):
        count = len(codes) - length + 1
        if count <= 0:
            return
        rolling = rolling[:count] * np.uint64(0x100000001B3) + codes[length - 1 :]
        if length >= shortest:
            inside = np.flatnonzero(owner[:count] == owner[length - 1 :])
            yield owner[inside], _mix(rolling[inside] + np.uint64(length << 40))


def hashed_ngrams(
    texts: Sequence[str], dim: int, *, shortest: int = 2, longest: int = 5
) -> NDArray[np.float32]:
    """Counts of hashed character n-grams with signs, shape (len(texts), dim).

    shortest, longest: lengths in code points. The sums are whole numbers, so a row is the same to
    the bit in any batch.
    """
    rows = np.zeros((len(texts), dim), dtype=np.float32)
    for start in range(0, len(texts), _BLOCK):
        block = texts[start : start + _BLOCK]
        sums = np.zeros(len(block) * dim)
        for owner, hashes in _windows(block, shortest, longest):
            for place in range(_PLACES):
                mixed = _mix(hashes + np.uint64(place + 1))
                columns = (mixed >> np.uint64(1)) % np.uint64(dim)
                sign = 1.0 - 2.0 * (mixed & np.uint64(1)).astype(np.float64)
                cells = owner * dim + columns.astype(np.int64)
                sums += np.bincount(cells, weights=sign, minlength=len(sums))
        rows[start : start + _BLOCK] = sums.reshape(len(block), dim)
    return rows


def overlap(first: Sequence[str], second: Sequence[str]) -> NDArray[np.float64]:
    """Dice coefficient of the sets of character 2- to 4-grams of each pair, 0 to 1, shape (n,)."""

    def grams(text: str) -> set[str]:
        marked = f"\x02{text}\x03"
        return {marked[i : i + n] for n in (2, 3, 4) for i in range(len(marked) - n + 1)}

    values = np.zeros(len(first))
    for row, (left, right) in enumerate(zip(first, second, strict=True)):
        a, b = grams(left), grams(right)
        values[row] = 2 * len(a & b) / (len(a) + len(b))
    return values


class NgramTfidf:
    """TF-IDF of the character 2- to 5-grams within words, each text scaled to length one.

    Every word between white space is taken with a space on either side. Term frequencies are
    1 + ln(count), idf is ln((1 + n) / (1 + n with it)) + 1. Equal, but for the order of columns, to
    scikit-learn's TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True), which
    cuts every word anew wherever it stands and takes four times as long.

    min_df: n-grams of fewer texts than that are left out.
    """

    def __init__(self, *, min_df: int = 1) -> None:
        self._min_df = min_df

    def _counts(self, texts: Sequence[str]) -> tuple[Any, Any, NDArray[np.uint64]]:
        """Distinct words by text and n-grams by word, both as counts; the n-grams' hashes."""
        from scipy.sparse import coo_array, csr_array

        cut = [text.split() for text in texts]
        number = {word: i for i, word in enumerate(dict.fromkeys(chain.from_iterable(cut)))}
        ends = np.cumsum([0, *map(len, cut)])
        columns = np.fromiter(map(number.__getitem__, chain.from_iterable(cut)), np.int32, ends[-1])
        ones = np.ones(len(columns), dtype=np.float32)
        words = csr_array((ones, columns, ends), shape=(len(texts), len(number)))
        found = list(_windows(list(number), 2, 5, before=" ", after=" ")) if number else []
        none = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.uint64))
        owner, hashes = (np.concatenate(part) for part in zip(none, *found, strict=True))
        grams, column = np.unique(hashes, return_inverse=True)
        ones = np.ones(len(owner), dtype=np.float32)
        table = coo_array((ones, (owner, column)), shape=(len(number), len(grams))).tocsr()
        return words, table, grams

    def _weighted(self, counts: Any) -> Any:
        counts.sort_indices()
        counts.data = (1 + np.log(counts.data)) * self._idf[counts.indices]
        squares = np.add.reduceat(np.append(counts.data**2, 0), counts.indptr[:-1])
        sizes = np.diff(counts.indptr)
        norms = np.sqrt(np.where(sizes, squares, 1)).astype(np.float32)
        counts.data /= np.repeat(norms, sizes)
        return counts

    def fit_transform(self, texts: Sequence[str]) -> Any:
        """Learn n-grams and idf from the texts; their rows, float32 CSR of shape (n, n-grams)."""
        words, table, grams = self._counts(texts)
        counts = (words @ table).tocsr()
        texts_with = np.bincount(counts.indices, minlength=len(grams))
        kept = np.flatnonzero(texts_with >= self._min_df)
        self._grams = grams[kept]
        idf = np.log((1 + len(texts)) / (1 + texts_with[kept])) + 1
        self._idf = idf.astype(np.float32)
        return self._weighted(counts[:, kept])

    def transform(self, texts: Sequence[str]) -> Any:
        """The rows of other texts; n-grams that were not learnt are left out."""
        from scipy.sparse import csr_array

        words, table, grams = self._counts(texts)
        shape = (len(texts), len(self._grams))
        if not len(grams) or not len(self._grams):
            return csr_array(shape, dtype=np.float32)
        place = np.minimum(np.searchsorted(self._grams, grams), len(self._grams) - 1)
        known = np.flatnonzero(self._grams[place] == grams)
        part = table[:, known].tocsr()
        columns = place[known][part.indices]
        part = csr_array((part.data, columns, part.indptr), shape=(part.shape[0], shape[1]))
        return self._weighted((words @ part).tocsr())
