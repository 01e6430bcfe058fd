"""Figures of a tagger on rows that took no part in its training, beside those of patterns and grammars alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from appealnlp.analysis import Entity
from appealnlp.entities.recogniser import Finder, Recogniser
from appealnlp_training.tagger_data import Row

SCORED = ("PER", "ORG", "ADDR", "TIME", "MONEY", "COUNT", "LAW", "PHONE")
Pairs = set[tuple[str, str]]


def pairs_of(row: Row) -> Pairs:
    """Distinct (label, text) of a row, after the guideline."""
    text = row.tagged.text
    return {(span.label, text[span.start : span.end].strip("《》")) for span in row.tagged.spans}


def _pairs(entities: Iterable[Entity]) -> Pairs:
    return {(entity.label, entity.text.strip("《》")) for entity in entities}


def report(rows: Sequence[Row], recogniser: Recogniser, tagger: Finder) -> str:
    """A table: for each label precision, recall and F1 of the patterns and with the tagger."""
    columns = {
        "patterns": _counts(rows, lambda row: recogniser.find(row.tagged.text, row.title_length)),
        "with the tagger": _counts(rows, lambda row: recogniser.find_tagged(row.tagged.text, row.title_length, tagger)),
    }
    lines = [f"{len(rows)} rows held out", f"{'label':22}{'n':>6}" + "".join(f"{name:>22}" for name in columns)]
    for name, labels in [*((label, (label,)) for label in SCORED), ("PER ORG ADDR", SCORED[:3]), ("all eight", SCORED)]:
        real = sum(columns["patterns"][2][label] for label in labels)
        lines.append(f"{name:22}{real:6}" + "".join(f"{_line(counts, labels):>22}" for counts in columns.values()))
    return "\n".join(lines)


Counts = tuple[Counter[str], Counter[str], Counter[str]]


def _counts(rows: Sequence[Row], find: Callable[[Row], Iterable[Entity]]) -> Counts:
    """Hits, answers and truths by label."""
    hit: Counter[str] = Counter()
    given: Counter[str] = Counter()
    real: Counter[str] = Counter()
    for row in rows:
        want, got = pairs_of(row), _pairs(find(row))
        hit.update(label for label, _ in want & got)
        given.update(label for label, _ in got)
        real.update(label for label, _ in want)
    return hit, given, real


def _line(counts: Counts, labels: Sequence[str]) -> str:
    hit, given, real = (sum(count[label] for label in labels) for count in counts)
    return f"{hit / max(1, given):.3f} {hit / max(1, real):.3f} {2 * hit / max(1, given + real):.3f}"
