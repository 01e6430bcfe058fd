"""Makes of a text what a recogniser makes of a call: sound-alike errors, lost punctuation, fillers, digits read out.

    python -m appealnlp_training.noise --rate 0.1 --seed 1 < texts.txt > noisy.txt
    python -m appealnlp_training.noise --rate 0.1 --seed 1 --records < records.jsonl > noisy.jsonl

Every kind of error is drawn until the stated character error rate (edits over characters of the text) is reached.
With ``--spoken`` all digits are read out and all punctuation is dropped first, and the rate is that of errors in what
was said.
The same text, rate and seed always give the same noise, whatever else is read before.
"""

from __future__ import annotations

import argparse
import importlib
import json
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import Any, NamedTuple

from appealnlp.errors import AppealError, InputError
from appealnlp_training.records import Record
from appealnlp_training.sounds import SETTINGS, Sound, is_han, lexicon, sounds
from appealnlp_training.spoken import NUMBER, say

MOST = 0.5
"""Highest rate: with more than half of the characters changed nothing is left to be read."""
_PUNCTUATION = frozenset(SETTINGS["punctuation"])
KINDS: tuple[str, ...] = tuple(SETTINGS["shares"])


class Edit(NamedTuple):
    """Code points ``start`` to ``end`` of a text become ``text``."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Layer:
    """Edits of one text that do not overlap, in order."""

    edits: tuple[Edit, ...]

    def apply(self, text: str) -> str:
        """The text with the edits made."""
        parts, at = [], 0
        for start, end, new in self.edits:
            parts += [text[at:start], new]
            at = end
        return "".join([*parts, text[at:]])

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a span lies after the edits; one that begins or ends within a changed piece takes all of it in."""
        return self._place(start, first=True), self._place(end, first=False)

    def _place(self, at: int, *, first: bool) -> int:
        shift = 0
        for start, end, new in self.edits:
            if start < at < end:
                return start + shift + (0 if first else len(new))
            inserted_here = start == end == at and first  # what is put before a span is not part of it
            if not (end < at or (end == at and start < end) or inserted_here):
                break
            shift += len(new) - (end - start)
        return at + shift


@dataclass(frozen=True, slots=True)
class Noisy:
    """A text with noise. ``said`` is what the rate is counted against: the text, or (spoken) the text as it is said."""

    text: str
    said: str
    layers: tuple[Layer, ...]

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """Where code points ``start`` to ``end`` of the original lie in ``text``; None where nothing is left."""
        for layer in self.layers:
            start, end = layer.span(start, end)
        return (start, end) if start < end else None


@dataclass(frozen=True, slots=True)
class Noise:
    """Puts noise into texts, ``rate`` edits a character (0 to 0.5); fewer where a text offers no room for them.

    ``spoken``: first read out every number and drop all punctuation. ``kinds`` are those of noise.yaml.
    Raises InputError for a rate or kind that is none; MissingExtra without pypinyin.
    """

    rate: float = 0.1
    seed: int = 0
    spoken: bool = False
    kinds: Sequence[str] = KINDS

    def __post_init__(self) -> None:
        if not 0 <= self.rate <= MOST:
            raise InputError(f"rate {self.rate} is not between 0 and {MOST}; 0.1 is one edit in ten characters")
        unknown = [kind for kind in self.kinds if kind not in KINDS]
        if unknown or not self.kinds:
            raise InputError(f"kind {unknown[:1] or None} is unknown; the kinds are {', '.join(KINDS)}")

    def __call__(self, text: str) -> Noisy:
        """The text with noise. Line ends are never changed."""
        rng = random.Random(f"{self.seed}:{text.encode('utf-8', 'replace')!r}")
        layers = (Layer(tuple(_as_said(text))),) if self.spoken else ()
        said = layers[0].apply(text) if layers else text
        wanted = self.rate * len(said)
        budget = int(wanted) + (rng.random() < wanted % 1)
        errors = Layer(tuple(sorted(_Distorter(said, rng).draw(budget, self.kinds))))
        return Noisy(errors.apply(said), said, (*layers, errors))

    def of_record(self, record: Record) -> Record:
        """The record with noise, its evidence, flags and entities as they now read; what vanished is left out.

        It stays in the group of the original, so that no split parts them.
        """
        noisy = self(record.content)
        head = len(record.title)
        title = noisy.text[slice(*(noisy.span(0, head) or (0, 0)))] if head else ""

        def words(text: str) -> str | None:
            start = record.content.find(text)
            place = noisy.span(start, start + len(text)) if start >= 0 and text else None
            return noisy.text[slice(*place)] if place else None

        return replace(
            record, id=f"{record.id}+noise{self.seed}", title=title, text=noisy.text[len(title) + bool(head) :],
            urgency_evidence=[new for text in record.urgency_evidence if (new := words(text))],
            flags={flag: new for flag, text in record.flags.items() if (new := words(text))},
            entities=[[label, new] for label, text in record.entities if (new := words(text))],
        )  # fmt: skip


def _as_said(text: str) -> Iterator[Edit]:
    numbers = {found.start(): found for found in NUMBER.finditer(text)}
    inside = {at for found in numbers.values() for at in range(*found.span())}
    for at, character in enumerate(text):
        if at in numbers:
            yield Edit(at, numbers[at].end(), say(numbers[at][0], text[numbers[at].end() :]))
        elif character in _PUNCTUATION and at not in inside:
            yield Edit(at, at + 1, "")


