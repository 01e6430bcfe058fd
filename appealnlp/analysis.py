"""What comes out: Analysis and its parts. All are frozen and answer questions about themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Protocol

SCHEMA_VERSION = "1"
"""Version of the form of ``Analysis.to_dict()``; ``schemas/analysis-1.json`` describes it."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A label and how sure the model is of it (0 to 1, calibrated)."""

    label: str
    confidence: float

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"label": self.label, "confidence": self.confidence}


@dataclass(frozen=True, slots=True)
class Span:
    """``text`` stands at ``start:end`` of the content (code points)."""

    start: int
    end: int
    text: str

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"start": self.start, "end": self.end, "text": self.text}


@dataclass(frozen=True, slots=True)
class Evidence(Span):
    """Words that decide an urgency, and the rule that found them."""

    rule: str
    handoff: str | None = None
    """The emergency number to which the matter must be handed at once, if any."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"start": self.start, "end": self.end, "text": self.text, "rule": self.rule}


@dataclass(frozen=True, slots=True)
class Urgency(Decision):
    """The consequence of delay, with the words that show it (none are needed for the milder levels)."""

    evidence: tuple[Evidence, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        found = [item.to_dict() for item in self.evidence]
        return {"label": self.label, "confidence": self.confidence, "evidence": found}


@dataclass(frozen=True, slots=True)
class Topic:
    """What it is about: field, sub-field, and the matter where its words name one.

    ``confidence`` is that of the first two levels; the third is a match of names and has not been measured.
    """

    path: tuple[str, ...]
    confidence: float
    measured_levels: int = 2

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"path": list(self.path), "confidence": self.confidence, "measured_levels": self.measured_levels}


@dataclass(frozen=True, slots=True)
class Flag(Span):
    """A circumstance that holds (情形), with the words that show it."""

    flag: str

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"flag": self.flag, "start": self.start, "end": self.end, "text": self.text}


@dataclass(frozen=True, slots=True)
class Entity(Span):
    """A place, unit, person, time, sum, number or other name in the content.

    ``value`` is what it means where that can be told (a sum in yuan, a date), ``role`` what part it plays,
    ``rule`` says which recogniser found it, ``mask`` how it reads where it must not be seen (None: it may be seen).
    """

    label: str
    subtype: str | None = None
    value: Mapping[str, Any] | None = None
    role: str | None = None
    rule: str = ""
    mask: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        value = None if self.value is None else dict(self.value)
        return {
            "label": self.label, "subtype": self.subtype, "start": self.start, "end": self.end, "text": self.text,
            "value": value, "role": self.role,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unit:
    """A responsible unit in the ranked list. ``role`` is "lead", "co" (handles it together) or "option"."""

    code: str
    name: str
    role: str
    confidence: float
    then: str | None = None
    """Its name when the appeal came in, or in the year that the text tells of, where that was another one."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON; ``then`` only where there is one."""
        out = {"code": self.code, "name": self.name, "role": self.role, "confidence": self.confidence}
        return out if self.then is None else {**out, "then": self.then}


@dataclass(frozen=True, slots=True)
class Deadline:
    """By when a step is due: ``within`` as the policy writes it, ``due`` (ISO 8601) where the start is known.

    ``latest`` is when it is due once extended, ``basis`` the rule behind it.
    """

    step: str
    within: str
    due: str | None = None
    name: str | None = None
    latest: str | None = None
    basis: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON; name, latest and basis only where there are any."""
        more = {"name": self.name, "latest": self.latest, "basis": self.basis}
        out = {"step": self.step, "within": self.within, "due": self.due}
        return out | {key: value for key, value in more.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Route:
    """Where the matter goes. What no part of the library knows yet is None, never a guess.

    ``status`` is "dispatched", "review" (a human must look) or "no_appeal"; ``handoff`` lists the emergency numbers
    to which it goes at once.
    """

    status: str
    area: str | None = None
    level: str | None = None
    sub_platform: str | None = None
    legal_path: str | None = None
    mediation: str | None = None
    handoff: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    reasons: tuple[str, ...] = ()
    mechanisms: tuple[str, ...] = ()
    """Ways of settling it (佛山: 行政调解, 诉调对接 ...)."""
    mediation_body: Mapping[str, str] | None = None
    """name and kind (people, administrative, judicial) of the body that mediates."""
    not_accepted: Mapping[str, str] | None = None
    """code and reason where the rules say that the matter is not taken; a human confirms."""
    category: str | None = None
    """Its class in a city's own scheme."""
    withheld_from: tuple[str, ...] = ()
    """Units that an accusation names, and those under them: they must not see it (信访工作条例 art. 30)."""
    policy: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "status": self.status, "area": self.area, "level": self.level, "sub_platform": self.sub_platform,
            "legal_path": self.legal_path, "mediation": self.mediation, "handoff": list(self.handoff),
            "hints": list(self.hints), "deadlines": [item.to_dict() for item in self.deadlines],
            "reasons": list(self.reasons), "mechanisms": list(self.mechanisms),
            "mediation_body": None if self.mediation_body is None else dict(self.mediation_body),
            "not_accepted": None if self.not_accepted is None else dict(self.not_accepted),
            "category": self.category, "withheld_from": list(self.withheld_from), "policy": self.policy,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Review:
    """Whether a human should look before the matter is dispatched, and why."""

    needed: bool
    reasons: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"needed": self.needed, "reasons": list(self.reasons)}


