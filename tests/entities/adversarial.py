"""Hostile texts for every pattern: its triggers, its examples cut short, what numbers and names begin with."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import yaml

from appealnlp.entities import load_recogniser
from appealnlp.entities.lexicon import Lexicon
from appealnlp.entities.loader import DATA
from appealnlp.entities.names import grammar_of
from appealnlp.entities.pattern import Candidate, Pattern
from appealnlp.entities.reading import Reading
from appealnlp.schemes.files import Document

SIZE = 20_000
FILLERS = ["1", "一", "年", "1年", "（2019", "字第", "《", "至", "、", "路", "1月", " 1", "A", "@", "百", "*", "京A1"]
_TRIGGERS = 6
_EXAMPLES = yaml.safe_load(Path(__file__).with_name("pattern_examples.yaml").read_text("utf-8"))
_RECOGNISER = load_recogniser()
_GRAMMAR = grammar_of(Document(DATA / "names.yaml").data)


def units(pattern: Pattern) -> list[str]:
    """What a text may repeat: fillers, ends of triggers, each with a digit, examples cut short."""
    triggers = list(itertools.islice(dict.fromkeys(word[-2:] for word in pattern.triggers), _TRIGGERS))
    near = [unit for word in triggers for unit in (word, f"1{word}", f"{word}1", f"一{word}")]
    cut = [example[1][:-1] for example in _EXAMPLES[pattern.id]["yes"]]
    return [unit for unit in dict.fromkeys([*FILLERS, *triggers, *near, *cut]) if unit]


def text_of(unit: str, size: int = SIZE) -> str:
    return (unit * (size // len(unit) + 1))[:size]


def lexicon_of(pattern: Pattern) -> Lexicon:
    """A lexicon for ``pattern`` alone."""
    lexicon = Lexicon()
    lexicon.add_patterns([pattern])
    return lexicon.build()


def read(pattern: Pattern, lexicon: Lexicon, text: str) -> list[Candidate]:
    """What ``pattern`` alone finds; one that looks at runs of digits is given the whole text as one run."""
    reading = Reading(text, _RECOGNISER.persons, _GRAMMAR)
    reading.run(lexicon)
    return [*reading.found, *(pattern.in_run(text, 0, len(text)) if pattern.runs else ())]


def seconds(pattern: Pattern, lexicon: Lexicon, text: str, rounds: int = 2) -> float:
    """Least time of reading ``text`` for ``pattern`` alone."""
    spent = []
    for _ in range(rounds):
        start = time.process_time()
        read(pattern, lexicon, text)
        spent.append(time.process_time() - start)
    return min(spent)


def pairs() -> Iterator[tuple[Pattern, str]]:
    """Every pattern with every unit for it."""
    for rule in sorted(_RECOGNISER.patterns):
        pattern = _RECOGNISER.patterns[rule]
        yield from ((pattern, unit) for unit in units(pattern))
