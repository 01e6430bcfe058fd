"""The values of a policy: what the loader checks and the engine asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import cached_property

from appealnlp.route.areas import AreaTable, Elsewhere
from appealnlp.route.calendar import Calendar
from appealnlp.route.condition import Condition, Row
from appealnlp.route.duties import DutyMatcher
from appealnlp.route.units import Directory
from appealnlp.route.words import WordIndex

SECTIONS = (
    "purpose", "scale", "not_accepted", "gravity", "signals", "lead", "duties", "co", "level", "mediation",
    "legal_path", "sub_platform", "mechanisms", "category", "handoff", "handoff_otherwise", "hints", "notes",
    "deadlines", "review",
)  # fmt: skip
"""The sections of rows in the order in which they are decided; a row may ask for what an earlier section gave."""
EVERY = frozenset({"gravity", "signals", "duties", "co", "mechanisms", "handoff", "hints", "notes", "review"})
"""Sections of which all rows that hold count (gravity: the gravest); of the others the first (deadlines: a step)."""
UNIT_SECTIONS = ("lead", "duties", "co")
"""Sections whose rows name a unit."""


@dataclass(frozen=True, slots=True)
class Territory:
    """Territory first (属地管理): the unit that leads where the place is known, but for some kinds of unit."""

    unit: str
    when: Condition


@dataclass(frozen=True, slots=True)
class Fallback:
    """兜底: who leads where the best unit is less probable than ``below``."""

    unit: str
    below: float


@dataclass(frozen=True, slots=True)
class Joint:
    """Joint handling: a second unit takes part from ``ratio`` of the first one's probability and ``least`` on."""

    ratio: float
    least: float
    several: float
    """The same where the text raises several matters, or ``when`` holds."""
    when: Condition | None = None
    """That several are asked to come together (只来一家怕是看不全); never where there is none."""


@dataclass(frozen=True, slots=True)
class Named:
    """Where ``when`` holds, the units that the text names take part, ``most`` of them (several departments at once)."""

    when: Condition
    most: int
    within: int
    """So many characters lie at most between a unit's full name and the words for which ``when`` holds."""
    never: frozenset[str]
    """Units that are only told of it: the petition office, courts."""
    short: Mapping[str, str]
    """Tag of a unit's short forms (住建的说, 归水务) to its code; they name a unit here and nowhere else."""


@dataclass(frozen=True, slots=True)
class Soon:
    """A date counts as near (``soon: [date]``) where one of ``after`` follows it and it lies in so many days."""

    days: int
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Family:
    """A number counts the heads of one household (``counted: [family]``) behind ``before``, or by ``units``.

    ``apart`` are words in the number that no family is counted by (households, staff); above ``most`` it is no family.
    """

    before: tuple[str, ...]
    units: tuple[str, ...]
    apart: tuple[str, ...]
    most: int


@dataclass(frozen=True, slots=True)
class Career:
    """Years of somebody's work (当了三十年老师), ``before`` or ``behind`` such words, are none that a matter lasts."""

    before: tuple[str, ...]
    behind: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LongAgo:
    """Words (以前) that tell of old what a unit named ``within`` so many characters behind them was called."""

    words: tuple[str, ...]
    within: int


@dataclass(frozen=True, slots=True)
class Match:
    """Units that the model never saw: from which score of their duties they are options, and lead.

    They lead only where the model's best unit is less probable than ``unless``.
    """

    option: float
    lead: float
    unless: float


@dataclass(frozen=True, slots=True)
class StandAside:
    """Who must not get an accusation: units named in it, not those that it is addressed to (信访工作条例 art. 30)."""

    when: Condition
    near: Condition
    """Where it holds, only units named in a sentence with the words of a flag of ``flags`` count."""
    flags: tuple[str, ...]
    instead: tuple[str, ...]
    before: tuple[str, ...]
    """Words before a unit's name that make it an addressee (向, 请)."""
    following: tuple[str, ...]
    """Words after it (介入, 查处)."""
    denounce: tuple[str, ...] = ()
    """Words that accuse the unit named right behind them (举报某局)."""
    accusing: tuple[str, ...] = ()
    """Words that accuse a unit named in the same clause (不作为, 包庇); only they accuse one of ``instead``."""


@dataclass(frozen=True, slots=True)
class Labels:
    """Which labels of the scheme carry a place, a sum, a time, a number of people, and which name a person."""

    place: frozenset[str] = frozenset()
    sum: frozenset[str] = frozenset()
    time: frozenset[str] = frozenset()
    count: frozenset[str] = frozenset()
    person: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LedgerColumn:
    """A column of the ledgers: its heading, what it shows, and its width in characters."""

    name: str
    value: str
    width: float = 12


@dataclass(frozen=True, slots=True)
class LedgerForm:
    """台账: the columns, and the sheets for what is in no ledger and for what could not be analysed."""

    columns: tuple[LedgerColumn, ...]
    others: str
    rejects: str


@dataclass(frozen=True, slots=True)
class NoticeForms:
    """Templates of the notices to the citizen, with fields in braces (see ``route.notice``)."""

    accepted: str | None
    not_accepted: str | None
    types: frozenset[str]
    """Types of appeal that get an ``accepted``."""
    steps: frozenset[str]
    """Steps whose basis {basis} names."""
    roles: frozenset[str]
    """Roles of an entity that make it the one who appeals ({who}), where it names a person (``Labels.person``)."""
    blank: str
    """What stands for a value that is not known, to be filled in by hand."""
    nobody: str
    """What stands for co-handling units where there are none."""


@dataclass(frozen=True)
class Policy:
    """How one city routes. Equal versions mean equal files."""

    code: str
    name: str
    version: str
    zone: tzinfo
    calendar: Calendar
    unknown_year: str
    """"none" (no date, with the reason), "error" or "weekdays" (Monday to Friday)."""
    words: WordIndex
    directory: Directory
    areas: AreaTable
    rows: Mapping[str, tuple[Row, ...]]
    titles: Mapping[str, str]
    """Section to the word for it in reasons."""
    levels: Mapping[str, str]
    gravities: tuple[str, ...]
    territory: Territory | None
    fallback: Fallback | None
    joint: Joint
    named: Named | None
    soon: Soon | None
    match: Match
    stand_aside: StandAside | None
    short_names: Mapping[str, str]
    """Short former names (工商局) to full ones."""
    labels: Labels
    crosswalk: str | None
    ledger: LedgerForm
    notices: NoticeForms | None = None
    elsewhere: Elsewhere | None = None
    family: Family | None = None
    long_ago: LongAgo | None = None
    career: Career | None = None
    files: tuple[str, ...] = field(default=())
    digest: str = ""
    """A hash of all its files, of units, areas and calendar too."""

    @cached_property
    def new_units(self) -> DutyMatcher | None:
        """Finds the units that no model has learned; None where the policy has none."""
        own = [unit for unit in self.directory if not unit.known and unit.duties]
        return DutyMatcher(own) if own else None

    def title(self, section: str) -> str:
        """The word for a section in reasons."""
        return self.titles.get(section, section)
