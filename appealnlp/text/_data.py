"""Reads the lists of this package (``text/data``); callers cache what they build from them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from appealnlp.errors import SchemeError

HAN = "\u4e00-\u9fd5"  # the range that both word cutters treat as Han


def read_text(name: str) -> str:
    """The file ``name`` of text/data, decoded."""
    return (Path(__file__).parent / "data" / name).read_text(encoding="utf-8")


def read_yaml(name: str) -> dict[str, Any]:
    """The YAML mapping ``name`` of text/data; raises SchemeError when the file is no mapping."""
    import yaml  # here, since importing the library must stay fast

    content = yaml.load(read_text(name), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    if not isinstance(content, dict):
        raise SchemeError(name, None, "not a mapping", "restore the file from the package")
    return content


def read_words(name: str) -> list[str]:
    """The blank-separated words of the text file ``name``; ``#`` opens a comment line."""
    lines = (line for line in read_text(name).splitlines() if not line.startswith("#"))
    return [word for line in lines for word in line.split()]


def char_class(ranges: list[str]) -> str:
    """The inside of a regular-expression class for ranges such as ``200B-200F`` or ``00AD``."""
    parts = []
    for item in ranges:
        first, _, last = str(item).partition("-")
        parts.append(f"{re.escape(chr(int(first, 16)))}-{re.escape(chr(int(last or first, 16)))}")
    return "".join(parts)


def any_of(patterns: list[str]) -> str:
    """One non-capturing group of all alternatives."""
    return "(?:" + "|".join(patterns) + ")"
