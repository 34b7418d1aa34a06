"""Files that may be gzipped, told by their first bytes."""

from __future__ import annotations

import contextlib
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from embkit.errors import InvalidData

__all__ = ["is_packed", "unpacked"]


def is_packed(path: Path) -> bool:
    """Whether a file is gzipped; raises InvalidData for a path that cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read(2) == b"\x1f\x8b"
    except FileNotFoundError:
        raise InvalidData("there is no such file", path=path) from None
    except IsADirectoryError:
        raise InvalidData("is a folder, expected a .bin or .vec file", path=path) from None
    except PermissionError:
        raise InvalidData("cannot be read: permission denied", path=path) from None


@contextlib.contextmanager
def unpacked(path: Path) -> Iterator[BinaryIO]:
    """The content of a file as a stream, unpacked where it is gzipped.

    Raises InvalidData for a path that cannot be read and, while it is read, for damaged gzip.
    """
    if not is_packed(path):
        with open(path, "rb") as file:
            yield file
        return
    with gzip.open(path, "rb") as stream:
        try:
            yield cast(BinaryIO, stream)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise InvalidData(
                f"ends too early or is damaged ({error}); fetch or copy it again", path=path
            ) from error
