"""What people decided about texts: a file that only grows, read before anything is scored."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from embkit.cache import storage_errors
from embkit.errors import InvalidData, InvalidRequest

from embkit_built.formulas import as_text, without_mark
from embkit_built.sheets import Table, read_sheet
from embkit_built.taxonomies import NONE, Taxonomy

__all__ = [
    "COLUMNS",
    "Change",
    "Decision",
    "append_decisions",
    "changed_codes",
    "current",
    "read_decisions",
]

COLUMNS = ("text", "makers", "code", "title", "replaces", "taxonomy", "who", "when")
_NEEDED = ("text", "code")


@dataclass(frozen=True, kw_only=True)
class Decision:
    """text, makers: as they stood in the register. code: of a class, or none. title: of it, then.

    replaces: the code of an earlier decision about the same text that this one corrects, "" for
    none. taxonomy: its name and version. when: date and time, ISO 8601. line: in its file.
    """

    text: str
    makers: str = ""
    code: str
    title: str = ""
    replaces: str = ""
    taxonomy: str = ""
    who: str = ""
    when: str = ""
    line: int = 0


def read_decisions(path: Path) -> list[Decision]:
    """The decisions in a file, oldest first.

    Raises InvalidRequest without the columns `text` and `code`, InvalidData, naming the row, for
    one that is empty.
    """
    table = read_sheet(path, wanted=_NEEDED)
    for name in _NEEDED:
        table.column(name)
    places = {name: table.first_column(name) for name in COLUMNS}
    found = []
    for line, cells in table.rows:
        fields = {n: "" if p is None else without_mark(cells[p].strip()) for n, p in places.items()}
        if not fields["text"] or not fields["code"]:
            missing = "text" if not fields["text"] else "code"
            raise _error(table, line, f"there is a decision without a {missing}; fill it in")
        if fields["code"].casefold() == NONE:
            fields["code"] = NONE
        found.append(Decision(line=line, **fields))
    return found


def _error(table: Table, line: int, message: str) -> InvalidData:
    return InvalidData(message, path=table.path, line=line)


def current(
    decisions: Iterable[Decision], clean: Callable[[str, str], str], path: Path
) -> dict[str, Decision]:
    """The decision that holds for each cleaned text, in order of the first one about it.

    A text with nothing left after cleaning stands as it was written, in angle brackets.
    Raises InvalidData, naming both rows, for two decisions about one text of which the later one
    does not say that it replaces the earlier.
    """
    found: dict[str, Decision] = {}
    for decision in decisions:
        key = clean(decision.text, decision.makers) or f"<{decision.text}>"
        before = found.get(key)
        if before and before.code != decision.code and decision.replaces != before.code:
            raise InvalidData(
                f"'{decision.text}' is '{decision.code}' here and '{before.code}' in line "
                f"{before.line}; delete one, or write {before.code} in the column replaces here",
                path=path,
                line=decision.line,
            )
        found[key] = decision
    return found


@dataclass(frozen=True, kw_only=True)
class Change:
    """A code of past decisions that the taxonomy has changed.

    kind: dropped, or retitled. suggestion: for a dropped one the code that now has its title, or
    one much like it, "" for none. line: of the first decision with it.
    """

    kind: str
    code: str
    title: str
    now: str
    suggestion: str
    decisions: int
    line: int


def changed_codes(decisions: Iterable[Decision], taxonomy: Taxonomy) -> list[Change]:
    """What became of the codes that were decided for, in order of their first decision."""
    by_title = {found.title.casefold(): found.code for found in taxonomy.classes}
    groups: dict[str, list[Decision]] = {}
    for decision in decisions:
        if decision.code != NONE:
            groups.setdefault(decision.code, []).append(decision)
    changes = []
    for code, group in groups.items():
        title = next((one.title for one in group if one.title), "")
        now = taxonomy.get(code).title if code in taxonomy else ""
        if code in taxonomy and (not title or title == now):
            continue
        near = get_close_matches(title.casefold(), by_title, n=1, cutoff=0.75) if not now else []
        changes.append(
            Change(
                kind="retitled" if now else "dropped",
                code=code,
                title=title,
                now=now,
                suggestion=by_title[near[0]] if near else "",
                decisions=len(group),
                line=group[0].line,
            )
        )
    return changes


def append_decisions(path: Path, decisions: Sequence[Decision]) -> None:
    """Add decisions to the end of a file, which is made when it is not there.

    Nothing that stands in it is changed; what was added is on the disk when this returns.
    Raises InvalidRequest for a file that is no table of decisions of ours, StorageError where the
    disk refuses.
    """
    with storage_errors(path):
        _append(path, decisions)


def _append(path: Path, decisions: Sequence[Decision]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = not path.exists() or not path.stat().st_size
    delimiter = "," if new else _delimiter(path)
    with open(path, "a", encoding="utf-8", newline="") as file:
        if not new and not path.read_bytes().endswith(b"\n"):
            file.write("\n")
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        if new:
            writer.writerow(COLUMNS)
        writer.writerows(
            [as_text(getattr(decision, name)) for name in COLUMNS] for decision in decisions
        )
        file.flush()
        os.fsync(file.fileno())


def _delimiter(path: Path) -> str:
    """What stands between the columns of decisions; Excel writes ; where numbers have a comma."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        header = file.readline()
    found: dict[str, list[str]] = {
        sign: next(csv.reader([header], delimiter=sign), []) for sign in ",;\t"
    }
    for sign, columns in found.items():
        if tuple(columns) == COLUMNS:
            return sign
    most = max(found.values(), key=lambda columns: len(columns))
    raise InvalidRequest(
        f"'{path}' cannot be added to: its columns are {', '.join(most)}, "
        f"those of decisions are {', '.join(COLUMNS)}"
    )
