"""The nouns that plugins offer: small frozen records with a name to type and a summary to read."""

from __future__ import annotations

import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, runtime_checkable

from embkit.errors import InvalidRequest

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from embkit.datasets import Dataset
    from embkit.predictions import Predictions
    from embkit.results import Results
    from embkit.vectors import Vectors

__all__ = [
    "Benchmark",
    "ComposingEmbedder",
    "Embedder",
    "Evaluator",
    "File",
    "Language",
    "Option",
    "Protocol",
    "Provider",
    "QueryEmbedder",
    "RankingEmbedder",
    "Reporter",
    "Request",
    "Setting",
    "SizedEmbedder",
    "Task",
    "TokenEmbedder",
    "TruncatingEmbedder",
    "Variant",
    "VocabularyEmbedder",
    "deferred",
]

OptionValue = str | int | float | bool


def _frozen(mapping: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(dict(mapping))


def deferred(where: str) -> Callable[..., Any]:
    """A function that stands for `module:function` and imports the module when it is called.

    With it a record can be offered without waiting for numpy.
    """
    module, _, name = where.partition(":")

    def call(*arguments: Any) -> Any:
        from importlib import import_module

        return getattr(import_module(module), name)(*arguments)

    return call


@dataclass(frozen=True, kw_only=True)
class File:
    """A file that lies elsewhere and is fetched once.

    urls: addresses tried in order. sha256: 64 hexadecimal digits, or "" when its publisher gives
    none: then the first download pins what it got, and every later one must match. bytes: its size,
    0 when unknown. name: what the cached file is called, with an ending that tells its format.
    """

    name: str
    urls: Sequence[str]
    sha256: str = ""
    bytes: int = 0
    licence: str = ""


@dataclass(frozen=True, kw_only=True)
class Language:
    """How one language is cut into words and normalised.

    name: a BCP 47 tag. normalize: text to its one spelling (NFC at least), applied before the
    other two. tokenize: a normalised text to its words, without punctuation. fold: a normalised
    text without the distinction of case, the language's own way. script: ISO 15924, of the usual
    spelling. version: raise it when the output for any text changes; stored vectors are then made
    anew. space_separates: none of the three looks across a space, so what is done to two texts with
    a space between them is what is done to each; many texts are then cut at once, several times as
    fast. `embkit.testing.check_language` tries whether it is so. read: of a language that stands in
    files of its own kind, such as source code, the texts of a folder or of one such file, None for
    another file; it counts in words what it leaves out. lex: a normalised text to all its tokens,
    punctuation among them and none with white space, which is what models of words are trained on
    instead of what `tokenize` gives.
    """

    name: str
    summary: str
    normalize: Callable[[str], str]
    tokenize: Callable[[str], list[str]]
    fold: Callable[[str], str]
    script: str = ""
    version: str = "1"
    space_separates: bool = False
    read: Callable[[Path, Counter[str]], Iterator[str] | None] | None = None
    lex: Callable[[str], list[str]] | None = None


@dataclass(frozen=True, kw_only=True)
class Option:
    """One option of a provider or a protocol, as typed after `?` in a spec.

    type: str, int, float or bool; choices: the allowed values, empty for any.
    """

    name: str
    type: type = str
    default: OptionValue | None = None
    help: str = ""
    choices: Sequence[OptionValue] = ()


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a provider is asked to load.

    argument: what stood behind `:` in the spec, "" without one. options: every option the provider
    declares, with its value or default. files: the fetched paths of the provider's `needs`, and
    behind them of `argument_needs`.
    """

    language: Language
    argument: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    files: Sequence[Path] = ()
    device: str = "cpu"
    offline: bool = False
    progress: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "options", _frozen(self.options))


@runtime_checkable
class Embedder(typing.Protocol):
    """A loaded provider; turns texts into an array.

    dim: length of a row. fingerprint: sha256 over weights, options and text layer, so that two
    embedders with one fingerprint give the same vectors.
    """

    @property
    def dim(self) -> int: ...

    @property
    def fingerprint(self) -> str: ...

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of the texts, shape (len(texts), dim), float32; a row of NaN means no vector.

        A text's row depends on that text alone: not on its neighbours, order or batch.
        """
        ...


@runtime_checkable
class QueryEmbedder(typing.Protocol):
    """An embedder that gives a text another vector when it is a query."""

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As `embed`, for texts in the role of a query."""
        ...


@runtime_checkable
class TokenEmbedder(typing.Protocol):
    """An embedder that gives a word another vector in another sentence."""

    def embed_tokens(self, sentences: Sequence[Sequence[str]]) -> Sequence[NDArray[np.float32]]:
        """For each sentence, given as its words, an array of shape (len(sentence), dim), float32.

        A row of NaN means no vector. What a sentence gets depends on that sentence alone.
        """
        ...


@runtime_checkable
class TruncatingEmbedder(typing.Protocol):
    """An embedder that reads no more than the beginning of a long text, and counts what it did not.

    Both counts rise with every call; what a call added to them is part of what it cost.
    """

    @property
    def texts_cut(self) -> int:
        """Texts of which the end was not read."""
        ...

    @property
    def tokens_cut(self) -> int:
        """Tokens of theirs that were not read."""
        ...


@runtime_checkable
class VocabularyEmbedder(typing.Protocol):
    """An embedder that can list the words it has, in the order of its source."""

    @property
    def words(self) -> Sequence[str]: ...


@runtime_checkable
class RankingEmbedder(typing.Protocol):
    """An embedder that can tell how frequent words are by their place in its vocabulary."""

    def ranks(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """The place, from 1, of the word of each text that comes last in the vocabulary.

        Shape (len(texts),), int64; 0 where a word is not there, or a text has none.
        """
        ...


@runtime_checkable
class ComposingEmbedder(typing.Protocol):
    """An embedder that may compose vectors of words outside its vocabulary, as of subwords."""

    @property
    def vocabulary_alone(self) -> Embedder | None:
        """The same without composed vectors, and another fingerprint; None where none are."""
        ...


@runtime_checkable
class SizedEmbedder(typing.Protocol):
    """An embedder that can tell how large its model is."""

    @property
    def model_bytes(self) -> int:
        """Bytes of the numbers that must be at hand: rows of words and n-grams, or parameters.

        As they are stored, whether on disk or in memory; not the spelling of words nor a tokenizer.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Provider:
    """An offer of embeddings: a name, a summary, a way to load.

    languages: BCP 47 tags it covers, empty for any. argument: what stands behind `:` in its spec,
    in words ("path of a .bin or .vec file"), "" when nothing may. needs: a function from a language
    tag and the options to the files to fetch first. argument_needs: the same of those that the
    argument names, from the argument and the options. trained_on: ids of tasks, or globs of ids,
    whose data its training has seen. connects: load may fetch, by a package of its own, what no
    `needs` can name; offline it raises Unreachable for what is not here.
    """

    name: str
    summary: str
    load: Callable[[Request], Embedder]
    languages: Sequence[str] = ()
    argument: str = ""
    options: Sequence[Option] = ()
    needs: Callable[[str, Mapping[str, Any]], Sequence[File]] | None = None
    argument_needs: Callable[[str, Mapping[str, Any]], Sequence[File]] | None = None
    source: str = ""
    licence: str = ""
    trained_on: Sequence[str] = ()
    connects: bool = False


@dataclass(frozen=True, kw_only=True)
class Task:
    """One dataset and the name of the evaluator that scores it.

    load: takes the fetched path of each file in `needs`, in that order, and returns the dataset; it
    opens no connection. query_language: BCP 47 tag of the queries of retrieval, or of the words to
    translate, when it is not the benchmark's language. notes: what a reader must know, such as
    "smoke set". language: of a task that a benchmark of many languages finds. connects: load may
    fetch, by a package of its own, what no `needs` can name; such a task is refused offline.
    """

    name: str
    summary: str
    evaluator: str
    load: Callable[..., Dataset]
    needs: Sequence[File] = ()
    source: str = ""
    licence: str = ""
    query_language: str = ""
    notes: str = ""
    language: str = ""
    connects: bool = False


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """A named set of tasks for one language and one domain; a task's id is `benchmark/task`.

    language: a BCP 47 tag, or `mul` where `find` makes tasks in many and each says its own. find:
    makes a task that is not listed from its name, or returns None, for families too large to list
    (one task for each other language). of_source: makes the benchmark of a folder of the user's own
    (`embkit eval --source`), under another name; it raises InvalidRequest for what is no folder.
    """

    name: str
    summary: str
    language: str
    tasks: Sequence[Task]
    domain: str = "general"
    find: Callable[[str], Task | None] | None = None
    of_source: Callable[[Path], Benchmark] | None = None


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What an evaluator may know beside dataset and vectors.

    task: id of the task, a part of every seed. options: of the protocol, by name.
    """

    language: Language
    task: str = ""
    seed: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "options", _frozen(self.options))

    def seed_for(self, purpose: str) -> int:
        """A seed of 32 bits for one purpose, the same in every run and in any order of tasks."""
        import hashlib

        name = f"{self.seed}\0{self.task}\0{purpose}".encode()
        return int.from_bytes(hashlib.sha256(name).digest()[:4], "big")

    def generator(self, purpose: str) -> np.random.Generator:
        """A random generator for one purpose, seeded by (seed, task, purpose)."""
        import numpy as np

        return np.random.default_rng(self.seed_for(purpose))


@dataclass(frozen=True, kw_only=True)
class Evaluator:
    """A pure function from dataset and vectors to predictions, and from predictions to scores.

    predict: dataset, vectors and setting to one row per scored item. measure: any set of such rows
    to named scores; `metric` names the main one, which rises with quality. floors: named functions
    from dataset and setting alone to predictions, the scores that anything real must beat.
    measure_samples: optional, `measure` of many samples at once: row i of the predictions stands
    weights[d, i] times in sample d, weights of shape (draws, n), no sample empty; named arrays of
    shape (draws,). It is worth it where a bootstrap of `measure` is slow. ranges: the lowest and
    the highest value of each score that may lie elsewhere than from 0 to 1; no interval leaves
    them. descriptive: the scores say what vectors are like, not which are better; none is marked as
    the best, and ranks are made without them. version: raise it when a score changes; stored
    results are then measured anew.
    """

    name: str
    summary: str
    family: Literal["intrinsic", "extrinsic"]
    accepts: type[Dataset]
    metric: str
    predict: Callable[[Any, Vectors, Setting], Predictions]
    measure: Callable[[Predictions], Mapping[str, float]]
    floors: Mapping[str, Callable[[Any, Setting], Predictions]] = field(default_factory=dict)
    measure_samples: (
        Callable[[Predictions, NDArray[np.int64]], Mapping[str, NDArray[np.float64]]] | None
    ) = None
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    descriptive: bool = False
    version: str = "1"


@dataclass(frozen=True, kw_only=True)
class Variant:
    """How one evaluator measures under a protocol; what is not given is the evaluator's own.

    summary: how it differs, a difference a line. metric: a score that `measure` gives. prepare: the
    dataset and the words of the embedder (none, where it has no vocabulary) to the dataset that is
    scored. What it scores and in which order depends on the dataset alone, so that two embedders
    are measured on the same items. Floors see what it makes without words. ranges: as an
    `Evaluator` has them, of the scores that it measures and the evaluator does not. floor_options:
    which of the protocol's options the floors depend on and are given, None for all; where two
    protocols differ in others alone, floors are measured once.
    """

    summary: str
    predict: Callable[[Any, Vectors, Setting], Predictions] | None = None
    measure: Callable[[Predictions], Mapping[str, float]] | None = None
    metric: str = ""
    floors: Mapping[str, Callable[[Any, Setting], Predictions]] | None = None
    prepare: Callable[[Any, Sequence[str]], Any] | None = None
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    floor_options: Sequence[str] | None = None


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """A named way to measure other than the default: a paper's, or a framework's.

    variants: by name of the evaluator; tasks of all others are left out under this protocol.
    options: reach the functions of the variants as those of the setting. version: raise it when a
    score changes.
    """

    name: str
    summary: str
    source: str
    variants: Mapping[str, Variant]
    options: Sequence[Option] = ()
    version: str = "1"

    def __post_init__(self) -> None:
        object.__setattr__(self, "variants", _frozen(self.variants))

    def of(self, evaluator: Evaluator) -> Evaluator:
        """The evaluator as this protocol has it.

        Raises InvalidRequest when the protocol says nothing about it.
        """
        variant = self.variants.get(evaluator.name)
        if variant is None:
            raise InvalidRequest(
                f"protocol '{self.name}' says nothing about evaluator '{evaluator.name}', only "
                f"about {', '.join(self.variants)}"
            )
        return replace(
            evaluator,
            predict=variant.predict or evaluator.predict,
            measure=variant.measure or evaluator.measure,
            measure_samples=None if variant.measure else evaluator.measure_samples,
            metric=variant.metric or evaluator.metric,
            floors=evaluator.floors if variant.floors is None else variant.floors,
            ranges={**evaluator.ranges, **variant.ranges},
            version=f"{evaluator.version}, {self.name} {self.version}",
        )


@dataclass(frozen=True, kw_only=True)
class Reporter:
    """A pure function from results to text."""

    name: str
    summary: str
    render: Callable[[Results], str]
