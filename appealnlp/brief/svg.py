"""Small charts as SVG of our own: bars and lines that open anywhere, with their numbers as text."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import pairwise

WIDTH, ROW, LABEL = 720, 24, 190
HEIGHT, EDGE = 220, 36
COLOURS = ("#1f5fa8", "#c0562b", "#2f8f5b", "#7a4fa3", "#8a7a1f")
"""Told apart also in grey, and by their legend."""


def bars(rows: Sequence[tuple[str, int | None]], title: str) -> str:
    """Horizontal bars; a count that is None is written as below the limit and has no bar."""
    most = max((count or 0 for _, count in rows), default=0) or 1
    pieces = [_open(WIDTH, ROW * len(rows) + 8, title)]
    for place, (name, count) in enumerate(rows):
        y = place * ROW + 4
        length = (count or 0) / most * (WIDTH - LABEL - 70)
        pieces.append(_text(LABEL - 8, y + 15, _cut(name), "end"))
        pieces.append(f'<rect x="{LABEL}" y="{y + 2}" width="{length:.1f}" height="{ROW - 7}" fill="{COLOURS[0]}"/>')
        pieces.append(_text(LABEL + length + 6, y + 15, _number(count), "start"))
    return "".join([*pieces, "</svg>"])


def curves(names: Sequence[str], rows: Sequence[tuple[str, Sequence[int | None]]], title: str) -> str:
    """Lines over periods, one a row; a suppressed count leaves a gap."""
    most = max((count or 0 for _, counts in rows for count in counts), default=0) or 1
    step = (WIDTH - 2 * EDGE) / max(len(names) - 1, 1)
    pieces = [_open(WIDTH, HEIGHT + 20 * ((len(rows) + 2) // 3) + 10, title)]
    pieces.append(f'<line x1="{EDGE}" y1="{HEIGHT - EDGE}" x2="{WIDTH - EDGE}" y2="{HEIGHT - EDGE}" stroke="#999"/>')
    pieces += [_text(EDGE - 4, HEIGHT - EDGE, "0", "end"), _text(EDGE - 4, EDGE - 8, str(most), "end")]
    for place, name in enumerate(names):
        if place % 2 == (len(names) - 1) % 2:
            pieces.append(_text(EDGE + place * step, HEIGHT - EDGE + 18, name, "middle"))
    for place, (name, counts) in enumerate(rows):
        colour = COLOURS[place % len(COLOURS)]
        points = [None if count is None else (EDGE + i * step, HEIGHT - EDGE - count / most * (HEIGHT - 2 * EDGE))
                  for i, count in enumerate(counts)]  # fmt: skip
        pieces += _curve(points, counts, colour)
        x, y = EDGE + place % 3 * 220, HEIGHT + 14 + place // 3 * 20
        pieces.append(f'<rect x="{x}" y="{y - 9}" width="12" height="10" fill="{colour}"/>')
        pieces.append(_text(x + 17, y, _cut(name), "start"))
    return "".join([*pieces, "</svg>"])


def _curve(points: Sequence[tuple[float, float] | None], counts: Sequence[int | None], colour: str) -> list[str]:
    pieces = []
    for one, other in pairwise(points):
        if one is not None and other is not None:
            pieces.append(f'<line x1="{one[0]:.1f}" y1="{one[1]:.1f}" x2="{other[0]:.1f}" y2="{other[1]:.1f}" '
                          f'stroke="{colour}" stroke-width="2"/>')  # fmt: skip
    for point, count in zip(points, counts, strict=True):
        if point is not None:
            at = f'cx="{point[0]:.1f}" cy="{point[1]:.1f}" r="3" fill="{colour}"'
            pieces.append(f"<circle {at}><title>{count}</title></circle>")
    return pieces


def _open(width: int, height: int, title: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="100%" role="img" '
        f'aria-label="{escape(title)}" font-family="sans-serif" font-size="12"><title>{escape(title)}</title>'
    )


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="currentColor">{escape(words)}</text>'


def _cut(words: str, most: int = 14) -> str:
    return words if len(words) <= most else f"{words[: most - 1]}…"


def _number(count: int | None) -> str:
    return "<3" if count is None else str(count)
