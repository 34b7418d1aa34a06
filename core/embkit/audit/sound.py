"""Splits without the rows that cannot be scored, and what is found in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from embkit.audit.splits import Entry, Split
from embkit.text import collapsed

__all__ = ["Example", "Finding", "Sound", "unusable"]

# White space, and what stands beside it without being seen.
_BLANK = " \t\r\n\f\v\u00a0\u00ad\u200b\u200c\u200d\u2060\ufeff\u3000"


class Example(NamedTuple):
    """One row of a finding: where it stands, its text, and what else is to be said of it."""

    split: str
    line: int
    text: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong. what: a sentence; count: how many rows it is about, in `split`."""

    kind: str
    split: str
    what: str
    count: int
    examples: Sequence[Example] = ()


class Sound:
    """A split without the rows that cannot be scored, each row with what it is compared by."""

    def __init__(self, split: Split) -> None:
        self.split = split
        self.headers: list[Entry] = []
        self.empty: list[Entry] = []
        self.unlabelled: list[Entry] = []
        self.rows: list[Entry] = []
        for row in split.rows:
            if split.is_header(row):
                self.headers.append(row)
            elif not all(text.strip(_BLANK) for text in row.texts):
                self.empty.append(row)
            elif split.labelled and not row.label.strip():
                self.unlabelled.append(row)
            else:
                self.rows.append(row)
        self.keys = [self._key(row) for row in self.rows]

    def _key(self, row: Entry) -> tuple[str, ...]:
        texts = tuple(map(collapsed, row.texts))
        return texts if self.split.ordered or len(texts) != 2 else tuple(sorted(texts))

    @cached_property
    def places(self) -> Mapping[tuple[str, ...], list[int]]:
        """Where each distinct text or pair stands, as positions in `rows`."""
        found: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for position, key in enumerate(self.keys):
            found[key].append(position)
        return found

    @cached_property
    def decimals(self) -> int:
        """How many decimals the scores have at most."""
        return max((len(row.label.partition(".")[2]) for row in self.rows), default=0)

    @property
    def questions(self) -> bool:
        return bool(self.rows) and len(self.rows[0].texts) == 4

    @cached_property
    def pairs(self) -> Mapping[tuple[str, ...], int]:
        """The word pairs of questions, each with the first row it is part of."""
        found: dict[tuple[str, ...], int] = {}
        for position, key in enumerate(self.keys):
            found.setdefault(key[:2], position)
            found.setdefault(key[2:], position)
        return found

    def example(self, position: int, note: str = "") -> Example:
        return self.shown(self.rows[position], note)

    def shown(self, row: Entry, note: str = "") -> Example:
        return Example(self.split.name, row.line, " · ".join(row.texts), note)

    def finding(self, kind: str, what: str, examples: Sequence[Example], count: int = 0) -> Finding:
        return Finding(
            kind=kind,
            split=self.split.name,
            what=what,
            count=count or len(examples),
            examples=examples,
        )

    def of_all(self, count: int) -> str:
        return f"{count:,} of {len(self.rows):,} rows"


def unusable(one: Sound) -> Iterator[Finding]:
    """Rows that cannot be scored."""
    for kind, rows, what in (
        ("stray-header", one.headers, "repeat the header"),
        ("empty-text", one.empty, "have no text"),
        ("unscored", one.unlabelled, f"have no {one.split.labelled}"),
    ):
        if rows:
            said = f"{len(rows):,} of {len(one.split.rows):,} rows {what}"
            yield one.finding(kind, said, [one.shown(row, row.label) for row in rows])
    dropped = {reason: count for reason, count in one.split.dropped.items() if count}
    if dropped:
        reasons = "; ".join(f"{count:,} × {reason}" for reason, count in dropped.items())
        yield Finding(
            kind="left-out",
            split=one.split.source or one.split.name,
            what=reasons,
            count=sum(dropped.values()),
        )
