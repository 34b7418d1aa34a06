"""How much meaning and letters count before anything is decided, told from definitions."""

from __future__ import annotations

import numpy as np

from embkit_built.ranking import Mix
from embkit_built.scorers import Scorers

__all__ = ["first_mix"]

_SHARES = (0.5, 0.6, 0.4, 0.7, 0.3, 0.85, 0.15)
_ENOUGH, _MOST = 20, 1000  # definitions


def first_mix(scorers: Scorers) -> Mix:
    """The mix by which definitions best find the names of their own classes.

    The measure is the mean reciprocal rank; of equal mixes the plainest is taken, and the half of
    each where there are too few definitions to tell.
    """
    classes = scorers.taxonomy.classes
    defined = [n for n, found in enumerate(classes) if found.description]
    if len(defined) < _ENOUGH:
        return Mix()
    defined = defined[:: -(-len(defined) // _MOST)]
    texts = [classes[n].description for n in defined]
    meaning = scorers.meaning(scorers.vectors(texts) @ scorers.name_vectors.T)
    letters = (
        scorers.letters([scorers.clean(t) for t in texts]) @ scorers.name_letters.T
    ).toarray()
    own = np.arange(len(defined)), np.array(defined)

    def quality(share: float) -> float:
        totals = share * meaning + (1 - share) * letters
        place = (totals >= totals[own][:, None]).sum(axis=1)
        return float(np.round((1 / place).mean(), 4))

    share = max(_SHARES, key=quality)
    return Mix(embedding=share, words=round(1 - share, 2))
