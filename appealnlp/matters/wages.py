"""Alerts of wage arrears: several appeals on one enterprise, or of one matter, within days (仲恺: 近百名职工讨薪)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from appealnlp.evidence import EvidenceFinder
from appealnlp.evidence.loader import load_rules
from appealnlp.matters.alarms import Wages, alarms
from appealnlp.schemes import shipped

DAY = 86_400


def is_arrears(text: str, flags: str | None = None) -> bool:
    """Whether an appeal is about arrears: by the flags of its table (codes or names), else by the rules of evidence."""
    wages = alarms().wages
    if flags is not None:
        return not _called(wages.flag).isdisjoint(flags.split(";"))
    if not any(word in text for word in wages.words):
        return False
    return any(item.label == wages.flag and item.decides for item in _finder(wages.flag).find(text))


@cache
def _called(flag: str) -> frozenset[str]:
    """What a table may call the flag: its code, or its name (``tag --names``)."""
    label = shipped().flags.get(flag)
    return frozenset([flag] if label is None else [flag, label.name])


@cache
def _finder(flag: str) -> EvidenceFinder:
    """The rules of one flag alone; a rule looks at no other."""
    book = load_rules(trusted=True)
    rules = [rule for rule in book.rules if any(shown.label == flag for shown in rule.shows)]
    return EvidenceFinder(replace(book, rules=tuple(rules)))


@dataclass(frozen=True, slots=True)
class Claim:
    """An appeal about arrears: its number, seconds since 1970, the enterprises it names, its matter, its area."""

    number: int
    time: int
    firms: tuple[str, ...]
    matter: int
    area: str
    copy: bool = False
    """Whether it came in the words of an earlier one: colleagues sign one text, or one person sends it again."""


@dataclass(frozen=True, slots=True)
class Alert:
    """At least as many appeals as the rule wants within its days; ``firm`` is None where they share a matter alone."""

    firm: str | None
    area: str
    appeals: tuple[int, ...]
    first: int
    last: int
    copies: int = 0
    """How many of them are copies of an earlier one; whoever is alerted should know."""

    def to_dict(self, ids: Iterable[Any]) -> dict[str, Any]:
        """As JSON; ``ids`` are those of ``appeals``."""
        from appealnlp.matters.periods import day_of

        return {
            "enterprise": self.firm, "area": self.area or None, "count": len(self.appeals), "copies": self.copies,
            "first": day_of(self.first), "last": day_of(self.last), "ids": list(ids),
        }  # fmt: skip


def alerts(claims: Iterable[Claim]) -> list[Alert]:
    """All alerts, the latest first. An appeal that names an enterprise counts for it, else for its matter."""
    rule = alarms().wages
    groups: dict[tuple[str | None, int], list[Claim]] = defaultdict(list)
    for claim in claims:
        if claim.time < 0:
            continue
        for firm in claim.firms:
            groups[(firm, -1)].append(claim)
        groups[(None, claim.matter)].append(claim)
    found = [alert for (firm, _), members in groups.items() for alert in _runs(firm, members, rule)]
    return _without_doubles(
        sorted(found, key=lambda item: (-item.last, item.firm is None, item.firm or "", item.appeals))
    )


def _runs(firm: str | None, members: list[Claim], rule: Wages) -> Iterable[Alert]:
    """Longest runs in which each appeal has enough others within the days of the rule."""
    members = sorted(members, key=lambda claim: (claim.time, claim.number))
    dense: list[Claim] = []
    for place in range(len(members) - rule.appeals + 1):
        window = members[place : place + rule.appeals]
        if window[-1].time - window[0].time > rule.days * DAY:
            continue
        if dense and window[0] not in dense:
            yield _alert(firm, dense)
            dense = []
        dense += [claim for claim in window if claim not in dense]
    if dense:
        yield _alert(firm, dense)


def _alert(firm: str | None, members: list[Claim]) -> Alert:
    areas = [claim.area for claim in members]
    area = max(sorted(set(areas)), key=areas.count)
    return Alert(
        firm,
        area,
        tuple(claim.number for claim in members),
        members[0].time,
        members[-1].time,
        sum(claim.copy for claim in members),
    )


def _without_doubles(found: list[Alert]) -> list[Alert]:
    """An alert of a matter whose appeals all stand in one of an enterprise says nothing new."""
    firms = [set(alert.appeals) for alert in found if alert.firm is not None]
    return [item for item in found if item.firm is not None or not any(set(item.appeals) <= firm for firm in firms)]
