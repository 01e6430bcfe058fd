"""What each head of the linear tier learns from: rows with shares of several classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from appealnlp.classify.decider import best
from appealnlp.classify.features import Reading
from appealnlp.schemes import Scheme, shipped
from appealnlp_training.records import LABELS, Record
from appealnlp_training.solve import Targets

Shares = list[tuple[str, float]]


@dataclass(frozen=True)
class Example:
    """One text for one or more heads: the classes of each head with their shares, and how much it counts."""

    reading: Reading
    group: str
    labels: Mapping[str, Shares]
    weight: float
    record: Record | None = None
    """The record that was read, None for an example that was made or read by rules."""
    flags: frozenset[str] | None = None
    """The flags that it shows, None where it teaches nothing of flags."""


def labelled(records: Sequence[Record], readings: Sequence[Reading], config: Mapping[str, Any]) -> list[Example]:
    """An example for each record that somebody read after the guideline."""
    return [
        Example(
            reading, record.group, _labels(record, config["heads"]), _weight(record, config["weights"]), record,
            None if record.type in shipped().no_appeal else frozenset(record.flags),
        )
        for record, reading in zip(records, readings, strict=True)
        if record.is_labelled
    ]  # fmt: skip


def teaches_all(example: Example) -> bool:
    """Whether the example has a label for every public head: an appeal that somebody read."""
    return all(name in example.labels for name in LABELS)


def _weight(record: Record, weights: Mapping[str, float]) -> float:
    return weights[record.origin] * (1.0 if record.sure else weights["unsure"])


def _labels(record: Record, heads: Mapping[str, Any]) -> dict[str, Shares]:
    """Labels of every head that has one; a text that is no appeal teaches that alone."""
    if record.type in shipped().no_appeal:
        return {"type": [(str(record.type), 1.0)]}
    others = {"type": [record.type_alt] if record.type_alt else [], "department": record.department_also}
    return {
        head: shares(str(label), others.get(head, []), float(heads[head].get("also", 0.0)))
        for head in LABELS
        if (label := getattr(record, head)) is not None
    }


def shares(label: str, others: Sequence[str], also: float) -> Shares:
    """The label with what ``also`` leaves it, and the other defensible labels, which share ``also``."""
    if not others or not also:
        return [(label, 1.0)]
    return [(label, 1.0 - also), *((other, also / len(others)) for other in others)]


def no_appeals(records: Sequence[Record], readings: Sequence[Reading], config: Mapping[str, Any]) -> list[Example]:
    """Texts that are no appeals: they teach the type alone."""
    return [
        Example(reading, record.group, {"type": [(record.type, 1.0)]}, config["weights"][record.origin])
        for record, reading in zip(records, readings, strict=True)
        if record.type is not None and not record.is_labelled
    ]


def softened(records: Sequence[Record], readings: Sequence[Reading], config: Mapping[str, Any]) -> list[Example]:
    """Appeals that nobody read, with the class that a teacher finds likeliest: its lesser shares gained nothing."""
    return [
        Example(reading, record.group, _likeliest(record.soft), config["weights"]["soft"])
        for record, reading in zip(records, readings, strict=True)
        if record.soft and not record.is_labelled
    ]


def _likeliest(soft: Mapping[str, Mapping[str, float]]) -> dict[str, Shares]:
    return {head: [(best(soft[head]).label, 1.0)] for head in LABELS if head in soft}


def from_replies(
    records: Sequence[Record], readings: Sequence[Reading], units: Mapping[str, str], weight: float
) -> list[Example]:
    """Departments that rules read out of the replies, for appeals that nobody read."""
    return [
        Example(reading, record.group, {"department": [(units[record.id], 1.0)]}, weight)
        for record, reading in zip(records, readings, strict=True)
        if not record.is_labelled and record.id in units
    ]


def from_scheme(scheme: Scheme, weight: float) -> list[Example]:
    """Names and duties of the scheme files as short examples, so that no class is without one."""
    made = []
    for unit in scheme.departments.values():
        labels = {"department": [(unit.code, 1.0)]}
        words = (*unit.names(), *unit.duties)
        made += [Example(Reading(phrase), f"scheme-{unit.code}", labels, weight) for phrase in words]
    for path in scheme.topics.matters:
        name = "".join(dict.fromkeys(part for part in path[1:] if part != "其他"))
        if name:
            topic = "/".join(path[:2])
            made.append(Example(Reading(name), f"scheme-{topic}", {"topic": [(topic, 1.0)]}, weight))
    return made


def targets(examples: Sequence[Example], head: str, classes: Sequence[str], keep: npt.NDArray[np.bool_]) -> Targets:
    """The kept rows of ``examples`` that carry labels of ``head``, one entry a class that a row stands for."""
    number = {label: i for i, label in enumerate(classes)}
    found = [
        (row, number[label], share * example.weight)
        for row, example in enumerate(examples)
        if keep[row]
        for label, share in example.labels.get(head, ())
    ]
    rows, labels, weights = zip(*found, strict=True)
    return Targets(np.array(rows, np.int64), np.array(labels, np.int64), np.array(weights, np.float32))
