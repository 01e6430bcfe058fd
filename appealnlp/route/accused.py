"""Who is accused and must stand aside (信访工作条例 arts. 28, 30): the units named, and all units below them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from appealnlp.route.condition import Case, Span
from appealnlp.route.policy import Policy, StandAside
from appealnlp.route.words import Read

_NEAR = 6
"""So close to a unit's name stands the word that makes it an addressee ("向区纪委反映")."""


_CLAUSE = 30
"""So many characters of a clause are looked at."""
_ENDS, _PAUSES = "。！？\n", "，。！？；、,\n"


@dataclass(frozen=True, slots=True)
class Barred:
    """``named`` in the accusation; ``codes`` are these and the units below them."""

    named: dict[str, str]
    codes: frozenset[str]


NOBODY = Barred({}, frozenset())


def barred(policy: Policy, case: Case, read: Read, culprits: Sequence[Span] = ()) -> Barred:
    """The units that must neither lead nor take part; nobody where nobody is accused.

    ``culprits`` are the spans of entities that the text itself marks as complained of: a unit named there is accused
    wherever in the text it stands.
    """
    rule = policy.stand_aside
    if rule is None or not rule.when.holds(case):
        return NOBODY
    near = _sentences(case, rule) if rule.near.holds(case) else None
    named: dict[str, str] = {}
    mentions = read.units
    begins = [0, *(end for _, end, _ in mentions)]  # what stands before a name begins behind the one before it
    for place, (start, end, code) in enumerate(mentions):
        around = case.text[max(begins[place], start - _NEAR) : start], case.text[end : end + _NEAR]
        if any(low <= start and end <= high for low, high in culprits):
            named.setdefault(code, case.text[start:end])
            continue
        if _addressed(rule, *around):
            continue
        meant = near is None or any(low <= start < high for low, high in near)
        if code in rule.instead or not meant:
            meant = _denounced(around[0], rule) or _accused_here(case.text, end, rule)
        if meant:
            named.setdefault(code, case.text[start:end])
    return Barred(named, policy.directory.below(named)) if named else NOBODY


def _denounced(before: str, rule: StandAside) -> bool:
    for mark in _PAUSES:
        before = before.rpartition(mark)[2]
    return any(word in before for word in rule.denounce)


def _accused_here(text: str, end: int, rule: StandAside) -> bool:
    """Whether the clause goes on to accuse the unit whose name ends there (城管局包庇违建)."""
    rest = text[end : end + _CLAUSE]
    for mark in _PAUSES:
        rest = rest.partition(mark)[0]
    return any(word in rest for word in rule.accusing)


def _sentences(case: Case, rule: StandAside) -> list[Span]:
    """The sentences that hold the words of a flag."""
    found: list[Span] = []
    for flag in rule.flags:
        words = case.flags.get(f"flags={flag}", "")
        place = case.text.find(words)
        if words and place >= 0:
            low = max(case.text.rfind(mark, 0, place) for mark in _ENDS) + 1
            ends = [case.text.find(mark, place + len(words)) for mark in _ENDS]
            found.append((low, min((end for end in ends if end >= 0), default=len(case.text))))
    return found


def _addressed(rule: StandAside, before: str, following: str) -> bool:
    for mark in _PAUSES:
        before = before.rpartition(mark)[2]
        following = following.partition(mark)[0]
    return any(word in before for word in rule.before) or any(following.startswith(word) for word in rule.following)
