"""What an address says: its components, and where that is, as far as it can be told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

COMPONENTS = (
    "province", "city", "district", "devzone", "town", "community", "road", "road_no", "poi", "sub_poi", "building",
    "unit", "floor", "room",
)  # fmt: skip
"""From the largest to the smallest."""
SURE = 0.8
"""Least probability with which an area is named."""


@dataclass(frozen=True, slots=True)
class Component:
    """``text`` stands at ``start:end`` of the address (code points) and is what ``name`` says, one of COMPONENTS."""

    name: str
    start: int
    end: int
    text: str

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"name": self.name, "start": self.start, "end": self.end, "text": self.text}


@dataclass(frozen=True, slots=True)
class Place:
    """A division that may be meant. ``code`` has twelve digits (a city's own divisions have codes of their own);
    ``path`` names it from the province down; ``reasons`` say what speaks for it."""

    code: str
    name: str
    level: str
    path: tuple[str, ...]
    probability: float
    reasons: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "code": self.code, "name": self.name, "level": self.level, "path": "".join(self.path),
            "probability": round(self.probability, 4), "reasons": list(self.reasons),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Resolution:
    """Places that may be meant, the most probable first, and the finest division that is sure.

    ``area`` holds all sure candidates: where two communities of one district are as probable, it is the district.
    It is None where nothing can be told; ``ambiguous`` says that more than one place remains.
    """

    places: tuple[Place, ...] = ()
    area: Place | None = None

    @property
    def ambiguous(self) -> bool:
        """Whether the best place is not sure."""
        return bool(self.places) and (self.area is None or self.area.code != self.places[0].code)


@dataclass(frozen=True)
class Address(Mapping[str, str]):
    """An address in its parts. As a mapping it gives the text of each component (of several of a name the first)."""

    text: str
    components: tuple[Component, ...]
    resolution: Resolution = Resolution()

    def __getitem__(self, name: str) -> str:
        found = next((part.text for part in self.components if part.name == name), None)
        if found is None:
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(part.name for part in self.components))

    def __len__(self) -> int:
        return len({part.name for part in self.components})

    @property
    def places(self) -> tuple[Place, ...]:
        """The n-best list of where it may be."""
        return self.resolution.places

    @property
    def area(self) -> str | None:
        """Code of the finest division that is sure; None where nothing is."""
        return self.resolution.area.code if self.resolution.area else None

    @property
    def ambiguous(self) -> bool:
        """Whether more than one place remains; ``places`` lists them."""
        return self.resolution.ambiguous

    def to_dict(self) -> dict[str, Any]:
        """As JSON: components by name (a list where there are several), area, ambiguous, places."""
        parts: dict[str, Any] = {}
        for name in self:
            texts = [part.text for part in self.components if part.name == name]
            parts[name] = texts[0] if len(texts) == 1 else texts
        return {
            "components": parts, "area": self.area, "ambiguous": self.ambiguous,
            "places": [place.to_dict() for place in self.places],
        }  # fmt: skip
