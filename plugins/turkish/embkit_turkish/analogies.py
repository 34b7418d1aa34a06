"""Analogies: a task for each group of files, and one on request for each category in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

from embkit.datasets import Analogies
from embkit.records import File, Task
from embkit.rows import Row, read_fields, read_lines

__all__ = ["analogy_tasks", "find_analogy"]

_REPOSITORY = (
    "https://github.com/Turkish-Word-Embeddings/Word-Embeddings-Repository-for-Turkish"
    " (tasks/analogy)"
)
_SYNTACTIC = f"{_REPOSITORY}; Güngör and Yıldız 2017, doi 10.1109/SIU.2017.7960223"
_SEMANTIC = f"{_REPOSITORY}; after https://github.com/bunyamink/word-embedding-models"
_RESEARCH = "research only"
# The file `3. çoğul kişi çekimi` (third person plural) holds nine verbs in that person, gelirler,
# and 39 in the first person plural, geliriz.
_TWO_PERSONS = "1pl-3pl"


class _Group(NamedTuple):
    """Files whose questions share one search space: all their words.

    files: as in the keys of files.toml, each a category (but see _TWO_PERSONS).
    """

    summary: str
    files: tuple[str, ...]
    source: str
    licence: str
    notes: str = ""


_GROUPS: Mapping[str, _Group] = {
    "verb": _Group(
        "Inflected verbs, 14 categories: person, tense, mood, negation; 13,880 questions",
        (
            "1sg", "2sg", _TWO_PERSONS, "2pl", "present-yor", "present-mekte", "past-di",
            "past-mis", "future", "necessitative", "conditional", "imperative", "negation",
        ),
        _SYNTACTIC,
        _RESEARCH,
        "614 word pairs make the questions. The file published as third person plural holds nine "
        "verbs in it and 39 in the first person plural: the 351 questions from one person to the "
        "other are left out, the rest are the categories 3pl and 1pl. The file `istek kipi` "
        "(optative) holds conditionals, `emir kipi` imperatives of the third person.",
    ),
    "noun": _Group(
        "Inflected nouns, 14 categories: number, case, possession; 15,131 questions",
        (
            "plural", "accusative", "dative", "locative", "ablative", "genitive", "instrumental",
            "equative", "poss-1sg", "poss-2sg", "poss-3sg", "poss-1pl", "poss-2pl", "poss-3pl",
        ),
        _SYNTACTIC,
        _RESEARCH,
        "652 word pairs make the questions, 582 of them distinct: accusative and poss-3sg share 35 "
        "of their 49 pairs (yer, yeri), genitive and poss-2sg another 35 (yer, yerin). So 1,190 "
        "questions stand in two categories, and neither pair of scores is two findings.",
    ),
    "derivation": _Group(
        "Derived words, 6 suffixes: -li, -siz, -lik, -ci, -cik, -imsi; 4,836 questions",
        ("li", "siz", "lik", "ci", "cik", "imsi"),
        _SYNTACTIC,
        _RESEARCH,
        "233 word pairs make the questions. The paper that publishes the files leaves these out. "
        "Many derivations are possible and rare (liracık): coverage decides.",
    ),
    "semantic": _Group(
        "Family, synonyms, antonyms, currencies, regions, capitals; 3,296 questions",
        ("family", "synonyms", "antonyms", "currency", "city-region", "capital-country"),
        _SEMANTIC,
        "none stated",
        "139 word pairs make the questions. city-region has four answers (karadeniz, marmara, "
        "ege, akdeniz). Names are in lower case: vectors with capitals do not find them.",
    ),
    "mixed": _Group(
        "Chains of suffixes, and a sample of inflections; 491 questions",
        ("chains", "sample"),
        f"{_SYNTACTIC}; sample: https://github.com/bunyamink/word-embedding-models",
        f"{_RESEARCH}; sample: none stated",
    ),
}  # fmt: skip


def _person(form: str) -> str:
    """The person of a form in the file of two persons: gelirler, geliriz."""
    return "3pl" if form.endswith(("lar", "ler")) else "1pl"


def _asked(
    rows: Iterable[Row], category: str, dropped: Counter[str]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Category and words of each question, once; what cannot be asked is counted in `dropped`."""
    seen = set()
    for row in rows:
        words, own = row.fields, category
        if category == _TWO_PERSONS:
            own, other = _person(words[1]), _person(words[3])
            if own != other:
                dropped["question between two persons (1pl, 3pl)"] += 1
                continue
        if words in seen:
            dropped[f"repeated question ({category})"] += 1
        elif len(set(words)) < 4:
            dropped[f"question with a repeated word ({category})"] += 1
        else:
            yield own, words
        seen.add(words)


