"""Tables of appeals in and out: ``tag`` reads csv, tsv, xlsx, jsonl or parquet and writes what was read out of it."""

from appealnlp.batch.job import TagOptions, TagReport, tag
from appealnlp.batch.table import ReadOptions

__all__ = ["ReadOptions", "TagOptions", "TagReport", "tag"]
