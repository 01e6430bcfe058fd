"""Reads the responsible unit out of an authority's reply, by the names and aliases of the scheme.

    python -m appealnlp_training.replies --shared ../shared --corpora corpora

prints how often the unit so read is the one that a reader chose as lead (or as defensible) on appeals that were read.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from ahocorasick_rs import AhoCorasick, MatchKind

from appealnlp.schemes import shipped
from appealnlp_training.corpus import published, read_labels
from appealnlp_training.records import Record

_WINDOW = 260
"""A reply names who answers at its head: so many code points are read."""
_TOO_BROAD = frozenset({"local_government", "petition_bureau", "party_personnel", "other"})
"""Units that pass matters on: their name in a reply says little about whose duty it is."""
_ANSWERS = re.compile("[^，。；\n]{0,12}(?:调查|核实|回复|答复|核查|了解|反馈|处理|经查)")
_PASSED_ON = re.compile("(?:建议|可|请)[^，。；\n]{0,8}$|(?:请|向|拨打|咨询)$")


@cache
def _names() -> tuple[AhoCorasick, tuple[str, ...]]:
    pairs = [(name, unit.code) for unit in shipped().departments.values() for name in unit.names() if len(name) > 2]
    return AhoCorasick([name for name, _ in pairs], matchkind=MatchKind.LeftmostLongest), tuple(
        code for _, code in pairs
    )


def unit_in_reply(reply: str) -> str | None:
    """Code of the unit that answers, or None where none or several are named alike."""
    head = reply[:_WINDOW]
    automaton, codes = _names()
    answering: dict[str, int] = {}
    for number, start, end in automaton.find_matches_as_indexes(head):
        code = codes[number]
        if code in _TOO_BROAD or _PASSED_ON.search(head[max(0, start - 12) : start]):
            continue
        answering[code] = answering.get(code, 0) + (2 if _ANSWERS.match(head, end) else 1)
    if not answering:
        return None
    ranked = sorted(answering.items(), key=lambda item: -item[1])
    return ranked[0][0] if len(ranked) == 1 or ranked[0][1] > ranked[1][1] else None


def precision(records: Iterable[Record], replies: dict[str, str]) -> tuple[int, int, int]:
    """(units read, of them the lead that a reader chose, of them defensible)."""
    count = lead = defensible = 0
    for record in records:
        unit = unit_in_reply(replies.get(record.id, ""))
        if unit is not None:
            count += 1
            lead += unit == record.department
            defensible += unit in (record.department, *record.department_also)
    return count, lead, defensible


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--corpora", type=Path, default=Path("corpora"))
    options = parser.parse_args()
    replies = {key: row["reply"] for key, row in published(options.shared).items() if row.get("reply")}
    records = read_labels(options.corpora / "labels" / "appeals.jsonl", options.shared)
    count, lead, defensible = precision(records, replies)
    print(f"{count} units read from replies: {lead / count:.3f} are the lead, {defensible / count:.3f} defensible")


if __name__ == "__main__":
    main()
