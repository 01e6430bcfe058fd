"""What a publisher's or annotator's label means in our scheme."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property

from appealnlp.schemes import shipped
from appealnlp_training.importers.formats import TextFormat, is_entity
from appealnlp_training.records import LABELS

EVIDENCE = "urgency_evidence"
NO_NAME = None
"""Meaning of a label that is known and stands for nothing of ours."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """``kind`` is "entity" (or an address component), "flag" or "evidence" (of urgency)."""

    kind: str
    label: str
    subtype: str | None = None

    @property
    def code(self) -> str:
        """The label as records hold it: ORG:gov."""
        return f"{self.label}:{self.subtype}" if self.subtype else self.label


class Unknown(LookupError):
    """A label that nobody has given a meaning; the message says which are known."""


class LabelMap:
    """The labels of a format, with those that the caller adds or changes (``extra``)."""

    def __init__(self, format: TextFormat, extra: Mapping[str, str | None] | None = None) -> None:
        self._fold, self._scheme = format.fold_case, format.scheme
        self._tags = {self._key(tag): target for tag, target in {**format.tags, **(extra or {})}.items()}

    def _key(self, tag: str) -> str:
        return tag.casefold() if self._fold else tag

    def __contains__(self, tag: str) -> bool:
        return self._key(tag) in self._tags or (self._scheme and _of_scheme(tag) is not None)

    def __getitem__(self, tag: str) -> Meaning | None:
        """The meaning; None where the label stands for nothing of ours. Raises Unknown."""
        key = self._key(tag)
        if key in self._tags:
            target = self._tags[key]
            return NO_NAME if target is None else _of_scheme(target) or Meaning("entity", target)
        meaning = _of_scheme(tag) if self._scheme else None
        if meaning is None:
            raise Unknown(f"known are {self.known}")
        return meaning

    @cached_property
    def known(self) -> str:
        """The labels, for an error."""
        own = [*shipped().entities, EVIDENCE, *shipped().flags] if self._scheme else []
        return ", ".join(dict.fromkeys([*self._tags, *own]))


@cache
def _of_scheme(label: str) -> Meaning | None:
    """An entity (ORG, ORG:gov, 机构), a flag (repeat, 重复反映) or evidence; None for anything else."""
    scheme = shipped()
    code = {entity.name: entity.code for entity in scheme.entities.values()}.get(label, label)
    if is_entity(code):
        head, _, subtype = code.partition(":")
        return Meaning("entity", head, subtype or None)
    code = {flag.name: flag.code for flag in scheme.flags.values()}.get(label, label)
    if code in scheme.flags:
        return Meaning("flag", code)
    return Meaning("evidence", EVIDENCE) if label == EVIDENCE else None


@cache
def _values(head: str) -> Mapping[str, str]:
    """Code of each code and name of a head."""
    scheme = shipped()
    if head == "topic":
        topics = scheme.topics
        return {path: path for path in map("/".join, [*topics.subfields, *topics.matters])}
    if head == "department":
        names = {name: unit.code for unit in scheme.departments.values() for name in unit.names()}
        return names | {code: code for code in scheme.departments}
    labels = {"type": scheme.types, "target": scheme.targets, "urgency": scheme.urgencies}[head]
    return {label.name: label.code for label in labels.values()} | {code: code for code in labels}


def chosen(head: str | None, value: str) -> dict[str, str]:
    """The fields of a record that a choice fills; a topic of three levels fills topic and topic3.

    ``value`` is a code or name, also as ``head:value`` (type:complaint).
    Raises Unknown where it fits no head, or several.
    """
    named, colon, rest = value.partition(":")
    if head is None and colon and named in LABELS:
        head, value = named, rest
    heads = [head] if head in LABELS else [name for name in LABELS if value in _values(name)]
    if len(heads) != 1:
        problem = f"it fits {' and '.join(heads)}" if heads else f"no value of {', '.join(LABELS)}"
        raise Unknown(f"{problem}; write head:value, for example type:complaint")
    if value not in _values(str(heads[0])):
        known = ", ".join(dict.fromkeys(_values(str(heads[0])).values()))
        raise Unknown(f"known values of {heads[0]} are {known[:300]}")
    return _fields(str(heads[0]), _values(str(heads[0]))[value])


def _fields(head: str, code: str) -> dict[str, str]:
    parts = code.split("/")
    if head == "topic" and len(parts) == 3:
        return {"topic": "/".join(parts[:2]), "topic3": parts[2]}
    return {head: code}
