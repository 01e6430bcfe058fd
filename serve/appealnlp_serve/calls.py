"""A call as it grows: what is shown of each analysis, so that answers do not flap and danger is told at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from appealnlp import Analysis

HEADS = ("type", "target", "topic", "department", "urgency")
_LEAD = 0.15
"""A new label is shown at once when it leads the shown one by this much."""
_TIMES = 2
"""Else when it has won over so many growths of the words."""


class Steady:
    """One shown label a head. Without new words nothing changes; a graver urgency is always shown at once."""

    def __init__(self, ranks: Mapping[str, int]) -> None:
        self._ranks = ranks
        self.shown: dict[str, str] = {}
        self._rival: dict[str, tuple[str, int]] = {}

    def settle(self, found: Mapping[str, str], scores: Mapping[str, Mapping[str, float]]) -> list[str]:
        """Take the labels of one analysis; the heads whose shown label changed."""
        return [head for head, label in found.items() if self._changes(head, label, scores.get(head, {}))]

    def _changes(self, head: str, label: str, scores: Mapping[str, float]) -> bool:
        shown = self.shown.get(head)
        if label == shown:
            self._rival.pop(head, None)
            return False
        if shown is not None and not self._convinces(head, label, shown, scores):
            return False
        self.shown[head] = label
        self._rival.pop(head, None)
        return True

    def _convinces(self, head: str, label: str, shown: str, scores: Mapping[str, float]) -> bool:
        if head == "urgency" and self._ranks[label] > self._ranks[shown]:
            return True
        rival, times = self._rival.get(head, ("", 0))
        self._rival[head] = (label, times + 1 if rival == label else 1)
        leads = head != "urgency" and scores.get(label, 0) - scores.get(shown, 0) >= _LEAD
        return leads or self._rival[head][1] >= _TIMES


class Call:
    """The state of one call. Give it analyses of the growing words; it says what to send."""

    def __init__(self, ranks: Mapping[str, int]) -> None:
        """``ranks`` are those of the urgencies: the greatest is the gravest."""
        self._gravest = max(ranks, key=lambda code: ranks[code])
        self._steady = Steady(ranks)
        self._told: set[str] = set()
        self._count = 0

    def events(self, analysis: Analysis) -> list[dict[str, Any]]:
        """The hand-off first, where there is a new one; then the update."""
        labels = {
            "type": analysis.type.label, "target": analysis.target.label, "topic": "/".join(analysis.topic.path[:2]),
            "department": analysis.department.code, "urgency": analysis.urgency.label,
        }  # fmt: skip
        changed = self._steady.settle(labels, analysis.scores)
        handoff = self._handoff(analysis)
        self._count += 1
        update = {
            "type": "update", "seq": self._count, "length": len(analysis.content), "changed": changed,
            "shown": {head: self._shown(head, labels, analysis) for head in HEADS}, **_parts(analysis),
        }  # fmt: skip
        return [*([handoff] if handoff else []), update]

    def _shown(self, head: str, labels: Mapping[str, str], analysis: Analysis) -> dict[str, Any]:
        label = self._steady.shown[head]
        if label != labels[head]:
            return {"label": label, "confidence": analysis.scores.get(head, {}).get(label)}
        found = analysis.department if head == "department" else getattr(analysis, head)
        return {"label": label, "confidence": found.confidence}

    def _handoff(self, analysis: Analysis) -> dict[str, Any] | None:
        """A hand-off for signs that were not told yet; each number and each rule is told once a call.

        A number for which no rule found words goes by the lead unit, which wavers while the words grow: after a first
        hand-off it is not told.
        """
        ruled = [item for item in analysis.urgency.evidence if item.rule != "model"]
        critical = analysis.urgency.label == self._gravest and bool(ruled)
        if not critical and not analysis.route.handoff:
            return None
        signs = {*analysis.route.handoff, *(item.rule for item in ruled if critical)}
        if signs <= self._told or (self._told and not ruled):
            return None
        self._told |= signs
        evidence = [item.to_dict() for item in ruled or analysis.urgency.evidence]
        return {"type": "handoff", "numbers": list(analysis.route.handoff), "evidence": evidence}


def _parts(analysis: Analysis) -> dict[str, Any]:
    """What an update shows besides the labels, in the form of the analysis."""
    whole = analysis.to_dict()
    route = {name: whole["route"][name] for name in ("status", "handoff", "deadlines")}
    return {
        "evidence": whole["urgency"]["evidence"], "flags": whole["flags"], "entities": whole["entities"],
        "departments": whole["departments"], "route": route, "review": whole["review"],
    }  # fmt: skip
