"""Vectors written to a file batch after batch, of a number that shows only at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import IO, Protocol

import numpy as np
from numpy.lib.format import write_array_header_1_0
from numpy.typing import NDArray

__all__ = ["NpyFile", "ParquetFile", "VectorFile"]


class VectorFile(Protocol):
    """What vectors are written to."""

    def write(self, texts: Sequence[str], rows: NDArray[np.float32]) -> None:
        """Append texts and their vectors, shape (len(texts), dim)."""
        ...

    def finish(self) -> None:
        """Write what can be known only now; the file stays open."""
        ...


class NpyFile:
    """The vectors alone, as `numpy.load` reads them: float32 of shape (texts, dim)."""

    def __init__(self, file: IO[bytes], dim: int) -> None:
        self._file = file
        self._dim = dim
        self._rows = 0
        self._write_head()

    def _write_head(self) -> None:
        # numpy leaves room in it for any number of rows, so that it can be written over.
        shape = (self._rows, self._dim)
        head = {"descr": "<f4", "fortran_order": False, "shape": shape}
        write_array_header_1_0(self._file, head)

    def write(self, texts: Sequence[str], rows: NDArray[np.float32]) -> None:
        """Append the vectors."""
        self._file.write(np.ascontiguousarray(rows, dtype="<f4").data)
        self._rows += len(rows)

    def finish(self) -> None:
        """Write the number of rows."""
        self._file.seek(0)
        self._write_head()


class ParquetFile:
    """Columns `text` and `vector`, a list of dim numbers of float32; pages carry a checksum.

    about: what is noted in the file beside them.
    """

    def __init__(self, file: IO[bytes], dim: int, about: Mapping[str, str]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._dim = dim
        columns = {"text": pa.large_string(), "vector": pa.list_(pa.float32(), dim)}
        self._schema = pa.schema(columns, metadata=dict(about))
        self._writer = pq.ParquetWriter(
            file, self._schema, use_dictionary=False, write_page_checksum=True
        )

    def write(self, texts: Sequence[str], rows: NDArray[np.float32]) -> None:
        """Append texts and vectors."""
        import pyarrow as pa

        from embkit.arrow import strings

        values = pa.py_buffer(np.ascontiguousarray(rows))
        numbers = pa.Array.from_buffers(pa.float32(), rows.size, [None, values])
        vectors = pa.FixedSizeListArray.from_arrays(numbers, self._dim)
        column = strings(texts).view(pa.large_string())
        self._writer.write_table(pa.table([column, vectors], schema=self._schema))

    def finish(self) -> None:
        """Write the table of contents."""
        self._writer.close()
