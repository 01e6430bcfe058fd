"""parquet, where the extra ``tables`` is installed: row groups in, row groups out, the types of the columns kept."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO, TypeAlias

from appealnlp.batch.table import (
    BadRow,
    Cell,
    Column,
    ReadOptions,
    Row,
    Schema,
    Source,
    cell_text,
    check_header,
    check_row,
    fault,
)
from appealnlp.errors import InputError, MissingExtra

_File: TypeAlias = Any
_BATCH = 1000


def _arrow() -> ModuleType:
    try:
        import_module("pyarrow.parquet")
        return import_module("pyarrow")
    except ImportError:
        raise MissingExtra("parquet", "tables") from None


def read_parquet(path: Path, options: ReadOptions) -> Source:
    """Open a parquet file. Raises TableError, and MissingExtra without the extra ``tables``."""
    arrow = _arrow()
    try:
        file = arrow.parquet.ParquetFile(path)
    except FileNotFoundError:
        raise fault(path, None, "no such file", "check the path") from None
    except (arrow.ArrowException, OSError) as error:
        raise fault(path, None, f"is no parquet file ({type(error).__name__})", "check the file") from None
    place = [0]
    total = file.metadata.num_rows
    columns = check_header(path, 1, file.schema_arrow.names)
    rows = _rows(path, file, columns, place)
    return Source(
        columns, rows, file.close, share=lambda: place[0] / total if total else None, schema=file.schema_arrow
    )


def _rows(path: Path, file: _File, columns: Sequence[str], place: list[int]) -> Iterator[Row | BadRow]:
    batches = file.iter_batches(batch_size=_BATCH)
    while True:
        try:
            batch = next(batches, None)
        except (_arrow().ArrowException, OSError) as error:
            problem = f"the file is damaged after row {place[0]} ({type(error).__name__})"
            raise fault(path, None, problem, "write it anew") from None
        if batch is None:
            return
        for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            place[0] += 1
            yield check_row(Row(place[0], dict(zip(columns, cells, strict=True))))


class ParquetSink:
    """Writes row groups of a thousand rows; columns of a parquet source keep their types, all others are text."""

    def __init__(self, file: BinaryIO, columns: Sequence[Column], schema: Schema = None) -> None:
        self._arrow = _arrow()
        self._schema = self._arrow.schema([self._field(column, schema) for column in columns])
        self._writer = self._arrow.parquet.ParquetWriter(file, self._schema)
        self._held: list[list[Cell]] = []

    def _field(self, column: Column, schema: Schema) -> Schema:
        arrow = self._arrow
        if column.kind is None and schema is not None and column.name in schema.names:
            return schema.field(column.name)
        kinds: dict[type | None, Schema] = {float: arrow.float64(), int: arrow.int64(), bool: arrow.bool_()}
        return arrow.field(column.name, kinds.get(column.kind, arrow.string()))

    def write(self, values: Mapping[str, Cell]) -> None:
        """Write one row; raises InputError for a value that does not fit the type of its column."""
        row = [self._value(field, values.get(field.name)) for field in self._schema]
        self._held.append(row)
        if len(self._held) >= _BATCH:
            self._flush()

    def _value(self, field: Schema, value: Cell) -> Cell:
        if value is None:
            return None
        if self._arrow.types.is_string(field.type):
            return cell_text(value)
        try:
            self._arrow.scalar(value, field.type)
        except (self._arrow.ArrowException, TypeError, ValueError):
            raise InputError(f"field {field.name[:30]!r} is no {field.type}; write csv or mend the row") from None
        return value

    def _flush(self) -> None:
        columns = zip(*self._held, strict=True) if self._held else [() for _ in self._schema]
        pairs = zip(columns, self._schema, strict=True)
        arrays = [self._arrow.array(list(cells), field.type) for cells, field in pairs]
        self._writer.write_table(self._arrow.Table.from_arrays(arrays, schema=self._schema))
        self._held.clear()

    def finish(self) -> None:
        """Write the last row group and the footer."""
        self._flush()
        self._writer.close()

    def abandon(self) -> None:
        """Close the writer, which would else try it when it is collected."""
        with contextlib.suppress(Exception):
            self._writer.close()
