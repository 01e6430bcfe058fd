"""What a rule file may say: rules, word lists and contexts, as plain values.

``loader.py`` reads them from YAML and checks them; ``finder.py`` applies them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["flag", "urgency"]
Strength = Literal["strong", "moderate", "weak"]
Scope = Literal["clause", "sentence", "text"]
Status = Literal["present", "denied", "past", "supposed", "asked"]

KINDS: tuple[Kind, ...] = ("flag", "urgency")
STRENGTHS: tuple[Strength, ...] = ("strong", "moderate", "weak")
SCOPES: tuple[Scope, ...] = ("clause", "sentence", "text")
STATUSES: tuple[Status, ...] = ("present", "denied", "past", "supposed", "asked")


@dataclass(frozen=True, slots=True)
class Shown:
    """What a hit is evidence for: a flag or an urgency, by its code."""

    kind: Kind
    label: str


@dataclass(frozen=True, slots=True)
class Need:
    """Words of which one must (or, as a ban, none may) stand in the scope of the trigger."""

    scope: Scope
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: literals that trigger it and what must hold around them.

    ``pattern`` is a regular expression (expanded word lists, bounded repeats only) searched in the trigger's ``scope``;
    its match must overlap the trigger and becomes the evidence. Without a pattern the trigger itself is the evidence.
    ``contexts`` are the names of the context classes that may turn the hit away from ``present``.
    """

    id: str
    shows: tuple[Shown, ...]
    triggers: tuple[str, ...]
    pattern: str | None
    scope: Scope
    requires: tuple[Need, ...]
    forbids: tuple[Need, ...]
    excepts: tuple[str, ...]
    contexts: tuple[str, ...]
    strength: Strength
    handoff: str | None


@dataclass(frozen=True, slots=True)
class Context:
    """A class of words that say that something is not so now: denied, past, supposed or merely asked about.

    A word of ``before`` counts when it ends at most ``reach`` code points before the trigger, one of ``after`` when it
    starts at most ``reach`` after the hit, one of ``inside`` when it lies within the hit, each within ``scope``.
    A word that is part of a literal of ``excepts`` does not count; a word of ``cancelled_by`` in the same
    ``cancel_scope`` voids the class. With ``longer_than`` the class holds by itself in a text of more code points:
    whoever tells at length, without a word of ``cancelled_by``, tells of what is over.
    """

    name: str
    status: Status
    scope: Scope
    reach: int
    before: tuple[str, ...]
    after: tuple[str, ...]
    inside: tuple[str, ...]
    excepts: tuple[str, ...]
    cancelled_by: tuple[str, ...]
    cancel_scope: Scope
    longer_than: int | None


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rules and contexts of one folder. ``contexts`` stand in order of precedence: the first that holds decides.

    ``reach`` bounds clause and sentence around a trigger (code points), so that text without marks stays cheap;
    ``limit`` is the number of present hits of one rule after which further ones are not looked at, ``tries`` the number
    of its triggers that are looked at in one text at all, so that a text made of triggers stays cheap too.
    """

    version: str
    clause_marks: str
    sentence_marks: str
    reach: int
    limit: int
    tries: int
    contexts: tuple[Context, ...]
    rules: tuple[Rule, ...]
