"""Checked access to the values of one rule file, and the expansion of word lists in phrases and patterns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any, TypeVar

from appealnlp.errors import SchemeError
from appealnlp.schemes.files import Document

Keys = tuple[str | int, ...]
"""Where a value stands in its file."""
WordLists = Mapping[str, tuple[str, ...]]
Option = TypeVar("Option", bound=str)

_REFERENCE = re.compile(r"<([a-z_]+)>")
_UNBOUNDED = re.compile(r"[*+]|\{\d*,\}")
_GROUP = re.compile(r"\((?:\?:|\?<?[=!])?([^()]*)\)")
_NOISE = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]")
_MAX_EXPANSION = 5000
_MANY = 8


class Reader:
    """Checked access to the values of one document; ``compiles`` says whether patterns are compiled to check them."""

    compiles = True

    def __init__(self, document: Document, words: WordLists) -> None:
        self.document, self.words = document, words

    def fail(self, keys: Keys, problem: str, remedy: str) -> SchemeError:
        """A SchemeError for the value at ``keys``."""
        return self.document.error(keys, problem, remedy)

    def mapping(self, value: object, keys: Keys) -> dict[str, Any]:
        """A mapping with names as keys."""
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            raise self.fail(keys, f"expected a mapping of names, found {value!r}", "write `name: value` lines")
        return value

    def text(self, value: object, keys: Keys) -> str:
        """A string that is not empty."""
        if not isinstance(value, str) or not value:
            raise self.fail(keys, f"expected a non-empty string, found {value!r}", "write it in quotes")
        return value

    def number(self, value: object, keys: Keys) -> int:
        """A whole number from 1."""
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise self.fail(keys, f"expected a positive whole number, found {value!r}", "write digits, from 1")
        return value

    def choice(self, value: object, keys: Keys, options: tuple[Option, ...]) -> Option:
        """The option that ``value`` names."""
        for option in options:
            if value == option:
                return option
        raise self.fail(keys, f"unknown value {value!r}", f"use one of: {', '.join(options)}")

    def phrases(self, value: object, keys: Keys) -> tuple[str, ...]:
        """A list of literals, every ``<name>`` in them replaced by each word of that list."""
        if value is None:
            return ()
        if not isinstance(value, list):
            raise self.fail(keys, f"expected a list of phrases, found {value!r}", "write [phrase, phrase]")
        found: dict[str, None] = {}
        for place, item in enumerate(value):
            found.update(dict.fromkeys(self._expand(self.text(item, (*keys, place)), (*keys, place))))
        return tuple(found)

    def _expand(self, phrase: str, keys: Keys) -> list[str]:
        parts = _REFERENCE.split(phrase)
        choices = [(part,) if place % 2 == 0 else self.words_of(part, keys) for place, part in enumerate(parts)]
        count = 1
        for choice in choices:
            count *= len(choice)
        if count > _MAX_EXPANSION:
            raise self.fail(keys, f"{phrase!r} expands to {count} phrases", f"keep it below {_MAX_EXPANSION}")
        return ["".join(combination) for combination in product(*choices)]

    def words_of(self, name: str, keys: Keys) -> tuple[str, ...]:
        """The words of a list."""
        if name not in self.words:
            raise self.fail(keys, f"unknown word list <{name}>", f"add {name} to the word lists or mend the name")
        return self.words[name]

    def regex(self, value: object, keys: Keys) -> str | None:
        """A pattern (or list of alternatives) with its word lists put in; unbounded or nested repeats are errors."""
        if value is None:
            return None
        sources = value if isinstance(value, list) else [value]
        expanded = "|".join(self._pattern(self.text(source, keys), keys) for source in sources)
        try:
            if self.compiles:
                re.compile(expanded)
        except re.error as error:
            raise self.fail(keys, f"not a regular expression ({error})", "mend the pattern") from None
        return expanded

    def _pattern(self, source: str, keys: Keys) -> str:
        bad = _costly_repeat(source)
        if bad:
            remedy = "use {m,n}, on a group only when it holds no repeat itself"
            raise self.fail(keys, f"repeat {bad!r} may take more than linear time", remedy)
        return _REFERENCE.sub(lambda found: _alternation(self.words_of(found[1], keys)), source)


def _costly_repeat(source: str) -> str | None:
    """The first repeat of a pattern that is unbounded or repeats a group with a repeat in it."""
    shape = _NOISE.sub("x", source)
    unbounded = _UNBOUNDED.search(shape)
    if unbounded:
        return unbounded[0]
    while True:
        group = _GROUP.search(shape)
        if group is None:
            return None
        repeats = "{" in group[1] or "R" in group[1]
        if repeats and shape[group.end() :].startswith("{"):
            return group[0]
        shape = shape[: group.start()] + ("R" if repeats else "x") + shape[group.end() :]


def _alternation(words: Iterable[str]) -> str:
    """Longest first, so that the match is as long as the list allows.

    A look at the first character saves trying a hundred words at every place where none of them can begin.
    """
    ordered = sorted(words, key=len, reverse=True)
    choice = "(?:" + "|".join(map(re.escape, ordered)) + ")"
    if len(ordered) < _MANY:
        return choice
    first = "".join(re.escape(sign) for sign in sorted({word[0] for word in ordered}))
    return f"(?:(?=[{first}]){choice})"
