"""Answers with their words: urgency, flags, topic and explanations, from a judgement and what the rules found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from appealnlp.analysis import Entity, Evidence, Explanation, Flag, Reason, Topic, Urgency
from appealnlp.classify import LinearModel, Reading
from appealnlp.classify.decider import best
from appealnlp.classify.explain import reasons
from appealnlp.classify.matter import MatterNames
from appealnlp.classify.occlusion import occlusion
from appealnlp.classify.tiers import Judgement
from appealnlp.evidence import Evidence as Found
from appealnlp.schemes import Scheme
from appealnlp.text import Normalized

MODEL_WORDS = "model"
"""The rule named where the words come from the weights of the model."""


@dataclass(frozen=True)
class Answers:
    """Finds the words for the answers about one text. Offsets of what it gives are those of the source."""

    scheme: Scheme
    model: LinearModel
    names: MatterNames
    text: Normalized
    reading: Reading
    found: tuple[Found, ...]
    judged: Judgement

    def source(self, start: int, end: int) -> tuple[int, int, str]:
        """Offsets in what the user gave, and the words there."""
        return at_source(self.text, start, end)

    def urgency(self) -> Urgency:
        """The level with the words that decide it: those of the rules, else the heaviest ones of the model."""
        judged = self.judged
        decided = judged.decide.urgency(judged.scores["urgency"], self.found, judged.linear["urgency"])
        level = self.scheme.urgencies[decided.label]
        if not level.needs_evidence:
            return Urgency(decided.label, decided.confidence)
        shown = [
            item
            for item in self.found
            if item.kind == "urgency" and item.decides and self.scheme.urgencies[item.label].rank >= level.rank
        ]
        # a sign of a graver level that was not given is worth a look, but calls nobody
        evidence = [
            Evidence(*self.source(i.start, i.end), i.rule, i.handoff if i.label == decided.label else None)
            for i in _apart(shown)
        ]
        if not evidence:
            words = self._heaviest("urgency", decided.label, 2)
            evidence = [Evidence(item.start, item.end, item.text, MODEL_WORDS) for item in words]
        return Urgency(decided.label, decided.confidence, tuple(evidence))

    def flags(self, count: int | None) -> tuple[Flag, ...]:
        """The flags that hold where the text states ``count`` people or households (None: no number).

        Each comes with the words of a rule, else the heaviest ones of the model.
        """
        codes = self.judged.decide.flags(self.judged.scores["flags"], self.found, count)
        return tuple(flag for code in codes for flag in self._flag(code))

    def _flag(self, code: str) -> Iterable[Flag]:
        shown = [i for i in self.found if i.kind == "flag" and i.label == code and i.status == "present"]
        if shown:
            best_shown = min(shown, key=lambda item: item.strength != "strong")
            return [Flag(*self.source(best_shown.start, best_shown.end), code)]
        return [Flag(item.start, item.end, item.text, code) for item in self._heaviest("flags", code, 1)]

    def topic(self) -> Topic:
        """The two levels that are measured, and the matter that the text names."""
        top = best(self.judged.scores["topic"])
        matter = self.names.of(top.label, self.text.text)
        path = tuple(top.label.split("/"))
        return Topic((*path, matter) if matter else path, top.confidence)

    def _heaviest(self, head: str, label: str, count: int) -> list[Reason]:
        found = reasons(self.model, self.reading, head, label)[:count]
        return [Reason(*self.source(item.start, item.end), item.weight) for item in found]

    def why(self, labels: Mapping[str, str], urgency: Urgency, field: str) -> Explanation:
        """The words that carry ``labels[field]``. Raises KeyError for another field.

        Where the encoder took part, what its score loses without them; else what they add to the linear score.
        """
        encoder, label = self.judged.encoder, labels[field]
        if encoder is None:
            words = self._heaviest(field, label, 5)
        else:
            lost = occlusion(lambda text: encoder.log_probability(text, field, label), self.text.text)
            words = [Reason(*self.source(start, end), round(weight, 4)) for start, end, weight in lost]
        if field == "urgency":
            ruled = [item for item in urgency.evidence if item.rule != MODEL_WORDS]
            words = [*(Reason(item.start, item.end, item.text, 1.0, item.rule) for item in ruled), *words]
        return Explanation(field, labels[field], tuple(words))


def at_source(text: Normalized, start: int, end: int) -> tuple[int, int, str]:
    """Offsets in the source of a span of the normalised text, and the words there."""
    first, last = text.span(start, end)
    return first, last, text.source[first:last]


def entities_at_source(text: Normalized, entities: tuple[Entity, ...]) -> tuple[Entity, ...]:
    """Entities of the normalised text with offsets in the source."""
    if text.identity:
        return entities
    return tuple(
        Entity(*at_source(text, e.start, e.end), e.label, e.subtype, e.value, e.role, e.rule, e.mask) for e in entities
    )


def _apart(found: Iterable[Found]) -> list[Found]:
    """The evidence without what lies within other evidence."""
    kept: list[Found] = []
    for item in sorted(found, key=lambda item: (item.start, -item.end)):
        if not kept or item.end > kept[-1].end:
            kept.append(item)
    return kept
