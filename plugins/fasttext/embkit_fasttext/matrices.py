"""Input matrices of fastText models, whose rows are read out of the file where they lie."""

from __future__ import annotations

import mmap
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from embkit.errors import InvalidData
from numpy.typing import NDArray

__all__ = ["CENTROIDS", "Matrix", "open_matrix", "row_bytes"]

CENTROIDS = 256  # a code is a byte
_ROWS = 256  # looked at before their pages are let go
# But who asks for so many at once asks for more, and finds pages that stayed in half the time.
_MANY = 1 << 16


class Matrix(Protocol):
    """Rows by their number, shape (len(numbers), dim)."""

    def rows(self, numbers: NDArray[np.int64]) -> NDArray[np.float32]: ...


class _Mapped:
    """A file mapped as bytes, as long as it stays what it was.

    A file that was deleted or replaced is there as long as it is mapped. One that was written over
    is not: past its new end the process would be killed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._bytes = np.memmap(path, dtype=np.uint8, mode="r")
        self._state = self._look()

    def _look(self) -> tuple[int, ...]:
        state = os.stat(self._path)
        return state.st_ino, state.st_size, state.st_mtime_ns

    def bytes(self, begin: int, end: int) -> NDArray[np.uint8]:
        """Bytes of the file; raises InvalidData when they may be others than when it was opened."""
        try:
            now = self._look()
        except OSError:
            now = ()
        if now and now[0] == self._state[0] and now != self._state:
            raise InvalidData("was written over while it was in use; open it anew", path=self._path)
        return self._bytes[begin:end]

    def release(self) -> None:
        """Let go of the pages that were looked at; the system has them still where it has room.

        Each look may map half a megabyte around it, so that a few thousand rows here and there
        would make all of a large file resident.
        """
        mapped: Any = self._bytes._mmap  # type: ignore[attr-defined]
        if hasattr(mmap, "MADV_DONTNEED"):
            mapped.madvise(mmap.MADV_DONTNEED)

    def floats(self, begin: int, count: int) -> NDArray[np.float32]:
        """Numbers that begin at any byte, copied."""
        return np.array(self.bytes(begin, begin + 4 * count)).view(np.float32)


class _Dense:
    """layout: begin (of the numbers), rows, dim.

    Mapped as bytes: it begins after a dictionary of any length, so its numbers need not stand where
    a float32 may.
    """

    def __init__(self, file: _Mapped, layout: Mapping[str, Any]) -> None:
        self._file = file
        self._begin = layout["begin"]
        self._shape = layout["rows"], 4 * layout["dim"]

    def rows(self, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        count, width = self._shape
        table = self._file.bytes(self._begin, self._begin + count * width).reshape(self._shape)
        rows = np.empty((len(numbers), width), dtype=np.uint8)
        for start in range(0, len(numbers), _ROWS):
            here = slice(start, start + _ROWS)
            np.take(table, numbers[here], axis=0, out=rows[here], mode="clip")
            if len(numbers) < _MANY:
                self._file.release()
        return rows.view(np.float32)


class _Quantised:
    """Rows put together of centroids, one for each run of `width` numbers.

    layout: codes (where they begin), rows, dim, width, centroids (where they begin), and for rows
    whose length is coded apart, lengths and length_centroids (where they begin).
    Source: Jégou, Douze and Schmid 2011, "Product quantization for nearest neighbor search"; the
    order of the centroids is that of fastText's ProductQuantizer.
    """

    def __init__(self, file: _Mapped, layout: Mapping[str, Any]) -> None:
        self._file = file
        self._layout = layout
        dim, width = layout["dim"], layout["width"]
        parts = -(-dim // width)
        whole = (dim // width) * width
        numbers = file.floats(layout["centroids"], CENTROIDS * dim)
        # The last run may be shorter: it is filled up, and the fill cut off each row.
        self._centroids = np.zeros((parts, CENTROIDS, width), dtype=np.float32)
        self._centroids[: dim // width] = numbers[: CENTROIDS * whole].reshape(-1, CENTROIDS, width)
        if whole < dim:
            last = numbers[CENTROIDS * whole :].reshape(CENTROIDS, dim - whole)
            self._centroids[-1, :, : dim - whole] = last
        self._lengths = None
        if "lengths" in layout:
            self._lengths = file.floats(layout["length_centroids"], CENTROIDS)

    def rows(self, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        layout, parts = self._layout, len(self._centroids)
        codes = self._file.bytes(layout["codes"], layout["codes"] + layout["rows"] * parts)
        runs = self._centroids[np.arange(parts), codes.reshape(-1, parts)[numbers]]
        width = parts * layout["width"]
        rows: NDArray[np.float32] = runs.reshape(len(numbers), width)[:, : layout["dim"]]
        if self._lengths is not None:
            begin = layout["lengths"]
            length = self._file.bytes(begin, begin + layout["rows"])[numbers]
            rows = rows * self._lengths[length][:, None]
        return np.ascontiguousarray(rows)


def row_bytes(layout: Mapping[str, Any]) -> int:
    """Bytes of one row of a matrix with this layout, without what all rows share."""
    if "codes" not in layout:
        return int(4 * layout["dim"])
    return int(-(-layout["dim"] // layout["width"])) + ("lengths" in layout)


def open_matrix(path: Path, layout: Mapping[str, Any]) -> Matrix:
    """The matrix of a model, from its file and `Model.matrix`."""
    return (_Quantised if "codes" in layout else _Dense)(_Mapped(path), layout)
