"""Going on behind a row at fault, where the caller wants that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeAlias, TypeVar

from appealnlp.batch.table import BadRow, Row, fault
from appealnlp.errors import TableError

Report: TypeAlias = Callable[[TableError], None]
In = TypeVar("In")
Out = TypeVar("Out")


def careful(items: Iterable[In], make: Callable[[In], Out], report: Report | None) -> Iterator[Out]:
    """What ``make`` makes of each item; a TableError goes to ``report``, or on to the caller where there is none."""
    for item in items:
        try:
            made = make(item)
        except TableError as error:
            if report is None:
                raise
            report(error)
            continue
        yield made


def good(path: Path, row: Row | BadRow) -> Row:
    """The row. Raises TableError where it could not be read."""
    if isinstance(row, BadRow):
        problem, _, remedy = row.reason.rpartition("; ")
        raise fault(path, row.number, problem, remedy)
    return row
