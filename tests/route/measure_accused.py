"""Whether a unit that an appeal accuses ever gets it (信访工作条例 art. 30).

    python tests/route/measure_accused.py --data DIR [--model DIR] [--limit N] [--show N]

DIR is the shared data folder; all its appeals are read. Prints how many accuse somebody, how many name a unit, in how
many the accused would have led by the model alone, and in how many it leads or is listed after routing (must be 0).
Since the accused is who the policy takes for accused, it prints too in how many accusations nobody is withheld though
the lead itself is named in the text: those are to be read by a human (``--show`` prints ids).
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import appealnlp

if __package__:
    from route.measure_units import Spy, appeal, records
else:
    from measure_units import Spy, appeal, records

ACCUSATION = "accusation"


def read(folder: Path, limit: int | None) -> Iterator[dict[str, object]]:
    """The appeals of all files, so many of each."""
    for path in sorted((folder / "appeals").glob("*.jsonl")):
        for place, row in enumerate(records(path)):
            if limit is not None and place >= limit:
                break
            yield row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model")
    parser.add_argument("--limit", type=int, help="so many appeals of each file")
    parser.add_argument("--show", type=int, default=0, help="so many ids of accusations to be read")
    options = parser.parse_args()
    nlp = appealnlp.load(options.model)
    spy = nlp._router = Spy(nlp.scheme)
    counts: Counter[str] = Counter()
    doubtful: list[object] = []
    for row in read(options.data, options.limit):
        try:
            analysis = nlp(appeal(row))
        except appealnlp.InputError:
            counts["not read"] += 1
            continue
        withheld, lead = set(analysis.route.withheld_from), analysis.departments[0].code
        accuses = analysis.purpose == ACCUSATION
        counts["checked"] += 1
        counts["accuse an official or a public body"] += accuses
        counts["withheld from a unit that is named"] += bool(withheld)
        counts["the accused would have led by the model alone"] += spy.seen.units[0].code in withheld
        counts["the accused leads after routing"] += lead in withheld
        counts["the accused is listed after routing"] += any(u.code in withheld for u in analysis.departments)
        named = {code for _, _, code in spy.policy.words.read(spy.seen.text).units}
        if accuses and not withheld and lead in named:
            doubtful.append(row["id"])
    for name, count in counts.items():
        print(f"{name:50} {count:6}")
    print(f"{'to be read: nobody withheld, and the lead is named':50} {len(doubtful):6}")
    print(*doubtful[: options.show], sep="\n")
    sys.exit(bool(counts["the accused leads after routing"] or counts["the accused is listed after routing"]))


if __name__ == "__main__":
    main()
