"""No text, however hostile, makes a pattern slow: each is tried on texts made of its own triggers and examples.

What is asserted is growth and counted work; `tests/benchmarks/patterns.py` prints the milliseconds.
"""

from __future__ import annotations

import re
import time
from dataclasses import replace

import pytest
from adversarial import FILLERS, SIZE, lexicon_of, read, seconds, text_of, units

from appealnlp.entities import load_recogniser
from appealnlp.entities.pattern import Pattern

ENOUGH, MOST, ATTEMPTS = 0.005, 0.1, 4
COUNTED = 4_000
RECOGNISER = load_recogniser()


class Counted:
    """A compiled expression that counts how often it is asked."""

    def __init__(self, compiled: re.Pattern[str]) -> None:
        self._compiled = compiled
        self.calls = 0

    def match(self, *at: object) -> object:
        self.calls += 1
        return self._compiled.match(*at)  # type: ignore[call-overload]

    def search(self, *at: object) -> object:
        self.calls += 1
        return self._compiled.search(*at)  # type: ignore[call-overload]


def calls(pattern: Pattern, text: str) -> tuple[int, int]:
    """How often the expression of ``pattern`` is asked on ``text``, and how many entities it gives."""
    copy = replace(pattern)
    counted = [Counted(copy.compiled), Counted(copy.bounded)]
    vars(copy).update(compiled=counted[0], bounded=counted[1])
    found = read(copy, lexicon_of(copy), text)
    return sum(item.calls for item in counted), len(found)


@pytest.mark.parametrize("rule", sorted(RECOGNISER.patterns))
def test_expressions_are_asked_seldom(rule: str) -> None:
    """Work that no clock blurs: a pattern is tried for each entity, in each run, and so many times in vain."""
    pattern = RECOGNISER.patterns[rule]
    for unit in units(pattern):
        text = text_of(unit, COUNTED)
        asked, found = calls(pattern, text)
        half, _ = calls(pattern, text[: COUNTED // 2])
        assert asked <= 2.1 * half + 20, (unit, half, asked)
        retried = COUNTED // 4 if pattern.runs else 0  # a refused number is looked for again behind its first digits
        assert asked <= 2 * found + retried + 2 * (100 + COUNTED // 200) + 10, (unit, asked, found)


@pytest.mark.parametrize("rule", sorted(RECOGNISER.patterns))
def test_patterns_are_linear(rule: str) -> None:
    pattern = RECOGNISER.patterns[rule]
    lexicon = lexicon_of(pattern)
    for unit in units(pattern):
        text = text_of(unit)
        if seconds(pattern, lexicon, text, 1) <= ENOUGH:
            continue
        for _ in range(ATTEMPTS):  # other work on the machine must disturb all attempts to make this fail
            short, long = seconds(pattern, lexicon, text[: SIZE // 2]), seconds(pattern, lexicon, text)
            if long < 2.5 * short and long < MOST:
                break
        else:
            pytest.fail(f"{unit!r}: {short * 1e3:.1f} ms, twice the text {long * 1e3:.1f} ms")


@pytest.mark.parametrize("unit", [*FILLERS, "村", "张书记", "我叫张三、", "A3区", "公司", "13900001234 ", "与路口"])
def test_finding_is_linear(unit: str) -> None:
    def spent(size: int) -> float:
        text = (unit * size)[:size]
        start = time.process_time()
        RECOGNISER.find(text)
        return time.process_time() - start

    spent(100)
    short, long = min(spent(5_000) for _ in range(2)), min(spent(20_000) for _ in range(2))
    assert long < 0.05 or long < 9 * short, (short, long)
    assert long < 4.0
