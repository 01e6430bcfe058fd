"""The appeals of the independent sets: reads their operators and codes, and says what is not as expected.

An expectation belongs to one of two parts: what *routing* decides (route, scale, gravity, signals, ledger, purpose,
deadlines, units that take part) and what the *text* heads decide (type, urgency, flags, lead, topic, headcount,
entities, matters).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from appealnlp import Analysis

SETS: Mapping[int, Path] = {
    1: Path(__file__).with_name("independent_rows.yaml"),
    2: Path(__file__).with_name("independent_rows_2.yaml"),
    3: Path(__file__).with_name("independent_rows_3.yaml"),
    4: Path(__file__).with_name("independent_rows_4.yaml"),
    5: Path(__file__).with_name("independent_rows_5.yaml"),
    6: Path(__file__).with_name("independent_rows_6.yaml"),
    7: Path(__file__).with_name("independent_rows_7.yaml"),
}
"""Each by other readers; the figure of a set is unseen in its first run alone."""
ROUTED = ("route", "scale", "gravity", "signals", "ledger", "purpose", "deadlines", "departments.co", "departments.0")
GIVEN = ("text", "title", "received_at", "area")

# The reader had to invent codes where the rules name things in Chinese; the library's are these.
PATHS = {"route.mediation": "route.mediation_body.kind"}
CODES: Mapping[str, Mapping[str, str]] = {
    "route.legal_path": {"personnel": "party_personnel", "petition": "petition_opinion"},
    "route.sub_platform": {"pre_litigation": "pretrial"},
    "departments.co": {"party_personnel": "trade_union"},  # the union is a unit of its own in the library's list
}
SAID = {"flags": "flag", "signals": "signal"}
"""The field of an object by which {contains: x} knows it; else any of code, text, step and name."""


@dataclass(frozen=True, slots=True)
class Fault:
    """An expectation that was not met."""

    path: str
    wanted: Any
    found: Any

    @property
    def routed(self) -> bool:
        """Whether routing decides the field."""
        return is_routed(self.path)

    def __str__(self) -> str:
        part = "routing" if self.routed else "text"
        return f"[{part}] {self.path}: wanted {self.wanted!r}, found {self.found!r}"


def is_routed(path: str) -> bool:
    """Whether routing decides the field at ``path``."""
    return path.startswith(ROUTED)


def cases(number: int, only: int | None = None) -> Iterator[dict[str, Any]]:
    """The entries of one set, those of one row where ``only`` is given."""
    for entry in yaml.safe_load(SETS[number].read_text("utf-8")):
        if only is None or entry["row"] == only:
            yield entry


def faults(analysis: Analysis, entry: Mapping[str, Any]) -> Iterator[Fault]:
    """Every expectation of the entry that the analysis does not meet."""
    out = analysis.to_dict()
    for path, wanted in entry["expect"].items():
        for key, value in _wanted(path, wanted):
            found = _at(out, key)
            if not meets(key, value, found):
                yield Fault(path, wanted, found)


def _wanted(path: str, wanted: Any) -> Iterator[tuple[str, Any]]:
    if path == "deadlines" and not _is_operator(wanted):
        for step, due in wanted.items():
            yield f"due.{step}", {"prefix": due}
        return
    yield PATHS.get(path, path), _translated(wanted, CODES.get(path, {}))


def _is_operator(wanted: Any) -> bool:
    return isinstance(wanted, dict) and bool(wanted) and wanted.keys() <= _OPERATORS.keys()


def _translated(wanted: Any, codes: Mapping[str, str]) -> Any:
    if isinstance(wanted, dict):
        return {key: _translated(value, codes) for key, value in wanted.items()}
    if isinstance(wanted, list):
        return [_translated(item, codes) for item in wanted]
    return codes.get(wanted, wanted) if isinstance(wanted, str) else wanted


def _at(out: Any, path: str) -> Any:
    """The value at a dotted path; ``departments.lead`` and ``departments.co`` are codes, ``due`` is by step."""
    special = {
        "departments.lead": lambda: next(unit["code"] for unit in out["departments"] if unit["role"] == "lead"),
        "departments.co": lambda: [unit["code"] for unit in out["departments"] if unit["role"] == "co"],
        "deadlines": lambda: out["route"]["deadlines"],
    }
    if path in special:
        return special[path]()
    if path.startswith("due."):
        return next((item["due"] for item in out["route"]["deadlines"] if item["step"] == path[4:]), None)
    value = out
    for key in path.split("."):
        if value is None:
            return None
        value = value[int(key)] if isinstance(value, list) else value.get(key)
    return value


def meets(path: str, wanted: Any, found: Any) -> bool:
    """Whether ``found`` is what is wanted, by operators or equal."""
    if _is_operator(wanted):
        return all(_OPERATORS[key](path, value, found) for key, value in wanted.items())
    return bool(found == wanted) or (wanted is None and found in ([], "", {}))


def _contains(path: str, wanted: Any, found: Any) -> bool:
    words = wanted if isinstance(wanted, list) else [wanted]
    return all(_has(path, word, found) for word in words)


def _none_of(path: str, wanted: Any, found: Any) -> bool:
    words = wanted if isinstance(wanted, list) else [wanted]
    return not any(_has(path, word, found) for word in words)


def _has(path: str, word: str, found: Any) -> bool:
    if isinstance(found, str):
        return word in found
    return any(_names(path, word, item) for item in found or ())


def _names(path: str, word: str, item: Any) -> bool:
    if not isinstance(item, dict):
        return word in str(item)
    if path in SAID:
        return bool(item[SAID[path]] == word)
    return any(word in str(item.get(key) or "") for key in ("code", "text", "step", "name"))


_OPERATORS = {
    "contains": _contains,
    "not_contains": _none_of,
    "in": lambda path, wanted, found: found in wanted,
    "prefix": lambda path, wanted, found: str(found or "").startswith(wanted),
    "not_null": lambda path, wanted, found: bool(found) is wanted,
    "length_to": lambda path, wanted, found: len(found or ()) <= wanted,
}
