"""Texts that a spreadsheet would take for formulas: an apostrophe before them makes them texts."""

from __future__ import annotations

__all__ = ["as_text", "without_mark"]

_MARK = "'"
# A text that begins with the mark gets a second one, so that taking it away is safe.
_BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", _MARK)


def as_text(cell: str) -> str:
    """The cell as it is written where a register of others must not run in a spreadsheet."""
    return _MARK + cell if cell.startswith(_BEGINNINGS) else cell


def without_mark(cell: str) -> str:
    """What `as_text` was given; a cell that a person wrote is mostly what it is."""
    marked = cell.startswith(_MARK) and cell[1:].startswith(_BEGINNINGS)
    return cell[1:] if marked else cell
