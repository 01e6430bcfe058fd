"""No text, however hostile, makes a pattern slow: each is timed on text made of its own triggers."""

from __future__ import annotations

import itertools
import time

import pytest

from appealnlp.entities import load_recogniser
from appealnlp.entities.lexicon import Lexicon
from appealnlp.entities.loader import DATA
from appealnlp.entities.names import grammar_of
from appealnlp.entities.pattern import Pattern
from appealnlp.entities.reading import Reading
from appealnlp.schemes.files import Document

SIZE, ENOUGH = 20_000, 0.005
FILLERS = ["1", "一", "年", "1年", "（2019", "字第", "《", "至", "、", "路", "1月", " 1", "A", "@", "百", "*", "京A1"]
RECOGNISER = load_recogniser()
GRAMMAR = grammar_of(Document(DATA / "names.yaml").data)


def seconds(pattern: Pattern, lexicon: Lexicon, text: str) -> float:
    """Time of reading the text for one pattern, as cheap as the machine allows."""
    spent = []
    for _ in range(2):
        start = time.process_time()
        Reading(text, RECOGNISER.persons, GRAMMAR).run(lexicon)
        if pattern.runs:
            list(pattern.in_run(text, 0, len(text)))
        spent.append(time.process_time() - start)
    return min(spent)


@pytest.mark.parametrize("rule", sorted(RECOGNISER.patterns))
def test_patterns_are_linear(rule: str) -> None:
    pattern = RECOGNISER.patterns[rule]
    lexicon = Lexicon()
    lexicon.add_patterns([pattern])
    lexicon.build()
    words = list(itertools.islice(dict.fromkeys(word[-2:] for word in pattern.triggers), 6))
    for unit in [*FILLERS, *words]:
        text = (unit * SIZE)[:SIZE]
        long = seconds(pattern, lexicon, text)
        if long > ENOUGH:  # a text of 10,000 true matches may take more, but no more than twice for twice the text
            short = seconds(pattern, lexicon, text[: SIZE // 2])
            assert min(long, seconds(pattern, lexicon, text)) < 2.5 * short, (unit, short, long)
        assert long < 0.1, (unit, long)


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
