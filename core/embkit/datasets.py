"""The rows of a task, in one of a few fixed shapes; plain tuples, checked when made."""

from __future__ import annotations

import hashlib
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from functools import cached_property
from itertools import accumulate, chain
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar

from embkit.errors import InvalidData

Shape = TypeVar("Shape", bound="Dataset")

__all__ = [
    "Analogies",
    "Associations",
    "Dataset",
    "Groups",
    "Inflections",
    "Labelled",
    "LabelledPairs",
    "Pairs",
    "Parallel",
    "Relations",
    "Retrieval",
    "Tagged",
    "Texts",
]


@dataclass(frozen=True, kw_only=True)
class Dataset(ABC):
    """What every shape has in common.

    dropped: rows of the source that were left out, a count for each reason in words, so that a
    result can say what it was not measured on. slices: by name a label for each scored item, such
    as its affix or its number of morphemes, by which a score is broken down. scored: of a shape,
    the fields with one row for each scored item; one that is empty is not used.
    """

    scored: ClassVar[tuple[str, ...]] = ()

    dropped: Mapping[str, int] = field(default_factory=dict, compare=False)
    slices: Mapping[str, Sequence[str]] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "dropped", MappingProxyType(dict(self.dropped)))
        slices = {name: tuple(labels) for name, labels in self.slices.items()}
        object.__setattr__(self, "slices", MappingProxyType(slices))
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, list):
                object.__setattr__(self, item.name, tuple(value))
        optional = {item.name for item in fields(self) if item.default is not MISSING}
        columns = {name: getattr(self, name) for name in self.scored}
        _same_length(**{name: c for name, c in columns.items() if c or name not in optional})
        self.check()
        if not self.items:
            raise InvalidData(f"a dataset of shape {type(self).__name__} has no items")
        for name, labels in self.slices.items():
            if len(labels) != self.items:
                raise InvalidData(f"slice '{name}' has {len(labels)} labels for {self.items} items")

    def check(self) -> None:  # noqa: B027
        """Raise InvalidData when the fields contradict each other; scored ones are equally long."""

    @property
    def items(self) -> int:
        """How many rows are scored."""
        return len(getattr(self, self.scored[0]))

    @property
    @abstractmethod
    def needed(self) -> Sequence[str]:
        """All texts that need a vector, repeats included."""

    @property
    def needed_queries(self) -> Sequence[str]:
        """Texts that need a vector in the role of a query; most shapes have none."""
        return ()

    @property
    def needed_sentences(self) -> Sequence[Sequence[str]]:
        """Sentences whose words need a vector in context, where an embedder gives one."""
        return ()

    @property
    def item_texts(self) -> Sequence[Sequence[str]]:
        """For each scored item the texts it cannot do without; empty where a shape does not say."""
        return ()

    @property
    def item_queries(self) -> Sequence[Sequence[str]]:
        """The same of texts in the role of a query."""
        return ()

    @property
    def item_kinds(self) -> Mapping[str, Sequence[str]]:
        """By name a label for each scored item: the slices, and what else the shape tells apart."""
        return self.slices

    @cached_property
    def digest(self) -> str:
        """sha256 over shape and rows, 64 hexadecimal digits; the same rows give the same digest."""
        content: list[Any] = [type(self).__name__]
        unread = {"dropped"} if self.slices else {"dropped", "slices"}
        content += [
            [item.name, getattr(self, item.name)]
            for item in fields(self)
            if item.name not in unread
        ]
        # Lone surrogates cannot be encoded as UTF-8 but must still tell two datasets apart.
        data = json.dumps(
            content, ensure_ascii=True, separators=(",", ":"), sort_keys=True, default=dict
        )
        return hashlib.sha256(data.encode()).hexdigest()

    def head(self: Shape, limit: int) -> Shape:
        """The same dataset with at most `limit` scored rows; training rows stay.

        Rows are taken at even distances, so that a file sorted by label keeps all its labels.
        """
        count = self.items
        if count <= limit:
            return self
        chosen = [i * count // limit for i in range(limit)]
        columns = {name: getattr(self, name) for name in self.scored if getattr(self, name)}
        picked: dict[str, Any] = {
            name: [column[i] for i in chosen] for name, column in columns.items()
        }
        return replace(self, **picked, slices=self._sliced(chosen))

    def _sliced(self, chosen: Sequence[int]) -> dict[str, list[str]]:
        """The slices of some items."""
        return {name: [labels[i] for i in chosen] for name, labels in self.slices.items()}


def _same_length(**columns: Sequence[object]) -> None:
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise InvalidData(f"columns of one dataset must be equally long, got {found}")


def _two_labels(train: Sequence[str]) -> None:
    labels = sorted(set(train))
    if len(labels) < 2:
        raise InvalidData(
            "a classifier needs two labels in the train split, found "
            + (f"only '{labels[0]}' in {len(train)} rows" if labels else "no rows")
        )


@dataclass(frozen=True, kw_only=True)
class Pairs(Dataset):
    """Pairs of texts with a graded judgement: word similarity, relatedness, STS.

    scores: any scale, higher means closer.
    """

    first: Sequence[str]
    second: Sequence[str]
    scores: Sequence[float]
    scored = ("first", "second", "scores")

    def check(self) -> None:
        bad = [i for i, score in enumerate(self.scores) if score != score]
        if bad:
            raise InvalidData(f"pair {bad[0] + 1} of {len(self.scores)} has no score (NaN)")

    @property
    def needed(self) -> Sequence[str]:
        return (*self.first, *self.second)

    @property
    def item_texts(self) -> Sequence[Sequence[str]]:
        return list(zip(self.first, self.second, strict=True))


@dataclass(frozen=True, kw_only=True)
class Analogies(Dataset):
    """Questions a : b = c : d with the words d is searched among.

    questions: four words each; categories: the relation each question belongs to. candidates: the
    search space, the same for every embedder; empty means all words of the questions.
    """

    questions: Sequence[Sequence[str]]
    categories: Sequence[str]
    candidates: Sequence[str] = ()
    scored = ("questions", "categories")

    def check(self) -> None:
        object.__setattr__(self, "questions", tuple(tuple(row) for row in self.questions))
        for number, row in enumerate(self.questions, start=1):
            if len(row) != 4:
                raise InvalidData(f"analogy {number}: expected 4 words, got {len(row)}: {row}")
        words = dict.fromkeys(word for row in self.questions for word in row)
        if not self.candidates:
            object.__setattr__(self, "candidates", tuple(words))
        missing = {row[3] for row in self.questions} - set(self.candidates)
        if missing:
            raise InvalidData(
                f"{len(missing)} answers are not among the candidates: {min(missing)!r}"
            )
        if len(set(self.candidates)) != len(self.candidates):
            raise InvalidData("a candidate stands more than once")

    @property
    def needed(self) -> Sequence[str]:
        return (*self.candidates, *(word for row in self.questions for word in row))

    @property
    def item_texts(self) -> Sequence[Sequence[str]]:
        return self.questions

    @property
    def item_kinds(self) -> Mapping[str, Sequence[str]]:
        several = len(set(self.categories)) > 1
        return {**({"category": self.categories} if several else {}), **self.slices}


@dataclass(frozen=True, kw_only=True)
class Groups(Dataset):
    """Texts that belong to one group each, for clustering and categorisation."""

    texts: Sequence[str]
    labels: Sequence[str]
    scored = ("texts", "labels")

    @property
    def needed(self) -> Sequence[str]:
        return self.texts

    @property
    def item_texts(self) -> Sequence[Sequence[str]]:
        return [(text,) for text in self.texts]


@dataclass(frozen=True, kw_only=True)
class Labelled(Dataset):
    """Texts with one label each, cut into train, test and, where the source has it, validation.

    Raises InvalidData when train holds fewer than two labels: nothing can be learnt from one.
    """

    train_texts: Sequence[str]
    train_labels: Sequence[str]
    test_texts: Sequence[str]
    test_labels: Sequence[str]
    valid_texts: Sequence[str] = ()
    valid_labels: Sequence[str] = ()
    scored = ("test_texts", "test_labels")

    def check(self) -> None:
        _same_length(train_texts=self.train_texts, train_labels=self.train_labels)
        _same_length(valid_texts=self.valid_texts, valid_labels=self.valid_labels)
        if self.test_texts:
            _two_labels(self.train_labels)

    @property
    def needed(self) -> Sequence[str]:
        return (*self.train_texts, *self.valid_texts, *self.test_texts)

    @property
    def item_texts(self) -> Sequence[Sequence[str]]:
        return [(text,) for text in self.test_texts]


@dataclass(frozen=True, kw_only=True)
class LabelledPairs(Dataset):
    """Pairs of texts that belong together or not, such as paraphrases.

    labels: True for a pair that belongs together. train_*: pairs from which a threshold may be
    chosen; without them only threshold-free scores are given.
    """

    first: Sequence[str]
    second: Sequence[str]
    labels: Sequence[bool]
    train_first: Sequence[str] = ()
    train_second: Sequence[str] = ()
    train_labels: Sequence[bool] = ()
    scored = ("first", "second", "labels")

    def check(self) -> None:
        _same_length(
            train_first=self.train_first,
            train_second=self.train_second,
            train_labels=self.train_labels,
        )
        if self.labels and len(set(self.labels)) < 2:
            raise InvalidData(f"all {len(self.labels)} pairs carry the label {self.labels[0]}")

    @property
    def needed(self) -> Sequence[str]:
        return (*self.train_first, *self.train_second, *self.first, *self.second)

    @property
    def item_texts(self) -> Sequence[Sequence[str]]:
        return list(zip(self.first, self.second, strict=True))


@dataclass(frozen=True, kw_only=True)
class Retrieval(Dataset):
    """Queries, the documents they are searched among, and which of those are relevant.

    relevant: for each query the positions of its relevant documents with a grade above zero.
    candidates: for each query the positions of the only documents that compete, which makes the
    task one of reranking; empty means that all documents compete for every query.
    """

    queries: Sequence[str]
    documents: Sequence[str]
    relevant: Sequence[Mapping[int, float]]
    candidates: Sequence[Sequence[int]] = ()
    scored = ("queries", "relevant", "candidates")

    def check(self) -> None:
        rows = tuple(MappingProxyType(dict(row)) for row in self.relevant)
        object.__setattr__(self, "relevant", rows)
        object.__setattr__(self, "candidates", tuple(tuple(row) for row in self.candidates))
        for number, row in enumerate(self.relevant):
            query = self.queries[number]
            if not row or min(row.values()) <= 0:
                raise InvalidData(f"query {number + 1} ({query!r}) has no relevant document")
            rivals = self.candidates[number] if self.candidates else ()
            for position in (*row, *rivals):
                if not 0 <= position < len(self.documents):
                    raise InvalidData(
                        f"query {number + 1} ({query!r}) points at document {position}, "
                        f"there are {len(self.documents)} counted from 0"
                    )
            if self.candidates and not set(row) <= set(rivals):
                raise InvalidData(
                    f"query {number + 1} ({query!r}): a relevant document is no candidate"
                )

    @property
    def needed(self) -> Sequence[str]:
        return self.documents

    @property
    def needed_queries(self) -> Sequence[str]:
        return self.queries

    @property
    def item_texts(self) -> Sequence[Sequence[str]]:
        return [[self.documents[i] for i in row] for row in self.relevant]

    @property
    def item_queries(self) -> Sequence[Sequence[str]]:
        return [(query,) for query in self.queries]


@dataclass(frozen=True, kw_only=True)
class Relations(Dataset):
    """Pairs of words with the name of the relation they stand in, cut as in `Labelled`.

    first, second: in order, since most relations have a direction. A split is lexical when no word
    of a test pair stands in train; whether it is, the source decides.
    """

    train_first: Sequence[str]
    train_second: Sequence[str]
    train_labels: Sequence[str]
    test_first: Sequence[str]
    test_second: Sequence[str]
    test_labels: Sequence[str]
    valid_first: Sequence[str] = ()
    valid_second: Sequence[str] = ()
    valid_labels: Sequence[str] = ()
    scored = ("test_first", "test_second", "test_labels")

    def check(self) -> None:
        for split in ("train", "valid"):
            names = [f"{split}_{column}" for column in ("first", "second", "labels")]
            _same_length(**{name: getattr(self, name) for name in names})
        if self.test_first:
            _two_labels(self.train_labels)

    @property
    def needed(self) -> Sequence[str]:
        train = (*self.train_first, *self.train_second)
        valid = (*self.valid_first, *self.valid_second)
        return (*train, *valid, *self.test_first, *self.test_second)

    @property
    def item_texts(self) -> Sequence[Sequence[str]]:
        return list(zip(self.test_first, self.test_second, strict=True))


_ENTITY = re.compile(r"([BI])-?([^-].*)")


@dataclass(frozen=True, kw_only=True)
class Tagged(Dataset):
    """Sentences with one tag a word, cut into train, test and, where the source has it, validation.

    An item is a word of a test sentence. scheme: "" for tags that mean something alone, such as
    parts of speech; "IO" or "IOB" for entities, whose tags are O, I-TYPE and, in IOB, B-TYPE. An
    entity's tag without its hyphen (BNEP) gets it (B-NEP).
    Raises InvalidData for a sentence that is empty or has another number of tags, for a tag that
    is none of its scheme, and for a train split with fewer than two tags.
    """

    train_sentences: Sequence[Sequence[str]]
    train_tags: Sequence[Sequence[str]]
    test_sentences: Sequence[Sequence[str]]
    test_tags: Sequence[Sequence[str]]
    valid_sentences: Sequence[Sequence[str]] = ()
    valid_tags: Sequence[Sequence[str]] = ()
    scheme: str = ""
    scored = ("test_sentences", "test_tags")

    def check(self) -> None:
        if self.scheme not in ("", "IO", "IOB"):
            raise InvalidData(f"a scheme of tags is '', 'IO' or 'IOB', not {self.scheme!r}")
        for split in ("train", "valid", "test"):
            words = [tuple(row) for row in getattr(self, f"{split}_sentences")]
            tags = [tuple(row) for row in getattr(self, f"{split}_tags")]
            _same_length(**{f"{split}_sentences": words, f"{split}_tags": tags})
            for number, (row, own) in enumerate(zip(words, tags, strict=True), start=1):
                if not row or len(row) != len(own):
                    raise InvalidData(
                        f"{split} sentence {number} has {len(row)} words and {len(own)} tags"
                    )
            if self.scheme:
                tags = [tuple(map(self._entity_tag, row)) for row in tags]
            object.__setattr__(self, f"{split}_sentences", tuple(words))
            object.__setattr__(self, f"{split}_tags", tuple(tags))
        if self.test_sentences:
            _two_labels(list(chain.from_iterable(self.train_tags)))

    def _entity_tag(self, tag: str) -> str:
        found = _ENTITY.fullmatch(tag)
        if tag == "O":
            return tag
        if found is None or (found[1] == "B" and self.scheme == "IO"):
            raise InvalidData(f"{tag!r} is no tag of the scheme {self.scheme}")
        return f"{found[1]}-{found[2]}"

    @property
    def items(self) -> int:
        return sum(map(len, self.test_sentences))

    @property
    def needed(self) -> Sequence[str]:
        return tuple(chain.from_iterable(self.needed_sentences))

    @property
    def needed_sentences(self) -> Sequence[Sequence[str]]:
        return (*self.train_sentences, *self.valid_sentences, *self.test_sentences)

    @property
    def item_texts(self) -> Sequence[Sequence[str]]:
        return [(word,) for word in chain.from_iterable(self.test_sentences)]

    def head(self, limit: int) -> Tagged:
        """Whole sentences at even distances that come to at most `limit` words; one is cut."""
        if self.items <= limit:
            return self
        total = len(self.test_sentences)
        for count in range(max(1, total * limit // self.items), 0, -1):
            chosen = [i * total // count for i in range(count)]
            if count == 1 or sum(len(self.test_sentences[i]) for i in chosen) <= limit:
                break
        starts = [0, *accumulate(map(len, self.test_sentences))]
        words = [starts[i] + j for i in chosen for j in range(len(self.test_sentences[i][:limit]))]
        return replace(
            self,
            test_sentences=[self.test_sentences[i][:limit] for i in chosen],
            test_tags=[self.test_tags[i][:limit] for i in chosen],
            slices=self._sliced(words),
        )


@dataclass(frozen=True, kw_only=True)
class Parallel(Dataset):
    """Words of one language and their translations, searched among words of another language.

    source: the words to translate, each once; they are looked up as queries, so that a task whose
    `query_language` is theirs gets them from the provider of that language. gold: for each its
    translations. target: the search space, the same for every embedder; empty means all
    translations. train_source, train_target: pairs from which a map between two spaces can be
    fitted.
    """

    source: Sequence[str]
    gold: Sequence[Sequence[str]]
    target: Sequence[str] = ()
    train_source: Sequence[str] = ()
    train_target: Sequence[str] = ()
    scored = ("source", "gold")

    def check(self) -> None:
        object.__setattr__(self, "gold", tuple(tuple(row) for row in self.gold))
        _same_length(train_source=self.train_source, train_target=self.train_target)
        answers = dict.fromkeys(chain.from_iterable(self.gold))
        if not self.target:
            object.__setattr__(self, "target", tuple(answers))
        for word, translations in zip(self.source, self.gold, strict=True):
            if not translations:
                raise InvalidData(f"{word!r} has no translation")
        missing = set(answers) - set(self.target)
        if missing:
            raise InvalidData(
                f"{len(missing)} translations are not among the targets: {min(missing)!r}"
            )
        for name in ("source", "target"):
            if len(set(getattr(self, name))) != len(getattr(self, name)):
                raise InvalidData(f"a {name} word stands more than once")

    @property
    def needed(self) -> Sequence[str]:
        return (*self.target, *self.train_target)

    @property
    def needed_queries(self) -> Sequence[str]:
        return (*self.source, *self.train_source)

    @property
    def item_texts(self) -> Sequence[Sequence[str]]:
        return self.gold

    @property
    def item_queries(self) -> Sequence[Sequence[str]]:
        return [(word,) for word in self.source]


@dataclass(frozen=True, kw_only=True)
class Inflections(Dataset):
    """Forms of words, each with its lemma and its cell in the paradigm (`N;ACC;SG`).

    All forms and lemmas are the search space. queries: positions of the forms that are scored,
    empty for all. A form that stands for several cells has a row for each.
    """

    forms: Sequence[str]
    lemmas: Sequence[str]
    cells: Sequence[str]
    queries: Sequence[int] = ()
    scored = ("queries",)

    def check(self) -> None:
        _same_length(forms=self.forms, lemmas=self.lemmas, cells=self.cells)
        if not self.queries:
            object.__setattr__(self, "queries", tuple(range(len(self.forms))))
        for position in self.queries:
            if not 0 <= position < len(self.forms):
                raise InvalidData(
                    f"there is no form {position}, there are {len(self.forms)} counted from 0"
                )

    @property
    def needed(self) -> Sequence[str]:
        return (*self.forms, *self.lemmas)

    @property
    def item_texts(self) -> Sequence[Sequence[str]]:
        return [(self.forms[i], self.lemmas[i]) for i in self.queries]

    @property
    def item_kinds(self) -> Mapping[str, Sequence[str]]:
        features = [str(1 + self.cells[i].count(";")) for i in self.queries]
        return {"features": features, **self.slices}


@dataclass(frozen=True, kw_only=True)
class Texts(Dataset):
    """Distinct words or texts without a label, for what vectors are like among themselves."""

    texts: Sequence[str]
    scored = ("texts",)

    def check(self) -> None:
        known: set[str] = set()
        for number, text in enumerate(self.texts, start=1):
            if text in known:
                raise InvalidData(f"text {number} stands more than once: {text!r}")
            known.add(text)

    @property
    def needed(self) -> Sequence[str]:
        return self.texts

    @property
    def item_texts(self) -> Sequence[Sequence[str]]:
        return [(text,) for text in self.texts]


@dataclass(frozen=True, kw_only=True)
class Associations(Dataset):
    """Words of two groups, and two kinds of words that a group may lean to more than the other.

    targets: words of the groups, each once, such as names; groups: the group of each. first_kind,
    second_kind: words of opposite kinds, such as pleasant and unpleasant. The hypothesis is that
    the group that comes first leans to the first kind.
    """

    targets: Sequence[str]
    groups: Sequence[str]
    first_kind: Sequence[str]
    second_kind: Sequence[str]
    scored = ("targets", "groups")

    def check(self) -> None:
        labels = list(dict.fromkeys(self.groups))
        if self.groups and len(labels) != 2:
            raise InvalidData(f"expected two groups of targets, got {len(labels)}: {labels}")
        if len(set(self.targets)) != len(self.targets):
            raise InvalidData("a target stands more than once")
        for name in ("first_kind", "second_kind"):
            if not getattr(self, name):
                raise InvalidData(f"there is no word in {name}")
        both = set(self.first_kind) & set(self.second_kind)
        if both:
            raise InvalidData(f"{min(both)!r} is of both kinds")

    @property
    def needed(self) -> Sequence[str]:
        return (*self.targets, *self.first_kind, *self.second_kind)

    @property
    def item_texts(self) -> Sequence[Sequence[str]]:
        return [(word,) for word in self.targets]
