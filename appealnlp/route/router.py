"""The engine: decides section by section after the rows of a policy; every step leaves a reason in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from appealnlp.analysis import Review, Route, Unit
from appealnlp.route.accused import Barred, barred
from appealnlp.route.condition import Case, Row, every, first
from appealnlp.route.facts import Facts, case_of
from appealnlp.route.lead import Choice, Chosen
from appealnlp.route.loader import load_policy
from appealnlp.route.policy import Policy
from appealnlp.route.schedule import Schedule
from appealnlp.schemes import Scheme

_NAMES = {"type": "诉求类型", "department": "主办单位"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What routing adds to an analysis."""

    departments: tuple[Unit, ...]
    route: Route
    review: Review
    scale: str | None = None
    gravity: str | None = None
    signals: tuple[Mapping[str, Any], ...] = ()
    purpose: str | None = None
    """That of the scheme, or what a row of the policy says in its place."""


class Router:
    """Routes after the scheme and the policy of a city; holds nothing of a text, so one router serves many threads."""

    def __init__(self, scheme: Scheme, policy: Policy | None = None) -> None:
        """``policy`` is the default one where none is given."""
        self.scheme = scheme
        self.policy = policy if policy is not None else load_policy(scheme=scheme)

    @cached_property
    def version(self) -> str:
        """Name and version of the policy."""
        return f"{self.policy.code}@{self.policy.version}"

    def answer(self, facts: Facts) -> Answer:
        """Everything that is decided of one appeal.

        Raises InputError where the policy asks for an error in a year whose working days are not known.
        """
        if facts.type.label in self.scheme.no_appeal:
            reason = f"未识别出诉求（{self.scheme.types[facts.type.label].name}）"
            route = Route("no_appeal", area=facts.area, reasons=(reason,), policy=self.version)
            more = ["疑似紧急情形，请人工核实"] if facts.urgency.label == self.scheme.gravest else []
            return Answer(facts.units, route, self._review(facts, False, more), purpose=facts.purpose)
        return _Routing(self, facts).answer()

    def _review(self, facts: Facts, ruled: bool, more: Iterable[str]) -> Review:
        """Whether a human should look first. Emergencies are handed over at once and looked at too."""
        doubts = [head for head in facts.doubts if not (ruled and head == "department")]
        reasons = [f"{_NAMES.get(head, head)}置信度低于复核阈值" for head in doubts]
        if "department" in doubts and len(facts.candidates) > 1:
            names = "、".join(self.policy.directory[code].name for code in facts.candidates[:5])
            reasons.append(f"可能的主办单位：{names}")
        reasons += more
        return Review(bool(reasons), tuple(reasons))


