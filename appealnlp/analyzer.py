"""The one pipeline: text -> words found by rule -> entities -> labels -> route."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from appealnlp.analysis import Analysis, Entity, Evidence, Explanation, Flag, Reason, Topic, Urgency
from appealnlp.appeal import Appeal
from appealnlp.classify import Decider, Reading, Stored, load_model
from appealnlp.classify.decider import best
from appealnlp.classify.explain import reasons
from appealnlp.classify.matter import MatterNames
from appealnlp.classify.reading import read
from appealnlp.entities import load_recogniser
from appealnlp.entities.recogniser import Recogniser
from appealnlp.errors import InputError
from appealnlp.evidence import Evidence as Found
from appealnlp.evidence import EvidenceFinder, headcount, load_finder
from appealnlp.route import Facts, Router, load_policy
from appealnlp.schemes import Scheme, load_scheme, shipped
from appealnlp.shipped import model_folder
from appealnlp.text import Normalized, normalize, split_matters

TIERS = ("linear",)
MODEL_WORDS = "model"
"""The rule named where the words come from the weights of the model."""


class Analyzer:
    """Reads appeals. Holds no state of a text, so one analyzer serves many threads; give it finished parts."""

    def __init__(
        self, stored: Stored, scheme: Scheme, finder: EvidenceFinder, recogniser: Recogniser, router: Router
    ) -> None:
        """``load`` puts the shipped parts together."""
        self.scheme, self.stored = scheme, stored
        self._model, self._finder, self._recogniser, self._router = stored.linear, finder, recogniser, router
        self._decide = Decider(scheme, stored.decisions)
        self._matters = MatterNames(scheme)
        self._columns = {head.name: head.classes for head in stored.linear.heads}
        self._public = {head.name for head in stored.linear.heads if head.public}
        self._about = {"name": stored.manifest.name, "version": stored.manifest.version}
        self._replay = {"library": _version(), "scheme": scheme.version, "rules": finder.version, "tier": TIERS[0]}
        self._replay["policy"] = router.version

    def __call__(self, appeal: str | Appeal | Mapping[str, Any]) -> Analysis:
        """Analyse one appeal. Raises InputError when it cannot be read; the message never repeats the text."""
        given = Appeal.of(appeal)
        text = normalize(given.content, title_length=len(given.title or ""))
        title_length = text.locate(given.text_start) if given.title else 0
        found = self._finder.find(text.text)
        count = headcount(text.text)
        entities = self._recogniser.find(text.text, title_length)
        hidden = [(start, end) for start, end, _ in self._recogniser.personal_spans(text.text)]
        reading = read(text.text, max(title_length - 1, 0), hidden, found, count.value if count else None)
        scores = self._scores(reading)
        fits = bool(text.text.strip())
        return self._answer(given, text, reading, found, entities, scores, count.value if count else None, fits)

    def pipe(self, appeals: Iterable[str | Appeal | Mapping[str, Any]]) -> Iterator[Analysis]:
        """Analyse one after the other, order kept, any length; nothing is held back."""
        return map(self, appeals)

    def _scores(self, reading: Reading) -> dict[str, dict[str, float]]:
        found = self._model.scores(reading)
        return {name: dict(zip(self._columns[name], values.tolist(), strict=True)) for name, values in found.items()}

    def _answer(
        self, appeal: Appeal, text: Normalized, reading: Reading, found: tuple[Found, ...],
        entities: tuple[Entity, ...], scores: dict[str, dict[str, float]], count: int | None, fits: bool,
    ) -> Analysis:  # fmt: skip
        scheme, decide = self.scheme, self._decide
        type_, target = best(scores["type"]), best(scores["target"])
        is_appeal = fits and type_.label not in scheme.no_appeal
        urgency = self._urgency(text, reading, found, scores["urgency"])
        flags = self._flags(text, reading, found, scores["flags"]) if is_appeal else ()
        units = decide.units(scores["department"], is_appeal)
        sure = {"type": type_.confidence, "department": units[0].confidence if is_appeal else 1.0}
        title_length = len(reading.title) + 1 if reading.title else 0
        flags_found = frozenset(item.flag for item in flags)
        topic = self._topic(scores["topic"], text.text)
        matters = tuple(text.span(*span) for span in split_matters(text.text, title_length=title_length))
        facts = Facts(
            text=text.text, type=type_, target=target, topic=topic, urgency=urgency, units=units, flags=flags,
            purpose=scheme.purpose(type_.label, target.label, flags_found), ledger=scheme.ledger(type_.label),
            headcount=count, entities=entities, matters=len(matters), area=appeal.area,
            received_at=appeal.received_at, doubts=decide.doubts(sure),
            candidates=decide.department_set(scores["department"]), locate=partial(_source, text),
        )  # fmt: skip
        routed = self._router.answer(facts)
        return Analysis(
            content=text.source, id=appeal.id, type=type_, target=target, purpose=facts.purpose, ledger=facts.ledger,
            topic=topic, urgency=urgency, flags=flags, headcount=count,
            entities=_at_source(text, entities), matters=matters,
            scale=routed.scale, gravity=routed.gravity, signals=routed.signals,
            departments=routed.departments, route=routed.route, review=routed.review,
            model=self._about, replay=self._replay,
            scores={name: values for name, values in scores.items() if name in self._public},
            source_scores={name: values for name, values in scores.items() if name not in self._public},
            _explain=partial(self._why, text, reading, type_.label, target.label, urgency, units[0].code, scores),
        )  # fmt: skip

    def _urgency(
        self, text: Normalized, reading: Reading, found: tuple[Found, ...], scores: Mapping[str, float]
    ) -> Urgency:
        decided = self._decide.urgency(scores, found)
        if not self.scheme.urgencies[decided.label].needs_evidence:
            return Urgency(decided.label, decided.confidence)
        rank = self.scheme.urgencies[decided.label].rank
        shown = [
            item
            for item in found
            if item.kind == "urgency" and item.decides and self.scheme.urgencies[item.label].rank >= rank
        ]
        evidence = tuple(
            Evidence(*_source(text, item.start, item.end), item.rule, item.handoff) for item in _apart(shown)
        )
        if not evidence:
            words = reasons(self._model, reading, "urgency", decided.label)[:2]
            evidence = tuple(Evidence(*_source(text, item.start, item.end), MODEL_WORDS) for item in words)
        return Urgency(decided.label, decided.confidence, evidence)

    def _flags(
        self, text: Normalized, reading: Reading, found: tuple[Found, ...], scores: Mapping[str, float]
    ) -> tuple[Flag, ...]:
        flags: list[Flag] = []
        for code in self._decide.flags(scores, found):
            shown = [item for item in found if item.kind == "flag" and item.label == code and item.status == "present"]
            shown.sort(key=lambda item: item.strength != "strong")
            spans = [(item.start, item.end) for item in shown[:1]]
            if not spans:
                spans = [(item.start, item.end) for item in reasons(self._model, reading, "flags", code)[:1]]
            flags += (Flag(*_source(text, *span), code) for span in spans)
        return tuple(flags)

    def _topic(self, scores: Mapping[str, float], content: str) -> Topic:
        top = best(scores)
        matter = self._matters.of(top.label, content)
        path = tuple(top.label.split("/"))
        return Topic((*path, matter) if matter else path, top.confidence)

    def _why(
        self, text: Normalized, reading: Reading, type_: str, target: str, urgency: Urgency, department: str,
        scores: Mapping[str, Mapping[str, float]], field: str,
    ) -> Explanation:  # fmt: skip
        labels = {"type": type_, "target": target, "topic": best(scores["topic"]).label, "department": department}
        labels["urgency"] = urgency.label
        found = reasons(self._model, reading, field, labels[field])
        words = [Reason(*_source(text, item.start, item.end), item.weight) for item in found]
        if field == "urgency":
            ruled = [item for item in urgency.evidence if item.rule != MODEL_WORDS]
            words = [*(Reason(item.start, item.end, item.text, 1.0, item.rule) for item in ruled), *words]
        return Explanation(field, labels[field], tuple(words))


def _source(text: Normalized, start: int, end: int) -> tuple[int, int, str]:
    """Offsets in what the user gave, and the words there."""
    first, last = text.span(start, end)
    return first, last, text.source[first:last]


def _at_source(text: Normalized, entities: tuple[Entity, ...]) -> tuple[Entity, ...]:
    if text.identity:
        return entities
    return tuple(
        Entity(
            *_source(text, item.start, item.end), item.label, item.subtype, item.value, item.role, item.rule, item.mask
        )
        for item in entities
    )


def _apart(found: Iterable[Found]) -> list[Found]:
    """The evidence without what lies within other evidence."""
    kept: list[Found] = []
    for item in sorted(found, key=lambda item: (item.start, -item.end)):
        if not kept or item.end > kept[-1].end:
            kept.append(item)
    return kept


@cache
def _version() -> str:
    try:
        return version("appealnlp")
    except PackageNotFoundError:
        return "0"


def load(
    path: str | os.PathLike[str] | None = None, *, tier: str | None = None, scheme: str | os.PathLike[str] | None = None,
    policy: str | os.PathLike[str] = "default",
) -> Analyzer:  # fmt: skip
    """An analyzer with the model of ``path`` (the shipped one without it) and the scheme folder of ``scheme``.

    ``policy`` routes: the name of a shipped one ("foshan") or the path of a city's own file.

    ``tier`` names the kind of model to use: "linear". Loading takes some tenths of a second: keep the result.
    Raises ModelError when the folder is missing, broken or made for another scheme, InputError for an unknown tier.
    """
    if tier is not None and tier not in TIERS:
        raise InputError(f"unknown tier {tier!r}; this version has {', '.join(TIERS)}")
    chosen = shipped() if scheme is None else load_scheme(Path(scheme))
    stored = load_model(Path(path) if path is not None else model_folder(), chosen.version)
    return Analyzer(stored, chosen, load_finder(), load_recogniser(), Router(chosen, load_policy(policy, chosen)))
