"""Names of divisions and their stems: 惠城区 is 惠城 and an ending, 恩施土家族苗族自治州 is 恩施 and an ending."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from appealnlp.errors import SchemeError
from appealnlp.schemes.files import Document

DATA = Path(__file__).with_name("data")
LEVELS = ("province", "city", "county", "town", "village")
"""The five levels of the statistics bureau, by place in a code."""


@dataclass(frozen=True)
class Stems:
    """The endings of suffixes.yaml; its keys are explained there."""

    endings: Mapping[str, tuple[str, ...]]
    folk_endings: tuple[str, ...]
    folk: tuple[str, ...]
    office: Mapping[str, str]
    hollow: frozenset[str]
    least: int
    zones: tuple[str, ...]

    def split(self, name: str, level: str) -> tuple[str, str]:
        """(stem, ending); the ending is empty where the name has none of this level, or is that of a zone."""
        if level == "county" and name.endswith(self.zones):
            return name, ""
        for ending in self.endings[level]:
            if name.endswith(ending) and len(name) - len(ending) >= self.least:
                stem = name[: -len(ending)]
                if ending in self.folk_endings:
                    stem = self._without_folk(stem)
                return stem, ending
        return name, ""

    def _without_folk(self, stem: str) -> str:
        while True:
            cut = next((word for word in self.folk if stem.endswith(word) and len(stem) - len(word) >= self.least), "")
            if not cut:
                return stem
            stem = stem[: -len(cut)]

    def official(self, name: str) -> str:
        """A village's or community's name without the office that stands for it: 江南村委会 is 江南村."""
        for office, short in self.office.items():
            if name.endswith(office) and len(name) > len(office):
                return (
                    self.official(name[: -len(office)] + short)
                    if office in ("村委会", "村民委员会")
                    else (name[: -len(office)] + short)
                )
        return name


@cache
def load_stems(folder: Path = DATA) -> Stems:
    """The endings of the shipped file. Raises SchemeError."""
    document = Document(folder / "suffixes.yaml")
    data: Any = document.data
    if not isinstance(data, dict) or tuple(data.get("levels", ())) != LEVELS:
        raise document.error(("levels",), f"expected {', '.join(LEVELS)}", "restore the file")
    endings = data.get("endings")
    if not isinstance(endings, dict) or set(endings) != set(LEVELS):
        raise SchemeError(document.path, document.line("endings"), "endings: a level is missing", "name all five")
    ordered = {level: tuple(sorted(words, key=len, reverse=True)) for level, words in endings.items()}
    return Stems(
        ordered,
        tuple(data["folk_endings"]),
        tuple(sorted(data["folk"], key=len, reverse=True)),
        dict(data["office"]),
        frozenset(data["hollow"]),
        int(data["least"]),
        tuple(data["zones"]),
    )
