"""From what was found in a text to what the features are read from; training and analysis go the same way."""

from __future__ import annotations

from collections.abc import Iterable

from appealnlp.classify.features import Reading, hide
from appealnlp.evidence.finder import Evidence
from appealnlp.text import frame, tone_spans


def rule_names(found: Iterable[Evidence], headcount: int | None) -> list[str]:
    """Names of the rules that fired, with what became of them: a danger in the past is not the feature of one now."""
    names = {f"{item.rule}:{item.status}" for item in found}
    names.update(f"{item.kind}={item.label}" for item in found if item.decides)
    if headcount is not None:
        names.add("headcount")
    return sorted(names)


def read(
    content: str,
    title_length: int,
    personal: Iterable[tuple[int, int]],
    evidence: Iterable[Evidence],
    headcount: int | None = None,
) -> Reading:
    """The reading of a normalised text: what names private persons is hidden, the title stands apart.

    ``personal`` are the spans to hide, sorted and not overlapping. Greeting before and courtesies behind what the body
    says are hidden, too, so that politeness sways nothing; so is mere tone.
    """
    first = title_length + 1 if title_length else 0
    begin, end = framed = frame(content, first)
    within = [span for span in personal if span[1] <= title_length or (span[0] >= begin and span[1] <= end)]
    courtesies = [span for span in ((first, begin), (end, len(content))) if span[0] < span[1]]
    spans = _with_tone(content, sorted([*within, *courtesies]))
    title = hide(content[:title_length], [span for span in spans if span[1] <= title_length]) if title_length else ""
    return Reading(hide(content, spans), title, rule_names(evidence, headcount), framed)


def _with_tone(content: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    tone = [span for span in tone_spans(content) if not any(a < span[1] and span[0] < b for a, b in spans)]
    return sorted([*spans, *tone]) if tone else spans
