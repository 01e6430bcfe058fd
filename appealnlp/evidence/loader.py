"""Reads a folder of rule files into a RuleBook and names file, line, value and remedy when one is wrong.

``book.yaml`` holds version, marks, contexts and profiles (named lists of contexts); ``words.yaml`` the shared word
lists; every other ``*.yaml`` rules with ``defaults``. ``<name>`` in a phrase or pattern stands for a word list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from appealnlp.evidence.reading import Keys, Reader, WordLists
from appealnlp.evidence.rule import (
    KINDS,
    SCOPES,
    STATUSES,
    STRENGTHS,
    Context,
    Need,
    Rule,
    RuleBook,
    Shown,
)
from appealnlp.schemes.files import Document

RULES = Path(__file__).with_name("rules")
_BOOK, _WORDS = "book.yaml", "words.yaml"
_RULE_FIELDS = frozenset(
    {"id", "kind", "label", "also", "triggers", "pattern", "scope", "requires", "forbids", "except", "contexts"}
    | {"strength", "handoff", "note"}
)


def load_rules(
    folder: Path = RULES, labels: Mapping[str, Iterable[str]] | None = None, *, trusted: bool = False
) -> RuleBook:
    """Read and check every rule file of ``folder``.

    ``labels`` maps a kind ("flag", "urgency") to the codes of the scheme; a rule for another code is then an error.
    ``trusted`` leaves out the compiling of every pattern, which takes most of the time: for the shipped rules.
    Raises SchemeError with file, line, value and remedy.
    """
    words = _WordLists(Document(folder / _WORDS)).read()
    book = _BookReader(Document(folder / _BOOK), words)
    contexts = book.contexts()
    allowed = {kind: frozenset(codes) for kind, codes in labels.items()} if labels else {}
    profiles = book.profiles(contexts)
    rules: dict[str, Rule] = {}
    for path in sorted(folder.glob("*.yaml")):
        if path.name not in (_BOOK, _WORDS):
            reader = _RuleReader(Document(path), words, profiles, allowed)
            reader.compiles = not trusted
            rules.update((rule.id, rule) for rule in reader.read(rules))
    return book.finish(contexts, tuple(rules.values()))


class _WordLists(Reader):
    """``words.yaml``: name -> list of words; a list may use the lists above it."""

    def __init__(self, document: Document) -> None:
        super().__init__(document, {})

    def read(self) -> WordLists:
        known: dict[str, tuple[str, ...]] = {}
        self.words = known
        for name, value in self.mapping(self.document.data, ()).items():
            known[name] = self.phrases(value, (name,))
        return known


class _BookReader(Reader):
    """``book.yaml``."""

    def __init__(self, document: Document, words: WordLists) -> None:
        super().__init__(document, words)
        self.data = self.mapping(document.data, ())

    def contexts(self) -> tuple[Context, ...]:
        """The context classes in order of precedence."""
        declared = self.mapping(self.data.get("contexts"), ("contexts",))
        return tuple(self._context(name, value) for name, value in declared.items())

    def _context(self, name: str, value: object) -> Context:
        at: Keys = ("contexts", name)
        given = self.mapping(value, at)
        lists = ("before", "after", "inside", "except", "cancelled_by")
        words = {key: self.phrases(given.get(key), (*at, key)) for key in lists}
        longer = given.get("longer_than")
        return Context(
            name=name,
            status=self.choice(given.get("status"), (*at, "status"), STATUSES),
            scope=self.choice(given.get("scope", "clause"), (*at, "scope"), SCOPES),
            reach=self.number(given.get("reach", 1), (*at, "reach")),
            before=words["before"],
            after=words["after"],
            inside=words["inside"],
            excepts=words["except"],
            cancelled_by=words["cancelled_by"],
            cancel_scope=self.choice(given.get("cancel_scope", "clause"), (*at, "cancel_scope"), SCOPES),
            longer_than=None if longer is None else self.number(longer, (*at, "longer_than")),
        )

    def profiles(self, contexts: tuple[Context, ...]) -> dict[str, tuple[str, ...]]:
        """Name -> context names; every context is also a profile of its own name."""
        known: dict[str, tuple[str, ...]] = {context.name: (context.name,) for context in contexts}
        for name, value in self.mapping(self.data.get("profiles"), ("profiles",)).items():
            members = self.phrases(value, ("profiles", name))
            for member in members:
                if member not in known:
                    remedy = f"use one of: {', '.join(known)}"
                    raise self.fail(("profiles", name), f"unknown context {member!r}", remedy)
            known[name] = tuple(part for member in members for part in known[member])
        return known

    def finish(self, contexts: tuple[Context, ...], rules: tuple[Rule, ...]) -> RuleBook:
        """The whole book."""
        return RuleBook(
            version=self.text(self.data.get("version"), ("version",)),
            clause_marks=self.text(self.data.get("clause_marks"), ("clause_marks",)),
            sentence_marks=self.text(self.data.get("sentence_marks"), ("sentence_marks",)),
            reach=self.number(self.data.get("reach"), ("reach",)),
            limit=self.number(self.data.get("limit"), ("limit",)),
            tries=self.number(self.data.get("tries"), ("tries",)),
            contexts=contexts,
            rules=rules,
        )


class _RuleReader(Reader):
    """One file of rules."""

    def __init__(
        self,
        document: Document,
        words: WordLists,
        profiles: Mapping[str, tuple[str, ...]],
        labels: Mapping[str, frozenset[str]],
    ) -> None:
        super().__init__(document, words)
        self.profiles, self.labels = profiles, labels

    def read(self, known: Mapping[str, Rule]) -> list[Rule]:
        """The rules of the file; ``known`` are those of other files, whose ids are taken."""
        data = self.mapping(self.document.data, ())
        defaults = self.mapping(data.get("defaults", {}), ("defaults",))
        listed = data.get("rules")
        if not isinstance(listed, list):
            raise self.fail(("rules",), f"expected a list of rules, found {listed!r}", "write `rules:` and `- id: ...`")
        rules: list[Rule] = []
        taken = set(known)
        for place, item in enumerate(listed):
            rule = self._rule({**defaults, **self.mapping(item, ("rules", place))}, ("rules", place))
            if rule.id in taken:
                raise self.fail(("rules", place, "id"), f"rule {rule.id!r} stands twice", "give it an id of its own")
            taken.add(rule.id)
            rules.append(rule)
        return rules

    def _rule(self, given: Mapping[str, Any], at: Keys) -> Rule:
        for field in given:
            if field not in _RULE_FIELDS:
                raise self.fail((*at, field), f"unknown field {field!r}", f"use: {', '.join(sorted(_RULE_FIELDS))}")
        triggers = self.phrases(given.get("triggers"), (*at, "triggers"))
        if not triggers:
            raise self.fail((*at, "triggers"), "no trigger phrase", "name at least one literal that every hit holds")
        handoff = given.get("handoff")
        return Rule(
            id=self.text(given.get("id"), (*at, "id")),
            shows=self._shows(given, at),
            triggers=triggers,
            pattern=self.regex(given.get("pattern"), (*at, "pattern")),
            scope=self.choice(given.get("scope", "clause"), (*at, "scope"), SCOPES),
            requires=self._needs(given.get("requires"), (*at, "requires")),
            forbids=self._needs(given.get("forbids"), (*at, "forbids")),
            excepts=self.phrases(given.get("except"), (*at, "except")),
            contexts=self._contexts(given.get("contexts"), (*at, "contexts")),
            strength=self.choice(given.get("strength", "strong"), (*at, "strength"), STRENGTHS),
            handoff=None if handoff is None else self.text(handoff, (*at, "handoff")),
        )

    def _shows(self, given: Mapping[str, Any], at: Keys) -> tuple[Shown, ...]:
        also = given.get("also") or []
        if not isinstance(also, list):
            raise self.fail((*at, "also"), f"expected a list, found {also!r}", "write [{kind: ..., label: ...}]")
        listed = [(given, at)] + [
            (self.mapping(item, (*at, "also", place)), (*at, "also", place)) for place, item in enumerate(also)
        ]
        return tuple(self._shown(item, where) for item, where in listed)

    def _shown(self, given: Mapping[str, Any], at: Keys) -> Shown:
        kind = self.choice(given.get("kind"), (*at, "kind"), KINDS)
        label = self.text(given.get("label"), (*at, "label"))
        allowed = self.labels.get(kind)
        if allowed is not None and label not in allowed:
            raise self.fail((*at, "label"), f"unknown {kind} {label!r}", f"use one of: {', '.join(sorted(allowed))}")
        return Shown(kind, label)

    def _needs(self, value: object, at: Keys) -> tuple[Need, ...]:
        if value is None:
            return ()
        return tuple(
            Need(self.choice(scope, (*at, scope), SCOPES), self.phrases(words, (*at, scope)))
            for scope, words in self.mapping(value, at).items()
        )

    def _contexts(self, value: object, at: Keys) -> tuple[str, ...]:
        if value is None:
            return ()
        name = self.text(value, at)
        if name not in self.profiles:
            raise self.fail(at, f"unknown contexts {name!r}", f"use one of: {', '.join(self.profiles)}")
        return self.profiles[name]
