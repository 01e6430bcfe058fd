"""CLUENER's jsonl and the exports of annotation tools: doccano (jsonl) and Label Studio (JSON, JSON-MIN)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from appealnlp.batch.columns import known_names
from appealnlp.batch.jsonlfile import read_jsonl
from appealnlp.batch.table import BadRow, ReadOptions, Row, cell_text, fault
from appealnlp.batch.textfile import open_text
from appealnlp.errors import TableError
from appealnlp_training.importers.columns import find
from appealnlp_training.importers.faults import Report, careful, good
from appealnlp_training.importers.formats import TextFormat
from appealnlp_training.importers.tagged import Choice, Item

Raw: TypeAlias = Mapping[str, Any]
_Spans: TypeAlias = list[tuple[int, int, str]]
_KEYS = ("entities", "label", "labels", "cats")
"""Where versions of doccano write spans and classes."""


def read_cluener(path: Path, format: TextFormat, report: Report | None = None) -> Iterator[Item]:
    """The sentences of CLUENER. Raises TableError, at the line, for a span that is not the text it names.

    Here and below: with ``report`` a record at fault is left out and its error handed over.
    """
    return careful(_rows(path), partial(_cluener, path), report)


def _cluener(path: Path, found: Row | BadRow) -> Item:
    number, row = found.number, good(path, found).values
    text = _text(path, number, "text", row.get("text"))
    marks = row.get("label", {})
    if not isinstance(marks, dict):
        raise _wrong(path, number, "label", marks, "an object of labels", "is this a file of doccano?")
    return Item(number, text, _inclusive(path, number, text, marks), annotated="label" in row)


def _inclusive(path: Path, number: int, text: str, marks: Raw) -> _Spans:
    spans = []
    for label, names in marks.items():
        for name, places in _mapping(path, number, f"label.{label}", names).items():
            for place in places if isinstance(places, list) else [places]:
                start, last = _pair(path, number, f"label.{label}", place)
                if text[start : last + 1] != name or not name:
                    problem = (
                        f"field 'label.{label}': {start}..{last} (inclusive) is not the {len(name)} code points named"
                    )
                    raise fault(path, number, problem, "mend the offsets")
                spans.append((start, last + 1, label))
    return spans


def read_doccano(path: Path, format: TextFormat, report: Report | None = None) -> Iterator[Item]:
    """The examples of doccano: ``label`` or ``labels`` or ``entities``, and ``cats``. Raises TableError at the line."""
    return careful(_rows(path), partial(_doccano, path), report)


def _doccano(path: Path, found: Row | BadRow) -> Item:
    number, row = found.number, good(path, found).values
    item = _of_object(path, number, row)
    marks = [(key, mark) for key in _KEYS for mark in _list(path, number, key, row.get(key))]
    choices = [Choice(None, mark) for _, mark in marks if isinstance(mark, str)]
    spans = [_doccano_span(path, number, key, mark, item.text) for key, mark in marks if not isinstance(mark, str)]
    return replace(item, spans=spans, choices=choices)


def _doccano_span(path: Path, number: int, key: str, mark: object, text: str) -> tuple[int, int, str]:
    if isinstance(mark, dict):
        mark = [mark.get("start_offset"), mark.get("end_offset"), mark.get("label")]
    if not isinstance(mark, list) or len(mark) != 3 or not isinstance(mark[2], str):
        raise _wrong(path, number, key, mark, "a span [start, end, label]", "export it again as JSONL")
    start, end = _pair(path, number, key, mark[:2])
    if not 0 <= start < end <= len(text):
        problem = f"field {key!r}: span {start}..{end} is not within the {len(text)} code points of the text"
        raise fault(path, number, problem, "mend the offsets")
    return start, end, mark[2]


def read_label_studio(path: Path, format: TextFormat, report: Report | None = None) -> Iterator[Item]:
    """The tasks of Label Studio; of several annotations the ground truth, else the first that was not cancelled.

    Raises TableError naming the task by its place from 1.
    """
    return careful(enumerate(_array(path), 1), partial(_label_studio, path), report)


def _label_studio(path: Path, found: tuple[int, object]) -> Item:
    number, task = found[0], _mapping(path, found[0], "task", found[1])
    item = _of_object(path, number, task.get("data", task), task.get("id"))
    results = _results(path, number, task)
    spans: _Spans = []
    choices: list[Choice] = []
    for result in results or ():
        _take(path, number, item.text, _mapping(path, number, "result", result), spans, choices)
    return replace(item, spans=spans, choices=choices, annotated=results is not None)


def _results(path: Path, number: int, task: Raw) -> list[Any] | None:
    """The results of the annotation that counts; None where there is none. JSON-MIN has one key a control."""
    if "annotations" not in task and "completions" not in task:
        return [entry for key, value in task.items() for entry in _short(key, value)]
    made = _list(path, number, "annotations", task.get("annotations", task.get("completions")))
    valid = [one for one in made if isinstance(one, dict) and not one.get("was_cancelled")]
    best = next((one for one in valid if one.get("ground_truth")), valid[0] if valid else None)
    return None if best is None else _list(path, number, "result", best.get("result"))


def _short(key: str, value: object) -> Iterator[Raw]:
    """What JSON-MIN writes under one key, in the manner of the full export."""
    if isinstance(value, list) and value and all(isinstance(one, dict) and "start" in one for one in value):
        yield from ({"type": "labels", "value": one} for one in value)
    elif key not in ("annotator", "lead_time", "created_at", "updated_at") and isinstance(value, dict | str):
        choices = value.get("choices") if isinstance(value, dict) else None
        if choices:
            yield {"type": "choices", "from_name": key, "value": {"choices": choices}}
        elif isinstance(value, str) and key in _HEADS:
            yield {"type": "choices", "from_name": key, "value": {"choices": [value]}}


_HEADS = ("type", "target", "topic", "urgency", "department", "choice", "label", "class")
"""Names of a control whose value JSON-MIN writes as bare text."""


def _take(path: Path, number: int, text: str, result: Raw, spans: _Spans, choices: list[Choice]) -> None:
    value = _mapping(path, number, "value", result.get("value"))
    if "choices" in value:
        choices.extend(Choice(result.get("from_name"), str(one)) for one in value["choices"])
        return
    for label in value.get("labels") or value.get("hypertextlabels") or ():
        spans.append((*_place(path, number, text, value), str(label)))


def _place(path: Path, number: int, text: str, value: Raw) -> tuple[int, int]:
    """Offsets in code points; where the text was counted in UTF-16 units, as browsers do, they are converted."""
    start, end = _pair(path, number, "value", [value.get("start"), value.get("end")])
    for first, last in ((start, end), (_from_utf16(text, start), _from_utf16(text, end))):
        if 0 <= first < last <= len(text) and value.get("text") in (None, text[first:last]):
            return first, last
    raise fault(path, number, f"field 'value': {start}..{end} is not the text it names", "export the task again")


def _from_utf16(text: str, units: int) -> int:
    return len(text.encode("utf-16-le")[: 2 * max(0, units)].decode("utf-16-le", "ignore"))


def _rows(path: Path) -> Iterator[Row | BadRow]:
    with read_jsonl(path, ReadOptions()) as source:
        yield from source.rows


def _array(path: Path) -> list[Any]:
    with open_text(path) as file:
        try:
            tasks = json.load(file)
        except ValueError as error:
            line = getattr(error, "lineno", None)
            raise fault(path, line, "is not valid JSON", "export it again as JSON or JSON-MIN") from None
    if not isinstance(tasks, list):
        raise fault(path, 1, f"holds a JSON {type(tasks).__name__}", "give an export, which is an array of tasks")
    return tasks


def _of_object(path: Path, number: int, row: object, id_: object = None) -> Item:
    """Text, title and id of an object, found by their names as in a table."""
    data = _mapping(path, number, "data", row)
    text, title, id_column = (find(known_names()[role], tuple(data)) for role in ("text", "title", "id"))
    if text is None:
        raise fault(path, number, "no field of appeals", "name it text, or as columns of appeals are named")
    identity = id_ if id_ is not None else data.get(str(id_column))
    heading = cell_text(data.get(str(title))).strip()
    given = None if identity is None else cell_text(identity)
    return Item(number, _text(path, number, text, data.get(text)), title=heading, id=given)


def _text(path: Path, number: int, name: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise fault(path, number, f"field {name!r} holds no text", "give what the citizen wrote, or remove the record")
    return value


def _mapping(path: Path, number: int, name: str, value: object) -> Raw:
    if not isinstance(value, Mapping):
        raise _wrong(path, number, name, value, "an object", "export it again")
    return value


def _list(path: Path, number: int, name: str, value: object) -> list[Any]:
    if value is not None and not isinstance(value, list):
        raise _wrong(path, number, name, value, "a list", "export it again")
    return value or []


def _pair(path: Path, number: int, name: str, value: object) -> tuple[int, int]:
    if isinstance(value, Sequence) and len(value) == 2 and all(type(one) is int for one in value):
        return value[0], value[1]
    raise _wrong(path, number, name, value, "two whole numbers (start, end)", "mend the offsets")


def _wrong(path: Path, number: int, name: str, value: object, wanted: str, remedy: str) -> TableError:
    return fault(path, number, f"field {name!r} must be {wanted}, found {type(value).__name__}", remedy)
