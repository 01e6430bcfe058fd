"""Applies a RuleBook to a text: one pass of one automaton, then a look around each trigger that occurs."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from appealnlp.evidence.loader import load_rules
from appealnlp.evidence.rule import Context, Kind, Need, Rule, RuleBook, Scope, Status, Strength
from appealnlp.evidence.words import Span, Spot, WordSets, is_covered, lies_within


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words that show a flag or an urgency: ``text[start:end]``, offsets in code points of the text given.

    ``rule`` and ``status`` together say what was found: a danger that is denied, past, supposed or asked about is
    reported with that status and decides nothing. ``strength`` "moderate" decides an urgency where a model does not
    find it improbable; "weak" is a feature for a model, never a decision.
    ``handoff`` is the emergency number (110, 119, 120, 122) to which a present danger must be handed at once.
    """

    kind: Kind
    label: str
    start: int
    end: int
    rule: str
    status: Status
    strength: Strength = "strong"
    handoff: str | None = None

    @property
    def decides(self) -> bool:
        """Whether this hit is enough to set its label, by itself or where a model supports it."""
        return self.status == "present" and self.strength != "weak"

    @property
    def decides_alone(self) -> bool:
        """Whether this hit is enough, whatever a model says."""
        return self.status == "present" and self.strength == "strong"


@dataclass(frozen=True, slots=True)
class _ContextCheck:
    """A context with the numbers of its word sets."""

    context: Context
    before: int
    after: int
    inside: int
    cancelled_by: int

    def holds(self, view: _View, trigger: Span, hit: Span) -> bool:
        """Whether the context turns this hit away."""
        spots, context = view.spots, self.context
        if not (
            (context.longer_than is not None and len(view.text) > context.longer_than)
            or (self.before in spots and self._before(view, trigger))
            or (self.after in spots and self._after(view, trigger, hit))
            or (self.inside in spots and lies_within(spots[self.inside], *hit))
        ):
            return False
        return not (
            self.cancelled_by in spots
            and lies_within(spots[self.cancelled_by], *view.window(trigger, context.cancel_scope))
        )

    def _before(self, view: _View, trigger: Span) -> bool:
        low = max(view.window(trigger, self.context.scope)[0], trigger[0] - self.context.reach)
        return lies_within(view.spots[self.before], low, trigger[0])

    def _after(self, view: _View, trigger: Span, hit: Span) -> bool:
        high = min(view.window(trigger, self.context.scope)[1], hit[1] + self.context.reach)
        return lies_within(view.spots[self.after], hit[1], high)


class _RuleCheck:
    """A rule with the numbers of its word sets; its regular expression is compiled when first needed."""

    __slots__ = ("_regex", "contexts", "excepts", "forbids", "requires", "rule")

    def __init__(
        self,
        rule: Rule,
        requires: Sequence[tuple[Scope, int]],
        forbids: Sequence[tuple[Scope, int]],
        excepts: int,
        contexts: Sequence[_ContextCheck],
    ) -> None:
        self.rule, self.requires, self.forbids = rule, requires, forbids
        self.excepts, self.contexts = excepts, contexts
        self._regex: re.Pattern[str] | None = None

    def hit(self, view: _View, trigger: Span) -> Span | None:
        """The evidence around the trigger, if the rule holds there."""
        spots = view.spots
        if self.excepts in spots and is_covered(spots[self.excepts], *trigger):
            return None
        for scope, words in self.requires:
            if words not in spots or not lies_within(spots[words], *view.window(trigger, scope)):
                return None
        for scope, words in self.forbids:
            if words in spots and lies_within(spots[words], *view.window(trigger, scope)):
                return None
        return trigger if self.rule.pattern is None else self._match(view, trigger, self.rule.pattern)

    def _match(self, view: _View, trigger: Span, pattern: str) -> Span | None:
        """The first match in the window that overlaps the trigger."""
        regex = self._regex
        if regex is None:
            regex = self._regex = re.compile(pattern)
        low, high = view.window(trigger, self.rule.scope)
        for found in regex.finditer(view.text, low, high):
            if found.start() >= trigger[1]:
                return None
            if found.end() > trigger[0]:
                return found.span()
        return None

    def status(self, view: _View, trigger: Span, hit: Span) -> Status:
        """What the first context that holds makes of the hit."""
        return next((check.context.status for check in self.contexts if check.holds(view, trigger, hit)), "present")


