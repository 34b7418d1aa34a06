"""Tasks that describe vectors and judge nothing: how words lie, and what names lean to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import partial
from importlib.resources import as_file, files
from pathlib import Path

from embkit.datasets import Associations, Texts
from embkit.languages import turkish
from embkit.records import File, Task
from embkit.rows import associations

from embkit_turkish.sentiment import REVIEWS, load_reviews

__all__ = ["description_tasks"]

_FEWEST = 10
_LISTS = "written for embkit (resources/SOURCES.toml); after Caliskan et al. 2017, arXiv 1608.07187"
_NOTES = (
    "It describes vectors and is no verdict on them, nor on anything made with them: other lists "
    "of words give other numbers. A positive weat_effect is men nearer to {}, women to {}."
)


def _frequent_words(*paths: Path) -> Texts:
    """Words of letters alone that the movie reviews have ten times or more, case folded."""
    reviews = load_reviews(*paths)
    language = turkish()
    counts: Counter[str] = Counter()
    for text in (*reviews.train_texts, *reviews.valid_texts, *reviews.test_texts):
        counts.update(language.tokenize(language.fold(language.normalize(text))))
    words = list(filter(str.isalpha, counts))
    frequent = sorted(word for word in words if counts[word] >= _FEWEST)
    rare = len(words) - len(frequent)
    return Texts(
        texts=frequent,
        dropped={
            f"word that stands fewer than {_FEWEST} times": rare,
            "word not of letters alone": len(counts) - len(words),
        },
    )


def _lists(groups: tuple[str, str], kinds: tuple[str, str]) -> Associations:
    with as_file(files(__package__).joinpath("word_lists.tsv")) as path:
        return associations(path, groups, kinds)


def description_tasks(pinned: Mapping[str, File]) -> tuple[Task, ...]:
    """words-isotropy, over the movie reviews, and two of bias."""
    return (
        Task(
            name="words-isotropy",
            summary="How the vectors of words lie: all that movie reviews have ten times or more",
            evaluator="isotropy",
            load=_frequent_words,
            needs=tuple(pinned[name] for name in REVIEWS),
            source="the reviews of movie-sentiment: https://github.com/Turkish-Word-Embeddings/"
            "Word-Embeddings-Repository-for-Turkish",
            licence="none stated",
            notes="6,662 words of movie-sentiment in lower case, inflected forms each on its own. "
            "No licence is stated; treat it as research data.",
        ),
        Task(
            name="bias-career",
            summary="Names of men and women: do they lean to career and family? 10 names each",
            evaluator="bias",
            load=partial(_lists, ("man-name", "woman-name"), ("career", "family")),
            source=_LISTS,
            licence="CC0-1.0",
            notes=_NOTES.format("career", "family"),
        ),
        Task(
            name="bias-science",
            summary="Words for men and women: do they lean to science and art? 10 words each",
            evaluator="bias",
            load=partial(_lists, ("man", "woman"), ("science", "art")),
            source=_LISTS,
            licence="CC0-1.0",
            notes=_NOTES.format("science", "art"),
        ),
    )
