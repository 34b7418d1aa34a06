"""Arrow arrays to numpy and back without a copy.

pyarrow's own conversions import pandas where it is installed, and that takes half a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

__all__ = ["as_texts", "flags", "numbers", "offsets", "strings"]

_TYPES = {"int32": pa.int32(), "int64": pa.int64(), "uint32": pa.uint32()}


def strings(words: Sequence[str]) -> pa.Array:
    """Texts as UTF-8, type large_binary; a lone surrogate takes the bytes it would have."""
    ends = np.zeros(len(words) + 1, dtype=np.int64)
    joined = "\0".join(words)
    data = joined.encode("utf-8", "surrogatepass") + b"\0"
    if data.count(b"\0") == len(words):  # encoded all at once: a call for each word takes longer
        ends[1:] = np.flatnonzero(np.frombuffer(data, np.uint8) == 0) - np.arange(len(words))
        data = data.replace(b"\0", b"")
    else:
        encoded = [word.encode("utf-8", "surrogatepass") for word in words]
        np.cumsum(np.fromiter(map(len, encoded), np.int64, len(encoded)), out=ends[1:])
        data = b"".join(encoded)
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.large_binary(), len(words), buffers)


def as_texts(words: pa.Array) -> list[str]:
    """The texts that `strings` was given."""
    return [word.decode("utf-8", "surrogatepass") for word in words.to_pylist()]


def offsets(words: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Where each text of a large_binary or large_string array begins and ends, and all bytes.

    Shape (len(words) + 1,), from the first byte of the first text, at 0.
    """
    _, ends, data = words.buffers()
    places = np.frombuffer(ends, np.int64, len(words) + 1, 8 * words.offset)
    size = int(places[-1] - places[0])
    return places - places[0], np.frombuffer(data or b"", np.uint8, size, int(places[0]))


def numbers(values: NDArray[Any]) -> pa.Array:
    """Whole numbers as an Arrow array, which keeps them alive."""
    values = np.ascontiguousarray(values)
    buffers = [None, pa.py_buffer(values)]
    return pa.Array.from_buffers(_TYPES[values.dtype.name], len(values), buffers)


def flags(values: pa.Array) -> NDArray[np.bool_]:
    """A Boolean Arrow array without nulls, unpacked."""
    bits = np.frombuffer(values.buffers()[1], np.uint8)
    unpacked = np.unpackbits(bits, count=values.offset + len(values), bitorder="little")
    return unpacked[values.offset :].astype(np.bool_)
