"""The command ``matters``: duplicates and repeats of the same matter, and hot issues."""

from __future__ import annotations

import json
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from appealnlp.console.options import (
    AreasUnder,
    AsJson,
    Column,
    DayWithin,
    Encoding,
    HeaderRow,
    Overwrite,
    Sheet,
    Workers,
    given_columns,
)  # fmt: skip

if TYPE_CHECKING:
    from appealnlp.matters import Heat, Matters, Rows


def matters(
    table: Annotated[str, typer.Argument(metavar="IN", help="表格文件或数据库表。Table or database table.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="OUT", help="逐件结果，格式按扩展名。One row an appeal.")
    ] = None,
    index: Annotated[
        Path | None,
        typer.Option("--index", help="索引目录，下次只比对新件。Folder to keep; only new ones are compared."),
    ] = None,
    days: Annotated[
        int | None, typer.Option("--days", min=1, help="相隔不超过多少天。Most days between two appeals of a matter.")
    ] = None,
    by: Annotated[str, typer.Option("--by", help="热点周期 week、month 或 quarter。Rhythm of hot issues.")] = "week",
    at: DayWithin = None,
    area: AreasUnder = None,
    top: Annotated[int, typer.Option("--top", min=1, help="最多列出多少个热点。Most issues shown.")] = 20,
    as_json: AsJson = False,
    text_column: Column = None,
    title_column: Column = None,
    id_column: Column = None,
    received_at_column: Column = None,
    area_column: Column = None,
    sheet: Sheet = None,
    header_row: HeaderRow = None,
    encoding: Encoding = None,
    overwrite: Overwrite = False,
    workers: Workers = None,
) -> None:
    """找出同一事项的重复件和热点 (同一事实、地点、对象，绝不按人关联)。

    Find duplicates and repeats of the same matter (fact, place, object; never by person), and hot issues.
    """
    from appealnlp.batch import ReadOptions
    from appealnlp.matters import Rows
    from appealnlp.matters.collect import processes
    from appealnlp.matters.report import as_json as json_of
    from appealnlp.matters.report import lines

    columns = given_columns(
        text=text_column, title=title_column, id=id_column, received_at=received_at_column, area=area_column
    )
    rows = Rows(table, columns, ReadOptions(encoding, sheet, header_row))
    wanted = Wanted(by, at, area, top)
    wanted.check()
    with ExitStack() as stack:
        folder = index or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="appealnlp-")))
        found = stack.enter_context(_linked(folder, rows, days, processes(table, workers)))
        if index is not None:
            found.save()
        if output is not None:
            _write(found, rows, output, overwrite)
        heat = wanted.heat(found)
        typer.echo(json.dumps(json_of(found, rows, heat), ensure_ascii=False, indent=2) if as_json
                   else "\n".join(lines(found, rows, heat)))  # fmt: skip


def _linked(folder: Path, rows: Rows, days: int | None, workers: int) -> Matters:
    from appealnlp.matters import Matters

    found = Matters(folder, days=days)
    try:
        found.add(rows.entries(), workers)
    except BaseException:
        found.index.close()
        raise
    return found


def _write(found: Matters, rows: Rows, output: Path, overwrite: bool) -> None:
    from appealnlp.matters.tables import write_answers

    write_answers(found.answers(), rows.place, output, overwrite)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which hot issues are asked for."""

    by: str
    at: str | None
    area: str | None
    top: int

    def check(self) -> None:
        """Raises InputError before any work is done."""
        from datetime import date

        from appealnlp.matters.periods import parse_day, period_of

        period_of(date(2000, 1, 1), self.by)
        if self.at is not None:
            parse_day(self.at, "--at")

    def heat(self, found: Matters) -> Heat | None:
        """What is hot; None where no appeal has a time."""
        from appealnlp.matters import Thermometer
        from appealnlp.matters.periods import parse_day, period_of

        reader = Thermometer(found, self.area)
        period = period_of(parse_day(self.at, "--at"), self.by) if self.at else reader.latest(self.by)
        return None if period is None else reader.read(period, self.by, self.top)
