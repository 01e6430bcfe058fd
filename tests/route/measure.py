"""Pass rate of the routing appeals per row of FACTS.md section 1, and what failed.

    python tests/route/measure.py [--set N | --own] [--model DIR] [--row N] [--quiet]

The sets (independent_rows.yaml, independent_rows_2.yaml and on) are by readers who saw no policy, each printed apart;
without ``--set`` all of them and their sum. ``--own`` takes rows.yaml, by the hand that wrote the policies.
Rates are by appeal: it passes where every expectation is met, and apart where those that routing decides are met and
where those that the text heads decide are. The interval is Wilson's, 95 %.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from math import sqrt
from pathlib import Path

import appealnlp
from appealnlp import Analyzer

if __package__:
    from route import independent, own
else:
    import independent
    import own


@cache
def analyzer(model: str | None, policy: str) -> Analyzer:
    return appealnlp.load(model, policy=policy)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one appeal; ``routed`` and ``said`` count its expectations of either part."""

    row: int
    policy: str
    text: str
    faults: list[str] = field(default_factory=list)
    routed: int = 0
    said: int = 0
    routed_wrong: int = 0

    @property
    def said_wrong(self) -> int:
        """Faults of the text heads."""
        return len(self.faults) - self.routed_wrong


def own_results(model: str | None, only: int | None = None) -> Iterator[Outcome]:
    """Of the appeals of rows.yaml."""
    for row, policy, item in own.cases(only):
        appeal = {key: item[key] for key in own.GIVEN if key in item}
        yield Outcome(row, policy, item["text"], list(own.faults(analyzer(model, policy)(appeal), item["expect"])))


def independent_results(model: str | None, number: int, only: int | None = None) -> Iterator[Outcome]:
    """Of the appeals of one independent set."""
    for entry in independent.cases(number, only):
        appeal = {key: entry[key] for key in independent.GIVEN if key in entry}
        wrong = list(independent.faults(analyzer(model, entry["policy"])(appeal), entry))
        routed = sum(map(independent.is_routed, entry["expect"]))
        yield Outcome(
            entry["row"], entry["policy"], entry["text"], list(map(str, wrong)), routed,
            len(entry["expect"]) - routed, sum(fault.routed for fault in wrong),
        )  # fmt: skip


def interval(good: int, every: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's interval of a share."""
    if not every:
        return 0.0, 1.0
    share = good / every
    middle = share + z * z / (2 * every)
    half = z * sqrt(share * (1 - share) / every + z * z / (4 * every * every))
    return (middle - half) / (1 + z * z / every), (middle + half) / (1 + z * z / every)


def _rate(name: str, good: int, every: int) -> str:
    low, high = interval(good, every)
    return f"{name:22} {good:3} of {every:3}  {good / max(every, 1):6.1%}  ({low:.1%} to {high:.1%})"


def report(outcomes: Iterable[Outcome], quiet: bool) -> Iterator[str]:
    """The lines to print: failures, a line a row, the sums."""
    rows: dict[int, list[Outcome]] = defaultdict(list)
    for item in outcomes:
        rows[item.row].append(item)
        if item.faults and not quiet:
            yield f"row {item.row} ({item.policy}) {item.text}"
            yield from (f"    {fault}" for fault in item.faults)
    for row, found in sorted(rows.items()):
        good, routing = sum(not i.faults for i in found), [i for i in found if i.routed]
        right = sum(not i.routed_wrong for i in routing)
        more = f"   routing alone {right} of {len(routing)}" if routing else ""
        yield f"row {row:3}  {good:2} of {len(found):2}  {good / len(found):4.0%}{more}"
    every = [item for found in rows.values() for item in found]
    yield _rate("all", sum(not i.faults for i in every), len(every))
    routing, said = [i for i in every if i.routed], [i for i in every if i.said]
    if routing:
        yield _rate("routing alone", sum(not i.routed_wrong for i in routing), len(routing))
        yield _rate("text heads alone", sum(not i.said_wrong for i in said), len(said))
        asked = sum(i.routed for i in every)
        yield _rate("expectations, routing", asked - sum(i.routed_wrong for i in every), asked)
        asked = sum(i.said for i in every)
        yield _rate("expectations, text", asked - sum(i.said_wrong for i in every), asked)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", type=int, choices=tuple(independent.SETS), help="one independent set alone")
    parser.add_argument("--own", action="store_true", help="rows.yaml in place of the independent sets")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--row", type=int)
    parser.add_argument("--quiet", action="store_true", help="rates only")
    options = parser.parse_args()
    model = str(options.model) if options.model else None
    sets = [(name, list(found)) for name, found in _chosen(options, model)]
    for name, found in sets:
        print(f"==== {name}")
        for line in report(found, options.quiet):
            print(line)
    if len(sets) > 1:
        print(f"==== {len(sets)} sets")
        for line in report([item for _, found in sets for item in found], quiet=True):
            print(line)


def _chosen(options: argparse.Namespace, model: str | None) -> Iterator[tuple[str, Iterator[Outcome]]]:
    """What was asked for, each with its name."""
    if options.own:
        yield "own", own_results(model, options.row)
        return
    for number in [options.set] if options.set else independent.SETS:
        yield f"set {number}", independent_results(model, number, options.row)


if __name__ == "__main__":
    main()
