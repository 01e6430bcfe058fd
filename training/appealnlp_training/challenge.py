"""Runs the challenge suites: small cases, written one by one, that name what a model can and cannot do.

    python -m appealnlp_training.challenge [--suite FOLDER] [--model DIR] [--json] [--failures] [--raise-floors]

A suite folder holds ``minimum`` (what must be read out of a text), ``invariance`` (changes that must change nothing)
and ``direction`` (changes that may move a value one way only), one YAML file a capability, and ``floors.yaml``, the
pass rates under which a capability must not fall. Ends with 1 when one does; no option lowers a floor.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import appealnlp
from appealnlp.analysis import Analysis
from appealnlp.appeal import Appeal
from appealnlp.errors import AppealError, SchemeError
from appealnlp.schemes import shipped
from appealnlp.schemes.files import Document

SUITES = Path(__file__).parents[2] / "corpora" / "challenges"
FLOORS = "floors.yaml"
MARGIN = 0.02  # a raised floor stands this much below what was measured

Analyze = Callable[[Appeal], Analysis]
Keys = tuple[str | int, ...]

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

HOLDS: Mapping[str, Callable[[Any, Any, tuple[Any, ...]], bool]] = {
    "is": lambda _, after, value: after in value,
    "under": lambda _, after, value: any(f"{after}/".startswith(f"{path}/") for path in value),
    "has": lambda _, after, value: after.issuperset(value),
    "any of": lambda _, after, value: not after.isdisjoint(value) if value else not after,
    "lacks": lambda _, after, value: after.isdisjoint(value),
    "same": lambda before, after, _: bool(before == after),
    "gains": lambda before, after, value: (after - before).issuperset(value),
    "loses": lambda before, after, value: (before - after).issuperset(value),
    "higher": lambda before, after, _: _rank(after) > _rank(before),
    "lower": lambda before, after, _: _rank(after) < _rank(before),
    "not_higher": lambda before, after, _: _rank(after) <= _rank(before),
    "not_lower": lambda before, after, _: _rank(after) >= _rank(before),
}
"""Relations between a field before the change, after it, and the value given; without a change both are the same."""

_EXPECT = {"topic": "under", "flags": "has", "not_flags": "lacks", "handoff": "any of", "entities": "has"}
_MOVES = {"is": ("type", "target", "urgency", "department"), **dict.fromkeys(("gains", "loses", "lacks"), ("flags",))}
_RANKS = ("higher", "lower", "not_higher", "not_lower")


def _rank(urgency: str) -> int:
    return shipped().urgencies[urgency].rank


def _shown(value: object) -> str:
    parts = sorted(map(str, value)) if isinstance(value, frozenset | tuple) else [str(value)]
    return "|".join(parts) or "nothing"


@dataclass(frozen=True, slots=True)
class Check:
    """What must hold of one field."""

    field: str
    relation: str
    value: tuple[Any, ...] | None = None

    def fault(self, before: Analysis, after: Analysis) -> str | None:
        """What is wrong, or None."""
        one, other = READ[self.field](before), READ[self.field](after)
        if HOLDS[self.relation](one, other, self.value or ()):
            return None
        seen = _shown(other) if before is after else f"{_shown(one)} -> {_shown(other)}"
        wanted = self.relation if self.value is None else f"{self.relation} {_shown(self.value)}"
        return f"{self.field}: wanted {wanted}, found {seen}"


@dataclass(frozen=True, slots=True)
class Case:
    """An appeal, the texts it is changed to (if any), what must hold of each, and where it stands (file:line)."""

    id: str
    where: str
    appeal: Appeal
    variants: tuple[str, ...]
    checks: tuple[Check, ...]

    def faults(self, analyze: Analyze) -> list[str]:
        """What is wrong with the answers of the analyzer, which may refuse an appeal; empty when the case is passed."""
        try:
            before = analyze(self.appeal)
            pairs = [(f" in {text}", analyze(replace(self.appeal, text=text))) for text in self.variants]
        except AppealError as error:
            return [f"refused: {error}"]
        pairs = pairs or [("", before)]
        faults = [(check.fault(before, after), where) for where, after in pairs for check in self.checks]
        return [fault + where for fault, where in faults if fault]


@dataclass(frozen=True, slots=True)
class Result:
    """How a capability stands: how many cases it has, and the faults of those that failed."""

    capability: str
    n: int
    failures: Mapping[Case, list[str]]
    floor: float | None = None

    @property
    def rate(self) -> float:
        """Share of the cases that passed."""
        return 1 - len(self.failures) / self.n

    @property
    def stands(self) -> bool:
        """Whether the rate is not under its floor."""
        return self.floor is None or self.rate >= self.floor

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        failures = [{"id": case.id, "where": case.where, "faults": faults} for case, faults in self.failures.items()]
        figures = {"n": self.n, "rate": round(self.rate, 4), "floor": self.floor, "stands": self.stands}
        return {"capability": self.capability, **figures, "failures": failures}

    def __str__(self) -> str:
        floor = "-" if self.floor is None else f"{self.floor:.2f}"
        return f"{self.capability:40} {self.n:4} {self.rate:7.3f} {floor:>6}{'' if self.stands else '  UNDER FLOOR'}"


def run(folder: Path, analyze: Analyze) -> list[Result]:
    """Put every case of a folder to the analyzer, beside its floors. Raises SchemeError when a file is wrong."""
    suites, results = load_suites(folder), []
    floors = load_floors(folder, suites)
    for name, cases in suites.items():
        failures = {case: faults for case in cases if (faults := case.faults(analyze))}
        results.append(Result(name, len(cases), failures, floors.get(name)))
    return results


def load_suites(folder: Path) -> dict[str, tuple[Case, ...]]:
    """Cases by kind/capability. Raises SchemeError: file, line, what is wrong, and the remedy."""
    taken: dict[str, str] = {}
    found = {
        f"{kind}/{path.stem}": _Reader(path).cases(kind, taken)
        for kind in _Reader.BODIES
        for path in sorted((folder / kind).glob("*.yaml"))
    }
    if not found:
        raise SchemeError(folder, None, "no suites", f"give a folder that holds {', '.join(_Reader.BODIES)}")
    return found


def load_floors(folder: Path, known: Collection[str]) -> dict[str, float]:
    """Least pass rate by capability; none without a file. Raises SchemeError, also for an unknown capability."""
    if not (folder / FLOORS).exists():
        return {}
    reader = _Reader(folder / FLOORS)
    floors = reader.mapping((), reader.document.data, (), known)
    for name, floor in floors.items():
        if not isinstance(floor, int | float) or not 0 <= floor <= 1:
            raise reader.document.error((name,), f"expected a rate from 0 to 1, found {floor!r}", "write 0.95")
    return dict(floors)


def raise_floors(folder: Path, results: Sequence[Result]) -> int:
    """Write floors a margin below what was measured, where that is more than before; gives how many were raised."""
    raised, lines = 0, ["# Least pass rate of each capability; `challenge --raise-floors` raises them, never lowers."]
    for result in results:
        reached, old = math.floor((result.rate - MARGIN) * 100 + 1e-6) / 100, result.floor or 0.0
        raised += reached > old
        lines.append(f"{result.capability}: {max(reached, old):.2f}")
    (folder / FLOORS).write_text("\n".join(lines) + "\n", "utf-8")
    return raised


class _Reader:
    """One file of cases, checked as it is read."""

    BODIES: Mapping[str, tuple[str, ...]] = {
        "minimum": ("expect",), "invariance": ("variants", "fields"), "direction": ("changed", "field", "relation"),
    }  # fmt: skip

    def __init__(self, path: Path) -> None:
        self.document, scheme = Document(path), shipped()
        self.known: dict[str, Collection[str]] = {
            "type": scheme.types, "target": scheme.targets, "urgency": scheme.urgencies, "flags": scheme.flags,
            "department": scheme.departments, "topic": (*scheme.topics.fields, *scheme.labels("topic")),
            "status": ("dispatched", "review", "no_appeal"), "handoff": ("110", "119", "120", "122"),
        }  # fmt: skip

    def cases(self, kind: str, taken: dict[str, str]) -> tuple[Case, ...]:
        """The cases; ``taken`` holds the ids of all files so far and where they stand."""
        head = self.mapping((), self.document.data, ("capability", "kind", "why", "version", "items"))
        for name, known in {"kind": [kind], "capability": [self.document.path.stem], "why": (), "version": ()}.items():
            self.values((name,), head[name], known)
        listed = head["items"] if isinstance(head["items"], list) and head["items"] else [None]
        return tuple(self.case(kind, ("items", place), item, taken) for place, item in enumerate(listed))

    def case(self, kind: str, at: Keys, item: object, taken: dict[str, str]) -> Case:
        """One case."""
        given = self.mapping(at, item, ("id", "text", *self.BODIES[kind]), ("title", "value"))
        words = {name: self.values((*at, name), given[name])[0] for name in ("id", "text", "title") if name in given}
        where = f"{self.document.path}:{self.document.line(*at)}"
        if taken.setdefault(words["id"], where) != where:
            raise self.document.error((*at, "id"), f"{words['id']!r} stands twice", f"see {taken[words['id']]}")
        variants = self.values((*at, "variants"), given.get("variants", given.get("changed", [])))
        if words["text"] in variants:
            raise self.document.error(at, "a change changes nothing", "write another text")
        checks = tuple(self.asked(kind, at, given))
        return Case(words["id"], where, Appeal(words["text"], words.get("title")), variants, checks)

    def asked(self, kind: str, at: Keys, given: Mapping[str, Any]) -> Iterator[Check]:
        """What a case asks."""
        if kind == "minimum":
            for name, value in self.mapping((*at, "expect"), given["expect"], (), (*READ, "not_flags")).items():
                field = name.removeprefix("not_")
                wanted = self.values((*at, "expect", name), value, self.known.get(field))
                yield Check(field, _EXPECT.get(name, "is"), wanted)
        elif kind == "invariance":
            yield from (Check(field, "same") for field in self.values((*at, "fields"), given["fields"], READ))
        else:
            yield self.move(at, given)

    def move(self, at: Keys, given: Mapping[str, Any]) -> Check:
        """How a field may move with a change."""
        (relation,) = self.values((*at, "relation"), given["relation"], (*_RANKS, *_MOVES))
        (field,) = self.values((*at, "field"), given["field"], _MOVES.get(relation, ("urgency",)))
        wanted = None if relation in _RANKS else self.values((*at, "value"), given.get("value"), self.known[field])
        return Check(field, relation, wanted)

    def mapping(self, at: Keys, value: object, needed: Collection[str], others: Collection[str] = ()) -> dict[str, Any]:
        """A mapping with all keys of ``needed`` and none but those of ``others`` besides."""
        given = value if isinstance(value, dict) else {}
        wrong = {*needed} - {*given} or {*given} - {*needed, *others}
        if wrong or not given:
            problem = f"lacks or does not know {min(wrong)!r}" if given else f"no filled mapping: {value!r}"
            raise self.document.error(at, problem, f"write {', '.join((*needed, *others))}")
        return given

    def values(self, at: Keys, value: object, known: Collection[str] | None = ()) -> tuple[Any, ...]:
        """One value or a list, each one of ``known``; where that is empty any text, where it is None anything."""
        listed = value if isinstance(value, list) else [value]
        for item in listed:
            if known is not None and not (isinstance(item, str) and item.strip() and (item in known or not known)):
                raise self.document.error(at, f"unfit value {item!r}", f"use {', '.join(known) or 'a quoted text'}")
        return tuple(tuple(item) if isinstance(item, list) else item for item in listed)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; gives 1 when a capability stands under its floor."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--suite", type=Path, default=SUITES, help="folder of suites (default: corpora/challenges)")
    parser.add_argument("--model", type=Path, help="model folder (default: the shipped model)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--failures", action="store_true", help="print each failed case and its faults")
    parser.add_argument("--raise-floors", action="store_true", help="raise floors to a little below these rates")
    options = parser.parse_args(arguments)
    try:
        results = run(options.suite, appealnlp.load(options.model))
    except AppealError as error:
        parser.error(str(error))
    if options.json:
        print(json.dumps([result.to_dict() for result in results], ensure_ascii=False, indent=1))
    else:
        show(results, options.failures)
    if options.raise_floors:
        print(f"{raise_floors(options.suite, results)} floors raised", file=sys.stderr)
    return int(not all(result.stands for result in results))


def show(results: Sequence[Result], failures: bool) -> None:
    """Print a line a capability, and the faults where they are wanted."""
    for result in results:
        print(result)
        for case, faults in result.failures.items() if failures else ():
            print(f"    {case.id} {case.where}: {case.appeal.content!r}", *faults, sep="\n        ")
    print(f"{'all':40} {sum(result.n for result in results):4}")


if __name__ == "__main__":
    sys.exit(main())
