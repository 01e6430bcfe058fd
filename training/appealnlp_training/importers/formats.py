"""The formats that formats.yaml describes, checked when they are loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from appealnlp.errors import InputError
from appealnlp.schemes import shipped
from appealnlp.schemes.files import Document

FILE = Path(__file__).with_name("formats.yaml")
Names: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TreeFormat:
    """A tree of labels, one path a row: the names of the column of each level."""

    name: str
    means: str
    levels: tuple[Names, ...]


@dataclass(frozen=True, slots=True)
class TableFormat:
    """A table of appeals: the names of its columns by role, by head of ``Record.source``, and by detail."""

    name: str
    means: str
    prefix: str
    columns: Mapping[str, Names]
    guess: bool = False
    labels: Mapping[str, Names] = field(default_factory=dict)
    details: Mapping[str, Names] = field(default_factory=dict)
    numbers: Names = ()
    times: Names = ()


@dataclass(frozen=True, slots=True)
class TextFormat:
    """Texts with spans; the fields are those that the head of formats.yaml explains.

    ``read`` says that people labelled the texts after our guideline, so that records of it are of origin "read".
    """

    name: str
    means: str
    layout: str
    extensions: Names
    prefix: str
    tags: Mapping[str, str | None]
    scheme: bool = False
    fold_case: bool = False
    closed: bool = False
    digit: bool = False
    lenient: bool = False
    records: bool = True
    read: bool = False


Format: TypeAlias = TreeFormat | TableFormat | TextFormat
_KINDS: Mapping[str, type[TreeFormat] | type[TableFormat] | type[TextFormat]] = {
    "trees": TreeFormat,
    "tables": TableFormat,
    "texts": TextFormat,
}


@cache
def formats() -> Mapping[str, Format]:
    """Every known format by name, in file order. Raises SchemeError where formats.yaml is wrong."""
    return load_formats(FILE)


def load_formats(path: Path) -> Mapping[str, Format]:
    """The formats of a file laid out as formats.yaml. Raises SchemeError naming line and field."""
    document = Document(path)
    found: dict[str, Format] = {}
    for section, kind in _KINDS.items():
        for name, values in document.data.get(section, {}).items():
            known = {item.name for item in fields(kind)} - {"name"}
            for key in values:
                if key not in known:
                    raise document.error(
                        (section, name, key), "unknown field", f"use one of {', '.join(sorted(known))}"
                    )
            _check_tags(document, (section, name), values.get("tags") or {})
            try:
                found[name] = kind(name=name, **{key: _frozen(value) for key, value in values.items()})
            except TypeError as error:
                raise document.error((section, name), f"incomplete ({error})", "add the field") from None
    return found


def _frozen(value: Any) -> Any:  # noqa: ANN401 (YAML holds anything)
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    return {key: _frozen(item) for key, item in value.items()} if isinstance(value, dict) else value


def _check_tags(document: Document, at: tuple[str, str], tags: Mapping[str, str | None]) -> None:
    for tag, target in tags.items():
        if target is not None and target not in document.data["components"] and not is_entity(target):
            raise document.error((*at, "tags", tag), f"{target!r} is neither entity nor component", "mend the label")


def is_entity(label: str) -> bool:
    """Whether the scheme knows an entity of this code, or code:subtype."""
    code, _, subtype = label.partition(":")
    entity = shipped().entities.get(code)
    return entity is not None and (not subtype or subtype in entity.subtypes)


def format_named(name: str) -> Format:
    """The format of that name. Raises InputError for another one."""
    try:
        return formats()[name]
    except KeyError:
        raise InputError(f"no format {name!r}; the formats are {', '.join(formats())}") from None
