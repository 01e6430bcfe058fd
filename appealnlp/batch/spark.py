"""Spark: the rows of a table on a cluster, each worker process with a model of its own, loaded once.

from appealnlp.batch import spark
tagged = spark.tag(df)
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING

from appealnlp.batch.columns import Roles
from appealnlp.batch.frames import pandas_cells, with_answers
from appealnlp.batch.layout import FRAME_COLUMNS, Flat, frame_columns
from appealnlp.batch.rowwise import answers, frame_roles
from appealnlp.batch.sparktypes import Carrier, carrier, read_cell, zone_of
from appealnlp.batch.tagging import shipped_analyzer
from appealnlp.batch.workers import Factory, Here
from appealnlp.errors import MissingExtra

if TYPE_CHECKING:
    import pandas as pd
    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType

_PLACE = "Spark table"


def tag(
    df: DataFrame, *, analyzer_factory: Factory | None = None, columns: Mapping[str, str] | None = None,
    names: bool = False,
) -> DataFrame:  # fmt: skip
    """The table with the ``appeal_*`` columns behind its own, typed; lazy as every transformation of Spark.

    The given columns come back exactly as they were. A row that cannot be analysed keeps its place: its new values
    are null and ``appeal_problem`` says why. ``columns`` names the column of a role (text, title, id, received_at,
    area), "" that there is none; others are guessed by name. ``names`` writes names of labels in place of codes.
    ``analyzer_factory`` makes the analyzer (the shipped model) where the rows are: it must be picklable, and what it
    reads must lie on every machine.
    Raises TableError for columns that are missing, ours already or of a type that cannot travel; MissingExtra.
    """
    _check_installed()
    frame_columns(_PLACE, [name.lower() for name in df.columns])  # Spark does not tell a from A
    roles = frame_roles(_PLACE, df.columns, columns)
    carriers = [carrier(_PLACE, field, number) for number, field in enumerate(df.schema.fields)]
    used = [item for item in carriers if item.name in roles.given_columns().values()]
    task = Task(_packed(analyzer_factory or shipped_analyzer), roles, names, used, _zone(df))

    def work(frames: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        return task.run(frames)

    sent = df.select([item.there() for item in carriers])
    done = sent.mapInPandas(work, _schema(sent.schema))
    own = [item.back(field) for item, field in zip(carriers, df.schema.fields, strict=True)]
    return done.select(*own, *(column.name for column in FRAME_COLUMNS))


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker process is told: a packed factory, what the columns mean, and how those that are used travel."""

    factory: bytes
    roles: Roles
    names: bool
    used: Sequence[Carrier]
    zone: str

    def run(self, frames: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        """Each frame with the new columns."""
        run = analyses(self.factory, self.names)
        for frame in frames:
            yield with_answers(frame, answers(self._cells(frame), self.roles, run))

    def _cells(self, frame: pd.DataFrame) -> Mapping[str, Sequence[object]]:
        zone = zone_of(self.zone)
        return {
            item.name: [read_cell(value, item.reading, zone) for value in pandas_cells(frame[item.sent])]
            for item in self.used
        }


@lru_cache(maxsize=2)
def analyses(factory: bytes, names: bool) -> Here:
    """What analyses in this process. Spark uses a process for many tasks; the packed factory is the same in each."""
    return Here(pickle.loads(factory), Flat(names).keep)


def _check_installed() -> None:
    for module in ("pyspark.sql", "pandas", "pyarrow"):
        try:
            import_module(module)
        except ImportError:
            raise MissingExtra(f"Spark ({module})", "spark") from None


def _packed(factory: Factory) -> bytes:
    from pyspark import cloudpickle

    dumps: Callable[[object], bytes] = cloudpickle.dumps  # which has no annotations
    return dumps(factory)


def _zone(df: DataFrame) -> str:
    return str(df.sparkSession.conf.get("spark.sql.session.timeZone"))


def _schema(sent: StructType) -> StructType:
    from pyspark.sql import types

    kinds = {str: types.StringType, float: types.DoubleType, int: types.LongType, bool: types.BooleanType}
    new = [types.StructField(column.name, kinds[column.kind or str]()) for column in FRAME_COLUMNS]
    return types.StructType([*sent.fields, *new])
