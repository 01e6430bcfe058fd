"""Reads the data files of this package and names file, line, value and remedy when one is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

from appealnlp.entities.checks import CHECKS
from appealnlp.entities.masks import MASKS
from appealnlp.entities.pattern import RIGHT, Pattern
from appealnlp.entities.values import READERS
from appealnlp.errors import SchemeError
from appealnlp.schemes.files import Document

DATA = Path(__file__).with_name("data")
Keys = tuple[str | int, ...]

_FIELDS = frozenset(
    {"id", "label", "regex", "triggers", "tails", "pairs", "but", "runs", "left", "right", "score", "group"}
    | {"context", "any_of", "none_of", "check", "read", "mask", "personal", "certain"}
)
_FRAGMENT = re.compile(r"%([a-z]+)%")
_UNBOUNDED = re.compile(r"[*+]|\{[0-9]*,\}")
_PLAIN_SIGNS = re.compile(r"\\.|\[\^?[^\]]*\]", re.DOTALL)  # escaped signs and classes, in which * and + are signs
_DEEPEST = 12


def read_words(path: Path) -> dict[str, tuple[str, ...]]:
    """The blank-separated words of a text file by section; a line of capitals opens one, the first is "".

    Raises SchemeError when the file is missing or not UTF-8.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SchemeError(path, None, f"cannot be read ({type(error).__name__})", "restore the file") from None
    sections: dict[str, list[str]] = {"": []}
    name = ""
    for line in lines:
        if line.isascii() and line.strip().isupper():
            name = line.strip()
            sections[name] = []
        elif not line.startswith("#"):
            sections[name] += line.split()
    return {key: tuple(dict.fromkeys(words)) for key, words in sections.items()}


