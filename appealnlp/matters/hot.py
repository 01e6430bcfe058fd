"""Hot issues: matters of several appeals in a week, month or quarter, and what is new or growing among them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from appealnlp.matters.alarms import alarms
from appealnlp.matters.finder import DUPLICATE, Matters
from appealnlp.matters.masking import shown
from appealnlp.matters.periods import Period, before, date_of, day_of, period_of
from appealnlp.matters.titles import names_person, title
from appealnlp.matters.wages import Alert, Claim, alerts


@dataclass(frozen=True, slots=True)
class Issue:
    """A matter in a period.

    ``count`` appeals in it, ``duplicates`` of them in the words of an earlier one, ``previous`` in the period before,
    ``total`` ever; ``texts`` are typical ones, masked."""

    matter: Any
    title: str
    area: str | None
    count: int
    duplicates: int
    previous: int
    total: int
    first_seen: str | None
    last_seen: str | None
    emerging: bool
    names: tuple[str, ...]
    firms: tuple[str, ...]
    texts: tuple[str, ...]

    @property
    def growth(self) -> float | None:
        """Count over that of the period before; None where there was none."""
        return round(self.count / self.previous, 2) if self.previous else None

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "matter": self.matter, "title": self.title, "area": self.area, "count": self.count,
            "duplicates": self.duplicates, "previous": self.previous, "growth": self.growth, "total": self.total,
            "first_seen": self.first_seen, "last_seen": self.last_seen, "emerging": self.emerging,
            "names": list(self.names), "enterprises": list(self.firms), "texts": list(self.texts),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Subject:
    """An enterprise or a project (place, estate) with its appeals in a period."""

    name: str
    kind: str
    count: int
    previous: int
    matters: int

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"name": self.name, "kind": self.kind, "count": self.count, "previous": self.previous,
                "matters": self.matters}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Heat:
    """What is hot in a period and area."""

    period: Period
    area: str | None
    appeals: int
    issues: tuple[Issue, ...]
    subjects: tuple[Subject, ...]
    alerts: tuple[dict[str, Any], ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "period": {"name": self.period.name, "first": self.period.first.isoformat(),
                       "last": self.period.last.isoformat()},
            "area": self.area, "appeals": self.appeals, "issues": [item.to_dict() for item in self.issues],
            "subjects": [item.to_dict() for item in self.subjects], "wage_alerts": list(self.alerts),
        }  # fmt: skip


class Thermometer:
    """Reads what is hot off linked appeals; ``area`` keeps those whose code begins with it."""

    def __init__(self, found: Matters, area: str | None = None) -> None:
        self._found, self._area = found, area
        inside = np.array([area is None or code.startswith(area) for code in found.index.areas], bool)
        self._inside, self._times = inside, found.index.times

    def latest(self, rhythm: str) -> Period | None:
        """The period of the last appeal; None where no appeal has a time."""
        times = self._times[self._inside & (self._times >= 0)]
        return period_of(date_of(int(times.max())), rhythm) if len(times) else None

    def periods(self, rhythm: str) -> list[Period]:
        """All periods that have appeals, in order."""
        times = self._times[self._inside & (self._times >= 0)]
        return sorted({period_of(date_of(int(day) * 86_400), rhythm) for day in np.unique(times // 86_400)})

    def read(self, period: Period, rhythm: str, top: int = 20) -> Heat:
        """The issues of a period, those of most appeals first; at most ``top``."""
        now, earlier = self._numbers(period), self._numbers(before(period, rhythm))
        groups, hot = self._found.groups, alarms().hot
        count, previous = (Counter(groups[numbers].tolist()) for numbers in (now, earlier))
        ranked = sorted(
            (matter for matter in count if count[matter] >= hot.fewest), key=lambda item: (-count[item], item)
        )
        members = defaultdict(list)
        chosen = set(ranked[:top])
        for number in now.tolist():
            if int(groups[number]) in chosen:
                members[int(groups[number])].append(number)
        issues = [self._issue(matter, members[matter], previous[matter], period) for matter in ranked[:top]]
        return Heat(
            period, self._area, len(now), tuple(issues), tuple(self._subjects(now, earlier, top)),
            tuple(self._alerts(period)),
        )  # fmt: skip

    def _numbers(self, period: Period) -> np.ndarray:
        first, behind = period.bounds()
        return np.flatnonzero(self._inside & (self._times >= first) & (self._times < behind))

    def _issue(self, matter: int, numbers: list[int], previous: int, period: Period) -> Issue:
        found, hot = self._found, alarms().hot
        numbers = sorted(numbers, key=lambda number: int(found.order[number]))
        records = found.index.records(numbers)
        first = int(found.index.times[matter])
        count = len(numbers)
        fresh = first >= 0 and period.holds(first)
        grown = previous > 0 and count >= hot.growth * previous and count >= hot.growth_fewest
        names, firms = (_frequent(record[key] for record in records) for key in ("names", "firms"))
        areas = Counter(record["area"] for record in records if record["area"])
        return Issue(
            found.name(matter), title(records, hot.words),
            min(areas, key=lambda code: (-areas[code], code), default=None), count,
            sum(found.kind(number) == DUPLICATE for number in numbers), previous, int(found.sizes[matter]),
            day_of(first), day_of(int(found.index.times[numbers[-1]])),
            (fresh and count >= hot.emerging_fewest) or grown, names, firms, _typical(records, hot.texts, hot.excerpt),
        )  # fmt: skip

    def _subjects(self, now: np.ndarray, earlier: np.ndarray, top: int) -> Iterable[Subject]:
        """Enterprises and projects with enough appeals."""
        count: Counter[str] = Counter()
        firms: set[str] = set()
        groups: dict[str, set[int]] = defaultdict(set)
        for number, record in zip(now.tolist(), self._found.index.records(now.tolist()), strict=True):
            firms.update(record["firms"])
            for name in set(record["names"]):
                count[name] += 1
                groups[name].add(int(self._found.groups[number]))
        wanted = [
            name for name in sorted(count, key=lambda item: (-count[item], item)) if count[name] >= alarms().suppress
        ]
        wanted = [name for name in wanted if not names_person(name)][:top]
        previous = Counter(
            name for record in self._found.index.records(earlier.tolist()) for name in set(record["names"])
        )
        for name in wanted:
            kind = "enterprise" if name in firms else "project"
            yield Subject(name, kind, count[name], previous[name], len(groups[name]))

    def _alerts(self, period: Period) -> Iterable[dict[str, Any]]:
        """Alerts of wage arrears whose last appeal falls into the period."""
        for alert in self.wage_alerts():
            if period.holds(alert.last):
                yield alert.to_dict(self._found.name(number) for number in alert.appeals)

    def wage_alerts(self) -> list[Alert]:
        """All alerts of wage arrears; copies count, since many may sign one text, and are told."""
        found = self._found
        numbers = [int(number) for number in np.flatnonzero(found.index.arrears & self._inside)]
        records = found.index.records(numbers)
        return alerts(self._claim(number, record) for number, record in zip(numbers, records, strict=True))

    def _claim(self, number: int, record: Mapping[str, Any]) -> Claim:
        found = self._found
        return Claim(
            number, int(self._times[number]), tuple(record["firms"]), int(found.groups[number]), record["area"] or "",
            found.kind(number) == DUPLICATE,
        )  # fmt: skip


def _frequent(lists: Iterable[list[str]], most: int = 3) -> tuple[str, ...]:
    counted = Counter(name for names in lists for name in set(names))
    ranked = sorted(counted, key=lambda name: (-counted[name], name))
    return tuple(name for name in ranked if counted[name] > 1 and not names_person(name))[:most]


def _typical(records: Sequence[Mapping[str, Any]], most: int, longest: int) -> tuple[str, ...]:
    """Excerpts of the texts that share most words with the others; masked ones, since records are."""
    texts = [record["text"][record["head"] if record["title"] else 0 :].strip() for record in records[:60]]
    common = Counter(pair for text in texts for pair in {text[i : i + 2] for i in range(len(text) - 1)})

    def says(text: str) -> float:
        pairs = {text[i : i + 2] for i in range(min(len(text), longest) - 1)}
        return float(sum(common[pair] - 1 for pair in pairs) / (len(pairs) + 20))

    ranked = sorted(dict.fromkeys(filter(None, texts)), key=lambda text: (-says(text), text))
    cut = [shown(text[: 2 * longest]) for text in ranked[:most]]
    return tuple(text if len(text) <= longest else f"{text[: longest - 1]}…" for text in cut)
