"""Who leads and who takes part: model, duties, the city's own units and its rules, each step with a reason."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from appealnlp.analysis import Unit
from appealnlp.route.accused import Barred
from appealnlp.route.areas import Located
from appealnlp.route.condition import Case, every, first
from appealnlp.route.facts import Facts, mentions
from appealnlp.route.policy import Policy
from appealnlp.route.units import UnitRecord
from appealnlp.route.words import Read

_YEAR = re.compile(r"(?<![0-9])((?:19[5-9]|20[0-4])[0-9])(?=年|[-./][0-9]{1,2}(?![0-9]))")
"""A year that the text names: 2012年, 2012.5."""
LISTED = 5
_LEAST = 0.02
_WEIGHT = 0.1


@dataclass(frozen=True, slots=True)
class Chosen:
    """The ranked units; ``ruled`` where a rule and not the model named the lead."""

    units: tuple[Unit, ...]
    ruled: bool
    moved: bool = False
    """Whether the lead had to stand aside for another unit."""


class Choice:
    """One choice on its way: the chance of each unit, the lead, those that take part."""

    def __init__(self, policy: Policy, facts: Facts, case: Case, located: Located, barred: Barred) -> None:
        self.policy, self.facts, self.case, self.located, self.barred = policy, facts, case, located, barred
        self.chances = {unit.code: unit.confidence for unit in facts.units}
        self.lead = facts.units[0].code
        self.co: dict[str, None] = {}
        self.ruled = self.moved = False
        self.day = case.received_at.date() if case.received_at else None

    def choose(self, read: Read) -> Chosen:
        """All steps in order."""
        self._duties()
        self._own_units(read)
        self._few_words()
        self._territory()
        self._rules()
        self._together()
        self._by_name(read)
        self._in_time()
        self._aside()
        return Chosen(tuple(self._named(read, self._listed())), self.ruled, self.moved)

    def say(self, reason: str) -> None:
        """Leave a reason."""
        self.case.reasons.append(reason)

    def name(self, code: str) -> str:
        """The name of a unit."""
        return self.policy.directory[code].name

    def _take(self, code: str, chance: float | None = None) -> None:
        """A rule names the lead."""
        self.lead, self.ruled = code, True
        self.chances.setdefault(code, round(chance, 4) if chance is not None else 0.0)

    def _duties(self) -> None:
        """The topic-to-duty table speaks for the unit whose duty the topic is; the chances stay those of the model."""
        rows = every(self.policy.rows["duties"], self.case)
        ranks = dict(self.chances)
        for row in rows:
            chance = ranks.get(row.code, 0.0)
            ranks[row.code] = chance + float(row.gives.get("weight", _WEIGHT)) * (1 - chance)
        best = max(ranks, key=ranks.__getitem__)
        if best != self.lead:
            row = next(row for row in rows if row.code == best)
            self.say(row.reason("职责对照", self.case))
            self.chances.setdefault(best, 0.0)
            self.lead = best

    def _own_units(self, read: Read) -> None:
        """Units of the city that no model has learned, by the words of their duties or by name."""
        matcher, match = self.policy.new_units, self.policy.match
        if matcher is None:
            return
        found = matcher.scores(self.case.text, self._reachable)
        for _, _, code in read.units:
            unit = self.policy.directory[code]
            if not unit.known and unit.exists(self.day):  # whom the text names is reached wherever it lies
                found[code] = max(found.get(code, 0.0), match.lead if code in found else match.option)
        best = max(found, key=found.__getitem__, default=None)
        for code, score in found.items():
            if score >= match.option:
                self.chances[code] = round(score / 2, 4)
        if best is not None and found[best] >= match.lead and self.chances[self.lead] < match.unless:
            self.say(f"职责匹配：{self.name(best)}（匹配度 {found[best]:.2f}）")
            self.chances[best] = round(found[best], 4)
            self._take(best)

    def _reachable(self, code: str) -> bool:
        unit = self.policy.directory[code]
        return unit.exists(self.day) and unit.serves(self.located.area)

    def _few_words(self) -> None:
        """兜底: somebody takes what nobody is likely to answer for."""
        rule = self.policy.fallback
        if rule is not None and not self.ruled and self.chances[self.lead] < rule.below:
            self.say(f"兜底：{self.name(rule.unit)}（最可能的单位仅 {self.chances[self.lead]:.2f}）")
            self._take(rule.unit)

    def _territory(self) -> None:
        """属地管理: the territory leads, the unit of the duty takes part."""
        rule, case = self.policy.territory, self.case
        if rule is None or self.lead == rule.unit:
            return
        trial = Case(case.text, case.tags | self._tags(self.lead), case.numbers, received_at=case.received_at)
        if rule.when.holds(trial):
            where = self.policy.areas.path(self.located.area) or "、".join(self.located.names)
            self.say(f"属地管理：由属地牵头{f'（{where}）' if where else ''}，{self.name(self.lead)}协办")
            self.co[self.lead] = None
            self._take(rule.unit)

    def _tags(self, code: str) -> set[str]:
        return {f"unit={code}", f"unit_kind={self.policy.directory[code].kind}"}

    def _rules(self) -> None:
        """Rules that name the lead, such as concrete misconduct of officials."""
        case = self.case
        trial = Case(case.text, case.tags | self._tags(self.lead), case.numbers, case.spots, case.flags)
        row = first(self.policy.rows["lead"], trial)
        if row is not None and row.code != self.lead:
            self.say(row.reason("主办规则", case))
            self._take(row.code)
        elif row is not None:
            self.ruled = True

    def _together(self) -> None:
        """Joint handling: two that stand close, several matters, rules of co-handling."""
        joint, several = self.policy.joint, self.facts.matters > 1
        asked = joint.when is not None and joint.when.holds(self.case)
        best = max(self.chances[self.lead], _LEAST)
        floor = joint.several if several or asked else max(joint.least, joint.ratio * best)
        others = [item for item in self._ranked() if item[0] not in (self.lead, self.policy.directory.nobody)]
        chosen = [item for item in others if item[1] >= floor]
        if asked and not chosen:  # who asks for several gets the likeliest other
            chosen = [item for item in others if item[1] >= _LEAST and self._free(item[0])][:1]
        for code, chance in chosen:
            if code not in self.co:
                why = "多个事项" if several else "请多部门一起" if asked else "职责相近"
                self.say(f"联合办理：{self.name(code)}（{why}，{chance:.2f}）")
                self.co[code] = None
        self.case.add("unit", self.lead)
        self.case.add("unit_kind", self.policy.directory[self.lead].kind)
        for row in every(self.policy.rows["co"], self.case):
            if row.code != self.lead and row.code not in self.co:
                self.say(row.reason("协办", self.case))
                self.co[row.code] = None

    def _free(self, code: str) -> bool:
        """Whether a unit may be asked to take part: not there yet, not complained of, and standing on the day."""
        unit = self.policy.directory[code]
        return code not in self.co and code not in self.barred.codes and unit.exists(self.day)

    def _by_name(self, read: Read) -> None:
        """Several departments push a matter around: those that the text names take part."""
        rule = self.policy.named
        if rule is None or not rule.when.holds(self.case):
            return
        tags = rule.when.met(self.case)
        spots = [self.case.spots[tag][0] for tag in tags if tag in self.case.spots]
        left_out = rule.never | {self.lead, self.policy.directory.nobody}
        named = [
            code
            for start, code, short in mentions(self.policy, read)
            if code not in left_out and (short or any(abs(start - spot) <= rule.within for spot in spots))
        ]
        for code in list(dict.fromkeys(named))[: rule.most]:
            if code not in self.co:
                self.say(f"联合办理：{self.name(code)}（文中点名）")
                self.co[code] = None

    def _in_time(self) -> None:
        """A unit that was not there yet, or is no longer, gives way to the one that answered or answers for it."""
        for code in dict.fromkeys((self.lead, *self.co, *self.chances)):
            unit = self.policy.directory[code]
            if unit.exists(self.day):
                continue
            other = self._instead_of(unit)
            state = "尚未设立" if unit.valid_from and self.day and self.day < unit.valid_from else "已撤并"
            self.say(f"单位沿革：{unit.name}{state}" + (f"，由{self.name(other)}承担" if other else ""))
            self._exchange(code, other)

    def _instead_of(self, unit: UnitRecord) -> str | None:
        """信访工作条例 art. 24: the successor; before a unit existed, the one that it followed, or its superior."""
        units = self.policy.directory
        if unit.successor and units[unit.successor].exists(self.day):
            return unit.successor
        before = (other.code for other in units if other.successor == unit.code and other.exists(self.day))
        return next(before, unit.parent if unit.parent and units[unit.parent].exists(self.day) else None)

    def _exchange(self, code: str, other: str | None) -> None:
        chance = self.chances.pop(code, 0.0)
        took_part = code in self.co
        self.co.pop(code, None)
        if other is not None:
            self.chances[other] = max(chance, self.chances.get(other, 0.0))
            if took_part and other != self.lead:
                self.co[other] = None
        if code == self.lead:
            self.lead = other or self._next() or self.facts.units[-1].code
            self.co.pop(self.lead, None)

    def _next(self) -> str | None:
        return next((code for code, _ in self._ranked() if code not in self.barred.codes), None)

    def _aside(self) -> None:
        """Neither the accused nor a unit below them gets the matter."""
        codes = self.barred.codes
        if not codes:
            return
        self.say("回避：" + "、".join(f"{self.name(code)}（“{word}”）" for code, word in self.barred.named.items()))
        self.co = {code: None for code in self.co if code not in codes}
        self.chances = {code: chance for code, chance in self.chances.items() if code not in codes}
        if self.lead in codes:
            self.moved = True
            rule = self.policy.stand_aside
            free = (code for code in (rule.instead if rule else ()) if code not in codes)
            self._take(next(free, None) or self._next() or self.facts.units[-1].code)
            self.say(f"回避后主办单位：{self.name(self.lead)}")
            self.co.pop(self.lead, None)

    def _ranked(self) -> list[tuple[str, float]]:
        return sorted(self.chances.items(), key=lambda item: -item[1])

    def _listed(self) -> Iterable[Unit]:
        yield self._unit(self.lead, "lead")
        yield from (self._unit(code, "co") for code in self.co if code != self.lead)
        named = {self.lead, *self.co}
        others = [code for code, chance in self._ranked() if code not in named and chance >= _LEAST]
        yield from (self._unit(code, "option") for code in others[: max(0, LISTED - 1 - len(self.co))])

    def _unit(self, code: str, role: str) -> Unit:
        return Unit(code, self.name(code), role, self.chances.get(code, 0.0))

    def _named(self, read: Read, units: Iterable[Unit]) -> Iterable[Unit]:
        """Lineage: the name of then beside the unit of today (工商行政管理局 in 2012)."""
        said, ago = self._old_names(read)
        years = sorted(int(found[1]) for found in _YEAR.finditer(self.case.text)) if said else []
        for unit in units:
            record = self.policy.directory[unit.code]
            year, old = self.day.year if self.day else None, said.get(unit.code, ())
            then = record.name_in(year, old) if year else None
            if then is None and old:  # a name of old beside a year in which it was the name
                year = years[0] if years else None
                then = record.name_in(year, old) if year else None
            if then is None and unit.code in ago:  # 以前在合管办: it says itself that this was then
                year, then = None, "、".join(ago[unit.code])
            if then is not None and unit.role != "option":
                self.say(f"沿革：{f'{year}年' if year else '以前'}为{then}，现为{unit.name}")
            yield unit if then is None else replace(unit, then=then)

    def _old_names(self, read: Read) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        """Former names that the text uses, in full, by unit; and those of them behind a word of old."""
        found: dict[str, list[str]] = {}
        ago: dict[str, list[str]] = {}
        for start, end, code in read.units:
            word = self.case.text[start:end]
            full = self.policy.short_names.get(word, word)
            if any(full == old for old, _ in self.policy.directory[code].former):
                found.setdefault(code, []).append(full)
                if self._behind_old(start):
                    ago.setdefault(code, []).append(full)
                if self.day is None:
                    self.say(f"沿革：“{word}”即{full}，现为{self.name(code)}")
        return found, ago

    def _behind_old(self, start: int) -> bool:
        """Whether a word of old (以前) stands shortly before."""
        rule = self.policy.long_ago
        return rule is not None and any(
            word in self.case.text[max(0, start - rule.within) : start] for word in rule.words
        )
