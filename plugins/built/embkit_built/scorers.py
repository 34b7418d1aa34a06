"""Three opinions of which class a text belongs to: its meaning, its letters, past decisions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from embkit.errors import InvalidData
from embkit.search import unit_rows
from numpy.typing import NDArray

from embkit_built.taxonomies import NONE, Taxonomy

__all__ = ["SCORERS", "Candidates", "Scorers"]

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
Floats = NDArray[np.float32]
Places = NDArray[np.int64]

SCORERS = ("embedding", "words", "decisions")
# Of each opinion so many classes are looked at further; nobody reads more than a shortlist.
_KEPT = 25
_PAIRED = 500  # classes of which each is paired with all others
_BLOCK = 1024  # texts; their scores with 8,000 classes are 32 MB


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """The classes that at least one opinion puts high, for each of n texts.

    classes: shape (n, m), positions in the taxonomy, len(taxonomy) for none, -1 where there is no
    further one; each once, in order of the taxonomy. scores: shape (n, m, 3), what `SCORERS` say,
    0 to about 1. nearest: shape (n,), the decided text that is most like it, -1 without decisions.
    likeness: shape (n,), of that one, 0 to 1. known: shape (n,), whether the text has a vector.
    """

    classes: Places
    scores: Floats
    nearest: Places
    likeness: Floats
    known: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.classes)

    def take(self, rows: Places) -> Candidates:
        """Those of some texts, by their positions."""
        return Candidates(
            classes=self.classes[rows],
            scores=self.scores[rows],
            nearest=self.nearest[rows],
            likeness=self.likeness[rows],
            known=self.known[rows],
        )


class Scorers:
    """The opinions of one embedder about the classes of one taxonomy.

    A class is compared by its name (title and synonyms) and by its definition (the title with the
    description); both count alike. A cosine of two embeddings is measured from what two texts of
    this taxonomy have by chance, so that it can be added to one of letters. embed_classes: where an
    encoder tells what is searched for from what is searched; else the same as embed.
    Raises InvalidData for a taxonomy of which no word is left after cleaning.
    """

    def __init__(
        self,
        taxonomy: Taxonomy,
        embed: Embed,
        embed_classes: Embed,
        clean: Callable[[str], str],
    ) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        self.taxonomy = taxonomy
        self._embed = embed
        names = [". ".join((found.title, *found.synonyms)) for found in taxonomy.classes]
        full = [
            f"{found.title}. {found.description}" if found.description else name
            for found, name in zip(taxonomy.classes, names, strict=True)
        ]
        self.clean = clean
        units = unit_rows(embed_classes(names))
        self.name_vectors: Floats = units.astype(np.float32)
        both_units = units + unit_rows(embed_classes(full))
        self._classes: Floats = (both_units / 2).astype(np.float32)
        # char_wb: n-grams that do not look across a space.
        self._letters = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, dtype=np.float32
        )
        cleaned = [clean(text) for text in (*names, *full)]
        if not any(cleaned):
            message = "no title holds a word; a title says what things are, as in 'boiler'"
            raise InvalidData(message, path=taxonomy.name)
        both = self._letters.fit_transform(cleaned)
        self.name_letters = both[: len(names)]
        self._class_letters = (both[: len(names)] + both[len(names) :]) / 2
        self._chance = self._chance_cosine()

    def _chance_cosine(self) -> float:
        """The cosine that half of the pairs of different classes stay below; 0 without a pair."""
        step = -(-len(self._classes) // _PAIRED)
        cosines = self._classes[::step] @ self._classes.T
        cosines[np.arange(len(cosines)), np.arange(0, len(self._classes), step)] = np.nan
        pairs = cosines[~np.isnan(cosines)]
        # Where all classes have one vector it tells nothing, and nothing is divided by 0.
        return min(float(np.median(pairs)), 0.99) if len(pairs) else 0.0

    def candidates(
        self,
        texts: Sequence[str],
        decided: Mapping[str, str],
        *,
        progress: Callable[[int], None] = lambda count: None,
    ) -> Candidates:
        """What speaks for which class, for one cleaned text or more.

        decided: cleaned texts with the code, or none, they were given; the decision about a text
        itself does not speak for its own class, so that decided texts can be learned from.
        progress: is told how many texts are done.
        """
        before = _Decided(self, decided) if decided else None
        blocks = []
        for start in range(0, len(texts), _BLOCK):
            block = texts[start : start + _BLOCK]
            blocks.append(self._block(block, before))
            progress(start + len(block))
        width = max(block.classes.shape[1] for block in blocks)
        return Candidates(
            classes=np.concatenate([_wide(block.classes, width, -1) for block in blocks]),
            scores=np.concatenate([_wide(block.scores, width, 0) for block in blocks]),
            nearest=np.concatenate([block.nearest for block in blocks]),
            likeness=np.concatenate([block.likeness for block in blocks]),
            known=np.concatenate([block.known for block in blocks]),
        )

    def vectors(self, texts: Sequence[str]) -> Floats:
        """Rows of length one, zeros for a text without a vector."""
        return unit_rows(self._embed(texts)).astype(np.float32)

    def letters(self, texts: Sequence[str]) -> Any:
        """A sparse row of n-grams for each text, of length one or zero."""
        return self._letters.transform(texts)

    def meaning(self, cosines: Floats) -> Floats:
        """Cosines as a score: 0 at what chance gives and below it, 1 for the same text."""
        scaled: Floats = (cosines - self._chance) / (1 - self._chance)
        return np.maximum(scaled, 0, out=scaled)

    def _block(self, texts: Sequence[str], before: _Decided | None) -> Candidates:
        count, classes = len(texts), len(self.taxonomy)
        vectors, letters = self.vectors(texts), self.letters(texts)
        scores = np.zeros((3, count, classes + 1), dtype=np.float32)
        scores[0, :, :-1] = self.meaning(vectors @ self._classes.T)
        scores[1, :, :-1] = (letters @ self._class_letters.T).toarray()
        nearest = np.full(count, -1, dtype=np.int64)
        likeness = np.zeros(count, dtype=np.float32)
        if before is not None:
            scores[2], nearest, likeness = before.scores(texts, vectors, letters)
        kept = min(_KEPT, classes)
        found = [np.argpartition(-one, kept, axis=1)[:, :kept] for one in scores[:2]]
        if before is not None:
            third = np.argpartition(-scores[2], kept, axis=1)[:, :kept]
            said = np.take_along_axis(scores[2], third, axis=1) > 0
            found.append(np.where(said, third, third[:, :1]))
        chosen = np.sort(np.concatenate(found, axis=1), axis=1)
        again = np.zeros(chosen.shape, dtype=bool)
        again[:, 1:] = chosen[:, 1:] == chosen[:, :-1]
        # That which stands a second time goes to the end.
        chosen = np.sort(np.where(again, classes + 1, chosen), axis=1)
        width = int((chosen <= classes).sum(axis=1).max(initial=1))
        chosen = chosen[:, :width]
        there = chosen <= classes
        picked = np.take_along_axis(
            scores, np.broadcast_to(np.where(there, chosen, 0), (3, *chosen.shape)), axis=2
        )
        return Candidates(
            classes=np.where(there, chosen, -1),
            scores=np.where(there[..., None], np.moveaxis(picked, 0, -1), np.float32(0)),
            nearest=nearest,
            likeness=likeness,
            known=np.any(vectors != 0, axis=1),
        )


class _Decided:
    """What was decided about texts, and how much it says about others that are like them."""

    def __init__(self, scorers: Scorers, decided: Mapping[str, str]) -> None:
        taxonomy = scorers.taxonomy
        none = len(taxonomy)
        pairs = [
            (text, none if code == NONE else taxonomy.place(code)) for text, code in decided.items()
        ]
        # In order of class: the best of each class is then one pass.
        order = np.argsort([place for _, place in pairs], kind="stable")
        self._order = order
        self._row = {pairs[old][0]: new for new, old in enumerate(order.tolist())}
        texts = [pairs[old][0] for old in order.tolist()]
        places = np.array([pairs[old][1] for old in order.tolist()], dtype=np.int64)
        self._classes, self._starts = np.unique(places, return_index=True)
        self._scorers = scorers
        self._vectors = scorers.vectors(texts)
        self._letters = scorers.letters(texts)

    def scores(
        self, texts: Sequence[str], vectors: Floats, letters: Any
    ) -> tuple[Floats, Places, Floats]:
        """For each text and class the likeness of the nearest decided text, and which that is."""
        scorers = self._scorers
        alike = scorers.meaning(vectors @ self._vectors.T)
        alike += (letters @ self._letters.T).toarray()
        alike /= 2
        for number, text in enumerate(texts):
            if text in self._row:
                alike[number, self._row[text]] = 0
        found = np.zeros((len(texts), len(scorers.taxonomy) + 1), dtype=np.float32)
        found[:, self._classes] = np.maximum.reduceat(alike, self._starts, axis=1)
        best = alike.argmax(axis=1)
        return found, self._order[best], alike[np.arange(len(texts)), best]


def _wide(rows: NDArray[Any], width: int, fill: int) -> NDArray[Any]:
    """Rows with more columns."""
    if rows.shape[1] == width:
        return rows
    wide = np.full((len(rows), width, *rows.shape[2:]), fill, dtype=rows.dtype)
    wide[:, : rows.shape[1]] = rows
    return wide
