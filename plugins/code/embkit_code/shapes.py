"""Dataset shapes of this plugin: functions with a label, with a docstring, with a bug to find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from embkit.datasets import Dataset, Labelled, LabelledPairs
from embkit.errors import InvalidData

from embkit_code.lexing import code_tokens

__all__ = ["Described", "Functions", "Repairs", "Sequenced"]


@dataclass(frozen=True, kw_only=True)
class Functions(Labelled):
    """Functions with one label each; a function may stand there in several versions.

    test_functions: of each test text the function it is a version of, which is what intervals are
    drawn by: the clean and the buggy version of one function are not two witnesses.
    """

    test_functions: Sequence[str]
    scored = ("test_texts", "test_labels", "test_functions")  # type: ignore[assignment]


@dataclass(frozen=True, kw_only=True)
class Sequenced(Functions):
    """The same, each text as its tokens in order, so that what an embedder gives is a vector each.

    Source: `code_tokens`; layout and comments are no tokens.
    """

    @property
    def needed(self) -> Sequence[str]:
        return tuple(token for sentence in self.needed_sentences for token in sentence)

    @property
    def needed_sentences(self) -> Sequence[Sequence[str]]:
        texts = (*self.train_texts, *self.valid_texts, *self.test_texts)
        return [code_tokens(text) for text in texts]

    @property
    def item_texts(self) -> Sequence[Sequence[str]]:
        return ()


@dataclass(frozen=True, kw_only=True)
class Described(LabelledPairs):
    """Functions (first), each with its own docstring and with another's (second).

    functions: of each pair the function, which is what intervals are drawn by.
    """

    functions: Sequence[str]
    scored = ("first", "second", "labels", "functions")  # type: ignore[assignment]


@dataclass(frozen=True, kw_only=True)
class Repairs(Dataset):
    """Functions as tokens, some with one variable in the place of another: where, and which?

    sentences: the tokens. locations: the position of the wrong variable, -1 where there is none.
    candidates: the positions of all variables of the function, in order; a location is one of them.
    targets: those of the right variable, empty where nothing is wrong. functions: of which each
    test sentence is a version.
    """

    train_sentences: Sequence[Sequence[str]]
    train_locations: Sequence[int]
    train_candidates: Sequence[Sequence[int]]
    train_targets: Sequence[Sequence[int]]
    valid_sentences: Sequence[Sequence[str]]
    valid_locations: Sequence[int]
    valid_candidates: Sequence[Sequence[int]]
    valid_targets: Sequence[Sequence[int]]
    test_sentences: Sequence[Sequence[str]]
    test_locations: Sequence[int]
    test_candidates: Sequence[Sequence[int]]
    test_targets: Sequence[Sequence[int]]
    test_functions: Sequence[str]
    scored = (
        "test_sentences", "test_locations", "test_candidates", "test_targets", "test_functions",
    )  # fmt: skip

    def check(self) -> None:
        for split in ("train", "valid", "test"):
            columns = {
                name: getattr(self, f"{split}_{name}")
                for name in ("sentences", "locations", "candidates", "targets")
            }
            if len(set(map(len, columns.values()))) > 1:
                raise InvalidData(f"columns of {split} differ in length")
            for name in ("sentences", "candidates", "targets"):
                rows = tuple(tuple(row) for row in columns[name])
                object.__setattr__(self, f"{split}_{name}", rows)
            for number, (tokens, location, candidates, targets) in enumerate(
                zip(*columns.values(), strict=True), start=1
            ):
                problem = _contradiction(len(tokens), location, candidates, targets)
                if problem:
                    raise InvalidData(f"{split} function {number}: {problem}")

    @property
    def needed(self) -> Sequence[str]:
        return tuple(token for sentence in self.needed_sentences for token in sentence)

    @property
    def needed_sentences(self) -> Sequence[Sequence[str]]:
        return (*self.train_sentences, *self.valid_sentences, *self.test_sentences)


def _contradiction(
    size: int, location: int, candidates: Sequence[int], targets: Sequence[int]
) -> str:
    """What is wrong with the places of one function, "" when nothing is."""
    if not candidates or not all(0 <= place < size for place in candidates):
        return f"its candidates must be places of its {size} tokens, got {list(candidates)}"
    if location == -1:
        return "nothing is wrong with it, and yet it has targets" if targets else ""
    if location not in candidates or not targets:
        return "the wrong variable must be a candidate, and have a target"
    if not set(targets) <= set(candidates) - {location}:
        return "its targets must be other candidates than the wrong variable"
    return ""
