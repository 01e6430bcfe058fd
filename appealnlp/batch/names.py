"""The names of labels for people, in place of their codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from appealnlp.schemes import Scheme

Names = Callable[[str, str], str]
"""Head and code in, name out (or the code again)."""


class _Named(Protocol):
    @property
    def name(self) -> str: ...


def codes(head: str, code: str) -> str:
    """The code itself."""
    return code


def name_of(scheme: Scheme) -> Names:
    """The names of a scheme; a code that it does not have stays."""
    heads: dict[str, Mapping[str, _Named]] = {
        "type": scheme.types,
        "target": scheme.targets,
        "urgency": scheme.urgencies,
        "flags": scheme.flags,
        "entities": scheme.entities,
        "department": scheme.departments,
        "purpose": {row.code: row for row in scheme.purposes},
        "ledger": {row.code: row for row in scheme.ledgers},
    }

    def name(head: str, code: str) -> str:
        label = heads[head].get(code)
        return label.name if label is not None else code

    return name
