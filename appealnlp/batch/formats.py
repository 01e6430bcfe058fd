"""The formats of tables by extension: how each is read and written. A new format is a new line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from appealnlp.batch.csvfile import CsvSink, TsvSink, read_csv, read_tsv
from appealnlp.batch.jsonlfile import JsonlSink, read_jsonl
from appealnlp.batch.parquetfile import ParquetSink, read_parquet
from appealnlp.batch.table import Column, ReadOptions, Schema, Sink, Source, fault
from appealnlp.batch.xlsxfile import XlsxSink, read_xlsx


@dataclass(frozen=True, slots=True)
class Format:
    """A reader, a sink, and whether a record can hold a whole analysis (``nested``) or only columns."""

    read: Callable[[Path, ReadOptions], Source]
    sink: Callable[[BinaryIO, Sequence[Column], Schema], Sink]
    nested: bool = False


FORMATS: Mapping[str, Format] = {
    ".csv": Format(read_csv, CsvSink),
    ".tsv": Format(read_tsv, TsvSink),
    ".xlsx": Format(read_xlsx, XlsxSink),
    ".jsonl": Format(read_jsonl, JsonlSink, nested=True),
    ".ndjson": Format(read_jsonl, JsonlSink, nested=True),
    ".parquet": Format(read_parquet, ParquetSink),
}


def format_of(path: Path) -> Format:
    """The format that the extension names. Raises TableError for another one."""
    try:
        return FORMATS[path.suffix.lower()]
    except KeyError:
        problem = f"no table format {path.suffix!r}"
        raise fault(path, None, problem, f"use one of {', '.join(FORMATS)}") from None
