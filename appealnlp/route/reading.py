"""Reads the parts of a policy file and names file, line, value and remedy when one is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from appealnlp.errors import InputError
from appealnlp.route.condition import NUMBERS, Condition, Row, Season
from appealnlp.route.deadline import read_limit
from appealnlp.route.policy import UNIT_SECTIONS, LedgerColumn, LedgerForm, NoticeForms
from appealnlp.route.units import Directory
from appealnlp.route.words import WordIndex
from appealnlp.schemes import Scheme
from appealnlp.schemes.files import Document

Keys = tuple[str | int, ...]
_SEASON = re.compile(r"([01][0-9])-([0-3][0-9])\.\.([01][0-9])-([0-3][0-9])")
_REFERENCE = re.compile(r"<([a-z_]+)>")
_OWN = ("scale", "signals", "legal_path", "sub_platform", "mediation", "not_accepted", "category")
_FIXED = ("level", "gravity", "purpose")
"""Sections whose values are declared elsewhere: by the policy (levels:, gravities:) or by the scheme."""
_PLACES = ("none", "one", "two", "unknown")
_LEDGER = ("serial", "number", "received_at", "blank")
_ROW = frozenset({"id", "name", "when", "because"})
_EXTRA: Mapping[str, frozenset[str]] = {
    "deadlines": frozenset({"within", "after", "extension", "by_urgency", "basis"}),
    "duties": frozenset({"weight"}),
    "hints": frozenset({"text"}),
    "mediation": frozenset({"kind"}),
}


class Reader:
    """Reads conditions and rows of one document; ``lists`` are the word lists, ``known`` the values of each field."""

    def __init__(
        self, scheme: Scheme, directory: Directory, index: WordIndex, lists: Mapping[str, tuple[str, ...]],
        orders: Mapping[str, frozenset[str]],
    ) -> None:  # fmt: skip
        self.scheme, self.directory, self.index, self.lists = scheme, directory, index, lists
        self.known: dict[str, frozenset[str]] = {
            "type": frozenset(scheme.types), "target": frozenset(scheme.targets),
            "urgency": frozenset(scheme.urgencies), "flags": frozenset(scheme.flags),
            "purpose": frozenset(row.code for row in scheme.purposes),
            "ledger": frozenset(row.code for row in scheme.ledgers), "unit": frozenset(directory.units),
            "option": frozenset(directory.units),
            "unit_kind": frozenset(unit.kind for unit in directory), "place": frozenset(_PLACES),
            "soon": frozenset({"date"}), "counted": frozenset({"family"}), **orders,
        }  # fmt: skip

    def condition(self, doc: Document, value: object, keys: Keys) -> Condition:
        """The condition at ``keys``; an empty one always holds."""
        if value is None:
            return Condition()
        needs: list[frozenset[str]] = []
        bars: set[str] = set()
        least: list[tuple[str, float]] = []
        season: Season | None = None
        either: tuple[Condition, ...] = ()
        for key, given in mapping(doc, value, keys).items():
            at = (*keys, key)
            if key == "season":
                season = _season(doc, given, at)
            elif key == "any":
                parts = given if isinstance(given, list) else [given]
                either = tuple(self.condition(doc, part, (*at, i)) for i, part in enumerate(parts))
            elif key.endswith("_from") and key.removesuffix("_from") in NUMBERS:
                least.append((key.removesuffix("_from"), number(doc, given, at)))
            elif key.startswith("not_") and key not in self.known:
                bars |= self._tags(doc, key.removeprefix("not_"), given, at)
            else:
                needs.append(frozenset(self._tags(doc, key, given, at)))
        needs.sort(key=lambda need: not any(tag.startswith("words=") for tag in need))  # the rarest first
        return Condition(tuple(needs), frozenset(bars), tuple(least), season, either)

    def _tags(self, doc: Document, field: str, value: object, keys: Keys) -> set[str]:
        values = texts(doc, value, keys)
        if field in ("words", "words_also"):
            return {self.index.tag(self.expand(doc, values, keys))}
        if field == "topic":
            return {self._topic(doc, item, keys) for item in values}
        if field == "area":
            return {f"area={item}" for item in values}
        if field not in self.known:
            remedy = f"use one of {', '.join([*self.known, 'topic', 'words'])}"
            raise doc.error(keys, f"unknown field {field!r}", remedy)
        for item in values:
            if item not in self.known[field]:
                remedy = f"use one of {', '.join(sorted(self.known[field])[:60])}"
                raise doc.error(keys, f"unknown {field} {item!r}", remedy)
        return {f"{field}={item}" for item in values}

    def _topic(self, doc: Document, path: str, keys: Keys) -> str:
        if tuple(path.split("/")) not in self.scheme.topics:
            raise doc.error(keys, f"unknown topic {path!r}", "use a path of topics.yaml, its levels joined by /")
        return f"topic={path}"

    def expand(self, doc: Document, words: Iterable[str], keys: Keys) -> tuple[str, ...]:
        """The words, each ``<name>`` replaced by the words of that list."""
        out: list[str] = []
        for word in words:
            found = _REFERENCE.fullmatch(word)
            if found is None:
                out.append(word)
            elif found[1] in self.lists:
                out += self.lists[found[1]]
            else:
                raise doc.error(keys, f"unknown word list {word}", f"add {found[1]} under words:, or mend the name")
        return tuple(dict.fromkeys(out))

    def rows(self, doc: Document, section: str, key: str) -> tuple[Row, ...]:
        """The rows of a section; what they give is then known to the conditions of the sections that follow."""
        value = doc.data.get(key)
        if not isinstance(value, list):
            raise doc.error((key,), f"must be a list of rows, found {value!r}", "write - {id: ..., when: {...}}")
        return tuple(self._row(doc, section, (key, place), row) for place, row in enumerate(value))

    def note(self, section: str, codes: Iterable[str]) -> None:
        """Let conditions ask for what this section gives."""
        if section in _OWN:
            self.known[section] = frozenset(codes)

    def _row(self, doc: Document, section: str, keys: Keys, value: object) -> Row:
        row = mapping(doc, value, keys)
        extra = _EXTRA.get(section, frozenset())
        for key in row:
            if key not in _ROW | extra:
                raise doc.error((*keys, key), f"unknown key {key!r}", f"use one of {', '.join(sorted(_ROW | extra))}")
        code = text(doc, row.get("id"), (*keys, "id"))
        if section in UNIT_SECTIONS and code not in self.directory:
            raise doc.error((*keys, "id"), f"unknown unit {code!r}", "use a code of departments.yaml or of units:")
        name = self.directory[code].name if section in UNIT_SECTIONS else code
        self._check(doc, section, keys, row)
        when = self.condition(doc, row.get("when"), (*keys, "when"))
        given = {key: row[key] for key in extra if key in row}
        because = str(row.get("because", ""))
        return Row(code, str(row.get("name", name)), when, because, str(doc.path), keys, given, when.gate, when.mute)

    def _check(self, doc: Document, section: str, keys: Keys, row: Mapping[str, Any]) -> None:
        if section in _FIXED and row["id"] not in self.known[section]:
            remedy = f"use one of {', '.join(sorted(self.known[section]))}"
            raise doc.error((*keys, "id"), f"unknown {section} {row['id']!r}", remedy)
        for key in ("name", "because", "text", "kind", "after", "basis"):
            if key in row:
                text(doc, row[key], (*keys, key))
        if "weight" in row:
            number(doc, row["weight"], (*keys, "weight"))
        if section == "hints":
            text(doc, row.get("text"), (*keys, "text"))
        if section == "deadlines":
            if row.get("by_urgency") is not True:
                limit(doc, row.get("within"), (*keys, "within"))
            if "extension" in row:
                limit(doc, row["extension"], (*keys, "extension"))


def limit(doc: Document, value: object, keys: Keys) -> str:
    """A time limit."""
    try:
        read_limit(text(doc, value, keys))
    except InputError as error:
        raise doc.error(keys, str(error).split(";")[0], "write '2 hours', '15 days' or '5 working days'") from None
    return str(value)


def mapping(doc: Document, value: object, keys: Keys) -> dict[str, Any]:
    """A mapping with names as keys."""
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise doc.error(keys, f"must be a mapping of names, found {value!r}", "write {name: value}")
    return value


def text(doc: Document, value: object, keys: Keys) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value:
        raise doc.error(keys, f"must be text, found {value!r}", "write a text, in quotes where it looks like a number")
    return value


def texts(doc: Document, value: object, keys: Keys) -> list[str]:
    """A list of texts that is not empty."""
    if not isinstance(value, list) or not value or not all(isinstance(item, str) and item for item in value):
        raise doc.error(keys, f"must be a list of texts, found {value!r}", "write [one, two]")
    return value


def number(doc: Document, value: object, keys: Keys) -> float:
    """A number from 0."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise doc.error(keys, f"must be a number from 0, found {value!r}", "write digits")
    return float(value)


