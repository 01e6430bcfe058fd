"""Tables of appeals in and out: ``tag`` reads csv, tsv, xlsx, jsonl or parquet and writes what was read out of it."""

from appealnlp.batch.folder import FolderReport, tag_folder
from appealnlp.batch.options import TagOptions, TagReport
from appealnlp.batch.table import ReadOptions
from appealnlp.batch.tagging import tag

__all__ = ["FolderReport", "ReadOptions", "TagOptions", "TagReport", "tag", "tag_folder"]
