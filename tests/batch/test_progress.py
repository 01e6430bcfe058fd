"""Progress: lines for a log, a bar on a terminal."""

from __future__ import annotations

import io
from itertools import count

from appealnlp.batch.progress import Lines, quiet, reporting, status


def test_status():
    assert status(1200, 0.4, 4.0) == "已处理 1200 行 (40%)，300 行/秒，约剩 6 秒"
    assert status(1200, None, 4.0) == "已处理 1200 行，300 行/秒"
    assert status(0, 0.0, 0.0) == "已处理 0 行 (0%)，0 行/秒"


def test_lines_come_every_few_seconds():
    out = io.StringIO()
    ticks = count(0, 2)
    lines = Lines(out, every=5.0, clock=lambda: float(next(ticks)))
    for _ in range(6):
        lines(100, None)
    assert [line.split(" ")[1] for line in out.getvalue().splitlines()] == ["300", "600"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_bar_on_a_terminal():
    out = Terminal()
    with reporting(out) as progress:
        progress(100, 0.5)
        progress(100, 1.0)
    assert out.getvalue()


def test_no_bar_elsewhere():
    with reporting(io.StringIO()) as progress:
        assert isinstance(progress, Lines)
    assert quiet(1, None) is None