class PatternFile:
    """One file of patterns."""

    def __init__(self, path: Path, labels: frozenset[str] | None = None, *, trusted: bool = False) -> None:
        """Read ``path``; with ``labels`` a pattern for another label is an error. Raises SchemeError.

        ``trusted`` leaves out the compiling of every pattern, which takes most of the time: for the shipped file.
        """
        self.trusted = trusted
        self.document = Document(path)
        self.labels = labels
        data = self.document.data
        if not isinstance(data, dict) or not isinstance(data.get("patterns"), list):
            raise self.document.error(("patterns",), "expected a list of patterns", "write `patterns:` and `- id: ...`")
        self.numerals = self._text(data, "numerals", ())
        fragments = data.get("fragments", {})
        if not isinstance(fragments, dict) or not all(isinstance(value, str) for value in fragments.values()):
            raise self.document.error(("fragments",), "expected names with text", "write name: 'regex'")
        self.fragments: dict[str, str] = fragments

    def read(self) -> tuple[Pattern, ...]:
        """The patterns in order. Raises SchemeError."""
        seen: dict[str, Pattern] = {}
        for place, row in enumerate(self.document.data["patterns"]):
            pattern = self._pattern(row, ("patterns", place))
            if pattern.id in seen:
                raise self.document.error(
                    ("patterns", place, "id"), f"pattern {pattern.id!r} stands twice", "give it an id of its own"
                )
            seen[pattern.id] = pattern
        return tuple(seen.values())

    def _pattern(self, row: object, at: Keys) -> Pattern:
        if not isinstance(row, dict):
            raise self.document.error(at, f"expected a mapping, found {row!r}", "write {id: ..., regex: ...}")
        for field in row:
            if field not in _FIELDS:
                known = ", ".join(sorted(_FIELDS))
                raise self.document.error((*at, field), f"unknown field {field!r}", f"use: {known}")
        label = self._text(row, "label", at)
        if self.labels is not None and label not in self.labels:
            known = ", ".join(sorted(self.labels))
            raise self.document.error((*at, "label"), f"unknown label {label!r}", f"use one of: {known}")
        context = row.get("context") or {}
        pattern = Pattern(
            id=self._text(row, "id", at),
            label=label,
            regex=self._regex(row, at),
            triggers=self._triggers(row, at),
            runs=row.get("runs") is True,
            left=self._number(row, "left", at),
            right=self._number(row, "right", at) or RIGHT,
            score=float(row.get("score", 0.5)),
            group=self._number(row, "group", at),
            context=self._words(context, "words", (*at, "context")),
            reach=self._number(context, "reach", (*at, "context")),
            any_of=self._words(row, "any_of", at),
            none_of=self._words(row, "none_of", at),
            personal=row.get("personal") is True,
            certain=row.get("certain") is True,
            check=self._named(row, "check", at, CHECKS),
            read=self._named(row, "read", at, READERS),
            mask=self._named(row, "mask", at, MASKS),
        )
        if not (pattern.triggers or pattern.runs):
            raise self.document.error((*at, "triggers"), "no trigger", "name a literal that every match holds")
        return pattern

    def _triggers(self, row: Mapping[str, Any], at: Keys) -> tuple[str, ...]:
        signs = [sign for sign in self.numerals if sign not in row.get("but", "")]
        tails = (sign + tail for tail in self._words(row, "tails", at) for sign in signs)
        pairs = self._words(row, "pairs", at)
        products = map("".join, product(*pairs)) if pairs else ()
        return (*self._words(row, "triggers", at), *tails, *products)

    def _regex(self, row: Mapping[str, Any], at: Keys) -> str:
        source = self._text(row, "regex", at)
        if "%trigger%" in source:
            words = sorted(self._words(row, "triggers", at), key=len, reverse=True)
            source = source.replace("%trigger%", f"(?:{'|'.join(map(re.escape, words))})")
        for _ in range(_DEEPEST):
            if not _FRAGMENT.search(source):
                break
            source = _FRAGMENT.sub(lambda found: self._fragment(found[1], at), source)
        if _UNBOUNDED.search(_PLAIN_SIGNS.sub("x", source.replace(r"\]", ""))):
            raise self.document.error((*at, "regex"), "unbounded repeat", "write {0,20} for * and {1,20} for +")
        if not self.trusted:
            self._compile(source, at)
        return source

    def _compile(self, source: str, at: Keys) -> None:
        try:
            re.compile(source)
        except re.error as error:
            problem = f"not a regular expression ({error.msg} at {error.pos})"
            raise self.document.error((*at, "regex"), problem, "mend the pattern") from None

    def _fragment(self, name: str, at: Keys) -> str:
        if name not in self.fragments:
            raise self.document.error((*at, "regex"), f"unknown fragment {name!r}", f"use: {', '.join(self.fragments)}")
        return self.fragments[name]

    def _named(self, row: Mapping[str, Any], field: str, at: Keys, known: Mapping[str, Any]) -> Any:  # noqa: ANN401
        name = row.get(field)
        if name is None:
            return None
        if name not in known:
            raise self.document.error((*at, field), f"unknown {field} {name!r}", f"use one of: {', '.join(known)}")
        return known[name]

    def _text(self, row: Mapping[str, Any], field: str, at: Keys) -> str:
        value = row.get(field)
        if not isinstance(value, str) or not value:
            raise self.document.error((*at, field), f"expected text, found {value!r}", f"write {field}: '...'")
        return value

    def _number(self, row: Mapping[str, Any], field: str, at: Keys) -> int:
        value = row.get(field, 0)
        if not isinstance(value, int) or value < 0:
            raise self.document.error((*at, field), f"expected a number, found {value!r}", f"write {field}: 8")
        return value

    def _words(self, row: Mapping[str, Any], field: str, at: Keys) -> tuple[str, ...]:
        value = row.get(field) or []
        if not isinstance(value, list) or not all(isinstance(word, str) and word for word in value):
            raise self.document.error((*at, field), f"expected a list of words, found {value!r}", "write [word, word]")
        return tuple(value)
