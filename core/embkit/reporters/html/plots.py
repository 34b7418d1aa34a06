"""Intervals as small drawings that stand in a cell: a line with a dot, and a stroke for a floor."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Axis", "whisker"]

_HEIGHT = 12
_MARGIN = 4
# A disk around the point where the pen is.
_DOT = "m-2.5 0a2.5 2.5 0 1 1 5 0a2.5 2.5 0 1 1-5 0"


@dataclass(frozen=True, kw_only=True)
class Axis:
    """From where to where a row of drawings reaches, and how wide each is in pixels."""

    low: float
    high: float
    width: int

    @classmethod
    def over(cls, values: Iterable[float], width: int) -> Axis:
        """The axis that all values fit on."""
        there = list(values) or [0.0, 1.0]
        return cls(low=min(there), high=max(there), width=width)

    def place(self, value: float) -> str:
        """Pixels from the left."""
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return f"{_MARGIN + share * (self.width - 2 * _MARGIN):.1f}".removesuffix(".0")


def whisker(
    axis: Axis, value: float, interval: tuple[float, float] | None, floor: float | None = None
) -> str:
    """A value with its interval on an axis; what it says stands as text beside it."""
    low, high = interval or (value, value)
    line = f"M{axis.place(low)} 6H{axis.place(high)}" if interval else ""
    below = "" if floor is None else f'<path class="fl" d="M{axis.place(floor)} 0V{_HEIGHT}"/>'
    # One path, as a page of thousands of intervals opens sooner with fewer elements.
    return (
        f'<svg class="w" width="{axis.width}" height="{_HEIGHT}" aria-hidden="true">'
        f'{below}<path d="{line}M{axis.place(value)} 6{_DOT}"/></svg>'
    )
