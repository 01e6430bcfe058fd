"""Finds a policy by name or path, reads it over the one that it extends, and checks it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from appealnlp.replay import digest_files
from appealnlp.route.areas import AreaTable, Elsewhere, read_areas
from appealnlp.route.calendar import Calendar, published, read_calendar
from appealnlp.route.files import chain, policy_file
from appealnlp.route.policy import (
    SECTIONS,
    Career,
    Fallback,
    Family,
    Joint,
    Labels,
    LongAgo,
    Match,
    Named,
    Policy,
    Soon,
    StandAside,
    Territory,
)
from appealnlp.route.reading import Reader, mapping, number, read_ledger, read_notices, text, texts
from appealnlp.route.units import Directory, directory
from appealnlp.route.words import WordIndex
from appealnlp.schemes import Scheme, shipped
from appealnlp.schemes.files import Document

T = TypeVar("T")
DEFAULT = "default"
_UNKNOWN_YEAR = ("none", "error", "weekdays")
_BLOCKS: Mapping[str, frozenset[str]] = {
    "territory": frozenset({"unit", "when"}),
    "fallback": frozenset({"unit", "below"}),
    "joint": frozenset({"ratio", "least", "several", "when"}),
    "named": frozenset({"when", "most", "within", "not", "forms", "short"}),
    "soon": frozenset({"days", "after"}),
    "elsewhere": frozenset({"home", "matter", "never", "within"}),
    "family": frozenset({"before", "units", "apart", "most"}),
    "long_ago": frozenset({"words", "within"}),
    "career": frozenset({"before", "behind"}),
    "match": frozenset({"option", "lead", "unless"}),
    "stand_aside": frozenset(
        {"when", "near", "flags", "instead", "before", "following", "denounce", "accusing", "staff"}
    ),
    "labels": frozenset({"place", "sum", "time", "count", "person"}),
    "calendar": frozenset({"unknown", "file"}),
    "ledger": frozenset({"columns", "others", "rejects"}),
    "notices": frozenset({"accepted", "not_accepted", "types", "steps", "roles", "blank", "nobody"}),
}


def load_policy(policy: str | os.PathLike[str] = DEFAULT, scheme: Scheme | None = None) -> Policy:
    """A policy by name or path, for the labels of ``scheme`` (the shipped one by default).

    Raises InputError for an unknown name, SchemeError with file, line, value and remedy for a wrong file.
    """
    if scheme is None or scheme is shipped():
        return _shipped(os.fspath(policy)) if Path(policy).suffix == "" else PolicyLoader(policy, shipped()).load()
    return PolicyLoader(policy, scheme).load()


@cache
def _shipped(policy: str) -> Policy:
    return PolicyLoader(policy, shipped()).load()


class PolicyLoader:
    """One policy while it is read: its document and those that it extends, nearest first."""

    def __init__(self, policy: str | os.PathLike[str], scheme: Scheme) -> None:
        self.scheme, self.index = scheme, WordIndex()
        self.documents = chain(policy_file(policy))

    def load(self) -> Policy:
        """Read everything. Raises SchemeError at the first fault."""
        units = self.directory()
        reader = self.reader(units)
        rows = {section: self.section(reader, section) for section in SECTIONS}
        self._name_units(units)
        areas = self._areas()
        policy = self._policy(reader, units, areas, rows)
        for doc in self.documents:
            for word in texts(doc, doc.data["excepts"], ("excepts",)) if "excepts" in doc.data else ():
                self.index.ignore(word)
        self.index.build()
        return policy

    def get(self, key: str) -> tuple[Document, Any]:
        """The nearest document that has the key, and the value; the value is None where none has it."""
        return next(((doc, doc.data[key]) for doc in self.documents if key in doc.data), (self.documents[0], None))

    def block(self, key: str) -> tuple[Document, dict[str, Any]]:
        """The nearest block of settings; empty where there is none."""
        doc, value = self.get(key)
        settings = mapping(doc, value or {}, (key,))
        for name in settings:
            if name not in _BLOCKS[key]:
                raise doc.error(
                    (key, name), f"unknown setting {name!r}", f"use one of {', '.join(sorted(_BLOCKS[key]))}"
                )
        return doc, settings

    def merged(self, key: str) -> dict[str, Any]:
        """The mappings of all documents, the nearer ones over the others."""
        out: dict[str, Any] = {}
        for doc in reversed(self.documents):
            out |= mapping(doc, doc.data.get(key) or {}, (key,))
        return out

    def directory(self) -> Directory:
        """Units of the scheme and of the files."""
        files: list[Path] = []
        for doc in reversed(self.documents):
            listed = doc.data.get("units")
            files += [_beside(doc, name) for name in (texts(doc, listed, ("units",)) if listed else ())]
        parents = {str(child): str(parent) for child, parent in self.merged("parents").items()}
        return directory(self.scheme, parents, files)

    def reader(self, units: Directory) -> Reader:
        """Reads conditions with the word lists and levels of this policy."""
        lists = {name: tuple(texts(self.documents[0], value, ())) for name, value in self.merged("words").items()}
        return Reader(self.scheme, units, self.index, lists, self._orders())

    def _orders(self) -> dict[str, frozenset[str]]:
        doc, order = self.get("gravities")
        known = texts(doc, order, ("gravities",))
        return {"level": frozenset(self.merged("levels")), "gravity": frozenset(known)}

    def section(self, reader: Reader, section: str) -> tuple[Any, ...]:
        """The rows of a section: the nearest ``section:``, before it what nearer files add with ``section+:``."""
        rows: list[Any] = []
        for doc in self.documents:
            if f"{section}+" in doc.data:
                rows += reader.rows(doc, section, f"{section}+")
            if section in doc.data:
                rows += reader.rows(doc, section, section)
                break
        reader.note(section, self._codes(section))
        return tuple(rows)

    def _codes(self, section: str) -> set[str]:
        """What the section may give, here or in a file that this one extends and whose rows it replaces."""
        lists = (doc.data.get(key) or () for doc in self.documents for key in (section, f"{section}+"))
        return {str(row["id"]) for rows in lists for row in rows if isinstance(row, dict) and "id" in row}

    def _name_units(self, units: Directory) -> None:
        for unit in units:
            for name in (unit.name, *unit.aliases, *(old for old, _ in unit.former)):
                self.index.unit(name, unit.code)
        full = {old: unit.code for unit in units for old, _ in unit.former}
        doc, _ = self.get("short_names")
        for short, name in self.merged("short_names").items():
            if name not in full:
                raise doc.error(("short_names", short), f"{name!r} is no former name", "use one of departments.yaml")
            self.index.unit(short, full[name])
        self._officials(units)

    def _officials(self, units: Directory) -> None:
        """Words for staff (村支书, 民警), each standing for the unit of whom they speak."""
        doc, value = self.block("stand_aside")
        for code, words in mapping(doc, value.get("staff") or {}, ("stand_aside", "staff")).items():
            _unit(doc, ("stand_aside", "staff", code), code, units)
            for word in texts(doc, words, ("stand_aside", "staff", code)):
                self.index.unit(word, code)

    def _areas(self) -> AreaTable:
        doc, value = self.get("areas")
        table = read_areas(_beside(doc, value)) if value else AreaTable({})
        for area in table.areas.values():
            for name in (area.name, *area.aliases):
                self.index.area(name, area.code)
        return table

    def _policy(self, reader: Reader, units: Directory, areas: AreaTable, rows: Mapping[str, Any]) -> Policy:
        doc = self.documents[0]
        zone, calendar, unknown = self._time()
        return Policy(
            code=doc.path.stem, name=text(doc, doc.data.get("name"), ("name",)),
            version=text(doc, doc.data.get("version"), ("version",)), zone=zone, calendar=calendar,
            unknown_year=unknown, words=self.index, directory=units, areas=areas, rows=rows,
            titles=self.merged("titles"), levels=self.merged("levels"),
            gravities=tuple(self.get("gravities")[1] or ()), territory=self._territory(reader),
            fallback=self._fallback(units), joint=self._joint(reader), named=self._named(reader, units),
            soon=self._listed("soon", Soon, "days", "after"), match=self._match(),
            stand_aside=self._stand_aside(reader, units), short_names=self.merged("short_names"),
            labels=self._labels(), crosswalk=self._crosswalk(),
            ledger=read_ledger(*self.block("ledger")), notices=read_notices(reader, *self.block("notices")),
            elsewhere=self._listed("elsewhere", Elsewhere, "within", "home", "matter", "never"),
            family=self._listed("family", Family, "most", "before", "units", "apart"),
            long_ago=self._listed("long_ago", LongAgo, "within", "words"),
            career=self._listed("career", Career, None, "before", "behind"),
            files=tuple(str(item.path) for item in self.documents), digest=digest_files(self._all_files()),
        )  # fmt: skip

    def _all_files(self) -> set[Path]:
        """On what the policy depends: its documents, and the files that these name."""
        found = {doc.path for doc in self.documents}
        for doc in self.documents:
            calendar = doc.data.get("calendar")
            named = [*(doc.data.get("units") or ()), doc.data.get("areas")]
            named.append(calendar.get("file") if isinstance(calendar, dict) else None)
            found |= {_beside(doc, name) for name in named if name}
        return found

    def _time(self) -> tuple[ZoneInfo, Calendar, str]:
        doc, name = self.get("timezone")
        try:
            zone = ZoneInfo(text(doc, name, ("timezone",)))
        except (ZoneInfoNotFoundError, ValueError):
            raise doc.error(("timezone",), f"unknown time zone {name!r}", "write Asia/Shanghai") from None
        doc, value = self.block("calendar")
        unknown = value.get("unknown", _UNKNOWN_YEAR[0])
        if unknown not in _UNKNOWN_YEAR:
            raise doc.error(("calendar", "unknown"), f"unknown {unknown!r}", f"use one of {', '.join(_UNKNOWN_YEAR)}")
        file = value.get("file")
        return zone, read_calendar(_beside(doc, file)) if file else published(), unknown

    def _territory(self, reader: Reader) -> Territory | None:
        doc, value = self.block("territory")
        if not value:
            return None
        unit = _unit(doc, ("territory", "unit"), value.get("unit"), reader.directory)
        return Territory(unit, reader.condition(doc, value.get("when"), ("territory", "when")))

    def _fallback(self, units: Directory) -> Fallback | None:
        doc, value = self.block("fallback")
        if not value:
            return None
        below = number(doc, value.get("below"), ("fallback", "below"))
        return Fallback(_unit(doc, ("fallback", "unit"), value.get("unit"), units), below)

    def _joint(self, reader: Reader) -> Joint:
        doc, value = self.block("joint")
        when = reader.condition(doc, value["when"], ("joint", "when")) if value.get("when") else None
        ratio, least, several = (number(doc, value.get(key), ("joint", key)) for key in ("ratio", "least", "several"))
        return Joint(ratio, least, several, when)

    def _named(self, reader: Reader, units: Directory) -> Named | None:
        """Who takes part by being named; ``forms`` say how a short name stands in a sentence ("{}的说")."""
        doc, value = self.block("named")
        if not value:
            return None
        forms = texts(doc, value.get("forms"), ("named", "forms"))
        short: dict[str, str] = {}
        for code, words in mapping(doc, value.get("short") or {}, ("named", "short")).items():
            at = ("named", "short", code)
            _unit(doc, at, code, units)
            short[self.index.tag(form.replace("{}", word) for word in texts(doc, words, at) for form in forms)] = code
        most, within = (int(number(doc, value.get(key), ("named", key))) for key in ("most", "within"))
        never = [_unit(doc, ("named", "not"), code, units) for code in value.get("not") or ()]
        when = reader.condition(doc, value.get("when"), ("named", "when"))
        return Named(when, most, within, frozenset(never), short)

    def _listed(self, section: str, kind: Callable[..., T], count: str | None, *words: str) -> T | None:
        """A section of lists of words and, with ``count``, one whole number, named as the fields of ``kind``."""
        doc, value = self.block(section)
        if not value:
            return None
        lists = {key: tuple(texts(doc, value.get(key), (section, key))) for key in words}
        numbers = {count: int(number(doc, value.get(count), (section, count)))} if count else {}
        return kind(**lists, **numbers)

    def _match(self) -> Match:
        doc, value = self.block("match")
        return Match(*(number(doc, value.get(key), ("match", key)) for key in ("option", "lead", "unless")))

    def _stand_aside(self, reader: Reader, units: Directory) -> StandAside | None:
        doc, value = self.block("stand_aside")
        if not value:
            return None
        keys = ("flags", "instead", "before", "following")
        lists = [tuple(texts(doc, value.get(key), ("stand_aside", key))) for key in keys]
        for code in lists[1]:
            _unit(doc, ("stand_aside", "instead"), code, units)
        when, near = (reader.condition(doc, value.get(key), ("stand_aside", key)) for key in ("when", "near"))
        more = (value.get(key) and texts(doc, value[key], ("stand_aside", key)) for key in ("denounce", "accusing"))
        denounce, accusing = (tuple(words or ()) for words in more)
        return StandAside(when, near, lists[0], lists[1], lists[2], lists[3], denounce, accusing)

    def _labels(self) -> Labels:
        doc, value = self.block("labels")
        for key in ("time", "person"):
            value.setdefault(key, [])  # policies written before there was one have none
        keys = ("place", "sum", "time", "count", "person")
        parts = [frozenset(texts(doc, value.get(key), ("labels", key)) if value.get(key) != [] else ()) for key in keys]
        for label in frozenset().union(*parts) - self.scheme.entities.keys():
            raise doc.error(("labels",), f"unknown entity {label!r}", "use a code under entities: of labels.yaml")
        return Labels(*parts)

    def _crosswalk(self) -> str | None:
        doc, value = self.get("crosswalk")
        if value is not None and str(value) not in self.scheme.crosswalks:
            raise doc.error(("crosswalk",), f"unknown crosswalk {value!r}", "use the name of a file of crosswalks/")
        return None if value is None else str(value)


def _beside(doc: Document, name: object) -> Path:
    if not isinstance(name, str) or not name:
        raise doc.error((), f"must be the name of a file, found {name!r}", "write a path relative to this file")
    return doc.path.parent / name


def _unit(doc: Document, keys: tuple[str | int, ...], code: object, units: Directory) -> str:
    if not isinstance(code, str) or code not in units:
        raise doc.error(keys, f"unknown unit {code!r}", "use a code of departments.yaml or of units:")
    return code
