"""Bare names of places and objects: without the division before them and the building behind."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from appealnlp.entities.pattern import Candidate
from appealnlp.schemes.files import Document

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class NameRules:
    """The rules of names.yaml, which explains them."""

    labels: dict[str, frozenset[str]]
    firms: frozenset[str]
    personal: frozenset[str]
    before: re.Pattern[str]
    behind: re.Pattern[str]
    common: frozenset[str]
    cues: tuple[str, ...]
    opening: int
    shortest: int

    def is_name(self, item: Candidate) -> bool:
        """Whether an entity names the place or the object of a matter."""
        subtypes = self.labels.get(item.label)
        return subtypes is not None and (not subtypes or item.subtype in subtypes)

    def is_firm(self, item: Candidate) -> bool:
        """Whether it is an enterprise."""
        return item.subtype in self.firms

    def bare(self, name: str) -> tuple[int, int] | None:
        """Where in ``name`` its bare part stands; None where nothing is left that tells one place from another."""
        start = self._divisions(name)
        cut = self.behind.search(name, start)
        end = cut.start() if cut and cut.start() - start >= self.shortest else len(name)
        return None if end - start < self.shortest or name[start:end] in self.common else (start, end)

    def _divisions(self, name: str) -> int:
        """How many characters of divisions stand in front."""
        start = 0
        while (found := self.before.match(name, start)) is not None:
            if 0 < len(name) - found.end() < self.shortest:
                break
            start = found.end()
        return start


@cache
def name_rules() -> NameRules:
    """The shipped rules. Raises SchemeError when the file cannot be read."""
    data: dict[str, Any] = Document(DATA / "names.yaml").data
    return NameRules(
        labels={label: frozenset(subtypes) for label, subtypes in data["names"].items()},
        firms=frozenset(data["firms"]),
        personal=frozenset(data["personal"]),
        before=re.compile(data["before"]),
        behind=re.compile(data["behind"]),
        common=frozenset(data["common"]),
        cues=tuple(data["cues"]),
        opening=int(data["opening"]),
        shortest=int(data["shortest"]),
    )
