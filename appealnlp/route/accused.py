"""Who is accused and must stand aside (信访工作条例 arts. 28, 30): the units named, and all units below them."""

from __future__ import annotations

from dataclasses import dataclass

from appealnlp.route.condition import Case
from appealnlp.route.policy import Policy, StandAside
from appealnlp.route.words import Read, widest

_NEAR = 6
"""So close to a unit's name stands the word that makes it an addressee ("向区纪委反映")."""


@dataclass(frozen=True, slots=True)
class Barred:
    """``named`` in the accusation; ``codes`` are these and the units below them."""

    named: dict[str, str]
    codes: frozenset[str]


NOBODY = Barred({}, frozenset())


def barred(policy: Policy, case: Case, read: Read) -> Barred:
    """The units that must neither lead nor take part; nobody where nobody is accused."""
    rule = policy.stand_aside
    if rule is None or not rule.when.holds(case):
        return NOBODY
    named: dict[str, str] = {}
    for start, end, code in widest(read.units):
        if not _addressed(rule, case.text, start, end):
            named.setdefault(code, case.text[start:end])
    return Barred(named, policy.directory.below(named)) if named else NOBODY


def _addressed(rule: StandAside, text: str, start: int, end: int) -> bool:
    before, following = text[max(0, start - _NEAR) : start], text[end : end + _NEAR]
    for mark in "，。！？；、,\n":
        before = before.rpartition(mark)[2]
        following = following.partition(mark)[0]
    return any(word in before for word in rule.before) or any(word in following for word in rule.following)
