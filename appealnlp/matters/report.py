"""What a run says: on a screen in both languages, or as JSON with plain keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from appealnlp.matters.finder import Matters
from appealnlp.matters.hot import Heat, Issue
from appealnlp.matters.tables import Rows

KINDS = {"new": "首次 new", "duplicate": "重复件 duplicates", "repeat": "同一事项 repeats"}


def as_json(found: Matters, rows: Rows, heat: Heat | None) -> dict[str, Any]:
    """Counts, and the hot issues of the period."""
    counts = found.counts()
    return {
        "rows_in": counts.given + rows.bad, "rows_unusable": rows.bad, "times_unreadable": rows.undated,
        "already_indexed": counts.known, "appeals": len(found.index), "matters": counts.matters,
        "kinds": dict(counts.kinds), "hot": None if heat is None else heat.to_dict(),
    }  # fmt: skip


def lines(found: Matters, rows: Rows, heat: Heat | None) -> Iterator[str]:
    """The same for people."""
    counts = found.counts()
    kinds = "，".join(f"{KINDS[kind]} {number}" for kind, number in counts.kinds.items())
    yield f"{counts.given + rows.bad} 行 rows；{kinds}；{counts.matters} 个事项 matters"
    if counts.known:
        yield f"{counts.known} 行已在索引中 rows were in the index"
    if rows.bad:
        yield f"{rows.bad} 行不能用 rows are unusable；run appealnlp tag to see why"
    if rows.undated:
        yield f"{rows.undated} 行的时间无法识别 times could not be read"
    if heat is None:
        yield "没有时间，无法按期统计 no times: no hot issues by period"
        return
    yield f"\n热点 hot issues {heat.period.name} ({heat.period.first} – {heat.period.last})" + (
        f" {heat.area}" if heat.area else ""
    )
    for place, issue in enumerate(heat.issues, 1):
        yield from _issue(place, issue)
    for alert in heat.alerts:
        who = alert["enterprise"] or "同一事项 one matter"
        yield f"⚠ 欠薪预警 wage arrears: {who} {alert['count']} 件 {alert['first']} – {alert['last']}"
    if not heat.issues:
        yield "（无 none）"


def _issue(place: int, issue: Issue) -> Iterator[str]:
    growth = f"{issue.previous} → {issue.count}" if issue.previous else f"{issue.count}"
    alarm = " ⚠ 新发 emerging" if issue.emerging else ""
    yield f"{place:2}. {issue.title}{alarm}"
    yield f"    {growth} 件 appeals，累计 total {issue.total}，首次 first {issue.first_seen}"
    for text in issue.texts[:1]:
        yield f"    “{text}”"
