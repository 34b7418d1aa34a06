"""Tasks that describe vectors and judge nothing: how words lie, and what names lean to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from importlib.resources import as_file, files
from pathlib import Path

from embkit.datasets import Associations, Labelled, Texts
from embkit.records import File, Task
from embkit.rows import associations

from embkit_marathi.language import marathi

__all__ = ["description_tasks"]

_FEWEST = 5
_DEVANAGARI = re.compile("[\u0904-\u0939]")
_LISTS = "written for embkit (resources/SOURCES.toml); after Caliskan et al. 2017, arXiv 1608.07187"
_NOTES = (
    "It describes vectors and is no verdict on them, nor on anything made with them: other lists "
    "of words give other numbers. A positive weat_effect is men nearer to {}, women to {}."
)


def _frequent_words(read: Callable[..., Labelled], *paths: Path) -> Texts:
    """Words in Devanagari that the reviews, which `read` makes of the paths, have five times."""
    reviews = read(*paths)
    language = marathi()
    counts: Counter[str] = Counter()
    for text in (*reviews.train_texts, *reviews.valid_texts, *reviews.test_texts):
        counts.update(language.tokenize(language.fold(language.normalize(text))))
    words = list(filter(_DEVANAGARI.search, counts))
    frequent = sorted(word for word in words if counts[word] >= _FEWEST)
    rare = len(words) - len(frequent)
    return Texts(
        texts=frequent,
        dropped={
            f"word that stands fewer than {_FEWEST} times": rare,
            "word without a Devanagari letter": len(counts) - len(words),
        },
    )


def _lists(groups: tuple[str, str], kinds: tuple[str, str]) -> Associations:
    with as_file(files(__package__).joinpath("word_lists.tsv")) as path:
        return associations(path, groups, kinds)


def description_tasks(
    reviews: Callable[..., Labelled], needs: Sequence[File], source: str, licence: str
) -> tuple[Task, ...]:
    """words-isotropy, over the movie reviews of mahasent-mr, and two of bias.

    reviews: makes their dataset out of the files in `needs`.
    """
    return (
        Task(
            name="words-isotropy",
            summary="How the vectors of words lie: all that movie reviews have five times or more",
            evaluator="isotropy",
            load=partial(_frequent_words, reviews),
            needs=needs,
            source=source,
            licence=licence,
            notes="5,341 words of mahasent-mr, inflected forms each on its own. For non-commercial "
            "research.",
        ),
        Task(
            name="bias-career",
            summary="Names of men and women: do they lean to career and family? 12 names each",
            evaluator="bias",
            load=partial(_lists, ("man-name", "woman-name"), ("career", "family")),
            source=_LISTS,
            licence="CC0-1.0",
            notes=_NOTES.format("career", "family"),
        ),
        Task(
            name="bias-science",
            summary="Words for men and women: do they lean to science and art? 12 words each",
            evaluator="bias",
            load=partial(_lists, ("man", "woman"), ("science", "art")),
            source=_LISTS,
            licence="CC0-1.0",
            notes=_NOTES.format("science", "art"),
        ),
    )
