"""Every fault of a policy that reading it alone does not show: rows that never count, contradictions, no deadline."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

from appealnlp.errors import AppealError, SchemeError
from appealnlp.route.condition import Case, Row
from appealnlp.route.files import lint_folder
from appealnlp.route.loader import PolicyLoader
from appealnlp.route.policy import EVERY, Policy
from appealnlp.schemes import Scheme, shipped
from appealnlp.schemes.files import Document


def lint_policies(folder: Path, scheme: Scheme | None = None) -> list[AppealError]:
    """The faults of all policies of a folder (or of one file), each with file and line; empty when sound."""
    try:
        files = lint_folder(folder)
    except SchemeError as error:
        return [error]
    found: dict[str, AppealError] = {}
    for path in files:
        for fault in lint_policy(path, scheme or shipped()):
            found.setdefault(str(fault), fault)  # a fault of a file that several extend is told once
    return list(found.values())


def lint_policy(path: Path, scheme: Scheme) -> Iterator[AppealError]:
    """The faults of one policy; where it cannot be read, the first thing that is wrong."""
    try:
        policy = PolicyLoader(path, scheme).load()
    except AppealError as error:
        yield error
        return
    for section, rows in policy.rows.items():
        yield from _impossible(rows)
        yield from (_twice(rows) if section in EVERY else _unreachable(rows, section))
    yield from _without_deadline(policy, scheme)
    yield from _nobody_called(policy, scheme)
    yield from _unknown_steps(policy)


def _fault(row: Row, problem: str, remedy: str) -> SchemeError:
    return Document(Path(row.file)).error(row.keys, problem, remedy)


def _impossible(rows: tuple[Row, ...]) -> Iterator[SchemeError]:
    for row in rows:
        if row.when.impossible:
            yield _fault(row, f"contradiction: {row.code!r} needs what it excludes", "remove one of the two")


def _unreachable(rows: tuple[Row, ...], section: str) -> Iterator[SchemeError]:
    """A row after one that holds wherever it does; of deadlines, within a step."""
    for place, row in enumerate(rows):
        for earlier in rows[:place]:
            if earlier.file != row.file or (section == "deadlines" and earlier.code != row.code):
                continue  # a file may cover rows of the one that it extends
            if earlier.when.covers(row.when):
                line = Document(Path(earlier.file)).line(*earlier.keys)
                problem = f"unreachable: {row.code!r} never counts, {earlier.code!r} (line {line}) holds before it"
                yield _fault(row, problem, "put it before that row, or remove it")
                break


def _twice(rows: tuple[Row, ...]) -> Iterator[SchemeError]:
    for place, row in enumerate(rows):
        if any(row.code == other.code and row.when == other.when for other in rows[:place]):
            yield _fault(row, f"{row.code!r} stands twice under the same condition", "remove one")


def _without_deadline(policy: Policy, scheme: Scheme) -> Iterator[SchemeError]:
    """Each kind of appeal at each urgency must have a first deadline."""
    types = [code for code, label in scheme.types.items() if not label.no_appeal]
    missing: dict[str, None] = {}
    for type_, urgency in product(types, scheme.urgencies):
        case = Case("", {f"type={type_}", f"urgency={urgency}"})
        if not any(_dates(row, urgency, scheme) and row.when.holds(case) for row in policy.rows["deadlines"]):
            missing[urgency] = None
    if missing:
        document = Document(Path(policy.files[0]))
        problem = f"missing deadline: nothing is due for urgency {', '.join(missing)}"
        yield document.error(("deadlines",), problem, "add a row without when:, or one for it")


def _nobody_called(policy: Policy, scheme: Scheme) -> Iterator[SchemeError]:
    """Whoever leads and whatever the words are, the gravest urgency must be handed on to an emergency number."""
    case = Case("", {f"urgency={scheme.gravest}"})
    if not any(row.when.holds(case) for row in policy.rows["handoff_otherwise"]):
        problem = f"nobody is called: no row holds for every appeal of urgency {scheme.gravest}"
        remedy = f"end it with a row whose when: is {{urgency: [{scheme.gravest}]}} alone"
        yield Document(Path(policy.files[0])).error(("handoff_otherwise",), problem, remedy)


def _dates(row: Row, urgency: str, scheme: Scheme) -> bool:
    return not row.gives.get("by_urgency") or scheme.urgencies[urgency].respond_within is not None


def _unknown_steps(policy: Policy) -> Iterator[SchemeError]:
    """A step may follow a step that stands above it, or an event outside (``event:delivery``)."""
    seen: set[str] = set()
    for row in policy.rows["deadlines"]:
        after = row.gives.get("after")
        if after is not None and after not in seen and not str(after).startswith("event:"):
            yield _fault(row, f"after: unknown step {after!r}", "name a step above it, or event:NAME")
        seen.add(row.code)
