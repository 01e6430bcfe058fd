"""Work for where the analyzer is: functions of the analyzer and plain values, so that they can be sent to a process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from appealnlp import Analysis, Analyzer, Appeal, InputError
from appealnlp_serve.answers import masked, record

T = TypeVar("T")
Job = Callable[[Analyzer], T]
"""A piece of work: ``functools.partial`` of a function below, or of ``answers.analyze``."""
_HEADS = ("type", "target", "topic", "urgency", "department")


@dataclass(frozen=True)
class Labels:
    """What the server must know of the scheme: its description, the labels of each head, the ranks of urgency."""

    described: Mapping[str, Any]
    of: Mapping[str, frozenset[str]]
    ranks: Mapping[str, int]


def labels_of(analyzer: Analyzer) -> Labels:
    """The labels of the scheme in use."""
    scheme = analyzer.scheme
    heads = {
        "type": scheme.types, "target": scheme.targets, "urgency": scheme.urgencies, "flags": scheme.flags,
        "entities": scheme.entities,
    }  # fmt: skip
    out: dict[str, Any] = {"version": scheme.version}
    for head, labels in heads.items():
        out[head] = [{"code": code, "name": label.name} for code, label in labels.items()]
    out["department"] = [{"code": code, "name": unit.name} for code, unit in scheme.departments.items()]
    out["topic"] = [{"code": code, "name": code} for code in scheme.labels("topic")]
    ranks = {code: label.rank for code, label in scheme.urgencies.items()}
    return Labels(out, {head: frozenset(scheme.labels(head)) for head in _HEADS}, ranks)


def follow(analyzer: Analyzer, appeal: Appeal, last: bool) -> tuple[Analysis, dict[str, Any] | None]:
    """One analysis of a growing call; with the last one, all that is told at its end."""
    analysis = analyzer(appeal)
    told = record(analysis, ("masked", "why")) if last else None
    return analysis, told


def mask(analyzer: Analyzer, appeal: Appeal, reason: str | None) -> tuple[str, str, str | None]:
    """The model's name and version, and both texts masked."""
    analysis = analyzer(appeal)
    return f"{analysis.model['name']}@{analysis.model['version']}", masked(analysis) or "", _masked(analyzer, reason)


def _masked(analyzer: Analyzer, text: str | None) -> str | None:
    try:
        return masked(analyzer(text)) if text and text.strip() else None
    except InputError:
        return None
