"""The appeals of rows.yaml, written by the hand that wrote the policies: what is not as expected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from appealnlp import Analysis

ROWS = Path(__file__).with_name("rows.yaml")
GIVEN = ("text", "received_at", "area")


def cases(only: int | None = None) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Row, policy and appeal, those of one row where ``only`` is given."""
    for row in yaml.safe_load(ROWS.read_text("utf-8")):
        if only is None or row["row"] == only:
            yield from ((row["row"], row["policy"], item) for item in row["appeals"])


def faults(analysis: Analysis, expect: Mapping[str, Any]) -> Iterator[str]:
    """A sentence for each expectation that the analysis does not meet."""
    for key, wanted in expect.items():
        negative = key.startswith("no_")
        kind = key.removeprefix("no_")
        found = _found(analysis, kind)
        if negative:
            good = not set(_list(wanted)) & set(_list(found)) and not (
                kind == "hints" and any(part in found for part in wanted)
            )
        else:
            good = _meets(kind, wanted, found)
        if not good:
            yield f"{key}: wanted {wanted!r}, found {found!r}"


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple | set) else [value]


_AMONG = {"signals", "co", "units", "mechanisms", "handoff", "steps"}
_PART = {"hints", "reasons", "review"}
_EXACT_MAPS = {"due", "latest", "within"}


def _meets(kind: str, wanted: Any, found: Any) -> bool:
    if kind in _AMONG:
        return set(_list(wanted)) <= set(found)
    if kind in _PART:
        return all(part in found for part in _list(wanted))
    if kind in _EXACT_MAPS:
        return all(found.get(step) == value for step, value in wanted.items())
    return found in _list(wanted) if isinstance(wanted, list) else found == wanted


def _found(a: Analysis, kind: str) -> Any:
    route, due = a.route, [item.due for item in a.route.deadlines if item.due]
    return {
        "type": lambda: a.type.label, "status": lambda: route.status, "ledger": lambda: a.ledger,
        "purpose": lambda: a.purpose, "scale": lambda: a.scale, "gravity": lambda: a.gravity,
        "level": lambda: route.level, "signals": lambda: {item["signal"] for item in a.signals},
        "lead": lambda: a.department.code, "co": lambda: [u.code for u in a.departments if u.role == "co"],
        "co_any": lambda: any(u.role == "co" for u in a.departments),
        "units": lambda: [u.code for u in a.departments], "path": lambda: route.legal_path,
        "sub": lambda: route.sub_platform, "mechanisms": lambda: route.mechanisms,
        "mediation": lambda: route.mediation, "mediation_kind": lambda: (route.mediation_body or {}).get("kind"),
        "not_accepted": lambda: (route.not_accepted or {}).get("code"), "handoff": lambda: route.handoff,
        "hints": lambda: "；".join(route.hints), "reasons": lambda: "；".join(route.reasons),
        "review": lambda: "；".join(a.review.reasons), "area": lambda: route.area, "class": lambda: route.category,
        "steps": lambda: [d.name for d in route.deadlines],
        "dated": lambda: sum(d.basis == "三本账制度" for d in route.deadlines if d.due),
        "ordered": lambda: due[-9:] == sorted(due[-9:]), "due": lambda: {d.step: d.due for d in route.deadlines},
        "latest": lambda: {d.step: d.latest for d in route.deadlines},
        "within": lambda: {d.step: d.within for d in route.deadlines}, "then": lambda: a.department.then,
    }[kind]()  # fmt: skip
