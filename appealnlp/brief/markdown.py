"""The report as Markdown, without charts; their numbers stand in its tables."""

from __future__ import annotations

import re
from collections.abc import Mapping

from appealnlp.brief.build import Brief
from appealnlp.brief.sections import Section, cells, heading, number, sections

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def page(brief: Brief, areas: Mapping[str, str] | None = None) -> str:
    """The whole page. ``areas`` names codes of areas."""
    areas = areas or {}
    parts = [f"# {_safe(heading(brief, areas))}", *(_section(section, brief) for section in sections(brief, areas))]
    return "\n\n".join(parts) + "\n"


def _safe(words: str) -> str:
    """Words that no reader of Markdown takes for markup."""
    return _SPECIAL.sub(r"\\\1", " ".join(words.split()))


def _section(section: Section, brief: Brief) -> str:
    parts = [f"## {_safe(section.heading)}", *map(_safe, section.words)]
    table = section.table
    if section.chart and not table:  # the trend
        table = (("", "件 count"), *((name, number(count)) for name, count in brief.trend))
    if table:
        head, *rows = cells(table, _safe)
        lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
        parts.append("\n".join(f"| {' | '.join(row)} |" for row in lines))
    for words, quotations in section.items:
        parts.append("\n".join([f"- {_safe(words)}", *(f"  > {_safe(text)}" for text in quotations)]))
    return "\n\n".join(parts)
