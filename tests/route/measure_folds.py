"""What each step of routing does to the lead, on appeals that the model was not fitted on.

    python tests/route/measure_folds.py --data runs/data/train.jsonl --folds runs/linear.npz [--every 4] [--model DIR]

``--folds`` holds the scores of each appeal by a model that left its group out, as appealnlp_training.linear writes
them. The strength of the topic-to-duty table is chosen here, never on gold/dev. Prints for each weight how many leads
are right by the model alone and after routing, and how many the table mends and spoils.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import appealnlp
from appealnlp.classify.tiers import Judgement, Tiers
from appealnlp.route import Facts, Router
from appealnlp.route.policy import Policy
from appealnlp_training.records import Record, read_records

if __package__:
    from route.measure_units import Spy
else:
    from measure_units import Spy

WEIGHTS = (0.0, 0.05, 0.12, 0.2, 0.3, 0.4, 0.5, 0.6)


class Folds(Tiers):
    """Judges by the scores of the fold that left an appeal out."""

    row: int

    def keep(self, path: Path) -> Mapping[str, int]:
        """Take the scores of a file; gives the place of each appeal."""
        with np.load(path, allow_pickle=False) as stored:
            self.kept = {name: stored[name] for name in stored.files}
        return {str(name): place for place, name in enumerate(self.kept["ids"])}

    def judge(self, reading: Any, text: str) -> Judgement:
        """As ever, but with the scores of the fold where it has any."""
        judged = super().judge(reading, text)
        scores = dict(judged.scores)
        for head in self._stored.linear.heads:
            if head.name in self.kept:
                shares = head.probabilities(self.kept[head.name][self.row])
                scores[head.name] = dict(zip(head.classes, shares.tolist(), strict=True))
        return replace(judged, scores=scores)


def weighed(policy: Policy, weight: float) -> Policy:
    """The policy with another strength of its duty table."""
    rows = tuple(replace(row, gives={**row.gives, "weight": weight}) for row in policy.rows["duties"])
    return replace(policy, rows={**policy.rows, "duties": rows})


def facts_of(records: Sequence[Record], folds: Path, model: str | None) -> list[tuple[Record, Facts]]:
    """What routing is asked for the records that the folds hold."""
    nlp = appealnlp.load(model, tier="linear")
    nlp._tiers = tiers = Folds(nlp.stored, nlp.scheme, "linear")
    nlp._router = spy = Spy(nlp.scheme)
    places, found = tiers.keep(folds), []
    for record in records:
        if record.id in places:
            tiers.row = places[record.id]
            nlp(appealnlp.Appeal(record.text or record.title, record.title if record.text else None))
            found.append((record, spy.seen))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--folds", type=Path, required=True)
    parser.add_argument("--model")
    parser.add_argument("--every", type=int, default=1, help="of the labels of corpora/, each so many-th appeal")
    options = parser.parse_args()
    labelled = [record for record in read_records(options.data) if record.is_labelled and record.origin != "own"]
    gold = [record for record in labelled if record.origin == "gold"]
    others = [record for record in labelled if record.origin != "gold"][:: options.every]
    found = facts_of(gold + others, options.folds, options.model)
    policy = Router(appealnlp.schemes.shipped()).policy
    alone = [facts.units[0].code for _, facts in found]
    right = sum(lead == record.department for lead, (record, _) in zip(alone, found, strict=True))
    print(f"{len(found)} appeals, lead of the model alone right in {right}")
    for weight in WEIGHTS:
        router = Router(appealnlp.schemes.shipped(), weighed(policy, weight))
        leads = [router.answer(facts).departments[0].code for _, facts in found]
        triples = [(r.department, a, b) for (r, _), a, b in zip(found, alone, leads, strict=True)]
        mended, spoilt = (sum(a != b and want == x for want, a, b in triples for x in [pick(a, b)]) for pick in PICKS)
        print(f"weight {weight:4.2f}: right {right + mended - spoilt}, mended {mended}, spoilt {spoilt}")
    rules = Router(appealnlp.schemes.shipped(), replace(weighed(policy, 0.0), rows={**policy.rows, "duties": ()}))
    for record, facts in found:
        lead = rules.answer(facts).departments[0].code
        if lead != facts.units[0].code and record.department == facts.units[0].code:
            print(f"  spoilt by a rule: {record.id} {record.department} -> {lead}")


PICKS = (lambda a, b: b, lambda a, b: a)

if __name__ == "__main__":
    main()
