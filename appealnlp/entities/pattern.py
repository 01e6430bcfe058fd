"""A pattern: a regular expression as data, with what triggers, guards, reads and masks it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

LEARNED = 0.7
"""Score of what a tagger found, among what patterns and grammars find."""
RETRIES = 2
"""So often in a row a refused match is looked for again behind its first digits."""
_DIGITS = re.compile(r"\d+")
RIGHT = 48
"""A match ends at most so many characters after its trigger where the pattern does not say otherwise."""


class Candidate(NamedTuple):
    """A possible entity before overlaps are settled. ``score`` decides between overlapping ones, then length."""

    start: int
    end: int
    label: str
    subtype: str | None
    rule: str
    score: float


@dataclass(frozen=True)
class Pattern:
    """One pattern of patterns.yaml; the keys are explained there."""

    id: str
    label: str
    regex: str
    triggers: tuple[str, ...]
    runs: bool
    left: int
    right: int
    score: float
    group: int
    context: tuple[str, ...]
    reach: int
    any_of: tuple[str, ...]
    none_of: tuple[str, ...]
    personal: bool
    certain: bool
    check: Callable[[str], bool] | None
    read: Callable[[str], Mapping[str, Any] | None] | None
    mask: Callable[[str], str | None] | None

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The expression, compiled when it is first needed."""
        return re.compile(self.regex)

    @cached_property
    def bounded(self) -> re.Pattern[str]:
        """The expression as group 1, begun at most ``left`` signs on: a search would go on behind the trigger."""
        return re.compile(f"(?s:.{{0,{self.left}}}?)({self.regex})")

    @cached_property
    def near(self) -> re.Pattern[str]:
        """Any of the context words."""
        return re.compile("|".join(map(re.escape, self.context)))

    def match(self, text: str, start: int, end: int, low: int = 0) -> Candidate | None:
        """The first match that covers the sign at ``start``, where the trigger begins, and lies behind ``low``."""
        high = end + self.right
        if not self.left:
            found = self.compiled.match(text, start, high)
            return self._accept(text, *found.span(self.group)) if found else None
        begin = max(low, start - self.left)
        while begin <= start:
            found = self.bounded.match(text, begin, high)
            if found is None or found.start(1) > start:
                return None
            if found.end() > start:
                return self._accept(text, *found.span(self.group + 1))
            begin = found.end()
        return None

    def in_run(self, text: str, start: int, end: int) -> Iterator[Candidate]:
        """Every match that begins in the run of digits ``start:end`` or up to ``left`` before it.

        A match that its check refuses may have begun too early (1/ before a citizen number): the search goes on behind
        its first digits, so often only that time stays linear.
        """
        begin, high = max(0, start - self.left), end + self.right
        retries = RETRIES
        while (found := self.compiled.search(text, begin, high)) is not None and found.start() < end:
            span = found.span(self.group)
            if not self._is_near(text, span[0]):  # nor is any word near what comes later in the run
                return
            accepted = self._accept(text, *span)
            digits = None if accepted or self.check is None or not retries else _DIGITS.search(text, found.start())
            retries = RETRIES if digits is None else retries - 1
            begin = max(found.end() if digits is None else digits.end(), found.start() + 1)
            if accepted:
                yield accepted

    def _accept(self, text: str, start: int, end: int) -> Candidate | None:
        refused = (
            (self.context and not self._is_near(text, start))
            or (self.any_of and not self._holds(text[start:end]))
            or (self.check is not None and not self.check(text[start:end]))
        )
        return None if refused else Candidate(start, end, self.label, None, self.id, self.score)

    def _is_near(self, text: str, start: int) -> bool:
        """Whether one of the context words, if there are any, stands close before ``start``."""
        return not self.context or self.near.search(text, max(0, start - self.reach), start) is not None

    def _holds(self, words: str) -> bool:
        return any(word in words for word in self.any_of) and not any(word in words for word in self.none_of)
