"""The report as one HTML page that opens offline: no script, no font, no address outside it."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from appealnlp.brief.build import Brief
from appealnlp.brief.sections import Section, cells, heading, sections

_STYLE = (
    "body{font-family:system-ui,'Noto Sans CJK SC','Microsoft YaHei',sans-serif;max-width:52rem;margin:1.5rem auto;"
    "padding:0 1rem;line-height:1.5;color:#1a1a1a;background:#fff}h1{font-size:1.5rem}h2{font-size:1.15rem;"
    "border-bottom:1px solid #ccc;margin-top:2rem}table{border-collapse:collapse;width:100%}th,td{padding:.25rem .5rem;"
    "border-bottom:1px solid #e3e3e3;text-align:right}th:first-child,td:first-child{text-align:left}"
    "blockquote{margin:.3rem 0 .3rem 1rem;color:#444;border-left:3px solid #ccc;padding-left:.6rem}"
    "@media print{h2{break-after:avoid}}"
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(brief: Brief, areas: Mapping[str, str] | None = None) -> str:
    """The whole page. ``areas`` names codes of areas."""
    areas = areas or {}
    title = escape(heading(brief, areas))
    body = "\n".join(_section(section) for section in sections(brief, areas))
    return (
        f'<!doctype html>\n<html lang="zh-CN"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" '
        f'content="{_POLICY}"><meta name="viewport" content="width=device-width"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body>\n<h1>{title}</h1>\n{body}\n</body></html>\n"
    )


def _section(section: Section) -> str:
    parts = [
        f"<h2>{escape(section.heading)}</h2>",
        *(f"<p>{escape(words)}</p>" for words in section.words),
        section.chart,
    ]
    if section.table:
        head, *rows = cells(section.table, escape)
        lines = ["".join(f"<td>{cell}</td>" for cell in row) for row in rows]
        first = "".join(f'<th scope="col">{cell}</th>' for cell in head)
        body = "".join(f"<tr>{line}</tr>" for line in lines)
        parts.append(f"<table><thead><tr>{first}</tr></thead><tbody>{body}</tbody></table>")
    for words, quotations in section.items:
        parts.append(f"<p>{escape(words)}</p>")
        parts += [f"<blockquote>{escape(text)}</blockquote>" for text in quotations]
    return "\n".join(filter(None, parts))
