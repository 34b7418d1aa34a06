"""The tasks of one language, as records; datasets are made when a task is loaded."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from functools import partial
from typing import Any, NamedTuple

from embkit.datasets import Dataset
from embkit.records import Benchmark, File, Task, deferred

__all__ = ["ANNOTATED", "HELD", "benchmark"]

_LICENCE = "Unicode-3.0"
_SOURCE = "Unicode CLDR, by way of Babel"


class _Kind(NamedTuple):
    """What the tasks of one name have in common; load: the function that makes the dataset."""

    evaluator: str
    load: str
    summary: str
    arguments: Sequence[str | bool] = ()
    notes: str = ""


_KINDS = "territories, languages, currencies, scripts, units, calendar"
_CONCEPTS = {
    "categories": _Kind("clustering", "categories", _KINDS),
    "categories-native": _Kind(
        "clustering",
        "categories",
        "the same without names that are English in another spelling",
        (True,),
    ),
    "categories-purity": _Kind(
        "categorisation", "categories", "purity of the clusters of categories"
    ),
    "categories-outlier": _Kind("outlier", "categories", "the name among eight of another kind"),
    "currency-analogies": _Kind(
        "analogy", "analogies", "territory to currency, not by spelling", ("currency",)
    ),
    "language-analogies": _Kind(
        "analogy", "analogies", "territory to language, not by spelling", ("language",)
    ),
    "currency-retrieval": _Kind(
        "retrieval", "retrieval", "the currency of a territory among all", ("currency",)
    ),
    "language-retrieval": _Kind(
        "retrieval", "retrieval", "the languages of a territory among all", ("language",)
    ),
    "names-isotropy": _Kind(
        "isotropy",
        "all_names",
        "how the vectors of all names lie",
        notes="n names span n - 1 dimensions at most: isoscore says little of vectors that are "
        "longer than a third of n",
    ),
}
_EMOJI = {
    "emoji-odd-one-out": _Kind("odd-one-out", "odd_one_out", "the name that is of another kind"),
    "emoji-categories": _Kind("clustering", "categories", "names of emoji by kind"),
    "emoji-categories-purity": _Kind(
        "categorisation", "categories", "purity of the clusters of emoji-categories"
    ),
    "emoji-categories-outlier": _Kind(
        "outlier", "categories", "the name of an emoji among eight of another kind"
    ),
    "emoji-relatedness": _Kind("similarity", "relatedness", "keywords by the emoji they share"),
    "emoji-retrieval": _Kind("retrieval", "retrieval", "the names of emoji with a keyword"),
}
_COMMIT = "b08a82b582f1120d630d623f9e5073316741574d"
_ANNOTATIONS = (
    f"https://raw.githubusercontent.com/unicode-org/cldr-json/{_COMMIT}/cldr-json/"
    "cldr-annotations-full/annotations/{tag}/annotations.json"
)
_EMOJI_TEST = File(
    name="emoji-test.txt",
    urls=("https://unicode.org/Public/emoji/15.0/emoji-test.txt",),
    sha256="8445f23ac8388e096be19d0262e14fceff856ff52093f2356dc89485f1a853db",
    bytes=593240,
    licence=_LICENCE,
)
# sha256 and size of the annotations that were checked; others are pinned at their first download.
ANNOTATED = {
    "am": ("fd3fff411dea9031b85cdd8b567a751e74a4a935589a8a1cb820ddaa22a96220", 535083),
    "de": ("1071d9ccbcad11b9c02f05fa5a2d5f42feddb0cb177d20132e40ac988d14c3af", 446323),
    "en": ("2405d3f2e4c5812a4faf93d965630246269e0177ce907d863c7d6bb197e957c1", 434893),
    "eu": ("4d184eb6e1db0ace11b99fe36fc234747aecab2cb4458a10aebab2f3106f68ea", 398415),
    "hi": ("0100b3a659d721aeafc32acdd802a6c72f099c2e6df1419001990b1c6e2e9a3f", 611939),
    "mr": ("4837e29a022d7c585378a8d9ec20512de293d38125327ff6967a6e1091ea7d93", 672647),
    "ne": ("15ca989e5b794ef77ee995c60566a5d2baeef0f4385008c33511e8364bd3c1c8", 540171),
    "qu": ("c6d43a3a395b8070d15c4d2340d703233134890c5eb450e8aa8a3db09c1a5518", 352234),
    "sw": ("94d2205a8e851586822fa55fdc138c2a464c4c924db9ae7c09361574ef33808a", 417793),
    "tr": ("98b20c8c852a1ce14b6ebb00eafe175eeba7d6a34da2dd6d03592c9b156de683", 446063),
    "yo": ("f9bcbc11c5793d57766999852a7cb4441dc9a64d7812446428bba7ccda2ecc09", 418658),
}

# Others whose file the repository holds, by its public index: CLDR calls their coverage modern, for
# which it asks names of all emoji, or the file was seen to hold 160,000 characters or more (those
# of languages with a handful of names hold a few thousand). Their content was not checked.
_HELD = (
    "af ar as az be bg bn br bs ca chr cs cv cy da dsb el es et fa fi fo fr ga gd gl gu "
    "ha he hr hsb hu hy id is it ja jv ka kk km kn ko kok ky lb lo lt lv mi mk ml mn ms "
    "mt my nl no or pa pcm pl ps pt ro ru sc sd si sk sl so sq sr sv ta te tg th ti tk to "
    "ug uk ur uz vi wo xh yue zh zu "
)
HELD = frozenset(_HELD.split())


def _annotations(tag: str) -> File:
    digest, size = ANNOTATED.get(tag, ("", 0))
    return File(
        name=f"cldr-annotations-{tag}.json",
        urls=(_ANNOTATIONS.format(tag=tag),),
        sha256=digest,
        bytes=size,
        licence=_LICENCE,
    )


def _concept(tag: str, name: str) -> Task:
    kind = _CONCEPTS[name]
    load: Callable[..., Any] = deferred(f"embkit_cldr.concepts:{kind.load}")
    return Task(
        name=name,
        summary=kind.summary,
        evaluator=kind.evaluator,
        load=partial(load, tag, *kind.arguments),
        source=_SOURCE,
        licence=_LICENCE,
        notes=kind.notes,
    )


def _lexicon(tag: str, other: str) -> Task:
    load: Callable[..., Dataset] = deferred("embkit_cldr.concepts:lexicon")
    return Task(
        name=f"lexicon-{other}",
        summary=f"names in {other}, their names in {tag} among all",
        evaluator="bilingual-lexicon",
        load=partial(load, tag, other),
        source=_SOURCE,
        licence=_LICENCE,
        query_language=other,
        notes="no pair is given to learn from: vectors of two languages that were trained apart "
        "share no space, and reach what chance reaches",
    )


def _emoji(tag: str, name: str) -> Task:
    kind = _EMOJI[name]
    return Task(
        name=name,
        summary=kind.summary,
        evaluator=kind.evaluator,
        load=deferred(f"embkit_cldr.emoji:{kind.load}"),
        needs=(_annotations(tag), _EMOJI_TEST),
        source="Unicode CLDR annotations and emoji list",
        licence=_LICENCE,
        notes=kind.notes,
    )


def benchmark(tag: str, concepts: Sequence[str], others: Container[str]) -> Benchmark:
    """The benchmark of a language.

    concepts: names of the tasks without a download that CLDR has enough for. others: languages for
    which `find` makes a lexicon. Tasks on emoji are listed where CLDR is known to have annotations,
    and found by name for every other language; CLDR may have none for it.
    """
    tasks = [_concept(tag, name) for name in concepts if name in _CONCEPTS]
    listed = "es" if tag == "en" else "en"
    if f"lexicon-{listed}" in concepts:
        tasks.append(_lexicon(tag, listed))
    if tag in ANNOTATED or tag in HELD:
        tasks += [_emoji(tag, name) for name in _EMOJI]

    def find(name: str) -> Task | None:
        other = name.removeprefix("lexicon-")
        if other != name and other != tag and other in others:
            return _lexicon(tag, other)
        return _emoji(tag, name) if name in _EMOJI else None

    return Benchmark(
        name=f"cldr-{tag}",
        summary="names of things in Unicode CLDR: categories, analogies, lexicon",
        language=tag,
        tasks=tuple(tasks),
        find=find,
    )
