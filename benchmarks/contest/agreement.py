"""Whether two tools gave the same answers: a sentence, and yes or no; None for an index."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

__all__ = ["Agreement", "Compare", "found", "recall", "right", "same", "vectors"]

# Sums of float32 in another order; the vectors are of length 1 to 8, the cosines at most 1.
_ROUNDING = 2e-6
Answers = Mapping[str, Any]
Agreement = tuple[str, bool | None]
Compare = Callable[[Answers, Answers], Agreement]


def same(own: Answers, peer: Answers) -> Agreement:
    """Words and numbers, by their digests."""
    differ = [name for name in ("words", "numbers") if str(own[name]) != str(peer[name])]
    return f"{' and '.join(differ)} differ" if differ else "every word and number", not differ


def vectors(own: Answers, peer: Answers) -> Agreement:
    """Rows of vectors, NaN for none."""
    count = min(len(own["vectors"]), len(peer["vectors"]))
    first, second = own["vectors"][:count], peer["vectors"][:count]
    neither = np.isnan(first).any(axis=1) & np.isnan(second).any(axis=1)
    apart = np.where(neither, 0, np.abs(first - second).max(axis=1))
    near = int((apart <= _ROUNDING).sum())
    if near == count:
        return f"all {count:,}, " + (f"to {apart.max():.0e}" if apart.max() else "exactly"), True
    largest = f"largest difference {np.nanmax(apart):.2g}"
    return f"{near:,} of {count:,} to {_ROUNDING:.0e}; {largest}", False


def right(own: Answers, peer: Answers) -> Agreement:
    """Which questions were answered rightly."""
    count = min(len(own["right"]), len(peer["right"]))
    first, second = own["right"][:count], peer["right"][:count]
    alike = int((first == second).sum())
    return f"{alike:,} of {count:,} ({int(first.sum()):,} right)", alike == count


def found(own: Answers, peer: Answers) -> Agreement:
    """The neighbours found, place by place; such as differ by rounding alone may change places."""
    count = min(len(own["rows"]), len(peer["rows"]))
    rows, cosines = own["rows"][:count], own["cosines"][:count]
    alike = rows == peer["rows"][:count]
    tied = np.abs(cosines - peer["cosines"][:count]) <= _ROUNDING
    changed = int((~alike & tied).sum())
    note = f", {changed:,} changed places by rounding" if changed else ""
    return f"{int(alike.sum()):,} of {alike.size:,}{note}", bool((alike | tied).all())


def recall(own: Answers, peer: Answers) -> Agreement:
    """How many of the peer's neighbours are among one's own."""
    count = min(len(own["rows"]), len(peer["rows"]))
    inside = (own["rows"][:count, :, None] == peer["rows"][:count, None, :]).any(axis=1)
    return f"finds {inside.mean():.1%}", None
