"""From probabilities and rule evidence to answers: type, target, topic, urgency, flags, ranked units, review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from appealnlp.analysis import Decision, Unit
from appealnlp.classify.store import Decisions
from appealnlp.evidence import Evidence
from appealnlp.schemes import Scheme

Scores = Mapping[str, Mapping[str, float]]
"""Probability of every class of every head."""

LISTED = 5
"""Most units that are listed."""
_LEAST = 0.02
_TINY = 1e-6
_SHOWN = 0.9
"""How sure a level is that rules decide: no less where they show it, no more where they rule out a graver one."""


def best(scores: Mapping[str, float]) -> Decision:
    """The most probable class."""
    label = max(scores, key=scores.__getitem__)
    return Decision(label, round(scores[label], 4))


def _beside(ruled_out: float, label: str, chance: float) -> Decision:
    """``label``, as sure as ``chance`` is in what the levels that rules have ruled out leave."""
    if not ruled_out:
        return Decision(label, round(chance, 4))
    return Decision(label, round(min(chance / max(1.0 - ruled_out, _TINY), _SHOWN), 4))


@dataclass(frozen=True)
class Decider:
    """Turns probabilities into answers with the thresholds of a model; a city's scheme says what the labels are."""

    scheme: Scheme
    decisions: Decisions

    @cached_property
    def _graver_first(self) -> tuple[str, ...]:
        return tuple(sorted(self.scheme.urgencies, key=lambda code: -self.scheme.urgencies[code].rank))

    def type(self, scores: Mapping[str, float], length: int = 0, gravest: bool = False) -> Decision:
        """The act; "no appeal" only where the model is as sure of it as its threshold asks, or by sheer length.

        Where somebody must be called at once (``gravest``) the model alone does not say so: nobody would be called.
        """
        by_length = self.scheme.type_of_length(length)
        if by_length is not None:
            return Decision(by_length, 1.0)
        label = best(scores)
        sure = label.confidence >= self.decisions.no_appeal and not gravest
        if label.label not in self.scheme.no_appeal or sure:
            return label
        return best({code: chance for code, chance in scores.items() if code not in self.scheme.no_appeal})

    def urgency(
        self, scores: Mapping[str, float], evidence: Sequence[Evidence], other: Mapping[str, float] | None = None
    ) -> Decision:
        """The level: what rules show counts where a missed danger costs most, else the model's threshold decides.

        The gravest level is given when a rule shows it in words (a moderate rule needs the model's support); any level,
        when its probability, that of the graver ones added, reaches its threshold; otherwise the likelier of the
        milder levels. A level whose every sign is denied, past, supposed or asked about is not given by the model
        alone; what the model gave that level is left out of the confidence in the one that is given. ``other`` are the
        probabilities of another tier: a moderate rule is supported where either finds danger.
        """
        hits = [item for item in evidence if item.kind == "urgency"]
        alone = {item.label for item in hits if item.decides_alone}
        shown = {item.label for item in hits if item.decides}
        present = {item.label for item in hits if item.status == "present"}
        absent = {item.label for item in hits} - present
        together = ruled_out = 0.0
        for code in self._graver_first:
            chance = scores.get(code, 0.0)
            together += chance
            supported = max(together, (other or {}).get(code, 0.0)) >= self.decisions.support
            if code == self.scheme.gravest and (code in alone or (code in shown and supported)):
                return Decision(code, round(max(together, _SHOWN), 4))
            if together >= self.decisions.urgency.get(code, 1.1):
                if not (code in absent and not present):
                    return _beside(ruled_out, code, together - ruled_out)
                ruled_out += chance
        mild = {code: scores.get(code, 0.0) for code in self._graver_first if code not in self.decisions.urgency}
        label = max(mild, key=mild.__getitem__)
        return _beside(ruled_out, label, mild[label])

    def flags(self, scores: Mapping[str, float], evidence: Sequence[Evidence], count: int | None = None) -> list[str]:
        """The flags that hold, in scheme order: by the model's threshold, or by a rule where rules alone do best.

        ``count`` is the number of people or households that the text states: a flag that asks for more does not hold,
        unless a rule shows it in words (we two sign for all owners).
        """
        shown = {item.label for item in evidence if item.kind == "flag" and item.decides_alone}
        ruled = {item.label for item in evidence if item.kind == "flag" and item.decides} & self.decisions.flags_by_rule
        return [
            code
            for code, label in self.scheme.flags.items()
            if (code in ruled or scores.get(code, 0.0) >= self.decisions.flags.get(code, 0.5))
            and (count is None or count >= label.headcount_from or code in shown)
        ]

    def units(self, scores: Mapping[str, float], fits: bool) -> tuple[Unit, ...]:
        """Ranked units: the lead and the options a dispatcher may defend; where no appeal is, the fallback alone."""
        departments = self.scheme.departments
        if not fits:
            code = self.scheme.fallback
            return (Unit(code, departments[code].name, "lead", round(scores.get(code, 0.0), 4)),)
        ranked = sorted(scores, key=scores.__getitem__, reverse=True)[:LISTED]
        kept = [code for place, code in enumerate(ranked) if place == 0 or scores[code] >= _LEAST]
        return tuple(
            [
                Unit(code, departments[code].name, "option" if place else "lead", round(scores[code], 4))
                for place, code in enumerate(kept)
            ]
        )

    def department_set(self, scores: Mapping[str, float]) -> list[str]:
        """The units that together hold the right one at the coverage that the model was calibrated for."""
        chosen: list[str] = []
        mass = 0.0
        for code in sorted(scores, key=scores.__getitem__, reverse=True):
            chosen.append(code)
            mass += scores[code]
            if mass >= self.decisions.department_set:
                break
        return chosen

    def doubts(self, decided: Mapping[str, float], precision: float | None = None) -> list[str]:
        """Heads whose confidence is under what the precision asks for; the model's own one where none is given.

        Raises ValueError for a precision that the model has no thresholds for.
        """
        wanted = self.decisions.review if precision is None else self.decisions.review_at(precision)
        return [head for head, least in wanted.items() if decided.get(head, 1.0) < least]
