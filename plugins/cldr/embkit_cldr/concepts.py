"""Tasks from the names alone, without a download: kinds, analogies, retrieval, lexicons."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from embkit.datasets import Analogies, Groups, Parallel, Retrieval, Texts
from embkit.errors import InvalidData

from embkit_cldr.names import CLASSES, alike, names, share_letters, spread

__all__ = [
    "all_names",
    "analogies",
    "categories",
    "currencies_of",
    "languages_of",
    "lexicon",
    "retrieval",
]

_MOST_OF_A_CLASS = 60
_FEWEST_OF_A_CLASS = 8
_MOST_PAIRS = 30
_MOST_QUESTIONS = 600
_FEWEST_PAIRS = 6
# Three times the 300 dimensions that most word vectors have.
_FEWEST_NAMES = 900
_QUALIFIED = "name with brackets, dashes or digits"


def _need(enough: bool, tag: str, what: str) -> None:
    if not enough:
        raise InvalidData(f"CLDR has too little for '{tag}': {what}")


def categories(tag: str, native: bool = False) -> Groups:
    """Names of six kinds, at most 60 of each.

    A name of two kinds (a language and its script) belongs to neither. Outside English, a name that
    is the same in English is left out: it may never have been translated. native: leave out, too,
    what seems to be the English name in another spelling (केनिया).
    """
    table, qualified = names(tag)
    english = names("en")[0]
    kinds = Counter(
        name for kind in CLASSES for name in {name.casefold() for name in table[kind].values()}
    )
    texts: list[str] = []
    labels: list[str] = []
    ambiguous = untranslated = loans = beyond = 0
    for kind in CLASSES:
        kept = []
        for code, name in table[kind].items():
            if kinds[name.casefold()] > 1:
                ambiguous += 1
            elif tag != "en" and name.casefold() == english[kind].get(code, "").casefold():
                untranslated += 1
            elif native and alike(name, english[kind].get(code, "")):
                loans += 1
            else:
                kept.append(name)
        kept = sorted(set(kept))
        if len(kept) < _FEWEST_OF_A_CLASS:
            continue
        chosen = spread(kept, "categories", tag)[:_MOST_OF_A_CLASS]
        beyond += len(kept) - len(chosen)
        texts += chosen
        labels += [kind] * len(chosen)
    _need(len(set(labels)) >= 3, tag, "fewer than three kinds of names")
    return Groups(
        texts=texts,
        labels=labels,
        dropped=_counted({
            _QUALIFIED: qualified,
            "name of two kinds": ambiguous,
            "same name as in English": untranslated,
            "English name in another spelling": loans,
            f"beyond {_MOST_OF_A_CLASS} of a kind": beyond,
        }),
    )  # fmt: skip


def _counted(reasons: dict[str, int]) -> dict[str, int]:
    return {reason: count for reason, count in reasons.items() if count}


def currencies_of() -> dict[str, list[str]]:
    """The legal tenders of each territory today, the newest first: seven territories have two."""
    from babel.core import get_global

    found = {}
    for territory, history in get_global("territory_currencies").items():
        today = [
            (start or (0,), code) for code, start, end, tender in history if tender and not end
        ]
        if today:
            found[territory] = [code for _, code in sorted(today, reverse=True)]
    return dict(sorted(found.items()))


def languages_of() -> dict[str, list[str]]:
    """The official languages of each territory, the most spoken first."""
    from babel.core import get_global

    found = {}
    for territory, spoken in get_global("territory_languages").items():
        official = [
            (-about["population_percent"], language)
            for language, about in spoken.items()
            if about["official_status"] in ("official", "de_facto_official")
        ]
        if official:
            found[territory] = [language.split("_")[0] for _, language in sorted(official)]
    return dict(sorted(found.items()))


def _answers(kind: str) -> dict[str, list[str]]:
    return currencies_of() if kind == "currency" else languages_of()


def analogies(tag: str, kind: str) -> Analogies:
    """Territory to currency, or to its most spoken official language; kind names which.

    Pairs whose names share letters (India, Indian rupee) are left out: spelling would answer them;
    so are territories with two currencies. Each answer comes from one territory, so no question has
    it twice.
    """
    table, qualified = names(tag)
    pairs: dict[str, str] = {}
    spelled = 0
    answers = _answers(kind)
    for territory in spread(answers, "analogies", tag, kind):
        head = table["territory"].get(territory)
        tail = table[kind].get(answers[territory][0])
        several = kind == "currency" and len(answers[territory]) > 1
        if several or not head or not tail or tail in pairs.values() or head == tail:
            continue
        if share_letters(head, tail) or alike(head, tail):
            spelled += 1
        elif len(pairs) < _MOST_PAIRS:
            pairs[head] = tail
    pairs = {head: tail for head, tail in pairs.items() if head not in pairs.values()}
    _need(len(pairs) >= _FEWEST_PAIRS, tag, f"{len(pairs)} pairs of territory and {kind}")
    asked = {f"{a}\0{c}": (a, pairs[a], c, pairs[c]) for a in pairs for c in pairs if a != c}
    chosen = [asked[key] for key in spread(asked, "questions", tag, kind)[:_MOST_QUESTIONS]]
    candidates = sorted({*table[kind].values(), *pairs})
    return Analogies(
        questions=chosen,
        categories=[f"territory-{kind}"] * len(chosen),
        candidates=candidates,
        dropped=_counted({_QUALIFIED: qualified, "pair that spelling answers": spelled}),
    )


def retrieval(tag: str, kind: str) -> Retrieval:
    """The currency or the official languages of a territory, among all of them."""
    table, qualified = names(tag)
    documents = sorted(set(table[kind].values()))
    place = {name: i for i, name in enumerate(documents)}
    relevant: dict[str, dict[int, float]] = defaultdict(dict)
    for territory, codes in _answers(kind).items():
        query = table["territory"].get(territory)
        for code in codes:
            if query and code in table[kind]:
                relevant[query][place[table[kind][code]]] = 1.0
    _need(len(relevant) >= 20, tag, f"{len(relevant)} territories with a {kind}")
    queries = sorted(relevant)
    return Retrieval(
        queries=queries,
        documents=documents,
        relevant=[relevant[query] for query in queries],
        dropped=_counted({_QUALIFIED: qualified}),
    )


def lexicon(tag: str, other: str) -> Parallel:
    """Names in another language, each with its names in this one, among all names of this one.

    Left out: names that are the same in both, and those that seem to be one name in two spellings
    or scripts: they test loans; a name leaves with all its meanings, so that none of its right
    answers counts as wrong. What was left out still competes as an answer. A name that stands for
    two things (Georgian, the language and the script) has the names of both as answers.
    """
    here, qualified = names(tag)
    there, _ = names(other)
    answers: dict[str, set[str]] = defaultdict(set)
    loans = set()
    for kind in CLASSES:
        for code in here[kind].keys() & there[kind].keys():
            name, answer = there[kind][code], here[kind][code]
            if alike(name, answer):
                loans.add(name)
            else:
                answers[name].add(answer)
    for name in loans & answers.keys():
        del answers[name]
    _need(len(answers) >= 20, tag, f"{len(answers)} names that differ from those in '{other}'")
    source = sorted(answers)
    return Parallel(
        source=source,
        gold=[sorted(answers[name]) for name in source],
        target=_distinct(here),
        dropped=_counted({_QUALIFIED: qualified, "one name in two spellings": len(loans)}),
    )


def all_names(tag: str) -> Texts:
    """Every name of the language once, whatever it names."""
    table, qualified = names(tag)
    texts = _distinct(table)
    _need(len(texts) >= _FEWEST_NAMES, tag, f"{len(texts)} names, fewer than {_FEWEST_NAMES}")
    return Texts(texts=texts, dropped=_counted({_QUALIFIED: qualified}))


def _distinct(table: Mapping[str, Mapping[str, str]]) -> list[str]:
    return sorted({name for kind in CLASSES for name in table[kind].values()})
