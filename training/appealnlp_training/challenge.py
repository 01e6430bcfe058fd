"""Runs the challenge suites: small cases, written one by one, that name what a model can and cannot do.

    python -m appealnlp_training.challenge [--suite FOLDER] [--model DIR] [--json] [--failures] [--raise-floors]

A suite folder holds ``minimum`` (what must be read out of a text), ``invariance`` (changes that must change nothing) and
``direction`` (changes that may move a value one way only), one YAML file a capability, and ``floors.yaml``, the pass
rates under which a capability must not fall. Ends with 1 when one does; ``--raise-floors`` raises floors, never lowers.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from appealnlp.analysis import Analysis
from appealnlp.appeal import Appeal
from appealnlp.errors import AppealError, SchemeError
from appealnlp.schemes import Scheme, shipped
from appealnlp.schemes.files import Document

SUITES = Path(__file__).parents[2] / "corpora" / "challenges"
FLOORS = "floors.yaml"
MARGIN = 0.02
"""A raised floor stands this much below what was measured."""

Analyze = Callable[[Appeal], Analysis]
Keys = tuple[str | int, ...]
Value = tuple[Any, ...]

READ: Mapping[str, Callable[[Analysis], Any]] = {
    "type": lambda found: found.type.label,
    "target": lambda found: found.target.label,
    "urgency": lambda found: found.urgency.label,
    "topic": lambda found: "/".join(found.topic.path[:2]),
    "department": lambda found: found.department.code,
    "flags": lambda found: frozenset(item.flag for item in found.flags),
    "headcount": lambda found: found.headcount,
    "entities": lambda found: frozenset((item.label, item.text.strip("《》")) for item in found.entities),
    "status": lambda found: found.route.status,
    "handoff": lambda found: frozenset(found.route.handoff),
}
"""What a case may ask of an analysis, by field."""

HOLDS: Mapping[str, Callable[[Any, Any, Value], bool]] = {
    "is": lambda _, after, value: after in value,
    "under": lambda _, after, value: any(f"{after}/".startswith(f"{path}/") for path in value),
    "has": lambda _, after, value: after.issuperset(value),
    "has any of": lambda _, after, value: not after.isdisjoint(value) if value else not after,
    "lacks": lambda _, after, value: after.isdisjoint(value),
    "same": lambda before, after, _: bool(before == after),
    "gains": lambda before, after, value: (after - before).issuperset(value),
    "loses": lambda before, after, value: (before - after).issuperset(value),
    "becomes": lambda _, after, value: after in value,
    "higher": lambda before, after, _: _rank(after) > _rank(before),
    "lower": lambda before, after, _: _rank(after) < _rank(before),
    "not_higher": lambda before, after, _: _rank(after) <= _rank(before),
    "not_lower": lambda before, after, _: _rank(after) >= _rank(before),
}
"""Relations between a field before the change, after it, and the value given; without a change both are the same."""

_ONE = {"type", "target", "urgency", "department"}
_MOVES = {"gains": {"flags"}, "loses": {"flags"}, "lacks": {"flags"}, "becomes": _ONE} | dict.fromkeys(
    ("higher", "lower", "not_higher", "not_lower"), {"urgency"}
)
"""The relations of ``direction`` and the fields they fit."""


def _rank(urgency: str) -> int:
    return shipped().urgencies[urgency].rank


@dataclass(frozen=True, slots=True)
class Test:
    """What must hold of one field."""

    field: str
    relation: str
    value: Value = ()

    def fault(self, before: Analysis, after: Analysis) -> str | None:
        """What is wrong, or None."""
        one, other = READ[self.field](before), READ[self.field](after)
        if HOLDS[self.relation](one, other, self.value):
            return None
        seen = _shown(other) if before is after else f"{_shown(one)} -> {_shown(other)}"
        return f"{self.field}: wanted {self.relation} {_shown(self.value) if self.value else ''}; found {seen}"


def _shown(value: object) -> str:
    parts = sorted(map(str, value)) if isinstance(value, frozenset | tuple) else [str(value)]
    return "|".join(parts) or "none"


@dataclass(frozen=True, slots=True)
class Case:
    """An appeal, the texts it is changed to (if any), what must hold of each, and where it stands (file:line)."""

    id: str
    where: str
    appeal: Appeal
    variants: tuple[str, ...]
    tests: tuple[Test, ...]

    def faults(self, analyze: Analyze) -> list[str]:
        """What is wrong with the answers of the analyzer; empty when the case is passed. It may refuse an appeal."""
        try:
            before = analyze(self.appeal)
            if not self.variants:
                return self._faults(before, before, "")
            changed = [(text, analyze(replace(self.appeal, text=text))) for text in self.variants]
            return [fault for text, after in changed for fault in self._faults(before, after, f" in {text!r}")]
        except AppealError as error:
            return [f"refused: {error}"]

    def _faults(self, before: Analysis, after: Analysis, where: str) -> list[str]:
        return [fault + where for test in self.tests if (fault := test.fault(before, after))]


@dataclass(frozen=True, slots=True)
class Suite:
    """The cases of one capability, and why it matters."""

    kind: str
    capability: str
    why: str
    version: str
    cases: tuple[Case, ...]

    @property
    def key(self) -> str:
        """Its name in the file of floors."""
        return f"{self.kind}/{self.capability}"


@dataclass(frozen=True, slots=True)
class Result:
    """How a suite went: the faults of the cases that failed."""

    suite: Suite
    failures: Mapping[Case, list[str]]
    floor: float | None = None

    @property
    def rate(self) -> float:
        """Share of the cases that passed."""
        return 1 - len(self.failures) / len(self.suite.cases)

    @property
    def stands(self) -> bool:
        """Whether the rate is not under its floor."""
        return self.floor is None or self.rate >= self.floor

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        failures = [{"id": case.id, "where": case.where, "faults": faults} for case, faults in self.failures.items()]
        suite = {"kind": self.suite.kind, "capability": self.suite.capability, "version": self.suite.version}
        figures = {"n": len(self.suite.cases), "rate": round(self.rate, 4), "floor": self.floor, "stands": self.stands}
        return {**suite, **figures, "failures": failures}

    def __str__(self) -> str:
        floor = "-" if self.floor is None else f"{self.floor:.2f}"
        mark = "" if self.stands else "  UNDER ITS FLOOR"
        return f"{self.suite.key:44} {len(self.suite.cases):4} {self.rate:6.3f} {floor:>5}{mark}"


def run_suite(suite: Suite, analyze: Analyze, floor: float | None = None) -> Result:
    """Put every case of one suite to the analyzer."""
    faults = {case: case.faults(analyze) for case in suite.cases}
    return Result(suite, {case: found for case, found in faults.items() if found}, floor)


def run_suites(folder: Path, analyze: Analyze) -> list[Result]:
    """Run every suite of a folder beside its floors. Raises SchemeError when a file is wrong."""
    suites = load_suites(folder)
    floors = load_floors(folder, suites)
    return [run_suite(suite, analyze, floors.get(suite.key)) for suite in suites]


def load_floors(folder: Path, suites: Sequence[Suite]) -> dict[str, float]:
    """Least pass rate by capability; none without a file. Raises SchemeError, also for an unknown capability."""
    if not (folder / FLOORS).exists():
        return {}
    document, known = Document(folder / FLOORS), {suite.key for suite in suites}
    for key, floor in document.data.items():
        if key not in known:
            raise document.error((key,), "no such capability", "remove the line, or bring its suite back")
        if not isinstance(floor, int | float) or not 0 <= floor <= 1:
            raise document.error((key,), f"expected a rate from 0 to 1, found {floor!r}", "write 0.95")
    return dict(document.data)


def raise_floors(folder: Path, results: Sequence[Result]) -> int:
    """Write floors a margin below what was measured, where that is more than before; gives how many were raised."""
    raised, lines = 0, ["# Least pass rate of each capability; `challenge --raise-floors` raises them, never lowers."]
    for result in results:
        reached, old = math.floor((result.rate - MARGIN) * 100 + 1e-6) / 100, result.floor or 0.0
        raised += reached > old
        lines.append(f"{result.suite.key}: {max(reached, old):.2f}")
    (folder / FLOORS).write_text("\n".join(lines) + "\n", "utf-8")
    return raised


def load_suites(folder: Path) -> list[Suite]:
    """The suites of a folder by kind and name. Raises SchemeError: file, line, what is wrong, and the remedy."""
    readers = [_Reader(path, kind) for kind in _Reader.BODIES for path in sorted((folder / kind).glob("*.yaml"))]
    if not readers:
        raise SchemeError(folder, None, "holds no suites", f"give a folder of {', '.join(_Reader.BODIES)}")
    taken: dict[str, str] = {}
    return [reader.suite(taken) for reader in readers]


def _known(scheme: Scheme) -> dict[str, Collection[str]]:
    """The values that each field can have."""
    return {
        "type": scheme.types, "target": scheme.targets, "urgency": scheme.urgencies, "flags": scheme.flags,
        "department": scheme.departments, "entities": scheme.entities,
        "topic": {*scheme.topics.fields, *scheme.labels("topic")},
        "status": ("dispatched", "review", "no_appeal"), "handoff": ("110", "119", "120", "122"),
    }  # fmt: skip


class _Reader:
    """One suite file, checked as it is read."""

    BODIES: Mapping[str, set[str]] = {
        "minimum": {"expect"}, "invariance": {"variants", "fields"}, "direction": {"changed", "field", "relation"},
    }  # fmt: skip

    def __init__(self, path: Path, kind: str) -> None:
        self.document, self.kind, self.known = Document(path), kind, _known(shipped())

    def suite(self, taken: dict[str, str]) -> Suite:
        """The suite; ``taken`` holds the ids of all files before it, and where they stand."""
        head = self.mapping((), self.document.data, {"capability", "kind", "why", "version", "items"})
        self.among(("kind",), head["kind"], [self.kind])
        self.among(("capability",), head["capability"], [self.document.path.stem])
        cases = tuple(self.case(("items", i), item) for i, item in enumerate(self.listed(("items",), head["items"])))
        for place, case in enumerate(cases):
            if taken.setdefault(case.id, case.where) != case.where:
                raise self.document.error(("items", place, "id"), f"{case.id!r} stands twice", f"see {taken[case.id]}")
        why, version = self.text(("why",), head["why"]), self.text(("version",), head["version"])
        return Suite(self.kind, self.document.path.stem, why, version, cases)

    def case(self, at: Keys, item: object) -> Case:
        """One item."""
        given = self.mapping(at, item, {"id", "text"} | self.BODIES[self.kind], {"title", "value"})
        texts = {name: self.text((*at, name), given[name]) for name in ("id", "text", "title") if name in given}
        appeal = Appeal(text=texts["text"], title=texts.get("title"))
        where = f"{self.document.path}:{self.document.line(*at)}"
        variants, tests = getattr(self, f"_{self.kind}")(at, given, appeal)
        return Case(texts["id"], where, appeal, variants, tests)

    def _minimum(self, at: Keys, given: Mapping[str, Any], appeal: Appeal) -> tuple[tuple[str, ...], tuple[Test, ...]]:
        pass
