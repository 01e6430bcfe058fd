"""One analysis on a screen: legible without colour and on eighty columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from appealnlp.analysis import Analysis, Explanation, Unit
from appealnlp.batch.names import Names, name_of
from appealnlp.schemes import Scheme

_URGENCY_STYLES = {3: "bold white on red", 2: "bold red", 1: "yellow", 0: "green"}
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_ENTITY_STYLE = "cyan underline"
_EVIDENCE_STYLE = "bold red underline"
_FLAG_STYLE = "magenta"
_ROLES = {"lead": "主办", "co": "协办", "option": "备选"}
_UNITS = {"minute": "分钟", "hour": "小时", "day": "天", "working day": "个工作日"}
_LIMIT = re.compile(r"([0-9]+) (minute|hour|day|working day)s?")
_STATUSES = {"dispatched": "转办", "review": "人工复核", "no_appeal": "无诉求"}
_FIELDS = {"type": "类型", "target": "对象", "topic": "主题", "urgency": "紧急程度", "department": "主办单位"}
EXPLAINED = tuple(_FIELDS)
"""The fields of which ``Analysis.why`` can tell the words."""


def spoken(within: str) -> str:
    """A time limit of a policy ("5 working days") as people say it; one of another form stays as it is."""
    return _LIMIT.sub(lambda found: f" {found[1]} {_UNITS[found[2]]}", within).strip()


def view(analysis: Analysis, scheme: Scheme, *, why: bool = False) -> RenderableType:
    """A panel with what was read out of an appeal, its words marked; ``why`` adds the words behind each decision."""
    parts: list[RenderableType] = [_facts(analysis, scheme), Rule(style="dim"), marked(analysis)]
    if why:
        parts += [Rule(style="dim"), _reasons(analysis, name_of(scheme))]
    return Panel(Group(*parts), title="诉求分析", border_style="dim", padding=(0, 1))


def marked(analysis: Analysis) -> Text:
    """The content with evidence, flags and entities in colour; the same words stand in the list above it."""
    text = Text(_shown(analysis.content))
    spans = [
        *((item, _ENTITY_STYLE) for item in analysis.entities),
        *((item, _FLAG_STYLE) for item in analysis.flags),
        *((item, _EVIDENCE_STYLE) for item in analysis.urgency.evidence),
    ]
    for span, style in spans:
        text.stylize(style, span.start, span.end)
    return text


def _facts(analysis: Analysis, scheme: Scheme) -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for label, value in _lines(analysis, scheme, name_of(scheme)):
        if value:
            table.add_row(label, value)
    return table


def _lines(analysis: Analysis, scheme: Scheme, names: Names) -> Iterator[tuple[str, str | Text]]:
    yield "类型", escape(f"{names('type', analysis.type.label)} {analysis.type.confidence:.0%}")
    yield "对象", escape(f"{names('target', analysis.target.label)} {analysis.target.confidence:.0%}")
    yield "紧急程度", _urgency(analysis, scheme)
    yield "依据", _quoted(f"“{item.text}” {item.rule}" for item in analysis.urgency.evidence)
    yield "情形", _quoted(f"{names('flags', item.flag)}“{item.text}”" for item in analysis.flags)
    yield "人数", str(analysis.headcount) if analysis.headcount is not None else ""
    yield "主题", escape(f"{' / '.join(analysis.topic.path)} {analysis.topic.confidence:.0%}")
    yield "单位", escape("\n".join(map(_unit, analysis.departments)))
    yield from _route(analysis)
    yield "实体", _quoted(f"{names('entities', item.label)}“{item.text}”" for item in analysis.entities)


def _urgency(analysis: Analysis, scheme: Scheme) -> Text:
    level = scheme.urgencies.get(analysis.urgency.label)
    text = Text(level.name if level else analysis.urgency.label, _URGENCY_STYLES.get(level.rank if level else -1, ""))
    within = f"，应在 {spoken(level.respond_within)}内回应" if level and level.respond_within else ""
    return text.append(f" {analysis.urgency.confidence:.0%}{within}", style="not bold default")


def _route(analysis: Analysis) -> Iterator[tuple[str, str | Text]]:
    route, review = analysis.route, analysis.review
    yield "去向", escape(_STATUSES.get(route.status, route.status))
    yield "立即转接", Text("、".join(route.handoff), "bold red") if route.handoff else ""
    yield "期限", _quoted(f"{item.name or item.step} {item.due or spoken(item.within)}" for item in route.deadlines)
    yield "复核", escape(f"需要：{'；'.join(review.reasons) or '-'}") if review.needed else ""
    yield "提示", _quoted((*route.reasons, *route.hints))


def _unit(unit: Unit) -> str:
    return f"{_ROLES.get(unit.role, unit.role)} {unit.name} ({unit.code}) {unit.confidence:.0%}"


def _quoted(items: Iterable[str]) -> str:
    return escape(_shown("；".join(dict.fromkeys(items))))


def _shown(text: str) -> str:
    """As long as the text, without the control characters by which an appeal could command a terminal."""
    return _CONTROL.sub("·", text)


def _reasons(analysis: Analysis, names: Names) -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for field, title in _FIELDS.items():
        table.add_row(f"为何{title}", escape(_shown(_reason(analysis.why(field), names))))
    return table


def _reason(explanation: Explanation, names: Names) -> str:
    words = "、".join(f"“{item.text}” {item.weight:+.2f}" for item in explanation.reasons)
    label = explanation.label
    known = explanation.field in ("type", "target", "urgency", "department")
    shown = names(explanation.field, label) if label is not None and known else label
    return f"{shown or '-'}：{words or '-'}"
