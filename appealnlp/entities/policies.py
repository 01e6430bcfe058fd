"""Masking policies: which way each label goes, as masking.yaml or a city's own file says."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from appealnlp.entities.calendar import DATA
from appealnlp.entities.checks import spoken_digits
from appealnlp.errors import InputError
from appealnlp.schemes.files import Document
from appealnlp.text.headings import fold_heading

WAYS = ("mask", "replace", "hash", "remove", "keep")
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
"""Of a hash, so that no token looks like a number."""
_SHOWN = 10
_NUMBERS = frozenset({"PHONE", "IDCARD", "BANKCARD"})
_COUNTRY = re.compile("^(?:00)?86(?=1[3-9][0-9]{9}$)")


@dataclass(frozen=True)
class MaskPolicy:
    """A policy by name; ``ways`` maps a label to its way, "default" all others."""

    name: str
    ways: Mapping[str, str]
    token: str
    hashed: str
    names: Mapping[str, str]

    def way(self, label: str) -> str:
        """One of WAYS."""
        return self.ways.get(label, self.ways["default"])


@dataclass(frozen=True)
class MaskFile:
    """The policies of a file, and the columns of tables that hold nothing but personal data."""

    policies: Mapping[str, MaskPolicy]
    columns: Mapping[str, str]
    """Label by folded name of a column."""

    def policy(self, name: str) -> MaskPolicy:
        """Raises InputError for an unknown name."""
        if name not in self.policies:
            raise InputError(f"unknown masking policy {name!r}; use one of {', '.join(self.policies)}")
        return self.policies[name]


@cache
def load_masking(path: Path = DATA / "masking.yaml") -> MaskFile:
    """The policies of a file. Raises SchemeError with file, line, value and remedy."""
    document = Document(path)
    data: Any = document.data
    for key in ("policies", "names", "columns"):
        if not isinstance(data, dict) or not isinstance(data.get(key), dict):
            raise document.error((key,), "expected a mapping", f"write {key}: and its rows")
    for key in ("token", "hashed"):
        if "{name}" not in str(data.get(key)):
            raise document.error((key,), f"no {{name}} in {data.get(key)!r}", "write {name} for the label's name")
    policies = {}
    for name, ways in data["policies"].items():
        if not isinstance(ways, dict) or "default" not in ways:
            raise document.error(("policies", name), "no default", "write default: mask")
        for label, way in ways.items():
            if way not in WAYS:
                raise document.error(("policies", name, label), f"unknown way {way!r}", f"use one of {', '.join(WAYS)}")
        policies[name] = MaskPolicy(name, ways, data["token"], data["hashed"], data["names"])
    columns = {fold_heading(column): label for label, listed in data["columns"].items() for column in listed}
    return MaskFile(policies, columns)


@dataclass
class Namer:
    """Tokens of one document: the same words get the same one. The key is new for each document."""

    policy: MaskPolicy
    key: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    _numbers: dict[tuple[str, str], int] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def token(self, label: str, words: str) -> str:
        """The token of ``words``, which differ in width and spacing alone where they are the same."""
        plain = same(words, label in _NUMBERS)
        name = self.policy.names.get(label, label)
        if self.policy.way(label) == "hash":
            digest = hmac.new(self.key, f"{label}:{plain}".encode(), hashlib.sha256).hexdigest()
            return self.policy.hashed.format(name=name, letters=digest[:_SHOWN].translate(_LETTERS))
        number = self._numbers.get((label, plain))
        if number is None:
            number = self._counts[label] = self._counts.get(label, 0) + 1
            self._numbers[label, plain] = number
        return self.policy.token.format(name=name, number=number)


def same(words: str, number: bool = False) -> str:
    """What two writings of one number or name have in common; a ``number`` may be read out, or have a country code."""
    if number:
        digits = spoken_digits(unicodedata.normalize("NFKC", words))
        return _COUNTRY.sub("", digits) if len(digits) > 6 else words
    return "".join(sign for sign in unicodedata.normalize("NFKC", words).casefold() if sign.isalnum())
