"""The command ``brief``: a report of a week, month or quarter from tagged tables."""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from appealnlp.console.options import AreasUnder, AsJson, Column, DayWithin, Overwrite, Workers, given_columns
from appealnlp.errors import InputError

if TYPE_CHECKING:
    from appealnlp.brief import Brief
    from appealnlp.matters import Heat
    from appealnlp.matters.periods import Period


def brief(
    table: Annotated[str, typer.Argument(metavar="IN", help="appealnlp tag 的输出。What appealnlp tag has written.")],
    output: Annotated[
        list[Path] | None,
        typer.Option("--output", "-o", metavar="OUT", help="输出 .html 或 .md，可多次。May be repeated."),
    ] = None,
    by: Annotated[str, typer.Option("--by", help="周期 week、month 或 quarter。Rhythm of the report.")] = "month",
    at: DayWithin = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="超期截至日，默认周期末。Day at which overdue is seen.")
    ] = None,
    area: AreasUnder = None,
    area_names: Annotated[
        Path | None, typer.Option("--area-names", help="两列 csv：代码,名称。csv of code and name.")
    ] = None,
    hot: Annotated[bool, typer.Option("--hot/--no-hot", help="计算热点 (需要原文)。Hot issues; needs texts.")] = True,
    top: Annotated[int, typer.Option("--top", min=1, help="各表最多多少行。Most rows of a table.")] = 15,
    as_json: AsJson = False,
    text_column: Column = None,
    title_column: Column = None,
    id_column: Column = None,
    received_at_column: Column = None,
    area_column: Column = None,
    closed_column: Column = None,
    overwrite: Overwrite = False,
    workers: Workers = None,
) -> None:
    """由打标后的表生成周报、月报或季报；已遮蔽，少于三件的数字不显示。

    Write a weekly, monthly or quarterly report from tagged tables; masked, counts under three are not shown.
    """
    from appealnlp.brief import Tagged, Tally
    from appealnlp.brief.markdown import page
    from appealnlp.matters.periods import parse_day, period_of

    days = {option: parse_day(day, option) for option, day in (("--at", at), ("--as-of", as_of)) if day is not None}
    kinds = [_kind(path) for path in output or ()]
    names = _area_names(area_names)
    columns = given_columns(
        text=text_column, title=title_column, id=id_column, received_at=received_at_column, area=area_column,
        closed=closed_column,
    )  # fmt: skip
    source = Tagged(table, columns)
    tally = Tally(source.facts(), area)
    period = period_of(days.get("--at") or tally.latest(), by)
    heat = _heat(table, columns, period, by, area, top, workers) if hot else None
    made = tally.brief(period, by, as_of=days.get("--as-of"), says_closed=source.says_closed, heat=heat, top=top)
    for path, kind in zip(output or (), kinds, strict=True):
        _write(kind, made, names, path, Path(table), overwrite)
    if as_json:
        typer.echo(json.dumps(made.to_dict(), ensure_ascii=False, indent=2))
    elif not output:
        typer.echo(page(made, names))
    if source.bad:
        typer.echo(f"{source.bad} 行不能用 rows are unusable", err=True)


def _kind(path: Path) -> str:
    kind = path.suffix.lower()
    if kind not in (".html", ".htm", ".md"):
        raise InputError(f"{path.name}: no format of a brief; name it .html or .md")
    return kind


def _write(kind: str, made: Brief, names: Mapping[str, str], path: Path, table: Path, overwrite: bool) -> None:
    from appealnlp.batch.draft import Draft, check_target
    from appealnlp.brief import html, markdown

    check_target(table, path, overwrite)
    words = (markdown if kind == ".md" else html).page(made, names)
    with Draft(path) as draft:
        draft.file.write(words.encode("utf-8"))
        draft.commit()
    typer.echo(str(path), err=True)


def _area_names(path: Path | None) -> dict[str, str]:
    if path is None:
        return {}
    from appealnlp.batch.textfile import open_text

    with open_text(path) as file:
        rows = list(csv.reader(file))
    for number, row in enumerate(rows, 1):
        if len(row) != 2:
            raise InputError(f"{path}: line {number}: {len(row)} fields; write code,name")
    return {code.strip(): name.strip() for code, name in rows}


def _heat(
    table: str, columns: Mapping[str, str], period: Period, by: str, area: str | None, top: int, workers: int | None
) -> Heat | None:
    """Hot issues, where the table holds the texts."""
    from appealnlp.batch.ends import open_source
    from appealnlp.batch.table import ReadOptions
    from appealnlp.errors import TableError
    from appealnlp.matters import Matters, Rows, Thermometer
    from appealnlp.matters.collect import processes

    roles = {role: name for role, name in columns.items() if role != "closed"}
    rows = Rows(table, roles)
    with open_source(table, ReadOptions()) as source:
        try:
            rows.roles(source)
        except TableError:
            if "text" in columns:
                raise
            return None
    with tempfile.TemporaryDirectory(prefix="appealnlp-") as folder, Matters(Path(folder)) as found:
        found.add(rows.entries(), processes(table, workers))
        return Thermometer(found, area).read(period, by, top)