def _season(doc: Document, value: object, keys: Keys) -> Season:
    found = _SEASON.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise doc.error(keys, f"no season {value!r}", "write '11-15..03-15' (month-day)")
    first, last = (int(found[1]), int(found[2])), (int(found[3]), int(found[4]))
    if not all(1 <= month <= 12 and 1 <= day <= 31 for month, day in (first, last)):
        raise doc.error(keys, f"no season {value!r}", "months are 01 to 12, days 01 to 31")
    return Season(first, last)


def read_ledger(doc: Document, block: Mapping[str, Any]) -> LedgerForm:
    """The columns of the ledgers, each ``[heading, value, width]``."""
    from appealnlp.route.ledger import VALUES

    listed = block.get("columns")
    if not isinstance(listed, list) or not listed:
        raise doc.error(("ledger", "columns"), f"must be a list, found {listed!r}", "write [[序号, serial, 6], ...]")
    columns: list[LedgerColumn] = []
    for place, item in enumerate(listed):
        at: Keys = ("ledger", "columns", place)
        if not isinstance(item, list) or len(item) != 3:
            raise doc.error(at, f"no column {item!r}", "write [序号, serial, 6]")
        value = text(doc, item[1], at)
        if value not in _LEDGER and value not in VALUES and not value.startswith("step:"):
            known = ", ".join(sorted({*_LEDGER, *VALUES}))
            raise doc.error(at, f"unknown value {value!r}", f"use one of {known}, step:NAME")
        columns.append(LedgerColumn(text(doc, item[0], at), value, number(doc, item[2], at)))
    others, rejects = (text(doc, block.get(key), ("ledger", key)) for key in ("others", "rejects"))
    return LedgerForm(tuple(columns), others, rejects)


