"""When a row of a policy holds: sets of tags that an appeal must or must not have, least numbers, a season."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Tag = str
"""``field=value``; ``words=7`` says that a word of list 7 occurs."""
Span = tuple[int, int]

NUMBERS = ("headcount", "matters", "units", "years", "yuan")
"""What a condition may ask a least number of (``headcount_from: 5``)."""
SEVERAL = 2
"""From here on a number has a tag of its own (``has=headcount``), by which rows are turned away quickly."""
_SHOWN = frozenset({"words", "flags", "soon"})
"""Fields whose tags have words in the text."""
_COMMON = {"target": 3, "urgency": 4, "purpose": 5, "type": 6}
"""Fields whose tags most appeals have, so that looking for them turns few rows away; the commoner the higher."""


@dataclass(slots=True)
class Case:
    """What is known of one appeal while it is routed. Each section adds the tags of what it decided."""

    text: str
    tags: set[Tag] = field(default_factory=set)
    numbers: dict[str, float] = field(default_factory=dict)
    spots: dict[Tag, Span] = field(default_factory=dict)
    """Where a word list is met first, and where a number (``number=years``) stands."""
    flags: dict[Tag, str] = field(default_factory=dict)
    """The words that show a flag."""
    received_at: datetime | None = None
    """In the time zone of the policy."""
    reasons: list[str] = field(default_factory=list)

    def add(self, name: str, value: str | None) -> None:
        """Note what was decided, for the sections that follow."""
        if value is not None:
            self.tags.add(f"{name}={value}")

    def quote(self, tag: Tag) -> str:
        """The words behind a tag, "" where it has none."""
        span = self.spots.get(tag)
        return self.text[span[0] : span[1]] if span else self.flags.get(tag, "")


@dataclass(frozen=True, slots=True)
class Season:
    """Days of the year from ``first`` to ``last`` (month, day), both within; it may run over the new year."""

    first: tuple[int, int]
    last: tuple[int, int]

    def holds(self, moment: datetime | None) -> bool:
        """Whether the moment lies in it; an unknown moment lies in none."""
        if moment is None:
            return False
        day = (moment.month, moment.day)
        if self.first <= self.last:
            return self.first <= day <= self.last
        return day >= self.first or day <= self.last


@dataclass(frozen=True, slots=True)
class Condition:
    """All of ``needs`` must be met (one tag of each is enough), none of ``bars``, every number reached."""

    needs: tuple[frozenset[Tag], ...] = ()
    bars: frozenset[Tag] = frozenset()
    least: tuple[tuple[str, float], ...] = ()
    season: Season | None = None
    either: tuple[Condition, ...] = ()
    """One of these must hold too, where any are given."""

    def holds(self, case: Case) -> bool:
        """Whether the row counts for this appeal."""
        tags = case.tags
        for need in self.needs:
            if tags.isdisjoint(need):
                return False
        if not tags.isdisjoint(self.bars):
            return False
        for name, number in self.least:
            if case.numbers.get(name, 0) < number:
                return False
        if self.season is not None and not self.season.holds(case.received_at):
            return False
        for item in self.either:
            if item.holds(case):
                return True
        return not self.either

    def met(self, case: Case) -> list[Tag]:
        """The tags that made it hold and have words in the text, in the order of the row."""
        spots, flags = case.spots, case.flags
        found: list[Tag] = []
        for need in self.needs:
            shown = [tag for tag in need if tag in spots or tag in flags]
            found += sorted(shown) if len(shown) > 1 else shown
        found += [f"number={name}" for name, _ in self.least if f"number={name}" in case.spots]
        for item in self.either:
            if item.holds(case):
                found += item.met(case)
        return list(dict.fromkeys(found))

    @property
    def mute(self) -> bool:
        """Whether no words of a text can ever show why it holds, so that nobody need look for them."""
        return (
            not self.least
            and not any(tag.partition("=")[0] in _SHOWN for need in self.needs for tag in need)
            and all(item.mute for item in self.either)
        )

    @property
    def gate(self) -> frozenset[Tag]:
        """Tags of which one must be there for it to hold: a quick look that turns most rows away; empty: none known."""
        gates = list(self.needs)
        gates += (frozenset({f"has={name}"}) for name, number in self.least if number >= SEVERAL)
        parts = [item.gate for item in self.either]
        if parts and all(parts):
            gates.append(frozenset().union(*parts))
        return min(gates, key=_commonness, default=frozenset())

    def covers(self, other: Condition) -> bool:
        """Whether this one holds wherever ``other`` does, as far as that can be told from the rows alone."""
        if self.either or (self.season is not None and self.season != other.season):
            return False
        known = dict(other.least)
        return (
            all(any(theirs <= need for theirs in other.needs) for need in self.needs)
            and self.bars <= other.bars
            and all(known.get(name, float("-inf")) >= number for name, number in self.least)
        )

    @property
    def impossible(self) -> bool:
        """Whether it can never hold: every value that it needs is one that it bars."""
        return any(need <= self.bars for need in self.needs) or bool(
            self.either and all(item.impossible for item in self.either)
        )


def _commonness(gate: frozenset[Tag]) -> int:
    fields = {tag.partition("=")[0] for tag in gate}
    return max((0 if field == "words" else _COMMON.get(field, 1) for field in fields), default=9)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a policy: what it gives, when, and why."""

    code: str
    name: str
    when: Condition
    because: str
    file: str
    keys: tuple[str | int, ...]
    """Where in the file it stands."""
    gives: Mapping[str, Any] = field(default_factory=dict)
    gate: frozenset[Tag] = frozenset()
    """The gate of ``when``, kept."""
    mute: bool = False
    """Whether ``when`` is mute, kept."""

    def reason(self, title: str, case: Case) -> str:
        """One sentence: what was decided, by which rule, on which words."""
        if self.mute:
            return f"{title}：{self.name}（{self.because}）" if self.because else f"{title}：{self.name}"
        quoted = "、".join(f"“{case.quote(tag)}”" for tag in self.when.met(case)[:3])
        parts = [part for part in (self.because, quoted) if part]
        return f"{title}：{self.name}" + (f"（{'；'.join(parts)}）" if parts else "")


def first(rows: Iterable[Row], case: Case) -> Row | None:
    """The first row that holds."""
    tags = case.tags
    for row in rows:
        if (not row.gate or not row.gate.isdisjoint(tags)) and row.when.holds(case):
            return row
    return None


def every(rows: Iterable[Row], case: Case) -> list[Row]:
    """All rows that hold."""
    tags = case.tags
    return [row for row in rows if (not row.gate or not row.gate.isdisjoint(tags)) and row.when.holds(case)]
