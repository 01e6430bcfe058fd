"""The numbers of alarms.yaml: when an issue is hot, emerging, or an alert of wage arrears."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from appealnlp.matters.names import DATA
from appealnlp.schemes.files import Document


@dataclass(frozen=True)
class Hot:
    """See alarms.yaml."""

    fewest: int
    emerging_fewest: int
    growth: float
    growth_fewest: int
    words: int
    excerpt: int
    texts: int


@dataclass(frozen=True)
class Wages:
    """See alarms.yaml."""

    appeals: int
    days: int
    flag: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Alarms:
    """All of alarms.yaml; ``suppress`` is the count below which none is shown."""

    hot: Hot
    wages: Wages
    suppress: int


@cache
def alarms() -> Alarms:
    """The shipped numbers. Raises SchemeError where one is missing."""
    document = Document(DATA / "alarms.yaml")
    data = document.data
    try:
        wages = data["wages"]
        return Alarms(
            Hot(**data["hot"]),
            Wages(int(wages["appeals"]), int(wages["days"]), str(wages["flag"]), tuple(wages["words"])),
            int(data["suppress"]),
        )
    except (KeyError, TypeError) as error:
        raise document.error(
            (), f"a value is missing or unknown ({error})", "compare it with the shipped file"
        ) from None
