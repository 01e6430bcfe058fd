"""What the pipeline read out of an appeal, as the engine wants it: tags, numbers and where their words stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from appealnlp.analysis import Decision, Entity, Flag, Topic, Unit, Urgency
from appealnlp.evidence.numeral import floor_of
from appealnlp.route.areas import Located
from appealnlp.route.condition import NUMBERS, SEVERAL, Case, Span
from appealnlp.route.policy import Career, Family, Policy
from appealnlp.route.words import Read

_YEARS = re.compile(r"(?<![0-9第〇零一二三四五六七八九十])([1-9][0-9]?|[一二两三四五六七八九十几]{1,3})[多余来几]?$")
_NO_YEARS = re.compile(r"[级代度份初底末]|[0-9]{1,2}月")
"""What stands before 年 where it counts years, and what behind it where it does not."""
_REACH = 8
_LEAD = 5
"""So many characters before a number may say that it counts a family."""
_SINCE = re.compile(r"((?:19|20)[0-9]{2})年?[^，。]{0,6}?(?:至今|到现在|以来|到今)")
_YEARS_AGO = re.compile(r"(大前年|前年)[^，。]{0,8}?(?:至今|到现在|以来|到今)")
_AGO = {"前年": 2, "大前年": 3}
_UNTIL_NOW = ("至今", "到现在", "以来", "到今")
_MOST_YEARS = 60
Locate = Callable[[int, int], tuple[int, int, str]]


def _same(start: int, end: int) -> tuple[int, int, str]:
    return start, end, ""


@dataclass(frozen=True, slots=True)
class Facts:
    """One appeal as it was read. Offsets count code points of ``text``; ``locate`` leads to those of the content."""

    text: str
    type: Decision
    target: Decision
    topic: Topic
    urgency: Urgency
    units: tuple[Unit, ...]
    """Ranked by the model."""
    flags: tuple[Flag, ...] = ()
    purpose: str | None = None
    ledger: str | None = None
    headcount: int | None = None
    counted: Span | None = None
    """Where the text states the headcount."""
    entities: tuple[Entity, ...] = ()
    matters: int = 1
    area: str | None = None
    received_at: datetime | None = None
    doubts: Sequence[str] = ()
    """Heads whose confidence is under what the stated precision asks for."""
    candidates: Sequence[str] = ()
    """The units that together hold the right one at the stated coverage."""
    locate: Locate = field(default=_same)


def case_of(facts: Facts, policy: Policy, read: Read, located: Located) -> Case:
    """The tags and numbers of an appeal before anything is decided."""
    moment = facts.received_at
    if moment is not None and moment.tzinfo is not None:
        moment = moment.astimezone(policy.zone)
    case = Case(facts.text, spots=dict(read.spots), received_at=moment)
    tags = case.tags
    tags.update(read.spots)
    tags |= {f"type={facts.type.label}", f"target={facts.target.label}", f"urgency={facts.urgency.label}"}
    tags.update(f"option={unit.code}" for unit in facts.units)
    path = facts.topic.path
    tags.update(f"topic={'/'.join(path[:depth])}" for depth in range(1, len(path) + 1))
    for flag in facts.flags:
        case.flags.setdefault(f"flags={flag.flag}", flag.text)
    tags.update(case.flags)
    for name, value in (("purpose", facts.purpose), ("ledger", facts.ledger), ("place", located.place)):
        case.add(name, value)
    tags.update(f"area={area.code}" for area in policy.areas.line(located.area or ""))
    _numbers(case, facts, policy, read)
    return case


def _numbers(case: Case, facts: Facts, policy: Policy, read: Read) -> None:
    numbers = case.numbers
    numbers["headcount"], numbers["matters"] = facts.headcount or 0, facts.matters
    numbers["units"] = len({code for _, code, _ in mentions(policy, read)})
    sums = [item for item in facts.entities if item.label in policy.labels.sum and item.value]
    for item in sums:
        yuan = _yuan(item.value or {})
        if yuan > numbers.get("yuan", 0):
            numbers["yuan"], case.spots["number=yuan"] = yuan, (item.start, item.end)
    counts = (item for item in facts.entities if item.label in policy.labels.count and item.value)
    stated = next((item for item in counts if (item.value or {}).get("n") == facts.headcount), None)
    where = (stated.start, stated.end) if stated is not None else facts.counted
    if where is not None:
        case.spots["number=headcount"] = where
        if policy.family is not None and _of_one_family(case, policy.family, *where):
            case.tags.add("counted=family")
    for years, span in _lasting(facts.text, policy.career):
        if numbers.get("years", 0) < years <= _MOST_YEARS:
            numbers["years"], case.spots["number=years"] = years, span
    if any(word in facts.text for word in _UNTIL_NOW):
        _since(case)
    case.tags.update([f"has={name}" for name in NUMBERS if numbers.get(name, 0) >= SEVERAL])
    _soon(case, facts, policy)


def _of_one_family(case: Case, rule: Family, start: int, end: int) -> bool:
    """Whether the number there counts the heads of one household (我们家五口人), which is no group of people."""
    words, lead = case.text[start:end], case.text[max(0, start - _LEAD) : start]
    if case.numbers["headcount"] > rule.most or any(unit in words for unit in rule.apart):
        return False
    return lead.endswith(rule.before) or words.startswith(rule.before) or any(unit in words for unit in rule.units)


def mentions(policy: Policy, read: Read) -> list[tuple[int, str, bool]]:
    """Where the text names a unit, in order: place, code, and whether in a short form of ``named:``."""
    found = [(start, code, False) for start, _, code in read.units]
    if policy.named is not None:
        short = policy.named.short
        found += [(read.spots[tag][0], short[tag], True) for tag in short.keys() & read.spots.keys()]
    return sorted(found)


def _soon(case: Case, facts: Facts, policy: Policy) -> None:
    """Whether a date that decides ("9月5日前") lies close to the day of receipt."""
    rule = policy.soon
    if rule is None or case.received_at is None:
        return
    for item in facts.entities:
        if item.label not in policy.labels.time or not facts.text.startswith(rule.after, item.end):
            continue
        day = _day(item.value or {}, case.received_at)
        if day is not None and 0 <= (day - case.received_at.date()).days <= rule.days:
            case.tags.add("soon=date")
            case.spots.setdefault("soon=date", (item.start, item.end))


def _day(value: Mapping[str, object], received: datetime) -> date | None:
    """The day of a date; without a year the next one after the receipt (but for half a year back)."""
    year, month, day = (value.get(key) for key in ("year", "month", "day"))
    if not isinstance(month, int) or not isinstance(day, int):
        return None
    if not isinstance(year, int):
        year = received.year + (month < received.month - 6)
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _lasting(text: str, career: Career | None) -> Iterator[tuple[int, tuple[int, int]]]:
    """How many years each mention of a span of years tells, and where it stands; years of a career left out."""
    place = text.find("年")
    while place >= 0:
        low = max(place - _REACH, 0)
        found = _YEARS.search(text[low:place])
        if found is not None and _NO_YEARS.match(text, place + 1) is None:
            years = floor_of(found[1]) or (2 if "几" in found[1] else 0)
            start, end = low + found.start(), place + 1
            if career is None or not _of_a_career(text, start, end, career):
                yield years, (start, end)
        place = text.find("年", place + 1)


def _of_a_career(text: str, start: int, end: int, rule: Career) -> bool:
    return text.endswith(rule.before, 0, start) or text.startswith(rule.behind, end)


def _since(case: Case) -> None:
    """A year from which on it lasts ("2018年至今"), where it is known when this was written."""
    found = _SINCE.search(case.text)
    if found and case.received_at:
        years = case.received_at.year - int(found[1])
        if years > case.numbers.get("years", 0):
            case.numbers["years"], case.spots["number=years"] = years, found.span()
    found = _YEARS_AGO.search(case.text)
    if found and _AGO[found[1]] > case.numbers.get("years", 0):
        case.numbers["years"], case.spots["number=years"] = _AGO[found[1]], found.span()


def _yuan(value: Mapping[str, object]) -> float:
    yuan = value.get("yuan")
    last = yuan[-1] if isinstance(yuan, list) and yuan else yuan
    return float(last) if isinstance(last, int | float) else 0.0
