"""The report as sections of plain tables and words, from which HTML and Markdown are written alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from appealnlp.batch.names import name_of
from appealnlp.brief import svg
from appealnlp.brief.build import FEWEST, Brief, Table
from appealnlp.matters.hot import Issue
from appealnlp.schemes import shipped

RHYTHMS = {"week": "周报 Weekly", "month": "月报 Monthly", "quarter": "季报 Quarterly"}
REST = "其他合计 others"
HIDDEN = f"<{FEWEST}"

OPEN_UNKNOWN = "办理期限已过（表中没有办结时间）past due (the table does not say what is closed)"

NO_TEXTS = "未计算：表中没有诉求原文，或不需要 Not computed: the table holds no texts, or they are not wanted."

Named = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, sentences, a table (header first; none where empty), a chart (SVG) and items with their quotations."""

    heading: str
    words: tuple[str, ...] = ()
    table: tuple[tuple[str, ...], ...] = ()
    chart: str = ""
    items: tuple[tuple[str, tuple[str, ...]], ...] = ()


def heading(brief: Brief, areas: Mapping[str, str]) -> str:
    """The title of the report."""
    where = f" · {areas.get(brief.area, brief.area)}" if brief.area else ""
    return f"诉求{RHYTHMS[brief.rhythm]} brief {brief.period.name}{where}"


def sections(brief: Brief, areas: Mapping[str, str]) -> list[Section]:
    """All sections, in order."""
    names = name_of(shipped())

    def area(code: str) -> str:
        return areas.get(code, code)

    periods = [name for name, _ in brief.trend]
    curves = [("全部 all", tuple(count for _, count in brief.trend)), *brief.field_trends]
    return [
        _overview(brief),
        Section("趋势 Trend", chart=svg.curves(periods, curves, "趋势 trend")),
        _counted("区域 Areas", brief.areas, area),
        _counted("领域 Fields", brief.fields, str, chart=True),
        _counted("主题 Topics", brief.topics, str),
        _counted("诉求类型 Types", brief.types, lambda code: names("type", code), chart=True),
        _counted("紧急程度 Urgency", brief.urgencies, lambda code: names("urgency", code)),
        _counted("主办单位 Lead units", brief.departments, lambda code: names("department", code)),
        *_hot(brief),
        _overdue(brief, lambda code: names("department", code)),
    ]


def number(count: int | None) -> str:
    """A count as it is shown."""
    return HIDDEN if count is None else str(count)


def _overview(brief: Brief) -> Section:
    words = [f"{brief.period.first} 至 to {brief.period.last}：{number(brief.total)} 件 appeals，"
             f"上期 before {number(brief.previous)} 件{_growth(brief.total, brief.previous)}。"]  # fmt: skip
    if brief.undated != 0:
        words.append(f"{number(brief.undated)} 件没有可识别的时间，未计入 have no time and are not counted.")
    words.append(f"少于 {FEWEST} 件的数字不显示 Counts below {FEWEST} are not shown.")
    return Section("概况 Overview", tuple(words))


def _growth(count: int | None, previous: int | None) -> str:
    if count is None or not previous:
        return ""
    return f"（{count / previous - 1:+.1%}）"


def _counted(title: str, table: Table, name: Named, chart: bool = False) -> Section:
    header = ("", "件 count", "占比 share", "上期 before", "变化 change")
    rows = [
        (
            REST if line.key is None else name(line.key), number(line.count),
            "" if line.share is None else f"{line.share:.1%}", number(line.previous),
            "" if line.change is None else f"{line.change:+.1%}",
        )
        for line in table
    ]  # fmt: skip
    bars = (
        svg.bars([(row[0], line.count) for row, line in zip(rows, table, strict=True)], title) if chart and rows else ""
    )
    words = () if rows else ("没有数据 No data.",)
    return Section(title, words, (header, *rows) if rows else (), bars)


def _hot(brief: Brief) -> list[Section]:
    if brief.heat is None:
        return [Section("热点 Hot issues", (NO_TEXTS,))]
    heat = brief.heat
    items = tuple(_issue(place, issue) for place, issue in enumerate(heat.issues, 1))
    found = [Section("热点 Hot issues", () if items else ("没有 None.",), items=items)]
    if heat.subjects:
        header = ("", "件 count", "上期 before", "事项 matters")
        rows = [(item.name, str(item.count), _small(item.previous), _small(item.matters)) for item in heat.subjects]
        found.append(Section("企业和项目 Enterprises and projects", table=(header, *rows)))
    if heat.alerts:
        told = [(f"⚠ {alert['enterprise'] or '同一事项 one matter'}：{alert['count']} 件 appeals，"
                 f"{alert['first']} – {alert['last']}", ()) for alert in heat.alerts]  # fmt: skip
        found.append(Section("欠薪预警 Wage arrears", items=tuple(told)))
    return found


def _small(count: int) -> str:
    return HIDDEN if 0 < count < FEWEST else str(count)


def _issue(place: int, issue: Issue) -> tuple[str, tuple[str, ...]]:
    alarm = " ⚠ 新发苗头 emerging" if issue.emerging else ""
    counts = f"{issue.count} 件 appeals，上期 before {_small(issue.previous)}，首次 first {issue.first_seen}"
    return f"{place}. {issue.title}：{counts}{alarm}", issue.texts


def _overdue(brief: Brief, name: Named) -> Section:
    late = brief.overdue
    said = "已超期未办结 overdue and not closed" if late.known else OPEN_UNKNOWN
    words = (f"截至 As of {late.day}：{number(late.count)} 件 {said}。",)
    rows = [(REST if line.key is None else name(line.key), number(line.count)) for line in late.by_department]
    return Section("超期 Overdue", words, (("主办单位 Lead unit", "件 count"), *rows) if rows else ())


def cells(rows: Sequence[Sequence[str]], escape: Callable[[str], str]) -> list[list[str]]:
    """All cells escaped."""
    return [[escape(cell) for cell in row] for row in rows]