@dataclass(frozen=True, slots=True)
class Reason(Span):
    """Words that speak for (``weight`` above 0) or against a decision; ``rule`` names a rule, "" a learned weight."""

    weight: float
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a field has its value: the words that carry it, heaviest first."""

    field: str
    label: str | None
    reasons: tuple[Reason, ...] = ()

    def __str__(self) -> str:
        words = "、".join(f"“{item.text}” {item.weight:+.2f}" for item in self.reasons)
        return f"{self.field} = {self.label}: {words or '-'}"


Explain = Callable[[str], Explanation]
Recut = Callable[[float], tuple[Route, Review]]
Notice = Callable[["Analysis"], str | None]


class Mask(Protocol):
    """Masks a text: its entities, and what recognisers find in it besides."""

    def __call__(self, text: str, entities: tuple[Entity, ...], *, policy: str, key: bytes | None) -> str:
        """Raises Withheld where masking cannot be made sure of, InputError for an unknown policy."""


_BOUND = ("_explain", "_recut", "_notice")
"""Fields that hold the analyzer."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """Everything that was read out of one appeal. Offsets count code points of ``content``."""

    content: str
    type: Decision
    target: Decision
    purpose: str | None
    ledger: str | None
    topic: Topic
    urgency: Urgency
    flags: tuple[Flag, ...]
    headcount: int | None
    entities: tuple[Entity, ...]
    matters: tuple[tuple[int, int], ...]
    scale: str | None
    gravity: str | None
    signals: tuple[Mapping[str, Any], ...]
    departments: tuple[Unit, ...]
    route: Route
    review: Review
    model: Mapping[str, str]
    replay: Mapping[str, str]
    id: str | None = None
    scores: Mapping[str, Mapping[str, float]] = field(default_factory=dict, repr=False)
    """Every class's probability of each public head."""
    source_scores: Mapping[str, Mapping[str, float]] = field(default_factory=dict, repr=False)
    """The same for heads that follow the habits of a public data set; never an answer, at most a comparison."""
    _explain: Explain | None = field(default=None, repr=False, compare=False)
    _recut: Recut | None = field(default=None, repr=False, compare=False)
    _notice: Notice | None = field(default=None, repr=False, compare=False)
    _mask: Mask | None = field(default=None, repr=False, compare=False)
    """Stays when an analysis is pickled: a function of a module, which needs no analyzer."""

    def __getstate__(self) -> list[Any]:
        """What is pickled: the values, without the analyzer behind them."""
        return [None if item.name in _BOUND else getattr(self, item.name) for item in fields(self)]

    @property
    def department(self) -> Unit:
        """The unit that should be the lead (主办)."""
        return self.departments[0]

    @property
    def is_appeal(self) -> bool:
        """Whether an appeal could be made out."""
        return self.route.status != "no_appeal"

    def has(self, flag: str) -> bool:
        """Whether the flag holds."""
        return any(item.flag == flag for item in self.flags)

    def entities_of(self, label: str) -> tuple[Entity, ...]:
        """The entities of one label, in order."""
        return tuple(item for item in self.entities if item.label == label)

    def why(self, field: str) -> Explanation:
        """The words that carry the value of ``field``: type, target, topic, urgency, department.

        Raises KeyError for another field, ValueError where the analysis was made without its analyzer (unpickled).
        """
        if self._explain is None:
            raise ValueError("this analysis has lost its analyzer; analyse the text again to explain it")
        return self._explain(field)

    def at(self, precision: float) -> Analysis:
        """This analysis where only what is right in ``precision`` (0 to 1) of the cases goes out without a human.

        Nothing is read again: ``review`` and the route's status follow the confidence that the precision asks for, the
        answers stay. Raises ValueError where the model knows no such precision, or the analysis lost its analyzer.
        """
        if self._recut is None:
            raise ValueError("this analysis has lost its analyzer; analyse the text again to cut it elsewhere")
        route, review = self._recut(precision)
        return replace(self, route=route, review=review)

    def notice(self) -> str | None:
        """A draft of the notice to the citizen (受理告知, 不予受理告知) by the policy's template, if one is due.

        A human reads, completes and sends it. Raises ValueError where the analysis was made without its analyzer.
        """
        if self._notice is None:
            raise ValueError("this analysis has lost its analyzer; analyse the text again to draft a notice")
        return self._notice(self)

    def masked(self, policy: str = "mask", *, key: bytes | None = None) -> str:
        """The content with what names a private person masked: 138****8000, 张*, an address down to the compound.

        ``policy`` is mask, replace (〔电话1〕), hash (a token keyed for this document alone, or by ``key``) or remove.
        Raises Withheld where a recogniser errs, so that nothing unmasked gets out; InputError for an unknown policy;
        ValueError where the analysis was made without an analyzer.
        """
        if self._mask is None:
            raise ValueError("this analysis was made without an analyzer, which brings the mask; analyse the text")
        return self._mask(self.content, self.entities, policy=policy, key=key)

    def for_recipient(self, unit: str) -> Analysis:
        """What ``unit`` (its code) may see; offsets hold, since what is hidden is as long as what it hides.

        Whom an accusation names, and the units below them, see none of its words (信访工作条例 art. 30); a unit that
        is not the lead sees no personal data where the matter is an accusation; all others see everything.
        """
        if unit in self.route.withheld_from:
            return self._hidden("*" * len(self.content), ())
        if not self.route.withheld_from or unit == self.department.code:
            return self
        pieces = list(self.content)
        for item in self.entities:
            if item.mask is not None:
                pieces[item.start : item.end] = "*" * (item.end - item.start)
        return self._hidden("".join(pieces), tuple(item for item in self.entities if item.mask is None))

    def _hidden(self, content: str, entities: tuple[Entity, ...]) -> Analysis:
        """This analysis over other words of the same length; sentences that quote the appeal are left out."""
        flags = tuple(replace(item, text=content[item.start : item.end]) for item in self.flags)
        shown = tuple(replace(item, text=content[item.start : item.end]) for item in self.urgency.evidence)
        signals = tuple({**item, "text": content[item["start"] : item["end"]]} for item in self.signals)
        route = replace(self.route, reasons=(), not_accepted=None)
        return replace(
            self, content=content, entities=entities, flags=flags, urgency=replace(self.urgency, evidence=shown),
            signals=signals, route=route, review=Review(self.review.needed), id=None,
            _explain=None, _recut=None, _notice=None,
        )  # fmt: skip

    def to_dict(self, *, scores: bool = False) -> dict[str, Any]:
        """The analysis as plain values that ``json`` can write; the schema is versioned (schemas/analysis-1.json).

        With ``scores`` every class's probability is added, and the heads that follow a public data set.
        """
        out: dict[str, Any] = {
            "type": self.type.to_dict(),
            "target": self.target.to_dict(),
            "purpose": self.purpose,
            "ledger": self.ledger,
            "topic": self.topic.to_dict(),
            "urgency": self.urgency.to_dict(),
            "flags": [item.to_dict() for item in self.flags],
            "headcount": self.headcount,
            "entities": [item.to_dict() for item in self.entities],
            "matters": [{"start": start, "end": end} for start, end in self.matters],
            "scale": self.scale,
            "gravity": self.gravity,
            "signals": [dict(item) for item in self.signals],
            "departments": [item.to_dict() for item in self.departments],
            "route": self.route.to_dict(),
            "review": self.review.to_dict(),
            "model": dict(self.model),
            "replay": dict(self.replay),
        }
        if scores:
            out["scores"] = {head: dict(values) for head, values in self.scores.items()}
            out["source_scores"] = {head: dict(values) for head, values in self.source_scores.items()}
        return out
