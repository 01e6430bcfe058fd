"""The log on its way out: in order, whole, at once where it matters, and never more than so much waits."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from appealnlp_serve.lines import Lines
from appealnlp_serve.logs import JsonFormatter, LineHandler

ROOT = Path(__file__).resolve().parents[2]


class Slow(io.StringIO):
    """A reader that lets writers wait until it is told to go on."""

    def __init__(self) -> None:
        super().__init__()
        self.go, self.writes = threading.Event(), 0

    def write(self, words: str) -> int:
        self.go.wait(10)
        self.writes += 1
        return super().write(words)


def test_lines_are_written_together_and_in_order() -> None:
    out = Slow()
    out.go.set()
    lines = Lines(out, pause=0.05)
    for number in range(1000):
        lines.add(str(number))
    until = time.monotonic() + 10
    while out.getvalue().count("\n") < 1000 and time.monotonic() < until:
        time.sleep(0.01)
    assert out.getvalue().split() == [str(number) for number in range(1000)]
    assert out.writes < 100
    lines.close()
    lines.add("late")
    assert out.getvalue().endswith("999\nlate\n")


def test_adding_does_not_wait_for_a_slow_reader_until_too_much_waits() -> None:
    out = Slow()
    lines = Lines(out, pause=0.001, most=50)
    for number in range(40):
        lines.add(str(number))
    adding = threading.Thread(target=lambda: [lines.add(str(number)) for number in range(40, 200)])
    adding.start()
    adding.join(0.3)
    assert adding.is_alive()
    out.go.set()
    adding.join(10)
    lines.close()
    assert out.getvalue().split() == [str(number) for number in range(200)]


def test_many_threads_lose_nothing() -> None:
    out = io.StringIO()
    lines = Lines(out, pause=0.001)
    threads = [
        threading.Thread(target=lambda name=name: [lines.add(f"{name}-{number}") for number in range(500)])
        for name in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines.close()
    found = out.getvalue().split()
    assert len(found) == len(set(found)) == 2000
    for name in range(4):
        assert [item for item in found if item.startswith(f"{name}-")] == [f"{name}-{number}" for number in range(500)]


def test_a_reader_that_has_gone_breaks_nothing() -> None:
    out = io.StringIO()
    lines = Lines(out)
    out.close()
    lines.add("a")
    lines.close()


def test_what_is_grave_is_out_at_once_and_no_value_begins_a_line() -> None:
    out = io.StringIO()
    handler = LineHandler(Lines(out, pause=60))
    handler.setFormatter(JsonFormatter())
    record = logging.LogRecord("appealnlp.serve", logging.ERROR, "", 0, "failure", (), None)
    record.fields = {"code": 'a\n{"forged":1}\r\u2028路'}
    handler.handle(record)
    assert out.getvalue().count("\n") == 1
    assert out.getvalue().isascii()
    assert json.loads(out.getvalue())["code"] == record.fields["code"]
    handler.close()


@pytest.mark.parametrize("end", ["", "raise SystemExit(3)", "raise KeyError", "1 / 0"])
def test_the_end_of_a_process_loses_no_line(end: str) -> None:
    code = (
        f"from appealnlp_serve.logs import log, setup\nsetup(batched=True)\n[log('x', n=n) for n in range(300)]\n{end}"
    )
    env = {"PYTHONPATH": f"{ROOT}:{ROOT / 'serve'}"}
    told = subprocess.run([sys.executable, "-c", code], env=env, stderr=subprocess.PIPE, text=True).stderr
    numbers = [json.loads(line)["n"] for line in told.splitlines() if line.startswith("{")]
    assert numbers == list(range(300))
