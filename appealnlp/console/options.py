"""Options that several commands have, and what is made of them."""

from __future__ import annotations

from typing import Annotated

import typer

Column = Annotated[str | None, typer.Option(help="列名，省略则自动识别，'' 表示没有。Column; guessed if not given.")]
Sheet = Annotated[str | None, typer.Option(help="工作表名 (xlsx)。Name of the sheet.")]
HeaderRow = Annotated[int | None, typer.Option(min=1, help="表头所在行。Row of the column names.")]
Encoding = Annotated[str | None, typer.Option(help="文本编码，省略则自动识别。Encoding; found if not given.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="覆盖已有输出。Overwrite the output.")]
Workers = Annotated[int | None, typer.Option(min=1, help="进程数，默认用全部核心。Processes; all cores.")]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON。Print JSON.")]
DayWithin = Annotated[
    str | None, typer.Option("--at", help="周期内的某一天，默认最后一期。A day of the period; the last one.")
]
AreasUnder = Annotated[str | None, typer.Option("--area", help="只看此区划代码开头的。Areas that begin so.")]


def given_columns(**columns: str | None) -> dict[str, str]:
    """Role and column of those that were given; "" says that the table has none."""
    return {role: name for role, name in columns.items() if name is not None}