class _Distorter:
    """Draws the errors of one text."""

    def __init__(self, text: str, rng: random.Random) -> None:
        self._text, self._rng = text, rng
        self._sounds: list[Sound] = sounds(text)
        self._taken = bytearray(len(text) + 1)
        self._cut: set[int] = set()

    def draw(self, budget: int, kinds: Sequence[str]) -> Iterator[Edit]:
        """Edits that cost ``budget`` together, or less where the text has no more room."""
        sources = {kind: self._shuffled(kind) for kind in kinds} if budget else {}
        while budget > 0 and sources:
            weights = [SETTINGS["shares"][kind] for kind in sources]
            kind = self._rng.choices(list(sources), weights)[0]
            edit = next((edit for edit in sources[kind] if self._fits(edit, budget)), None)
            if edit is None:
                del sources[kind]
                continue
            self._take(edit)
            budget -= cost(self._text[edit.start : edit.end], edit.text)
            yield edit

    def _shuffled(self, kind: str) -> Iterator[Edit]:
        propose: Callable[[int], Edit | None] = getattr(self, f"_{kind}")
        places = list(range(len(self._text)))
        self._rng.shuffle(places)
        return (edit for at in places if not self._taken[at] and (edit := propose(at)) is not None)

    def _fits(self, edit: Edit, budget: int) -> bool:
        start, end, new = edit
        if start == end:
            free = start not in self._cut and not (start and self._taken[start] and self._taken[start - 1])
        else:
            free = not any(self._taken[start:end]) and not any(at in self._cut for at in range(start + 1, end))
        return free and 0 < cost(self._text[start:end], new) <= budget

    def _take(self, edit: Edit) -> None:
        if edit.start == edit.end:
            self._cut.add(edit.start)
        self._taken[edit.start : edit.end] = b"\1" * (edit.end - edit.start)

    def _word(self, at: int) -> Edit | None:
        heard = self._sounds[at : at + 2]
        if len(heard) < 2 or not heard[0].syllable or not heard[1].syllable:
            return None
        new = lexicon().word(self._text[at : at + 2], heard, self._rng)
        return Edit(at, at + 2, new) if new else None

    def _same(self, at: int) -> Edit | None:
        new = lexicon().same(self._text[at], self._sounds[at], self._rng) if self._sounds[at].syllable else None
        return Edit(at, at + 1, new) if new else None

    def _near(self, at: int) -> Edit | None:
        new = lexicon().near(self._text[at], self._sounds[at], self._rng) if self._sounds[at].syllable else None
        return Edit(at, at + 1, new) if new else None

    def _punctuation(self, at: int) -> Edit | None:
        within_number = self._text[at - 1 : at].isdigit() and self._text[at + 1 : at + 2].isdigit()
        return Edit(at, at + 1, "") if self._text[at] in _PUNCTUATION and not within_number else None

    def _filler(self, at: int) -> Edit | None:
        opens = at == 0 or self._text[at - 1] in _PUNCTUATION or self._text[at] in SETTINGS["filler_before"]
        return Edit(at, at, self._rng.choice(SETTINGS["fillers"])) if opens and is_han(self._text[at]) else None

    def _repeat(self, at: int) -> Edit | None:
        piece = self._text[at : at + self._rng.choice((1, 1, 2))]
        return Edit(at, at, piece) if all(map(is_han, piece)) else None

    def _digits(self, at: int) -> Edit | None:
        found = NUMBER.match(self._text, at)
        if found is None or (at and NUMBER.match(self._text[at - 1])):
            return None
        return Edit(at, found.end(), say(found[0], self._text[found.end() :]))


def cost(old: str, new: str) -> int:
    """The Levenshtein distance: insertions, deletions and substitutions of code points."""
    return _distance()(old, new)


@cache
def _distance() -> Callable[[str, str], int]:
    try:
        distance: Callable[[str, str], int] = importlib.import_module("rapidfuzz.distance").Levenshtein.distance
    except ImportError:
        return _levenshtein
    return distance


def _levenshtein(old: str, new: str) -> int:
    above = list(range(len(new) + 1))
    for row, character in enumerate(old, 1):
        line = [row]
        for column, other in enumerate(new, 1):
            line.append(min(above[column] + 1, line[-1] + 1, above[column - 1] + (character != other)))
        above = line
    return above[-1]


def character_error_rate(reference: str, heard: str) -> float:
    """Edits from ``reference`` to ``heard`` over the code points of ``reference`` (of at least one); may exceed 1."""
    return cost(reference, heard) / max(1, len(reference))


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line, standard input to standard output; gives the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=0.1, help="edits a character, 0 to 0.5 (default 0.1)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--spoken", action="store_true", help="first read out numbers and drop punctuation")
    parser.add_argument("--records", action="store_true", help="lines are records, not texts")
    options = parser.parse_args(arguments)
    try:
        noise = Noise(options.rate, options.seed, options.spoken)
        for number, line in enumerate(sys.stdin, 1):
            print(_record_line(noise, line, number) if options.records else noise(line.rstrip("\r\n")).text)
    except AppealError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _record_line(noise: Noise, line: str, number: int) -> str:
    try:
        row: dict[str, Any] = json.loads(line)
        record = Record(**row)
    except (ValueError, TypeError) as error:
        raise InputError(f"line {number}: no record ({type(error).__name__}); give lines of records.jsonl") from None
    return json.dumps(asdict(noise.of_record(record)), ensure_ascii=False)


if __name__ == "__main__":
    sys.exit(main())
