"""The errors of embkit, each with the exit code the command line gives it.

EmbkitError                 1
├── InvalidRequest          2   an option, a spec or a combination that cannot be
├── NotFound                3   no plugin offers what was named
├── InvalidData             4   a file or dataset that cannot be read as what it claims to be
│   └── UnknownText         4   a text without a vector was asked for its row
├── PluginError             5   a plugin broke its promise
├── Unreachable            69   a host that does not answer, or a download while offline
└── StorageError           74   a full disk, a folder without permission
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from os import PathLike

__all__ = [
    "EmbkitError",
    "InvalidData",
    "InvalidRequest",
    "NotFound",
    "PluginError",
    "StorageError",
    "UnknownText",
    "Unreachable",
    "suggestion",
]


class EmbkitError(Exception):
    """Anything embkit refuses to do; its text is a sentence a user can act on."""

    exit_code = 1


class InvalidRequest(EmbkitError):
    """What was asked for cannot be done as it was asked."""

    exit_code = 2


class NotFound(EmbkitError):
    """No installed plugin offers the thing that was named."""

    exit_code = 3


class InvalidData(EmbkitError):
    """A file or a dataset is not what it claims to be.

    path: the file as the user named it; line: counted from 1. Both lead the message.
    """

    exit_code = 4

    def __init__(
        self, message: str, *, path: str | PathLike[str] | None = None, line: int | None = None
    ) -> None:
        place = "" if path is None else f"{path}: " if line is None else f"{path}, line {line}: "
        super().__init__(place + message)
        self.path = path
        self.line = line


class UnknownText(InvalidData):
    """A row was asked for a text that has no vector."""


class PluginError(EmbkitError):
    """A plugin returned something that its contract does not allow."""

    exit_code = 5


class Unreachable(EmbkitError):
    """A file is not here and cannot be had: offline, no answer, or every address failed."""

    exit_code = 69


class StorageError(EmbkitError):
    """The disk refused: full, read-only, or without permission."""

    exit_code = 74


def suggestion(name: str, known: Iterable[str]) -> str:
    """The end of a sentence: "; did you mean 'indicft'?", or nothing when nothing is near."""
    near = get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return f"; did you mean '{near[0]}'?" if near else ""