def read_notices(reader: Reader, doc: Document, block: Mapping[str, Any]) -> NoticeForms | None:
    """The templates of the notices; each field in braces must be known."""
    from appealnlp.route.notice import FIELDS, unknown_fields

    if not block:
        return None
    templates: dict[str, str | None] = {}
    for key in ("accepted", "not_accepted"):
        at: Keys = ("notices", key)
        templates[key] = text(doc, block[key], at) if block.get(key) is not None else None
        for name in unknown_fields(templates[key] or ""):
            raise doc.error(at, f"unknown field {{{name}}}", f"use one of {', '.join(FIELDS)}, due:STEP")
    lists = {key: frozenset(texts(doc, block.get(key), ("notices", key))) for key in ("types", "steps", "roles")}
    for key, known in (("types", reader.known["type"]), ("roles", frozenset(reader.scheme.roles))):
        for code in sorted(lists[key] - known):
            remedy = f"use one of {', '.join(sorted(known))}"
            raise doc.error(("notices", key), f"unknown {key.removesuffix('s')} {code!r}", remedy)
    blank, nobody = (text(doc, block.get(key), ("notices", key)) for key in ("blank", "nobody"))
    accepted, refused = templates["accepted"], templates["not_accepted"]
    return NoticeForms(accepted, refused, lists["types"], lists["steps"], lists["roles"], blank, nobody)
