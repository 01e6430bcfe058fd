"""Precision, recall and F1 of the evidence rules on records with an origin, and what they make of pairs.

    python tests/evidence/measure_records.py --records FILE --origin read [--half read|held|all] [--misses LABEL]
    python tests/evidence/measure_records.py --pairs FILE [--half ...] [--misses critical]

Records are halved by group as in measure.py. A pair is a critical appeal and its twin, where the same danger is denied,
past, supposed or merely asked about; even pairs may be read, odd ones are held out.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from measure import Row, Tally, content, found_labels, gold_labels, is_held, load, predicted, show

from appealnlp.evidence import load_finder


def pair_is_held(row: Row) -> bool:
    return int(row["pair"]) % 2 == 1


def flags_of(row: Row) -> Row:
    return {**row, "flags": row.get("flags") or {}}


def report_records(rows: list[Row]) -> None:
    tally = Tally()
    for row in rows:
        tally.add(gold_labels(row), predicted(row))
    print(f"{'label':20} {'gold':>5} {'prec':>6} {'recall':>6} {'F1':>6}   ({len(rows)} appeals)")
    labels = sorted(set(tally.hit) | set(tally.extra) | set(tally.missed))
    for label in labels:
        print(tally.line(label, [label]))
    print(tally.line("FLAGS micro", [label for label in labels if label not in ("urgent", "critical")]))


def report_pairs(rows: list[Row]) -> None:
    found = [row for row in rows if row["urgency"] == "critical"]
    left = [row for row in rows if row["urgency"] != "critical"]
    caught = sum("critical" in predicted(row) for row in found)
    quiet = sum("critical" not in predicted(row) for row in left)
    warned = sum("urgent" in predicted(row) for row in found)
    print(
        f"criticals found {caught} of {len(found)} ({warned} at least urgent); twins left alone {quiet} of {len(left)}"
    )
    hinted, hinted_twins = sum(map(is_hinted, found)), sum(map(is_hinted, left))
    print(f"a weak critical rule holds: criticals {hinted} of {len(found)}, twins {hinted_twins} of {len(left)}")


def is_hinted(row: Row) -> bool:
    hits = load_finder().find(content(row))
    return any(hit.status == "present" and hit.strength == "weak" and hit.rule.startswith("critical.") for hit in hits)


def show_pairs(rows: list[Row]) -> None:
    for row in rows:
        text = content(row)
        hits = found_labels(text).get("critical", [])
        if row["urgency"] == "critical" and not hits:
            print(f"\nMISSED {row['id']} {row.get('urgency_evidence')}\n   {text}")
        elif hits and row["urgency"] != "critical":
            where = "; ".join(f"{hit.rule}[{text[max(0, hit.start - 18) : hit.end + 18]}]" for hit in hits)
            print(f"\nEXTRA {row['id']} ({row.get('twin')}) {where}\n   {text}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--records", type=Path, help="a file of records (jsonl)")
    source.add_argument("--pairs", type=Path, help="a file of pairs (jsonl)")
    parser.add_argument("--origin", action="append", default=[], help="only records of this origin; may be repeated")
    parser.add_argument("--half", choices=["read", "held", "all"], default="all")
    parser.add_argument("--misses", metavar="LABEL", help="print misses and false hits of the half that may be read")
    options = parser.parse_args()
    rows = [flags_of(row) for row in load(options.records or options.pairs, options.origin)]
    held = pair_is_held if options.pairs else is_held
    if options.pairs:
        rows = [row for row in rows if "pair" in row]
    if options.misses and options.pairs:
        show_pairs([row for row in rows if not held(row)])
    elif options.misses:
        show(rows, options.misses, lambda row: not held(row))
    else:
        for name in ("read", "held") if options.half == "all" else (options.half,):
            print(f"\n== half: {name}")
            (report_pairs if options.pairs else report_records)([row for row in rows if held(row) == (name == "held")])


if __name__ == "__main__":
    main()
