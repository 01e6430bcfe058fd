"""What is said of a tagged table or folder: short lines, in which every row that went in is accounted for."""

from __future__ import annotations

from appealnlp.batch.folder import FolderReport
from appealnlp.batch.options import TagReport
from appealnlp.batch.table import Place


def _counted(rows_in: int, rows_out: int, rejects: int) -> str:
    return f"{rows_in} 行 in = {rows_out} out + {rejects} rejects"


def table_summary(report: TagReport, output: Place) -> str:
    """The summary of a table."""
    columns = ", ".join(f"{role}={name}" for role, name in report.columns.items())
    counts = _counted(report.rows_in, report.rows_out, report.rejects)
    lines = [f"{output}: {counts}, {report.seconds:.1f} 秒 s", f"列 columns: {columns}"]
    if report.resumed:
        lines.append(f"其中 {report.resumed} 行沿用上次的分析。Rows whose analysis an earlier run had saved.")
    if report.unread_times:
        lines.append(f"{report.unread_times} 行的时间无法识别，未使用。Rows analysed without their unreadable time.")
    if report.rejects_file:
        lines.append(f"未处理的行及原因 rejected rows and reasons: {report.rejects_file}")
    return "\n".join(lines)


def folder_summary(report: FolderReport, output: Place) -> str:
    """The summary of a folder: a line for each file, then all of them together."""
    lines = []
    for file in report.files:
        done = file.report
        said = _counted(done.rows_in, done.rows_out, done.rejects) if done else f"✗ {file.problem}"
        lines.append(f"{file.output}: {said}")
    lines += [f"{path}: 不是表格，未处理 no table, skipped" for path in report.skipped]
    tagged, failed = len(report.files) - len(report.failed), len(report.failed)
    counts = _counted(report.rows_in, report.rows_out, report.rejects)
    lines.append(
        f"{output}: {tagged} 个文件 files, {counts}; {failed} 个失败 failed, {len(report.skipped)} 个跳过 skipped"
    )
    return "\n".join(lines)
