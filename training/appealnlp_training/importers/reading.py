"""The registry: a file of any known format in, records or tagged texts out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from appealnlp.batch.table import fault
from appealnlp.errors import TableError
from appealnlp_training.importers.characters import read_characters
from appealnlp_training.importers.exports import read_cluener, read_doccano, read_label_studio
from appealnlp_training.importers.faults import Report, careful
from appealnlp_training.importers.formats import Format, TableFormat, TextFormat, TreeFormat, format_named
from appealnlp_training.importers.groups import Groups
from appealnlp_training.importers.guess import guess_format
from appealnlp_training.importers.labels import LabelMap, Meaning, Unknown, chosen
from appealnlp_training.importers.tables import LINE_ENDS, Message, read_table
from appealnlp_training.importers.tagged import Item, Span, Tagged
from appealnlp_training.records import Record

Labels = Mapping[str, str | None]
_LAYOUTS: Mapping[str, Callable[[Path, TextFormat, Report | None], Iterator[Item]]] = {
    "characters": read_characters,
    "cluener": read_cluener,
    "doccano": read_doccano,
    "label_studio": read_label_studio,
}
__all__ = ["guess_format", "import_file", "import_messages", "read_tagged"]


def import_file(
    path: Path, format: str | None = None, *, labels: Labels | None = None, report: Report | None = None
) -> Iterator[Record]:
    """The records of an original file, streaming; without ``format`` it is found out.

    ``labels`` adds or changes the meaning of labels of spans (None: no name of ours). With ``report`` rows at fault
    are left out and their errors handed over. Raises TableError naming line, field, value and remedy; InputError for an
    unknown format.
    """
    return (message.record for message in import_messages(path, format, labels=labels, report=report))


def import_messages(
    path: Path, format: str | None = None, *, labels: Labels | None = None, report: Report | None = None
) -> Iterator[Message]:
    """As ``import_file``, each record with what it has no field for (time, likes, reply)."""
    known = _format(path, format)
    if isinstance(known, TableFormat):
        return read_table(path, known, report)
    if isinstance(known, TreeFormat) or not known.records:
        what = "a tree of labels, no appeals" if isinstance(known, TreeFormat) else "no appeals and no entities"
        remedy = (
            "read it with read_tree, or --tree" if isinstance(known, TreeFormat) else "use read_tagged, or --tagged"
        )
        raise fault(path, None, f"the format {known.name} holds {what}", remedy)
    maker = _Maker(path, known, LabelMap(known, labels))
    return careful(_LAYOUTS[known.layout](path, known, report), maker.message, report)


def read_tagged(
    path: Path, format: str | None = None, *, labels: Labels | None = None, report: Report | None = None
) -> list[Tagged]:
    """The texts of an annotated file with their spans, in entities or address components of ours.

    Labels that are no name of ours, and texts that nobody has annotated, are left out. Raises as ``import_file``.
    """
    known = _format(path, format)
    if not isinstance(known, TextFormat):
        raise fault(path, None, f"the format {known.name} has no spans", "read it with import_file")
    maker = _Maker(path, known, LabelMap(known, labels))
    items = (item for item in _LAYOUTS[known.layout](path, known, report) if item.annotated)
    return list(careful(items, maker.tagged, report))


def _format(path: Path, name: str | None) -> Format:
    if name is not None:
        return format_named(name)
    return format_named(guess_format(path))


class _Maker:
    """Makes of an item what is asked for, its labels translated."""

    def __init__(self, path: Path, format: TextFormat, labels: LabelMap) -> None:
        self._path, self._format, self._labels = path, format, labels
        self._groups = Groups("")
        self._seen: dict[str, int] = {}

    def tagged(self, item: Item) -> Tagged:
        """The text with the spans that are entities or components."""
        marks = self._marks(item)
        spans = [Span(a, b, meant.label, meant.subtype) for a, b, meant in marks if meant.kind == "entity"]
        return Tagged(item.text, tuple(spans))

    def message(self, item: Item) -> Message:
        """The record of an item. Raises TableError for an unknown label, a second value of a head, a second id."""
        marks = sorted(self._marks(item), key=lambda mark: mark[:2])
        title, text = (part.translate(LINE_ENDS) for part in (item.title, item.text))
        words = [(meant, text[a:b]) for a, b, meant in marks]
        id_ = self._id(item)
        fields: dict[str, Any] = {
            "entities": [[meant.code, word] for meant, word in words if meant.kind == "entity"],
            "flags": {meant.label: word for meant, word in reversed(words) if meant.kind == "flag"},
            "urgency_evidence": [word for meant, word in words if meant.kind == "evidence"],
            **self._choices(item),
        }
        group = self._groups.of(f"{title}\n{text}", id_)
        origin = "read" if self._format.read and "type" in fields else "published"
        return Message(Record(id=id_, group=group, origin=origin, title=title, text=text, **fields), {})

    def _marks(self, item: Item) -> list[tuple[int, int, Meaning]]:
        marks = []
        for start, end, label in item.spans:
            try:
                meaning = self._labels[label]
            except Unknown as error:
                remedy = "give its meaning with --label, e.g. --label LOC=ADDR or --label GAME="
                raise fault(self._path, item.number, f"unknown label {label[:40]!r} ({error})", remedy) from None
            if meaning is not None:
                marks.append((start, end, meaning))
        return marks

    def _choices(self, item: Item) -> dict[str, str]:
        fields: dict[str, str] = {}
        for head, value in item.choices:
            try:
                made = chosen(head, value)
            except Unknown as error:
                raise self._choice_fault(item, value, str(error)) from None
            for name, code in made.items():
                if fields.setdefault(name, code) != code:
                    raise self._choice_fault(item, value, f"{name} is {fields[name]!r} already; leave one")
        return fields

    def _choice_fault(self, item: Item, value: str, why: str) -> TableError:
        problem, _, remedy = why.rpartition("; ")
        return fault(
            self._path, item.number, f"class {value[:40]!r}: {problem or why}", remedy if problem else "mend it"
        )

    def _id(self, item: Item) -> str:
        id_ = f"{self._format.prefix}{item.id or f'{self._path.stem}-{item.number}'}"
        if (first := self._seen.setdefault(id_, item.number)) != item.number:
            raise fault(
                self._path, item.number, f"field 'id': {item.id!r} stands in line {first} already", "number it anew"
            )
        return id_
