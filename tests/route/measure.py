"""Pass rate of the routing appeals per row of FACTS.md section 1, and what failed.

python tests/route/measure.py [--model DIR] [--row N] [--quiet]
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

import appealnlp
from appealnlp import Analysis, Analyzer

ROWS = Path(__file__).with_name("rows.yaml")


@cache
def analyzer(model: str | None, policy: str) -> Analyzer:
    return appealnlp.load(model, policy=policy)


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


def results(model: str | None, only: int | None = None) -> Iterator[tuple[int, str, str, list[str]]]:
    """Row, policy, text and faults of every appeal."""
    for row in yaml.safe_load(ROWS.read_text("utf-8")):
        if only is not None and row["row"] != only:
            continue
        nlp = analyzer(model, row["policy"])
        for item in row["appeals"]:
            appeal = {key: item[key] for key in ("text", "received_at", "area") if key in item}
            yield row["row"], row["policy"], item["text"], list(faults(nlp(appeal), item["expect"]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model")
    parser.add_argument("--row", type=int)
    parser.add_argument("--quiet", action="store_true", help="rates only")
    options = parser.parse_args()
    counts: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for row, policy, text, wrong in results(options.model, options.row):
        counts[row][0] += not wrong
        counts[row][1] += 1
        if wrong and not options.quiet:
            print(f"row {row} ({policy}) {text}")
            print(*(f"    {fault}" for fault in wrong), sep="\n")
    for row, (good, every) in sorted(counts.items()):
        print(f"row {row:3}  {good:2} of {every:2}  {good / every:4.0%}")
    good, every = (sum(pair[k] for pair in counts.values()) for k in (0, 1))
    print(f"all      {good} of {every}  {good / every:.1%}")


if __name__ == "__main__":
    main()
