"""numpy's `.npy` format: the header held against the length of the file, nothing ever unpickled."""

from __future__ import annotations

import re
from math import prod
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from embkit.errors import InvalidData
from numpy.typing import NDArray

__all__ = ["LONGEST_HEADER", "NpyHeader", "map_npy", "read_npy_header"]

LONGEST_HEADER = 1 << 16
# Not numpy's own function: it evaluates the header, and raises whatever that raises.
_HEADER = re.compile(
    rb"\x93NUMPY(\x01\0(?P<short>..)|\x02\0(?P<long>.{4}))(?P<fields>"
    rb"\{'descr': '(?P<dtype>[<>|=]?[a-zA-Z]\d{1,9})', 'fortran_order': (?P<fortran>True|False), "
    rb"'shape': \((?P<shape>(\d{1,18}L?(, ?|(?=\))))*)\), \} *\n)",
    re.DOTALL,
)


class NpyHeader(NamedTuple):
    """What stands before an array. order: C's, row by row, or Fortran's. begin: of the numbers."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    order: Literal["C", "F"]
    begin: int


def read_npy_header(head: bytes, size: int, path: Path) -> NpyHeader:
    """The header at the beginning of a file of `size` bytes, of numbers or of strings.

    Raises InvalidData, naming `path`, where it does not describe just these bytes, or objects.
    """
    found = _HEADER.match(head)
    if found is None or found["dtype"].lstrip(b"<>|=")[:1] not in b"fiuUS":
        raise InvalidData(
            f"is no .npy file of numbers or words (it begins with {head[:80]!r}); objects in it "
            "are never unpickled: save the vectors again, as float32",
            path=path,
        )
    shape = tuple(int(length) for length in re.findall(rb"\d+", found["shape"]))
    length = int.from_bytes(found["short"] or found["long"], "little")
    try:
        dtype = np.dtype(found["dtype"].decode())
    except (TypeError, ValueError):
        raise InvalidData(
            f"holds numbers of an unknown type {found['dtype']!r}", path=path
        ) from None
    if length != len(found["fields"]) or found.end() + prod(shape) * dtype.itemsize != size:
        raise InvalidData(
            f"is {size} bytes long, its header claims {shape} of {dtype}; fetch or copy it again",
            path=path,
        )
    return NpyHeader(shape, dtype, "F" if found["fortran"] == b"True" else "C", found.end())


def map_npy(path: Path) -> NDArray[Any]:
    """A `.npy` file of numbers or strings, mapped. Raises InvalidData as `read_npy_header` does."""
    with open(path, "rb") as file:
        head = file.read(LONGEST_HEADER)
    shape, dtype, order, begin = read_npy_header(head, path.stat().st_size, path)
    if not prod(shape):
        return np.zeros(shape, dtype)  # nothing cannot be mapped
    array: NDArray[Any] = np.ndarray(
        shape, dtype, np.memmap(path, np.uint8, "r"), begin, order=order
    )
    return array
