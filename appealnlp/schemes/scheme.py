"""The values of a label scheme: what the loader checks and everything else asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

TopicPath = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Label:
    """One value of a head: stable code, name for people, and the properties its file gives it."""

    code: str
    name: str
    means: str = ""
    rank: int = 0
    """Order among the values of one head, larger is graver (urgency)."""
    no_appeal: bool = False
    """True where this type says that no appeal can be made out."""
    longer_than: int | None = None
    """A text of more code points has this type whatever it says: an article or a file of letters, not one appeal."""
    needs_evidence: bool = False
    """True where the value must be shown by words of the text (urgency)."""
    collective: bool = False
    """True where this flag says that people act as a group."""
    headcount_from: int = 0
    """This flag does not hold where the text states that fewer people or households are affected."""
    culprit: bool = False
    """True where an entity in this role is complained of (roles)."""
    respond_within: str | None = None
    subtypes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Derivation:
    """A value that follows from the type (and target and a flag): purpose and ledger."""

    code: str
    name: str
    from_types: frozenset[str]
    targets: frozenset[str] | None = None
    flag: str | None = None

    def fits(self, type_: str, target: str | None, flags: frozenset[str]) -> bool:
        """Whether this row holds for an appeal of that type, target and flags."""
        if type_ not in self.from_types or (self.flag is not None and self.flag not in flags):
            return False
        return self.targets is None or target in self.targets


@dataclass(frozen=True, slots=True)
class FormerName:
    """A name a unit carried, or a unit whose duty it took over; ``until`` is the year in which the duty moved."""

    name: str
    until: int


@dataclass(frozen=True, slots=True)
class Department:
    """A responsible unit: stable code, full name, current short names, dated former names, first duties."""

    code: str
    name: str
    kind: str
    aliases: tuple[str, ...] = ()
    former: tuple[FormerName, ...] = ()
    duties: tuple[str, ...] = ()
    fallback: bool = False
    """True for the one code that stands for 'no unit can be told'."""

    def names(self) -> Iterator[str]:
        """Every name, current first."""
        yield self.name
        yield from self.aliases
        yield from (old.name for old in self.former)


@dataclass(frozen=True)
class Topics:
    """A tree of contents: fields (level 1), sub-fields (level 2), matters (level 3)."""

    version: str
    tree: Mapping[str, Mapping[str, tuple[str, ...]]]

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """Names of level 1, in file order."""
        return tuple(self.tree)

    @cached_property
    def subfields(self) -> tuple[TopicPath, ...]:
        """Paths of level 2, in file order."""
        return tuple((field_, sub) for field_, subs in self.tree.items() for sub in subs)

    @cached_property
    def matters(self) -> tuple[TopicPath, ...]:
        """Paths of level 3, in file order."""
        return tuple((*path, name) for path in self.subfields for name in self.tree[path[0]][path[1]])

    def __contains__(self, path: object) -> bool:
        if not isinstance(path, tuple) or not 1 <= len(path) <= 3:
            return False
        node: Mapping[str, Mapping[str, tuple[str, ...]]] = self.tree
        if path[0] not in node or (len(path) > 1 and path[1] not in node[path[0]]):
            return False
        return len(path) < 3 or path[2] in node[path[0]][path[1]]


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """Another office's classes, each as paths of our topics; the longest path that fits decides."""

    code: str
    name: str
    version: str
    classes: Mapping[str, tuple[TopicPath, ...]]

    def of(self, path: TopicPath) -> str | None:
        """The class of a topic path, or None where the scheme has none for it."""
        best: tuple[int, str] | None = None
        for name, prefixes in self.classes.items():
            for prefix in prefixes:
                if path[: len(prefix)] == prefix and (best is None or len(prefix) > best[0]):
                    best = len(prefix), name
        return best[1] if best else None


@dataclass(frozen=True)
class Scheme:
    """Labels, departments, topics and crosswalks that belong together. Equal versions mean equal files."""

    version: str
    types: Mapping[str, Label]
    targets: Mapping[str, Label]
    urgencies: Mapping[str, Label]
    flags: Mapping[str, Label]
    entities: Mapping[str, Label]
    purposes: tuple[Derivation, ...]
    ledgers: tuple[Derivation, ...]
    departments: Mapping[str, Department]
    topics: Topics
    crosswalks: Mapping[str, Crosswalk] = field(default_factory=dict)
    roles: Mapping[str, Label] = field(default_factory=dict)
    """Roles of entities. No model depends on them: their version is no part of that of the scheme."""

    def purpose(self, type_: str, target: str | None, flags: frozenset[str] = frozenset()) -> str | None:
        """信访目的 (信访工作条例 arts. 29-31): the first row of the scheme that fits, or None."""
        return next((row.code for row in self.purposes if row.fits(type_, target, flags)), None)

    def ledger(self, type_: str) -> str | None:
        """三本账: the ledger of a type, or None where it belongs to none."""
        return next((row.code for row in self.ledgers if row.fits(type_, None, frozenset())), None)

    def type_of_length(self, length: int) -> str | None:
        """The type that a text has by its length alone, or None."""
        rows = self.types.values()
        return next((row.code for row in rows if row.longer_than is not None and length > row.longer_than), None)

    @cached_property
    def gravest(self) -> str:
        """The gravest urgency: life or safety is in danger now, somebody must be called at once."""
        return max(self.urgencies, key=lambda code: self.urgencies[code].rank)

    @cached_property
    def no_appeal(self) -> frozenset[str]:
        """Types that say that no appeal can be made out."""
        return frozenset(code for code, label in self.types.items() if label.no_appeal)

    @cached_property
    def collective(self) -> frozenset[str]:
        """Flags that say that people act as a group."""
        return frozenset(code for code, label in self.flags.items() if label.collective)

    @cached_property
    def culprits(self) -> frozenset[str]:
        """Roles that say that a unit is complained of."""
        return frozenset(code for code, label in self.roles.items() if label.culprit)

    @cached_property
    def fallback(self) -> str:
        """Code of the department that stands for 'no unit can be told'."""
        return next(unit.code for unit in self.departments.values() if unit.fallback)

    def labels(self, head: str) -> tuple[str, ...]:
        """The codes of a public head in scheme order; a topic is 'level1/level2'. Raises KeyError for another head."""
        return {
            "type": tuple(self.types),
            "target": tuple(self.targets),
            "urgency": tuple(self.urgencies),
            "flags": tuple(self.flags),
            "department": tuple(self.departments),
            "topic": tuple("/".join(path) for path in self.topics.subfields),
        }[head]
