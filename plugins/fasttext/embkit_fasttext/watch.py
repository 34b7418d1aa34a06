"""Progress and remarks of long work, on stderr."""

from __future__ import annotations

import sys
import time
from typing import Any

import click

__all__ = ["Watch"]

_EVERY = 10  # seconds between lines of progress where there is no terminal


class Watch:
    """Progress and remarks on stderr: a bar on a terminal, else a line now and then."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._last = time.monotonic()
        self._bar: Any = None
        self._stage = ""
        if not quiet and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

            self._bar = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                TextColumn("{task.fields[amount]}"),
                TimeElapsedColumn(),
                console=Console(stderr=True, markup=False),
                transient=True,
            )

    def __enter__(self) -> Watch:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._bar:
            self._bar.stop()

    def tell(self, sentence: str) -> None:
        """A sentence for people."""
        if self._bar:
            self._bar.console.print(sentence, highlight=False)
        elif not self._quiet:
            click.echo(sentence, err=True)

    def progress(self, stage: str, done: int, total: int) -> None:
        """So much of a stage is done; total 0 when nobody knows, done 0 as well when it shows only
        at the end."""
        amount = f"{done / total:.0%}" if total else f"{done:,} lines" if done else "…"
        if self._bar:
            if stage != self._stage:
                self._stage = stage
                for task in self._bar.task_ids:
                    self._bar.remove_task(task)
                self._bar.add_task(stage, total=total or None, amount=amount)
            self._bar.update(self._bar.task_ids[0], completed=done, amount=amount)
        elif time.monotonic() - self._last >= _EVERY:
            self._last = time.monotonic()
            self.tell(f"{stage}: {amount}")
