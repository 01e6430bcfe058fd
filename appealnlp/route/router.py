"""The first route of a matter: dispatched, to be looked at, or no appeal; hand-off, deadline, reasons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from appealnlp.analysis import Deadline, Decision, Flag, Review, Route, Unit, Urgency
from appealnlp.route.deadline import due
from appealnlp.schemes import Scheme

_NAMES = {"type": "诉求类型", "department": "主办单位"}


@dataclass(frozen=True)
class Router:
    """Decides after the scheme of a city; every step leaves a reason in words."""

    scheme: Scheme
    group_from: int = 5
    """So many people or households make a group (信访工作条例 art. 20 speaks of collective visits from five)."""

    def scale(self, headcount: int | None, flags: Iterable[Flag]) -> str:
        """ "individual", "few" or "group": by the stated number, or by words that show a group."""
        if any(item.flag in self.scheme.collective for item in flags) or (headcount or 0) >= self.group_from:
            return "group"
        return "few" if (headcount or 0) > 1 else "individual"

    def review(self, doubts: Sequence[str], urgency: Urgency, candidates: Sequence[str]) -> Review:
        """Whether a human should look first. Emergencies are handed over at once and looked at too."""
        reasons = [f"{_NAMES.get(head, head)}置信度低于复核阈值" for head in doubts]
        if "department" in doubts and len(candidates) > 1:
            names = "、".join(self.scheme.departments[code].name for code in candidates[:5])
            reasons.append(f"可能的主办单位：{names}")
        if any(item.handoff for item in urgency.evidence):
            reasons.append("紧急情形已移交，请人工核实")
        return Review(bool(reasons), tuple(reasons))

    def route(
        self, type_: Decision, urgency: Urgency, units: Sequence[Unit], review: Review, area: str | None,
        received_at: datetime | None,
    ) -> Route:  # fmt: skip
        """Status, emergency numbers, deadline and the reasons of each."""
        if type_.label in self.scheme.no_appeal:
            return Route("no_appeal", area=area, reasons=(f"未识别出诉求（{self.scheme.types[type_.label].name}）",))
        handoff = tuple(dict.fromkeys(item.handoff for item in urgency.evidence if item.handoff))
        reasons = [f"主办单位：{units[0].name}（置信度 {units[0].confidence:.2f}）"]
        level = self.scheme.urgencies[urgency.label]
        reasons += [f"{level.name}依据：“{item.text}”" for item in urgency.evidence]
        reasons += [f"立即移交 {number}" for number in handoff]
        return Route(
            "review" if review.needed else "dispatched",
            area=area,
            handoff=handoff,
            deadlines=self._deadlines(urgency, received_at),
            reasons=tuple(reasons),
        )

    def _deadlines(self, urgency: Urgency, received_at: datetime | None) -> tuple[Deadline, ...]:
        within = self.scheme.urgencies[urgency.label].respond_within
        if within is None:
            return ()
        end = due(within, received_at)
        return (Deadline("respond", within, end.isoformat() if end else None),)
