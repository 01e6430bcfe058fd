"""How the columns of a Spark table travel through pandas and come back exactly as they were.

pandas has no missing value for whole numbers and takes NaN for one, and a moment loses its offset: numbers and moments
travel as text. What pandas cannot carry exactly is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from appealnlp.batch.table import Cell, Place, fault

if TYPE_CHECKING:
    from pyspark.sql import Column
    from pyspark.sql.types import DataType, StructField

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AS_THEY_ARE = {"StringType", "CharType", "VarcharType", "BooleanType", "BinaryType", "DateType", "DecimalType"}
_AS_TEXT = {
    **dict.fromkeys(("ByteType", "ShortType", "IntegerType", "LongType"), "whole"),
    **dict.fromkeys(("FloatType", "DoubleType"), "real"),
    "TimestampType": "moment",
    "TimestampNTZType": "clock",
}
"""How the text of a type is read: those of pyspark, by name, since a release may lack one."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """How one column travels: as ``sent``, since pyspark cannot send a name with a dot.

    ``reading`` names how its text is read, None where it travels as it is.
    """

    name: str
    sent: str
    reading: str | None

    def there(self) -> Column:
        """The column as it is sent."""
        from pyspark.sql import functions

        column = functions.col("`" + self.name.replace("`", "``") + "`")
        if self.reading == "moment":
            column = functions.unix_micros(column)
        return (column.cast("string") if self.reading else column).alias(self.sent)

    def back(self, field: StructField) -> Column:
        """The column as it was."""
        from pyspark.sql import functions

        column = functions.col(self.sent)
        if self.reading == "moment":
            column = functions.timestamp_micros(column.cast("bigint"))
        elif self.reading:
            column = column.cast(field.dataType)
        return column.alias(self.name, metadata=field.metadata)


def carrier(place: Place, field: StructField, number: int) -> Carrier:
    """How the column of that number travels. Raises TableError for a type that pandas cannot carry exactly."""
    reading = _AS_TEXT.get(type(field.dataType).__name__)
    if reading is None and not _exact(field.dataType):
        problem = f"column {field.name!r} is {field.dataType.simpleString()}, which pandas cannot carry exactly"
        raise fault(place, None, problem, "leave it out with df.drop, or make text of it with functions.to_json")
    return Carrier(field.name, f"c{number}", reading)


def _exact(kind: DataType) -> bool:
    inner = [getattr(kind, name) for name in ("elementType", "keyType", "valueType") if hasattr(kind, name)]
    inner += [field.dataType for field in getattr(kind, "fields", ())]
    return all(map(_exact, inner)) if inner else type(kind).__name__ in _AS_THEY_ARE


def _moment(text: str, zone: tzinfo) -> Cell:
    return (_EPOCH + timedelta(microseconds=int(text))).astimezone(zone)


_READERS: Mapping[str | None, Callable[[str, tzinfo], Cell]] = {
    "whole": lambda text, zone: int(text),
    "real": lambda text, zone: float(text),
    "moment": _moment,
    "clock": lambda text, zone: text,
}


def read_cell(value: Cell, reading: str | None, zone: tzinfo) -> Cell:
    """A value as a table on one machine would have it; a moment beyond what Python counts stays text."""
    if value is None or reading is None:
        return value
    try:
        return _READERS[reading](value, zone)
    except (OverflowError, ValueError):
        return value


def zone_of(name: str) -> tzinfo:
    """The time zone of a session, in which moments are shown; UTC where only Java knows the name."""
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        return UTC
