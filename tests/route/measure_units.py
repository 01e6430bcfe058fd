"""What routing does to the lead on real appeals.

    python tests/route/measure_units.py --data DIR [--model DIR] [--limit N]

DIR is the shared data folder. Prints on gold/dev the lead of the model alone and after routing; over all shared
appeals how often an accused unit would have led (it must be 0 after routing); and, with ten units withheld as if no
model had learned them, how often the right one is among the first three through the words of its duties.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import appealnlp
from appealnlp import Analyzer, Appeal
from appealnlp.route import Facts, Router, load_policy
from appealnlp.route.duties import DutyMatcher
from appealnlp.route.policy import Policy
from appealnlp.route.units import Directory

HELD_OUT = (
    "housing_fund", "medical_insurance", "veterans_affairs", "postal", "tax", "telecom", "heating_supply",
    "fire_rescue", "forestry", "culture_tourism",
)  # fmt: skip


class Spy(Router):
    """A router that keeps what it was asked."""

    seen: Facts

    def answer(self, facts: Facts) -> Any:
        self.seen = facts
        return super().answer(facts)


def records(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def appeal(row: dict[str, Any]) -> Appeal:
    return Appeal(text=row.get("text") or row["title"], title=row.get("title") if row.get("text") else None)


def gold(nlp: Analyzer, spy: Spy, folder: Path) -> None:
    rows = list(records(folder / "gold" / "dev.jsonl"))
    alone = routed = 0
    for row in rows:
        lead = nlp(appeal(row)).department.code
        alone += spy.seen.units[0].code == row["department"]
        routed += lead == row["department"]
    print(f"gold/dev, {len(rows)} appeals: lead of the model alone {alone}, after routing {routed}")


def accused(nlp: Analyzer, spy: Spy, folder: Path, limit: int | None) -> None:
    count = accusations = would = leads = 0
    for path in sorted((folder / "appeals").glob("*.jsonl")):
        for _, row in zip(range(limit or 10**9), records(path), strict=False):
            try:
                analysis = nlp(appeal(row))
            except appealnlp.InputError:
                continue
            withheld = set(analysis.route.withheld_from)
            count += 1
            accusations += bool(withheld)
            would += spy.seen.units[0].code in withheld
            leads += any(unit.code in withheld for unit in analysis.departments)
    print(f"{count} shared appeals: {accusations} accuse a unit; it would have led in {would}, it is listed in {leads}")


def without(policy: Policy, codes: tuple[str, ...]) -> Policy:
    """The policy as if no model had learned these units."""
    units = {c: replace(u, known=u.known and c not in codes) for c, u in policy.directory.units.items()}
    return replace(policy, directory=Directory(units))


def held_out(nlp: Analyzer, spy: Spy, folder: Path) -> None:
    router = Router(nlp.scheme, without(load_policy(), HELD_OUT))
    matcher = DutyMatcher(unit for unit in router.policy.directory if unit.duties)
    rows = [row for name in ("dev", "train") for row in records(folder / "gold" / f"{name}.jsonl")]
    wanted = [row for row in rows if row["department"] in HELD_OUT]
    first = top = alone = 0
    others = kept = 0
    for row in rows:
        nlp(appeal(row))
        facts = spy.seen
        rest = tuple(unit for unit in facts.units if unit.code not in HELD_OUT) or facts.units[:1]
        found = [unit.code for unit in router.answer(replace(facts, units=rest)).departments]
        if row["department"] in HELD_OUT:
            first += found[0] == row["department"]
            top += row["department"] in found[:3]
            scores = matcher.scores(facts.text, lambda code: True)
            alone += row["department"] in sorted(scores, key=lambda code: -scores[code])[:3]
        elif rest[0].code == row["department"]:
            others += 1
            kept += found[0] == row["department"]
    print(f"{len(wanted)} appeals for ten units withheld: lead {first}, among three {top}; by duties alone {alone}")
    print(f"other appeals whose lead was right: {kept} of {others} stay so")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model")
    parser.add_argument("--limit", type=int, help="so many appeals of each file")
    options = parser.parse_args()
    nlp = appealnlp.load(options.model)
    spy = Spy(nlp.scheme)
    nlp._router = spy
    gold(nlp, spy, options.data)
    held_out(nlp, spy, options.data)
    accused(nlp, spy, options.data, options.limit)


if __name__ == "__main__":
    main()
