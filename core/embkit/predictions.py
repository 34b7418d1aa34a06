"""One row per scored item: what an evaluator predicts and everything statistical reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from embkit.errors import InvalidData

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Predictions"]


class Predictions:
    """Named columns of equal length, read-only; a row is one scored item.

    columns: whatever the evaluator's `measure` reads (gold, predicted, rank, …), shape (n,) or
    (n, k). unit: what is drawn when rows are resampled, integers of shape (n,), or (n, 2) where an
    item belongs to two units at once (an analogy question is made of two word pairs). known:
    whether the embedder had all vectors the row needed. names: for a column of codes what each
    code stands for; -1 stands for nothing.
    Raises InvalidData when lengths differ.
    """

    def __init__(
        self,
        columns: Mapping[str, ArrayLike],
        *,
        unit: ArrayLike,
        known: ArrayLike,
        names: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        table = {name: np.asarray(column).view() for name, column in columns.items()}
        table["unit"] = np.asarray(unit, dtype=np.int64).view()
        table["known"] = np.asarray(known, dtype=bool).view()
        lengths = {name: len(column) for name, column in table.items()}
        if len(set(lengths.values())) != 1:
            raise InvalidData(f"columns of predictions differ in length: {lengths}")
        for column in table.values():
            column.flags.writeable = False
        self._columns = table
        self._names = {name: tuple(values) for name, values in (names or {}).items()}

    def __len__(self) -> int:
        return len(self._columns["known"])

    def __getitem__(self, name: str) -> NDArray:
        return self._columns[name]

    @property
    def columns(self) -> Mapping[str, NDArray]:
        """All columns by name, `unit` and `known` among them."""
        return dict(self._columns)

    @property
    def unit(self) -> NDArray[np.int64]:
        """What is drawn when rows are resampled, shape (n,) or (n, k)."""
        return self._columns["unit"]

    @property
    def known(self) -> NDArray[np.bool_]:
        """Whether the embedder had all vectors a row needed, shape (n,)."""
        return self._columns["known"]

    def take(self, rows: ArrayLike) -> Predictions:
        """The rows at these positions, or where a mask is true; repeats are allowed."""
        chosen = np.asarray(rows)
        columns = {name: column[chosen] for name, column in self._columns.items()}
        unit, known = columns.pop("unit"), columns.pop("known")
        return Predictions(columns, unit=unit, known=known, names=self._names)

    def to_arrow(self) -> pa.Table:
        """A table with one row an item; codes as their names, (n, k) columns as lists."""
        import pyarrow as pa

        arrays: dict[str, pa.Array] = {"item": pa.array(np.arange(len(self)))}
        for name, column in self._columns.items():
            if name in self._names:
                codes = pa.array(column, mask=column < 0, type=pa.int32())
                labels = pa.array(self._names[name], type=pa.string())
                arrays[name] = pa.DictionaryArray.from_arrays(codes, labels)
            elif column.ndim == 2:
                flat = pa.array(np.ascontiguousarray(column).ravel())
                arrays[name] = pa.FixedSizeListArray.from_arrays(flat, column.shape[1])
            else:
                arrays[name] = pa.array(column)
        return pa.table(arrays)

    @classmethod
    def from_arrow(cls, table: pa.Table) -> Predictions:
        """The predictions that `to_arrow` wrote."""
        import pyarrow as pa

        columns: dict[str, NDArray] = {}
        names: dict[str, list[str]] = {}
        for name in table.column_names:
            column = table[name].combine_chunks()
            if isinstance(column, pa.ChunkedArray):  # an empty table has no chunk to combine
                column = pa.array([], type=column.type)
            if pa.types.is_dictionary(column.type):
                names[name] = column.dictionary.to_pylist()
                columns[name] = np.asarray(column.indices.fill_null(-1)).astype(np.int64)
            elif pa.types.is_fixed_size_list(column.type):
                columns[name] = np.asarray(column.flatten()).reshape(-1, column.type.list_size)
            else:
                columns[name] = column.to_numpy(zero_copy_only=False)
        columns.pop("item")
        unit, known = columns.pop("unit"), columns.pop("known")
        return cls(columns, unit=unit, known=known, names=names)
