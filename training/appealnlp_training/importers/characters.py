"""Files of one character a line with a tag (BIO, BMES, BIOES, CoNLL), a blank line between texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from appealnlp.batch.table import fault
from appealnlp.batch.textfile import MARK, open_text
from appealnlp_training.importers.faults import Report, careful
from appealnlp_training.importers.formats import TextFormat
from appealnlp_training.importers.tagged import Item

_TAG = re.compile(r"O|([BIMESL])-(\S+)")
_ROLES = {"B": "begin", "I": "inside", "M": "inside", "E": "end", "L": "end", "S": "single"}
_TAKEN = "O, B-X, I-X (BIO) or O, B-X, M-X, E-X, S-X (BMES)"


class Line(NamedTuple):
    """A line of the file: its characters, the role that its tag gives them, and the label (both "" for O)."""

    number: int
    text: str
    role: str
    label: str


def read_characters(path: Path, format: TextFormat, report: Report | None = None) -> Iterator[Item]:
    """The texts of a file. Raises TableError, at the line, for a line that is none or a tag out of sequence.

    With ``report`` a text at fault is left out and its error handed over.
    """

    def make(lines: Sequence[tuple[int, str]]) -> Item:
        builder = _Builder(path, format)
        for number, raw in lines:
            builder.add(_line(path, number, raw, format.digit))
        return builder.item(lines[0][0])

    return careful(_texts(path), make, report)


def labels_of(path: Path, format: TextFormat) -> set[str]:
    """Every label that the file uses. Raises TableError as ``read_characters``, tags out of sequence apart."""
    found = (_line(path, number, raw, format.digit).label for lines in _texts(path) for number, raw in lines)
    return {label for label in found if label}


def _texts(path: Path) -> Iterator[list[tuple[int, str]]]:
    lines: list[tuple[int, str]] = []
    with open_text(path) as file:
        for number, raw in enumerate(_physical(file), 1):
            if raw.strip():
                lines.append((number, raw))
            elif lines:
                yield lines
                lines = []
    if lines:
        yield lines


def _physical(file: Iterable[str]) -> Iterator[str]:
    return (line.rstrip("\r\n") for line in file)


def _line(path: Path, number: int, raw: str, digit: bool) -> Line:
    if MARK in raw:
        raise fault(path, number, "the line has bytes that cannot be decoded", "mend it")
    found = re.fullmatch(r"(.+?)[ \t]+(?:.*[ \t])?(\S+)", raw)
    tag = _TAG.fullmatch(found[2]) if found else None
    if found is None or tag is None:
        value = found[2] if found else raw
        raise fault(path, number, f"tag {value[:30]!r} is none", f"write a character, a blank and {_TAKEN}")
    text = found[1]
    if digit:
        if len(text) < 2 or not text[-1].isdigit():
            raise fault(path, number, "no segmentation digit behind the character", "read it with --format conll")
        text = text[:-1]
    return Line(number, text, _ROLES.get(tag[1] or "", ""), tag[2] or "")


@dataclass(slots=True)
class _Builder:
    """Puts the lines of one text together; ``label`` is that of the entity which is still open."""

    path: Path
    format: TextFormat
    text: str = ""
    spans: list[tuple[int, int, str]] = field(default_factory=list)
    label: str = ""
    start: int = 0
    last: int = 0

    def add(self, line: Line) -> None:
        """Take one line; an inside or an end goes on with the open entity, anything else closes it."""
        if line.role in ("inside", "end"):
            self._go_on(line)
        else:
            self._close(line.number)
            if line.role:
                self.label, self.start = line.label, len(self.text)
        self.text += line.text
        self.last = line.number
        if line.role in ("end", "single"):
            self._end()

    def _go_on(self, line: Line) -> None:
        if self.label == line.label:
            return
        if not self.format.lenient:
            problem = f"a tag of {line.label!r} goes on with what was not begun"
            raise fault(self.path, line.number, problem, f"write B-{line.label}, or mend the line above")
        self._end()
        self.label, self.start = line.label, len(self.text)

    def _close(self, number: int) -> None:
        if self.label and self.format.closed and not self.format.lenient:
            raise fault(self.path, number, f"{self.label!r} is not ended by E-{self.label}", "mend the line above")
        self._end()

    def _end(self) -> None:
        if self.label:
            self.spans.append((self.start, len(self.text), self.label))
        self.label = ""

    def item(self, number: int) -> Item:
        """The text with its spans."""
        self._close(self.last)
        return Item(number, self.text, self.spans)