class _Routing:
    """One appeal on its way through the sections."""

    def __init__(self, router: Router, facts: Facts) -> None:
        self.router, self.facts, self.policy = router, facts, router.policy
        policy = self.policy
        self.read = policy.words.read(facts.text)
        has_place = any(item.label in policy.labels.place for item in facts.entities)
        named = policy.areas.matters(facts.text, self.read.areas, policy.elsewhere)
        self.located = policy.areas.locate(facts.area, named, has_place)
        self.case: Case = case_of(facts, policy, self.read, self.located)

    def answer(self) -> Answer:
        purpose = self._purpose()
        scale = self._first("scale")
        refused = self._first("not_accepted")
        gravity = self._gravity()
        signals = self._signals()
        culprits = [(e.start, e.end) for e in self.facts.entities if e.role in self.router.scheme.culprits]
        accused = barred(self.policy, self.case, self.read, culprits)
        chosen = self._units(accused)
        route = self._route(chosen, accused, refused)
        more: list[str] = []
        if route.handoff:
            more.append("紧急情形已移交，请人工核实")
        elif self.facts.urgency.label == self.router.scheme.gravest:
            more.append("紧急情形，办理规则未指明移交号码，请人工立即处理")
        more += ["原主办单位被举报而回避，请人工确认主办单位"] if chosen.moved else []
        more += [row.name for row in every(self.policy.rows["review"], self.case)]
        review = self.router._review(self.facts, chosen.ruled, more)
        if review.needed:
            route = replace(route, status="review")
        return Answer(chosen.units, route, review, scale.code if scale else None, gravity, signals, purpose)

    def _purpose(self) -> str | None:
        """What the scheme derives from the labels, unless a row knows better from the words (art. 30)."""
        row = first(self.policy.rows["purpose"], self.case)
        if row is None or row.code == self.facts.purpose:
            return self.facts.purpose
        self.case.tags.discard(f"purpose={self.facts.purpose}")
        self.case.add("purpose", row.code)
        self.case.reasons.append(row.reason(self.policy.title("purpose"), self.case))
        return row.code

    def _first(self, section: str) -> Row | None:
        row = first(self.policy.rows[section], self.case)
        if row is not None:
            self.case.add(section, row.code)
            self.case.reasons.append(row.reason(self.policy.title(section), self.case))
        return row

    def _every(self, section: str, *, quiet: bool = False) -> list[Row]:
        rows = every(self.policy.rows[section], self.case)
        for row in rows:
            self.case.add(section, row.code)
            if not quiet:
                self.case.reasons.append(row.reason(self.policy.title(section), self.case))
        return rows

    def _gravity(self) -> str | None:
        """The gravest value of all rows that hold, with the reasons for it (若羌: breadth, units, duration, sum)."""
        order = self.policy.gravities
        rows = every(self.policy.rows["gravity"], self.case)
        if not rows:
            return None
        gravest = max((row.code for row in rows), key=order.index)
        title = self.policy.title("gravity")
        self.case.reasons += [row.reason(title, self.case) for row in rows if row.code == gravest]
        self.case.add("gravity", gravest)
        return gravest

    def _signals(self) -> tuple[Mapping[str, Any], ...]:
        """Each signal with its words; a human confirms (row 22 of the facts)."""
        found: list[Mapping[str, Any]] = []
        for row in self._every("signals", quiet=True):
            found += ({"signal": row.code, "name": row.name, **words} for words in self._words(row))
        return tuple(found)

    def _words(self, row: Row) -> Iterable[dict[str, Any]]:
        shown = {f"flags={item.flag}": item for item in reversed(self.facts.flags)}
        for tag in row.when.met(self.case):
            if tag in self.case.spots:
                start, end, text = self.facts.locate(*self.case.spots[tag])
                yield {"start": start, "end": end, "text": text or self.case.quote(tag)}
            elif tag in shown:
                yield {"start": shown[tag].start, "end": shown[tag].end, "text": shown[tag].text}

    def _units(self, accused: Barred) -> Chosen:
        chosen = Choice(self.policy, self.facts, self.case, self.located, accused).choose(self.read)
        lead = chosen.units[0]
        sure = "按规则" if chosen.ruled else f"置信度 {lead.confidence:.2f}"
        self.case.reasons.insert(0, f"主办单位：{lead.name}（{sure}）")
        for unit in chosen.units[:1]:
            self.case.tags.update((f"unit={unit.code}", f"unit_kind={self.policy.directory[unit.code].kind}"))
        return chosen

    def _route(self, chosen: Chosen, accused: Barred, refused: Row | None) -> Route:
        case, reasons = self.case, self.case.reasons
        self._place()
        level, mediation = self._first("level"), self._first("mediation")
        path, platform = self._first("legal_path"), self._first("sub_platform")
        mechanisms, category = self._every("mechanisms"), self._category()
        handoff = self._handoff()
        hints = self._every("hints", quiet=True)
        self._every("notes")
        deadlines = Schedule(
            self.policy, self.router.scheme, case, self.facts.urgency.label, self.facts.received_at
        ).deadlines()
        return Route(
            "dispatched", area=self.located.area, level=level.code if level else None,
            sub_platform=platform.code if platform else None, legal_path=path.code if path else None,
            mediation=mediation.code if mediation else None, handoff=handoff,
            hints=tuple(str(row.gives["text"]) for row in hints), deadlines=deadlines, reasons=tuple(reasons),
            mechanisms=tuple(row.name for row in mechanisms), mediation_body=_body(mediation),
            not_accepted=_refusal(refused, case), category=category, withheld_from=tuple(sorted(accused.codes)),
            policy=self.router.version,
        )  # fmt: skip

    def _place(self) -> None:
        """What is said of a place that cannot be used as it is (信访工作条例 art. 5)."""
        located, given = self.located, self.facts.area
        if located.place == "two":
            self.case.reasons.append(f"区域：文中提到两个以上地区（{'、'.join(located.names)}），请确认属地")
        elif located.place == "unknown":
            self.case.reasons.append(f"区域：区划代码 {located.area} 不在本办理规则的区划表中")
        elif located.place == "none":
            self.case.reasons.append("区域：未写明地点")
        elif located.area in self.policy.areas.areas:
            self.case.reasons.append(f"属地：{self.policy.areas.path(located.area)}")
        if located.place == "one" and given is not None and located.area != given:
            self.case.reasons.append(f"区域：按事发地{located.names[0]}办理，来件地为 {given}")

    def _category(self) -> str | None:
        """A class of a city's own scheme: a row whose words say it, else a crosswalk of topics."""
        row = self._first("category")
        if row is not None:
            return row.name
        if self.policy.crosswalk is None:
            return None
        return self.router.scheme.crosswalks[self.policy.crosswalk].of(self.facts.topic.path)

    def _handoff(self) -> tuple[str, ...]:
        """Emergency numbers: those of the evidence, then those of the policy (FACTS section 3).

        Where neither names one, the policy's first row for what is left: danger to life is always handed on.
        """
        scheme, facts = self.router.scheme, self.facts
        level = scheme.urgencies[facts.urgency.label]
        self.case.reasons += [f"{level.name}依据：“{item.text}”" for item in facts.urgency.evidence]
        numbers = [item.handoff for item in facts.urgency.evidence if item.handoff]
        numbers += [row.code for row in every(self.policy.rows["handoff"], self.case)]
        numbers = list(dict.fromkeys(numbers))
        self.case.reasons += [f"立即移交 {number}" for number in numbers]
        if not numbers and (row := first(self.policy.rows["handoff_otherwise"], self.case)) is not None:
            numbers = [row.code]
            self.case.reasons.append(row.reason("立即移交", self.case))
        return tuple(numbers)


def _body(row: Row | None) -> Mapping[str, str] | None:
    return {"name": row.name, "kind": str(row.gives.get("kind", ""))} if row else None


def _refusal(row: Row | None, case: Case) -> Mapping[str, str] | None:
    return {"code": row.code, "reason": row.reason("不予受理", case)} if row else None
