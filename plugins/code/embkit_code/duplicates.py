"""Pairs of functions whose sets of tokens overlap so much that they are nearly the same."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence

__all__ = ["NEAR", "near_pairs"]

# What Allamanis 2019 calls a near-duplicate.
NEAR = 0.8


def near_pairs(
    rows: Sequence[Collection[str]], threshold: float = NEAR
) -> Iterator[tuple[int, int]]:
    """The pairs (i, j), i < j, of rows whose sets of tokens have a Jaccard index of the threshold.

    Exact: sets that overlap so much share one of their rarest tokens, as many as the threshold
    leaves to chance (prefix filter; Chaudhuri et al. 2006, Bayardo et al. 2007), so that only such
    pairs are compared. An empty row is near to none.
    """
    sets = [frozenset(row) for row in rows]
    frequency = Counter(token for row in sets for token in row)
    order = {
        token: place
        for place, token in enumerate(
            sorted(frequency, key=lambda token: (frequency[token], token))
        )
    }
    holding: defaultdict[int, list[int]] = defaultdict(list)
    # Shorter sets come first, so that a set only meets those that are no longer than itself.
    for i in sorted(range(len(sets)), key=lambda row: (len(sets[row]), row)):
        size = len(sets[i])
        rarest = sorted(order[token] for token in sets[i])
        prefix = rarest[: size - math.ceil(threshold * size) + 1]
        met: set[int] = set()
        for token in prefix:
            met.update(j for j in holding[token] if len(sets[j]) >= threshold * size)
            holding[token].append(i)
        for j in sorted(met):
            shared = len(sets[i] & sets[j])
            if shared >= threshold * (size + len(sets[j]) - shared):
                yield min(i, j), max(i, j)
