"""By when: the steps of a policy with the moment at which each is due."""

from __future__ import annotations

from datetime import datetime

from appealnlp.analysis import Deadline
from appealnlp.errors import InputError
from appealnlp.route.calendar import UnknownYear, WeekCalendar
from appealnlp.route.condition import Case, Row
from appealnlp.route.deadline import read_limit
from appealnlp.route.policy import Policy
from appealnlp.schemes import Scheme


class Schedule:
    """The deadlines of one appeal on their way; a step may begin where another one ends."""

    def __init__(self, policy: Policy, scheme: Scheme, case: Case, urgency: str, start: datetime | None) -> None:
        self._policy, self._case, self._urgency, self._start = policy, case, urgency, start
        self._scheme = scheme
        self._ends: dict[str, datetime | None] = {}
        self._unknown: dict[int, None] = {}

    def deadlines(self) -> tuple[Deadline, ...]:
        """One for each step whose row holds; the first row of a step counts.

        Raises InputError where the policy asks for an error in a year without calendar.
        """
        found: list[Deadline] = []
        tags = self._case.tags
        for row in self._policy.rows["deadlines"]:
            if row.code in self._ends or (row.gate and row.gate.isdisjoint(tags)) or not row.when.holds(self._case):
                continue
            within = self._within(row)
            if within is not None:
                found.append(self._deadline(row, within))
        for year in self._unknown:
            self._case.reasons.append(f"期限：{year} 年节假日安排未知，{self._consequence()}")
        return tuple(found)

    def _consequence(self) -> str:
        return "按周一至周五推算，请核对" if self._policy.unknown_year == "weekdays" else "未推算工作日期限"

    def _within(self, row: Row) -> str | None:
        if row.gives.get("by_urgency"):
            return self._scheme.urgencies[self._urgency].respond_within
        return str(row.gives["within"])

    def _deadline(self, row: Row, within: str) -> Deadline:
        after = row.gives.get("after")
        start = self._start if after is None else self._ends.get(after)
        due = self._ends[row.code] = self._end(within, start)
        extension = row.gives.get("extension")
        latest = self._end(extension, due) if extension else None
        return Deadline(
            row.code, within, due.isoformat() if due else None, row.name if row.name != row.code else None,
            latest.isoformat() if latest else None, row.gives.get("basis"),
        )  # fmt: skip

    def _end(self, within: str, start: datetime | None) -> datetime | None:
        if start is None:
            return None
        policy, limit = self._policy, read_limit(within)
        try:
            return limit.end(start, policy.zone, policy.calendar)
        except UnknownYear as error:
            if policy.unknown_year == "error":
                raise InputError(f"no deadline can be told: {error}") from None
            self._unknown[error.year] = None
        except OverflowError:
            raise InputError(f"received_at {start.year} is too late for a deadline; correct it") from None
        return limit.end(start, policy.zone, WeekCalendar()) if policy.unknown_year == "weekdays" else None