def _load(categories: Iterable[str], only: str, *paths: Path) -> Analogies:
    """The questions of all categories, or of one; the candidates are the words of all."""
    dropped: Counter[str] = Counter()
    candidates: dict[str, None] = {}
    chosen = []
    for category, path in zip(categories, paths, strict=True):
        left_out: Counter[str] = Counter()
        questions = list(_asked(read_fields(path, 4, delimiter=" "), category, left_out))
        candidates.update(dict.fromkeys(word for _, words in questions for word in words))
        wanted = [question for question in questions if only in ("", question[0])]
        if wanted:
            chosen += wanted
            dropped += left_out
    return Analogies(
        questions=[words for _, words in chosen],
        categories=[category for category, _ in chosen],
        candidates=tuple(candidates),
        dropped=dropped,
    )


def _load_world_capitals(path: Path) -> Analogies:
    """One section of a file of several; a section begins with a line `: name`."""
    rows, section = [], ""
    for row in read_lines(path):
        (text,) = row.fields
        if text.startswith(":"):
            section = text[1:].strip()
        elif section == "capital-world":
            words = tuple(text.split(" "))
            if len(words) != 4:
                raise row.error(f"expected 4 words, got {len(words)}")
            rows.append(row._replace(fields=words))
    dropped: Counter[str] = Counter()
    questions = [words for _, words in _asked(rows, "world-capitals", dropped)]
    return Analogies(
        questions=questions, categories=["world-capitals"] * len(questions), dropped=dropped
    )


def _task(name: str, files: Mapping[str, File], only: str = "") -> Task:
    group = _GROUPS[name]
    return Task(
        name=f"analogy-{name}-{only}" if only else f"analogy-{name}",
        summary=f"The category {only} of analogy-{name}, the same candidates" if only
        else group.summary,
        evaluator="analogy",
        load=partial(_load, group.files, only),
        needs=tuple(files[f"analogy-{name}-{category}.txt"] for category in group.files),
        source=group.source,
        licence=group.licence,
        notes=group.notes,
    )  # fmt: skip


def analogy_tasks(files: Mapping[str, File]) -> tuple[Task, ...]:
    """A task for each group."""
    return tuple(_task(name, files) for name in _GROUPS)


def find_analogy(name: str, files: Mapping[str, File]) -> Task | None:
    """The task of one category: `analogy-verb-negation`; candidates are those of its group.

    Two more are in no group: `analogy-semantic-world-capitals`, and the file of two persons with
    all its questions, `analogy-verb-3pl-as-published`.
    """
    if name == "analogy-semantic-world-capitals":
        return Task(
            name=name,
            summary="Capitals and countries of the world; 4,291 questions",
            evaluator="analogy",
            load=_load_world_capitals,
            needs=(files["analogy-semantic-all.txt"],),
            source="https://github.com/bunyamink/word-embedding-models (datasets/analogy)",
            licence="none stated",
            notes="115 word pairs make the questions. Names are in lower case but for Bakü, "
            "Banjul, Katmandu, Kenya and Kanada.",
        )
    if name == "analogy-verb-3pl-as-published":
        group = _GROUPS["verb"]
        return Task(
            name=name,
            summary="The file of the third person plural as it is published; 1,128 questions",
            evaluator="analogy",
            load=partial(_load, ("3pl-as-published",), ""),
            needs=(files[f"analogy-verb-{_TWO_PERSONS}.txt"],),
            source=group.source,
            licence=group.licence,
            notes="351 questions go from the third person to the first or back and have no right "
            "answer; for comparison with published numbers only.",
        )
    _, _, rest = name.partition("analogy-")
    group_name, _, category = rest.partition("-")
    if group_name not in _GROUPS:
        return None
    known = {*_GROUPS[group_name].files, *(("1pl", "3pl") if group_name == "verb" else ())}
    return _task(group_name, files, category) if category in known - {_TWO_PERSONS} else None
