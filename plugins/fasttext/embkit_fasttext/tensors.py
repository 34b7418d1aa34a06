"""safetensors files: arrays mapped where they lie, behind a header held against the file's length.

Layout: the length of the header (uint64, little-endian), the header (JSON: for each array its
dtype, shape and the bytes it takes up, counted from the header's end), the arrays.
"""

from __future__ import annotations

import json
import struct
from math import prod
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import numpy as np
from embkit.errors import InvalidData
from numpy.typing import NDArray

__all__ = ["Tensor", "header", "read_json", "read_tensors"]

_LENGTH = struct.Struct("<Q")
_LONGEST_HEADER = 100_000_000  # as the format says
_HALF_BRAIN = "BF16"  # the upper half of a float32; numpy has no such type
_DTYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", _HALF_BRAIN: "<u2",
    "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "<i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "<u1", "BOOL": "<u1",
}  # fmt: skip


class Tensor(NamedTuple):
    """An array of a file, mapped. kind: its dtype as the file names it."""

    kind: str
    array: NDArray[Any]

    def rows(self, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Rows as float32, shape (len(numbers), ...)."""
        taken = self.array[numbers]
        if self.kind == _HALF_BRAIN:
            return (taken.astype(np.uint32) << np.uint32(16)).view(np.float32)
        return taken.astype(np.float32, copy=False)


def read_json(data: bytes, path: Path) -> Any:
    """JSON in which no key stands twice: readers disagree on which of two counts.

    Raises InvalidData for anything else.
    """

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise InvalidData(f"has the key {twice[:80]!r} twice; write it anew", path=path)
        return found

    try:
        return json.loads(data, object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        raise InvalidData(f"is no JSON ({error}); fetch or copy it again", path=path) from None


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The arrays of a file by their names.

    Raises InvalidData for a header that does not fit the file: arrays must fill it without gaps
    and without sharing a byte.
    """
    size = path.stat().st_size
    with open(path, "rb") as file:
        first = file.read(_LENGTH.size)
        length = _LENGTH.unpack(first)[0] if len(first) == _LENGTH.size else size
        if length > min(size - _LENGTH.size, _LONGEST_HEADER):
            _damaged(path, f"claims a header of {length} bytes in a file of {size}")
        described = read_json(file.read(length), path)
    if not isinstance(described, dict):
        _damaged(path, "has a header that describes no arrays")
    begin = _LENGTH.size + length
    described.pop("__metadata__", None)
    found, ends = {}, [0]
    places = {name: _place(path, name, entry) for name, entry in described.items()}
    for name, (kind, shape, start, stop) in sorted(places.items(), key=lambda item: item[1][2:]):
        dtype = np.dtype(_DTYPES[kind])
        if start != ends[-1] or stop - start != prod(shape) * dtype.itemsize:
            _damaged(path, f"gives {name[:80]!r}, {shape} of {kind}, bytes {start} to {stop}")
        ends.append(stop)
        if begin + stop <= size:
            array = np.memmap(path, dtype, "r", begin + start, shape) if start < stop else None
            found[name] = Tensor(kind, np.zeros(shape, dtype) if array is None else array)
    if begin + ends[-1] != size:
        _damaged(path, f"is {size} bytes long, its header describes {begin + ends[-1]}")
    return found


def _place(path: Path, name: str, entry: Any) -> tuple[str, tuple[int, ...], int, int]:
    """dtype, shape, first and last byte of an array, as far as the header can be believed."""
    try:
        kind, shape, (start, stop) = entry["dtype"], tuple(entry["shape"]), entry["data_offsets"]
        numbers = (*shape, start, stop)
        if kind in _DTYPES and all(type(n) is int and 0 <= n < 2**63 for n in numbers):
            return kind, shape, start, stop
    except (KeyError, TypeError, ValueError):
        pass
    _damaged(path, f"describes {name[:80]!r} in a way that is not read: {str(entry)[:120]}")


def _damaged(path: Path, what: str) -> NoReturn:
    raise InvalidData(f"{what}; it was cut short or altered: fetch or copy it again", path=path)


def header(arrays: dict[str, tuple[str, tuple[int, ...]]]) -> bytes:
    """The beginning of a file that holds arrays in this order; dtype and shape of each by its name.

    Filled up with spaces so that the first array begins at a multiple of eight.
    """
    place, described = 0, {}
    for name, (kind, shape) in arrays.items():
        end = place + prod(shape) * np.dtype(_DTYPES[kind]).itemsize
        described[name] = {"dtype": kind, "shape": shape, "data_offsets": [place, end]}
        place = end
    content = json.dumps(described, separators=(",", ":")).encode()
    content += b" " * (-len(content) % 8)
    return _LENGTH.pack(len(content)) + content
