"""What is in doubt, and what a person says to it in a spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from embkit.errors import InvalidData

from embkit_built.formulas import without_mark
from embkit_built.sheets import Table, read_sheet
from embkit_built.taxonomies import NONE, Taxonomy

__all__ = ["LATER", "Item", "items_of", "sheet_choices"]

LATER = "later"


@dataclass(frozen=True, kw_only=True)
class Item:
    """One text to decide about. shortlist: codes, best first; choice: what the sheet says."""

    text: str
    makers: str
    things: int
    line: str
    confidence: str
    shortlist: Sequence[str]
    choice: str
    sheet_line: int


def items_of(path: Path) -> tuple[list[Item], str]:
    """The texts of a review file in its order, and which taxonomy it is about.

    Raises InvalidRequest for a file that `embkit align --review` did not write.
    """
    table = read_sheet(path, wanted=("text", "decision"))
    numbers = [name for name in table.header if name.isdecimal()]
    names = ("text", "makers", "things", "line", "confidence", "decision", "taxonomy", *numbers)
    place = {name: table.column(name) for name in names}

    def code(cell: str) -> str:
        return without_mark(cell).partition(" : ")[0].strip()

    items = [
        Item(
            text=without_mark(cells[place["text"]]),
            makers=without_mark(cells[place["makers"]]),
            things=_things(table, line, cells[place["things"]]),
            line=cells[place["line"]],
            confidence=cells[place["confidence"]],
            shortlist=[code(cells[place[n]]) for n in numbers if code(cells[place[n]])],
            choice=code(cells[place["decision"]]),
            sheet_line=line,
        )
        for line, cells in table.rows
    ]
    return items, next((without_mark(cells[place["taxonomy"]]) for _, cells in table.rows), "")


def _things(table: Table, line: int, text: str) -> int:
    if not text.isdecimal():
        raise table.error(line, f"expected a number of things, got '{text}'")
    return int(text)


def sheet_choices(items: Sequence[Item], taxonomy: Taxonomy, path: Path) -> dict[int, str]:
    """By the position of an item the code that its column `decision` says; later is no decision.

    The number of a place in the shortlist stands for its code.
    Raises InvalidData, naming the row, for what is no code of the taxonomy.
    """
    found: dict[int, str] = {}
    for number, item in enumerate(items):
        choice = item.choice
        if choice.isdecimal() and 0 < int(choice) <= len(item.shortlist):
            choice = item.shortlist[int(choice) - 1]
        if not choice or choice.casefold() == LATER:
            continue
        if choice.casefold() == NONE:
            choice = NONE
        elif choice not in taxonomy:
            raise InvalidData(
                f"'{choice}' is no class of '{taxonomy.name}'; write a code, the number of one in "
                "the shortlist, none or later",
                path=path,
                line=item.sheet_line,
            )
        found[number] = choice
    return found
