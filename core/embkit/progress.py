"""What is going on, on a terminal: bars and lines of status below each other, on stderr."""

from __future__ import annotations

import contextlib
import functools
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["bar", "console"]

_PATIENCE = 1.0  # seconds; what is done within them has no bar


@functools.cache
def console() -> Console:
    """The console of stderr, one for all, so that what is shown at once does not overlap."""
    from rich.console import Console

    return Console(stderr=True, markup=False)


@contextlib.contextmanager
def bar(what: str, total: int, *, wanted: bool = True) -> Iterator[Callable[[int], None]]:
    """A function to tell how many of a total are done; it draws a bar when stderr is a terminal.

    what: in the plural, such as "texts". The bar appears after a second, below a line of status
    where there is one, and goes when the block ends. wanted: `Request.progress`.
    """
    if not (wanted and sys.stderr.isatty()):
        yield lambda done: None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    drawn = Progress(*columns, console=console(), transient=True)
    task: Any = None
    began = time.monotonic()

    def show(done: int) -> None:
        nonlocal task
        if task is None:
            if time.monotonic() - began < _PATIENCE:
                return
            task = drawn.add_task("", total=total)
            drawn.start()
        drawn.update(task, completed=done, description=f"{done:,} of {total:,} {what}")

    try:
        yield show
    finally:
        if task is not None:
            drawn.stop()
