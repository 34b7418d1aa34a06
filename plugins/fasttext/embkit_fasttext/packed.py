"""Files as streams of bytes, unpacked where they are packed: gzip, bzip2, xz, zstandard, zip."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from embkit.errors import InvalidData

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["first_bytes", "is_packed", "largest", "largest_of", "unpacked"]

_HEAD = 1 << 16
_CHUNK = 1 << 20
# Vectors as text shrink to a third or a fifth. A matrix of zeros would come near these.
_RATIO, _ALLOWANCE = 200, 1 << 24
_XZ_MEMORY = 1 << 28  # `xz -9` asks for 65 MB; a file may ask for 4 GB


def _plain(path: Path) -> BinaryIO:
    return open(path, "rb")


def _gzip(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path, "rb"))


def _bzip2(path: Path) -> BinaryIO:
    return cast(BinaryIO, _Chain(path, bz2.BZ2Decompressor))


def _xz(path: Path) -> BinaryIO:
    return cast(BinaryIO, _Chain(path, lambda: lzma.LZMADecompressor(memlimit=_XZ_MEMORY)))


def _zstandard(path: Path) -> BinaryIO:
    import pyarrow as pa

    stream: BinaryIO = pa.input_stream(str(path), compression="zstd")
    return stream


def _zip(path: Path) -> BinaryIO:
    """The one file in an archive."""
    archive = zipfile.ZipFile(path)
    names = _members(archive)
    if len(names) != 1:
        listed = ", ".join(f"'{name}'" for name in names[:5])
        more = ", …" if len(names) > 5 else ""
        raise InvalidData(
            f"is an archive of {len(names)} files, expected one: {listed}{more}; "
            "unpack the one you want",
            path=path,
        )
    return cast(BinaryIO, archive.open(names[0]))


_PACKINGS: tuple[tuple[re.Pattern[bytes], Callable[[Path], BinaryIO]], ...] = (
    (re.compile(rb"\x1f\x8b"), _gzip),
    (re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)"), _bzip2),
    (re.compile(rb"\xfd7zXZ\0"), _xz),
    (re.compile(rb"\x28\xb5\x2f\xfd"), _zstandard),
    (re.compile(rb"PK\x03\x04"), _zip),
)


class _Chain(io.RawIOBase):
    """What a file of packed streams, one after the other, unpacks to."""

    def __init__(self, path: Path, decompressor: Callable[[], Any]) -> None:
        self._file = open(path, "rb")  # noqa: SIM115
        self._decompressor = decompressor
        self._current = decompressor()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        while True:
            packed = self._current.unused_data if self._current.eof else b""
            if not packed and (self._current.eof or self._current.needs_input):
                packed = self._file.read(_CHUNK)
                if not packed and not self._current.eof:
                    raise EOFError("its last stream has no end")
            if self._current.eof:
                packed = packed.lstrip(b"\0")  # xz files may be padded
                if not packed:
                    return 0
                self._current = self._decompressor()
            data = self._current.decompress(packed, len(view))
            if data:
                view[: len(data)] = data
                return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()


class _Bounded(io.RawIOBase):
    """A stream that ends in InvalidData where it is damaged, or longer than it may be."""

    def __init__(self, stream: BinaryIO, path: Path, limit: int) -> None:
        self._stream = stream
        self._path = path
        self._left = limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        try:
            count: int = self._stream.readinto(buffer)  # type: ignore[attr-defined]
        except (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile) as error:
            raise InvalidData(
                f"ends too early or is damaged ({error}); fetch or copy it again", path=self._path
            ) from error
        self._left -= count
        if self._left < 0:
            raise InvalidData(
                f"unpacks to more than {_RATIO} times its size, which word vectors do not; "
                "unpack it yourself if you trust it",
                path=self._path,
            )
        return count


def _members(archive: zipfile.ZipFile) -> list[str]:
    return [name for name in archive.namelist() if not name.endswith("/")]


def _packing(path: Path) -> Callable[[Path], BinaryIO] | None:
    """What unpacks a file, None for one that is not packed.

    An archive of arrays is none, but numpy's own format. Raises InvalidData for a path that cannot
    be read.
    """
    try:
        # A pipe would be waited for.
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise InvalidData("is no file", path=path)
        with open(path, "rb") as file:
            head = file.read(16)
    except FileNotFoundError:
        raise InvalidData("there is no such file", path=path) from None
    except OSError as error:
        raise InvalidData(f"cannot be read ({error.strerror})", path=path) from None
    opener = next((opener for magic, opener in _PACKINGS if magic.match(head)), None)
    if opener is _zip:
        try:
            with zipfile.ZipFile(path) as archive:
                if all(name.endswith(".npy") for name in _members(archive)):
                    return None
        except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as error:
            raise InvalidData(
                f"is a damaged archive ({error}); fetch or copy it again", path=path
            ) from error
    return opener


def is_packed(path: Path) -> bool:
    """Whether a file is packed; raises InvalidData for a path that cannot be read."""
    return _packing(path) is not None


def largest(path: Path) -> int:
    """The most bytes that a file may unpack to; of one that is not packed, its size."""
    size = path.stat().st_size
    return largest_of(size) if is_packed(path) else size


def largest_of(size: int) -> int:
    """The most bytes that so many packed ones may unpack to."""
    return _RATIO * size + _ALLOWANCE


def first_bytes(path: Path) -> bytes:
    """The first 64 kB of what a file holds, unpacked."""
    with unpacked(path) as file:
        return file.read(_HEAD)


@contextlib.contextmanager
def unpacked(path: Path) -> Iterator[io.BufferedReader[Any]]:
    """The content of a file as a stream.

    Raises InvalidData for a path that cannot be read and, while it is read, for a damaged file and
    for one that unpacks to hundreds of times its size.
    """
    opener = _packing(path) or _plain
    try:
        stream = opener(path)
    except (OSError, RuntimeError, NotImplementedError, zipfile.BadZipFile) as error:
        raise InvalidData(f"cannot be unpacked ({error})", path=path) from error
    bounded: io.RawIOBase = _Bounded(stream, path, largest(path))
    with stream, io.BufferedReader(bounded, _HEAD) as file:
        yield file