class _View:
    """One text: where the words occur, and the clause and sentence around a trigger."""

    __slots__ = ("_ends", "_marks", "_reach", "_windows", "spots", "text")

    def __init__(
        self, text: str, spots: dict[int, list[Spot]], marks: dict[Scope, re.Pattern[str]], reach: int
    ) -> None:
        self.text, self.spots, self._marks, self._reach = text, spots, marks, reach
        self._ends: dict[Scope, list[int]] = {}
        self._windows: dict[tuple[Span, Scope], Span] = {}

    def window(self, trigger: Span, scope: Scope) -> Span:
        """The clause or sentence around the trigger with its closing mark, bounded by the reach; or the whole text."""
        key = (trigger, scope)
        known = self._windows.get(key)
        if known is None:
            known = self._windows[key] = self._window(trigger, scope)
        return known

    def _window(self, trigger: Span, scope: Scope) -> Span:
        size = len(self.text)
        if scope == "text":
            return 0, size
        ends = self._ends.get(scope)
        if ends is None:
            ends = self._ends[scope] = [found.end() for found in self._marks[scope].finditer(self.text)]
        start, end = trigger
        low, high = max(0, start - self._reach), min(size, end + self._reach)
        before, behind = bisect_right(ends, start) - 1, bisect_left(ends, end)
        return (
            ends[before] if before >= 0 and ends[before] > low else low,
            ends[behind] if behind < len(ends) and ends[behind] <= high else high,
        )


class EvidenceFinder:
    """Finds evidence after a RuleBook. Nothing but compiled patterns is kept, so one finder serves many threads."""

    def __init__(self, book: RuleBook) -> None:
        """Build the automaton over all literals of the book."""
        self.book = book
        self._marks: dict[Scope, re.Pattern[str]] = {
            "clause": re.compile(f"[{re.escape(book.clause_marks)}]"),
            "sentence": re.compile(f"[{re.escape(book.sentence_marks)}]"),
        }
        sets = WordSets()
        contexts = {context.name: _context_check(context, sets) for context in book.contexts}
        self._checks = [_rule_check(rule, contexts, sets) for rule in book.rules]
        for place, rule in enumerate(book.rules):
            sets.trigger(place, rule.triggers)
        self._words = sets.build()

    @property
    def version(self) -> str:
        """Version of the rules."""
        return self.book.version

    def find(self, text: str) -> tuple[Evidence, ...]:
        """Every piece of evidence in ``text``, by start; present or not, strong or weak."""
        spots, triggers = self._words.scan(text)
        if not triggers:
            return ()
        view = _View(text, spots, self._marks, self.book.reach)
        return tuple(sorted(self._judge(view, triggers), key=_place))

    def _judge(self, view: _View, triggers: Iterable[tuple[int, int, int]]) -> Iterable[Evidence]:
        reached: dict[int, int] = {}
        present: dict[int, int] = {}
        tries: dict[int, int] = {}
        for number, start, end in triggers:
            if start < reached.get(number, 0) or present.get(number, 0) >= self.book.limit:
                continue
            tries[number] = tries.get(number, 0) + 1
            if tries[number] > self.book.tries:
                continue
            check = self._checks[number]
            trigger = (start, end)
            hit = check.hit(view, trigger)
            if hit is None:
                continue
            reached[number] = hit[1]
            status = check.status(view, trigger, hit)
            if status == "present":
                present[number] = present.get(number, 0) + 1
            rule = check.rule
            for shown in rule.shows:
                yield Evidence(shown.kind, shown.label, *hit, rule.id, status, rule.strength, rule.handoff)


def _place(evidence: Evidence) -> tuple[int, int]:
    return evidence.start, evidence.end


def _context_check(context: Context, sets: WordSets) -> _ContextCheck:
    before, after, inside = (sets.number(words) for words in (context.before, context.after, context.inside))
    guard = sets.number(context.excepts)
    for number in (before, after, inside):
        sets.guard(number, guard)
    return _ContextCheck(context, before, after, inside, sets.number(context.cancelled_by))


def _rule_check(rule: Rule, contexts: dict[str, _ContextCheck], sets: WordSets) -> _RuleCheck:
    """The contexts are put in the order of precedence of the book."""

    def numbered(needs: tuple[Need, ...]) -> list[tuple[Scope, int]]:
        return [(need.scope, sets.number(need.words)) for need in needs]

    wanted = [check for name, check in contexts.items() if name in rule.contexts]
    return _RuleCheck(rule, numbered(rule.requires), numbered(rule.forbids), sets.number(rule.excepts), wanted)


@cache
def load_finder() -> EvidenceFinder:
    """The finder over the rules that ship with the library; built once a process."""
    return EvidenceFinder(load_rules(trusted=True))
