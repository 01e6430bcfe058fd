"""The one loader of scheme files: reads, checks, and names file, line, value and remedy of what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from appealnlp.errors import SchemeError
from appealnlp.schemes.files import Document
from appealnlp.schemes.scheme import Crosswalk, Department, Derivation, FormerName, Label, Scheme, TopicPath, Topics

SHIPPED = Path(__file__).parent / "data"
_KINDS = ("bureau", "unit", "utility", "party_judicial", "territory")
_T = TypeVar("_T")


@cache
def shipped() -> Scheme:
    """The scheme that comes with the library."""
    return load_scheme(SHIPPED)


def load_scheme(folder: str | Path) -> Scheme:
    """Load a scheme folder; a file it lacks is taken from the shipped scheme.

    Raises SchemeError at the first fault; ``lint_scheme`` lists them all.
    """
    root = Path(folder)
    if not root.is_dir():
        raise SchemeError(root, None, "no such scheme folder", "give a folder that holds labels.yaml, ...")
    labels, departments, topics, roles = (
        Document(_pick(root, name)) for name in ("labels.yaml", "departments.yaml", "topics.yaml", "roles.yaml")
    )
    tree = Topics(_version(topics), _topic_tree(topics))
    types = _labels(labels, "type")
    flags = _labels(labels, "flags")
    targets = _labels(labels, "target")
    derive = _Derive(labels, types, targets, flags)
    return Scheme(
        version="+".join((_version(labels), _version(departments), tree.version)),
        types=types,
        targets=targets,
        urgencies=_labels(labels, "urgency"),
        flags=flags,
        entities=_labels(labels, "entities"),
        roles=_labels(roles, "roles"),
        purposes=derive.rows("purpose"),
        ledgers=derive.rows("ledger"),
        departments=_departments(departments),
        topics=tree,
        crosswalks={c.code: c for c in _crosswalks(root, tree)},
    )


def lint_scheme(folder: str | Path) -> list[SchemeError]:
    """The first fault of every file of a scheme folder, so that one run shows one fault a file; empty when sound."""
    faults: list[SchemeError] = []

    def attempt(check: Callable[[], _T]) -> _T | None:
        try:
            return check()
        except SchemeError as error:
            faults.append(error)
            return None

    root = Path(folder)
    if not root.is_dir():
        return [SchemeError(root, None, "no such scheme folder", "give a folder that holds labels.yaml, ...")]
    labels = attempt(lambda: Document(_pick(root, "labels.yaml")))
    if labels is not None:
        attempt(lambda: _check_labels(labels))
    attempt(lambda: _departments(Document(_pick(root, "departments.yaml"))))
    attempt(lambda: _labels(Document(_pick(root, "roles.yaml")), "roles"))
    topics = attempt(lambda: Document(_pick(root, "topics.yaml")))
    tree = attempt(lambda: Topics(_version(topics), _topic_tree(topics))) if topics is not None else None
    if tree is not None:
        for path in _crosswalk_files(root):
            attempt(lambda path=path: _crosswalk(path, tree))  # type: ignore[misc]
    return faults


def _check_labels(doc: Document) -> None:
    _version(doc)
    types, targets, flags = (_labels(doc, key) for key in ("type", "target", "flags"))
    for key in ("urgency", "entities"):
        _labels(doc, key)
    derive = _Derive(doc, types, targets, flags)
    derive.rows("purpose")
    derive.rows("ledger")


def _pick(root: Path, name: str) -> Path:
    own = root / name
    return own if own.exists() else SHIPPED / name


def _version(doc: Document) -> str:
    data = _mapping(doc, (), doc.data)
    version = data.get("version")
    if not isinstance(version, str) or not version:
        raise doc.error(("version",), f"must be a quoted string, found {version!r}", 'write version: "2026.1"')
    return version


def _mapping(doc: Document, keys: tuple[str | int, ...], value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict) or not value:
        raise doc.error(keys, f"must be a non-empty mapping, found {type(value).__name__}", "see the shipped file")
    for key in value:
        if not isinstance(key, str):
            raise doc.error((*keys, str(key)), f"key must be text, found {key!r}", "put it in quotes")
    return value


def _strings(doc: Document, keys: tuple[str | int, ...], value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise doc.error(keys, f"must be a list of texts, found {value!r}", "write [一, 二]")
    if len(set(value)) < len(value):
        twice = next(item for item in value if value.count(item) > 1)
        raise doc.error(keys, f"{twice!r} stands twice", "remove one")
    return tuple(value)


def _labels(doc: Document, head: str) -> dict[str, Label]:
    rows = _mapping(doc, (head,), _mapping(doc, (), doc.data).get(head))
    return {code: _label(doc, head, code, row) for code, row in rows.items()}


_LABEL_FIELDS = {
    "name": str, "means": str, "rank": int, "no_appeal": bool, "longer_than": int, "needs_evidence": bool,
    "collective": bool, "headcount_from": int, "culprit": bool,
    "respond_within": str, "subtypes": list,
}  # fmt: skip


def _label(doc: Document, head: str, code: str, row: object) -> Label:
    values = dict(_mapping(doc, (head, code), row))
    for key, value in values.items():
        wanted = _LABEL_FIELDS.get(key)
        if wanted is None:
            raise doc.error((head, code, key), "unknown field", f"use one of {', '.join(_LABEL_FIELDS)}")
        if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
            raise doc.error((head, code, key), f"must be {wanted.__name__}, found {value!r}", "correct the value")
    least = values.get("headcount_from", 1)
    if least < 1 or ("headcount_from" in values and head != "flags"):
        raise doc.error(
            (head, code, "headcount_from"), f"{least!r} is no number of people that a flag asks for",
            "write a number from 1 on, at a flag",
        )  # fmt: skip
    if not values.get("name"):
        raise doc.error((head, code), "has no name", "add name: ...")
    if "subtypes" in values:
        values["subtypes"] = _strings(doc, (head, code, "subtypes"), values["subtypes"])
    return Label(code=code, **values)


class _Derive:
    """Rows of purpose and ledger, checked against the values they refer to."""

    def __init__(
        self, doc: Document, types: Mapping[str, Label], targets: Mapping[str, Label], flags: Mapping[str, Label]
    ) -> None:
        self._doc, self._types, self._targets, self._flags = doc, types, targets, flags

    def rows(self, head: str) -> tuple[Derivation, ...]:
        rows = _mapping(self._doc, (head,), self._doc.data.get(head))
        return tuple(self._row(head, code, _mapping(self._doc, (head, code), row)) for code, row in rows.items())

    def _row(self, head: str, code: str, row: Mapping[str, Any]) -> Derivation:
        from_types = self._known((head, code, "from"), row.get("from"), self._types)
        targets = self._known((head, code, "target"), row["target"], self._targets) if "target" in row else None
        flag = row.get("flag")
        if flag is not None and flag not in self._flags:
            raise self._doc.error((head, code, "flag"), f"unknown flag {flag!r}", "use a code under flags:")
        return Derivation(code, str(row.get("name", code)), from_types, targets, flag)

    def _known(self, keys: tuple[str | int, ...], value: object, known: Mapping[str, Label]) -> frozenset[str]:
        found = _strings(self._doc, keys, value)
        for item in found:
            if item not in known:
                raise self._doc.error(keys, f"unknown code {item!r}", f"use one of {', '.join(known)}")
        return frozenset(found)


def _departments(doc: Document) -> dict[str, Department]:
    _version(doc)
    rows = doc.data.get("departments")
    if not isinstance(rows, list) or not rows:
        raise doc.error(("departments",), "must be a list of units", "see the shipped file")
    units: dict[str, Department] = {}
    for i, row in enumerate(rows):
        unit = _department(doc, i, _mapping(doc, ("departments", i), row))
        if unit.code in units:
            raise doc.error(("departments", i, "code"), f"code {unit.code!r} stands twice", "use another code")
        units[unit.code] = unit
    if sum(unit.fallback for unit in units.values()) != 1:
        raise doc.error(("departments",), "exactly one unit must have fallback: true", "mark the unit 'cannot be told'")
    return units


def _department(doc: Document, i: int, row: Mapping[str, Any]) -> Department:
    at: tuple[str | int, ...] = ("departments", i)
    for key in ("code", "name", "kind"):
        if not isinstance(row.get(key), str) or not row[key]:
            raise doc.error((*at, key), f"must be text, found {row.get(key)!r}", f"add {key}: ...")
    if row["kind"] not in _KINDS:
        raise doc.error((*at, "kind"), f"unknown kind {row['kind']!r}", f"use one of {', '.join(_KINDS)}")
    former = row.get("former", [])
    if not isinstance(former, list):
        raise doc.error((*at, "former"), f"must be a list, found {former!r}", "write [{name: ..., until: 2018}]")
    return Department(
        code=row["code"],
        name=row["name"],
        kind=row["kind"],
        aliases=_strings(doc, (*at, "aliases"), row.get("aliases", [])),
        former=tuple(_former(doc, (*at, "former", k), old) for k, old in enumerate(former)),
        duties=_strings(doc, (*at, "duties"), row.get("duties", [])),
        fallback=row.get("fallback") is True,
    )


def _former(doc: Document, at: tuple[str | int, ...], value: object) -> FormerName:
    row = _mapping(doc, at, value)
    name, until = row.get("name"), row.get("until")
    if not isinstance(name, str) or not isinstance(until, int) or not 1949 <= until <= 2100:
        raise doc.error(at, f"needs name and a year until, found {dict(row)!r}", "write {name: ..., until: 2018}")
    return FormerName(name, until)


def _topic_tree(doc: Document) -> dict[str, dict[str, tuple[str, ...]]]:
    fields = _mapping(doc, ("topics",), doc.data.get("topics"))
    tree: dict[str, dict[str, tuple[str, ...]]] = {}
    for field, subs in fields.items():
        tree[field] = {
            sub: _strings(doc, ("topics", field, sub), names)
            for sub, names in _mapping(doc, ("topics", field), subs).items()
        }
        for name in (field, *tree[field]):
            if "/" in name:
                raise doc.error(("topics", field), f"name {name!r} holds '/'", "use another sign; '/' joins levels")
    return tree


def _crosswalk_files(root: Path) -> Iterator[Path]:
    found = {path.name: path for folder in (SHIPPED, root) for path in sorted((folder / "crosswalks").glob("*.yaml"))}
    yield from found.values()


def _crosswalks(root: Path, topics: Topics) -> Iterator[Crosswalk]:
    for path in _crosswalk_files(root):
        # a shipped crosswalk speaks of the shipped topics; with a city's own topics it is not offered
        if path.parent.parent == SHIPPED and (root / "topics.yaml").exists() and root != SHIPPED:
            continue
        yield _crosswalk(path, topics)


def _crosswalk(path: Path, topics: Topics) -> Crosswalk:
    doc = Document(path)
    version = _version(doc)
    classes: dict[str, tuple[TopicPath, ...]] = {}
    for name, paths in _mapping(doc, ("classes",), doc.data.get("classes")).items():
        found = tuple(tuple(item.split("/")) for item in _strings(doc, ("classes", name), paths))
        for item in found:
            if item not in topics:
                raise doc.error(("classes", name), f"unknown topic {'/'.join(item)!r}", "use a path of topics.yaml")
        classes[name] = found
    return Crosswalk(path.stem, str(doc.data.get("name", path.stem)), version, classes)
